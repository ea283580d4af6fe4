"""What reading a page leaves behind, over real HTTP and on both engines."""

from __future__ import annotations

import asyncio
import multiprocessing
from datetime import timedelta
from threading import Event, Timer

import pytest
from support.cycles import HARBOURS, RSS, Work, item, rss
from support.faults import Request
from support.faultserver import FaultServer, goto, serve_many
from support.pages import PARAGRAPHS, TITLE, news, page

from monitor.config.settings import TopicSection
from monitor.errors import DatabaseError
from monitor.work.tasks import warm_up
from monitor.workers import Workers

FEED_TEXT = "The harbour council keeps the old ferry terminal, and the ferries that call at its pier."
PATH = "/news/harbour-council-keeps-the-ferry-terminal"


def feed(server: FaultServer, *items: str, path: str = "/feed.xml") -> str:
    return server.page(path, rss(*items), content_type=RSS)


def listed(server: FaultServer, *paths: str) -> str:
    """A feed that lists these pages, each with a text that is flagged by itself."""
    entries = [
        item(path, link=server.url(path), title=f"{TITLE} ({path})", description=FEED_TEXT) for path in paths
    ]
    return feed(server, *entries)


def test_a_page_becomes_an_article_with_body_and_verdict(work: Work, server: FaultServer) -> None:
    url = server.page(PATH, page())
    work.configure(feeds=[feed(server, item(1, link=url, title=TITLE))])

    result = work.cycle()

    article = work.article(url)
    assert result.summary.articles == {"full": 1}
    assert result.summary.flagged == 1
    assert (article.status, article.text_from, article.role) == ("full", "body", None)
    assert article.text is not None
    assert PARAGRAPHS[-1] in article.text
    assert article.story is not None
    assert [(one.topic, one.judged_on, one.flagged) for one in article.verdicts] == [
        ("harbours", "body", True)
    ]
    assert article.verdicts[0].reasons


def test_every_topic_judges_in_the_same_run(work: Work, server: FaultServer) -> None:
    url = server.page(PATH, page())
    other = TopicSection(name="observatories", terms=("telescope", "observatory", "comet"))
    work.configure(feeds=[feed(server, item(1, link=url))], topics=[HARBOURS, other])

    work.cycle()

    assert {one.topic: one.flagged for one in work.article(url).verdicts} == {
        "harbours": True,
        "observatories": False,
    }


# What cannot be read: the path, the status that is stored, and a word of the reason. Each is judged on
# the feed's own text all the same.
UNREADABLE = [
    ("/status/404", "failed", "404"),
    ("/status/410", "gone", "410"),
    ("/status/403", "blocked", "403"),
    ("/status/402", "paywall", "402"),
    ("/status/503", "failed", "503"),
    ("/hang", "failed", "silent"),
    ("/drip", "failed", "2 s"),
    ("/reset", "failed", ""),
    ("/loop", "failed", "redirect"),
    ("/bomb/gzip", "failed", "larger"),
    ("/bomb/br", "failed", "larger"),
    ("/bomb/zstd", "failed", "larger"),
    ("/big", "failed", "larger"),
    ("/empty", "failed", "empty"),
    ("/pdf", "not_article", "PDF"),
    ("/image", "not_article", "image"),
    ("/consent", "consent", "consent"),
    ("/wall", "paywall", ""),
    ("/private/report", "refused", "robots.txt"),
    ("/huge", "failed", "larger"),
]
CONSENT = """<html><head><title>Before you continue</title></head><body><h1>Before you continue</h1>
<p>We value your privacy. We and our partners use cookies. Accept all or manage options to continue.</p>
<button>Accept all</button></body></html>"""


def test_what_cannot_be_read_has_a_status_a_reason_and_a_verdict_on_the_feeds_text(
    work: Work, server: FaultServer
) -> None:
    server.page("/robots.txt", "User-agent: *\nDisallow: /private/\n", content_type="text/plain")
    server.page("/pdf", lambda _: b"%PDF-1.7\n" + bytes(range(256)) * 40, content_type="application/pdf")
    server.page("/image", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(2000), content_type="image/png")
    server.page("/huge", "x", headers={"Content-Length": "500000000"})
    server.page("/consent", CONSENT)
    server.page("/wall", page(paragraphs=PARAGRAPHS[:1], linked=news(isAccessibleForFree=False)))
    good = server.page(PATH, page())
    paths = [PATH, *(path for path, _, _ in UNREADABLE)]
    work.configure(
        feeds=[listed(server, *paths)],
        connections_per_host=32,
        timeout=timedelta(seconds=2),
        max_page_size="1MB",
    )

    result = work.cycle()

    assert sum(result.summary.articles.values()) == len(paths)
    assert result.summary.flagged == len(paths)
    assert work.article(good).status == "full"
    for path, status, word in UNREADABLE:
        article = work.article(server.url(path))
        assert article.status == status, (path, article.status_evidence, article.error)
        assert word in " ".join((*article.status_evidence, article.error or "")), path
        assert [one.judged_on for one in article.verdicts] == ["feed_text"], path
        assert (article.next_try_at is not None) == (status in ("failed", "blocked") and word != "larger"), (
            path
        )
        assert article.story is not None, path
    assert len(server.asked("/private/report")) == 0


