"""Feeds: four formats that a strict reader takes without complaint."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from monitor.demo.content import load_outlets
from monitor.demo.feeds import Entry, FeedView, render_feed

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OUTLETS = {outlet.key: outlet for outlet in load_outlets()}


def view_of(key: str) -> FeedView:
    outlet = OUTLETS[key]
    entries = tuple(
        Entry(
            article=article,
            url="" if article.linkless else f"http://outlet.example/{article.slug}?a=1&b=2",
            guid=article.key,
            published_at=NOON - timedelta(hours=number),
        )
        for number, article in enumerate(outlet.articles)
    )
    return FeedView(
        outlet=outlet,
        feed=outlet.feeds[0],
        url="http://outlet.example/feed",
        home="http://outlet.example",
        entries=entries,
    )


@pytest.mark.parametrize(
    ("key", "version"),
    [
        ("northgate-post", "rss20"),
        ("eulenfurter-bote", "rss10"),
        ("circuit-statute", "atom10"),
        ("meridian-brief", "atom10"),
    ],
)
def test_an_xml_feed_gives_back_what_was_put_in(key, version):
    view = view_of(key)

    document = feedparser.parse(render_feed(view))

    assert not document.bozo
    assert document.version == version
    assert [entry.link for entry in document.entries] == [entry.url for entry in view.entries]
    assert [entry.title for entry in document.entries] == [e.article.headline for e in view.entries]
    assert [entry.summary for entry in document.entries] == [e.article.summary for e in view.entries]
    assert document.entries[0].author == view.entries[0].author
    # RDF has one date, Dublin Core's, which feedparser files under 'updated'.
    date = document.entries[1].get("published_parsed") or document.entries[1].updated_parsed
    assert date[:5] == (2026, 11, 25, 11, 0)


@pytest.mark.parametrize("key", ["northgate-post", "meridian-brief"])
def test_a_full_text_feed_carries_whole_bodies(key):
    view = view_of(key)

    document = feedparser.parse(render_feed(view))

    for entry, wanted in zip(document.entries, view.entries, strict=True):
        assert len(entry.content[-1].value.split()) >= wanted.article.words


def test_the_old_german_feed_is_in_its_own_charset():
    body = render_feed(view_of("eulenfurter-bote"))

    assert b'encoding="ISO-8859-1"' in body
    assert "für".encode("iso-8859-1") in body


def test_a_json_feed_has_an_entry_whose_text_stands_in_the_feed_only():
    items = json.loads(render_feed(view_of("tarball-gazette")))["items"]

    without_link = [item for item in items if "url" not in item]

    assert len(without_link) == 1
    assert "coffee mill" in without_link[0]["content_html"]
    assert all(item["url"].startswith("http://") for item in items if item not in without_link)
