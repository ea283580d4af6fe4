"""The contract's records: what `--json` prints, made from what the store tells.

Fields are added, never renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from monitor.urls import mask, mask_user_info

if TYPE_CHECKING:
    from monitor.model.stored import StoredArticle, StoredAttempt, StoredFeed, StoredVerdict
    from monitor.model.summary import Summary
    from monitor.model.verdict import Verdict

Record = dict[str, Any]


def summary_record(summary: Summary) -> Record:
    """`once` and `demo`."""
    return {
        "cycle": summary.cycle,
        "feeds": asdict(summary.feeds),
        "entries": asdict(summary.entries),
        "articles": dict(sorted(summary.articles.items())),
        "flagged": summary.flagged,
        "deliveries": dict(sorted(summary.deliveries.items())),
        "seconds": summary.seconds,
    }


def feed_record(feed: StoredFeed, attempts: Sequence[StoredAttempt] | None = None) -> Record:
    """`feeds list`, and with attempts `feeds show`."""
    record: Record = {
        "url": mask(feed.url),
        "original_url": mask(feed.original_url),
        "title": feed.title,
        "site_url": masked(feed.site_url),
        "tags": list(feed.tags),
        "state": feed.state,
        "failures": feed.failures,
        "last_error": masked(feed.last_error),
        "last_success_at": feed.last_success_at,
        "next_poll_at": feed.next_poll_at,
        "next_poll_reason": mask(feed.next_poll_reason),
        "entries": feed.entries,
    }
    if attempts is not None:
        record["attempts"] = [attempt_record(attempt) for attempt in attempts]
    return record


def attempt_record(attempt: StoredAttempt) -> Record:
    """One poll within `feeds show`."""
    return asdict(attempt) | {"detail": mask(attempt.detail), "error": masked(attempt.error)}


def article_record(article: StoredArticle, *, with_text: bool = False) -> Record:
    """`articles list` and `articles show`."""
    record: Record = {
        "id": article.id,
        "url": mask_user_info(article.url),
        "canonical_url": article.canonical_url,
        "addresses": [mask_user_info(address.address) for address in article.addresses],
        "feeds": [mask(url) for url in article.feeds],
        "title": article.title,
        "author": article.author,
        "site": article.site,
        "outlet": article.outlet,
        "language": article.language,
        "published_at": article.published_at,
        "published_claimed": article.published_claimed,
        "published_source": article.published_source,
        "first_seen_at": article.first_seen_at,
        "status": article.status,
        "status_evidence": list(article.status_evidence),
        "error": article.error,
        "method": article.method,
        "story": article.story,
        "role": article.role,
        "related": list(article.related),
        "verdicts": [verdict_record(verdict) for verdict in article.verdicts],
    }
    if with_text:
        record["text"] = article.text or ""
        record["text_from"] = article.text_from
    return record


def verdict_record(verdict: StoredVerdict) -> Record:
    """A stored verdict within an article."""
    return {
        "topic": verdict.topic,
        "topic_version": verdict.topic_version,
        "score": verdict.score,
        "flagged": verdict.flagged,
        "judged_on": verdict.judged_on,
        "keywords": list(verdict.keywords),
        "similarity": verdict.similarity,
        "reasons": list(verdict.reasons),
        "judged_at": verdict.judged_at,
    }


def score_record(identifier: Any, verdict: Verdict) -> Record:
    """`score`, one line out for each line in."""
    return {
        "id": identifier,
        "topic": verdict.topic,
        "score": verdict.score,
        "flagged": verdict.flagged,
        "keywords": list(verdict.keywords),
        "similarity": verdict.similarity,
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "judged_on": str(verdict.judged_on),
    }


def masked(text: str | None) -> str | None:
    """A text that may name a feed's address."""
    return mask(text) if text else None
