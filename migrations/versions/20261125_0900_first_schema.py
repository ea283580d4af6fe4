"""The first schema: every table that CONTRACT's words need.

There are no old rows. No older program exists that could run beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_0900"
down_revision = None
branch_labels = None
depends_on = None

# As `monitor.store.schema` had them on this day; written out, because the schema there moves on.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(26), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cycles",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("summary", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycles")),
    )
    op.create_index("ix_cycles_started_at", "cycles", ["started_at"])
    op.create_table(
        "digests",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("cycle", sa.String(40)),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("list", "since", name=op.f("uq_digests_list_since")),
    )
    op.create_table(
        "feeds",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("original_url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("given_title", sa.Text(), nullable=False),
        sa.Column("site_url", sa.Text()),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("paused_by", sa.String(10)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("last_error", sa.Text()),
        sa.Column("last_polled_at", MOMENT),
        sa.Column("last_success_at", MOMENT),
        sa.Column("next_poll_at", MOMENT, nullable=False),
        sa.Column("next_poll_reason", sa.Text(), nullable=False),
        sa.Column("interval_seconds", sa.Float()),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("body_hash", sa.String(64)),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("url", name=op.f("uq_feeds_url")),
    )
    op.create_index("ix_feeds_next_poll_at", "feeds", ["next_poll_at"])
    op.create_table(
        "meta",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "recipient_lists",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("at", sa.String(8), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("threshold", sa.Float()),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("period_start", MOMENT, nullable=False),
        sa.Column("next_digest_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_recipient_lists")),
    )
    op.create_index("ix_recipient_lists_next_digest_at", "recipient_lists", ["next_digest_at"])
    op.create_table(
        "stories",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("merged_into", KEY),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["stories.id"], ondelete="CASCADE", name=op.f("fk_stories_merged_into")
        ),
    )
    op.create_index(
        "ix_stories_merged_into",
        "stories",
        ["merged_into"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "suppressions",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "topics",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_topics")),
    )
    op.create_table(
        "articles",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("canonical_url", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20)),
        sa.Column("published_at", MOMENT),
        sa.Column("published_claimed", sa.Text()),
        sa.Column("published_source", sa.String(10)),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("newest_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("status_evidence", sa.JSON(), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", MOMENT),
        sa.Column("mailable", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(64)),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("story_id", KEY),
        sa.Column("role", sa.String(10)),
        sa.Column("merged_into", KEY),
        sa.Column("read_at", MOMENT),
        sa.Column("cycle", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_articles_merged_into")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], ondelete="CASCADE", name=op.f("fk_articles_story_id")
        ),
    )
    op.create_index("ix_articles_first_seen_at", "articles", ["first_seen_at"])
    op.create_index(
        "ix_articles_merged_into",
        "articles",
        ["merged_into"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_articles_newest_at_id", "articles", ["newest_at", "id"])
    op.create_index(
        "ix_articles_next_try_at",
        "articles",
        ["next_try_at"],
        sqlite_where=sa.text("next_try_at IS NOT NULL"),
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index("ix_articles_site", "articles", ["site"])
    op.create_index("ix_articles_story_id", "articles", ["story_id"])
    op.create_index("ix_articles_text_hash", "articles", ["text_hash"])
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("digest_id", KEY, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", MOMENT),
        sa.Column("next_try_at", MOMENT),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("sent_at", MOMENT),
        sa.Column("retried_unknown", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("digest_id", "recipient", name=op.f("uq_deliveries_digest_id_recipient")),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digests.id"], ondelete="CASCADE", name=op.f("fk_deliveries_digest_id")
        ),
    )
    op.create_index("ix_deliveries_list_recipient", "deliveries", ["list", "recipient"])
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    op.create_table(
        "feed_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_feed_addresses")),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], ondelete="CASCADE", name=op.f("fk_feed_addresses_feed_id")
        ),
    )
    op.create_index("ix_feed_addresses_feed_id", "feed_addresses", ["feed_id"])
    op.create_table(
        "poll_attempts",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("cycle", sa.String(40)),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_attempts")),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], ondelete="CASCADE", name=op.f("fk_poll_attempts_feed_id")
        ),
    )
    op.create_index("ix_poll_attempts_feed_id_id", "poll_attempts", ["feed_id", "id"])
    op.create_table(
        "recipients",
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("receives_from", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("list", "address", name=op.f("pk_recipients")),
        sa.ForeignKeyConstraint(
            ["list"], ["recipient_lists.name"], ondelete="CASCADE", name=op.f("fk_recipients_list")
        ),
    )
    op.create_table(
        "story_links",
        sa.Column("story_id", KEY, nullable=False, autoincrement=False),
        sa.Column("other_id", KEY, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("evidence", sa.JSON()),
        sa.PrimaryKeyConstraint("story_id", "other_id", name=op.f("pk_story_links")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["stories.id"], ondelete="CASCADE", name=op.f("fk_story_links_other_id")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], ondelete="CASCADE", name=op.f("fk_story_links_story_id")
        ),
    )
    op.create_index("ix_story_links_other_id", "story_links", ["other_id"])
    op.create_table(
        "topic_versions",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "version", name=op.f("pk_topic_versions")),
        sa.ForeignKeyConstraint(
            ["topic"], ["topics.name"], ondelete="CASCADE", name=op.f("fk_topic_versions_topic")
        ),
    )
    op.create_table(
        "article_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_article_addresses")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_article_addresses_article_id")
        ),
    )
    op.create_index("ix_article_addresses_article_id", "article_addresses", ["article_id"])
    op.create_table(
        "delivery_items",
        sa.Column("delivery_id", KEY, nullable=False, autoincrement=False),
        sa.Column("article_id", KEY, nullable=False, autoincrement=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("story_id", KEY, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "article_id", name=op.f("pk_delivery_items")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_delivery_items_article_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], ondelete="CASCADE", name=op.f("fk_delivery_items_delivery_id")
        ),
    )
    op.create_index("ix_delivery_items_article_id", "delivery_items", ["article_id"])
    op.create_index(
        "ix_delivery_items_list_recipient_article_id", "delivery_items", ["list", "recipient", "article_id"]
    )
    op.create_table(
        "entries",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("raw_hash", sa.String(64)),
        sa.Column("fields_hash", sa.String(64), nullable=False),
        sa.Column("guid", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("published_at", MOMENT),
        sa.Column("published_claimed", sa.Text()),
        sa.Column("author", sa.Text()),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_listed_at", MOMENT, nullable=False),
        sa.Column("cycle", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_entries_article_id")
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], ondelete="CASCADE", name=op.f("fk_entries_feed_id")
        ),
    )
    op.create_index("ix_entries_article_id", "entries", ["article_id"])
    op.create_index("ix_entries_feed_id_raw_hash", "entries", ["feed_id", "raw_hash"])
    op.create_index("ix_entries_first_seen_at", "entries", ["first_seen_at"])
    op.create_table(
        "labels",
        sa.Column("article_id", KEY, nullable=False, autoincrement=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "topic", name=op.f("pk_labels")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_labels_article_id")
        ),
    )
    op.create_table(
        "raw_pages",
        sa.Column("article_id", KEY, nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("content_type", sa.Text()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "number", name=op.f("pk_raw_pages")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_raw_pages_article_id")
        ),
    )
    op.create_index("ix_raw_pages_at", "raw_pages", ["at"])
    op.create_table(
        "revisions",
        sa.Column("article_id", KEY, nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(64), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "number", name=op.f("pk_revisions")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_revisions_article_id")
        ),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_version", sa.String(64), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("judged_on", sa.String(12), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("passage", sa.Text(), nullable=False),
        sa.Column("judged_at", MOMENT, nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("cycle", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint(
            "article_id",
            "revision",
            "topic",
            "topic_version",
            name=op.f("uq_verdicts_article_id_revision_topic_topic_version"),
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], ondelete="CASCADE", name=op.f("fk_verdicts_article_id")
        ),
    )
    op.create_index("ix_verdicts_topic_current_score", "verdicts", ["topic", "current", "score"])
    op.create_index("ix_verdicts_topic_flagged_judged_at", "verdicts", ["topic", "flagged", "judged_at"])
    op.create_index(
        "uq_verdicts_current",
        "verdicts",
        ["article_id", "topic"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "entry_keys",
        sa.Column("id", KEY, nullable=False, autoincrement=True),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("entry_id", KEY),
        sa.Column("last_listed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_keys")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], ondelete="SET NULL", name=op.f("fk_entry_keys_entry_id")
        ),
        sa.UniqueConstraint("feed_id", "value", "kind", name=op.f("uq_entry_keys_feed_id_value_kind")),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], ondelete="CASCADE", name=op.f("fk_entry_keys_feed_id")
        ),
    )
    op.create_index("ix_entry_keys_entry_id", "entry_keys", ["entry_id"])


def downgrade() -> None:
    for table in (
        "entry_keys",
        "verdicts",
        "revisions",
        "raw_pages",
        "labels",
        "entries",
        "delivery_items",
        "article_addresses",
        "topic_versions",
        "story_links",
        "recipients",
        "poll_attempts",
        "feed_addresses",
        "deliveries",
        "articles",
        "topics",
        "suppressions",
        "stories",
        "recipient_lists",
        "meta",
        "feeds",
        "digests",
        "cycles",
    ):
        op.drop_table(table)
