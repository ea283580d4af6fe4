from __future__ import annotations

from pathlib import Path

import pytest

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour \x9b31m</title>
<item><title>One</title><link>https://x.example/1</link><guid>g1</guid><author>A</author><author>B</author>
<pubDate>Tue, 24 Nov 2026 08:00:00 +0100</pubDate><description>Summary</description></item>
<item><title>Two</title></item></channel></rss>"""
PARAGRAPHS = """
The harbour council voted on Tuesday night to reopen the old ferry line across the bay after eleven years.
Two boats, bought second hand from a company in the north, will carry up to sixty passengers each way.
Tickets are to cost less than the bus, which takes an hour and a half around the water on a good day.
Shopkeepers near the pier hope for visitors; fishermen fear for the quiet berths that they have come to use.
A first crossing is planned for the spring, once the landing stages have been looked at and repaired.
""".strip().splitlines()
PAGE = (
    "<html lang=en><head><title>A vote</title><meta name=author content='Jo Doe'>"
    "<meta property='article:published_time' content='2026-11-24T23:30:00-05:00'></head>"
    f"<body><h1>A vote</h1><article>{''.join(f'<p>{one}</p>' for one in PARAGRAPHS)}</article></body></html>"
)


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(FEED)
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "binary").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")


def test_a_feed_is_shown_as_the_parser_reads_it(run):
    record = run("inspect", "feed", "feed.xml", "--json").record
    ran = run("inspect", "feed", "feed.xml")

    assert set(record) == {"title", "entries"}
    assert set(record["entries"][0]) == {"id", "title", "link", "published", "author", "summary", "content"}
    assert record["entries"][0]["published"] == "2026-11-24T07:00:00Z"
    assert record["entries"][1]["published"] is None
    assert (ran.code, ran.err) == (0, "")
    assert "One" in ran.out
    assert "    https://x.example/1\n" in ran.out
    assert "\x9b" not in ran.out


def test_a_page_is_shown_as_the_extractor_reads_it(run):
    record = run("inspect", "page", "page.html", "--json").record
    ran = run("inspect", "page", "page.html")

    assert {"text", "title", "author", "date", "language", "status"} <= set(record)
    assert (record["title"], record["author"], record["date"]) == ("A vote", "Jo Doe", "2026-11-24")
    assert record["status"] == "full"
    assert "status: full" in ran.out


def test_an_address_is_fetched(run, server):
    Path("config.toml").write_text('[fetch]\nallow_hosts = ["127.0.0.1"]')
    feed = server.page("/feed.xml", FEED, content_type="application/rss+xml")
    page = server.page("/page", PAGE)

    assert len(run("inspect", "feed", feed, "--json").record["entries"]) == 2
    assert run("inspect", "page", page, "--json").record["title"] == "A vote"


@pytest.mark.parametrize("kind", ["feed", "page"])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (("missing",), "No such file"),
        ((".",), "Is a directory"),
        (("binary",), "this is a binary file"),
        (("http://127.0.0.1:1/",), "http://127.0.0.1:1/"),
        ((), "name a file or an address"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_exit_2(kind, source, said, run):
    ran = run("inspect", kind, *source)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_what_is_no_feed_is_said(run):
    ran = run("inspect", "feed", "page.html")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("monitor: page.html: is a web page")


def test_an_address_inside_is_refused(run, server):
    ran = run("inspect", "page", server.page("/page", PAGE))

    assert ran.code == 2
    assert server.requests == []
