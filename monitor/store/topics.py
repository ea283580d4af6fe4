"""Topics and their versions, as the configuration had them over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, select, update

from monitor.model.specs import TopicVersion
from monitor.model.stored import StoredTopic, StoredTopicVersion
from monitor.store.rows import insert_ignore, upsert
from monitor.store.schema import topic_versions, topics, verdicts


def sync_topics(tx: Connection, wanted: Sequence[TopicVersion], now: datetime) -> None:
    """Make the topics what the configuration says; those that vanished from it are paused."""
    for topic in sorted(wanted, key=lambda topic: topic.name):
        _sync_topic(tx, topic, now)
    names = [topic.name for topic in wanted]
    tx.execute(update(topics).where(topics.c.name.not_in(names)).values(state="paused"))


def _sync_topic(tx: Connection, topic: TopicVersion, now: datetime) -> None:
    known = select(topics.c.version).where(topics.c.name == topic.name)
    is_current = tx.execute(known).scalar_one_or_none() == topic.version
    row = {"name": topic.name, "state": "active", "version": topic.version, "since": now}
    upsert(tx, topics, row, keep=["since"] if is_current else [])
    version = {
        "topic": topic.name,
        "version": topic.version,
        "at": now,
        "threshold": topic.threshold,
        "definition": topic.definition,
    }
    insert_ignore(tx, topic_versions, [version])


def stored_topics(tx: Connection) -> list[StoredTopic]:
    """All topics by name, with how many articles their present version has judged and flagged."""
    counts = and_(
        verdicts.c.topic == topics.c.name, verdicts.c.topic_version == topics.c.version, verdicts.c.current
    )
    mine = and_(topic_versions.c.topic == topics.c.name, topic_versions.c.version == topics.c.version)
    judged = func.count(verdicts.c.id).label("judged")
    flagged = func.count(case((verdicts.c.flagged, 1))).label("flagged")
    query = select(topics, topic_versions.c.threshold, judged, flagged).join(topic_versions, mine)
    query = query.outerjoin(verdicts, counts).group_by(
        topics.c.name, topics.c.state, topics.c.version, topics.c.since, topic_versions.c.threshold
    )
    return [
        StoredTopic(
            name=row.name,
            state=row.state,
            version=row.version,
            threshold=row.threshold,
            since=row.since,
            articles_judged=row.judged,
            articles_flagged=row.flagged,
        )
        for row in tx.execute(query.order_by(topics.c.name))
    ]


def topic_history(tx: Connection, name: str) -> list[StoredTopicVersion]:
    """The versions that a topic had, oldest first."""
    query = select(topic_versions).where(topic_versions.c.topic == name).order_by(topic_versions.c.at)
    return [
        StoredTopicVersion(
            topic=row.topic,
            version=row.version,
            at=row.at,
            threshold=row.threshold,
            definition=row.definition,
        )
        for row in tx.execute(query)
    ]
