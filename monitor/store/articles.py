"""Articles: which are to be read, and what is stored about one, for lists, records and `why`.

What reading one left behind is written by `pages.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from monitor.model.article import BodyStatus, FeedKnowledge, PendingArticle
from monitor.model.stored import Listing, StoredAddress, StoredArticle
from monitor.store.entries import plausible
from monitor.store.rows import chunks, select_in
from monitor.store.schema import (
    article_addresses,
    articles,
    entries,
    feed_addresses,
    feeds,
    raw_pages,
    revisions,
    verdicts,
)
from monitor.store.stories import related
from monitor.store.verdicts import current_verdicts
from monitor.urls import canonical, same_site, site
from monitor.words import plain


def waiting(tx: Connection, now: datetime, *, per_site: int, limit: int) -> list[PendingArticle]:
    """Articles whose page is to be read now, newest first, at most `per_site` of each site.

    Entries without a page (their address begins with 'entry:') wait here too, bound by `limit` alone.
    """
    columns = (
        articles.c.id, articles.c.url, articles.c.site, articles.c.tries, articles.c.title,
        articles.c.first_seen_at, articles.c.newest_at,
    )  # fmt: skip
    newest = (articles.c.newest_at.desc(), articles.c.id.desc())
    rank = func.row_number().over(partition_by=articles.c.site, order_by=newest).label("rank")
    ranked = select(*columns, rank).where(articles.c.next_try_at <= now).subquery()
    query = select(ranked).where((ranked.c.rank <= per_site) | (ranked.c.site == ""))
    query = query.order_by(ranked.c.newest_at.desc(), ranked.c.id.desc()).limit(limit)
    return [_pending(row) for row in tx.execute(query)]


def count_waiting(tx: Connection, now: datetime) -> int:
    """How many articles are pending: their page was never tried."""
    query = select(func.count()).where(articles.c.next_try_at <= now)
    return int(tx.execute(query.where(articles.c.status == BodyStatus.PENDING)).scalar_one())


# What the feeds say about an article; built once, because that costs more than asking.
LISTED_BY = (
    select(
        entries.c.title,
        entries.c.link,
        entries.c.author,
        entries.c.published_at,
        entries.c.summary,
        entries.c.content,
        entries.c.language,
        entries.c.categories,
        feeds.c.title.label("feed_title"),
        feeds.c.given_title,
        feeds.c.url.label("feed_url"),
        feeds.c.site_url,
    )
    .join(feeds, feeds.c.id == entries.c.feed_id)
    .where(
        entries.c.article_id
        == select(func.coalesce(articles.c.merged_into, articles.c.id))
        .where(articles.c.id == bindparam("article"))
        .scalar_subquery()
    )
    .order_by(entries.c.id)
)


def feed_knowledge(tx: Connection, article_id: int, now: datetime) -> FeedKnowledge:
    """What the feeds say about an article: the fullest text that any of them carries, else the first word."""
    return _knowledge(tx.execute(LISTED_BY, {"article": article_id}).all(), now)


def ask_again(tx: Connection, article_id: int, now: datetime) -> None:
    """Have an article's page read in the next cycle, whatever came of it before."""
    tx.execute(update(articles).where(articles.c.id == article_id).values(next_try_at=now))


def find_article(tx: Connection, url: str, *, with_text: bool = False) -> StoredArticle | None:
    """The article that has this address (in any spelling), however it came by it."""
    address = canonical(url) or url.strip()
    owner = select(article_addresses.c.article_id).where(article_addresses.c.address == address)
    article_id = tx.execute(owner).scalar_one_or_none()
    return None if article_id is None else get_article(tx, article_id, with_text=with_text)


def get_article(tx: Connection, article_id: int, *, with_text: bool = False) -> StoredArticle | None:
    """An article by its id, also by that of one that was merged into it."""
    itself = func.coalesce(articles.c.merged_into, articles.c.id)
    survivor = select(itself).where(articles.c.id == article_id).scalar_subquery()
    rows = tx.execute(select(articles).where(articles.c.id == survivor)).all()
    return next(iter(_assemble(tx, rows, with_text)), None)


