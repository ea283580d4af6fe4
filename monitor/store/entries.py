"""What a feed listed: entries recognised by any of their keys, and the article that each belongs to.

Called by `feeds.record_poll`, inside its transaction. Bodies of articles are no concern of this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from monitor.model.article import BodyStatus, Method
from monitor.model.feed import Entry, EntryKey, FeedDocument
from monitor.model.specs import AddressKind
from monitor.store.rows import chunks, for_each, insert_ignore, insert_many, insert_new, one_of
from monitor.store.schema import article_addresses, articles, entries, entry_keys
from monitor.urls import canonical, site

# Before it there was no web; a feed that says so means 'unknown' (1970 is a zero).
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

# Clocks and zones are wrong by up to a day; further ahead the date is a mistake or an advertisement.
CLOCK_ERROR = timedelta(days=1)

# A Postgres index row holds 2,704 bytes: longer keys are known by their hash.
LONGEST_KEY = 600

KeyId = tuple[str, str]  # kind and value, as stored

# ---- what every poll asks and writes: built once, because that costs more than running it

# The items that the cutter left out, known by their hashes: they are listed still.
LIST_CUT_ENTRIES = (
    update(entries)
    .where(entries.c.feed_id == bindparam("feed"), one_of(entries.c.raw_hash))
    .values(last_listed_at=bindparam("now"))
    .returning(entries.c.id, entries.c.raw_hash)
)
LIST_ENTRIES = update(entries).where(one_of(entries.c.id)).values(last_listed_at=bindparam("now"))

# The entries of a feed that have these keys; without an entry where that was pruned.
KNOWN_KEYS = select(entry_keys.c.kind, entry_keys.c.value, entry_keys.c.entry_id).where(
    entry_keys.c.feed_id == bindparam("feed"), one_of(entry_keys.c.value)
)

# A key that is listed still, of a pruned entry. (In an UPDATE, a column's own name is what it is set to.)
LIST_PRUNED_KEY = (
    update(entry_keys)
    .where(
        entry_keys.c.feed_id == bindparam("feed"),
        entry_keys.c.kind == bindparam("a_kind"),
        entry_keys.c.value == bindparam("a_value"),
    )
    .values(last_listed_at=bindparam("now"))
)

# Known entries as far as it shows whether they changed, and what changed about one.
STORED_ENTRIES = select(
    entries.c.id, entries.c.article_id, entries.c.raw_hash, entries.c.fields_hash, entries.c.link
).where(one_of(entries.c.id))
CHANGE_ENTRY = update(entries).where(entries.c.id == bindparam("entry"))

# Whose addresses these are.
OWNERS = select(article_addresses.c.address, article_addresses.c.article_id).where(
    one_of(article_addresses.c.address)
)

# Articles that were held back until now.
MAKE_MAILABLE = (
    update(articles).where(one_of(articles.c.id), articles.c.mailable.is_(False)).values(mailable=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Counts of one document: seen = new + known; new is the sum of the three below it."""

    seen: int = 0
    new: int = 0
    of_new_articles: int = 0
    of_known_articles: int = 0
    without_page: int = 0


@dataclass(slots=True)
class _Sorted:
    """One document's entries, told apart by what is stored."""

    fresh: list[Entry] = field(default_factory=list)
    known: dict[int, Entry] = field(default_factory=dict)  # by entry id
    pruned: int = 0  # known by a key whose entry is gone
    pruned_keys: set[KeyId] = field(default_factory=set)


def keep_entries(
    tx: Connection,
    feed_id: int,
    document: FeedDocument,
    now: datetime,
    cycle: str,
    mailable_since: datetime | None,
) -> Kept:
    """Store what is new, refresh what is known, and count."""
    cut = _list_cut_entries(tx, feed_id, document.known_hashes, now)
    found = _sort_out(tx, feed_id, document.entries)
    _refresh(tx, feed_id, found, now)
    _mark_listed(tx, found.known.keys() - cut.keys(), found.pruned_keys, feed_id, now)
    counts = _keep_new(tx, feed_id, found.fresh, now, cycle, mailable_since)
    # Items cut as known whose entry was pruned in the meantime: known all the same.
    lost = len(set(document.known_hashes) - set(cut.values()))
    new, known = len(found.fresh), len(cut.keys() | found.known.keys())
    return Kept(seen=new + known + found.pruned + lost, new=new, **counts)


def owners(tx: Connection, addresses: Iterable[str]) -> dict[str, int]:
    """Of those addresses that belong to an article, which one that is."""
    return {row.address: row.article_id for row in for_each(tx, OWNERS, addresses)}


# ---- which are known


def _list_cut_entries(tx: Connection, feed_id: int, hashes: Sequence[str], now: datetime) -> dict[int, str]:
    """Entry ids of the items that the cutter left out, with their hashes; they are marked as listed."""
    return {row.id: row.raw_hash for row in for_each(tx, LIST_CUT_ENTRIES, hashes, feed=feed_id, now=now)}


