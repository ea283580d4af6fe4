"""A feed and its entries in, the bytes of RSS 2.0, RSS 1.0, Atom or JSON Feed out."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from monitor.demo.content import Article, Feed, Outlet
from monitor.demo.pages import body_html, render_template

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    # No charset here: the XML declaration alone says it, as on many old sites.
    "rdf": "application/rdf+xml",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed."""

    article: Article
    url: str  # as this feed lists it, with its tracking parameters; empty for an entry without a link
    guid: str
    published_at: datetime  # in the outlet's zone

    @property
    def author(self) -> str:
        """Who is named as the writer."""
        return self.article.author or self.article.agency


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """All that a feed says."""

    outlet: Outlet
    feed: Feed
    url: str  # the feed's own address
    home: str
    entries: tuple[Entry, ...]  # newest first

    @property
    def updated_at(self) -> datetime | None:
        """When the newest entry was published, None for a feed without entries."""
        return self.entries[0].published_at if self.entries else None


def render_feed(view: FeedView) -> bytes:
    """The feed in its own format and charset."""
    if view.feed.format == "json":
        return json.dumps(_json_feed(view), ensure_ascii=False, indent=2).encode()
    text = render_template(f"{view.feed.format}.xml", view=view, body_html=body_html, rfc822=format_datetime)
    # What the charset lacks becomes a numeric entity, which XML and HTML both read.
    return text.encode(view.outlet.charset, errors="xmlcharrefreplace")


def _json_feed(view: FeedView) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": view.feed.title,
        "home_page_url": f"{view.home}/",
        "feed_url": view.url,
        "description": view.outlet.tagline,
        "language": view.outlet.language,
        "items": [_json_item(entry) for entry in view.entries],
    }


def _json_item(entry: Entry) -> dict[str, Any]:
    article = entry.article
    item: dict[str, Any] = {
        "id": entry.guid,
        "title": article.headline,
        "summary": article.summary,
        "date_published": entry.published_at.isoformat(),
        "authors": [{"name": entry.author}],
        "tags": [article.section],
    }
    if article.linkless:
        return item | {"content_html": str(body_html(article))}
    return item | {"url": entry.url, "content_text": article.summary}
