"""How good a judge is, from scores and labels: figures only, no texts and no topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WANTED_PRECISION = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class AtThreshold:
    """What a threshold gives on the labelled texts."""

    threshold: float
    flagged: int
    precision: float  # 1.0 where nothing is flagged: nothing wrong was said
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well scores part the relevant from the rest."""

    texts: int
    relevant: int
    average_precision: float  # chance is relevant / texts
    recall_at_precision: float  # the most that can be had at WANTED_PRECISION; 0.0: never reached
    threshold_for_precision: float | None  # the threshold that has it; None: never reached
    best_f1: AtThreshold
    table: tuple[AtThreshold, ...]  # one row a distinct score, lowest first


def figures(scored: Sequence[tuple[float, bool]], wanted: float = WANTED_PRECISION) -> Figures:
    """The figures of scores with their labels. Raises ValueError without at least one relevant text."""
    relevant = sum(1 for _, label in scored if label)
    if not relevant:
        raise ValueError("no text is labelled relevant: there is nothing to measure")
    table = _table(scored, relevant)
    good = [row for row in table if row.flagged and row.precision >= wanted]
    wide = max(good, key=lambda row: (row.recall, row.precision), default=None)
    return Figures(
        texts=len(scored),
        relevant=relevant,
        average_precision=average_precision(scored),
        recall_at_precision=wide.recall if wide else 0.0,
        threshold_for_precision=wide.threshold if wide else None,
        best_f1=max(table, key=lambda row: (row.f1, row.threshold)),
        table=table,
    )


def average_precision(scored: Sequence[tuple[float, bool]]) -> float:
    """Precision averaged over the steps of recall: AP = sum of (R_n - R_n-1) * P_n over falling thresholds.

    Equal scores are one step, so that their order never matters. 0.0 without a relevant text.
    """
    relevant = sum(1 for _, label in scored if label)
    if not relevant:
        return 0.0
    total = hits = before = 0
    area = 0.0
    by_score = _counts(scored)
    for score in sorted(by_score, reverse=True):
        right, wrong = by_score[score]
        hits, total = hits + right, total + right + wrong
        area += (hits - before) / relevant * hits / total
        before = hits
    return area


def at(scored: Sequence[tuple[float, bool]], threshold: float) -> AtThreshold:
    """What one threshold gives; a score equal to it is flagged."""
    flagged = sum(1 for score, _ in scored if score >= threshold)
    hits = sum(1 for score, label in scored if label and score >= threshold)
    return _row(threshold, flagged, hits, sum(1 for _, label in scored if label))


def steps(scored: Sequence[tuple[float, bool]], width: float = 0.05) -> tuple[AtThreshold, ...]:
    """The table at even thresholds from 0 to 1, for people."""
    count = round(1 / width)
    return tuple(at(scored, round(step * width, 4)) for step in range(count + 1))


def stories_a_day(scores: Sequence[float], threshold: float, days: float) -> float:
    """How many stories a day a threshold would bring, from one score a story over so many days."""
    if days <= 0:
        raise ValueError("days must be more than 0")
    return sum(1 for score in scores if score >= threshold) / days


def _table(scored: Sequence[tuple[float, bool]], relevant: int) -> tuple[AtThreshold, ...]:
    rows = []
    flagged = hits = 0
    by_score = _counts(scored)
    for score in sorted(by_score, reverse=True):
        right, wrong = by_score[score]
        flagged, hits = flagged + right + wrong, hits + right
        rows.append(_row(score, flagged, hits, relevant))
    return tuple(reversed(rows))


def _counts(scored: Sequence[tuple[float, bool]]) -> dict[float, tuple[int, int]]:
    counts: dict[float, tuple[int, int]] = {}
    for score, label in scored:
        right, wrong = counts.get(score, (0, 0))
        counts[score] = (right + 1, wrong) if label else (right, wrong + 1)
    return counts


def _row(threshold: float, flagged: int, hits: int, relevant: int) -> AtThreshold:
    precision = hits / flagged if flagged else 1.0
    recall = hits / relevant if relevant else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return AtThreshold(threshold=threshold, flagged=flagged, precision=precision, recall=recall, f1=f1)
