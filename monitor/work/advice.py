"""What a person may want to know when nothing was flagged."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.config import Settings
from monitor.model.digest import NearMiss
from monitor.store import digests
from monitor.work.topics import thresholds_of, topic_specs

LOOK_BACK = timedelta(days=1)


def nearest_miss(tx: Connection, settings: Settings, now: datetime) -> NearMiss | None:
    """The unflagged article of the last day that came nearest to a threshold; None where there is none."""
    thresholds = thresholds_of(topic_specs(settings.topics))
    rows = digests.near_rows(tx, tuple(thresholds), since=now - LOOK_BACK, until=now, limit=20)
    nearest = min(rows, key=lambda row: thresholds[row.topic] - row.score, default=None)
    if nearest is None:
        return None
    return NearMiss(
        headline=nearest.title,
        url=nearest.url,
        outlet=nearest.outlet,
        topic=nearest.topic,
        score=nearest.score,
        threshold=thresholds[nearest.topic],
    )
