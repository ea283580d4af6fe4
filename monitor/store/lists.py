"""Recipient lists: who gets digests from when on, and who asked for none.

The list's running period lives here too; what it brings is put together in `digests.py`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from monitor.model.digest import DeliveryState
from monitor.model.specs import ListSpec
from monitor.model.stored import StoredList, StoredRecipient
from monitor.store.rows import insert_ignore, insert_new
from monitor.store.schema import (
    deliveries,
    delivery_items,
    digests,
    meta,
    recipient_lists,
    recipients,
    suppressions,
)

FORGOTTEN = "forgotten:"


def sync_lists(tx: Connection, specs: Sequence[ListSpec], now: datetime) -> None:
    """Make lists and recipients what the configuration says; those that vanished from it are paused.

    A list, or a recipient, that is seen for the first time joins now and begins with `day_start`.
    """
    for spec in sorted(specs, key=lambda spec: spec.name):
        _sync_list(tx, spec, now)
        _sync_recipients(tx, spec, now)
    names = [spec.name for spec in specs]
    tx.execute(update(recipient_lists).where(recipient_lists.c.name.not_in(names)).values(state="paused"))


def due_lists(tx: Connection, now: datetime) -> list[StoredList]:
    """Active lists whose digest is due."""
    query = select(recipient_lists).where(
        recipient_lists.c.state == "active", recipient_lists.c.next_digest_at <= now
    )
    return _lists(tx, tx.execute(query.order_by(recipient_lists.c.name)).all())


def stored_lists(tx: Connection) -> list[StoredList]:
    """All lists by name, paused ones too, each with the recipients it has now."""
    return _lists(tx, tx.execute(select(recipient_lists).order_by(recipient_lists.c.name)).all())


def suppress(tx: Connection, address: str, now: datetime) -> bool:
    """Never mail this address again; False when that was so already."""
    return bool(insert_new(tx, suppressions, [{"address": address.strip().lower(), "at": now}]))


def is_suppressed(tx: Connection, address: str) -> bool:
    """Whether an address asked for no mail, or was forgotten."""
    if address.startswith(FORGOTTEN):
        return True
    query = select(suppressions).where(suppressions.c.address == address.strip().lower())
    return tx.execute(query).first() is not None or _is_forgotten(tx, address)


def forget(tx: Connection, address: str, now: datetime) -> bool:
    """Delete an address everywhere; False when nothing knew it.

    A salted hash stays in its place: what was mailed stays told apart, and the address is not mailed
    again should the configuration still name it.
    """
    plain = address.strip().lower()
    stand_in = _stand_in(plain, _new_salt(tx))
    spellings = _spellings(tx, plain)
    for spelling in spellings:
        tx.execute(delete(recipients).where(recipients.c.address == spelling))
        _forget_deliveries(tx, spelling, stand_in)
        _forget_words(tx, spelling, stand_in)
    known = tx.execute(delete(suppressions).where(suppressions.c.address == plain)).rowcount > 0
    insert_ignore(tx, suppressions, [{"address": stand_in, "at": now}])
    return known or bool(spellings)


# ---- what the configuration says


def _sync_list(tx: Connection, spec: ListSpec, now: datetime) -> None:
    wishes: dict[str, Any] = {
        "state": "active",
        "topics": list(spec.topics),
        "zone": spec.zone,
        "at": spec.at,
        "days": list(spec.days),
        "threshold": spec.threshold,
    }
    begin = {"joined_at": now, "period_start": spec.day_start, "next_digest_at": spec.next_digest_at}
    if insert_new(tx, recipient_lists, [{"name": spec.name, **wishes, **begin}]):
        return
    mine = recipient_lists.c.name == spec.name
    row = tx.execute(select(recipient_lists).where(mine).with_for_update()).one()
    plan = (spec.zone, spec.at, list(spec.days))
    # A digest that is due already stays due; one to come moves with its plan.
    if plan != (row.zone, row.at, row.days) and row.next_digest_at > now:
        wishes["next_digest_at"] = spec.next_digest_at
    tx.execute(update(recipient_lists).where(mine).values(**wishes))


def _sync_recipients(tx: Connection, spec: ListSpec, now: datetime) -> None:
    """A forgotten address does not join. One that was away joins anew: nothing older reaches it."""
    addresses = sorted({address for address in spec.to if not _is_forgotten(tx, address)})
    joining = {"joined_at": now, "receives_from": spec.day_start}
    insert_ignore(
        tx, recipients, [{"list": spec.name, "address": address, **joining} for address in addresses]
    )
    mine = recipients.c.list == spec.name
    back = and_(mine, recipients.c.address.in_(addresses), recipients.c.removed_at.is_not(None))
    tx.execute(update(recipients).where(back).values(removed_at=None, **joining))
    left = and_(mine, recipients.c.address.not_in(addresses), recipients.c.removed_at.is_(None))
    tx.execute(update(recipients).where(left).values(removed_at=now))


# ---- rows


def _lists(tx: Connection, rows: Sequence[Row[Any]]) -> list[StoredList]:
    query = select(recipients, suppressions.c.address.label("suppression")).outerjoin(
        suppressions, suppressions.c.address == func.lower(recipients.c.address)
    )
    names = [row.name for row in rows]
    query = query.where(recipients.c.list.in_(names), recipients.c.removed_at.is_(None))
    members: dict[str, list[StoredRecipient]] = {}
    for row in tx.execute(query.order_by(recipients.c.address)):
        member = StoredRecipient(
            address=row.address,
            joined_at=row.joined_at,
            receives_from=row.receives_from,
            suppressed=row.suppression is not None,
        )
        members.setdefault(row.list, []).append(member)
    return [_list(row, tuple(members.get(row.name, ()))) for row in rows]


def _list(row: Row[Any], members: tuple[StoredRecipient, ...]) -> StoredList:
    return StoredList(
        name=row.name,
        state=row.state,
        topics=tuple(row.topics),
        zone=row.zone,
        at=row.at,
        days=tuple(row.days),
        threshold=row.threshold,
        joined_at=row.joined_at,
        period_start=row.period_start,
        next_digest_at=row.next_digest_at,
        recipients=members,
    )


# ---- forgetting


def _stand_in(plain: str, salt: str) -> str:
    """What stands for an address once it is forgotten; the salt is this database's own."""
    return FORGOTTEN + blake2b(plain.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def _salt(tx: Connection) -> str | None:
    """None: nobody was ever forgotten here."""
    return tx.execute(select(meta.c.value).where(meta.c.key == "salt")).scalar_one_or_none()


def _new_salt(tx: Connection) -> str:
    """The salt, made at the first use."""
    insert_ignore(tx, meta, [{"key": "salt", "value": secrets.token_hex(16)}])
    salt = _salt(tx)
    assert salt is not None, "it was just made"
    return salt


def _is_forgotten(tx: Connection, address: str) -> bool:
    salt = _salt(tx)
    if salt is None:
        return False
    stand_in = _stand_in(address.strip().lower(), salt)
    return tx.execute(select(suppressions).where(suppressions.c.address == stand_in)).first() is not None


def _spellings(tx: Connection, plain: str) -> list[str]:
    """The address as it stands in rows: letter case is kept there."""
    found = set()
    for column in (recipients.c.address, deliveries.c.recipient):
        found |= {row[0] for row in tx.execute(select(column).where(func.lower(column) == plain))}
    return sorted(found)


def _forget_deliveries(tx: Connection, address: str, stand_in: str) -> None:
    mine = deliveries.c.recipient == address
    waiting = ("due", "sending", "retry", "unknown", "failed")
    ended = {"state": DeliveryState.SUPPRESSED, "next_try_at": None}
    tx.execute(update(deliveries).where(mine, deliveries.c.state.in_(waiting)).values(**ended))
    tx.execute(update(deliveries).where(mine).values(recipient=stand_in))
    tx.execute(update(delivery_items).where(delivery_items.c.recipient == address).values(recipient=stand_in))


def _forget_words(tx: Connection, address: str, stand_in: str) -> None:
    """Where the address stands inside a text: in servers' answers and in frozen footers."""
    for row in tx.execute(select(deliveries.c.id, deliveries.c.last_error)).all():
        if row.last_error and address.lower() in row.last_error.lower():
            tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(last_error=None))
    for row in tx.execute(select(digests.c.id, digests.c.frozen)).all():
        text = json.dumps(row.frozen, ensure_ascii=False)
        if address in text:
            frozen = json.loads(text.replace(address, stand_in))
            tx.execute(update(digests).where(digests.c.id == row.id).values(frozen=frozen))