def list_articles(
    tx: Connection,
    *,
    flagged: bool = False,
    since: datetime | None = None,
    feed: str | None = None,
    status: str | None = None,
    topic: str | None = None,
    limit: int | None = 100,
    with_text: bool = False,
) -> list[StoredArticle]:
    """Articles, newest first: by the date of publication, where none is known by when it was first seen.

    `flagged` asks for a current flagged verdict, `topic` narrows that (or asks for any verdict) to one
    topic; `feed` is any address that the feed has or had.
    """
    query = select(articles).where(articles.c.merged_into.is_(None), *_filters(flagged, topic))
    if since is not None:
        query = query.where(articles.c.newest_at >= since)
    if status is not None:
        query = query.where(articles.c.status == status)
    if feed is not None:
        query = query.where(articles.c.id.in_(_of_feed(feed)))
    query = query.order_by(articles.c.newest_at.desc(), articles.c.id.desc()).limit(limit)
    return _assemble(tx, tx.execute(query).all(), with_text)


def listings(tx: Connection, article_id: int) -> list[Listing]:
    """Which feeds list or listed an article, and when, first one first."""
    query = select(entries, feeds.c.url.label("feed_url")).join(feeds, feeds.c.id == entries.c.feed_id)
    rows = tx.execute(query.where(entries.c.article_id == article_id).order_by(entries.c.id))
    return [
        Listing(
            feed_id=row.feed_id,
            feed_url=row.feed_url,
            title=row.title,
            link=row.link,
            published_claimed=row.published_claimed,
            first_seen_at=row.first_seen_at,
            last_listed_at=row.last_listed_at,
            cycle=row.cycle,
        )
        for row in rows
    ]


def feeds_of_site(tx: Connection, url: str) -> list[str]:
    """Feeds whose own address or home page is on the site of an address: where a page never seen belongs."""
    wanted = site(url)
    if not wanted:
        return []
    query = select(feeds.c.url, feeds.c.site_url).where(feeds.c.removed_at.is_(None)).order_by(feeds.c.id)
    return [row.url for row in tx.execute(query) if wanted in (site(row.url), site(row.site_url or ""))]


def prune_raw(tx: Connection, before: datetime) -> int:
    """Delete raw pages older than that; how many."""
    return tx.execute(delete(raw_pages).where(raw_pages.c.at < before)).rowcount


# ---- what the feeds say


def _knowledge(listed: Sequence[Any], now: datetime) -> FeedKnowledge:
    if not listed:
        return FeedKnowledge()
    fullest = max(listed, key=lambda row: (len(row.content), len(row.summary)))
    claimed = (plausible(row.published_at, now) for row in listed)
    return FeedKnowledge(
        title=_first(row.title for row in listed) or "",
        author=_first(row.author for row in listed),
        published_at=next((moment for moment in claimed if moment), None),
        summary=plain(max((row.summary for row in listed), key=len)),
        content=plain(fullest.content),
        language=_first(row.language for row in listed),
        categories=tuple(dict.fromkeys(word for row in listed for word in row.categories)),
        outlet=_first(row.given_title or row.feed_title for row in listed if _is_own_feed(row)) or "",
    )


def _is_own_feed(row: Row[Any]) -> bool:
    """Whether a feed is of the site that its entry links to; an aggregator's title names no publisher."""
    return not row.link or any(same_site(own, row.link) for own in (row.site_url, row.feed_url) if own)


def _first(words: Iterable[str | None]) -> str | None:
    return next((word for word in words if word), None)


def _pending(row: Row[Any]) -> PendingArticle:
    return PendingArticle(
        id=row.id,
        url=row.url,
        site=row.site,
        tries=row.tries,
        first_seen_at=row.first_seen_at,
        newest_at=row.newest_at,
    )


# ---- lists


def _filters(flagged: bool, topic: str | None) -> list[ColumnElement[bool]]:
    if not flagged and topic is None:
        return []
    wanted = and_(verdicts.c.article_id == articles.c.id, verdicts.c.current)
    if flagged:
        wanted = and_(wanted, verdicts.c.flagged)
    if topic is not None:
        wanted = and_(wanted, verdicts.c.topic == topic)
    return [exists().where(wanted)]


