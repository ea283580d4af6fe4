from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from support.rows import CYCLE, DAY, HOUR, NOW, add, change, document, entry, poll

from monitor.model.feed import FeedState, PollOutcome
from monitor.model.specs import FeedOptions, FeedSpec
from monitor.model.web import Validators
from monitor.store import feeds

URL = "https://news.example.org/feed.xml"


def test_a_new_feed_is_due_at_once(database):
    database.call(add)

    (due,) = database.read(feeds.due_feeds, NOW)
    assert due.url == URL
    assert due.last_success_at is None


def test_a_poll_stores_feed_attempt_and_counts_in_one_go(database):
    feed = database.call(add)

    polled = database.call(poll, feed, entry(1), entry(2))

    assert (polled.outcome, polled.seen, polled.new) == (PollOutcome.NEW, 2, 2)
    (stored,) = database.read(feeds.stored_feeds)
    assert (stored.entries, stored.last_success_at, stored.last_error) == (2, NOW, None)
    (attempt,) = database.read(feeds.attempts, feed.id)
    assert (attempt.outcome, attempt.seen, attempt.new, attempt.cycle) == ("new", 2, 2, CYCLE)
    again = database.read(feeds.find_feed, URL)
    assert again.validators == Validators(etag='"1"')
    assert again.interval == HOUR


def test_a_poll_that_dies_half_way_leaves_no_trace(database):
    feed = database.call(add)

    def dies(tx):
        poll(tx, feed, entry(1))
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        database.call(dies)

    assert database.read(feeds.find_feed, URL).validators == Validators()
    assert database.read(feeds.stored_feeds)[0].entries == 0
    assert database.read(feeds.attempts, feed.id) == []


def test_a_304_sees_no_entries(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))

    polled = database.call(feeds.record_poll, feed, change(feed, status=304), None, NOW, CYCLE)

    assert (polled.outcome, polled.seen, polled.new) == (PollOutcome.UNCHANGED, 0, 0)


def test_a_failure_is_stored_and_keeps_what_was_read_before(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))
    failure = change(
        feed,
        outcome=PollOutcome.FAILED,
        state=FeedState.BACKING_OFF,
        failures=1,
        failing_since=NOW,
        error="no answer within 30 s",
        succeeded=False,
        validators=None,
    )

    polled = database.call(feeds.record_poll, feed, failure, None, NOW + HOUR, CYCLE)

    assert polled.outcome == PollOutcome.FAILED
    (stored,) = database.read(feeds.stored_feeds)
    assert (stored.state, stored.failures, stored.last_error) == ("backing_off", 1, "no answer within 30 s")
    assert (stored.last_success_at, stored.entries) == (NOW, 1)


def test_only_the_last_fifty_attempts_are_kept(database):
    feed = database.call(add)
    for number in range(53):
        database.call(feeds.record_poll, feed, change(feed, detail=f"poll {number}"), None, NOW, CYCLE)

    kept = database.read(feeds.attempts, feed.id)
    assert [attempt.detail for attempt in kept] == [f"poll {number}" for number in range(52, 2, -1)]


def test_what_is_due_comes_longest_due_first(database):
    for number, wait in enumerate((3, 1, 2)):
        feed = database.call(add, f"https://{number}.example.org/feed")
        due = change(feed, next_poll_at=NOW + wait * HOUR)
        database.call(feeds.record_poll, feed, due, None, NOW, CYCLE)

    due = database.read(feeds.due_feeds, NOW + 2 * HOUR)

    assert [feed.url[8] for feed in due] == ["1", "2"]
    assert database.read(feeds.next_due_at) == NOW + HOUR


@pytest.mark.parametrize("state", [FeedState.GONE, FeedState.BLOCKED, FeedState.PAUSED])
def test_a_feed_at_rest_is_not_asked_even_when_all_are(database, state):
    feed = database.call(add)
    database.call(feeds.record_poll, feed, change(feed, state=state, next_poll_at=NOW), None, NOW, CYCLE)

    assert database.read(feeds.due_feeds, NOW, everything=True) == []
    assert database.read(feeds.next_due_at) is None


def test_once_all_respects_only_the_wait_that_a_server_asked_for(database):
    resting, throttled = (
        database.call(add, "https://a.example.org/"),
        database.call(add, "https://b.example.org/"),
    )
    database.call(feeds.record_poll, resting, change(resting), None, NOW, CYCLE)
    waits = change(throttled, state=FeedState.THROTTLED, outcome=PollOutcome.THROTTLED)
    database.call(feeds.record_poll, throttled, waits, None, NOW, CYCLE)

    assert [feed.id for feed in database.read(feeds.due_feeds, NOW, everything=True)] == [resting.id]
    assert len(database.read(feeds.due_feeds, NOW + HOUR, everything=True)) == 2


def test_a_feed_is_newly_gone_once(database):
    feed = database.call(add)
    gone = change(feed, state=FeedState.GONE, outcome=PollOutcome.FAILED)

    first = database.call(feeds.record_poll, feed, gone, None, NOW, CYCLE)
    second = database.call(feeds.record_poll, feed, gone, None, NOW, CYCLE)

    assert (first.newly_gone, second.newly_gone) == (True, False)


