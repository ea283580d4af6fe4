"""Reading one pending article: fetch its page, extract and judge it in a worker, store all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from monitor import clock, urls
from monitor.articles.identity import article_addresses
from monitor.articles.status import retry_delay, status_of_answer, status_of_entry
from monitor.intake.robots import RobotsAnswer
from monitor.model.article import Article, BodyStatus, FeedKnowledge, JudgedOn, PendingArticle
from monitor.model.specs import AddressKind, PageRead
from monitor.model.verdict import Verdict
from monitor.model.web import Answer
from monitor.store.articles import feed_knowledge
from monitor.store.pages import record_body
from monitor.store.verdicts import record_verdict
from monitor.work.flow import finished
from monitor.work.stories import place_in_story
from monitor.work.tasks import Reading, extract_and_judge
from monitor.work.tools import Tools
from monitor.workers import TaskDied

log = structlog.get_logger()

ENTRY_SCHEME = "entry:"  # the address of an article that is an entry's own text
OF_THE_BODY = (JudgedOn.BODY, JudgedOn.TEASER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One article handled, for the cycle's counters."""

    status: BodyStatus
    newly_flagged: bool


async def read_article(tools: Tools, cycle: str, pending: PendingArticle) -> Read:
    """Turn one pending article into a body status, a text where there is one, and verdicts."""
    known = await tools.database.run(feed_knowledge, pending.id, clock.now())
    answer, article = await visit(tools, pending, known)
    reading = await judged(tools, pending, known, answer, article)
    now = clock.now()
    read = await finished(tools.database.run(record_reading, pending, known, answer, reading, now, cycle))
    tools.progress.advance()
    log.debug("read", article=urls.mask(pending.url), status=str(read.status), flagged=read.newly_flagged)
    return read


async def visit(
    tools: Tools, pending: PendingArticle, known: FeedKnowledge
) -> tuple[Answer | None, Article | None]:
    """The page, or what stands in its place where it may not or cannot be had."""
    if pending.url.startswith(ENTRY_SCHEME):
        return None, status_of_entry(known)
    robots = await tools.web.robots(pending.url)
    if robots is RobotsAnswer.DISALLOWED:
        return None, Article(status=BodyStatus.REFUSED, evidence=("robots.txt asks not to read this page",))
    if robots is RobotsAnswer.UNKNOWN:
        return None, Article(
            status=BodyStatus.FAILED, error="robots.txt could not be had: the page was not asked for"
        )
    answer = await tools.web.get_page(pending.url)
    return answer, status_of_answer(answer, pending.tries + 1)


async def judged(
    tools: Tools,
    pending: PendingArticle,
    known: FeedKnowledge,
    answer: Answer | None,
    article: Article | None,
) -> Reading:
    """Extract and judge in a worker; a page that costs its worker is judged on the feed's own text."""
    try:
        return await tools.workers.run(extract_and_judge, answer, article, known, tools.topics)
    except TaskDied as death:
        log.warning("page could not be read", article=urls.mask(pending.url), worker=death.reason)
        failed = Article(status=BodyStatus.FAILED, error=f"reading this page: {death.reason}")
    try:
        return await tools.workers.run(extract_and_judge, None, failed, known, tools.topics)
    except TaskDied:
        return Reading(article=failed)


def record_reading(
    tx: Connection,
    pending: PendingArticle,
    known: FeedKnowledge,
    answer: Answer | None,
    reading: Reading,
    now: datetime,
    cycle: str,
) -> Read:
    """Body, addresses, story and verdicts together: none of them is ever seen without the others."""
    stored = record_body(tx, pending.id, page_read(pending, known, answer, reading, now), now, cycle)
    place_in_story(tx, stored.article_id, now)
    newly = [
        record_verdict(tx, stored.article_id, revision, verdict, now, cycle=cycle)
        for verdict, revision in with_revisions(reading, stored.revision)
    ]
    return Read(status=reading.article.status, newly_flagged=any(newly))


def with_revisions(reading: Reading, body: int) -> Iterator[tuple[Verdict, int]]:
    """Each verdict with the revision it is on: the body's number, or 0 for the feed's own text.

    A body that an earlier visit brought says more than the feed's text, when this one brought no other.
    """
    for verdict in reading.verdicts:
        if verdict.judged_on in OF_THE_BODY:
            yield verdict, body
        elif reading.article.text or not body:
            yield verdict, 0


def page_read(
    pending: PendingArticle, known: FeedKnowledge, answer: Answer | None, reading: Reading, now: datetime
) -> PageRead:
    """What one visit came to, in the form that is stored."""
    article = reading.article
    delay = retry_delay(article.status, pending.tries + 1, answer)
    return PageRead(
        article=article,
        addresses=addresses_of(pending, answer, article),
        http_status=answer.status if answer else None,
        next_try_at=now + delay if delay is not None else None,
        raw=reading.raw,
        content_type=answer.content_type if answer else None,
        fingerprint=reading.fingerprint,
        outlet=article.site_name or known.outlet,
    )


def addresses_of(
    pending: PendingArticle, answer: Answer | None, article: Article
) -> tuple[tuple[str, AddressKind], ...]:
    """Every address under which this page may be met again."""
    if answer is None:
        return ()
    found = article_addresses(pending.url, answer.hops, answer.final_url, article.canonical_url)
    return tuple((address, AddressKind(kind)) for address, kind in found)
