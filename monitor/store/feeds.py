"""Subscriptions: which are due, what a poll changes about one, and what people do to them.

What a poll found in a feed is stored by `entries.py`; the two meet in `record_poll`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, delete, func, select, update

from monitor.model.feed import Feed, FeedDocument, FeedState, FeedUpdate, Polled, PollOutcome
from monitor.model.specs import FeedOptions, FeedSpec
from monitor.model.stored import StoredAttempt, StoredFeed
from monitor.model.web import Validators
from monitor.store.entries import Kept, keep_entries
from monitor.store.rows import for_each, insert_ignore, one_of, select_in
from monitor.store.schema import entries, feed_addresses, feeds, poll_attempts

# Enough to see how a feed has behaved for days; more would be the largest table within a year.
ATTEMPTS_KEPT = 50

DURATIONS = ("min_interval", "max_interval")

VANISHED = "no longer in the configuration"

# States in which no poll is made, whatever the time.
AT_REST = (FeedState.GONE, FeedState.BLOCKED, FeedState.PAUSED)

# ---- what every poll asks and writes: built once, because that costs more than running it

# Which items, by the hash of their bytes, a feed has listed before.
KNOWN_HASHES = select(entries.c.raw_hash).where(
    entries.c.feed_id == bindparam("feed"), one_of(entries.c.raw_hash)
)

# The row of a feed, held until the end: two polls of one feed at once come one after the other.
HOLD_FEED: Select[Any] = (
    select(feeds.c.id, feeds.c.url, feeds.c.state).where(feeds.c.id == bindparam("feed")).with_for_update()
)

# Whichever columns are given.
CHANGE_FEED = update(feeds).where(feeds.c.id == bindparam("feed"))

INSERT_ATTEMPT = poll_attempts.insert()

# All attempts at a feed but the last ones.
FORGET_ATTEMPTS = delete(poll_attempts).where(
    poll_attempts.c.feed_id == bindparam("feed"),
    poll_attempts.c.id
    <= select(poll_attempts.c.id)
    .where(poll_attempts.c.feed_id == bindparam("feed"))
    .order_by(poll_attempts.c.id.desc())
    .offset(ATTEMPTS_KEPT)
    .limit(1)
    .scalar_subquery(),
)


def due_feeds(tx: Connection, now: datetime, *, everything: bool = False) -> list[Feed]:
    """The feeds to be asked now, longest due first.

    `everything`: all but those gone, blocked, paused, or within a wait that the server asked for.
    """
    due: ColumnElement[bool] = feeds.c.next_poll_at <= now
    if everything:
        due = due | (feeds.c.state != FeedState.THROTTLED)
    query = select(feeds).where(_is_asked(), due).order_by(feeds.c.next_poll_at, feeds.c.id)
    return [_feed(row) for row in tx.execute(query)]


def next_due_at(tx: Connection) -> datetime | None:
    """When the next feed is due; None when none will ever be."""
    soonest: datetime | None = tx.execute(
        select(func.min(feeds.c.next_poll_at)).where(_is_asked())
    ).scalar_one()
    return soonest


def known_hashes(tx: Connection, feed_id: int, hashes: Iterable[str]) -> frozenset[str]:
    """Which of these items, by the hash of their bytes, are stored exactly so: they need no parsing."""
    return frozenset(row[0] for row in for_each(tx, KNOWN_HASHES, hashes, feed=feed_id))


def record_poll(
    tx: Connection,
    feed: Feed,
    change: FeedUpdate,
    document: FeedDocument | None,
    now: datetime,
    cycle: str,
    *,
    mailable_since: datetime | None = None,
) -> Polled:
    """All that one poll changes, in one go: the feed, the attempt, its entries, their articles.

    `document` is None when nothing was read (a 304, a failure): then no entry is seen. Entries that
    claim to be older than `mailable_since` make articles that are never mailed.
    """
    before = tx.execute(HOLD_FEED, {"feed": feed.id}).one()
    kept = keep_entries(tx, feed.id, document, now, cycle, mailable_since) if document else Kept()
    outcome = PollOutcome.NEW if kept.new else change.outcome
    _record_change(tx, before, change, now)
    _record_attempt(tx, change, outcome, kept, now, cycle)
    return Polled(
        url=feed.url,
        outcome=outcome,
        seen=kept.seen,
        new=kept.new,
        of_new_articles=kept.of_new_articles,
        of_known_articles=kept.of_known_articles,
        without_page=kept.without_page,
        error=change.error,
        newly_gone=change.state == FeedState.GONE and before.state != FeedState.GONE,
    )


def add_feed(tx: Connection, spec: FeedSpec, now: datetime, *, origin: str = "command") -> bool:
    """Subscribe; False when there is such a feed already. One that was removed comes back as it was."""
    if (known := _by_address(tx, spec.url)) is None:
        _insert(tx, spec, now, origin)
        return True
    if known.removed_at is None:
        return False
    _set(tx, known.id, removed_at=None, origin=origin, **_wishes(spec), **_active(now, "added again"))
    return True


def remove_feed(tx: Connection, feed_id: int, now: datetime) -> None:
    """Unsubscribe. What it brought stays, and so does its row: the configuration does not bring it back."""
    _set(tx, feed_id, removed_at=now)


def pause_feed(tx: Connection, feed_id: int, now: datetime) -> None:
    """Ask it no more until a person resumes it."""
    _set(tx, feed_id, state=FeedState.PAUSED, paused_by="person", next_poll_reason="paused by a person")


def resume_feed(tx: Connection, feed_id: int, now: datetime) -> None:
    """Ask it again at once, also one that was gone or blocked."""
    _set(tx, feed_id, **_active(now, "resumed"))


def sync_config(tx: Connection, specs: Sequence[FeedSpec], now: datetime) -> int:
    """Make the subscriptions what [[feeds]] says; the number of those added.

    Those lacking are added, options set anew. Feeds of the file that vanished from it are paused, and
    resumed when they are back. One removed by command stays removed.
    """
    wanted = {spec.url.strip(): spec for spec in specs}
    known = _by_addresses(tx, wanted)
    for url, spec in wanted.items():
        if url in known:
            _sync_known(tx, known[url], spec, now)
        else:
            _insert(tx, spec, now, "config")
    _pause_vanished(tx, wanted)
    return len(wanted) - len(known)


def find_feed(tx: Connection, url: str) -> Feed | None:
    """The feed that has, or once had, this address; None also for one that was removed."""
    known = _present(tx, url)
    return _feed(known) if known else None


def stored_feeds(tx: Connection, *, removed: bool = False) -> list[StoredFeed]:
    """All subscriptions in the order in which they were added; with `removed`, those too."""
    count = select(entries.c.feed_id, func.count().label("entries")).group_by(entries.c.feed_id).subquery()
    query = select(feeds, func.coalesce(count.c.entries, 0).label("entries"))
    query = query.outerjoin(count, count.c.feed_id == feeds.c.id).order_by(feeds.c.id)
    if not removed:
        query = query.where(feeds.c.removed_at.is_(None))
    return [_stored(row) for row in tx.execute(query)]


def attempts(tx: Connection, feed_id: int, limit: int = ATTEMPTS_KEPT) -> list[StoredAttempt]:
    """The last polls of a feed, newest first."""
    query = select(poll_attempts).where(poll_attempts.c.feed_id == feed_id)
    rows = tx.execute(query.order_by(poll_attempts.c.id.desc()).limit(limit)).mappings()
    return [StoredAttempt(**{name: row[name] for name in _ATTEMPT}) for row in rows]


# ---- one poll


def _record_change(tx: Connection, before: Row[Any], change: FeedUpdate, now: datetime) -> None:
    validators = change.validators or Validators()
    values = {
        "state": change.state,
        "failures": change.failures,
        "failing_since": change.failing_since,
        "last_error": change.error,
        "last_polled_at": now,
        "next_poll_at": change.next_poll_at,
        "next_poll_reason": change.next_poll_reason,
        "interval_seconds": change.interval.total_seconds(),
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "body_hash": validators.body_hash,
    }
    if before.state == FeedState.PAUSED:  # by a person, while the poll was under way
        del values["state"]
    if change.succeeded:
        values["last_success_at"] = now
    values |= {name: value for name in ("title", "site_url") if (value := getattr(change, name))}
    if change.url and change.url != before.url:
        values |= _moved(tx, before, change.url, now)
    _set(tx, before.id, **values)


def _moved(tx: Connection, before: Row[Any], url: str, now: datetime) -> dict[str, Any]:
    """The new address, unless another feed has it: then the two have become one, and this one ends."""
    insert_ignore(tx, feed_addresses, [{"address": url, "feed_id": before.id}])
    owner = tx.execute(select(feed_addresses.c.feed_id).where(feed_addresses.c.address == url)).scalar_one()
    if owner == before.id:
        return {"url": url}
    mine = feed_addresses.c.feed_id == before.id
    tx.execute(update(feed_addresses).where(mine).values(feed_id=owner))
    return {"removed_at": now, "last_error": f"moved to {url}, which is another feed here"}


def _record_attempt(
    tx: Connection, change: FeedUpdate, outcome: PollOutcome, kept: Kept, now: datetime, cycle: str
) -> None:
    row = {
        "feed_id": change.feed_id,
        "cycle": cycle,
        "at": now,
        "outcome": outcome,
        "detail": change.detail,
        "status": change.status,
        "error": change.error,
        "seconds": change.seconds,
        "body_bytes": change.body_bytes,
        "seen": kept.seen,
        "new": kept.new,
    }
    tx.execute(INSERT_ATTEMPT, row)
    tx.execute(FORGET_ATTEMPTS, {"feed": change.feed_id})


# ---- rows


def _is_asked() -> ColumnElement[bool]:
    return and_(feeds.c.state.not_in(AT_REST), feeds.c.removed_at.is_(None))


def _by_address(tx: Connection, url: str) -> Row[Any] | None:
    found = select(feeds).join(feed_addresses, feed_addresses.c.feed_id == feeds.c.id)
    return tx.execute(found.where(feed_addresses.c.address == url.strip())).one_or_none()


def _present(tx: Connection, url: str) -> Row[Any] | None:
    known = _by_address(tx, url)
    return known if known is not None and known.removed_at is None else None


def _by_addresses(tx: Connection, urls: Iterable[str]) -> dict[str, Row[Any]]:
    found = select(feed_addresses.c.address, feeds).join(feeds, feeds.c.id == feed_addresses.c.feed_id)
    return {row.address: row for row in select_in(tx, found, feed_addresses.c.address, urls)}


def _sync_known(tx: Connection, known: Row[Any], spec: FeedSpec, now: datetime) -> None:
    """Nothing is written where nothing changed: every command that opens the database comes by here."""
    values = {"origin": "config", **_wishes(spec)}
    if known.paused_by == "config":
        values |= _active(now, "back in the configuration")
    if any(getattr(known, name) != value for name, value in values.items()):
        _set(tx, known.id, **values)


def _insert(tx: Connection, spec: FeedSpec, now: datetime, origin: str) -> int:
    """A new row, or that of a writer who was faster by a moment."""
    url = spec.url.strip()
    row = {
        "url": url,
        "original_url": url,
        "title": "",
        "site_url": None,
        "added_at": now,
        "origin": origin,
        **_wishes(spec),
        **_active(now, "new"),
    }
    insert_ignore(tx, feeds, [row])
    feed_id = int(tx.execute(select(feeds.c.id).where(feeds.c.url == url)).scalar_one())
    insert_ignore(tx, feed_addresses, [{"address": url, "feed_id": feed_id}])
    return feed_id


def _wishes(spec: FeedSpec) -> dict[str, Any]:
    return {"given_title": spec.title, "tags": list(spec.tags), "options": _options_to_data(spec.options)}


def _active(now: datetime, reason: str) -> dict[str, Any]:
    return {
        "state": FeedState.ACTIVE,
        "paused_by": None,
        "failures": 0,
        "failing_since": None,
        "next_poll_at": now,
        "next_poll_reason": reason,
    }


def _set(tx: Connection, feed_id: int, **values: Any) -> None:
    tx.execute(CHANGE_FEED, {"feed": feed_id, **values})


def _pause_vanished(tx: Connection, urls: Iterable[str]) -> None:
    """Those that the configuration brought and that none of its addresses leads to any more."""
    listed = {row.id for row in _by_addresses(tx, urls).values()}
    brought = (feeds.c.origin == "config", feeds.c.state != FeedState.PAUSED)
    for row in tx.execute(select(feeds.c.id).where(*brought)).all():
        if row.id not in listed:
            _set(tx, row.id, state=FeedState.PAUSED, paused_by="config", next_poll_reason=VANISHED)


def _options_to_data(options: FeedOptions) -> dict[str, Any]:
    """Only what was set; durations in seconds."""
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in asdict(options).items()
        if value is not None
    }


def _options(data: dict[str, Any]) -> FeedOptions:
    durations = {name: timedelta(seconds=data[name]) for name in DURATIONS if name in data}
    return FeedOptions(**{**data, **durations})


def _feed(row: Row[Any]) -> Feed:
    options = _options(row.options)
    return Feed(
        id=row.id,
        url=row.url,
        original_url=row.original_url,
        title=row.given_title or row.title,
        state=FeedState(row.state),
        failures=row.failures,
        failing_since=row.failing_since,
        validators=Validators(etag=row.etag, last_modified=row.last_modified, body_hash=row.body_hash),
        interval=None if row.interval_seconds is None else timedelta(seconds=row.interval_seconds),
        last_success_at=row.last_success_at,
        next_poll_at=row.next_poll_at,
        min_interval=options.min_interval,
        max_interval=options.max_interval,
        auth_file=options.auth_file,
        header_file=options.header_file,
        cookie_file=options.cookie_file,
        proxy=options.proxy,
    )


def _stored(row: Row[Any]) -> StoredFeed:
    return StoredFeed(
        id=row.id,
        url=row.url,
        original_url=row.original_url,
        title=row.given_title or row.title,
        site_url=row.site_url,
        tags=tuple(row.tags),
        state=row.state,
        failures=row.failures,
        last_error=row.last_error,
        last_success_at=row.last_success_at,
        next_poll_at=row.next_poll_at,
        next_poll_reason=row.next_poll_reason,
        entries=row.entries,
        origin=row.origin,
        added_at=row.added_at,
        removed_at=row.removed_at,
        paused_by=row.paused_by,
        options=_options(row.options),
    )


_ATTEMPT = ("at", "cycle", "outcome", "detail", "status", "error", "seconds", "body_bytes", "seen", "new")
