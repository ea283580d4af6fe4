"""When to ask a feed again, and what one poll changes about it. Pure: the same input, the same update.

Nothing here asks the network, the clock or the settings; `now` and `pace` are handed in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from monitor.model.feed import Feed, FeedDocument, FeedState, FeedUpdate, Pace, PollOutcome
from monitor.model.web import Answer, FetchOutcome, Validators

# A server that says 'wait' without saying how long.
DEFAULT_WAIT = timedelta(hours=1)
# A longer wait is a mistake or a spite; a feed must not vanish for a year on a typing error.
MAX_WAIT = timedelta(days=7)
# Back-off doubles up to this, also where the longest interval is shorter.
MAX_BACK_OFF = timedelta(hours=24)
# Long enough for a site's move or holiday; after it a person should look.
GONE_AFTER = timedelta(days=14)
# Our own line is down: that says nothing about the feed, so its limits and back-off do not count.
OUTAGE_RETRY = timedelta(minutes=5)
# Between two polls of a feed whose pace is not known yet.
FIRST_INTERVAL = timedelta(hours=1)
# Growth of the interval by each poll that brought nothing.
SLOWER = 1.5
# Share of the interval by which feeds are spread, so that those added together part ways.
SPREAD = 0.1
# Entries that tell a feed's rhythm; older ones tell how it was.
RHYTHM_ENTRIES = 20


def after_poll(
    feed: Feed,
    answer: Answer,
    document: FeedDocument | None,
    pace: Pace,
    now: datetime,
    *,
    outage: bool = False,
) -> FeedUpdate:
    """All that one poll changes about a feed.

    `document` is what the parser made of the body; None where there was none (a 304, or the same bytes as
    before). With `outage` no server at all could be reached in this cycle: the fault is ours, so the feed
    keeps its state and failures and is asked again in minutes. The outcome is never NEW: only the store
    knows what was known.
    """
    limits = _limits(feed, pace)
    if outage and not answer.reached:
        return _after_outage(feed, answer, now)
    if answer.outcome is FetchOutcome.THROTTLED:
        return _after_throttling(feed, answer, limits, now)
    if fault := _fault(answer, document):
        return _after_failure(feed, answer, fault, limits, now)
    return _after_success(feed, answer, document, limits, now)


@dataclass(frozen=True, slots=True)
class Limits:
    """The shortest and longest interval for one feed."""

    shortest: timedelta
    longest: timedelta

    def within(self, interval: timedelta) -> timedelta:
        return max(self.shortest, min(interval, self.longest))


@dataclass(frozen=True, slots=True)
class Step:
    """An interval and why it is that long, for people."""

    interval: timedelta
    reason: str


def next_poll(
    feed: Feed, answer: Answer, document: FeedDocument | None, limits: Limits, now: datetime
) -> Step:
    """The interval after a success.

    After news: the shorter of half the last interval and half the usual gap between the feed's entries, so
    that an entry waits half a gap at most. Without news: half as long again as the last interval. A wish of
    the server or the feed (max-age, ttl) can only make it longer, and the limits have the last word.
    """
    if _brings_news(feed, answer, document):
        step = _after_news(feed, document, now)
    elif feed.interval is None:
        step = Step(FIRST_INTERVAL, "no rhythm known yet")
    else:
        step = Step(feed.interval * SLOWER, "nothing new: half as long again as the last time")
    wish = max(answer.max_age or timedelta(0), document.ttl or timedelta(0) if document else timedelta(0))
    if wish > step.interval:
        step = Step(wish, f"the feed asks for {spoken(wish)}")
    return _limited(step, limits)


def spoken(duration: timedelta) -> str:
    """A duration for people, in its two largest units: '45 s', '10 min', '1 h 30 min', '7 d'."""
    seconds = round(duration.total_seconds())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")]
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2]) or "0 s"


# ---- after a success


def _after_success(
    feed: Feed, answer: Answer, document: FeedDocument | None, limits: Limits, now: datetime
) -> FeedUpdate:
    step = next_poll(feed, answer, document, limits, now)
    moved = _moved_to(feed, answer, document)
    return replace(
        _unread(feed, answer, Step(_spread(step.interval, feed.id, limits), step.reason), now),
        outcome=PollOutcome.UNCHANGED,
        detail=_detail(feed, answer, document),
        state=FeedState.ACTIVE,
        failures=0,
        failing_since=None,
        next_poll_reason=f"{step.reason}; the feed moved to its new address" if moved else step.reason,
        interval=step.interval,
        validators=_validators(feed, answer),
        error=None,
        succeeded=True,
        url=moved,
        title=document.title or None if document else None,
        site_url=document.site_url if document else None,
    )


def _detail(feed: Feed, answer: Answer, document: FeedDocument | None) -> str:
    if document and document.warning:
        return document.warning
    return "same bytes as before" if _same_bytes(feed, answer) else answer.outcome.value


def _same_bytes(feed: Feed, answer: Answer) -> bool:
    old, new = feed.validators.body_hash, answer.validators.body_hash
    return answer.outcome is FetchOutcome.OK and new is not None and new == old


def _brings_news(feed: Feed, answer: Answer, document: FeedDocument | None) -> bool:
    """Whether something was listed since the last poll, as far as this room can tell.

    A dated entry is news by its date (with one interval's grace, as servers show entries late): some feeds
    change a comment count in every entry at every poll, and that must not make us ask more often. An
    undated one is news if the cutter did not know its bytes.
    """
    if document is None or _same_bytes(feed, answer):
        return False
    if feed.last_success_at is None or feed.interval is None:
        return bool(document.entries)
    since = feed.last_success_at - feed.interval
    return any(
        entry.published_at > since if entry.published_at else entry.raw_hash is not None
        for entry in document.entries
    )


def _after_news(feed: Feed, document: FeedDocument | None, now: datetime) -> Step:
    gap = _usual_gap(document, now) if document else None
    last = feed.interval
    if gap is not None and (last is None or gap < last):
        return Step(gap / 2, f"half the usual gap of {spoken(gap)} between its entries")
    if last is None:
        return Step(FIRST_INTERVAL, "no rhythm known yet")
    return Step(last / 2, "new entries: half the last interval")


def _usual_gap(document: FeedDocument, now: datetime) -> timedelta | None:
    """The median time between its newest entries; None where fewer than three are dated."""
    moments = sorted({e.published_at for e in document.entries if e.published_at and e.published_at <= now})
    newest = moments[-RHYTHM_ENTRIES:]
    if len(newest) < 3:
        return None
    return timedelta(seconds=median((later - earlier).total_seconds() for earlier, later in pairwise(newest)))


def _limited(step: Step, limits: Limits) -> Step:
    interval = limits.within(step.interval)
    if interval > step.interval:
        return Step(interval, f"{step.reason}; never sooner than {spoken(limits.shortest)}")
    if interval < step.interval:
        return Step(interval, f"{step.reason}; never later than {spoken(limits.longest)}")
    return step


def _spread(interval: timedelta, feed_id: int, limits: Limits) -> timedelta:
    """The interval, up to a tenth shorter or longer, always the same for one feed."""
    digest = hashlib.sha256(str(feed_id).encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**31 - 1
    return limits.within(interval * (1 + SPREAD * share))


def _validators(feed: Feed, answer: Answer) -> Validators:
    """What to send next time. A 304 may renew some and leave others out; those stay."""
    fresh, old = answer.validators, feed.validators
    if answer.outcome is not FetchOutcome.NOT_MODIFIED:
        return fresh
    return Validators(
        etag=fresh.etag or old.etag,
        last_modified=fresh.last_modified or old.last_modified,
        body_hash=old.body_hash,
    )


def _moved_to(feed: Feed, answer: Answer, document: FeedDocument | None) -> str | None:
    """The feed's new address, where every redirect was permanent and a feed was read at the end.

    The entries' keys stay: they belong to the feed, not to its address. A 304 is no proof that a feed lives
    there, so the move waits for the next change.
    """
    read = document is not None or _same_bytes(feed, answer)
    if not read or not answer.hops or not all(hop.permanent for hop in answer.hops):
        return None
    return answer.final_url if answer.final_url != feed.url else None


# ---- after anything else


def _unread(feed: Feed, answer: Answer, step: Step, now: datetime) -> FeedUpdate:
    """The update of a poll that changes nothing but the time of the next one; the others start from it."""
    return FeedUpdate(
        feed_id=feed.id,
        outcome=PollOutcome.FAILED,
        detail=answer.outcome.value,
        status=answer.status,
        state=feed.state,
        failures=feed.failures,
        failing_since=feed.failing_since,
        next_poll_at=now + step.interval,
        next_poll_reason=step.reason,
        interval=feed.interval or FIRST_INTERVAL,
        validators=feed.validators,
        error=answer.error or answer.outcome.value.replace("_", " "),
        succeeded=False,
        seconds=answer.seconds,
        body_bytes=len(answer.body),
    )


def _after_outage(feed: Feed, answer: Answer, now: datetime) -> FeedUpdate:
    return _unread(
        feed, answer, Step(OUTAGE_RETRY, "our own connection is down: no host could be reached"), now
    )


def _after_throttling(feed: Feed, answer: Answer, limits: Limits, now: datetime) -> FeedUpdate:
    """The server is there and asks us to wait: no failure of the feed, and no proof that it works either."""
    update = _unread(feed, answer, _server_wait(answer.retry_after, limits), now)
    return replace(update, outcome=PollOutcome.THROTTLED, state=FeedState.THROTTLED)


def _server_wait(asked: timedelta | None, limits: Limits) -> Step:
    if asked is None:
        return Step(max(DEFAULT_WAIT, limits.shortest), "asked to wait, without saying how long")
    reason = f"Retry-After asked for {spoken(asked)}"
    if asked > MAX_WAIT:
        return Step(MAX_WAIT, f"{reason}; {spoken(MAX_WAIT)} is the most we wait")
    if asked < limits.shortest:
        return Step(limits.shortest, f"{reason}; never sooner than {spoken(limits.shortest)}")
    return Step(asked, reason)


def _after_failure(feed: Feed, answer: Answer, fault: str, limits: Limits, now: datetime) -> FeedUpdate:
    failures = feed.failures + 1
    failing_since = feed.failing_since or now
    state = _state_after(answer, failing_since, now)
    unreadable = answer.outcome is FetchOutcome.OK
    return replace(
        _unread(feed, answer, Step(_back_off(failures, limits), _failure_reason(state, failures)), now),
        detail="not_a_feed" if unreadable else answer.outcome.value,
        state=state,
        failures=failures,
        failing_since=failing_since,
        error=fault,
        # What could not be read must be sent whole the next time, not hidden behind a 304.
        validators=None if unreadable else feed.validators,
    )


def _fault(answer: Answer, document: FeedDocument | None) -> str | None:
    """Why there is nothing to read, for people; None where there is."""
    if answer.outcome is FetchOutcome.NOT_MODIFIED:
        return None
    if answer.outcome is not FetchOutcome.OK:
        return answer.error or answer.outcome.value.replace("_", " ")
    return document.error if document else None


def _state_after(answer: Answer, failing_since: datetime, now: datetime) -> FeedState:
    if answer.outcome is FetchOutcome.GONE:
        return FeedState.GONE
    if answer.outcome is FetchOutcome.NOT_FOUND and now - failing_since > GONE_AFTER:
        return FeedState.GONE
    if answer.outcome is FetchOutcome.BLOCKED:
        return FeedState.BLOCKED
    return FeedState.BACKING_OFF


def _failure_reason(state: FeedState, failures: int) -> str:
    if state is FeedState.GONE:
        return "gone: not asked again until a person resumes it"
    if state is FeedState.BLOCKED:
        return "its address is not allowed: not asked again until a person resumes it"
    return (
        "backing off after a failure" if failures == 1 else f"backing off after {failures} failures in a row"
    )


def _back_off(failures: int, limits: Limits) -> timedelta:
    """The shortest interval, doubled with each failure in a row."""
    doubled = limits.shortest * float(2 ** min(failures, 20))
    return max(limits.shortest, min(doubled, MAX_BACK_OFF))


def _limits(feed: Feed, pace: Pace) -> Limits:
    """The feed's own limits before those of all; where they contradict each other, the longer wait holds."""
    shortest = feed.min_interval if feed.min_interval is not None else pace.min_interval
    longest = feed.max_interval if feed.max_interval is not None else pace.max_interval
    # A second, so that 'next' is never 'now'.
    shortest = max(shortest, timedelta(seconds=1))
    return Limits(shortest, max(shortest, longest))
