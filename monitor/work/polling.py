"""Asking feeds. What to do with an answer is decided in `intake.schedule`, what is new in `store.feeds`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor import clock, urls
from monitor.intake.cut import raw_hashes
from monitor.intake.parse import parse
from monitor.intake.schedule import after_poll
from monitor.model.feed import Feed, FeedDocument, FeedState, FeedUpdate, Pace, Polled
from monitor.model.web import Answer, FetchOutcome
from monitor.store import feeds
from monitor.work.tools import Tools
from monitor.workers import TaskDied

log = structlog.get_logger()

HOSTS_FOR_AN_OUTAGE = 3  # so many hosts tried and none reached: the line is down, not they


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """No server answered: whose fault it is shows only when all feeds were asked."""

    feed: Feed
    answer: Answer


async def poll_feed(tools: Tools, cycle: str, feed: Feed) -> Polled | Unreached:
    """Ask one feed what is new; keep its entries, its state and the time to ask again.

    Whatever the server does is an outcome. Only a fault of our own (no database) raises.
    """
    answer = await tools.web.get_feed(feed, clock.now())
    tools.progress.advance()
    if not answer.reached:
        return Unreached(feed=feed, answer=answer)
    document = await read_document(tools, feed, answer)
    return await settle(tools, cycle, feed, answer, document)


async def settle_unreached(tools: Tools, cycle: str, answers: list[Polled | Unreached]) -> list[Polled]:
    """Add those whose server gave no answer; when nobody's did, it is our outage and not their failure."""
    polled = [answer for answer in answers if isinstance(answer, Polled)]
    unreached = [answer for answer in answers if isinstance(answer, Unreached)]
    hosts = {urls.host(one.feed.url) for one in unreached}
    outage = not polled and len(hosts) >= HOSTS_FOR_AN_OUTAGE
    if outage:
        log.warning("no feed could be reached: our own line seems down", hosts=len(hosts))
    for one in unreached:
        polled.append(await settle(tools, cycle, one.feed, one.answer, None, outage=outage))
    return polled


async def settle(
    tools: Tools, cycle: str, feed: Feed, answer: Answer, document: FeedDocument | None, *, outage: bool = False
) -> Polled:
    """Decide what the answer means and write all of it at once."""
    now = clock.now()
    pace = Pace(
        min_interval=tools.settings.schedule.min_interval, max_interval=tools.settings.schedule.max_interval
    )
    update = after_poll(feed, answer, document, pace, now, outage=outage)

    # One transaction: an ETag kept without its entries would hide them behind a 304 for good.
    polled = await tools.database.run(
        feeds.record_poll, feed, update, document, now, cycle, mailable_since=mailable_since(tools, feed, now)
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
        return await tools.workers.run(parse_task, answer.body, answer.final_url, answer.content_type, known)
    except TaskDied as death:
        return FeedDocument(error=f"this feed could not be parsed: the parser {death.reason}")


def parse_task(body: bytes, url: str, content_type: str | None, known: frozenset[str]) -> FeedDocument:
    """In a worker: a feed made to be slow costs nobody but itself."""
    return parse(body, url=url, content_type=content_type, skip=known)


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
