"""What the store tells people: the rows behind listings, records and `why`, as values.

They leave the store and never enter it again. A `--json` record is made from them in `cli/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.model.digest import DeliveryState
from monitor.model.specs import FeedOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttempt:
    """One poll of one feed."""

    at: datetime
    cycle: str | None
    outcome: str  # a PollOutcome
    detail: str
    status: int | None
    error: str | None
    seconds: float
    body_bytes: int
    seen: int
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFeed:
    """A subscription as `feeds list` and `feeds show` tell it."""

    id: int
    url: str
    original_url: str
    title: str  # given by a person, else the feed's own
    site_url: str | None
    tags: tuple[str, ...]
    state: str  # a FeedState
    failures: int
    last_error: str | None
    last_success_at: datetime | None
    next_poll_at: datetime | None
    next_poll_reason: str
    entries: int  # stored
    origin: str  # 'config' or 'command'
    added_at: datetime
    removed_at: datetime | None
    paused_by: str | None  # 'person' or 'config'; None while not paused
    options: FeedOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVerdict:
    """One decision on one article, current or not."""

    topic: str
    topic_version: str
    revision: int  # 0: the feed's own text
    score: float
    flagged: bool
    judged_on: str
    similarity: float
    keywords: tuple[str, ...]
    reasons: tuple[dict[str, Any], ...]  # as `Reason`, its kind as a word
    passage: str
    judged_at: datetime
    origin: str  # a VerdictOrigin
    current: bool
    cycle: str | None

    @property
    def why(self) -> str:
        """The reasons in one line."""
        return "; ".join(str(reason["text"]) for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAddress:
    """One address of an article and how it came to be."""

    address: str
    kind: str  # an AddressKind
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as `articles list/show` tell it, and what `why` needs beyond that."""

    id: int
    url: str  # as listed
    canonical_url: str | None
    addresses: tuple[StoredAddress, ...]
    feeds: tuple[str, ...]  # URLs of the feeds that list it
    title: str
    author: str | None
    site: str
    outlet: str
    language: str | None
    published_at: datetime | None
    published_claimed: str | None  # as the feed or the page wrote it
    published_source: str | None  # 'feed' or 'page'
    first_seen_at: datetime
    status: str  # a BodyStatus
    status_evidence: tuple[str, ...]
    method: str
    error: str | None
    http_status: int | None
    tries: int
    next_try_at: datetime | None
    read_at: datetime | None
    mailable: bool
    revision: int
    words: int
    story: int | None
    role: str | None
    related: tuple[int, ...]
    verdicts: tuple[StoredVerdict, ...]  # the current ones
    merged: tuple[int, ...]  # ids of articles that proved to be this one
    cycle: str | None  # in which it was last handled
    text: str | None = None  # None: not asked for
    text_from: str | None = None  # 'body', 'feed' or 'none'; None: not asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBody:
    """Where the outcome of a visit was stored: what its verdicts belong to."""

    article_id: int  # another one than was asked for when the two proved to be one
    revision: int  # number of the body that counts; 0: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One feed's entry that lists an article."""

    feed_id: int
    feed_url: str
    title: str
    link: str | None
    published_claimed: str | None
    first_seen_at: datetime
    last_listed_at: datetime
    cycle: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InDigest:
    """One delivery that carried an article."""

    digest_id: int
    list_name: str
    since: datetime
    until: datetime
    recipient: str
    state: DeliveryState
    sent_at: datetime | None
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLabel:
    """A person's word on one article."""

    topic: str
    relevant: bool
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledText:
    """A labelled article with the text to judge: what `evaluate` and `train` read."""

    article_id: int
    title: str
    text: str
    language: str | None
    relevant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStory:
    """A story in a list: its original and how many reports it has."""

    id: int
    created_at: datetime
    headline: str
    url: str
    outlets: tuple[str, ...]  # original first, each once
    articles: int
    related: tuple[int, ...]
    score: float | None  # the best current one; None until judged
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTopic:
    """A topic as it stands."""

    name: str
    state: str  # 'active' or 'paused'
    version: str
    threshold: float
    since: datetime  # of this version
    articles_judged: int  # with this version
    articles_flagged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTopicVersion:
    """One version that a topic had."""

    topic: str
    version: str
    at: datetime
    threshold: float
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecipient:
    """One address of a list."""

    address: str
    joined_at: datetime
    receives_from: datetime  # nothing first flagged before goes to this address
    suppressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredList:
    """A recipient list with its running period."""

    name: str
    state: str  # 'active' or 'paused'
    topics: tuple[str, ...]
    zone: str
    at: str
    days: tuple[str, ...]
    threshold: float | None
    joined_at: datetime
    period_start: datetime
    next_digest_at: datetime
    recipients: tuple[StoredRecipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCycle:
    """One pass of the work."""

    id: str
    kind: str
    started_at: datetime
    finished_at: datetime | None  # None: running, or killed
    summary: dict[str, Any] | None
