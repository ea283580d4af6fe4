"""The schedule: never before a wait that was asked for, never lost, always with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.schedule import (
    GONE_AFTER,
    MAX_BACK_OFF,
    MAX_WAIT,
    OUTAGE_RETRY,
    after_poll,
    spoken,
)
from monitor.model.feed import Entry, EntryKey, Feed, FeedDocument, FeedState, KeyKind, Pace, PollOutcome
from monitor.model.web import Answer, FetchOutcome, Hop, Validators

URL = "https://example.org/feed"
SIX_IN_THE_MORNING = datetime(2026, 11, 24, 6, tzinfo=UTC)
PACE = Pace()
FEED = Feed(id=7, url=URL, original_url=URL, validators=Validators(etag='"old"', body_hash="aa"))
READ_BEFORE = replace(
    FEED, interval=timedelta(hours=2), last_success_at=SIX_IN_THE_MORNING - timedelta(hours=2)
)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def answer(outcome: FetchOutcome = FetchOutcome.OK, **fields: object) -> Answer:
    fresh = Validators(etag='"new"', body_hash="bb")
    fields = {"url": URL, "final_url": URL, "validators": fresh, **fields}
    return Answer(outcome=outcome, **fields)  # type: ignore[arg-type]


def entry(age: timedelta | None, raw_hash: str | None = "cc") -> Entry:
    key = EntryKey(kind=KeyKind.GUID, value=str(age))
    return Entry(
        keys=(key,), published_at=None if age is None else SIX_IN_THE_MORNING - age, raw_hash=raw_hash
    )


def listing(*ages: timedelta | None, **fields: object) -> FeedDocument:
    return FeedDocument(entries=tuple(map(entry, ages)), listed=len(ages), **fields)  # type: ignore[arg-type]


def poll(
    feed: Feed = READ_BEFORE, got: Answer | None = None, document: FeedDocument | None = None, **kw: object
):  # type: ignore[no-untyped-def]
    return after_poll(feed, got or answer(), document, PACE, SIX_IN_THE_MORNING, **kw)  # type: ignore[arg-type]


# ---- waits that a server asks for


@pytest.mark.parametrize(
    ("asked", "wait", "said"),
    [
        pytest.param(2 * HOUR, 2 * HOUR, "Retry-After asked for 2 h", id="as asked"),
        pytest.param(3 * DAY, 3 * DAY, "Retry-After asked for 3 d", id="beyond the longest interval"),
        pytest.param(400 * DAY, MAX_WAIT, "7 d is the most we wait", id="absurd"),
        pytest.param(MINUTE, PACE.min_interval, "never sooner than 10 min", id="sooner than we would"),
        pytest.param(None, HOUR, "without saying how long", id="no figure"),
    ],
)
def test_a_feed_is_not_asked_before_the_wait_that_its_server_named(
    asked: timedelta | None, wait: timedelta, said: str
) -> None:
    update = poll(got=answer(FetchOutcome.THROTTLED, status=429, retry_after=asked))

    assert update.next_poll_at == SIX_IN_THE_MORNING + wait
    assert said in update.next_poll_reason
    assert (update.state, update.outcome) == (FeedState.THROTTLED, PollOutcome.THROTTLED)


def test_throttling_neither_adds_nor_forgives_failures() -> None:
    failing = replace(READ_BEFORE, failures=3, failing_since=SIX_IN_THE_MORNING - DAY)

    update = poll(failing, answer(FetchOutcome.THROTTLED))

    assert (update.failures, update.failing_since) == (3, SIX_IN_THE_MORNING - DAY)
    assert not update.succeeded
    assert update.validators == failing.validators


# ---- successes


def test_the_first_interval_is_half_the_gap_between_the_entries() -> None:
    update = poll(FEED, document=listing(*(hours * HOUR for hours in range(1, 40, 4))))

    assert update.interval == 2 * HOUR
    assert update.next_poll_reason == "half the usual gap of 4 h between its entries"


def test_new_entries_halve_the_interval_and_silence_stretches_it() -> None:
    news = poll(document=listing(5 * MINUTE))
    silence = poll(got=answer(FetchOutcome.NOT_MODIFIED, status=304))

    assert news.interval == HOUR
    assert silence.interval == 3 * HOUR


@pytest.mark.parametrize(
    ("got", "document"),
    [
        pytest.param(answer(FetchOutcome.NOT_MODIFIED), None, id="304"),
        pytest.param(answer(validators=Validators(body_hash="aa")), None, id="same bytes, not read"),
        pytest.param(answer(validators=Validators(body_hash="aa")), listing(MINUTE), id="same bytes, read"),
        pytest.param(answer(), FeedDocument(known_hashes=("x",), listed=1), id="all known"),
        pytest.param(answer(), listing(90 * DAY), id="an old entry with another comment count"),
        pytest.param(
            answer(), FeedDocument(entries=(entry(None, raw_hash=None),), listed=1), id="cannot tell"
        ),
    ],
)
def test_what_brings_nothing_new_counts_as_silence(got: Answer, document: FeedDocument | None) -> None:
    assert poll(got=got, document=document).interval == 3 * HOUR


def test_an_undated_entry_with_unknown_bytes_is_news() -> None:
    assert poll(document=listing(None)).interval == HOUR


@pytest.mark.parametrize(
    ("got", "document"),
    [
        (answer(max_age=8 * HOUR), None),
        (answer(), listing(MINUTE, ttl=8 * HOUR)),
        (answer(max_age=HOUR), listing(MINUTE, ttl=8 * HOUR)),
    ],
)
def test_a_wish_of_server_or_feed_makes_the_interval_longer(
    got: Answer, document: FeedDocument | None
) -> None:
    update = poll(got=got, document=document)

    assert update.interval == 8 * HOUR
    assert "asks for 8 h" in update.next_poll_reason


def test_limits_have_the_last_word_over_wishes_and_the_feed_s_own_over_the_general_ones() -> None:
    own = replace(READ_BEFORE, min_interval=HOUR, max_interval=2 * HOUR)

    assert poll(got=answer(max_age=365 * DAY)).interval == PACE.max_interval
    assert poll(own, answer(max_age=365 * DAY)).interval == 2 * HOUR
    assert poll(replace(own, interval=HOUR), document=listing(MINUTE)).interval == HOUR
    assert (
        "never sooner than 1 h"
        in poll(replace(own, interval=HOUR), document=listing(MINUTE)).next_poll_reason
    )


def test_a_success_forgets_all_failures() -> None:
    failing = replace(
        READ_BEFORE, state=FeedState.BACKING_OFF, failures=9, failing_since=SIX_IN_THE_MORNING - DAY
    )

    update = poll(failing, answer(status=200, seconds=0.5, body=b"<rss/>"), listing(MINUTE, title="News"))

    assert (update.state, update.failures, update.failing_since) == (FeedState.ACTIVE, 0, None)
    assert (update.error, update.succeeded, update.title, update.body_bytes) == (None, True, "News", 6)


def test_a_304_keeps_the_validators_that_it_does_not_renew() -> None:
    update = poll(got=answer(FetchOutcome.NOT_MODIFIED, validators=Validators(last_modified="Mon")))

    assert update.validators == Validators(etag='"old"', last_modified="Mon", body_hash="aa")


def test_feeds_added_together_part_ways_by_a_tenth_at_most() -> None:
    updates = [
        poll(replace(READ_BEFORE, id=number), answer(FetchOutcome.NOT_MODIFIED)) for number in range(50)
    ]
    waits = [update.next_poll_at - SIX_IN_THE_MORNING for update in updates]

    assert len(set(waits)) == 50
    assert all(abs(wait - 3 * HOUR) <= 3 * HOUR * 0.1 for wait in waits)


# ---- moves

MOVED = "https://new.example.org/feed"


@pytest.mark.parametrize(
    ("statuses", "document", "url"),
    [
        pytest.param([301], listing(MINUTE), MOVED, id="for good"),
        pytest.param([308, 301], listing(MINUTE), MOVED, id="two steps for good"),
        pytest.param([302], listing(MINUTE), None, id="for now"),
        pytest.param([301, 302], listing(MINUTE), None, id="for good, then for now"),
        pytest.param([301], FeedDocument(error="is a web page, not a feed"), None, id="to something else"),
        pytest.param([301], None, None, id="not read"),
    ],
)
def test_a_feed_moves_only_when_every_hop_is_permanent_and_ends_at_a_feed(
    statuses: list[int], document: FeedDocument | None, url: str | None
) -> None:
    hops = tuple(Hop(url=URL, status=status, target=MOVED) for status in statuses)

    update = poll(got=answer(final_url=MOVED, hops=hops), document=document)

    assert update.url == url


# ---- failures


def test_back_off_starts_at_the_first_failure_and_doubles_up_to_a_day() -> None:
    waits = []
    feed = READ_BEFORE
    for _ in range(12):
        update = poll(feed, answer(FetchOutcome.SERVER_ERROR, status=500, error="HTTP 500"))
        assert update.state is FeedState.BACKING_OFF
        waits.append(update.next_poll_at - SIX_IN_THE_MORNING)
        feed = replace(feed, failures=update.failures, failing_since=update.failing_since)

    assert waits[:3] == [20 * MINUTE, 40 * MINUTE, 80 * MINUTE]
    assert waits[-1] == MAX_BACK_OFF
    assert waits == sorted(waits)
    assert feed.failures == 12


@pytest.mark.parametrize(
    ("outcome", "failing_for", "state"),
    [
        (FetchOutcome.GONE, timedelta(0), FeedState.GONE),
        (FetchOutcome.NOT_FOUND, GONE_AFTER - HOUR, FeedState.BACKING_OFF),
        (FetchOutcome.NOT_FOUND, GONE_AFTER + HOUR, FeedState.GONE),
        (FetchOutcome.SERVER_ERROR, 90 * DAY, FeedState.BACKING_OFF),
        (FetchOutcome.BLOCKED, timedelta(0), FeedState.BLOCKED),
    ],
)
def test_only_a_410_or_a_long_404_is_gone(
    outcome: FetchOutcome, failing_for: timedelta, state: FeedState
) -> None:
    feed = replace(READ_BEFORE, failing_since=SIX_IN_THE_MORNING - failing_for if failing_for else None)

    assert poll(feed, answer(outcome)).state is state


def test_a_document_that_is_no_feed_is_a_failure_and_asked_for_whole_the_next_time() -> None:
    update = poll(document=FeedDocument(error="is a web page, not a feed"))

    assert (update.outcome, update.failures, update.state) == (PollOutcome.FAILED, 1, FeedState.BACKING_OFF)
    assert update.error == "is a web page, not a feed"
    assert update.validators is None


def test_in_our_own_outage_nothing_changes_but_the_next_try_in_minutes() -> None:
    failing = replace(
        READ_BEFORE, state=FeedState.BACKING_OFF, failures=2, failing_since=SIX_IN_THE_MORNING - DAY
    )

    update = poll(failing, answer(FetchOutcome.UNREACHABLE, error="no route"), outage=True)

    assert (update.state, update.failures, update.failing_since) == (failing.state, 2, failing.failing_since)
    assert update.next_poll_at == SIX_IN_THE_MORNING + OUTAGE_RETRY
    assert "our own connection" in update.next_poll_reason


# ---- whatever happens

DURATIONS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
FEEDS = st.builds(
    Feed,
    id=st.integers(1, 10**12),
    url=st.just(URL),
    original_url=st.just(URL),
    state=st.sampled_from(FeedState),
    failures=st.integers(0, 10**6),
    failing_since=st.none() | DURATIONS.map(lambda ago: SIX_IN_THE_MORNING - ago),
    interval=st.none() | DURATIONS,
    last_success_at=st.none() | DURATIONS.map(lambda ago: SIX_IN_THE_MORNING - ago),
    min_interval=st.none() | DURATIONS,
    max_interval=st.none() | DURATIONS,
)
ANSWERS = st.builds(
    Answer,
    url=st.just(URL),
    final_url=st.just(URL),
    outcome=st.sampled_from(FetchOutcome),
    retry_after=st.none() | DURATIONS,
    max_age=st.none() | DURATIONS,
    validators=st.sampled_from([Validators(), Validators(body_hash="aa")]),
)
DOCUMENTS = st.none() | st.builds(
    FeedDocument,
    entries=st.lists(st.builds(entry, st.none() | st.timedeltas(-100 * DAY, 4000 * DAY)), max_size=5).map(
        tuple
    ),
    ttl=st.none() | DURATIONS,
    error=st.none() | st.just("is no feed"),
)


@given(FEEDS, ANSWERS, DOCUMENTS, st.booleans(), DURATIONS, DURATIONS)
def test_next_is_later_than_now_and_within_the_limits_unless_a_wait_or_back_off_says_so(
    feed: Feed, got: Answer, document: FeedDocument | None, outage: bool, least: timedelta, most: timedelta
) -> None:
    pace = Pace(min_interval=least, max_interval=most)

    update = after_poll(feed, got, document, pace, SIX_IN_THE_MORNING, outage=outage)

    wait = update.next_poll_at - SIX_IN_THE_MORNING
    shortest = max(feed.min_interval if feed.min_interval is not None else least, timedelta(seconds=1))
    longest = max(feed.max_interval if feed.max_interval is not None else most, shortest)
    assert wait > timedelta(0)
    assert update.next_poll_reason
    if update.succeeded:
        assert shortest <= wait <= longest
        assert shortest <= update.interval <= longest
        assert (update.failures, update.error) == (0, None)
    elif update.outcome is PollOutcome.THROTTLED:
        assert wait >= min(got.retry_after or timedelta(0), MAX_WAIT)
        assert update.failures == feed.failures
    elif not (outage and not got.reached):
        assert wait >= shortest
        assert update.failures == feed.failures + 1
    assert update == after_poll(feed, got, document, pace, SIX_IN_THE_MORNING, outage=outage)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (90 * MINUTE, "1 h 30 min"),
        (7 * DAY, "7 d"),
        (DAY + HOUR + MINUTE, "1 d 1 h"),
    ],
)
def test_durations_are_spoken_in_two_units(duration: timedelta, words: str) -> None:
    assert spoken(duration) == words