def test_a_page_on_a_private_address_is_refused_and_judged_on_the_feeds_text(
    work: Work, server: FaultServer
) -> None:
    with serve_many(1) as (inner,):
        secret = inner.page("/admin", page())
        hidden = server.url(goto(secret))
        entries = [item(link, link=link, description=FEED_TEXT) for link in (secret, hidden)]
        work.configure(feeds=[feed(server, *entries)], allow_hosts=(server.host,))

        result = work.cycle()

    assert result.summary.articles == {"refused": 2}
    assert inner.requests == []
    assert work.article(secret).next_try_at is None
    assert work.article(secret).verdicts[0].judged_on == "feed_text"


def test_a_site_whose_robots_txt_cannot_be_had_is_left_for_later(work: Work, server: FaultServer) -> None:
    server.page("/robots.txt", "down", status=503)
    url = server.page(PATH, page())
    work.configure(feeds=[feed(server, item(1, link=url))])

    work.cycle()

    assert work.article(url).status == "failed"
    assert work.article(url).next_try_at is not None
    assert server.asked(PATH) == []


def test_a_page_that_failed_is_read_when_its_time_has_come(work: Work, server: FaultServer) -> None:
    url = server.page(PATH, "later", status=500)
    work.configure(feeds=[feed(server, item(1, link=url, description=FEED_TEXT))])
    work.cycle()
    server.page(PATH, page())
    too_soon = work.cycle()
    work.let_pages_be_due()

    again = work.cycle()

    assert too_soon.summary.articles == {}
    assert again.summary.articles == {"full": 1}
    assert again.summary.flagged == 0  # it was flagged by the feed's text before
    article = work.article(url)
    assert (article.status, article.tries, article.next_try_at) == ("full", 2, None)
    assert [one.judged_on for one in article.verdicts] == ["body"]


def test_pages_of_a_host_are_read_newest_first_and_only_so_many_a_cycle(
    work: Work, server: FaultServer
) -> None:
    dates = {number: f"Mon, {number:02} Nov 2026 08:00:00 GMT" for number in range(1, 10)}
    entries = [
        item(number, link=server.page(f"/news/{number}", page()), pubDate=date)
        for number, date in dates.items()
    ]
    work.configure(feeds=[feed(server, *entries)], pages_per_host=3, connections_per_host=1)

    first, second = work.cycle(), work.cycle()

    asked = [request.path for request in server.requests if request.path.startswith("/news/")]
    assert sorted(asked[:3]) == ["/news/7", "/news/8", "/news/9"]
    assert sorted(asked[3:]) == ["/news/4", "/news/5", "/news/6"]
    assert first.summary.articles == {"full": 3, "pending": 6}
    assert second.summary.feeds.due == 0
    assert second.summary.articles == {"full": 3, "pending": 3}


def test_a_page_that_two_feeds_list_under_different_addresses_is_one_article(
    work: Work, server: FaultServer
) -> None:
    final = server.url(PATH)
    server.page(PATH, page(head=f'<link rel="canonical" href="{final}">'))
    old, tracked = server.url(goto(PATH, 301)), f"{final}?utm_source=feed"
    first = feed(server, item(1, link=old), path="/one.xml")
    second = feed(server, item(2, link=tracked), path="/two.xml")
    work.configure(feeds=[first, second])

    result = work.cycle()

    (article,) = work.articles()
    assert set(article.feeds) == {first, second}
    assert {final, old} <= {one.address for one in article.addresses}
    assert result.summary.flagged == 1
    assert len(article.verdicts) == 1
    assert work.article(tracked).id == article.id


def test_a_canonical_address_on_another_site_merges_nothing(work: Work, server: FaultServer) -> None:
    with serve_many(1) as (elsewhere,):
        original = elsewhere.page(PATH, page())
        copy = server.page(PATH, page(head=f'<link rel="canonical" href="{original}">'))
        work.configure(feeds=[feed(server, item(1, link=original), item(2, link=copy))])

        work.cycle()

    assert work.article(original).id != work.article(copy).id
    assert original not in {one.address for one in work.article(copy).addresses}


