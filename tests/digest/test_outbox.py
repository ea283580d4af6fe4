from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.outbox import (
    GIVE_UP_AFTER,
    after_send,
    before_send,
    found_sending,
    is_due,
    message_id,
    wait_after,
)
from monitor.model.digest import Delivery, DeliveryState, DeliveryUpdate, SendOutcome, SendResult

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
DUE = Delivery(
    id=7,
    digest_id=3,
    list_name="policy-desk",
    recipient="reader@example.org",
    state=DeliveryState.DUE,
    tries=0,
    first_tried_at=None,
    next_try_at=None,
    message_id="<a@example.org>",
)
LATER = SendResult(outcome=SendOutcome.LATER, error="451 try later")
LOST = SendResult(outcome=SendOutcome.LOST, error="no answer")
SENT = SendResult(outcome=SendOutcome.SENT)
REFUSED = SendResult(outcome=SendOutcome.REFUSED, error="550 no such user")


def stored(delivery: Delivery, update: DeliveryUpdate, now: datetime = NOW) -> Delivery:
    """The delivery as the store keeps it after an update."""
    return replace(
        delivery,
        state=update.state,
        tries=update.tries,
        first_tried_at=delivery.first_tried_at or now,
        next_try_at=update.next_try_at,
        last_error=update.error,
        retried_unknown=update.retried_unknown,
    )


def due(delivery: Delivery, now: datetime = NOW, *, everything: bool = False, retry: bool = False) -> bool:
    return is_due(delivery, now, everything=everything, retry=retry)


def test_a_frozen_delivery_is_due_and_done_once_it_is_sent():
    update = after_send(DUE, SENT, NOW)

    assert due(DUE)
    assert (update.state, update.sent_at, update.tries, update.error) == (DeliveryState.SENT, NOW, 1, None)
    assert not due(stored(DUE, update), everything=True, retry=True)


def test_a_refused_delivery_has_failed_at_once_and_only_retry_tries_it_again():
    failed = stored(DUE, after_send(DUE, REFUSED, NOW))

    assert failed.state is DeliveryState.FAILED
    assert failed.last_error == "550 no such user"
    assert not due(failed, NOW + timedelta(days=1), everything=True)
    assert due(failed, retry=True)


def test_waits_double_from_five_minutes_to_six_hours():
    minutes = [wait_after(tries) / timedelta(minutes=1) for tries in range(1, 12)]

    assert minutes == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360, 360]


def test_a_delivery_waits_for_its_next_try_unless_everything_is_asked_for():
    waiting = stored(DUE, after_send(DUE, LATER, NOW))

    assert waiting.state is DeliveryState.RETRY
    assert not due(waiting, NOW + timedelta(minutes=4))
    assert due(waiting, NOW + timedelta(minutes=5))
    assert due(waiting, NOW, everything=True)


def test_after_three_days_of_trying_a_delivery_has_failed():
    delivery, now, tried = DUE, NOW, 0
    while delivery.state in (DeliveryState.DUE, DeliveryState.RETRY):
        delivery = stored(delivery, after_send(delivery, LATER, now), NOW)
        now, tried = delivery.next_try_at or now, tried + 1

    assert delivery.state is DeliveryState.FAILED
    assert now == NOW + GIVE_UP_AFTER  # the last try is not one wait early
    assert tried == delivery.tries == 19
    assert delivery.last_error == "given up after 3 days: 451 try later"


def test_a_lost_answer_is_unknown_and_sent_once_more_by_the_next_run():
    unknown = stored(DUE, after_send(DUE, LOST, NOW))

    assert unknown.state is DeliveryState.UNKNOWN
    assert due(unknown)


def test_an_answer_lost_twice_waits_for_a_person():
    unknown = stored(DUE, after_send(DUE, LOST, NOW))
    lost_again = stored(unknown, after_send(unknown, LOST, NOW))

    assert lost_again.state is DeliveryState.UNKNOWN
    assert not due(lost_again, NOW + timedelta(days=30), everything=True)
    assert due(lost_again, retry=True)


