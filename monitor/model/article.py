"""A web page once: what an extractor made of it, what kind of page it was, which text was judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class BodyStatus(StrEnum):
    """What the page was."""

    PENDING = "pending"  # not tried yet
    FULL = "full"
    TEASER = "teaser"  # only the beginning is there
    PAYWALL = "paywall"
    CONSENT = "consent"
    BLOCKED = "blocked"  # a bot wall
    REFUSED = "refused"  # by robots.txt or the address guard; not retried
    GONE = "gone"
    NOT_ARTICLE = "not_article"
    FAILED = "failed"  # will be retried


class JudgedOn(StrEnum):
    """Which text a verdict looked at."""

    BODY = "body"
    FEED_TEXT = "feed_text"
    TEASER = "teaser"
    TITLE = "title"


class Role(StrEnum):
    """An article's part in a story of several."""

    ORIGINAL = "original"
    REPRINT = "reprint"


class Method(StrEnum):
    """How a text was had."""

    TRAFILATURA = "trafilatura"
    RESILIPARSE = "resiliparse"  # the second reading, where it was the fuller or the likelier one
    JSON_LD = "json_ld"  # articleBody of the page's own data
    FEED_CONTENT = "feed_content"
    FEED_SUMMARY = "feed_summary"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedKnowledge:
    """What the feeds said about an article before its page was read."""

    title: str = ""
    author: str | None = None
    published_at: datetime | None = None
    summary: str = ""  # plain text
    content: str = ""  # plain text; '' where the feed carries no full text
    language: str | None = None
    categories: tuple[str, ...] = ()
    outlet: str = ""  # the title of a feed of the article's own site; '' where only others list it


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the extractor made of one page."""

    status: BodyStatus
    text: str = ""  # paragraphs parted by a newline; '' unless status is full, teaser or paywall
    title: str | None = None
    author: str | None = None  # several joined by ', '
    published_on: date | None = None  # in the page's own zone
    published_at: datetime | None = None  # UTC, where the page gives a time with zone
    language: str | None = None  # ISO 639-1
    site_name: str | None = None  # the publisher's name for itself
    canonical_url: str | None = None  # rel=canonical, else og:url: absolute, as claimed
    method: Method = Method.NONE
    evidence: tuple[str, ...] = ()  # why this status, for people
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingArticle:
    """A stored article whose page is to be fetched."""

    id: int
    url: str  # as listed; what is fetched
    site: str  # scheme://host[:port], what politeness is counted by
    tries: int = 0  # page fetches so far
    first_seen_at: datetime
    newest_at: datetime  # published, else first seen: newest first per host


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that a judge looks at, with where it came from."""

    title: str
    body: str
    judged_on: JudgedOn
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What makes two texts the same report."""

    text_hash: str | None = None  # of the normalised text; None: too short to say anything
    words: int = 0
    shingles: tuple[int, ...] = field(default=())  # sampled hashes, sorted; () where too short
