"""Digests: which stories are new in a period, what was looked at in it, and the issue that is frozen.

The lists they go to stand in `lists.py`, what becomes of each delivery in `outbox.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, false, func, or_, select, update

from monitor.model.digest import Coverage, DeliveryState, FlaggedArticle, Period
from monitor.model.feed import FeedState
from monitor.model.specs import NewDelivery
from monitor.store.articles import texts
from monitor.store.engine import make_durable
from monitor.store.rows import insert_many, insert_new, select_in
from monitor.store.schema import (
    articles,
    deliveries,
    delivery_items,
    digests,
    entries,
    feeds,
    recipient_lists,
    topic_versions,
    topics,
    verdicts,
)
from monitor.urls import mask


def flagged_rows(
    tx: Connection,
    names: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    thresholds: Mapping[str, float] | None = None,
) -> list[FlaggedArticle]:
    """All articles of each story that is new in the period, one row an article and topic.

    A story is new by the time of its first flagged verdict on a topic that may mail (not of `rejudge` and
    `train` unless asked, not of an article too old at its feed's first poll), and in it while a current
    verdict says so. `thresholds` replaces the topics' own, by name.
    """
    firsts = _first_flagged(tx, names, since, until, thresholds or {})
    rows = _rows(tx, names, {story_id for story_id, _ in firsts}, thresholds or {}, firsts)
    flagged = {(row.story_id, row.topic) for row in rows if row.flagged}
    return [row for row in rows if (row.story_id, row.topic) in firsts.keys() & flagged]


def story_rows(
    tx: Connection,
    names: Sequence[str],
    story_ids: Iterable[int],
    *,
    thresholds: Mapping[str, float] | None = None,
) -> list[FlaggedArticle]:
    """All articles of some stories, whenever they were flagged: those that a digest takes over."""
    rows = _rows(tx, names, story_ids, thresholds or {}, {})
    flagged = {(row.story_id, row.topic) for row in rows if row.flagged}
    return [row for row in rows if (row.story_id, row.topic) in flagged]


def near_rows(
    tx: Connection,
    names: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    limit: int,
    thresholds: Mapping[str, float] | None = None,
) -> list[FlaggedArticle]:
    """The best articles judged in the period that were not flagged, nor any other of their story."""
    theirs, fellow = verdicts.alias(), articles.alias()
    flagged_fellow = exists().where(
        fellow.c.story_id == articles.c.story_id,
        theirs.c.article_id == fellow.c.id,
        theirs.c.topic == verdicts.c.topic,
        theirs.c.current,
        _qualifies(theirs, thresholds or {}),
    )
    query = _verdict_rows(names).where(
        verdicts.c.judged_at >= since,
        verdicts.c.judged_at < until,
        articles.c.mailable,
        ~flagged_fellow,
    )
    rows = tx.execute(query.order_by(verdicts.c.score.desc(), articles.c.id).limit(limit)).all()
    return _flagged_articles(tx, rows, thresholds or {}, {})


def coverage(tx: Connection, *, since: datetime, until: datetime, list_name: str | None = None) -> Coverage:
    """What was looked at in a period and what was not; `undelivered` of one list, or of all."""
    read = and_(articles.c.first_seen_at >= since, articles.c.first_seen_at < until)
    by_status = _counts(tx, articles.c.status, read, articles.c.merged_into.is_(None))
    judged = and_(verdicts.c.judged_at >= since, verdicts.c.judged_at < until, verdicts.c.current)
    polled = and_(feeds.c.last_polled_at >= since, feeds.c.removed_at.is_(None))
    new = and_(entries.c.first_seen_at >= since, entries.c.first_seen_at < until)
    return Coverage(
        feeds_checked=_count(tx, feeds.c.id, polled),
        feeds_failing=tuple(_feeds_in(tx, FeedState.BACKING_OFF, FeedState.THROTTLED)),
        feeds_need_person=tuple(_feeds_in(tx, FeedState.GONE, FeedState.BLOCKED)),
        entries_new=_count(tx, entries.c.id, new),
        articles=sum(count for _, count in by_status),
        articles_by_status=by_status,
        judged_on=_counts(tx, verdicts.c.judged_on, judged),
        topics=tuple(_topic_lines(tx)),
        undelivered=tuple(_undelivered(tx, list_name)),
    )


def mailed(tx: Connection, list_name: str, recipient: str, story_ids: Iterable[int]) -> set[int]:
    """Which of these stories count as mailed to a recipient of a list.

    A story does when any of its articles, under whatever id it had then, is in a delivery that went out,
    may have gone out, or waits. One that failed, was closed or was suppressed mailed nothing.
    """
    current = articles.alias("current")
    query = select(current.c.story_id).select_from(delivery_items)
    query = query.join(deliveries, deliveries.c.id == delivery_items.c.delivery_id)
    query = query.join(articles, articles.c.id == delivery_items.c.article_id)
    query = query.join(current, current.c.id == func.coalesce(articles.c.merged_into, articles.c.id))
    query = query.where(
        delivery_items.c.list == list_name,
        delivery_items.c.recipient == recipient,
        deliveries.c.state.in_(COUNT_AS_MAILED),
    )
    return {row[0] for row in select_in(tx, query, current.c.story_id, story_ids)}


COUNT_AS_MAILED = (
    DeliveryState.DUE,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.RETRY,
    DeliveryState.UNKNOWN,
)


def freeze(
    tx: Connection,
    list_name: str,
    period: Period,
    frozen: Mapping[str, Any],
    shares: Sequence[NewDelivery],
    now: datetime,
    *,
    next_digest_at: datetime,
    cycle: str | None = None,
) -> int | None:
    """Keep a digest with its deliveries before the first byte is sent; the list's next period begins.

    All in one transaction. None when the period was frozen already: then nothing changes.
    """
    make_durable(tx)
    row = {
        "list": list_name,
        "since": period.since,
        "until": period.until,
        "zone": period.zone,
        "frozen_at": now,
        "cycle": cycle,
        "frozen": dict(frozen),
    }
    frozen_now = insert_new(tx, digests, [row])
    if not frozen_now:
        return None
    (digest_id,) = frozen_now
    ids = insert_many(tx, deliveries, [_delivery_row(digest_id, list_name, share, now) for share in shares])
    for delivery_id, share in zip(ids, shares, strict=True):
        _insert_items(tx, delivery_id, list_name, share)
    moved = {"period_start": period.until, "next_digest_at": next_digest_at}
    tx.execute(update(recipient_lists).where(recipient_lists.c.name == list_name).values(**moved))
    return int(digest_id)


def frozen_digest(tx: Connection, digest_id: int) -> dict[str, Any]:
    """A digest as it was frozen."""
    query = select(digests.c.frozen).where(digests.c.id == digest_id)
    return dict(tx.execute(query).scalar_one())


# ---- stories and their rows


def _qualifies(table: Any, thresholds: Mapping[str, float]) -> ColumnElement[bool]:
    """Flagged, by the topic's threshold or by the one that the list has instead."""
    own = [and_(table.c.topic == name, table.c.score >= least) for name, least in thresholds.items()]
    return or_(and_(table.c.topic.not_in(list(thresholds)), table.c.flagged), *own, false())


def _first_flagged(
    tx: Connection,
    names: Sequence[str],
    since: datetime,
    until: datetime,
    thresholds: Mapping[str, float],
) -> dict[tuple[int, str], datetime]:
    """Stories and topics whose first mail-worthy flagged verdict lies in the period, with its time."""
    worthy = [
        verdicts.c.topic.in_(names),
        _qualifies(verdicts, thresholds),
        verdicts.c.mail,
        articles.c.mailable,
    ]
    joined = select(articles.c.story_id).join(verdicts, verdicts.c.article_id == articles.c.id)
    # Two steps, so that the cost follows the period and not the archive.
    touched = joined.where(*worthy, verdicts.c.judged_at >= since, verdicts.c.judged_at < until)
    stories = [row[0] for row in tx.execute(touched.distinct()) if row[0] is not None]
    first = func.min(verdicts.c.judged_at).label("first")
    query = select(articles.c.story_id, verdicts.c.topic, first)
    query = query.join(verdicts, verdicts.c.article_id == articles.c.id).where(*worthy)
    query = query.group_by(articles.c.story_id, verdicts.c.topic)
    rows = select_in(tx, query, articles.c.story_id, stories)
    return {(row.story_id, row.topic): row.first for row in rows if since <= row.first < until}


def _rows(
    tx: Connection,
    names: Sequence[str],
    story_ids: Iterable[int],
    thresholds: Mapping[str, float],
    firsts: Mapping[tuple[int, str], datetime],
) -> list[FlaggedArticle]:
    rows = list(select_in(tx, _verdict_rows(names), articles.c.story_id, story_ids))
    rows.sort(key=lambda row: (row.story_id, row.topic, row.article_id))
    return _flagged_articles(tx, rows, thresholds, firsts)


def _verdict_rows(names: Sequence[str]) -> Select[Any]:
    """Articles in stories, each with its current verdict on each of the topics."""
    columns = (
        articles.c.id.label("article_id"), articles.c.story_id, articles.c.url, articles.c.title,
        articles.c.outlet, articles.c.language, articles.c.published_at, articles.c.first_seen_at,
        articles.c.role, verdicts.c.topic, verdicts.c.score, verdicts.c.flagged, verdicts.c.judged_on,
        verdicts.c.reasons, verdicts.c.passage,
    )  # fmt: skip
    query = select(*columns).join(verdicts, verdicts.c.article_id == articles.c.id)
    return query.where(articles.c.story_id.is_not(None), verdicts.c.current, verdicts.c.topic.in_(names))


def _flagged_articles(
    tx: Connection,
    rows: Sequence[Row[Any]],
    thresholds: Mapping[str, float],
    firsts: Mapping[tuple[int, str], datetime],
) -> list[FlaggedArticle]:
    bodies = texts(tx, list(dict.fromkeys(row.article_id for row in rows)))
    return [
        FlaggedArticle(
            article_id=row.article_id,
            story_id=row.story_id,
            url=row.url,
            title=row.title,
            outlet=row.outlet,
            language=row.language,
            published_at=row.published_at,
            first_seen_at=row.first_seen_at,
            role=row.role,
            topic=row.topic,
            score=row.score,
            flagged=row.score >= thresholds[row.topic] if row.topic in thresholds else row.flagged,
            judged_on=row.judged_on,
            why="; ".join(reason["text"] for reason in row.reasons),
            passage=row.passage,
            text=bodies[row.article_id][0],
            first_flagged_at=firsts.get((row.story_id, row.topic)),
        )
        for row in rows
    ]


# ---- what was looked at


def _count(tx: Connection, column: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count(column)).where(*where)).scalar_one())


