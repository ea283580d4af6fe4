import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from support.faultserver import FaultServer

from monitor.intake.discover import MAX_NAMED, USUAL_PATHS, discover, find_feeds
from monitor.intake.fetch import FetchSettings, Web

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
FEED = b'<rss version="2.0"><channel><title>News</title></channel></rss>'
SETTINGS = FetchSettings(timeout=timedelta(seconds=1), allow_hosts=("127.0.0.0/8",), starts_per_second=1000.0)


@pytest.fixture
def server():
    with FaultServer() as server:
        yield server


def found(url):
    async def inside():
        async with Web(SETTINGS, "monitor/1") as web:
            return await discover(web, url, NOW)

    return asyncio.run(inside())


def head(*links):
    return "<html><head>" + "".join(links) + "</head><body>Welcome</body></html>"


def test_a_feeds_own_address_is_taken_as_it_is(server):
    url = server.page("/news.rss", FEED)

    assert found(url) == (url,)
    assert len(server.requests) == 1


def test_the_feeds_that_a_page_names_are_found_and_checked(server):
    server.page("/a.xml", FEED)
    server.page("/b.xml", FEED)
    server.page("/c.xml", "not a feed")
    links = (f'<link rel="alternate" type="application/rss+xml" href="{name}.xml">' for name in "abc")
    url = server.page("/home", head(*links))

    assert found(url) == (server.url("/a.xml"), server.url("/b.xml"))


def test_links_are_resolved_against_where_the_page_really_is(server):
    server.page("/en/feed.xml", FEED)
    server.page("/", "", status=301, headers={"Location": "/en/"})
    server.page("/en/", head('<link rel="alternate" type="application/atom+xml" href="feed.xml">'))

    assert found(server.url("/")) == (server.url("/en/feed.xml"),)


@pytest.mark.parametrize("path", USUAL_PATHS)
def test_without_a_named_feed_the_usual_paths_are_tried(server, path):
    server.page("/about/us", head())
    server.page(path, FEED)

    assert found(server.url("/about/us")) == (server.url(path),)


@pytest.mark.parametrize("path", ["/close", "/status/404", "/empty", "/big"])
def test_a_site_without_feeds_has_none(server, path):
    assert found(server.url(path)) == ()


def test_no_web_address_has_no_feeds():
    assert found("mailto:editor@example.org") == ()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', "https://example.org/rss"),
        (
            "<LINK REL='Alternate' TYPE='Application/Atom+XML; charset=utf-8' HREF=/a>",
            "https://example.org/a",
        ),
        ('<link rel="feed" href="https://feeds.example/x">', "https://feeds.example/x"),
        (
            '<base href="https://b.example/d/"><link rel=alternate type=text/xml href=x>',
            "https://b.example/d/x",
        ),
        ('<link rel="alternate" type="application/feed+json" href="/j">', "https://example.org/j"),
        ('<link rel="alternate" hreflang="de" href="/de">', None),
        ('<link rel="stylesheet" type="text/xml" href="/style">', None),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:x()">', None),
        ('<link rel="alternate" type="application/rss+xml">', None),
    ],
)
def test_which_links_name_a_feed(link, expected):
    assert find_feeds(head(link).encode(), "https://example.org/") == ((expected,) if expected else ())


@pytest.mark.parametrize("html", [b"", b"\x00\xff\xfe", b"%PDF-1.7", b"<!-- -->", b"<" * 10_000])
def test_whatever_is_no_page_names_no_feed(html):
    assert find_feeds(html, "https://example.org/") == ()


def test_a_page_that_names_hundreds_is_not_followed_through_all_of_them():
    links = (f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in range(300))

    assert len(find_feeds(head(*links, *links).encode(), "https://example.org/")) == MAX_NAMED