def _of_feed(url: str) -> Select[Any]:
    mine = select(feed_addresses.c.feed_id).where(feed_addresses.c.address == url.strip())
    return select(entries.c.article_id).where(entries.c.feed_id == mine.scalar_subquery())


# ---- whole articles


def _assemble(tx: Connection, rows: Sequence[Row[Any]], with_text: bool) -> list[StoredArticle]:
    """Rows with all that hangs on them; a handful of statements for each few hundred."""
    found: list[StoredArticle] = []
    for part in chunks(rows):
        ids = [row.id for row in part]
        addresses, listed, aliases = _addresses(tx, ids), _feed_urls(tx, ids), _aliases(tx, ids)
        decided = current_verdicts(tx, ids)
        links = related(tx, [row.story_id for row in part if row.story_id])
        bodies = texts(tx, ids) if with_text else {}
        for row in part:
            hanging = {
                "addresses": tuple(addresses.get(row.id, ())),
                "feeds": tuple(listed.get(row.id, ())),
                "merged": tuple(aliases.get(row.id, ())),
                "related": links.get(row.story_id, ()),
                "verdicts": tuple(decided.get(row.id, ())),
            }
            found.append(_article(row, bodies.get(row.id), **hanging))
    return found


def _article(row: Row[Any], text: tuple[str, str] | None, **hanging: Any) -> StoredArticle:
    return StoredArticle(
        **{name: getattr(row, name) for name in PLAIN_COLUMNS},
        status_evidence=tuple(row.status_evidence),
        story=row.story_id,
        text=text[0] if text else None,
        text_from=text[1] if text else None,
        **hanging,
    )


PLAIN_COLUMNS = (
    "id", "url", "canonical_url", "title", "author", "site", "outlet", "language", "published_at",
    "published_claimed", "published_source", "first_seen_at", "status", "method", "error", "http_status",
    "tries", "next_try_at", "read_at", "mailable", "revision", "words", "role", "cycle",
)  # fmt: skip


def _addresses(tx: Connection, ids: Sequence[int]) -> dict[int, list[StoredAddress]]:
    query = select(article_addresses).order_by(article_addresses.c.first_seen_at, article_addresses.c.address)
    found: dict[int, list[StoredAddress]] = {}
    for row in select_in(tx, query, article_addresses.c.article_id, ids):
        address = StoredAddress(address=row.address, kind=row.kind, first_seen_at=row.first_seen_at)
        found.setdefault(row.article_id, []).append(address)
    return found


def _feed_urls(tx: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(entries.c.article_id, feeds.c.url, func.min(entries.c.id).label("first"))
    query = query.join(feeds, feeds.c.id == entries.c.feed_id).group_by(entries.c.article_id, feeds.c.url)
    found: dict[int, list[str]] = {}
    for row in sorted(select_in(tx, query, entries.c.article_id, ids), key=lambda row: row.first):
        found.setdefault(row.article_id, []).append(row.url)
    return found


def _aliases(tx: Connection, ids: Sequence[int]) -> dict[int, list[int]]:
    query = select(articles.c.id, articles.c.merged_into).order_by(articles.c.id)
    found: dict[int, list[int]] = {}
    for row in select_in(tx, query, articles.c.merged_into, ids):
        found.setdefault(row.merged_into, []).append(row.id)
    return found


def texts(tx: Connection, article_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Of each article its text and whether that is the 'body', the 'feed' text, or 'none'."""
    counts = and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision)
    query = select(revisions.c.article_id, revisions.c.text).join(articles, counts)
    found = {
        row.article_id: (row.text, "body")
        for row in select_in(tx, query, revisions.c.article_id, article_ids)
    }
    without = [article_id for article_id in article_ids if article_id not in found]
    length = func.length(entries.c.content)
    longest = case((length > 0, entries.c.content), else_=entries.c.summary)
    said: dict[int, str] = {}
    query = select(entries.c.article_id, longest.label("text")).where(
        or_(length > 0, func.length(entries.c.summary) > 0)
    )
    for row in select_in(tx, query, entries.c.article_id, without):
        said[row.article_id] = max(said.get(row.article_id, ""), row.text, key=len)
    for article_id in without:
        text = plain(said[article_id]) if article_id in said else ""
        found[article_id] = (text, "feed" if text else "none")
    return found
