from __future__ import annotations

from dataclasses import replace

import pytest
from support.rows import DAY, NOW, add, entry, flag, list_spec, poll

from monitor.model.digest import DeliveryState, DeliveryUpdate, Period
from monitor.model.specs import DigestItem, NewDelivery
from monitor.store import digests, lists, outbox, stories

READER = "reader@example.org"


@pytest.fixture
def delivery(database):
    """One that is due, with one story."""
    database.call(lists.sync_lists, [list_spec()], NOW)
    database.call(poll, database.call(add), entry(1))
    stored = database.call(flag, entry(1).link)
    story = database.read(stories.candidate, stored.article_id).story_id
    item = DigestItem(article_id=stored.article_id, story_id=story, headline="Story 1", text="An extract.")
    share = NewDelivery(recipient=READER, message_id="<1@example.org>", items=(item,))
    period = Period(since=NOW - DAY, until=NOW, zone="UTC")
    database.call(digests.freeze, "morning", period, {}, [share], NOW, next_digest_at=NOW + DAY)
    (due,) = database.read(outbox.open_deliveries)
    return due


def became(delivery, state, **changes):
    made = DeliveryUpdate(delivery_id=delivery.id, state=state, tries=1, next_try_at=None, error=None)
    return replace(made, **changes)


def test_an_attempt_is_noted_before_its_first_byte(database, delivery):
    sending = became(delivery, DeliveryState.SENDING, tries=0)

    assert database.call(outbox.begin_delivery, sending, NOW) is DeliveryState.SENDING
    (found,) = database.read(outbox.open_deliveries)
    assert (found.state, found.tries, found.first_tried_at) == (DeliveryState.SENDING, 0, NOW)

    database.call(outbox.begin_delivery, sending, NOW + DAY)
    assert database.read(outbox.open_deliveries)[0].first_tried_at == NOW


def test_what_an_attempt_changed_is_stored(database, delivery):
    retry = became(
        delivery, DeliveryState.RETRY, next_try_at=NOW + DAY, error="451 later", retried_unknown=True
    )
    database.call(outbox.record_delivery, retry)
    (found,) = database.read(outbox.open_deliveries)
    assert (found.state, found.next_try_at, found.last_error) == (DeliveryState.RETRY, NOW + DAY, "451 later")
    assert (found.retried_unknown, found.message_id) == (True, "<1@example.org>")

    database.call(outbox.record_delivery, became(delivery, DeliveryState.SENT, sent_at=NOW))
    assert database.read(outbox.open_deliveries) == []
    (carried,) = database.read(outbox.in_digests, 1)
    assert (carried.state, carried.sent_at, carried.headline) == (DeliveryState.SENT, NOW, "Story 1")


def test_an_address_suppressed_at_the_last_moment_is_not_mailed(database, delivery):
    database.call(lists.suppress, READER, NOW)

    state = database.call(outbox.begin_delivery, became(delivery, DeliveryState.SENDING), NOW)

    assert state is DeliveryState.SUPPRESSED
    assert database.read(outbox.open_deliveries) == []


def test_a_delivery_that_came_to_its_end_is_not_begun_again(database, delivery):
    database.call(outbox.record_delivery, became(delivery, DeliveryState.SENT, sent_at=NOW))

    assert (
        database.call(outbox.begin_delivery, became(delivery, DeliveryState.SENDING), NOW)
        is DeliveryState.SENT
    )


def test_stories_of_a_failed_delivery_are_taken_over_once(database, delivery):
    (story,) = database.read(outbox.delivery_stories, delivery.id)
    assert database.read(outbox.failed_stories, "morning", READER) == set()

    database.call(outbox.record_delivery, became(delivery, DeliveryState.FAILED))
    assert database.read(outbox.failed_stories, "morning", READER) == {story}

    assert database.call(outbox.close_failed, "morning", READER) == 1
    assert database.read(outbox.failed_stories, "morning", READER) == set()
    assert database.read(outbox.open_deliveries) == []


def test_what_waits_too_long_is_overdue(database, delivery):
    assert database.read(outbox.overdue, NOW) == []
    assert [late.id for late in database.read(outbox.overdue, NOW + DAY)] == [delivery.id]

    database.call(outbox.record_delivery, became(delivery, DeliveryState.FAILED))
    assert database.read(outbox.overdue, NOW + DAY) == []
