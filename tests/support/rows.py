"""Small worlds for store tests: feeds, entries, pages and verdicts with everything but the point left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from monitor.model.article import Article, BodyStatus, Fingerprint, JudgedOn, Method
from monitor.model.feed import (
    Entry,
    EntryKey,
    Feed,
    FeedDocument,
    FeedState,
    FeedUpdate,
    KeyKind,
    Polled,
    PollOutcome,
)
from monitor.model.specs import FeedSpec, ListSpec, PageRead
from monitor.model.stored import RecordedBody
from monitor.model.story import Placement
from monitor.model.verdict import Reason, ReasonKind, Verdict
from monitor.model.web import Validators
from monitor.store import articles, feeds, pages, stories, verdicts

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CYCLE = "20261125-0900-abcd"
TOPIC = "open-source-ai-policy"


def entry(number: int | str = 1, **changes: Any) -> Entry:
    """An entry with a guid and a link, published an hour ago."""
    link = changes.get("link", f"https://news.example.org/story-{number}")
    keys = [EntryKey(kind=KeyKind.GUID, value=f"guid-{number}")]
    if link:
        keys.append(EntryKey(kind=KeyKind.LINK, value=link))
    made = Entry(
        keys=tuple(keys),
        id=f"guid-{number}",
        title=f"Story {number}",
        link=link,
        published_at=NOW - HOUR,
        published_claimed="Wed, 25 Nov 2026 08:00:00 GMT",
        summary=f"<p>About {number}.</p>",
        raw_hash=sha256(repr((number, sorted(changes.items()))).encode()).hexdigest(),
    )
    return replace(made, **changes)


def document(*entries: Entry, **changes: Any) -> FeedDocument:
    made = FeedDocument(title="Example News", entries=entries, listed=len(entries))
    return replace(made, **changes)


def change(feed: Feed, **changes: Any) -> FeedUpdate:
    """An answer that could be read."""
    made = FeedUpdate(
        feed_id=feed.id,
        outcome=PollOutcome.UNCHANGED,
        detail="ok",
        status=200,
        state=FeedState.ACTIVE,
        failures=0,
        failing_since=None,
        next_poll_at=NOW + HOUR,
        next_poll_reason="an hour, as usual",
        interval=HOUR,
        validators=Validators(etag='"1"'),
        error=None,
        succeeded=True,
    )
    return replace(made, **changes)


def add(tx: Connection, url: str = "https://news.example.org/feed.xml") -> Feed:
    """A feed that has never been asked."""
    feeds.add_feed(tx, FeedSpec(url=url), NOW)
    found = feeds.find_feed(tx, url)
    assert found is not None
    return found


def poll(tx: Connection, feed: Feed, *entries: Entry, now: datetime = NOW, **changes: Any) -> Polled:
    """One poll that finds these entries."""
    return feeds.record_poll(tx, feed, change(feed), document(*entries, **changes), now, CYCLE)


def article_of(tx: Connection, url: str) -> int:
    found = articles.find_article(tx, url)
    assert found is not None, f"never seen: {url}"
    return found.id


def page(text: str = "A long report. " * 20, **changes: Any) -> PageRead:
    """A page with a body."""
    read = {name: changes.pop(name) for name in list(changes) if name in PageRead.__dataclass_fields__}
    made = Article(status=BodyStatus.FULL, text=text, method=Method.TRAFILATURA, site_name="Example News")
    normal = sha256(text.encode()).hexdigest() if text else None
    return PageRead(
        article=replace(made, **changes),
        http_status=200,
        fingerprint=Fingerprint(text_hash=normal, words=len(text.split())),
        **read,
    )


def read(tx: Connection, url: str, *, now: datetime = NOW, **changes: Any) -> RecordedBody:
    """Read an article and put it into a story of its own."""
    stored = pages.record_body(tx, article_of(tx, url), page(**changes), now, CYCLE)
    stories.place(tx, stored.article_id, Placement(story_id=None), now)
    return stored


def verdict(
    score: float = 0.9, *, topic: str = TOPIC, version: str = "v1", flagged: bool | None = None
) -> Verdict:
    return Verdict(
        topic=topic,
        topic_version=version,
        score=score,
        flagged=score >= 0.5 if flagged is None else flagged,
        judged_on=JudgedOn.BODY,
        keywords=("open weights",),
        similarity=0.4,
        reasons=(Reason(kind=ReasonKind.TERM, text="open weights in the title", terms=("open weights",)),),
        passage="The commission wants open weights.",
    )


def flag(
    tx: Connection, url: str, score: float = 0.9, *, now: datetime = NOW, **changes: Any
) -> RecordedBody:
    """Read and judge an article, as a cycle does."""
    stored = read(tx, url, now=now)
    verdicts.record_verdict(
        tx, stored.article_id, stored.revision, verdict(score, **changes), now, cycle=CYCLE
    )
    return stored


def list_spec(name: str = "morning", *to: str, **changes: Any) -> ListSpec:
    made = ListSpec(
        name=name,
        to=to or ("reader@example.org",),
        topics=(TOPIC,),
        zone="Europe/Brussels",
        at="07:00",
        days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        day_start=datetime(2026, 11, 24, 23, 0, tzinfo=UTC),
        next_digest_at=datetime(2026, 11, 26, 6, 0, tzinfo=UTC),
    )
    return replace(made, **changes)
