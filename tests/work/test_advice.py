"""What came nearest when nothing was flagged."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection
from support.rows import NOW, add, entry, flag, poll

from monitor.config import Settings
from monitor.store.engine import Database
from monitor.work.advice import LOOK_BACK, nearest_miss

URL = "https://news.example.org/story-{}"
SETTINGS = Settings()


def judged(database: Database, **scores: float) -> None:
    """Articles with these scores; the newest judged an hour ago, 'old' ones before the look back."""

    def store(tx: Connection) -> None:
        poll(tx, add(tx), *map(entry, scores))
        for number, score in scores.items():
            at = NOW - LOOK_BACK * 2 if number == "old" else NOW - timedelta(hours=1)
            flag(tx, URL.format(number), score, now=at)

    database.call(store)


def test_it_is_the_best_unflagged_article_of_the_last_day(database: Database) -> None:
    judged(database, far=0.1, near=0.41, flagged=0.8, old=0.45)

    miss = database.read(nearest_miss, SETTINGS, NOW)

    assert miss is not None
    assert (miss.url, miss.score, miss.threshold) == (URL.format("near"), 0.41, 0.5)


def test_there_is_none_where_nothing_was_judged(database: Database) -> None:
    assert database.read(nearest_miss, SETTINGS, NOW) is None