def _sort_out(tx: Connection, feed_id: int, listed: Sequence[Entry]) -> _Sorted:
    """Any key that is known makes an entry known; two of one document that share a key are one."""
    values = [_stored_value(key) for entry in listed for key in entry.keys]
    rows = for_each(tx, KNOWN_KEYS, values, feed=feed_id)
    stored: dict[KeyId, int | None] = {(row.kind, row.value): row.entry_id for row in rows}
    found = _Sorted()
    taken: set[KeyId] = set()
    for entry in listed:
        keys = _key_ids(entry)
        met = [key for key in keys if key in stored]
        if not met and taken.isdisjoint(keys):
            found.fresh.append(entry)
        elif met:
            _sort_known(found, entry, [stored[key] for key in met], met, taken)
        taken.update(keys)
    return found


def _sort_known(
    found: _Sorted, entry: Entry, ids: list[int | None], met: list[KeyId], taken: set[KeyId]
) -> None:
    owner = next((entry_id for entry_id in ids if entry_id is not None), None)
    if owner is not None:
        found.known.setdefault(owner, entry)
    elif taken.isdisjoint(met):
        found.pruned += 1
    found.pruned_keys.update(key for key, entry_id in zip(met, ids, strict=True) if entry_id is None)


def _key_ids(entry: Entry) -> list[KeyId]:
    return [(str(key.kind), _stored_value(key)) for key in entry.keys]


def _stored_value(key: EntryKey) -> str:
    value = key.value.replace("\x00", "")
    if len(value) <= LONGEST_KEY:
        return value
    return "sha256:" + sha256(value.encode("utf-8", "replace")).hexdigest()


# ---- those that are known


def _refresh(tx: Connection, feed_id: int, found: _Sorted, now: datetime) -> None:
    """What changed about known entries: their fields, their keys, a new address of their article."""
    if not found.known:
        return
    stored = for_each(tx, STORED_ENTRIES, found.known)
    changed = [row for row in stored if _differs(row, found.known[row.id])]
    if not changed:
        return
    tx.execute(CHANGE_ENTRY, [{"entry": row.id, **_fields(found.known[row.id])} for row in changed])
    insert_ignore(tx, entry_keys, _key_rows(feed_id, [(row.id, found.known[row.id]) for row in changed], now))
    moved = [
        _address_row(address, row.article_id, now)
        for row in changed
        if (link := found.known[row.id].link) != row.link and (address := canonical(link or ""))
    ]
    insert_ignore(tx, article_addresses, sorted(moved, key=itemgetter("address")))


def _differs(stored: Row[Any], entry: Entry) -> bool:
    return bool(stored.raw_hash != entry.raw_hash or stored.fields_hash != _fields_hash(entry))


def _mark_listed(
    tx: Connection, ids: Iterable[int], pruned: Iterable[KeyId], feed_id: int, now: datetime
) -> None:
    for part in chunks(sorted(ids)):
        tx.execute(LIST_ENTRIES, {"values": part, "now": now})
    keys = [{"feed": feed_id, "a_kind": kind, "a_value": value, "now": now} for kind, value in pruned]
    if keys:
        tx.execute(LIST_PRUNED_KEY, keys)


# ---- those that are new


def _keep_new(
    tx: Connection,
    feed_id: int,
    fresh: Sequence[Entry],
    now: datetime,
    cycle: str,
    mailable_since: datetime | None,
) -> dict[str, int]:
    if not fresh:
        return {}
    addresses = [_address(feed_id, entry) for entry in fresh]
    firsts: dict[str, Entry] = {}
    for address, entry in zip(addresses, fresh, strict=True):
        firsts.setdefault(address, entry)
    owned = owners(tx, firsts)
    created = _create_articles(
        tx, {a: e for a, e in firsts.items() if a not in owned}, now, cycle, mailable_since
    )
    # The loser of a race against another process finds the winner's articles here.
    owned |= created | owners(tx, [a for a in firsts if a not in owned and a not in created])
    article_ids = [owned[address] for address in addresses]
    _make_mailable(tx, fresh, article_ids, set(created.values()), mailable_since)
    rows = [
        _entry_row(feed_id, article_id, entry, now, cycle)
        for article_id, entry in zip(article_ids, fresh, strict=True)
    ]
    ids = insert_many(tx, entries, rows)
    insert_ignore(tx, entry_keys, _key_rows(feed_id, zip(ids, fresh, strict=True), now))
    without_page = sum(address.startswith("entry:") for address in addresses)
    of_new = sum(not address.startswith("entry:") for address in created)
    return {
        "of_new_articles": of_new,
        "without_page": without_page,
        "of_known_articles": len(fresh) - of_new - without_page,
    }


