"""One or more articles that carry the same report, as the room that decides about stories sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article whose story is to be found."""

    article_id: int
    story_id: int | None  # the story it is in so far; None where it has none yet
    title: str
    text_hash: str | None  # of the normalised text, as in Fingerprint; None: nothing to compare
    words: int  # that the hash was made of
    published_at: datetime | None
    first_seen_at: datetime
    site: str  # scheme://host[:port]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMember:
    """A stored article that may carry the same report."""

    article_id: int
    story_id: int
    title: str
    text_hash: str
    published_at: datetime | None
    first_seen_at: datetime
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an article belongs."""

    story_id: int | None  # the story to join; None: its own, an old or a new one
    merged_story_ids: tuple[int, ...] = ()  # other stories that prove to be the same one
    original_id: int | None = None  # the article that the others reprint; None for an article alone
    reason: str = ""  # for people; '' for an article alone
