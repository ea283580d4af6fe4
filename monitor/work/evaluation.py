"""Measuring a topic's judge on labelled texts: a file's, or a person's own labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import clock
from monitor.errors import UsageError
from monitor.relevance.evaluate import at, figures, steps, stories_a_day
from monitor.relevance.topics import Topic, TopicSpec, load_topic
from monitor.store.engine import Database
from monitor.store.labels import labelled
from monitor.store.verdicts import story_scores
from monitor.work.inspect import read_file
from monitor.work.scoring import judge_text

DAYS = 14  # over which stories a day are counted
NAMED = 10  # errors shown by name
WORDS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One text with a person's word on it."""

    title: str
    text: str
    language: str | None
    relevant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one threshold gives."""

    threshold: float
    precision: float
    recall: float
    f1: float
    flagged: int
    stories_a_day: float | None  # over the last 14 days stored; None without a database
    in_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `evaluate` tells."""

    topic: str
    version: str
    articles: int
    relevant: int
    average_precision: float
    threshold_for_precision: float | None  # the lowest with a precision of 0.9; None: never reached
    recall_at_precision: float
    thresholds: tuple[Line, ...]  # in steps of 0.05, and the one in use
    false_alarms: tuple[tuple[float, str], ...]  # flagged, not relevant: score and title, strongest first
    missed: tuple[tuple[float, str], ...]  # relevant, not flagged: nearest first

    def record(self) -> dict[str, Any]:
        """The `--json` record."""
        return {
            **asdict(self),
            "false_alarms": [{"score": score, "title": title} for score, title in self.false_alarms],
            "missed": [{"score": score, "title": title} for score, title in self.missed],
        }


def evaluate_file(path: Path, spec: TopicSpec, database: Database | None) -> Report:
    """Figures over a JSON Lines file; stories a day come from the database, where there is one."""
    return evaluate(read_labelled(path), load_topic(spec), recent_scores(database, spec.name))


def evaluate_labels(database: Database, spec: TopicSpec) -> Report:
    """Figures over a person's own labels. Raises UsageError when there are none."""
    rows = database.read(labelled, spec.name)
    if not rows:
        raise UsageError(
            f"there are no labels for '{spec.name}' yet",
            "monitor evaluate",
            "`monitor articles label` makes them",
        )
    texts = [
        Labelled(title=row.title, text=row.text, language=row.language, relevant=row.relevant) for row in rows
    ]
    return evaluate(texts, load_topic(spec), recent_scores(database, spec.name))


def evaluate(texts: Sequence[Labelled], topic: Topic, recent: Sequence[float] | None) -> Report:
    """Judge every text and set the scores against the labels."""
    scored = [
        (judge_text(one.title, one.text, one.language, topic).score, one.relevant, one.title) for one in texts
    ]
    line = topic.threshold
    flagged = [(score, title) for score, relevant, title in scored if score >= line and not relevant]
    missed = [(score, title) for score, relevant, title in scored if score < line and relevant]
    pairs = [(score, relevant) for score, relevant, _ in scored]
    try:
        found = figures(pairs)
    except ValueError as error:
        raise UsageError(str(error), "monitor evaluate") from None
    return Report(
        topic=topic.name,
        version=topic.version,
        articles=found.texts,
        relevant=found.relevant,
        average_precision=round(found.average_precision, 4),
        threshold_for_precision=found.threshold_for_precision,
        recall_at_precision=found.recall_at_precision,
        thresholds=tuple(lines(pairs, line, recent)),
        false_alarms=tuple(sorted(flagged, reverse=True)[:NAMED]),
        missed=tuple(sorted(missed, reverse=True)[:NAMED]),
    )


def lines(
    pairs: Sequence[tuple[float, bool]], in_use: float, recent: Sequence[float] | None
) -> Iterator[Line]:
    """Even steps, with the threshold in use at its place among them."""
    rows = {row.threshold: row for row in (*steps(pairs), at(pairs, in_use))}
    for threshold in sorted(rows):
        row = rows[threshold]
        yield Line(
            threshold=threshold,
            precision=round(row.precision, 4),
            recall=round(row.recall, 4),
            f1=round(row.f1, 4),
            flagged=row.flagged,
            stories_a_day=None if recent is None else round(stories_a_day(recent, threshold, DAYS), 2),
            in_use=threshold == in_use,
        )


def recent_scores(database: Database | None, topic: str) -> list[float] | None:
    """The best score of each story of the last days; None without a database."""
    if database is None:
        return None
    since: datetime = clock.now() - timedelta(days=DAYS)
    return database.read(story_scores, topic, since)


def read_labelled(path: Path) -> list[Labelled]:
    """Lines with title, text, label, language?. Raises UsageError with the line's number."""
    texts = []
    for number, line in enumerate(read_file(path).decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            texts.append(read_line(line, f"{path}, line {number}"))
    if not texts:
        raise UsageError("there is no labelled text in it", str(path))
    return texts


def read_line(line: str, where: str) -> Labelled:
    """One labelled text. Raises UsageError for what is none."""
    try:
        job = json.loads(line)
    except ValueError as error:
        raise UsageError(f"this is not JSON: {error}", where) from None
    if not isinstance(job, dict) or "label" not in job:
        raise UsageError("a line needs 'title', 'text' and 'label'", where)
    relevant = WORDS.get(str(job["label"]).lower())
    if relevant is None:
        raise UsageError(
            f"the label {job['label']!r} is neither true nor false", where, "write true, false, 1 or 0"
        )
    return Labelled(
        title=str(job.get("title") or ""),
        text=str(job.get("text") or ""),
        language=job.get("language") if isinstance(job.get("language"), str) else None,
        relevant=relevant,
    )
