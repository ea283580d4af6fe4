"""Figures over labelled texts: a file's, or a person's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection
from support.cycles import HARBOURS
from support.rows import NOW, add, article_of, entry, poll, read

from monitor.errors import UsageError
from monitor.store import labels
from monitor.store.engine import Database
from monitor.work.evaluation import evaluate_file, evaluate_labels
from monitor.work.topics import topic_specs

(SPEC,) = topic_specs([HARBOURS])
RELEVANT = "The harbour council keeps the ferry terminal open, and the ferries will call at its pier."
OTHER = "The orchestra played in the town hall, and the mayor slept through the second half."


def lines(tmp_path: Path, *texts: object) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in texts))
    return path


def labelled(text: str, label: object, title: str = "") -> dict[str, object]:
    return {"title": title, "text": text, "label": label}


def test_figures_over_a_file_and_its_errors_by_name(tmp_path: Path) -> None:
    file = lines(
        tmp_path,
        labelled(RELEVANT, True, "Terminal stays"),
        labelled(OTHER, 0, "Concert"),
        "",
        labelled(RELEVANT, False, "False alarm"),
        labelled(OTHER, "1", "Missed"),
    )

    report = evaluate_file(file, SPEC, None)

    in_use = next(line for line in report.thresholds if line.in_use)
    assert (report.articles, report.relevant) == (4, 2)
    assert (in_use.precision, in_use.recall, in_use.flagged) == (0.5, 0.5, 2)
    assert in_use.stories_a_day is None
    assert [title for _, title in report.false_alarms] == ["False alarm"]
    assert [title for _, title in report.missed] == ["Missed"]
    assert report.record()["missed"][0]["title"] == "Missed"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param("{not json", "not JSON", id="not JSON"),
        pytest.param("[1, 2]", "needs 'title', 'text' and 'label'", id="no object"),
        pytest.param({"title": "x"}, "needs 'title', 'text' and 'label'", id="no label"),
        pytest.param(labelled("x", "maybe"), "neither true nor false", id="no yes and no no"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: object, fault: str) -> None:
    file = lines(tmp_path, labelled(RELEVANT, 1), line)

    with pytest.raises(UsageError, match=fault) as raised:
        evaluate_file(file, SPEC, None)

    assert raised.value.where.endswith("line 2")


def test_a_file_without_texts_or_without_both_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no labelled text"):
        evaluate_file(lines(tmp_path, ""), SPEC, None)
    with pytest.raises(UsageError):
        evaluate_file(lines(tmp_path, labelled(OTHER, False)), SPEC, None)


def test_own_labels_are_measured_on_the_stored_texts(database: Database) -> None:
    def store(tx: Connection) -> None:
        poll(tx, add(tx), entry("good"), entry("bad"))
        for name, text, relevant in (("good", RELEVANT, True), ("bad", OTHER, False)):
            url = f"https://news.example.org/story-{name}"
            read(tx, url, text=text)
            labels.set_label(tx, article_of(tx, url), "harbours", relevant, NOW)

    database.call(store)

    report = evaluate_labels(database, SPEC)

    in_use = next(line for line in report.thresholds if line.in_use)
    assert (report.articles, in_use.precision, in_use.recall) == (2, 1.0, 1.0)
    assert in_use.stories_a_day == 0.0


def test_without_labels_the_command_that_makes_them_is_named(database: Database) -> None:
    with pytest.raises(UsageError, match="articles label"):
        evaluate_labels(database, SPEC)
