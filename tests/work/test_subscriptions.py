"""Subscribing by an address, by a site, and by a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.cycles import RSS, Work, item, rss
from support.faultserver import FaultServer

from monitor.errors import UsageError
from monitor.store import feeds
from monitor.work.subscriptions import add_feed, export_opml, import_file, subscribed, with_scheme

SQLITE = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
OPML = """<?xml version="1.0"?><opml version="2.0"><body><outline text="Law">
<outline text="One" xmlUrl="https://one.example/feed"/>
<outline text="https://two.example/feed" xmlUrl="https://two.example/feed"/></outline></body></opml>"""


def test_a_feeds_own_address_is_added_once(work: Work, server: FaultServer) -> None:
    url = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    work.configure()

    first, again = (add_feed(work.settings, work.database, url, tags=("law",)) for _ in range(2))

    assert (first.new, again.new) == (True, False)
    assert first.text == f"added: {url}"
    assert work.feed(url).tags == ("law",)


@SQLITE
def test_a_sites_address_is_enough(work: Work, server: FaultServer) -> None:
    url = server.page("/rss/news.xml", rss(item(1)), content_type=RSS)
    head = '<link rel="alternate" type="application/rss+xml" href="/rss/news.xml">'
    site = server.page("/", f"<html><head>{head}</head><body><p>Welcome</p></body></html>")
    work.configure()

    added = add_feed(work.settings, work.database, site)

    assert (added.url, added.new) == (url, True)
    assert site in added.text


@SQLITE
def test_a_page_without_a_feed_is_refused(work: Work, server: FaultServer) -> None:
    work.configure()

    with pytest.raises(UsageError, match="no feed here"):
        add_feed(work.settings, work.database, server.url("/ok"))


@SQLITE
def test_a_feed_that_is_down_today_is_added_with_a_word_of_warning(work: Work, server: FaultServer) -> None:
    work.configure(timeout=timedelta(seconds=1))

    added = add_feed(work.settings, work.database, server.url("/status/503"))

    assert added.new
    assert "does not answer now" in added.text


@SQLITE
def test_a_private_address_is_refused_at_once(work: Work, server: FaultServer) -> None:
    work.configure(allow_hosts=())

    with pytest.raises(UsageError):
        add_feed(work.settings, work.database, server.url("/feed.xml"))


def test_an_address_may_lack_its_scheme() -> None:
    assert with_scheme(" example.org/feed ") == "https://example.org/feed"
    with pytest.raises(UsageError):
        with_scheme("ftp://example.org")


@SQLITE
def test_a_file_is_imported_without_a_request_and_comes_out_again(work: Work, tmp_path: Path) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(OPML)
    work.configure()

    first, again = import_file(work.database, file), import_file(work.database, file)

    assert (first, again) == ((2, 0), (0, 2))
    one, two = work.database.read(feeds.stored_feeds)
    assert (one.title, one.tags, two.title) == ("One", ("Law",), "")
    exported = tmp_path / "again.opml"
    exported.write_bytes(work.database.read(export_opml))
    assert import_file(work.database, exported) == (0, 2)


@SQLITE
def test_a_file_that_is_no_list_is_named_with_the_place(work: Work, tmp_path: Path) -> None:
    file = tmp_path / "feeds.txt"
    file.write_text("https://one.example/feed\nwhat is this?\n")

    with pytest.raises(UsageError) as raised:
        import_file(work.database, file)

    assert raised.value.where == f"{file}, line 2"
    assert work.database.read(feeds.stored_feeds) == []


@SQLITE
def test_a_feed_is_found_by_its_masked_address_and_a_wrong_one_gets_the_nearest(work: Work) -> None:
    work.configure(feeds=["https://user:secret@one.example/feed", "https://two.example/feed"])

    assert work.database.read(subscribed, "https://***@one.example/feed").url.endswith("one.example/feed")
    with pytest.raises(UsageError, match=r"two\.example/feed"):
        work.database.read(subscribed, "https://two.example/fed")
