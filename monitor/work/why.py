"""The whole record of one address, from what is stored: or at which step its story stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.model.stored import InDigest, Listing, StoredArticle, StoredFeed, StoredLabel, StoredVerdict
from monitor.store import articles, feeds, labels, outbox, verdicts
from monitor.urls import canonical, mask, mask_user_info, site


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known of an address: for people as lines, for programs as a record."""

    lines: tuple[str, ...]
    record: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that is stored about one article."""

    article: StoredArticle
    listings: tuple[Listing, ...]
    verdicts: tuple[StoredVerdict, ...]  # all versions, oldest first
    labels: tuple[StoredLabel, ...]
    digests: tuple[InDigest, ...]


def explain_address(tx: Connection, url: str) -> Answer:
    """What became of the page at this address, or of the feed, or that it was never seen."""
    article = articles.find_article(tx, url)
    if article is not None:
        return explain_article(collect(tx, article))
    known = feeds.stored_feeds(tx, removed=True)
    feed = next((one for one in known if url in (one.url, one.original_url, mask(one.url))), None)
    if feed is not None:
        return explain_feed(feed)
    return never_seen(url, articles.feeds_of_site(tx, url))


def collect(tx: Connection, article: StoredArticle) -> Found:
    return Found(
        article=article,
        listings=tuple(articles.listings(tx, article.id)),
        verdicts=tuple(verdicts.all_verdicts(tx, article.id)),
        labels=tuple(labels.labels_of(tx, article.id)),
        digests=tuple(outbox.in_digests(tx, article.id)),
    )


def explain_article(found: Found) -> Answer:
    article = found.article
    lines = [
        article.title or mask_user_info(article.url),
        *(f"  {line}" for line in steps(found)),
        f"stopped at: {stopped_at(found)}",
    ]
    record = {
        "seen": True,
        "id": article.id,
        "url": mask_user_info(article.url),
        "title": article.title,
        "addresses": [{**asdict(one), "address": mask_user_info(one.address)} for one in article.addresses],
        "listed_by": [{**asdict(one), "feed_url": mask(one.feed_url)} for one in found.listings],
        "status": article.status,
        "status_evidence": list(article.status_evidence),
        "method": article.method,
        "http_status": article.http_status,
        "error": article.error,
        "tries": article.tries,
        "next_try_at": article.next_try_at,
        "read_at": article.read_at,
        "cycle": article.cycle,
        "story": article.story,
        "role": article.role,
        "merged": list(article.merged),
        "verdicts": [asdict(verdict) for verdict in found.verdicts],
        "labels": [asdict(label) for label in found.labels],
        "digests": [asdict(one) for one in found.digests],
        "stopped_at": stopped_at(found),
    }
    return Answer(lines=tuple(lines), record=record)


def steps(found: Found) -> Iterator[str]:
    """The story's way, one line a step, in the order of time."""
    article = found.article
    for listing in found.listings:
        yield (
            f"listed by {mask(listing.feed_url)} from {at(listing.first_seen_at)} to "
            f"{at(listing.last_listed_at)} (first in cycle {listing.cycle})"
        )
    for address in article.addresses:
        yield f"address ({address.kind}): {mask_user_info(address.address)}"
    yield from fetched(article)
    if article.merged:
        others = ", ".join(map(str, article.merged))
        yield f"merged into it: articles {others}, the same page by another address"
    if article.role:
        yield f"in story {article.story} as its {article.role}: the same text in several outlets"
    elif article.story:
        yield f"in story {article.story}, alone"
    for verdict in found.verdicts:
        yield from judged(verdict)
    for label in found.labels:
        yield f"labelled {'relevant' if label.relevant else 'irrelevant'} for {label.topic} at {at(label.at)}"
    for one in found.digests:
        sent = f" at {at(one.sent_at)}" if one.sent_at else ""
        yield f"in the digest of {one.list_name} up to {at(one.until)} for {one.recipient}: {one.state}{sent}"


def fetched(article: StoredArticle) -> Iterator[str]:
    """What came of its page."""
    if article.read_at is None:
        yield "its page was not asked for yet"
        return
    http = f", HTTP {article.http_status}" if article.http_status else ""
    yield f"read at {at(article.read_at)} in cycle {article.cycle}{http}: {article.status} ({article.method})"
    for evidence in article.status_evidence:
        yield f"  because {evidence}"
    if article.error:
        yield f"  {article.error}"
    if article.next_try_at:
        yield f"  tried {article.tries} times, again at {at(article.next_try_at)}"


def judged(verdict: StoredVerdict) -> Iterator[str]:
    word = "flagged" if verdict.flagged else "not flagged"
    current = "" if verdict.current else " (superseded)"
    yield (
        f"judged on its {verdict.judged_on.replace('_', ' ')} at {at(verdict.judged_at)}: {verdict.topic} "
        f"{verdict.score:.4f}, {word}{current}, version {verdict.topic_version}"
    )
    for reason in verdict.reasons:
        yield f"  {reason['weight']:+.2f}  {reason['text']}"


def stopped_at(found: Found) -> str:
    """The step beyond which the story has not come, and what would take it further."""
    article, current = found.article, [verdict for verdict in found.verdicts if verdict.current]
    if article.status == "pending":
        return "pending: its page is read in the next cycle"
    if not current:
        return f"not judged: there was no text to judge ({article.status})"
    if not any(verdict.flagged for verdict in current):
        best = max(current, key=lambda verdict: verdict.score)
        return f"judged and not flagged: {best.score:.4f} for {best.topic}"
    if found.digests:
        last = found.digests[-1]
        return f"in a digest for {last.recipient}: {last.state}"
    if not article.mailable:
        return "flagged, but older than first_days at its feed's first poll: in no digest"
    return "flagged: it is in the running digest, not mailed yet"


def explain_feed(feed: StoredFeed) -> Answer:
    address = mask(feed.url)
    if feed.removed_at is not None:
        lines = [f"this was a feed: {address}", f"  removed at {at(feed.removed_at)}; its articles stay"]
        return Answer(lines=tuple(lines), record={"seen": True, "feed": address, "state": "removed"})
    lines = [
        f"this is a feed: {address}",
        f"  {feed.state}, {feed.entries} entries stored, {feed.failures} failures in a row",
        f"  next poll at {at(feed.next_poll_at)}: {feed.next_poll_reason}",
        "  `monitor feeds show` tells all of it",
    ]
    return Answer(lines=tuple(lines), record={"seen": True, "feed": address, "state": feed.state})


def never_seen(url: str, candidates: list[str]) -> Answer:
    """Not stored under any address; which feeds' site it belongs to says where it could have come from."""
    lines = [f"never seen: {mask(canonical(url) or url)}"]
    if candidates:
        lines += [
            f"  it is on the site of the feed {mask(feed)}, which did not list it" for feed in candidates
        ]
    else:
        lines.append(f"  no feed is on {site(url) or 'its site'}: `monitor feeds add` subscribes to one")
    return Answer(
        lines=tuple(lines),
        record={"seen": False, "url": mask(url), "feeds_of_site": [mask(feed) for feed in candidates]},
    )


def at(moment: datetime | None) -> str:
    """UTC to the second, as in the log."""
    return f"{moment:%Y-%m-%d %H:%M:%SZ}" if moment else "never"
