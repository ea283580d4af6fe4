"""The world as a value: the same for the same now, dated before it, with a little more in edition 2."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import feedparser
import pytest
import trafilatura

from monitor.demo.content import Access, load_outlets
from monitor.demo.world import EDITIONS, build_world

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
BASES = {outlet.key: f"http://127.0.0.{number}:8000" for number, outlet in enumerate(load_outlets(), 2)}
WORLD = build_world(BASES, NOW)
WIRE = "harbour-ledger/model-hub-ordered-to-check-downloads"


def answer(url: str, edition: int = 1):
    parts = urlsplit(url)
    outlet = next(key for key, base in BASES.items() if base.endswith(parts.netloc))
    return WORLD.answer(edition, outlet, parts.path + (f"?{parts.query}" if parts.query else ""))


def entries_of(placed, edition: int) -> list[str]:
    body = answer(placed.current_url, edition).body
    if placed.feed.format == "json":
        return [item["id"] for item in json.loads(body)["items"]]
    return [entry.id if "id" in entry else entry.link for entry in feedparser.parse(body).entries]


def test_the_same_now_gives_the_same_bytes():
    assert build_world(BASES, NOW).editions == WORLD.editions


def test_a_later_now_makes_everything_younger_by_as_much():
    later = build_world(BASES, NOW + timedelta(days=40))
    feed = WORLD.feeds[-1]

    before = WORLD.answer(1, "harbour-ledger", "/feeds/news.xml").last_modified
    after = later.answer(1, "harbour-ledger", "/feeds/news.xml").last_modified

    assert feed.url == later.feeds[-1].url
    assert parsedate_to_datetime(after) - parsedate_to_datetime(before) == timedelta(days=40)


def test_nothing_is_dated_in_the_future_nor_more_than_three_days_back():
    for article in (placed.article for placed in WORLD.articles):
        assert 0 < article.hours_ago < 72, article.key


def test_no_two_articles_share_an_address():
    urls = [placed.url for placed in WORLD.articles if placed.url]

    assert len(set(urls)) == len(urls)


def test_relevant_urls_are_pages_of_the_world():
    pages = {placed.url for placed in WORLD.articles}

    assert pages > WORLD.relevant_urls
    assert WORLD.placed(WIRE).url in WORLD.relevant_urls
    assert WORLD.placed("signal-ridge-radio/llama-farm-flood").url not in WORLD.relevant_urls


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_listed_address_leads_to_its_article(edition):
    for placed in WORLD.articles:
        if placed.article.edition > edition or placed.article.access is Access.MISSING:
            continue
        for url in placed.listed_urls:
            if not url:
                continue
            found = answer(url, edition)
            if found.status == 301:
                assert placed.article.listed_as
                assert found.location == placed.url
                found = answer(found.location, edition)
            assert found.status == 200, url


def test_two_feeds_list_the_same_article_one_of_them_with_tracking_parameters():
    placed = WORLD.placed("harbour-ledger/senate-exempts-open-models")

    plain, tracked = placed.listed_urls

    assert plain == placed.url
    assert tracked.startswith(f"{placed.url}?utm_source=")
    assert answer(tracked) == answer(plain)


def test_most_pages_name_their_canonical_address():
    bodies = [(placed, answer(placed.url).body.decode("latin-1")) for placed in WORLD.articles if placed.url]

    naming_themselves = sum(f'rel="canonical" href="{placed.url}"' in body for placed, body in bodies)

    assert naming_themselves > len(bodies) / 2


def test_one_reprint_names_the_original_as_canonical():
    reprint = answer(WORLD.placed("signal-ridge-radio/authority-orders-checks").url)

    assert f'rel="canonical" href="{WORLD.placed(WIRE).url}"'.encode() in reprint.body


def test_the_special_pages_are_what_they_are_named_for():
    by_access = {
        access: [placed for placed in WORLD.articles if placed.article.access is access] for access in Access
    }

    assert [answer(placed.url).status for placed in by_access[Access.MISSING]] == [404]
    assert [answer(placed.url).status for placed in by_access[Access.CONSENT]] == [200]
    assert len(by_access[Access.TEASER]) == 1
    assert len(by_access[Access.GALLERY]) == 1


def test_robots_txt_forbids_exactly_the_page_marked_so():
    for placed in WORLD.articles:
        path = urlsplit(placed.url).path
        forbidden = any(path.startswith(prefix) for prefix in placed.outlet.disallow)
        assert forbidden == placed.article.disallowed, placed.article.key
    assert sum(placed.article.disallowed for placed in WORLD.articles) == 1


def test_robots_txt_is_served_by_every_outlet():
    for outlet in WORLD.outlets:
        robots = WORLD.answer(1, outlet.key, "/robots.txt")
        assert robots.body.startswith(b"User-agent: *\n")
        assert all(f"Disallow: {path}\n".encode() in robots.body for path in outlet.disallow)


def test_a_front_page_names_the_feeds():
    front = WORLD.answer(1, "harbour-ledger", "/").body.decode()

    assert all(placed.current_url in front for placed in WORLD.feeds if placed.outlet.key == "harbour-ledger")


def test_the_second_edition_adds_five_entries_in_three_feeds_and_loses_none():
    added = {}
    for placed in WORLD.feeds:
        if placed.feed.broken:
            continue
        before, after = entries_of(placed, 1), entries_of(placed, 2)
        assert after[len(after) - len(before) :] == before
        added[placed.url] = len(after) - len(before)

    assert sum(added.values()) == 5
    assert sum(count > 0 for count in added.values()) == 3


def test_the_second_edition_has_a_relevant_story_and_a_reprint_of_the_first():
    new = [placed.article for placed in WORLD.articles if placed.article.edition == 2]

    assert [article.body_of for article in new if article.body_of] == [WIRE]
    assert sum(article.relevant and not article.body_of for article in new) == 1


def test_no_page_changes_with_the_second_edition_but_front_pages():
    first, second = WORLD.editions

    changed = {key for key, resource in first.items() if second[key] != resource}

    fronts = {(outlet, path) for outlet, path in changed if path == "/"}
    feeds = {(placed.outlet.key, placed.feed.path) for placed in WORLD.feeds}
    assert changed - fronts <= feeds
    assert len(changed - fronts) == 3


def test_an_extractor_finds_the_prose_of_nearly_all_pages():
    """The pages are realistic if a program made for the live web reads them."""
    readable = [
        placed
        for placed in WORLD.articles
        if placed.url and placed.article.access is Access.FULL and placed.article.edition == 1
    ]

    found = [placed for placed in readable if _share_found(placed) > 0.9]

    assert len(readable) >= 44
    assert len(found) >= len(readable) - 4


def _share_found(placed) -> float:
    text = " ".join((trafilatura.extract(answer(placed.url).body) or "").split())
    blocks = [" ".join(block.plain.split()) for block in placed.article.blocks]
    return sum(len(block) for block in blocks if block in text) / sum(map(len, blocks))
