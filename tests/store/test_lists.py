from __future__ import annotations

import json

from sqlalchemy import select
from support.rows import DAY, NOW, add, entry, flag, list_spec, poll

from monitor.model.digest import DeliveryState, DeliveryUpdate, Period
from monitor.model.specs import DigestItem, NewDelivery
from monitor.store import digests, lists, outbox
from monitor.store.schema import metadata

READER = "Reader@example.org"


def everything(tx):
    """Every value of every row, as one text."""
    return json.dumps(
        [[str(value) for value in row] for t in metadata.sorted_tables for row in tx.execute(select(t))]
    )


def test_a_list_joins_when_it_is_first_seen_and_is_not_due_at_once(database):
    spec = list_spec()
    database.call(lists.sync_lists, [spec], NOW)
    database.call(lists.sync_lists, [spec], NOW + DAY)

    (joined,) = database.read(lists.stored_lists)
    assert (joined.joined_at, joined.period_start) == (NOW, spec.day_start)
    assert (joined.topics, joined.at, joined.days) == (spec.topics, "07:00", spec.days)
    assert joined.next_digest_at == spec.next_digest_at
    assert database.read(lists.due_lists, NOW) == []
    assert [due.name for due in database.read(lists.due_lists, spec.next_digest_at)] == ["morning"]


def test_a_recipient_that_joins_later_receives_from_its_own_day_on(database):
    database.call(lists.sync_lists, [list_spec()], NOW)
    later = list_spec("morning", "reader@example.org", "second@example.org", day_start=NOW + DAY)
    database.call(lists.sync_lists, [later], NOW + DAY)

    (joined,) = database.read(lists.stored_lists)
    assert {each.address: each.receives_from for each in joined.recipients} == {
        "reader@example.org": list_spec().day_start,
        "second@example.org": NOW + DAY,
    }


def test_a_recipient_that_comes_back_joins_anew(database):
    database.call(lists.sync_lists, [list_spec("morning", "a@example.org", "b@example.org")], NOW)
    database.call(lists.sync_lists, [list_spec("morning", "a@example.org")], NOW)
    assert [each.address for each in database.read(lists.stored_lists)[0].recipients] == ["a@example.org"]

    back = list_spec("morning", "a@example.org", "b@example.org", day_start=NOW + DAY)
    database.call(lists.sync_lists, [back], NOW + DAY)
    assert database.read(lists.stored_lists)[0].recipients[1].receives_from == NOW + DAY


def test_a_list_that_vanished_is_paused_and_never_due(database):
    database.call(lists.sync_lists, [list_spec()], NOW)
    database.call(lists.sync_lists, [], NOW)

    assert database.read(lists.due_lists, NOW + 9 * DAY) == []
    assert database.read(lists.stored_lists)[0].state == "paused"


def test_a_new_plan_moves_a_digest_to_come_and_never_one_that_is_due(database):
    database.call(lists.sync_lists, [list_spec()], NOW)
    moved = list_spec(at="08:00", next_digest_at=NOW + 2 * DAY)

    database.call(lists.sync_lists, [moved], NOW)
    assert database.read(lists.stored_lists)[0].next_digest_at == NOW + 2 * DAY

    again = list_spec(at="09:00", next_digest_at=NOW + 9 * DAY)
    database.call(lists.sync_lists, [again], NOW + 3 * DAY)
    assert database.read(lists.stored_lists)[0].next_digest_at == NOW + 2 * DAY


def test_a_suppressed_address_is_known_in_any_spelling(database):
    database.call(lists.sync_lists, [list_spec("morning", READER)], NOW)

    assert database.call(lists.suppress, " reader@EXAMPLE.org ", NOW) is True
    assert database.call(lists.suppress, READER, NOW) is False
    assert database.read(lists.is_suppressed, READER) is True
    assert database.read(lists.is_suppressed, "other@example.org") is False
    assert database.read(lists.stored_lists)[0].recipients[0].suppressed is True


def test_a_forgotten_address_stands_nowhere_and_is_not_mailed_again(database):
    database.call(lists.sync_lists, [list_spec("morning", READER)], NOW)
    database.call(poll, database.call(add), entry(1))
    stored = database.call(flag, entry(1).link)
    item = DigestItem(article_id=stored.article_id, story_id=1, headline="Story 1")
    period = Period(since=NOW - DAY, until=NOW, zone="UTC")
    shares = [NewDelivery(recipient=READER, message_id="<1@example.org>", items=(item,))]
    frozen = {"coverage": {"undelivered": [f"{READER}: 550"]}}
    database.call(digests.freeze, "morning", period, frozen, shares, NOW, next_digest_at=NOW + DAY)
    (waiting,) = database.read(outbox.open_deliveries)
    refused = DeliveryUpdate(
        delivery_id=waiting.id,
        state=DeliveryState.FAILED,
        tries=1,
        next_try_at=None,
        error="550 no such user <reader@example.org>",
    )
    database.call(outbox.record_delivery, refused)
    database.call(lists.suppress, READER, NOW)
    assert READER in database.read(everything)

    assert database.call(lists.forget, READER, NOW) is True

    assert READER.lower() not in database.read(everything).lower()
    assert database.read(outbox.open_deliveries) == []
    assert database.read(lists.is_suppressed, READER) is True
    database.call(lists.sync_lists, [list_spec("morning", READER)], NOW)
    assert database.read(lists.stored_lists)[0].recipients == ()
    assert database.call(lists.forget, "never@example.org", NOW) is False