def test_a_feed_that_moved_is_found_under_both_addresses(database):
    feed = database.call(add)
    moved = change(feed, url="https://new.example.org/feed")
    database.call(feeds.record_poll, feed, moved, document(), NOW, CYCLE)

    for url in (URL, "https://new.example.org/feed"):
        assert database.read(feeds.find_feed, url).url == "https://new.example.org/feed"
    (stored,) = database.read(feeds.stored_feeds)
    assert stored.original_url == URL


def test_a_feed_that_moved_to_another_ones_address_becomes_that_one(database):
    old, new = database.call(add), database.call(add, "https://new.example.org/feed")
    database.call(feeds.record_poll, old, change(old, url=new.url), document(entry(1)), NOW, CYCLE)

    assert [feed.id for feed in database.read(feeds.stored_feeds)] == [new.id]
    assert database.read(feeds.find_feed, URL).id == new.id
    assert database.call(feeds.sync_config, [FeedSpec(url=URL)], NOW) == 0


def test_pausing_wins_over_a_poll_that_was_under_way(database):
    feed = database.call(add)
    database.call(feeds.pause_feed, feed.id, NOW)

    database.call(poll, feed, entry(1))

    (stored,) = database.read(feeds.stored_feeds)
    assert (stored.state, stored.paused_by, stored.entries) == ("paused", "person", 1)


def test_resuming_asks_at_once(database):
    feed = database.call(add)
    database.call(feeds.record_poll, feed, change(feed, state=FeedState.GONE, failures=9), None, NOW, CYCLE)

    database.call(feeds.resume_feed, feed.id, NOW)

    (due,) = database.read(feeds.due_feeds, NOW)
    assert (due.state, due.failures) == (FeedState.ACTIVE, 0)


def test_adding_twice_adds_once(database):
    assert database.call(feeds.add_feed, FeedSpec(url=URL), NOW) is True
    assert database.call(feeds.add_feed, FeedSpec(url=f" {URL} "), NOW) is False
    assert len(database.read(feeds.stored_feeds)) == 1


def test_a_removed_feed_stays_removed_until_it_is_added_again(database):
    spec = FeedSpec(url=URL, tags=("policy",))
    database.call(feeds.sync_config, [spec], NOW)
    feed = database.read(feeds.find_feed, URL)
    database.call(feeds.remove_feed, feed.id, NOW)

    database.call(feeds.sync_config, [spec], NOW)
    assert database.read(feeds.stored_feeds) == []
    assert len(database.read(feeds.stored_feeds, removed=True)) == 1

    assert database.call(feeds.add_feed, spec, NOW) is True
    assert [stored.id for stored in database.read(feeds.stored_feeds)] == [feed.id]


def test_the_configuration_sets_options_and_pauses_what_vanished_from_it(database):
    options = FeedOptions(min_interval=timedelta(minutes=5), auth_file="secret.txt")
    spec = FeedSpec(url=URL, title="Mine", tags=("policy", "eu"), options=options)
    by_command = database.call(add, "https://other.example.org/feed")

    assert database.call(feeds.sync_config, [spec], NOW) == 1
    feed = database.read(feeds.find_feed, URL)
    assert (feed.title, feed.min_interval, feed.auth_file) == ("Mine", timedelta(minutes=5), "secret.txt")

    database.call(feeds.sync_config, [], NOW)
    states = {stored.url: (stored.state, stored.paused_by) for stored in database.read(feeds.stored_feeds)}
    assert states == {URL: ("paused", "config"), by_command.url: ("active", None)}

    database.call(feeds.sync_config, [spec], NOW + DAY)
    assert [due.url for due in database.read(feeds.due_feeds, NOW + DAY)] == [by_command.url, URL]


def test_a_configuration_that_did_not_change_writes_nothing(database):
    specs = [FeedSpec(url=f"https://{n}.example.org/feed", tags=("eu",)) for n in range(3)]
    assert database.call(feeds.sync_config, [*specs, specs[0]], NOW) == 3

    written = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    assert database.call(feeds.sync_config, specs, NOW + DAY) == 0

    assert [statement for statement in written if statement.startswith(("UPDATE", "INSERT"))] == []


def test_a_feed_paused_by_a_person_stays_paused_while_it_is_configured(database):
    database.call(feeds.sync_config, [FeedSpec(url=URL)], NOW)
    database.call(feeds.pause_feed, database.read(feeds.find_feed, URL).id, NOW)

    for specs in ([FeedSpec(url=URL)], [], [FeedSpec(url=URL)]):
        database.call(feeds.sync_config, specs, NOW)

    assert database.read(feeds.stored_feeds)[0].state == "paused"


def test_a_title_given_by_a_person_goes_before_the_feeds_own(database):
    database.call(feeds.add_feed, FeedSpec(url=URL, title="Mine"), NOW)
    feed = database.read(feeds.find_feed, URL)
    database.call(feeds.record_poll, feed, change(feed, title="Theirs"), document(), NOW, CYCLE)

    assert database.read(feeds.stored_feeds)[0].title == "Mine"


def test_hashes_of_stored_items_are_known(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))
    stored = entry(1).raw_hash

    assert database.read(feeds.known_hashes, feed.id, [stored, "f" * 64]) == {stored}
    assert database.read(feeds.known_hashes, feed.id + 1, [stored]) == frozenset()
