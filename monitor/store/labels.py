"""Labels: a person's word on an article for a topic, and the texts that they teach."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from monitor.model.stored import LabelledText, StoredLabel
from monitor.store.articles import texts
from monitor.store.rows import upsert
from monitor.store.schema import articles, labels


def set_label(
    tx: Connection, article_id: int, topic: str, relevant: bool, now: datetime, *, source: str = "command"
) -> None:
    """Note what a person says; the last word counts."""
    row = {"article_id": article_id, "topic": topic, "relevant": relevant, "at": now, "source": source}
    upsert(tx, labels, row)


def drop_label(tx: Connection, article_id: int, topic: str) -> bool:
    """Forget what a person said; False when there was nothing."""
    mine = (labels.c.article_id == article_id, labels.c.topic == topic)
    return tx.execute(delete(labels).where(*mine)).rowcount > 0


def labels_of(tx: Connection, article_id: int) -> list[StoredLabel]:
    """What people said about one article."""
    query = select(labels).where(labels.c.article_id == article_id).order_by(labels.c.topic)
    return [
        StoredLabel(topic=row.topic, relevant=row.relevant, at=row.at, source=row.source)
        for row in tx.execute(query)
    ]


def labelled(tx: Connection, topic: str) -> list[LabelledText]:
    """All labelled articles of a topic with the text that would be judged, oldest label first."""
    query = select(articles.c.id, articles.c.title, articles.c.language, labels.c.relevant)
    query = query.join(labels, labels.c.article_id == articles.c.id).where(labels.c.topic == topic)
    rows = tx.execute(query.order_by(labels.c.at, articles.c.id)).all()
    bodies = texts(tx, [row.id for row in rows])
    return [
        LabelledText(
            article_id=row.id,
            title=row.title,
            text=bodies[row.id][0],
            language=row.language,
            relevant=row.relevant,
        )
        for row in rows
    ]
