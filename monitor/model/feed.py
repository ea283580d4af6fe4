"""A feed, what it lists, and what one poll changes about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.web import Validators


class FeedState(StrEnum):
    """Where a feed stands with us."""

    ACTIVE = "active"
    THROTTLED = "throttled"  # the server asked us to wait
    BACKING_OFF = "backing_off"  # failing; will be tried again
    GONE = "gone"  # 410 or long 404: asks for a person
    BLOCKED = "blocked"  # its address is not allowed
    PAUSED = "paused"  # by a person, or no longer in the configuration


class PollOutcome(StrEnum):
    """What one poll came to, as the cycle's summary counts it."""

    NEW = "new"  # answered with at least one new entry
    UNCHANGED = "unchanged"  # answered without
    FAILED = "failed"
    THROTTLED = "throttled"


class KeyKind(StrEnum):
    """By what an entry is recognised."""

    GUID = "guid"
    LINK = "link"
    TITLE_DATE = "title_date"  # hash of title and date, for entries with neither


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKey:
    """One name under which a feed's entry is known; an entry may have several."""

    kind: KeyKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item that one feed lists."""

    keys: tuple[EntryKey, ...]  # strongest first, at least one
    id: str | None = None  # the feed's guid as sent
    title: str = ""  # plain text, no tags, no entities
    link: str | None = None  # absolute http(s), not canonicalised
    published_at: datetime | None = None  # UTC, as claimed; may be implausible
    published_claimed: str | None = None  # the date as the feed wrote it
    author: str | None = None  # several joined by ', '
    summary: str = ""  # HTML, sanitised
    content: str = ""  # HTML, sanitised; the full text where the feed carries it
    categories: tuple[str, ...] = ()
    language: str | None = None  # the feed's own claim
    raw_hash: str | None = None  # of the item's bytes in the feed; None where the cutter could not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """What a parser made of one answer."""

    title: str = ""
    site_url: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()  # those that were not cut as already known
    listed: int = 0  # all that the feed lists, the cut ones too
    known_hashes: tuple[str, ...] = ()  # raw_hash of each item that was cut: known, unchanged, still listed
    ttl: timedelta | None = None  # the feed's own wish (ttl, sy:updatePeriod)
    moved_to: str | None = None  # itunes:new-feed-url and its like
    error: str | None = None  # for people; None when it is a feed, however broken
    warning: str | None = None  # readable, but with this fault: 'cut in the middle'


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often feeds may be asked."""

    min_interval: timedelta = timedelta(minutes=10)
    max_interval: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscription with its polling state, as a poll needs it."""

    id: int
    url: str  # where it is asked now
    original_url: str  # as it was added
    title: str = ""
    state: FeedState = FeedState.ACTIVE
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    validators: Validators = Validators()
    interval: timedelta | None = None  # between the last two polls; None before the first
    last_success_at: datetime | None = None  # None: never read yet
    next_poll_at: datetime | None = None
    min_interval: timedelta | None = None  # the feed's own limits; None: those of [schedule]
    max_interval: timedelta | None = None
    auth_file: str | None = None  # one line 'user:password'
    header_file: str | None = None  # lines 'Name: value'
    cookie_file: str | None = None  # Netscape cookies.txt
    proxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedUpdate:
    """All that one poll changes about a feed, whatever came of it. Stored in one transaction."""

    feed_id: int
    outcome: PollOutcome  # NEW is decided by the store, which knows what was known; here UNCHANGED or worse
    detail: str  # the FetchOutcome's or parser's word, for the attempts' list
    status: int | None  # HTTP status, None where none came
    state: FeedState
    failures: int  # in a row; 0 after any answer we could read
    failing_since: datetime | None
    next_poll_at: datetime  # UTC; never before a wait that the server asked for
    next_poll_reason: str  # for people: 'Retry-After asked for 1 h'
    interval: timedelta  # kept to adapt the next one
    validators: Validators | None  # None: forget them and ask for the whole feed next time
    error: str | None  # for people; None after a success
    succeeded: bool  # whether last_success_at becomes now
    url: str | None = None  # the new address of a feed that moved for good; None: unchanged
    title: str | None = None
    site_url: str | None = None
    seconds: float = 0.0
    body_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll brought, for the cycle's counters."""

    url: str
    outcome: PollOutcome
    seen: int = 0  # entries listed
    new: int = 0
    of_new_articles: int = 0
    of_known_articles: int = 0
    without_page: int = 0
    error: str | None = None
    newly_gone: bool = False
