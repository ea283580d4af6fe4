"""A digest as the contract's `--json` record, which is also the form in which it is frozen, and back.

Pure. Fields may be added here, never renamed: what an older version froze is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.model.digest import (
    Coverage,
    Digest,
    DigestArticle,
    DigestStory,
    NearMiss,
    Period,
    TopicScore,
)


def digest_record(digest: Digest) -> dict[str, Any]:
    """Plain JSON values; times ISO 8601 UTC with 'Z'. `digest_from_record` gives the same digest back."""
    period = digest.period
    return {
        "period": {"since": _text(period.since), "until": _text(period.until), "zone": period.zone},
        "to": digest.to,
        "stories": [_story_record(story) for story in digest.stories],
        "near_misses": [_near_miss_record(near_miss) for near_miss in digest.near_misses],
        "coverage": _coverage_record(digest.coverage),
    }


def digest_from_record(record: Mapping[str, Any]) -> Digest:
    """The digest that was frozen. KeyError, TypeError or ValueError where the record is no digest."""
    period = record["period"]
    return Digest(
        to=record["to"],
        period=Period(
            since=datetime.fromisoformat(period["since"]),
            until=datetime.fromisoformat(period["until"]),
            zone=period["zone"],
        ),
        stories=tuple(map(_story, record["stories"])),
        near_misses=tuple(NearMiss(**near_miss) for near_miss in record["near_misses"]),
        coverage=_coverage(record["coverage"]),
    )


def _story_record(story: DigestStory) -> dict[str, Any]:
    return {
        "id": story.id,
        "headline": story.headline,
        "url": story.url,
        "outlets": list(story.outlets),
        "reprints": story.reprints,
        "related": list(story.related),
        "extract": story.extract,
        "topics": [{"topic": each.topic, "score": each.score, "why": each.why} for each in story.topics],
        "marks": list(story.marks),
        "articles": [_article_record(article) for article in story.articles],
        "language": story.language,
        "published_at": _text_or_none(story.published_at),
    }


def _article_record(article: DigestArticle) -> dict[str, Any]:
    return {
        "url": article.url,
        "outlet": article.outlet,
        "title": article.title,
        "published_at": _text_or_none(article.published_at),
        "role": article.role,
        "article_id": article.article_id,
    }


def _near_miss_record(near_miss: NearMiss) -> dict[str, Any]:
    return {
        "headline": near_miss.headline,
        "url": near_miss.url,
        "outlet": near_miss.outlet,
        "topic": near_miss.topic,
        "score": near_miss.score,
        "threshold": near_miss.threshold,
    }


def _coverage_record(coverage: Coverage) -> dict[str, Any]:
    return {
        "feeds_checked": coverage.feeds_checked,
        "feeds_failing": list(coverage.feeds_failing),
        "feeds_need_person": list(coverage.feeds_need_person),
        "entries_new": coverage.entries_new,
        "articles": coverage.articles,
        "articles_by_status": dict(coverage.articles_by_status),
        "judged_on": dict(coverage.judged_on),
        "topics": list(coverage.topics),
        "undelivered": list(coverage.undelivered),
    }


def _story(record: Mapping[str, Any]) -> DigestStory:
    return DigestStory(
        id=record["id"],
        headline=record["headline"],
        url=record["url"],
        outlets=tuple(record["outlets"]),
        reprints=record["reprints"],
        related=tuple(record["related"]),
        extract=record["extract"],
        topics=tuple(TopicScore(**topic) for topic in record["topics"]),
        marks=tuple(record["marks"]),
        articles=tuple(map(_article, record["articles"])),
        language=record["language"],
        published_at=_time_or_none(record["published_at"]),
    )


def _article(record: Mapping[str, Any]) -> DigestArticle:
    return DigestArticle(
        url=record["url"],
        outlet=record["outlet"],
        title=record["title"],
        published_at=_time_or_none(record["published_at"]),
        role=record["role"],
        article_id=record["article_id"],
    )


def _coverage(record: Mapping[str, Any]) -> Coverage:
    return Coverage(
        feeds_checked=record["feeds_checked"],
        feeds_failing=tuple(record["feeds_failing"]),
        feeds_need_person=tuple(record["feeds_need_person"]),
        entries_new=record["entries_new"],
        articles=record["articles"],
        articles_by_status=tuple(record["articles_by_status"].items()),
        judged_on=tuple(record["judged_on"].items()),
        topics=tuple(record["topics"]),
        undelivered=tuple(record["undelivered"]),
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _text_or_none(moment: datetime | None) -> str | None:
    return _text(moment) if moment else None


def _time_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
