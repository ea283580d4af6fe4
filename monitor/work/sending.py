"""Sending: freeze what is due, then deliver what waits, one recipient at a time.

Each step is written down before it is taken. What an answer means is decided in `digest.outbox`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import Connection

from monitor import clock
from monitor.config import Settings, SmtpSection
from monitor.digest.deliver import Mailer, message
from monitor.digest.message import mailbox
from monitor.digest.outbox import after_send, before_send, found_sending, is_due, message_id
from monitor.digest.records import digest_from_record
from monitor.errors import LockHeld, UsageError
from monitor.model.digest import Delivery, DeliveryState, DeliveryUpdate, Digest, SendOutcome, SendResult
from monitor.model.stored import StoredList
from monitor.store import digests, lists, outbox
from monitor.store.engine import Database
from monitor.store.locks import hold
from monitor.work.digests import for_recipient, freeze_list
from monitor.work.flow import Stop, ended_in_time, on_signals, on_thread

log = structlog.get_logger()

OVERDUE = timedelta(days=1)  # a digest that old and undelivered asks for a person
UNDELIVERED = (DeliveryState.DUE, DeliveryState.RETRY, DeliveryState.FAILED, DeliveryState.UNKNOWN)
AFTER_ABORT_SECONDS = 1.0  # a conversation that was cut ends at once; one that goes on has not begun yet
LONGEST_SENDING = timedelta(hours=1)  # of `digest --send`, which no cycle bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a sending run did."""

    by_state: Mapping[str, int] = field(default_factory=dict)  # deliveries handled, as they are now
    undelivered: int = 0  # that wait or failed, after the run
    need_person: int = 0  # failed for good, or overdue
    faults: tuple[str, ...] = ()  # 'address: what the server said'


async def send_digests(
    settings: Settings,
    database: Database,
    stop: Stop,
    cycle: str | None,
    *,
    everything: bool = False,
    retry: bool = False,
) -> Sent:
    """Freeze and deliver what is due. Without [smtp] nothing is frozen: the periods run on.

    `everything`: all lists, whatever their time, and waiting deliveries whatever their back-off.
    Raises LockHeld when another process sends.
    """
    if settings.smtp is None:
        return Sent()
    with hold(database, "send"):
        await freeze_due(settings, database, cycle, everything=everything)
        await database.run(settle_interrupted, clock.now())
        due = await database.run(due_deliveries, clock.now(), everything=everything, retry=retry)
        updates = await deliver_all(settings, database, settings.smtp, stop, due)
        return await database.run(count_up, updates)


async def send_in_cycle(settings: Settings, database: Database, stop: Stop, cycle: str) -> Sent:
    """The sending step of a cycle. Whoever holds the lock is sending the same deliveries."""
    if settings.smtp is None:
        return Sent()
    try:
        if await database.run(anything_to_send, settings, clock.now()):
            return await send_digests(settings, database, stop, cycle)
    except LockHeld:
        log.info("another process is sending")
    return await database.run(count_up, [])


async def send_everything(settings: Settings, database: Database, *, retry: bool) -> Sent:
    """`digest --send`."""
    stop = Stop(LONGEST_SENDING, settings.schedule.grace)
    with on_signals(stop.ask):
        return await send_digests(settings, database, stop, None, everything=True, retry=retry)


def anything_to_send(tx: Connection, settings: Settings, now: datetime) -> bool:
    """Whether a sending run would find anything to do. Only looks: another process may be sending."""
    if settings.smtp is None:
        return False
    interrupted = any(one.state is DeliveryState.SENDING for one in outbox.open_deliveries(tx))
    return interrupted or bool(
        lists.due_lists(tx, now) or due_deliveries(tx, now, everything=False, retry=False)
    )


async def freeze_due(settings: Settings, database: Database, cycle: str | None, *, everything: bool) -> None:
    """Keep each due list's digest before a byte of it is sent."""
    now = clock.now()
    for chosen in await database.run(lists_to_freeze, now, everything=everything):
        frozen = await database.run(freeze_list, settings, chosen, now, cycle)
        log.info("digest frozen", list=chosen.name, digest=frozen, until=now.isoformat(timespec="seconds"))


def lists_to_freeze(tx: Connection, now: datetime, *, everything: bool) -> list[StoredList]:
    """Those whose time it is; with `everything`, all that are not paused."""
    if not everything:
        return lists.due_lists(tx, now)
    return [chosen for chosen in lists.stored_lists(tx) if chosen.state == "active"]


def settle_interrupted(tx: Connection, now: datetime) -> None:
    """We hold the lock: a delivery found in the middle of sending was left so by a process that died."""
    for delivery in outbox.open_deliveries(tx):
        if delivery.state is DeliveryState.SENDING:
            outbox.record_delivery(tx, found_sending(delivery, now))


