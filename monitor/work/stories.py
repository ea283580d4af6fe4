"""Placing an article in its story, within the transaction that stores its body."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.articles.stories import decide
from monitor.store import stories

SAME_REPORT_WITHIN = timedelta(
    days=14
)  # a wire text is reprinted within hours; after two weeks it is history


def place_in_story(tx: Connection, article_id: int, now: datetime) -> None:
    """Join the story that carries the same report, or begin one; name its original."""
    article = stories.candidate(tx, article_id)
    members = stories.same_text(tx, article.text_hash, now - SAME_REPORT_WITHIN) if article.text_hash else []
    stories.place(tx, article_id, decide(article, members), now)