def test_the_same_text_in_three_outlets_is_one_story_with_an_original(
    work: Work, server: FaultServer
) -> None:
    with serve_many(3) as outlets:
        hours = ("07", "09", "08")
        urls = [outlet.page(PATH, page()) for outlet in outlets]
        entries = [
            item(url, link=url, title=TITLE, pubDate=f"Tue, 24 Nov 2026 {hour}:00:00 GMT")
            for url, hour in zip(urls, hours, strict=True)
        ]
        work.configure(feeds=[feed(server, *entries)])

        work.cycle()

    articles = [work.article(url) for url in urls]
    assert len({article.story for article in articles}) == 1
    assert [article.role for article in articles] == ["original", "reprint", "reprint"]


def test_an_entry_without_a_page_is_an_article_judged_on_its_own_text(
    work: Work, server: FaultServer
) -> None:
    work.configure(feeds=[feed(server, item(1, description=FEED_TEXT))])

    result = work.cycle()

    (article,) = work.articles()
    assert article.url == f"entry:{work.feed(server.url('/feed.xml')).id}/guid-1"
    assert result.summary.articles == {article.status: 1}
    assert result.summary.entries.without_page == 1
    assert result.summary.flagged == 1
    assert article.verdicts[0].judged_on == "feed_text"
    assert (work.article(article.url).text, work.article(article.url).text_from) == (FEED_TEXT, "feed")


def test_a_page_that_costs_its_worker_fails_alone_and_is_judged_on_the_feeds_text(
    work: Work, server: FaultServer
) -> None:
    others = multiprocessing.active_children()
    heavy = page(paragraphs=PARAGRAPHS * 3_500).encode()  # seconds of work

    def serve_and_kill(_: Request) -> bytes:
        Timer(0.5, kill_workers).start()
        return heavy

    def kill_workers() -> None:
        for process in {*multiprocessing.active_children()} - {*others}:
            process.kill()
        killed.set()

    def serve_afterwards(_: Request) -> bytes:
        killed.wait(30)  # so that the worker has nothing but the heavy page when it dies
        return page().encode()

    killed = Event()
    monster = server.page("/news/monster", serve_and_kill)
    paths = ["/news/monster", *(f"/news/{number}-harbour-council" for number in range(4))]
    for path in paths[1:]:
        server.page(path, serve_afterwards)
    everything_at_once = {"connections_per_host": len(paths), "timeout": timedelta(seconds=60)}
    work.configure(feeds=[listed(server, *paths)], **everything_at_once)
    lone = Workers(1, timedelta(seconds=60))
    asyncio.run(lone.run(warm_up, ()))  # one that dies while it starts is replaced, and nothing fails

    result = work.cycle(workers=lone)
    asyncio.run(lone.close())

    assert result.summary.articles == {"full": 4, "failed": 1}
    article = work.article(monster)
    assert article.error == "reading this page: its worker was killed (SIGKILL)"
    assert [(one.judged_on, one.flagged) for one in article.verdicts] == [("feed_text", True)]
    assert article.next_try_at is not None


def test_a_database_that_fails_in_the_middle_keeps_neither_body_nor_verdict(
    work: Work, server: FaultServer
) -> None:
    url = server.page(PATH, page())
    work.configure(feeds=[feed(server, item(1, link=url))])
    work.refuse_inserts("verdicts")

    with pytest.raises(DatabaseError):
        work.cycle()

    article = work.article(url)
    assert (article.status, article.revision, article.verdicts) == ("pending", 0, ())
    work.allow_inserts("verdicts")
    assert work.cycle().summary.articles == {"full": 1}
    assert work.article(url).verdicts[0].flagged


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_pages_of_one_slow_host_hold_nobody_up(work: Work) -> None:
    with serve_many(2) as (slow, quick):
        entries = [item(n, link=slow.url(f"/hang?n={n}")) for n in range(120)]
        url = quick.page(PATH, page())
        quick.page("/feed.xml", rss(*entries, item("quick", link=url, pubDate=None)), content_type=RSS)
        work.configure(
            feeds=[quick.url("/feed.xml")],
            pages_per_host=200,
            schedule={"max_cycle": timedelta(seconds=3)},
        )

        result = work.cycle()

    assert result.summary.articles["full"] == 1
    assert result.summary.articles["pending"] > 100
