"""What reading an article's page left behind: body, status, addresses; and two articles that are one.

Which articles are to be read, and what is told about them, stands in `articles.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, delete, exists, func, select, update

from monitor.model.article import Article
from monitor.model.specs import AddressKind, PageRead
from monitor.model.stored import RecordedBody
from monitor.store.entries import owners, plausible
from monitor.store.rows import insert_ignore, upsert
from monitor.store.schema import (
    article_addresses,
    articles,
    entries,
    labels,
    raw_pages,
    revisions,
    verdicts,
)
from monitor.store.stories import merge_stories
from monitor.urls import canonical, host

# ---- what every page asks and writes: built once, because that costs more than running it

# Itself, or the article that one was merged into while its page was fetched.
SURVIVOR = select(func.coalesce(articles.c.merged_into, articles.c.id)).where(
    articles.c.id == bindparam("article")
)

# What is known before the visit, as far as it decides what the visit changes; held until the end.
HOLD_ARTICLE: Select[Any] = (
    select(
        articles.c.id,
        articles.c.url,
        articles.c.title,
        articles.c.author,
        articles.c.language,
        articles.c.outlet,
        articles.c.published_at,
        articles.c.published_claimed,
        articles.c.tries,
        articles.c.revision,
    )
    .where(articles.c.id == bindparam("article"))
    .with_for_update()
)

# Whichever columns are given.
CHANGE_ARTICLE = update(articles).where(articles.c.id == bindparam("article"))

# The last of an article's bodies that is exactly this text, and the last of all.
REVISION_WITH = select(func.max(revisions.c.number)).where(
    revisions.c.article_id == bindparam("article"), revisions.c.text_hash == bindparam("text_hash")
)
LAST_REVISION = select(func.coalesce(func.max(revisions.c.number), 0)).where(
    revisions.c.article_id == bindparam("article")
)
INSERT_REVISION = revisions.insert()


def record_body(
    tx: Connection, article_id: int, page: PageRead, now: datetime, cycle: str | None
) -> RecordedBody:
    """Store what a visit to an article's page came to, and tell which article it belongs to now.

    That is another one where an address proves the two to be one: the younger is merged into the older.
    An article that has a body keeps body and status when a later visit brings none.
    """
    survivor = int(tx.execute(SURVIVOR, {"article": article_id}).scalar_one())
    owner = _claim_addresses(tx, survivor, page, now)
    before = tx.execute(HOLD_ARTICLE, {"article": owner}).one()
    number = _keep_text(tx, before, page.article, now)
    _keep_raw(tx, owner, number if page.article.text else 0, page, now)
    keeps_old = before.revision > 0 and not page.article.text
    values = {"error": page.article.error} if keeps_old else _reading(page, number)
    values |= _blanks(before, page, now)
    values |= {
        "http_status": page.http_status,
        "tries": before.tries + 1,
        "next_try_at": page.next_try_at,
        "read_at": now,
        "cycle": cycle,
    }
    tx.execute(CHANGE_ARTICLE, {"article": owner, **values})
    return RecordedBody(article_id=owner, revision=number)


def merge_articles(tx: Connection, loser: int, winner: int) -> None:
    """Make two articles one; the loser stays as an alias, so that what named it still finds the winner.

    Entries, addresses, labels, bodies and verdicts move. What was mailed keeps naming the loser:
    `digests.mailed` looks through aliases.
    """
    for table in (entries, article_addresses):
        tx.execute(update(table).where(table.c.article_id == loser).values(article_id=winner))
    _move_labels(tx, loser, winner)
    rows = {row.id: row for row in tx.execute(select(articles).where(articles.c.id.in_([loser, winner])))}
    shift = _move_texts(tx, loser, winner)
    _move_verdicts(tx, loser, winner, shift)
    if rows[loser].story_id and rows[winner].story_id:
        merge_stories(tx, rows[loser].story_id, rows[winner].story_id)
    tx.execute(
        update(articles).where(articles.c.id == winner).values(**_joined(rows[loser], rows[winner], shift))
    )
    alias = {"merged_into": winner, "next_try_at": None, "story_id": None, "role": None}
    pointing = (articles.c.id == loser) | (articles.c.merged_into == loser)
    tx.execute(update(articles).where(pointing).values(**alias))


# ---- one visit


def _claim_addresses(tx: Connection, article_id: int, page: PageRead, now: datetime) -> int:
    """Give the article its addresses; where they belong to another one, the two are one."""
    kinds: dict[str, str] = {}
    for claimed, kind in page.addresses:
        if address := canonical(claimed):
            kinds[address] = kind  # the last word (canonical) says the most
    owned = owners(tx, kinds)
    if kinds.keys() - owned.keys():
        rows = [
            {"address": address, "article_id": article_id, "kind": kinds[address], "first_seen_at": now}
            for address in sorted(kinds.keys() - owned.keys())
        ]
        insert_ignore(tx, article_addresses, rows)
        owned = owners(tx, kinds)  # another process may have been faster
    one = {article_id, *owned.values()}
    winner = min(one)
    for loser in sorted(one - {winner}):
        merge_articles(tx, loser, winner)
    return winner


def _keep_text(tx: Connection, before: Row[Any], article: Article, now: datetime) -> int:
    """A new revision where the text is new; the number of the one that counts."""
    if not article.text:
        return int(before.revision)
    text_hash = sha256(article.text.encode("utf-8", "replace")).hexdigest()
    if before.revision and (number := _revision_with(tx, before.id, text_hash)) is not None:
        return number
    number = _last_revision(tx, before.id) + 1 if before.revision else 1
    row = {
        "article_id": before.id,
        "number": number,
        "text": article.text,
        "text_hash": text_hash,
        "method": article.method,
        "at": now,
    }
    tx.execute(INSERT_REVISION, row)
    return number


def _revision_with(tx: Connection, article_id: int, text_hash: str) -> int | None:
    known = {"article": article_id, "text_hash": text_hash}
    number: int | None = tx.execute(REVISION_WITH, known).scalar_one()
    return number


def _last_revision(tx: Connection, article_id: int) -> int:
    return int(tx.execute(LAST_REVISION, {"article": article_id}).scalar_one())


def _keep_raw(tx: Connection, article_id: int, number: int, page: PageRead, now: datetime) -> None:
    if page.raw is None:
        return
    row = {
        "article_id": article_id,
        "number": number,
        "at": now,
        "content_type": page.content_type,
        "body": page.raw,
    }
    upsert(tx, raw_pages, row)


def _reading(page: PageRead, number: int) -> dict[str, Any]:
    """What the page was, as columns."""
    article, fingerprint = page.article, page.fingerprint
    return {
        "status": article.status,
        "status_evidence": list(article.evidence),
        "method": article.method,
        "error": article.error,
        "revision": number,
        "text_hash": fingerprint.text_hash,
        "words": fingerprint.words,
    }


def _blanks(before: Row[Any], page: PageRead, now: datetime) -> dict[str, Any]:
    """What the feed did not say and the page does; the page's word on language and publisher goes first."""
    article = page.article
    values: dict[str, Any] = {
        "title": before.title or article.title or "",
        "author": before.author or article.author,
        "language": article.language or before.language,
        "outlet": page.outlet or article.site_name or before.outlet or host(before.url),
    }
    if address := _best_address(page.addresses):
        values["canonical_url"] = address
    if before.published_at is None and (published_at := plausible(_published(article), now)):
        values |= {"published_at": published_at, "published_source": "page", "newest_at": published_at}
    if before.published_claimed is None and (claimed := article.published_at or article.published_on):
        values["published_claimed"] = claimed.isoformat()
    return values


