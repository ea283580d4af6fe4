"""JSON Feed: both versions, every field optional, none trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.intake.parse import parse
from monitor.model.feed import FeedDocument

URL = "https://example.org/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def read(items: Any, **fields: Any) -> FeedDocument:
    return parse(json.dumps({"version": VERSION, **fields, "items": items}).encode(), url=URL)


def test_an_item_in_full() -> None:
    document = read(
        [
            {
                "id": 7,
                "url": "/1",
                "title": "A &amp; B",
                "content_html": "<p>x<script>y</script></p>",
                "summary": "a < b",
                "date_published": "2026-11-24T07:00:00+01:00",
                "authors": [{"name": "A"}, {"name": "B"}],
                "tags": ["ai", 5, None],
                "language": "de",
            }
        ],
        title="Feed",
        home_page_url="https://example.org/",
        language="en",
    )

    (entry,) = document.entries
    assert (document.title, document.site_url, document.language) == ("Feed", "https://example.org/", "en")
    assert (entry.id, entry.link, entry.title) == ("7", "https://example.org/1", "A & B")
    assert (entry.content, entry.summary) == ("<p>x</p>", "a &lt; b")
    assert entry.published_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert (entry.author, entry.categories, entry.language) == ("A, B", ("ai", "5"), "de")


def test_what_an_item_lacks_comes_from_elsewhere() -> None:
    document = read(
        [{"id": "https://example.org/1", "content_text": "a & b", "date_modified": "2026-11-24"}],
        author={"name": "Feed"},
        language="en",
    )

    (entry,) = document.entries
    assert (entry.link, entry.content, entry.author) == ("https://example.org/1", "a &amp; b", "Feed")
    assert (entry.published_claimed, entry.language) == ("2026-11-24", "en")


@pytest.mark.parametrize(
    "items",
    [
        [{"id": None, "url": 5, "title": ["x"], "authors": "A", "tags": {}, "date_published": 5}],
        [{"url": "javascript:x", "content_html": {"a": 1}, "author": [1]}],
        [{}],
    ],
)
def test_fields_of_the_wrong_type_are_passed_over(items: Any) -> None:
    document = read(items)

    assert document.error is None
    assert len(document.entries) == 1
    assert document.entries[0].link is None


@pytest.mark.parametrize("items", [None, "x", 5, {"a": 1}, ["x", 1, None]])
def test_a_feed_without_usable_items_is_an_empty_feed(items: Any) -> None:
    document = read(items)

    assert (document.error, document.entries) == (None, ())


def test_a_feed_that_was_cut_is_read_up_to_its_last_whole_item() -> None:
    whole = json.dumps({"version": VERSION, "title": "T", "items": [{"id": str(n)} for n in range(3)]})

    document = parse(whole[:-8].encode(), url=URL)

    assert document.title == "T"
    assert [entry.id for entry in document.entries] == ["0", "1"]
    assert document.warning == "cut or broken after 2 entries"


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse(b"\xef\xbb\xbf" + json.dumps({"items": [{"id": "1"}]}).encode(), url=URL).listed == 1


@pytest.mark.parametrize(
    "hostile", ["[" * 100_000, '{"items":[' + "[" * 100_000, '{"items":[' + "{}," * 50_000]
)
def test_hostile_json_is_a_document_too(hostile: str) -> None:
    parse(hostile.encode(), url=URL)
