"""What other rooms hand to the store to keep: subscriptions, topic versions, lists, a page that was read.

Values that go in. What comes out for people is in `monitor.model.stored`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from monitor.model.article import Article, Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """How one feed wants to be asked; None: as [schedule] and [fetch] say."""

    min_interval: timedelta | None = None
    max_interval: timedelta | None = None
    auth_file: str | None = None
    header_file: str | None = None
    cookie_file: str | None = None
    proxy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSpec:
    """One [[feeds]] section, one line of an OPML file, one `feeds add`."""

    url: str
    title: str = ""  # '': the feed's own
    tags: tuple[str, ...] = ()
    options: FeedOptions = FeedOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicVersion:
    """One configured topic as it stands now."""

    name: str
    version: str  # hash of rules, profile, threshold and model
    threshold: float
    definition: dict[str, Any] = field(default_factory=dict)  # what the version was made of, for `history`


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """One [[recipients]] section, with the two moments that only its zone can tell."""

    name: str
    to: tuple[str, ...]
    topics: tuple[str, ...]
    zone: str  # IANA name
    at: str  # 'HH:MM' in that zone
    days: tuple[str, ...]  # 'mon' ... 'sun'
    threshold: float | None = None  # None: each topic's own
    day_start: datetime  # 00:00 of today in the zone: where a list or recipient that is new begins
    next_digest_at: datetime  # the next `at` after now: when a list that is new is due


class AddressKind(StrEnum):
    """How an address came to belong to an article."""

    LISTED = "listed"  # a feed's link
    REDIRECT = "redirect"  # an address on the way
    FINAL = "final"  # where the redirects ended
    CANONICAL = "canonical"  # the page's own word, within its registrable domain


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """All that one visit to an article's page came to."""

    article: Article
    addresses: tuple[tuple[str, str], ...] = ()  # those that belong to the article, with their AddressKind
    http_status: int | None = None
    next_try_at: datetime | None = None  # None: not tried again
    raw: bytes | None = None  # the page, zstd-compressed; None: not kept
    content_type: str | None = None
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    outlet: str = ""  # the publisher's name; '': the page's own, else the host


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One article of one story in one delivery: what 'mailed' is remembered by."""

    article_id: int
    story_id: int
    headline: str
    text: str = ""  # the extract as it was mailed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One recipient's share of a digest that is about to be frozen."""

    recipient: str
    message_id: str
    items: tuple[DigestItem, ...] = ()
    channel: str = "smtp"
