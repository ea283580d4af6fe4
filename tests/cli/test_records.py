"""The shapes of the records, as the contract has them: what may be added may not be renamed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.cli.records import feed_record
from monitor.model.specs import FeedOptions
from monitor.model.stored import StoredAttempt, StoredFeed

NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
FEED = {
    "url", "original_url", "title", "site_url", "tags", "state", "failures", "last_error", "last_success_at",
    "next_poll_at", "next_poll_reason", "entries",
}  # fmt: skip
ATTEMPT = {"at", "cycle", "outcome", "detail", "status", "error", "seconds", "body_bytes", "seen", "new"}
ARTICLE = {
    "id", "url", "canonical_url", "addresses", "feeds", "title", "author", "site", "outlet", "language",
    "published_at", "published_claimed", "published_source", "first_seen_at", "status", "status_evidence",
    "error", "method", "story", "role", "related", "verdicts",
}  # fmt: skip
VERDICT = {
    "topic", "topic_version", "score", "flagged", "judged_on", "keywords", "similarity", "reasons",
    "judged_at",
}  # fmt: skip
SCORE = {"id", "topic", "score", "flagged", "keywords", "similarity", "reasons", "judged_on"}
REASON = {"kind", "text", "terms", "field", "start", "weight"}
SUMMARY = {
    "feeds": {"due", "new", "unchanged", "failed", "throttled", "skipped"},
    "entries": {"seen", "new", "known", "of_new_articles", "of_known_articles", "without_page"},
}
DIGEST = {"period", "to", "stories", "near_misses", "coverage"}
STORY = {
    "id", "headline", "url", "outlets", "reprints", "related", "extract", "topics", "marks", "articles",
    "language", "published_at",
}  # fmt: skip
STATUSES = {
    "pending", "full", "teaser", "paywall", "consent", "blocked", "refused", "gone", "not_article", "failed",
}  # fmt: skip


def test_a_feeds_record_is_the_contracts(run, reading):
    records = run("feeds", "list", "--json").records

    assert len(records) == len(reading.served.feed_urls)
    assert all(set(record) == FEED for record in records)
    shown = run("feeds", "show", records[0]["url"], "--json").record
    assert set(shown) == FEED | {"attempts"}
    assert all(set(attempt) == ATTEMPT for attempt in shown["attempts"])
    assert shown["last_success_at"].endswith("Z")


def test_an_articles_record_is_the_contracts(run, reading):
    records = run("articles", "list", "--json").records

    assert all(set(record) == ARTICLE for record in records)
    assert {record["status"] for record in records} <= STATUSES
    verdicts = [verdict for record in records for verdict in record["verdicts"]]
    assert all(set(verdict) == VERDICT for verdict in verdicts)
    assert all(set(reason) == REASON for verdict in verdicts for reason in verdict["reasons"])
    assert all(0 <= verdict["score"] <= 1 for verdict in verdicts)
    with_text = run("articles", "list", "--json", "--text").records
    assert all(set(record) == ARTICLE | {"text", "text_from"} for record in with_text)
    assert {record["text_from"] for record in with_text} <= {"body", "feed", "none"}


def test_a_summary_adds_up(world):
    summary = world.once.record
    feeds, entries = summary["feeds"], summary["entries"]

    assert {"feeds", "entries", "articles", "flagged", "deliveries", "seconds"} <= set(summary)
    assert set(feeds) == SUMMARY["feeds"]
    assert set(entries) == SUMMARY["entries"]
    assert feeds["due"] == sum(count for name, count in feeds.items() if name != "due")
    assert entries["seen"] == entries["new"] + entries["known"]
    assert (
        entries["new"] == entries["of_new_articles"] + entries["of_known_articles"] + entries["without_page"]
    )
    assert set(summary["articles"]) <= STATUSES
    assert sum(summary["articles"].values()) == entries["of_new_articles"] + entries["without_page"]
    assert summary["flagged"] > 0


@pytest.mark.parametrize("option", [("--json",), ("--format", "json")])
def test_a_digests_record_is_the_contracts(option, run, reading):
    record = run("digest", *option).record

    assert set(record) == DIGEST
    assert set(record["period"]) == {"since", "until", "zone"}
    assert record["to"] == "morning"
    assert all(set(story) == STORY for story in record["stories"])
    assert all(
        set(topic) == {"topic", "score", "why"} for story in record["stories"] for topic in story["topics"]
    )
    articles = [article for story in record["stories"] for article in story["articles"]]
    assert {"url", "outlet", "title", "published_at", "role"} <= set(articles[0])


def test_a_judged_text_has_the_contracts_record(run):
    record = run("score", "--batch", stdin='{"id": 7, "title": "Open weights bill", "text": "x"}\n').record

    assert set(record) == SCORE
    assert record["id"] == 7
    assert all(set(reason) == REASON for reason in record["reasons"])


# ---- secrets


FEED_WITH_SECRETS = StoredFeed(
    id=1, url="https://reader:hidden@x.example/feed?token=hidden", site_url="https://reader:hidden@x.example/",
    original_url="https://reader:hidden@x.example/old", title="x", tags=(), state="active", failures=0,
    last_error="moved to https://reader:hidden@x.example/new", last_success_at=None, next_poll_at=None,
    next_poll_reason="moved to https://reader:hidden@x.example/new", entries=0, origin="config", added_at=NOW,
    removed_at=None, paused_by=None, options=FeedOptions(),
)  # fmt: skip
ATTEMPT_WITH_SECRETS = StoredAttempt(
    at=NOW, cycle=None, outcome="failed", detail="to https://reader:hidden@x.example/", status=None,
    error="to https://reader:hidden@x.example/", seconds=0.0, body_bytes=0, seen=0, new=0,
)  # fmt: skip


def test_no_field_of_a_feed_shows_a_secret():
    assert "hidden" not in str(feed_record(FEED_WITH_SECRETS, [ATTEMPT_WITH_SECRETS]))