def _published(article: Article) -> datetime | None:
    if article.published_at or not article.published_on:
        return article.published_at
    # The page's zone is not known: the day's beginning in UTC is wrong by half a day at most.
    return datetime.combine(article.published_on, time(), UTC)


def _best_address(addresses: Iterable[tuple[str, str]]) -> str | None:
    """The page's own word, else where its redirects ended."""
    by_kind = {kind: address for address, kind in addresses}
    best = by_kind.get(AddressKind.CANONICAL) or by_kind.get(AddressKind.FINAL)
    return canonical(best) if best else None


# ---- two that are one


def _move_labels(tx: Connection, loser: int, winner: int) -> None:
    """The winner's own labels stay."""
    theirs = labels.alias()
    has_its_own = exists().where(theirs.c.article_id == winner, theirs.c.topic == labels.c.topic)
    mine = labels.c.article_id == loser
    tx.execute(update(labels).where(mine, ~has_its_own).values(article_id=winner))
    tx.execute(delete(labels).where(mine))


def _move_texts(tx: Connection, loser: int, winner: int) -> int:
    """The loser's bodies get the numbers after the winner's; by how much they were shifted."""
    shift = _last_revision(tx, winner)
    for table in (revisions, raw_pages):
        # A raw page that made no body has the number 0 in both; the winner's stays.
        clash = select(table.c.number).where(table.c.article_id == winner).scalar_subquery()
        mine = and_(table.c.article_id == loser, (table.c.number > 0) | table.c.number.not_in(clash))
        moved = {"article_id": winner, "number": _shifted(table.c.number, shift)}
        tx.execute(update(table).where(mine).values(**moved))
    return shift