def due_deliveries(tx: Connection, now: datetime, *, everything: bool, retry: bool) -> list[Delivery]:
    """What a sending run tries now."""
    found = outbox.open_deliveries(tx)
    return [one for one in found if is_due(one, now, everything=everything, retry=retry)]


async def deliver_all(
    settings: Settings, database: Database, smtp: SmtpSection, stop: Stop, due: list[Delivery]
) -> list[DeliveryUpdate]:
    """Try each delivery, until time is up."""
    updates = []
    mailer = Mailer(smtp, ca_file=settings.fetch.ca_file)
    try:
        for delivery in due:
            if stop.over:
                break
            updates.append(await deliver(settings, database, mailer, stop, delivery))
    finally:
        await say_goodbye(mailer, stop)
    return updates


async def say_goodbye(mailer: Mailer, stop: Stop) -> None:
    """End the session politely, where time is left for it."""
    closing = on_thread(mailer.close)
    if not await ended_in_time(closing, stop):
        mailer.abort()
        closing.cancel()


async def deliver(
    settings: Settings, database: Database, mailer: Mailer, stop: Stop, delivery: Delivery
) -> DeliveryUpdate:
    """One mail to one recipient; the state says 'sending' before the first byte, and the outcome after."""
    mail = mail_of(settings, delivery, await database.run(digest_of, delivery))
    state = await database.run(outbox.begin_delivery, before_send(delivery), clock.now())
    if state is not DeliveryState.SENDING:
        return DeliveryUpdate(
            delivery_id=delivery.id, state=state, tries=delivery.tries, next_try_at=None, error=None
        )
    result = await hand_over(mailer, mail, delivery.recipient, stop)
    update = after_send(delivery, result, clock.now())
    await database.run(outbox.record_delivery, update)
    speak = log.info if result.outcome is SendOutcome.SENT else log.warning
    speak(
        "delivery", list=delivery.list_name, state=str(update.state), tries=update.tries, error=update.error
    )
    return update


def mail_of(settings: Settings, delivery: Delivery, digest: Digest) -> EmailMessage:
    assert settings.smtp is not None
    return message(
        digest,
        delivery.recipient,
        settings.smtp.from_,
        delivery.message_id,
        clock.now(),
        settings.digest.unsubscribe_url,
    )


async def hand_over(mailer: Mailer, mail: EmailMessage, recipient: str, stop: Stop) -> SendResult:
    """The blocking conversation with the mail server, cut short when time is up."""
    sending = on_thread(mailer.send, mail, recipient)
    if not await ended_in_time(sending, stop):
        mailer.abort()
        await asyncio.wait({sending}, timeout=AFTER_ABORT_SECONDS)
    if sending.done():
        return sending.result()
    sending.cancel()
    return SendResult(outcome=SendOutcome.LATER, error="the mail server said nothing before time was up")


def digest_of(tx: Connection, delivery: Delivery) -> Digest:
    """The frozen digest, as far as it is this recipient's."""
    digest = digest_from_record(digests.frozen_digest(tx, delivery.digest_id))
    return for_recipient(digest, outbox.delivery_stories(tx, delivery.id))


def count_up(tx: Connection, updates: list[DeliveryUpdate]) -> Sent:
    """What the run did, and what is left."""
    left = [one for one in outbox.open_deliveries(tx) if one.state in UNDELIVERED]
    late = {one.id for one in outbox.overdue(tx, clock.now() - OVERDUE)}
    failed = {one.id for one in left if one.state is DeliveryState.FAILED}
    return Sent(
        by_state=dict(Counter(str(update.state) for update in updates)),
        undelivered=len(left),
        need_person=len(late | failed),
        faults=tuple(f"{one.recipient}: {one.state}: {one.last_error or 'not tried yet'}" for one in left),
    )


def send_test_mail(settings: Settings, digest: Digest, address: str) -> str | None:
    """The digest to one address, marked nowhere; None when it went out, else what the server said."""
    if settings.smtp is None:
        raise UsageError(
            "there is no [smtp] in the configuration", "monitor digest --test", "fill it in first"
        )
    now = clock.now()
    identity = message_id(f"test of {digest.to}", now, address, mailbox(settings.smtp.from_).domain)
    mail = message(digest, address, settings.smtp.from_, identity, now)
    with Mailer(settings.smtp, ca_file=settings.fetch.ca_file) as mailer:
        result = mailer.send(mail, address)
    return None if result.outcome is SendOutcome.SENT else result.error or str(result.outcome)