def _counts(
    tx: Connection, column: ColumnElement[str], *where: ColumnElement[bool]
) -> tuple[tuple[str, int], ...]:
    query = select(column, func.count()).where(*where).group_by(column).order_by(column)
    return tuple((row[0], row[1]) for row in tx.execute(query))


def _feeds_in(tx: Connection, *states: FeedState) -> Iterable[str]:
    query = select(feeds).where(feeds.c.state.in_(states), feeds.c.removed_at.is_(None))
    for row in tx.execute(query.order_by(feeds.c.id)):
        name = row.given_title or row.title or mask(row.url)
        yield f"{name}: {mask(row.last_error or row.next_poll_reason)}"


def _topic_lines(tx: Connection) -> Iterable[str]:
    mine = and_(topic_versions.c.topic == topics.c.name, topic_versions.c.version == topics.c.version)
    query = select(topics, topic_versions.c.threshold).join(topic_versions, mine)
    for row in tx.execute(query.where(topics.c.state == "active").order_by(topics.c.name)):
        yield f"{row.name}, version {row.version[:8]}, threshold {row.threshold:g}"


def _undelivered(tx: Connection, list_name: str | None) -> Iterable[str]:
    waiting = (DeliveryState.RETRY, DeliveryState.FAILED, DeliveryState.UNKNOWN)
    query = select(deliveries).where(deliveries.c.state.in_(waiting)).order_by(deliveries.c.id)
    if list_name is not None:
        query = query.where(deliveries.c.list == list_name)
    for row in tx.execute(query):
        yield f"{row.recipient}: {row.last_error or row.state}"


# ---- rows of a new digest


def _delivery_row(digest_id: int, list_name: str, share: NewDelivery, now: datetime) -> dict[str, Any]:
    return {
        "digest_id": digest_id,
        "list": list_name,
        "recipient": share.recipient,
        "channel": share.channel,
        "state": DeliveryState.DUE,
        "tries": 0,
        "next_try_at": now,
        "message_id": share.message_id,
        "retried_unknown": False,
    }


def _insert_items(tx: Connection, delivery_id: int, list_name: str, share: NewDelivery) -> None:
    rows = [
        {
            "delivery_id": delivery_id,
            "article_id": item.article_id,
            "list": list_name,
            "recipient": share.recipient,
            "story_id": item.story_id,
            "headline": item.headline,
            "text": item.text,
        }
        for item in share.items
    ]
    if rows:
        tx.execute(delivery_items.insert(), rows)
