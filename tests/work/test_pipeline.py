"""A whole cycle: its counters, its limits, its trace in the database and in the log."""

from __future__ import annotations

import asyncio
import re
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import capture_logs
from support.cycles import RSS, Work, item, rss
from support.faultserver import FaultServer
from support.mailserver import MailServer
from support.pages import page

from monitor.model.feed import Polled, PollOutcome
from monitor.model.summary import EntryCounts, FeedCounts, Summary
from monitor.store import cycles, feeds
from monitor.work.flow import Stop
from monitor.work.pipeline import CycleResult, anything_due, entry_counts, new_cycle_id, run_cycle
from monitor.work.tools import Tools, open_web
from monitor.work.topics import topic_specs

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def one_story(server: FaultServer) -> str:
    link = server.page("/news/the-harbour-council-and-its-pier", page())
    return server.page("/feed.xml", rss(item(1, link=link)), content_type=RSS)


def test_a_cycle_leaves_its_summary_and_its_id_with_all_it_touched(work: Work, server: FaultServer) -> None:
    work.configure(feeds=[one_story(server)])

    result = work.cycle()

    (stored,) = work.database.read(cycles.last_cycles)
    (article,) = work.articles()
    attempt = work.database.read(feeds.attempts, work.feed(server.url("/feed.xml")).id)[0]
    assert stored.id == article.cycle == attempt.cycle == article.verdicts[0].cycle == result.summary.cycle
    assert stored.kind == "once"
    assert stored.finished_at is not None
    assert stored.summary is not None
    assert stored.summary["articles"] == {"full": 1}


def test_a_cycle_is_one_line_of_the_log_with_the_counters_and_the_id(work: Work, server: FaultServer) -> None:
    work.configure(feeds=[one_story(server)])

    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        result = work.cycle()

    (line,) = [line for line in lines if line["event"] == "cycle"]
    assert line["feeds"].startswith("1 due, 1 new")
    assert line["articles"] == "1 full"
    assert {line["cycle"] for line in lines} == {result.summary.cycle}


def test_a_cycle_with_nothing_to_do_counts_nothing(work: Work) -> None:
    work.configure()

    result = work.cycle()

    assert result.summary.feeds == FeedCounts()
    assert result.summary.articles == {}
    assert not result.all_failed
    assert not result.needs_person


def test_ids_sort_by_time_and_differ_within_a_second() -> None:
    ids = [new_cycle_id(NOW), new_cycle_id(NOW), new_cycle_id(NOW + timedelta(seconds=1))]

    assert len(set(ids)) == 3
    assert max(ids) == ids[2]
    assert all(re.fullmatch(r"20261125T09000[01]-[0-9a-f]{4}", one) for one in ids)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_what_a_cycle_has_no_time_for_stays_due(work: Work, server: FaultServer) -> None:
    urls = [server.page(f"/{number}.xml", rss(item(number)), content_type=RSS) for number in range(6)]
    work.configure(
        feeds=urls,
        starts_per_second=1.0,
        connections_per_host=1,
        schedule={"max_cycle": timedelta(seconds=2)},
    )

    first, second = work.cycle(), work.cycle()

    assert first.summary.feeds.skipped >= 3
    assert second.summary.feeds.due == first.summary.feeds.skipped


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_whoever_asks_to_stop_ends_a_cycle_within_the_grace(work: Work, server: FaultServer) -> None:
    urls = [server.url(f"/hang?n={number}") for number in range(5)]
    work.configure(feeds=[one_story(server), *urls])

    async def stopped() -> CycleResult:
        async with open_web(work.settings.fetch) as web:
            topics = topic_specs(work.settings.topics)
            tools = Tools(
                settings=work.settings, database=work.database, web=web, workers=work.workers, topics=topics
            )
            stop = Stop(timedelta(minutes=4), timedelta(seconds=0.2))
            asyncio.get_running_loop().call_later(1.5, stop.ask)
            return await run_cycle(tools, stop, kind="once")

    result = asyncio.run(stopped())

    assert result.summary.feeds == FeedCounts(due=6, new=1, skipped=5)
    assert result.summary.articles == {"pending": 1}
    assert result.summary.seconds < 3
    assert {work.feed(url).failures for url in urls} == {0}


def test_every_due_feed_failed_only_if_there_was_one_and_none_was_read() -> None:
    def failed(**counts: int) -> bool:
        return CycleResult(summary=Summary(cycle="1", feeds=FeedCounts(**counts))).all_failed

    assert failed(due=2, failed=2)
    assert not failed()
    assert not failed(due=2, failed=1, throttled=1)
    assert not failed(due=2, failed=1, unchanged=1)
    assert not failed(due=2, skipped=2)


def test_known_entries_are_those_seen_that_are_not_new() -> None:
    polled = [
        Polled(url="a", outcome=PollOutcome.NEW, seen=5, new=3, of_new_articles=2, without_page=1),
        Polled(url="b", outcome=PollOutcome.NEW, seen=4, new=1, of_known_articles=1),
    ]

    assert entry_counts(polled) == EntryCounts(
        seen=9, new=4, known=5, of_new_articles=2, of_known_articles=1, without_page=1
    )


def test_feeds_pages_and_digests_make_a_cycle_worth_while_when_their_time_has_come(
    work: Work, server: FaultServer
) -> None:
    def due() -> bool:
        return work.database.read(anything_due, work.settings, datetime.now(UTC))

    with MailServer() as mail:
        server.page("/news/the-pier", "later", status=500)
        feed = rss(item(1, link=server.url("/news/the-pier")))
        work.configure(feeds=[server.page("/feed.xml", feed, content_type=RSS)], mail=mail)
        assert due()
        work.cycle()
        assert not due()
        work.let_pages_be_due()
        assert due()
        work.cycle()
        assert not due()
        work.let_digests_be_due()
        assert due()
        work.cycle()
        assert not due()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_what_feeds_say_of_all_that_waits_is_not_held_at_once(work: Work, server: FaultServer) -> None:
    text = "Nothing new was heard of the weather. " * 250  # 10 kB, 20 MB in all
    gone = server.page("/gone", "", status=410)
    entries = (item(number, link=f"{gone}?page={number}", description=text) for number in range(2_000))
    server.page("/feed.xml", rss(*entries), content_type=RSS)
    work.configure(feeds=[server.url("/feed.xml")], max_feed_size="60MB", pages_per_host=1)
    work.cycle()
    seconds = {"max_cycle": timedelta(seconds=3)}
    work.configure(feeds=[server.url("/feed.xml")], pages_per_host=2_000, schedule=seconds)
    tracemalloc.start()

    try:
        result = work.cycle()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sum(result.summary.articles.values()) == 1_999
    assert most < 12_000_000