def _shifted(number: Any, shift: int) -> Any:
    return case((number > 0, number + shift), else_=number)


def _move_verdicts(tx: Connection, loser: int, winner: int, shift: int) -> None:
    """All are kept but for twins; where the winner has a current verdict on a topic, that one counts."""
    theirs = verdicts.alias()
    mine = verdicts.c.article_id == loser
    # Not an EXISTS on topic and article: SQLite would walk all that is current on the topic for each row.
    decided = select(theirs.c.topic).where(theirs.c.article_id == winner, theirs.c.current)
    tx.execute(update(verdicts).where(mine, verdicts.c.topic.in_(decided)).values(current=False))
    twin = exists().where(
        theirs.c.article_id == winner,
        theirs.c.topic == verdicts.c.topic,
        theirs.c.topic_version == verdicts.c.topic_version,
        theirs.c.revision == verdicts.c.revision,
    )
    tx.execute(delete(verdicts).where(mine, verdicts.c.revision == 0, twin))
    moved = {"article_id": winner, "revision": _shifted(verdicts.c.revision, shift)}
    tx.execute(update(verdicts).where(mine).values(**moved))


TEXT_COLUMNS = (
    "status", "status_evidence", "method", "error", "http_status", "text_hash", "words", "read_at",
    "language", "outlet", "cycle",
)  # fmt: skip


def _joined(loser: Row[Any], winner: Row[Any], shift: int) -> dict[str, Any]:
    """The winner's row after the merge: its own words first, the loser's where it has none."""
    values = {
        "title": winner.title or loser.title,
        "author": winner.author or loser.author,
        "mailable": winner.mailable or loser.mailable,
        "first_seen_at": min(winner.first_seen_at, loser.first_seen_at),
        "story_id": winner.story_id or loser.story_id,
        "role": winner.role if winner.story_id else loser.role,
    }
    if winner.published_at is None:
        values |= {
            name: getattr(loser, name) for name in ("published_at", "published_claimed", "published_source")
        }
        values["newest_at"] = loser.newest_at
    if loser.revision and not winner.revision:
        values |= {name: getattr(loser, name) for name in TEXT_COLUMNS}
        values |= {"revision": loser.revision + shift, "next_try_at": loser.next_try_at}
    return values