def _address(feed_id: int, entry: Entry) -> str:
    """What its article is known by: the page's canonical address, else the entry itself."""
    page = canonical(entry.link) if entry.link else None
    if page is not None:
        return page
    kind, value = _key_ids(entry)[0]
    return f"entry:{feed_id}/{value if kind == 'guid' else f'{kind}:{value}'}"


def _create_articles(
    tx: Connection,
    firsts: dict[str, Entry],
    now: datetime,
    cycle: str,
    mailable_since: datetime | None,
) -> dict[str, int]:
    """One pending article for each address that nobody has taken in the meantime."""
    # One order for all writers, or two on Postgres may wait for each other's addresses.
    wanted = sorted(firsts)
    rows = [_article_row(address, firsts[address], now, cycle, mailable_since) for address in wanted]
    ids = dict(zip(wanted, insert_many(tx, articles, rows), strict=True))
    mine = insert_new(tx, article_addresses, [_address_row(address, ids[address], now) for address in wanted])
    created = {address: ids[address] for address in mine}
    if len(created) < len(ids):
        late = [ids[address] for address in ids.keys() - created.keys()]
        tx.execute(delete(articles).where(articles.c.id.in_(late)))
    return created


def _make_mailable(
    tx: Connection,
    fresh: Sequence[Entry],
    article_ids: Sequence[int],
    created: set[int],
    mailable_since: datetime | None,
) -> None:
    """An article that came unmailable from a new feed's archive is news once another feed lists it."""
    listed = {
        article_id
        for entry, article_id in zip(fresh, article_ids, strict=True)
        if article_id not in created and _mailable(entry, mailable_since)
    }
    for part in chunks(sorted(listed)):
        tx.execute(MAKE_MAILABLE, {"values": part})


def _mailable(entry: Entry, since: datetime | None) -> bool:
    return since is None or entry.published_at is None or entry.published_at >= since


def plausible(claimed: datetime | None, now: datetime) -> datetime | None:
    """A claimed date as far as it can be believed: never ahead of now; None where it is nonsense."""
    if claimed is None or claimed < EARLIEST or claimed > now + CLOCK_ERROR:
        return None
    return min(claimed, now)


# ---- rows


def _article_row(
    address: str, entry: Entry, now: datetime, cycle: str, mailable_since: datetime | None
) -> dict[str, Any]:
    published_at = plausible(entry.published_at, now)
    has_page = not address.startswith("entry:")
    return {
        "url": entry.link if has_page else address,
        "canonical_url": address if has_page else None,
        "title": entry.title,
        "author": entry.author,
        "site": site(address) if has_page else "",
        "outlet": "",
        "language": entry.language and entry.language[:20],
        "published_at": published_at,
        "published_claimed": entry.published_claimed,
        "published_source": "feed" if published_at else None,
        "first_seen_at": now,
        "newest_at": published_at or now,
        "status": BodyStatus.PENDING,
        "status_evidence": [],
        "method": Method.NONE,
        "tries": 0,
        "next_try_at": now,
        "mailable": _mailable(entry, mailable_since),
        "revision": 0,
        "words": 0,
        "cycle": cycle,
    }


def _address_row(address: str, article_id: int, now: datetime) -> dict[str, Any]:
    return {
        "address": address,
        "article_id": article_id,
        "kind": AddressKind.LISTED,
        "first_seen_at": now,
    }


def _entry_row(feed_id: int, article_id: int, entry: Entry, now: datetime, cycle: str) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "article_id": article_id,
        "first_seen_at": now,
        "last_listed_at": now,
        "cycle": cycle,
        **_fields(entry),
    }


def _fields(entry: Entry) -> dict[str, Any]:
    return {
        "raw_hash": entry.raw_hash,
        "fields_hash": _fields_hash(entry),
        "guid": entry.id,
        "title": entry.title,
        "link": entry.link,
        "published_at": entry.published_at,
        "published_claimed": entry.published_claimed,
        "author": entry.author,
        "summary": entry.summary,
        "content": entry.content,
        "categories": list(entry.categories),
        "language": entry.language,
    }


def _fields_hash(entry: Entry) -> str:
    fields = (
        entry.id, entry.title, entry.link, entry.published_claimed, entry.author, entry.summary,
        entry.content, entry.categories, entry.language,
    )  # fmt: skip
    return sha256(json.dumps(fields).encode()).hexdigest()


def _key_rows(feed_id: int, owned: Iterable[tuple[int, Entry]], now: datetime) -> list[dict[str, Any]]:
    rows = {
        (kind, value): {
            "feed_id": feed_id,
            "kind": kind,
            "value": value,
            "entry_id": entry_id,
            "last_listed_at": now,
        }
        for entry_id, entry in owned
        for kind, value in _key_ids(entry)
    }
    return [rows[key] for key in sorted(rows)]
