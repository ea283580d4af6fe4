"""One issue for one recipient list and one period, and what became of its deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Half-open: since <= t < until. Both UTC; zone is the reader's."""

    since: datetime
    until: datetime
    zone: str  # IANA name


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedArticle:
    """A row for the composer: one article, its story, and its current verdict for one topic."""

    article_id: int
    story_id: int
    url: str
    title: str
    outlet: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime
    role: str | None  # original, reprint, or None when alone
    topic: str
    score: float
    flagged: bool  # false for near misses and for unflagged reprints of a flagged story
    judged_on: str
    why: str
    passage: str
    text: str  # the text the extract is cut from; '' where there is none
    first_flagged_at: datetime | None = None  # the story's first mail-worthy one; None for near misses


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScore:
    """Why a story is here, for one topic."""

    topic: str
    score: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestArticle:
    """One report of a story."""

    url: str
    outlet: str
    title: str
    published_at: datetime | None
    role: str | None
    article_id: int = 0  # not part of the record; what 'mailed' is remembered by


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """One item of a digest."""

    id: int
    headline: str
    url: str
    outlets: tuple[str, ...]  # names, original first, each once
    reprints: int
    related: tuple[int, ...]  # ids of other stories on the same event
    extract: str
    topics: tuple[TopicScore, ...]  # strongest first
    marks: tuple[str, ...]  # 'judged on the teaser', ...
    articles: tuple[DigestArticle, ...]  # original first
    language: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """Just below the threshold: one line."""

    headline: str
    url: str
    outlet: str
    topic: str
    score: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was looked at in the period and what was not; the counts add up."""

    feeds_checked: int = 0
    feeds_failing: tuple[str, ...] = ()  # 'title or url: reason'
    feeds_need_person: tuple[str, ...] = ()  # gone or blocked
    entries_new: int = 0
    articles: int = 0  # the sum of articles_by_status
    articles_by_status: tuple[tuple[str, int], ...] = ()
    judged_on: tuple[tuple[str, int], ...] = ()
    topics: tuple[str, ...] = ()  # 'name, version, threshold'
    undelivered: tuple[str, ...] = ()  # 'address: reason' of deliveries that wait or failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A composed issue; what is frozen, rendered and delivered."""

    to: str  # the recipient list's name
    period: Period
    stories: tuple[DigestStory, ...]  # strongest first
    near_misses: tuple[NearMiss, ...]
    coverage: Coverage


class DeliveryState(StrEnum):
    """What became of one digest for one recipient."""

    DUE = "due"  # frozen, not tried yet
    SENDING = "sending"  # on its way; found so after a crash, it counts as unknown
    SENT = "sent"
    RETRY = "retry"  # failed for now, next_try_at says when again
    FAILED = "failed"  # for good, until --retry or the recipient's next digest
    UNKNOWN = "unknown"  # the answer was lost
    SUPPRESSED = "suppressed"  # the address asked not to be mailed
    CLOSED = "closed"  # its stories went out otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One digest to one recipient over one channel."""

    id: int
    digest_id: int
    list_name: str
    recipient: str
    state: DeliveryState
    tries: int  # attempts so far
    first_tried_at: datetime | None
    next_try_at: datetime | None
    message_id: str  # derived from list, period and recipient: the same after a restore
    last_error: str | None = None
    retried_unknown: bool = False  # an unknown one was sent once more already: from here only --retry


class SendOutcome(StrEnum):
    """What a channel answered."""

    SENT = "sent"
    REFUSED = "refused"  # a 5xx to the recipient or to the message: for good
    LATER = "later"  # 4xx, no connection, TLS, login: says nothing about the message
    LOST = "lost"  # the connection dropped after the message was handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """One attempt at one delivery."""

    outcome: SendOutcome
    error: str | None = None  # for people, with the server's code and words


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUpdate:
    """What one attempt changes about a delivery."""

    delivery_id: int
    state: DeliveryState
    tries: int
    next_try_at: datetime | None
    error: str | None
    sent_at: datetime | None = None
    retried_unknown: bool = False  # to be stored as it stands here
