"""The tables, each column in words. Data only: who reads and writes them stands in the other modules.

Migrations build the same tables step by step; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

# The newest migration. Kept here so that a command learns in a millisecond whether the database fits;
# a test holds it equal to what the migrations say.
REVISION = "20261125_0900"

FORMAT = "%Y-%m-%d %H:%M:%S.%f"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware, UTC, to the microsecond.

    Postgres: timestamptz. SQLite: text of fixed width, so that order and ranges are those of the text,
    and its own date functions and people can read it.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = String(26) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value!r}")
        value = value.astimezone(UTC)
        # strftime does not pad years below 1000; isoformat does.
        return (
            value.replace(tzinfo=None).isoformat(" ", "microseconds") if dialect.name == "sqlite" else value
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def scrub(value: Any) -> Any:
    """Without what a database cannot hold: NUL (Postgres) and lone surrogates (both), at any depth."""
    if isinstance(value, str):
        if "\x00" in value:
            value = value.replace("\x00", "")
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {scrub(key): scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return value


class Words(TypeDecorator[str]):
    """Text from the web, of any length, scrubbed on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(scrub(value))


class Data(TypeDecorator[Any]):
    """JSON kept as it was written (order and all), scrubbed on its way in; None is SQL's NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return scrub(value)


# 64 bits on Postgres; SQLite counts up only in a plain INTEGER, which has 64 bits there anyway.
Key = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Key, primary_key=True, autoincrement=True)


def _to(target: str, name: str, *, null: bool = False, primary_key: bool = False) -> Column[int]:
    return Column(name, Key, ForeignKey(target, ondelete="CASCADE"), nullable=null, primary_key=primary_key)


# ---- what runs

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),  # 'salt': what forgotten addresses are hashed with
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", String(40), primary_key=True),  # as in the logs
    Column("kind", String(20), nullable=False),  # once, run, demo
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),  # null: running, or killed
    Column("summary", Data),  # the counters
    Index("ix_cycles_started_at", "started_at"),
)

# ---- feeds and what they list

feeds = Table(
    "feeds",
    metadata,
    _id(),
    Column("url", Words, nullable=False, unique=True),  # where it is asked now
    Column("original_url", Words, nullable=False),  # as it was added
    Column("title", Words, nullable=False),  # its own
    Column("given_title", Words, nullable=False),  # a person's; goes first unless ''
    Column("site_url", Words),
    Column("tags", Data, nullable=False),  # list of words
    Column("state", String(20), nullable=False),  # a FeedState
    Column("paused_by", String(10)),  # 'person', 'config' (vanished from the file); null while not paused
    Column("failures", Integer, nullable=False),  # in a row
    Column("failing_since", UtcDateTime),
    Column("last_error", Words),  # null after a success
    Column("last_polled_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),  # null: never read yet
    Column("next_poll_at", UtcDateTime, nullable=False),
    Column("next_poll_reason", Words, nullable=False),  # for people
    Column("interval_seconds", Float),  # between the last two polls; null before the first
    Column("etag", Words),  # byte for byte as it came
    Column("last_modified", Words),
    Column("body_hash", String(64)),
    Column("options", Data, nullable=False),  # see FeedOptions; intervals in seconds
    Column("origin", String(10), nullable=False),  # 'config' or 'command': who brought it
    Column("added_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),  # removed by command; the configuration does not bring it back
    Index("ix_feeds_next_poll_at", "next_poll_at"),
)

# Every address a feed ever had, the present one too: a [[feeds]] line with an old one finds its feed.
feed_addresses = Table(
    "feed_addresses",
    metadata,
    Column("address", Words, primary_key=True),
    _to("feeds.id", "feed_id"),
    Index("ix_feed_addresses_feed_id", "feed_id"),
)

poll_attempts = Table(
    "poll_attempts",
    metadata,
    _id(),
    _to("feeds.id", "feed_id"),
    Column("cycle", String(40)),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(20), nullable=False),  # a PollOutcome
    Column("detail", Words, nullable=False),  # the FetchOutcome's or the parser's word
    Column("status", Integer),  # HTTP; null where none came
    Column("error", Words),
    Column("seconds", Float, nullable=False),
    Column("body_bytes", BigInteger, nullable=False),
    Column("seen", Integer, nullable=False),  # entries listed
    Column("new", Integer, nullable=False),  # of these, not known before
    Index("ix_poll_attempts_feed_id_id", "feed_id", "id"),
)

articles = Table(
    "articles",
    metadata,
    _id(),
    Column("url", Words, nullable=False),  # as first listed; what is fetched
    Column("canonical_url", Words),
    Column("title", Words, nullable=False),  # the feed's headline, the page's where that is empty
    Column("author", Words),
    Column("site", Words, nullable=False),  # scheme://host[:port]; '' for an entry without a page
    Column("outlet", Words, nullable=False),  # the publisher's name; '' until known
    Column("language", String(20)),  # ISO 639-1, or what the feed said
    Column("published_at", UtcDateTime),  # the feed's unless implausible, else the page's; never ahead
    Column("published_claimed", Words),  # what was said, whatever became of it
    Column("published_source", String(10)),  # 'feed' or 'page'
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("newest_at", UtcDateTime, nullable=False),  # published, else first seen: the order of lists
    Column("status", String(20), nullable=False),  # a BodyStatus
    Column("status_evidence", Data, nullable=False),  # why, for people
    Column("method", String(20), nullable=False),  # a Method
    Column("error", Words),
    Column("http_status", Integer),
    Column("tries", Integer, nullable=False),  # page fetches so far
    Column("next_try_at", UtcDateTime),  # when its page is to be read; null: it is done with
    Column("mailable", Boolean, nullable=False),  # false: too old at its feed's first poll
    Column("revision", Integer, nullable=False),  # number of the body that counts; 0: none
    Column("text_hash", String(64)),  # of the normalised text; null: too short to say anything
    Column("words", Integer, nullable=False),
    _to("stories.id", "story_id", null=True),  # null while pending
    Column("role", String(10)),  # original, reprint; null when alone
    _to("articles.id", "merged_into", null=True),  # proved to be that one; never a chain
    Column("read_at", UtcDateTime),  # when its page was last tried
    Column("cycle", String(40)),  # in which it was last handled
    Index("ix_articles_next_try_at", "next_try_at", sqlite_where=text("next_try_at IS NOT NULL"),
          postgresql_where=text("next_try_at IS NOT NULL")),
    Index("ix_articles_newest_at_id", "newest_at", "id"),
    Index("ix_articles_first_seen_at", "first_seen_at"),
    Index("ix_articles_text_hash", "text_hash"),
    Index("ix_articles_story_id", "story_id"),
    # Only aliases: with all rows in it, SQLite would list articles by this index and sort the archive.
    Index("ix_articles_merged_into", "merged_into", sqlite_where=text("merged_into IS NOT NULL"),
          postgresql_where=text("merged_into IS NOT NULL")),
    Index("ix_articles_site", "site"),
)  # fmt: skip

# Each address belongs to one article: this constraint is what makes an article one.
article_addresses = Table(
    "article_addresses",
    metadata,
    Column("address", Words, primary_key=True),  # canonical form, or 'entry:FEED-ID/KEY'
    _to("articles.id", "article_id"),
    Column("kind", String(10), nullable=False),  # an AddressKind
    Column("first_seen_at", UtcDateTime, nullable=False),
    Index("ix_article_addresses_article_id", "article_id"),
)

entries = Table(
    "entries",
    metadata,
    _id(),
    _to("feeds.id", "feed_id"),
    _to("articles.id", "article_id"),
    Column("raw_hash", String(64)),  # of the item's bytes; null where the cutter could not tell
    Column("fields_hash", String(64), nullable=False),  # of the columns below: whether it changed
    Column("guid", Words),
    Column("title", Words, nullable=False),
    Column("link", Words),
    Column("published_at", UtcDateTime),  # as claimed, may be implausible
    Column("published_claimed", Words),  # as the feed wrote it
    Column("author", Words),
    Column("summary", Words, nullable=False),  # HTML, sanitised
    Column("content", Words, nullable=False),  # HTML, sanitised
    Column("categories", Data, nullable=False),
    Column("language", Words),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_listed_at", UtcDateTime, nullable=False),
    Column("cycle", String(40)),  # that found it
    Index("ix_entries_feed_id_raw_hash", "feed_id", "raw_hash"),
    Index("ix_entries_article_id", "article_id"),
    Index("ix_entries_first_seen_at", "first_seen_at"),
)

entry_keys = Table(
    "entry_keys",
    metadata,
    _id(),
    _to("feeds.id", "feed_id"),
    Column("kind", String(12), nullable=False),  # a KeyKind
    Column("value", Words, nullable=False),  # hashed where longer than an index takes
    # Null: the entry was pruned. Its keys stay while the feed lists them and 90 days more.
    Column("entry_id", Key, ForeignKey("entries.id", ondelete="SET NULL")),
    Column("last_listed_at", UtcDateTime, nullable=False),  # kept exact only for pruned entries
    UniqueConstraint("feed_id", "value", "kind"),
    Index("ix_entry_keys_entry_id", "entry_id"),
)

revisions = Table(
    "revisions",
    metadata,
    _to("articles.id", "article_id", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("text", Words, nullable=False),
    Column("text_hash", String(64), nullable=False),  # SHA-256 of exactly this text
    Column("method", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

raw_pages = Table(
    "raw_pages",
    metadata,
    _to("articles.id", "article_id", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # the revision made of it; 0: none
    Column("at", UtcDateTime, nullable=False),
    Column("content_type", Words),
    Column("body", LargeBinary, nullable=False),  # zstd
    Index("ix_raw_pages_at", "at"),
)

# ---- stories

stories = Table(
    "stories",
    metadata,
    _id(),
    Column("created_at", UtcDateTime, nullable=False),
    _to("stories.id", "merged_into", null=True),  # never a chain
    Index("ix_stories_merged_into", "merged_into", sqlite_where=text("merged_into IS NOT NULL"),
          postgresql_where=text("merged_into IS NOT NULL")),
)  # fmt: skip

# Both directions are stored, so that 'related to this one' is one look.
story_links = Table(
    "story_links",
    metadata,
    _to("stories.id", "story_id", primary_key=True),
    _to("stories.id", "other_id", primary_key=True),
    Column("kind", String(10), nullable=False),  # 'related'
    Column("evidence", Data),
    Index("ix_story_links_other_id", "other_id"),
)

# ---- topics, verdicts, labels

topics = Table(
    "topics",
    metadata,
    Column("name", Words, primary_key=True),
    Column("state", String(10), nullable=False),  # active, paused (vanished from the file)
    Column("version", String(64), nullable=False),  # the current one
    Column("since", UtcDateTime, nullable=False),  # of this version
)

topic_versions = Table(
    "topic_versions",
    metadata,
    Column("topic", Words, ForeignKey("topics.name", ondelete="CASCADE"), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),  # first used
    Column("threshold", Float, nullable=False),
    Column("definition", Data, nullable=False),  # what it was made of
)

verdicts = Table(
    "verdicts",
    metadata,
    _id(),
    _to("articles.id", "article_id"),
    Column("revision", Integer, nullable=False),  # 0: the feed's own text
    Column("topic", Words, nullable=False),
    Column("topic_version", String(64), nullable=False),
    Column("score", Float, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("judged_on", String(12), nullable=False),  # a JudgedOn
    Column("similarity", Float, nullable=False),
    Column("keywords", Data, nullable=False),
    Column("reasons", Data, nullable=False),
    Column("passage", Words, nullable=False),
    Column("judged_at", UtcDateTime, nullable=False),
    Column("origin", String(10), nullable=False),  # a VerdictOrigin
    Column("mail", Boolean, nullable=False),  # whether it may bring a story into a digest
    Column("current", Boolean, nullable=False),
    Column("cycle", String(40)),
    UniqueConstraint("article_id", "revision", "topic", "topic_version"),
    # One decision counts, and two writers at once cannot make it two.
    Index("uq_verdicts_current", "article_id", "topic", unique=True, sqlite_where=text("current"),
          postgresql_where=text("current")),
    Index("ix_verdicts_topic_flagged_judged_at", "topic", "flagged", "judged_at"),
    Index("ix_verdicts_topic_current_score", "topic", "current", "score"),
)  # fmt: skip

labels = Table(
    "labels",
    metadata,
    _to("articles.id", "article_id", primary_key=True),
    Column("topic", Words, primary_key=True),
    Column("relevant", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("source", String(20), nullable=False),  # 'command', later 'web', 'mail'
)

# ---- lists, digests, deliveries

recipient_lists = Table(
    "recipient_lists",
    metadata,
    Column("name", Words, primary_key=True),
    Column("state", String(10), nullable=False),  # active, paused (vanished from the file)
    Column("topics", Data, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("at", String(8), nullable=False),
    Column("days", Data, nullable=False),
    Column("threshold", Float),  # null: each topic's own
    Column("joined_at", UtcDateTime, nullable=False),
    Column("period_start", UtcDateTime, nullable=False),  # where the running period began
    Column("next_digest_at", UtcDateTime, nullable=False),
    Index("ix_recipient_lists_next_digest_at", "next_digest_at"),
)

recipients = Table(
    "recipients",
    metadata,
    Column("list", Words, ForeignKey("recipient_lists.name", ondelete="CASCADE"), primary_key=True),
    Column("address", Words, primary_key=True),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("receives_from", UtcDateTime, nullable=False),  # 00:00 of the day it joined, in the list's zone
    Column("removed_at", UtcDateTime),  # no longer in the file
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address", Words, primary_key=True),  # in lower case, or 'forgotten:' and a salted hash
    Column("at", UtcDateTime, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    _id(),
    Column("list", Words, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("frozen_at", UtcDateTime, nullable=False),
    Column("cycle", String(40)),
    Column("frozen", Data, nullable=False),  # all that is needed to render it again
    UniqueConstraint("list", "since"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _to("digests.id", "digest_id"),
    Column("list", Words, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("channel", String(20), nullable=False),  # 'smtp'
    Column("state", String(12), nullable=False),  # a DeliveryState
    Column("tries", Integer, nullable=False),
    Column("first_tried_at", UtcDateTime),
    Column("next_try_at", UtcDateTime),  # null: not by itself
    Column("message_id", Words, nullable=False),
    Column("last_error", Words),
    Column("sent_at", UtcDateTime),
    Column("retried_unknown", Boolean, nullable=False, server_default=false()),  # the one extra try is spent
    UniqueConstraint("digest_id", "recipient"),
    Index("ix_deliveries_state", "state"),
    Index("ix_deliveries_list_recipient", "list", "recipient"),
)

delivery_items = Table(
    "delivery_items",
    metadata,
    _to("deliveries.id", "delivery_id", primary_key=True),
    _to("articles.id", "article_id", primary_key=True),
    Column("list", Words, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("story_id", Key, nullable=False),  # as it was then; stories merge and split, this stays
    Column("headline", Words, nullable=False),
    Column("text", Words, nullable=False),  # the extract as mailed
    Index("ix_delivery_items_article_id", "article_id"),
    Index("ix_delivery_items_list_recipient_article_id", "list", "recipient", "article_id"),
)
