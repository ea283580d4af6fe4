"""The states of a delivery: what an attempt makes of it, and whether it is to be tried now.

Pure. Sending is `deliver`'s affair, keeping is the store's. A delivery is marked `sending` before the
first byte goes out, so a process that dies in the middle leaves a trace: `found_sending` reads it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from monitor.model.digest import Delivery, DeliveryState, DeliveryUpdate, SendOutcome, SendResult

# Greylisting servers ask for some minutes (RFC 6647 names 1 to 24 h as their window); a relay that is
# down is mended within hours; after three days a morning's digest is no news any more.
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)  # since the first attempt

DIED = "the program was stopped while it was sending; whether the mail went out is not known"


def is_due(delivery: Delivery, now: datetime, *, everything: bool, retry: bool) -> bool:
    """Whether a sending run at `now` tries this delivery.

    `everything`: whatever its back-off. `retry`: also those that failed for good, and the unknown ones
    that were sent once more already.
    """
    waited = everything or delivery.next_try_at is None or delivery.next_try_at <= now
    match delivery.state:
        case DeliveryState.DUE:
            return True
        case DeliveryState.RETRY:
            return waited or retry
        case DeliveryState.UNKNOWN:
            return retry or (waited and not delivery.retried_unknown)
        case DeliveryState.FAILED:
            return retry
        case _:
            return False


def before_send(delivery: Delivery) -> DeliveryUpdate:
    """What is stored before the first byte goes out.

    `after_send` wants the delivery as it was before this.
    """
    return DeliveryUpdate(
        delivery_id=delivery.id,
        state=DeliveryState.SENDING,
        tries=delivery.tries,
        next_try_at=delivery.next_try_at,
        error=delivery.last_error,
        retried_unknown=delivery.retried_unknown or delivery.state is DeliveryState.UNKNOWN,
    )


def found_sending(delivery: Delivery, now: datetime) -> DeliveryUpdate:
    """What becomes of a delivery that a sending run finds as `sending` when it begins (it has the lock, so
    nobody is at it): the process that sent it has died, and the mail may be out. Due at once, but for one
    that was already the second of its kind.
    """
    return DeliveryUpdate(
        delivery_id=delivery.id,
        state=DeliveryState.UNKNOWN,
        tries=delivery.tries + 1,
        next_try_at=None if delivery.retried_unknown else now,
        error=DIED,
        retried_unknown=delivery.retried_unknown,
    )


def after_send(delivery: Delivery, result: SendResult, now: datetime) -> DeliveryUpdate:
    """What one attempt makes of a delivery; `delivery` as it was before `before_send`."""
    match result.outcome:
        case SendOutcome.SENT:
            return _update(delivery, DeliveryState.SENT, sent_at=now)
        case SendOutcome.REFUSED:
            return _update(delivery, DeliveryState.FAILED, error=result.error)
        case SendOutcome.LOST:
            again = delivery.retried_unknown or delivery.state is DeliveryState.UNKNOWN
            return _update(
                delivery,
                DeliveryState.UNKNOWN,
                error=result.error,
                next_try_at=None if again else now,
                retried_unknown=again,
            )
        case SendOutcome.LATER:
            return _later(delivery, result, now)


def message_id(list_name: str, since: datetime, recipient: str, domain: str) -> str:
    """`<...@domain>`, the same for the same list, period and recipient, also out of a restored database.

    A hash, so that no address travels in it; `domain` may be international.
    """
    named = "\0".join((list_name, since.isoformat(), recipient))
    digest = hashlib.sha256(named.encode()).hexdigest()[:32]
    return f"<{digest}@{_ascii(domain)}>"


def _later(delivery: Delivery, result: SendResult, now: datetime) -> DeliveryUpdate:
    """Another try after a wait; what may already be out stays `unknown` and never turns `failed`, or its
    stories would be mailed anew.
    """
    unknown = delivery.state is DeliveryState.UNKNOWN
    waiting = DeliveryState.UNKNOWN if unknown else DeliveryState.RETRY
    last_try_at = (delivery.first_tried_at or now) + GIVE_UP_AFTER
    if now < last_try_at:
        return _update(
            delivery,
            waiting,
            error=result.error,
            next_try_at=min(now + wait_after(delivery.tries + 1), last_try_at),
            retried_unknown=delivery.retried_unknown,
        )
    error = f"given up after {GIVE_UP_AFTER.days} days: {result.error}"
    ended = DeliveryState.UNKNOWN if unknown else DeliveryState.FAILED
    return _update(delivery, ended, error=error, retried_unknown=unknown)


def wait_after(tries: int) -> timedelta:
    """5 minutes after the first attempt, twice as long after each further one, 6 hours at most."""
    doublings = min(max(tries - 1, 0), 16)  # far beyond the longest wait, and no overflow
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _update(
    delivery: Delivery,
    state: DeliveryState,
    *,
    error: str | None = None,
    next_try_at: datetime | None = None,
    sent_at: datetime | None = None,
    retried_unknown: bool = False,
) -> DeliveryUpdate:
    return DeliveryUpdate(
        delivery_id=delivery.id,
        state=state,
        tries=delivery.tries + 1,
        next_try_at=next_try_at,
        error=error,
        sent_at=sent_at,
        retried_unknown=retried_unknown,
    )


def _ascii(domain: str) -> str:
    """A Message-ID is ASCII even where the address is not."""
    if domain.isascii():
        return domain or "localhost"
    import idna  # needed by international domains only

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return "localhost"
