"""One cycle: poll, read, judge, send. The shortest honest description of the product.

Each step takes rows in some state, lets the world act, turns what it did into a value, and writes once.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from monitor import clock
from monitor.config import Settings
from monitor.model.article import BodyStatus
from monitor.model.feed import Feed, Polled, PollOutcome
from monitor.model.summary import EntryCounts, FeedCounts, Summary
from monitor.store import articles, cycles, feeds
from monitor.urls import site
from monitor.work.flow import Stop, each
from monitor.work.polling import poll_feed, settle_unreached
from monitor.work.reading import Read, read_article
from monitor.work.sending import Sent, anything_to_send, send_in_cycle
from monitor.work.tools import Tools

log = structlog.get_logger()

FEEDS_AT_ONCE = 200  # waiting costs little; per-host limits keep it polite
PAGES_AT_ONCE = 100
FOR_SENDING = 0.1  # of the time left: slow feeds and pages must not keep a digest that is due
PAGES_A_CYCLE = 5000  # more than a cycle of minutes can read; bounds what is held in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleResult:
    """What a cycle did, and what the exit code must say."""

    summary: Summary
    newly_gone: tuple[str, ...] = ()  # feeds that ask for a person since this cycle
    failed_deliveries: int = 0  # that ask for a person
    failed_feeds: tuple[str, ...] = ()  # 'url: reason'

    @property
    def needs_person(self) -> bool:
        return bool(self.newly_gone or self.failed_deliveries)

    @property
    def all_failed(self) -> bool:
        """Whether there were feeds to ask and not one could be read."""
        counts = self.summary.feeds
        return counts.due > 0 and counts.failed == counts.due


async def run_cycle(tools: Tools, stop: Stop, *, kind: str, everything: bool = False) -> CycleResult:
    """Poll what is due, read what is pending, judge it, send what is due; whatever ends early stays due."""
    began = clock.now()
    cycle = new_cycle_id(began)
    with structlog.contextvars.bound_contextvars(cycle=cycle):
        await tools.database.run(cycles.start_cycle, cycle, kind, began)
        due = await tools.database.run(feeds.due_feeds, began, everything=everything)

        polled = await poll(tools, stop.leaving(FOR_SENDING), cycle, due)
        read = await read_pages(tools, stop.leaving(FOR_SENDING), cycle)
        sent = await send_in_cycle(tools.settings, tools.database, stop, cycle)

        left = await tools.database.run(articles.count_waiting, clock.now())
        ended = clock.now()
        result = summed(cycle, len(due), polled, read, left, sent, began, ended)
        await tools.database.run(cycles.finish_cycle, cycle, ended, result.summary)
        await tools.database.run(articles.prune_raw, ended - tools.settings.extract.keep_raw)
        log.info("cycle", **line_of(result.summary))
        return result


async def poll(tools: Tools, stop: Stop, cycle: str, due: list[Feed]) -> list[Polled]:
    """Ask each due feed; those that no server answered for are judged together, at the end."""
    tools.progress.begin("feeds", len(due))
    asked = await each(
        due,
        lambda feed: poll_feed(tools, cycle, feed),
        at_once=FEEDS_AT_ONCE,
        stop=stop,
        lane_of=lambda feed: site(feed.url),
        a_lane=at_once_per_host(tools),
    )
    return await settle_unreached(tools, cycle, asked)


async def read_pages(tools: Tools, stop: Stop, cycle: str) -> list[Read]:
    """Fetch, extract and judge what is pending, newest first on each host."""
    waiting = await tools.database.run(
        articles.waiting, clock.now(), per_site=tools.settings.fetch.pages_per_host, limit=PAGES_A_CYCLE
    )
    tools.progress.begin("articles", len(waiting))
    return await each(
        waiting,
        lambda article: read_article(tools, cycle, article),
        at_once=PAGES_AT_ONCE,
        stop=stop,
        lane_of=lambda article: article.site,
        a_lane=at_once_per_host(tools),
    )


def at_once_per_host(tools: Tools) -> int:
    """Twice as many as may be asked: while one's answer is read, the next is asked for."""
    return 2 * tools.settings.fetch.connections_per_host


def anything_due(tx: Connection, settings: Settings, now: datetime) -> bool:
    """Whether a cycle would find anything to do. Only looks."""
    return bool(
        feeds.due_feeds(tx, now)
        or articles.waiting(tx, now, per_site=1, limit=1)
        or anything_to_send(tx, settings, now)
    )


def new_cycle_id(now: datetime) -> str:
    """Sorts by time; stands in every log line and in `why`."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def summed(
    cycle: str,
    due: int,
    polled: list[Polled],
    read: list[Read],
    left: int,
    sent: Sent,
    began: datetime,
    ended: datetime,
) -> CycleResult:
    """The counters, which add up by construction."""
    outcomes = Counter(poll.outcome for poll in polled)
    statuses = Counter(str(reading.status) for reading in read)
    # Only those left untried are named here: one that failed and waits was counted when it failed.
    statuses[BodyStatus.PENDING] += left
    summary = Summary(
        cycle=cycle,
        feeds=FeedCounts(
            due=due,
            new=outcomes[PollOutcome.NEW],
            unchanged=outcomes[PollOutcome.UNCHANGED],
            failed=outcomes[PollOutcome.FAILED],
            throttled=outcomes[PollOutcome.THROTTLED],
            skipped=due - len(polled),
        ),
        entries=entry_counts(polled),
        articles={status: count for status, count in statuses.items() if count},
        flagged=sum(reading.newly_flagged for reading in read),
        deliveries=dict(sent.by_state),
        seconds=round((ended - began).total_seconds(), 3),
    )
    return CycleResult(
        summary=summary,
        newly_gone=tuple(poll.url for poll in polled if poll.newly_gone),
        failed_deliveries=sent.need_person,
        failed_feeds=tuple(
            f"{poll.url}: {poll.error}" for poll in polled if poll.outcome is PollOutcome.FAILED
        ),
    )


def entry_counts(polled: Iterable[Polled]) -> EntryCounts:
    polled = list(polled)
    seen, new = sum(poll.seen for poll in polled), sum(poll.new for poll in polled)
    return EntryCounts(
        seen=seen,
        new=new,
        known=seen - new,
        of_new_articles=sum(poll.of_new_articles for poll in polled),
        of_known_articles=sum(poll.of_known_articles for poll in polled),
        without_page=sum(poll.without_page for poll in polled),
    )


def line_of(summary: Summary) -> dict[str, object]:
    """The counters as the fields of one log line."""
    feeds_, entries = summary.feeds, summary.entries
    return {
        "feeds": f"{feeds_.due} due, {feeds_.new} new, {feeds_.unchanged} unchanged, {feeds_.failed} failed, "
        f"{feeds_.throttled} throttled, {feeds_.skipped} skipped",
        "entries": f"{entries.seen} seen, {entries.new} new",
        "articles": ", ".join(f"{count} {status}" for status, count in sorted(summary.articles.items()))
        or "0",
        "flagged": summary.flagged,
        "deliveries": ", ".join(f"{count} {state}" for state, count in sorted(summary.deliveries.items()))
        or "0",
        "seconds": summary.seconds,
    }
