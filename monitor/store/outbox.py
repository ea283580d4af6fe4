"""Deliveries: what waits, what became of each attempt, what failed for good and is taken over.

When one is to be tried is decided in `digest/outbox.py`; here its word is written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from monitor.model.digest import Delivery, DeliveryState, DeliveryUpdate
from monitor.model.stored import InDigest
from monitor.store.engine import make_durable
from monitor.store.lists import is_suppressed
from monitor.store.schema import articles, deliveries, delivery_items, digests

# A sending run may have something to do about these; the others have come to their end.
OPEN = (
    DeliveryState.DUE,
    DeliveryState.SENDING,
    DeliveryState.RETRY,
    DeliveryState.UNKNOWN,
    DeliveryState.FAILED,
)


def open_deliveries(tx: Connection) -> list[Delivery]:
    """All that have not come to their end, oldest first; failed ones too, for `--retry`.

    One found `sending` by whoever holds the `send` lock was interrupted.
    """
    query = select(deliveries).where(deliveries.c.state.in_(OPEN)).order_by(deliveries.c.id)
    return [_delivery(row) for row in tx.execute(query)]


def begin_delivery(tx: Connection, change: DeliveryUpdate, now: datetime) -> DeliveryState:
    """Note that an attempt begins, before its first byte; the state that the delivery has now.

    Anything but `sending` means: do not send. The address was suppressed (looked up here, at the last
    moment), or another run brought the delivery to its end.
    """
    row = tx.execute(select(deliveries).where(deliveries.c.id == change.delivery_id).with_for_update()).one()
    if row.state not in OPEN:
        return DeliveryState(row.state)
    if is_suppressed(tx, row.recipient):
        _set(tx, row.id, state=DeliveryState.SUPPRESSED, next_try_at=None)
        return DeliveryState.SUPPRESSED
    record_delivery(tx, change)
    if row.first_tried_at is None:
        _set(tx, row.id, first_tried_at=now)
    return change.state


def record_delivery(tx: Connection, change: DeliveryUpdate) -> None:
    """What an attempt changed."""
    make_durable(tx)
    values: dict[str, Any] = {
        "state": change.state,
        "tries": change.tries,
        "next_try_at": change.next_try_at,
        "last_error": change.error,
        "retried_unknown": change.retried_unknown,
    }
    if change.sent_at is not None:
        values["sent_at"] = change.sent_at
    _set(tx, change.delivery_id, **values)


def delivery_stories(tx: Connection, delivery_id: int) -> set[int]:
    """Ids of the stories in a delivery, as its frozen digest names them."""
    query = select(delivery_items.c.story_id).where(delivery_items.c.delivery_id == delivery_id)
    return {row[0] for row in tx.execute(query)}


def failed_stories(tx: Connection, list_name: str, recipient: str) -> set[int]:
    """Stories, by their present ids, of deliveries that failed for good: the next digest takes them over."""
    current = articles.alias("current")
    query = select(current.c.story_id).select_from(delivery_items)
    query = query.join(deliveries, deliveries.c.id == delivery_items.c.delivery_id)
    query = query.join(articles, articles.c.id == delivery_items.c.article_id)
    query = query.join(current, current.c.id == func.coalesce(articles.c.merged_into, articles.c.id))
    query = query.where(*_failed(list_name, recipient), current.c.story_id.is_not(None))
    return {row[0] for row in tx.execute(query)}


def close_failed(tx: Connection, list_name: str, recipient: str) -> int:
    """Close what failed for good, in the transaction that freezes the digest which took it over."""
    closed = {"state": DeliveryState.CLOSED, "next_try_at": None}
    return tx.execute(update(deliveries).where(*_failed(list_name, recipient)).values(**closed)).rowcount


def in_digests(tx: Connection, article_id: int) -> list[InDigest]:
    """The deliveries that carried an article, also under an id that was merged into it; oldest first."""
    query = select(deliveries, digests.c.since, digests.c.until, delivery_items.c.headline)
    query = query.join(digests, digests.c.id == deliveries.c.digest_id)
    query = query.join(delivery_items, delivery_items.c.delivery_id == deliveries.c.id)
    query = query.join(articles, articles.c.id == delivery_items.c.article_id)
    query = query.where((articles.c.id == article_id) | (articles.c.merged_into == article_id))
    rows = tx.execute(query.order_by(deliveries.c.id)).all()
    once = {row.id: row for row in rows}
    return [_in_digest(row) for row in once.values()]


def overdue(tx: Connection, before: datetime) -> list[Delivery]:
    """Deliveries frozen before that moment which have neither arrived nor come to an end."""
    waiting = [state for state in OPEN if state is not DeliveryState.FAILED]
    query = select(deliveries).join(digests, digests.c.id == deliveries.c.digest_id)
    query = query.where(deliveries.c.state.in_(waiting), digests.c.frozen_at < before)
    return [_delivery(row) for row in tx.execute(query.order_by(deliveries.c.id))]


# ---- rows


def _failed(list_name: str, recipient: str) -> Iterable[Any]:
    return (
        deliveries.c.list == list_name,
        deliveries.c.recipient == recipient,
        deliveries.c.state == DeliveryState.FAILED,
    )


def _set(tx: Connection, delivery_id: int, **values: Any) -> None:
    tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        digest_id=row.digest_id,
        list_name=row.list,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        tries=row.tries,
        first_tried_at=row.first_tried_at,
        next_try_at=row.next_try_at,
        message_id=row.message_id,
        last_error=row.last_error,
        retried_unknown=row.retried_unknown,
    )


def _in_digest(row: Row[Any]) -> InDigest:
    return InDigest(
        digest_id=row.digest_id,
        list_name=row.list,
        since=row.since,
        until=row.until,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        sent_at=row.sent_at,
        headline=row.headline,
    )