def test_an_unknown_delivery_that_could_not_be_sent_again_stays_unknown_and_waits():
    unknown = stored(DUE, after_send(DUE, LOST, NOW))
    waiting = stored(unknown, after_send(unknown, LATER, NOW))

    assert waiting.state is DeliveryState.UNKNOWN
    assert not due(waiting)
    assert due(waiting, waiting.next_try_at)
    assert stored(waiting, after_send(waiting, SENT, NOW)).state is DeliveryState.SENT


def test_an_unknown_delivery_is_never_given_up_as_failed():
    unknown = stored(DUE, after_send(DUE, LOST, NOW))
    ended = after_send(unknown, LATER, NOW + GIVE_UP_AFTER)

    assert ended.state is DeliveryState.UNKNOWN  # 'failed' would mail its stories anew
    assert not due(stored(unknown, ended), NOW + timedelta(days=30), everything=True)


def test_a_process_that_died_while_sending_leaves_an_unknown_delivery_that_is_due():
    sending = stored(DUE, before_send(DUE))
    found = stored(sending, found_sending(sending, NOW))

    assert sending.state is DeliveryState.SENDING
    assert not due(sending, everything=True, retry=True)
    assert found.state is DeliveryState.UNKNOWN
    assert due(found)


def test_a_process_that_died_in_the_second_sending_leaves_one_for_a_person():
    unknown = stored(DUE, after_send(DUE, LOST, NOW))
    sending = stored(unknown, before_send(unknown))
    found = stored(sending, found_sending(sending, NOW))

    assert not due(found, NOW + timedelta(days=1), everything=True)
    assert due(found, retry=True)


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.SUPPRESSED, DeliveryState.CLOSED])
def test_what_has_ended_is_never_tried(state):
    assert not due(replace(DUE, state=state), everything=True, retry=True)


@given(st.lists(st.sampled_from([LATER, LOST, SENT, REFUSED, None]), max_size=12), st.data())
def test_without_a_person_a_message_is_handed_over_at_most_twice(results, data):
    """None: the process dies while it sends. Whatever happens, at most one duplicate."""
    delivery, now, handed_over = DUE, NOW, 0
    for result in results:
        now += data.draw(st.timedeltas(timedelta(0), timedelta(days=1)))
        if not due(delivery, now, everything=data.draw(st.booleans())):
            continue
        handed_over += result is None or result.outcome in (SendOutcome.LOST, SendOutcome.SENT)
        if result is None:
            sending = stored(delivery, before_send(delivery), now)
            delivery = stored(sending, found_sending(sending, now), now)
        else:
            delivery = stored(delivery, after_send(delivery, result, now), now)

    assert handed_over <= 2


def test_a_message_id_is_the_same_for_the_same_list_period_and_recipient():
    first = message_id("policy-desk", NOW, "reader@example.org", "example.org")

    assert first == message_id("policy-desk", NOW, "reader@example.org", "example.org")
    assert first.startswith("<")
    assert first.endswith("@example.org>")
    assert "reader" not in first


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("other-desk", NOW, "reader@example.org"), id="list"),
        pytest.param(("policy-desk", NOW + timedelta(days=1), "reader@example.org"), id="period"),
        pytest.param(("policy-desk", NOW, "other@example.org"), id="recipient"),
    ],
)
def test_another_list_period_or_recipient_has_another_message_id(other):
    assert message_id(*other, "example.org") != message_id(
        "policy-desk", NOW, "reader@example.org", "example.org"
    )


@pytest.mark.parametrize(
    ("domain", "written"),
    [("bücher.example", "@xn--bcher-kva.example>"), ("", "@localhost>"), ("bü cher..", "@localhost>")],
)
def test_a_message_id_is_ascii(domain, written):
    assert message_id("liste", NOW, "léser@example.org", domain).endswith(written)
