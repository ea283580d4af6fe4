"""The demo's whole web as a value: what every outlet answers at every path, in two editions.

Pure: the same addresses and the same `now` give the same bytes. Sockets are `server.py`'s business.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from monitor.demo.content import Access, Article, Feed, Outlet, load_outlets
from monitor.demo.feeds import CONTENT_TYPES, Entry, FeedView, render_feed
from monitor.demo.pages import (
    Link,
    PageView,
    article_number,
    render_article,
    render_home,
    render_missing,
    slugify,
)

EDITIONS = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a server answers at one path."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    etag: str = ""  # with its quotes; empty: not sent
    last_modified: str = ""  # an HTTP date; empty: not sent
    location: str = ""  # where a redirect leads
    delay_seconds: float = 0.0  # before the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedArticle:
    """An article with its addresses."""

    article: Article
    outlet: Outlet
    url: str  # where its page stands; empty for an entry without a link
    listed_urls: tuple[str, ...]  # as the feeds give it, one for each feed that lists it


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFeed:
    """A feed with its addresses."""

    feed: Feed
    outlet: Outlet
    url: str  # what a subscriber has; redirects if the feed has moved
    current_url: str  # where it is now


# What each outlet serves: by the outlet's key and the path with its query.
Edition = Mapping[tuple[str, str], Resource]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything there is to fetch, and what a reader should find in it."""

    outlets: tuple[Outlet, ...]
    base_urls: Mapping[str, str]
    feeds: tuple[PlacedFeed, ...]
    articles: tuple[PlacedArticle, ...]  # of both editions
    editions: tuple[Edition, Edition]

    @property
    def feed_urls(self) -> tuple[str, ...]:
        """What to subscribe to, the failing, the slow and the moved feed included."""
        return tuple(placed.url for placed in self.feeds)

    @property
    def relevant_urls(self) -> frozenset[str]:
        """Pages of both editions that belong in a digest on open-source AI policy."""
        return frozenset(placed.url for placed in self.articles if placed.article.relevant)

    def placed(self, key: str) -> PlacedArticle:
        """One article by 'outlet/slug'."""
        return next(placed for placed in self.articles if placed.article.key == key)

    def answer(self, edition: int, outlet: str, target: str) -> Resource:
        """What an outlet answers to a request; a query it does not know is ignored, as servers do."""
        resources = self.editions[edition - 1]
        found = resources.get((outlet, target)) or resources.get((outlet, target.partition("?")[0]))
        return found or resources[outlet, "404"]


def build_world(base_urls: Mapping[str, str], now: datetime) -> World:
    """Put all outlets at their addresses; every date is counted back from `now` (aware).

    `base_urls` gives each outlet's scheme, host and port by its key, without a slash at the end.
    """
    builder = _Builder(base_urls, now.replace(microsecond=0))
    return World(
        outlets=builder.outlets,
        base_urls=dict(base_urls),
        feeds=tuple(builder.placed_feeds()),
        articles=tuple(builder.placed_articles()),
        editions=(dict(builder.resources(1)), dict(builder.resources(2))),
    )


