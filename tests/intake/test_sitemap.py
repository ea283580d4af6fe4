"""News sitemaps: each address with news data is an entry."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.intake.parse import parse
from monitor.model.feed import KeyKind

URL = "https://example.org/news-sitemap.xml"
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
  <url>
    <loc>https://example.org/1?utm_source=x</loc>
    <lastmod>2026-11-25</lastmod>
    <news:news>
      <news:publication>
        <news:name>Example &amp; Co</news:name><news:language>en</news:language>
      </news:publication>
      <news:publication_date>2026-11-24T07:00:00+01:00</news:publication_date>
      <news:title>A &amp;amp; B</news:title>
      <news:keywords>ai, law</news:keywords>
    </news:news>
  </url>
  <url><loc>https://example.org/imprint</loc></url>
</urlset>"""


def test_addresses_with_news_data_are_entries() -> None:
    document = parse(SITEMAP.encode(), url=URL)

    (entry,) = document.entries
    assert (document.title, document.language, document.listed) == ("Example & Co", "en", 1)
    assert (entry.title, entry.link, entry.language) == ("A & B", "https://example.org/1?utm_source=x", "en")
    assert entry.published_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert entry.categories == ("ai", "law")
    assert [(key.kind, key.value) for key in entry.keys] == [(KeyKind.LINK, "https://example.org/1")]


def test_a_sitemap_that_was_cut_is_read_as_far_as_it_goes() -> None:
    document = parse(SITEMAP.encode()[:-40], url=URL)

    assert len(document.entries) == 1
    assert document.warning == "the feed is cut in the middle"
