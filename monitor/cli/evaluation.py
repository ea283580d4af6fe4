"""How `evaluate` looks to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.cli.output import print_table, say

if TYPE_CHECKING:
    from monitor.work.evaluation import Report


def print_evaluation(report: Report) -> None:
    """The figures, the thresholds, and what lies just above and below the line."""
    say(
        f"{report.topic}, version {report.version}: {report.articles} labelled, {report.relevant} relevant",
        style="bold",
    )
    say(f"average precision {report.average_precision:.3f}")
    rows = [
        (
            f"{row.threshold:.2f}",
            f"{row.precision:.2f}",
            f"{row.recall:.2f}",
            f"{row.f1:.2f}",
            row.flagged,
            "–" if row.stories_a_day is None else f"{row.stories_a_day:.1f}",
            "<- in use" if row.in_use else "",
        )
        for row in report.thresholds
    ]
    print_table(("#threshold", "#precision", "#recall", "#F1", "#flagged", "#stories a day", ""), rows)
    if report.threshold_for_precision is not None:
        say(
            f"for a precision of 0.9: threshold {report.threshold_for_precision:.2f}, "
            f"recall {report.recall_at_precision:.2f}"
        )
    for name, lines in (
        ("just above the line, but not relevant", report.false_alarms),
        ("missed", report.missed),
    ):
        if lines:
            say(f"{name}:")
            for score, title in lines:
                say(f"  {score:.2f}  {title}")