class _Builder:
    """Knows where everything stands and when it was published; makes the resources of an edition."""

    def __init__(self, base_urls: Mapping[str, str], now: datetime) -> None:
        self.outlets = load_outlets()
        self._base_urls = base_urls
        self._now = now
        self._articles = {article.key: article for outlet in self.outlets for article in outlet.articles}
        self._outlets_by_key = {outlet.key: outlet for outlet in self.outlets}

    def placed_feeds(self) -> Iterator[PlacedFeed]:
        for outlet in self.outlets:
            home = self._base_urls[outlet.key]
            for feed in outlet.feeds:
                subscribed = home + (feed.moved_from or feed.path)
                yield PlacedFeed(feed=feed, outlet=outlet, url=subscribed, current_url=home + feed.path)

    def placed_articles(self) -> Iterator[PlacedArticle]:
        for outlet in self.outlets:
            for article in outlet.articles:
                feeds = [feed for feed in outlet.feeds if _lists(outlet, feed, article)]
                listed = tuple(self._listed_url(article, feed) for feed in feeds)
                url = "" if article.linkless else self._url(article)
                yield PlacedArticle(article=article, outlet=outlet, url=url, listed_urls=listed)

    def resources(self, edition: int) -> Iterator[tuple[tuple[str, str], Resource]]:
        """All that an edition serves, the answer to unknown paths under '404'."""
        for outlet in self.outlets:
            published = [article for article in outlet.articles if article.edition <= edition]
            yield (outlet.key, "/robots.txt"), Resource(body=_robots(outlet))
            yield (outlet.key, "/"), self._html(outlet, self._home(outlet, published))
            yield (outlet.key, "404"), self._html(outlet, render_missing(outlet), status=404)
            for feed in outlet.feeds:
                yield (outlet.key, feed.path), self._feed(outlet, feed, published)
                if feed.moved_from:
                    yield (outlet.key, feed.moved_from), self._moved(outlet, feed.path)
            for article in published:
                yield from self._pages(outlet, article)

    def _pages(self, outlet: Outlet, article: Article) -> Iterator[tuple[tuple[str, str], Resource]]:
        if article.linkless:
            return
        path = self._path(article)
        status = 404 if article.access is Access.MISSING else 200
        yield (outlet.key, path), self._html(outlet, render_article(self._page_view(outlet, article)), status)
        if article.listed_as:
            yield (outlet.key, article.listed_as), self._moved(outlet, path)

    def _page_view(self, outlet: Outlet, article: Article) -> PageView:
        # Siblings are of the first edition only, so that no page changes when the second one comes out.
        others = [a for a in outlet.articles if a.edition == 1 and a is not article and not a.linkless]
        return PageView(
            outlet=outlet,
            article=article,
            home=self._base_urls[outlet.key],
            canonical_url=self._url(self._articles[article.canonical] if article.canonical else article),
            published_at=self._published_at(article),
            siblings=tuple(self._link(other) for other in others[:3]),
            feed_links=self._feed_links(outlet),
        )

    def _feed(self, outlet: Outlet, feed: Feed, published: list[Article]) -> Resource:
        if feed.broken:
            return Resource(status=500, body=b"Internal Server Error\n")
        view = FeedView(
            outlet=outlet,
            feed=feed,
            url=self._base_urls[outlet.key] + feed.path,
            home=self._base_urls[outlet.key],
            entries=tuple(self._entry(a, feed) for a in published if _lists(outlet, feed, a)),
        )
        body = render_feed(view)
        return Resource(
            content_type=CONTENT_TYPES[feed.format],
            body=body,
            etag=_etag(body, feed.validators),
            last_modified=_http_date(view.updated_at) if "date" in feed.validators else "",
            delay_seconds=feed.delay_seconds,
        )

    def _entry(self, article: Article, feed: Feed) -> Entry:
        return Entry(
            article=article,
            url=self._listed_url(article, feed),
            guid=f"tag:{article.outlet}.example,2026:{article_number(article)}",
            published_at=self._published_at(article),
        )

    def _home(self, outlet: Outlet, published: list[Article]) -> str:
        return render_home(
            outlet,
            home=self._base_urls[outlet.key],
            headlines=tuple(self._link(article) for article in published if not article.linkless),
            feed_links=self._feed_links(outlet),
        )

    def _html(self, outlet: Outlet, page: str, status: int = 200) -> Resource:
        return Resource(
            status=status,
            content_type=f"text/html; charset={outlet.charset}",
            # What the charset lacks becomes a numeric entity, as editors' systems write it.
            body=page.encode(outlet.charset, errors="xmlcharrefreplace"),
        )

    def _moved(self, outlet: Outlet, path: str) -> Resource:
        return Resource(status=301, location=self._base_urls[outlet.key] + path)

    def _feed_links(self, outlet: Outlet) -> tuple[Link, ...]:
        home = self._base_urls[outlet.key]
        return tuple(Link(title=feed.title, url=home + feed.path) for feed in outlet.feeds)

    def _link(self, article: Article) -> Link:
        return Link(title=article.headline, url=self._url(article))

    def _listed_url(self, article: Article, feed: Feed) -> str:
        if article.linkless:
            return ""
        path = article.listed_as or self._path(article)
        query = f"?{feed.tracking}" if feed.tracking else ""
        return self._base_urls[article.outlet] + path + query

    def _url(self, article: Article) -> str:
        return self._base_urls[article.outlet] + self._path(article)

    def _path(self, article: Article) -> str:
        published_at = self._published_at(article)
        return (article.path or self._outlets_by_key[article.outlet].article_path).format(
            section=slugify(article.section),
            slug=article.slug,
            number=article_number(article),
            year=f"{published_at:%Y}",
            month=f"{published_at:%m}",
            day=f"{published_at:%d}",
        )

    def _published_at(self, article: Article) -> datetime:
        zone = timezone(timedelta(hours=self._outlets_by_key[article.outlet].utc_offset_hours))
        return (self._now - timedelta(hours=article.hours_ago)).astimezone(zone)


def _lists(outlet: Outlet, feed: Feed, article: Article) -> bool:
    return feed.key in (article.feeds or (outlet.feeds[0].key,))


def _etag(body: bytes, validators: str) -> str:
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if validators == "weak":
        return f"W/{tag}"
    return tag if "etag" in validators else ""


def _http_date(moment: datetime | None) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True) if moment else ""


def _robots(outlet: Outlet) -> bytes:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in outlet.disallow), "Allow: /", ""]
    return "\n".join(lines).encode()
