"""What a poll leaves behind, over real HTTP and on both engines."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest
from support.cycles import RSS, Work, item, rss
from support.faults import Request
from support.faultserver import FaultServer, Page, goto, serve_many
from support.pages import page

from monitor.errors import DatabaseError
from monitor.model.summary import EntryCounts, FeedCounts
from monitor.model.web import Answer, FetchOutcome, Hop
from monitor.store import feeds
from monitor.store.engine import Database
from monitor.work.polling import is_outage

MINUTES = timedelta(minutes=1)
ETAG = {"ETag": "W/\"odd; 'quoted'\"", "Last-Modified": "Tue, 24 Nov 2026 06:00:00 GMT"}


def conditional(body: str) -> object:
    """304 to whoever echoes both validators byte for byte, else the feed."""

    def answer(request: Request) -> Page:
        echoed = (request.headers.get("if-none-match"), request.headers.get("if-modified-since"))
        if echoed == (ETAG["ETag"], ETAG["Last-Modified"]):
            return Page(b"", RSS, ETAG, 304)
        return Page(body.encode(), RSS, ETAG)

    return answer


def closed_port(host: str) -> str:
    """The address of a feed behind which nobody listens."""
    with socket.create_server((host, 0)) as listening:
        return f"http://{host}:{listening.getsockname()[1]}/feed.xml"


def test_validators_are_echoed_and_a_304_sees_no_entries(work: Work, server: FaultServer) -> None:
    url = server.page("/feed.xml", conditional(rss(item(1), item(2))))  # type: ignore[arg-type]
    work.configure(feeds=[url])

    first, second = work.cycle(), work.cycle(everything=True)

    assert first.summary.feeds == FeedCounts(due=1, new=1)
    assert first.summary.entries == EntryCounts(seen=2, new=2, without_page=2)
    assert second.summary.feeds == FeedCounts(due=1, unchanged=1)
    assert second.summary.entries == EntryCounts()


def test_validators_are_never_kept_without_the_entries_that_came_with_them(
    work: Work, server: FaultServer
) -> None:
    url = server.page("/feed.xml", conditional(rss(item(1))))  # type: ignore[arg-type]
    work.configure(feeds=[url])
    work.refuse_inserts("entries")

    with pytest.raises(DatabaseError):
        work.cycle()

    work.allow_inserts("entries")
    again = work.cycle()
    assert "if-none-match" not in server.asked("/feed.xml")[1].headers
    assert again.summary.entries.new == 1


def test_only_what_is_new_is_counted_new(work: Work, server: FaultServer) -> None:
    links = [server.page(f"/news/{number}-the-harbour-council", page()) for number in (1, 2, 3)]
    url = server.page("/feed.xml", rss(item(1, link=links[0]), item(2, link=links[1])), content_type=RSS)
    other = server.page("/other.xml", rss(item("x", link=links[0])), content_type=RSS)
    work.configure(feeds=[url])
    work.cycle()
    server.page("/feed.xml", rss(item(3, link=links[2]), item(1, link=links[0])), content_type=RSS)
    work.configure(feeds=[url, other])

    again = work.cycle(everything=True)

    assert again.summary.feeds == FeedCounts(due=2, new=2)
    assert again.summary.entries == EntryCounts(
        seen=3, new=2, known=1, of_new_articles=1, of_known_articles=1
    )
    assert len(work.articles()) == 3
    assert work.article(links[0]).feeds == (url, other)


FAULTS = [
    pytest.param("/status/500", "backing_off", "500", id="server error"),
    pytest.param("/status/404", "backing_off", "404", id="not found"),
    pytest.param("/status/410", "gone", "410", id="gone"),
    pytest.param("/status/429?retry_after=7200", "throttled", "429", id="throttled"),
    pytest.param("/status/503?retry_after=7200", "throttled", "503", id="asked to wait"),
    pytest.param("/status/503", "backing_off", "503", id="unavailable"),
    pytest.param("/hang", "backing_off", "silent", id="hangs"),
    pytest.param("/drip", "backing_off", "1 s", id="drips"),
    pytest.param("/reset_body", "backing_off", "", id="reset"),
    pytest.param("/loop", "backing_off", "circle", id="redirects in a circle"),
    pytest.param("/bomb/br", "backing_off", "larger", id="brotli bomb"),
    pytest.param("/bomb/gzip", "backing_off", "larger", id="gzip bomb"),
    pytest.param("/big", "backing_off", "larger", id="endless"),
    pytest.param("/empty", "backing_off", "empty", id="empty"),
    pytest.param("/ok", "backing_off", "web page", id="HTML instead of a feed"),
]


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_each_fault_of_a_server_is_a_state_with_a_reason_and_stops_nobody_else(
    work: Work, server: FaultServer
) -> None:
    good = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    paths = [str(case.values[0]) for case in FAULTS]
    work.configure(
        feeds=[good, *map(server.url, paths)],
        connections_per_host=16,
        max_feed_size="1MB",
        timeout=timedelta(seconds=1),
    )

    result = work.cycle()

    throttled = sum(case.values[1] == "throttled" for case in FAULTS)
    assert result.summary.feeds == FeedCounts(
        due=len(FAULTS) + 1, new=1, failed=len(FAULTS) - throttled, throttled=throttled
    )
    assert result.newly_gone == (server.url("/status/410"),)
    assert not result.all_failed
    for path, state, word in (case.values for case in FAULTS):
        feed = work.feed(server.url(str(path)))
        assert feed.state == state, path
        assert str(word) in (feed.last_error or ""), path
        assert feed.failures == (0 if state == "throttled" else 1), path
        assert feed.next_poll_at > datetime.now(UTC) + MINUTES, path
        assert work.database.read(feeds.attempts, feed.id)[0].error == feed.last_error


def test_all_leaves_those_alone_that_are_gone_blocked_paused_or_asked_for_a_wait(
    work: Work, server: FaultServer
) -> None:
    paths = ("/feed.xml", "/status/410", "/status/500", "/status/429?retry_after=7200", "/paused")
    server.page("/feed.xml", rss(item(1)), content_type=RSS)
    blocked = f"http://localhost:{server.port}/feed.xml"
    work.configure(feeds=[*map(server.url, paths), blocked], allow_hosts=("127.0.0.1/32", "::1/128"))
    work.database.call(feeds.pause_feed, work.feed(server.url("/paused")).id, datetime.now(UTC))
    work.execute("UPDATE feeds SET state = 'blocked' WHERE url = :url", url=blocked)
    first = work.cycle()

    second = work.cycle(everything=True)

    assert first.summary.feeds.due == 4
    assert second.summary.feeds == FeedCounts(due=2, unchanged=1, failed=1)
    assert second.newly_gone == ()
    assert work.feed(server.url("/status/500")).failures == 2


def test_a_feed_on_a_private_address_is_blocked_and_asked_no_more(work: Work, server: FaultServer) -> None:
    url = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    work.configure(feeds=[url], allow_hosts=())

    first, second = work.cycle(), work.cycle(everything=True)

    assert first.summary.feeds == FeedCounts(due=1, failed=1)
    assert work.feed(url).state == "blocked"
    assert second.summary.feeds == FeedCounts()
    assert server.requests == []


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(work: Work, server: FaultServer) -> None:
    new = server.page("/new.xml", rss(item(1)), content_type=RSS)
    old = server.url(goto(new, 301))
    work.configure(feeds=[old])

    work.cycle()
    again = work.cycle(everything=True)

    feed = work.feed(old)
    assert (feed.url, feed.original_url, feed.state) == (new, old, "active")
    assert len(server.asked("/goto")) == 1
    assert again.summary.feeds == FeedCounts(due=1, unchanged=1)


def test_a_failing_feed_that_recovers_has_no_failures_left(work: Work, server: FaultServer) -> None:
    url = server.page("/feed.xml", "<html>not now</html>")
    work.configure(feeds=[url])
    assert work.cycle().all_failed
    server.page("/feed.xml", rss(item(1)), content_type=RSS)

    work.cycle(everything=True)

    feed = work.feed(url)
    assert (feed.state, feed.failures, feed.last_error) == ("active", 0, None)


# ---- our own outage


def test_when_no_host_of_three_can_be_reached_no_feed_is_blamed(work: Work) -> None:
    urls = [closed_port(f"127.0.0.{number}") for number in (11, 12, 13)]
    work.configure(feeds=urls)

    result = work.cycle()

    assert result.summary.feeds == FeedCounts(due=3, failed=3)
    assert result.all_failed
    for url in urls:
        feed = work.feed(url)
        assert (feed.state, feed.failures) == ("active", 0)
        assert feed.next_poll_at < datetime.now(UTC) + 10 * MINUTES


def test_two_hosts_that_cannot_be_reached_are_their_own_fault(work: Work) -> None:
    urls = [closed_port("127.0.0.11"), closed_port("127.0.0.12")]
    work.configure(feeds=urls)

    work.cycle()

    assert {work.feed(url).failures for url in urls} == {1}


def answer(host: str, outcome: FetchOutcome, **more: object) -> Answer:
    url = f"http://{host}/feed.xml"
    return Answer(url=url, final_url=url, outcome=outcome, **more)  # type: ignore[arg-type]


NOBODY = [answer(f"host{number}.example", FetchOutcome.UNREACHABLE) for number in range(3)]
HOP = Hop(url="http://a.example/", status=301, target="http://b.example/")


@pytest.mark.parametrize(
    ("further", "ours"),
    [
        pytest.param([], True, id="nobody"),
        pytest.param([answer("x.example", FetchOutcome.BLOCKED)], True, id="one that was never asked"),
        pytest.param(
            [answer("x.example", FetchOutcome.FORBIDDEN)], True, id="a credentials file that is missing"
        ),
        pytest.param([answer("x.example", FetchOutcome.FORBIDDEN, status=403)], False, id="a refusal"),
        pytest.param([answer("x.example", FetchOutcome.TLS)], False, id="a bad certificate"),
        pytest.param([answer("x.example", FetchOutcome.UNREACHABLE, hops=(HOP,))], False, id="a redirect"),
    ],
)
def test_it_is_our_outage_only_if_no_server_said_a_word(further: list[Answer], ours: bool) -> None:
    assert is_outage([*NOBODY, *further]) is ours


def test_many_feeds_of_one_host_are_one_host() -> None:
    assert not is_outage([answer("host.example", FetchOutcome.UNREACHABLE)] * 5)


# ---- what feeds contain


def test_odd_entries_are_read_as_far_as_they_can_be(work: Work, server: FaultServer) -> None:
    odd = rss(
        item("epoch", pubDate="Thu, 01 Jan 1970 00:00:00 GMT"),
        item("future", pubDate="Tue, 01 Sep 2099 00:00:00 GMT"),
        item("nameless", guid=None, link=server.url("/news/nameless")),
        item("twin"),
        item("twin"),
        item("relative", link="/news/relative"),
        item("script", link="javascript:alert(1)"),
    )
    work.configure(feeds=[server.page("/feed.xml", odd, content_type=RSS)])

    result = work.cycle()

    assert result.summary.entries == EntryCounts(seen=6, new=6, of_new_articles=2, without_page=4)
    published = {article.title: article.published_at for article in work.articles()}
    assert published["Story epoch of the harbour"] is None
    assert published["Story future of the harbour"] is None
    assert work.article(server.url("/news/relative")).url == server.url("/news/relative")


BROKEN = [
    pytest.param(rss(item(1), item(2)).encode()[:-60], 1, None, id="cut in the middle"),
    pytest.param(
        rss(item(1, title="Café du port")).encode("latin-1"), 1, None, id="Latin-1 that claims UTF-8"
    ),
    pytest.param(
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(
            b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % ((98 + n,) + (97 + n,) * 8)
            for n in range(12)
        )
        + b"]>"
        + rss(item(1, title="X")).replace("X", "&m;").encode().partition(b"\n")[2],
        None,
        None,
        id="a bomb of entities",
    ),
]


@pytest.mark.parametrize(("body", "entries", "error"), BROKEN)
def test_a_broken_feed_gives_its_entries_or_a_reason(
    work: Work, server: FaultServer, body: bytes, entries: int | None, error: str | None
) -> None:
    url = server.page("/feed.xml", lambda _: body, content_type=RSS)
    work.configure(feeds=[url])

    result = work.cycle()

    feed = work.feed(url)
    assert result.summary.entries.new or feed.last_error
    if entries is not None:
        assert result.summary.entries.new >= entries


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_ten_thousand_entries_are_taken_in_one_go(work: Work, server: FaultServer) -> None:
    items = (item(number, link=server.url(f"/news/{number}")) for number in range(10_000))
    url = server.page("/feed.xml", rss(*items), content_type=RSS)
    work.configure(feeds=[url], pages_per_host=1)

    result = work.cycle()

    assert result.summary.entries == EntryCounts(seen=10_000, new=10_000, of_new_articles=10_000)
    assert result.summary.articles == {"failed": 1, "pending": 9_999}
    assert work.feed(url).entries == 10_000


def test_a_new_feeds_old_entries_are_read_and_judged_but_not_mailed(work: Work, server: FaultServer) -> None:
    old = server.page("/news/the-old-ferry-terminal", page())
    feed = rss(item(1, link=old, pubDate="Mon, 02 Nov 2026 08:00:00 GMT"))
    work.configure(feeds=[server.page("/feed.xml", feed, content_type=RSS)])

    result = work.cycle()

    assert result.summary.flagged == 1
    assert work.article(old).mailable is False


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_feeds_of_one_slow_host_hold_nobody_up(work: Work, database: Database) -> None:
    with serve_many(2) as (slow, quick):
        feeds_of_slow = [slow.url(f"/hang?number={number}") for number in range(40)]
        url = quick.page("/feed.xml", rss(item(1)), content_type=RSS)
        work.configure(
            feeds=[*feeds_of_slow, url],
            connections_per_host=2,
            schedule={"max_cycle": timedelta(seconds=3)},
        )

        result = work.cycle()

    assert result.summary.feeds == FeedCounts(due=41, new=1, skipped=40)
    assert len(slow.requests) == 2
