"""Asking feeds. What to do with an answer is decided in `intake.schedule`, what is new in `store.feeds`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor import clock, urls
from monitor.intake.cut import raw_hashes
from monitor.intake.parse import parse
from monitor.intake.schedule import after_poll
from monitor.model.feed import Feed, FeedDocument, FeedState, FeedUpdate, Pace, Polled
from monitor.model.web import Answer, FetchOutcome
from monitor.store import feeds
from monitor.work.flow import finished
from monitor.work.tools import Tools
from monitor.workers import TaskDied

log = structlog.get_logger()

HOSTS_FOR_AN_OUTAGE = 3  # so many hosts tried and none reached: the line is down, not they


# Without a status, these too say that a server was there.
SPOKE = frozenset({FetchOutcome.TIMEOUT, FetchOutcome.TLS, FetchOutcome.BROKEN, FetchOutcome.TOO_LARGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One feed's answer and what came of it."""

    feed: Feed
    answer: Answer  # without its body
    polled: Polled | None  # None: no server answered; whose fault that is shows when all feeds were asked


async def poll_feed(tools: Tools, cycle: str, feed: Feed) -> Asked:
    """Ask one feed what is new; keep its entries, its state and the time to ask again.

    Whatever the server does is an outcome. Only a fault of our own (no database) raises.
    """
    answer = await tools.web.get_feed(feed, clock.now())
    document = await read_document(tools, feed, answer)
    polled = await settle(tools, cycle, feed, answer, document) if answer.reached else None
    tools.progress.advance()
    return Asked(feed=feed, answer=replace(answer, body=b""), polled=polled)


async def settle_unreached(tools: Tools, cycle: str, asked: Sequence[Asked]) -> list[Polled]:
    """Add those whose server gave no answer; when nobody's did, it is our outage and not their failure."""
    outage = is_outage([one.answer for one in asked])
    if outage:
        log.warning("no feed could be reached: our own line seems down", feeds=len(asked))
    return [
        one.polled or await settle(tools, cycle, one.feed, one.answer, None, outage=outage) for one in asked
    ]


def is_outage(answers: Sequence[Answer]) -> bool:
    """Whether enough hosts were tried and not one was there; one refused before it was asked says nothing."""
    tried = {urls.host(answer.url) for answer in answers if not answer.reached}
    return len(tried) >= HOSTS_FOR_AN_OUTAGE and not any(map(spoke, answers))


def spoke(answer: Answer) -> bool:
    """Whether some server was there."""
    return answer.status is not None or bool(answer.hops) or answer.outcome in SPOKE


async def settle(
    tools: Tools,
    cycle: str,
    feed: Feed,
    answer: Answer,
    document: FeedDocument | None,
    *,
    outage: bool = False,
) -> Polled:
    """Decide what the answer means and write all of it at once."""
    now = clock.now()
    pace = Pace(
        min_interval=tools.settings.schedule.min_interval, max_interval=tools.settings.schedule.max_interval
    )
    update = after_poll(feed, answer, document, pace, now, outage=outage)

    # One transaction: an ETag kept without its entries would hide them behind a 304 for good.
    since = mailable_since(tools, feed, now)
    polled = await finished(
        tools.database.run(feeds.record_poll, feed, update, document, now, cycle, mailable_since=since)
    )
    say(feed, update, polled)
    return polled


async def read_document(tools: Tools, feed: Feed, answer: Answer) -> FeedDocument | None:
    """What the feed lists, without parsing again what is known; None where there is nothing to parse."""
    if answer.outcome is not FetchOutcome.OK:
        return None
    hashes = raw_hashes(answer.body)
    known = await tools.database.run(feeds.known_hashes, feed.id, hashes) if hashes else frozenset()
    try:
        # In a worker: a feed made to be slow costs nobody but itself.
        task = partial(parse, answer.body, url=answer.final_url, content_type=answer.content_type, skip=known)
        return await tools.workers.run(task)
    except TaskDied as death:
        return FeedDocument(error=f"this feed could not be parsed: {death.reason}")


def mailable_since(tools: Tools, feed: Feed, now: datetime) -> datetime | None:
    """At a feed's first poll its old entries are read but not mailed; afterwards whatever is new is news."""
    if feed.last_success_at is not None:
        return None
    return now - timedelta(days=tools.settings.digest.first_days)


def say(feed: Feed, update: FeedUpdate, polled: Polled) -> None:
    """One line a poll; louder when somebody may have to act."""
    speak = log.warning if update.state in (FeedState.GONE, FeedState.BLOCKED) else log.debug
    speak(
        "polled",
        feed=urls.mask(feed.url),
        outcome=str(polled.outcome),
        new=polled.new,
        error=update.error,
        next_poll_at=update.next_poll_at.isoformat(timespec="seconds"),
        why=update.next_poll_reason,
    )
