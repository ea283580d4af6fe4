"""The counters of a cycle; they add up (see `Summary.check`)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCounts:
    """due is the sum of the rest."""

    due: int = 0
    new: int = 0
    unchanged: int = 0
    failed: int = 0
    throttled: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCounts:
    """seen = new + known; new = of_new_articles + of_known_articles + without_page."""

    seen: int = 0
    new: int = 0
    known: int = 0
    of_new_articles: int = 0
    of_known_articles: int = 0
    without_page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one cycle did."""

    cycle: str  # its id, as in the logs and in `why`
    feeds: FeedCounts = FeedCounts()
    entries: EntryCounts = EntryCounts()
    articles: dict[str, int] = field(default_factory=dict)  # by body status
    flagged: int = 0
    deliveries: dict[str, int] = field(default_factory=dict)  # by state
    seconds: float = 0.0
