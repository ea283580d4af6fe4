from __future__ import annotations

from monitor.cli.evaluation import print_evaluation
from monitor.work.evaluation import Line, Report

LINE = Line(threshold=0.5, precision=0.9, recall=0.8, f1=0.847, flagged=12, stories_a_day=None, in_use=True)
REPORT = Report(
    topic="open-source-ai-policy",
    version="98d5ccd39167",
    articles=40,
    relevant=15,
    average_precision=0.9312,
    threshold_for_precision=0.52,
    recall_at_precision=0.75,
    thresholds=(LINE,),
    false_alarms=((0.61, "A database release"),),
    missed=((0.44, "A vote \x1b[31mon weights"),),
)


def test_figures_thresholds_and_mistakes_are_told_on_eighty_columns(printed):
    text = printed(print_evaluation, REPORT)

    assert all(len(line) <= 80 for line in text.splitlines())
    assert "40 labelled, 15 relevant" in text
    assert "average precision 0.931" in text
    assert "<- in use" in text
    assert "for a precision of 0.9: threshold 0.52, recall 0.75" in text
    assert "just above the line, but not relevant:\n  0.61  A database release\n" in text
    assert "missed:\n  0.44  A vote on weights\n" in text
