"""Reading one pending article: fetch its page, extract and judge it in a worker, store all of it at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
import zstandard
from sqlalchemy import Connection

from monitor import clock, urls
from monitor.articles.extract import extract
from monitor.articles.identity import article_addresses, fingerprint
from monitor.articles.status import best_text, own_text, retry_delay, status_of_answer
from monitor.intake.robots import RobotsAnswer
from monitor.model.article import Article, BodyStatus, FeedKnowledge, Fingerprint, PendingArticle
from monitor.model.verdict import Verdict, VerdictOrigin
from monitor.model.web import Answer
from monitor.relevance.judge import judge
from monitor.relevance.topics import TopicSpec, load_topic
from monitor.store import articles, verdicts
from monitor.work.stories import place_in_story
from monitor.work.tools import Tools
from monitor.workers import TaskDied

log = structlog.get_logger()

ENTRY_SCHEME = "entry:"  # the address of an article that is an entry's own text


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One article handled, for the cycle's counters."""

    status: BodyStatus
    newly_flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that reading an article came to; stored in one transaction."""

    article: Article
    fingerprint: Fingerprint = Fingerprint()
    verdicts: tuple[Verdict, ...] = ()
    raw: bytes | None = field(default=None, repr=False)  # the page, zstd-compressed


async def read_article(tools: Tools, cycle: str, pending: PendingArticle) -> Read:
    """Turn one pending article into a body status, a text where there is one, and verdicts."""
    answer, article = await visit(tools, pending)
    reading = await judged(tools, pending, answer, article)
    now = clock.now()
    read = await tools.database.run(record_reading, pending, answer, reading, now, cycle)
    tools.progress.advance()
    log.debug("read", article=urls.mask(pending.url), status=str(read.status), flagged=read.newly_flagged)
    return read


async def visit(tools: Tools, pending: PendingArticle) -> tuple[Answer | None, Article | None]:
    """The page, or what stands in its place where it may not or cannot be had."""
    if pending.url.startswith(ENTRY_SCHEME):
        return None, own_text(pending.known)
    robots = await tools.web.robots(pending.url)
    if robots is RobotsAnswer.DISALLOWED:
        return None, Article(status=BodyStatus.REFUSED, evidence=("robots.txt asks not to read this page",))
    if robots is RobotsAnswer.UNKNOWN:
        return None, Article(status=BodyStatus.FAILED, error="robots.txt could not be had, so the page was not asked for")
    answer = await tools.web.get_page(pending.url)
    return answer, status_of_answer(answer)


async def judged(
    tools: Tools, pending: PendingArticle, answer: Answer | None, article: Article | None
) -> Reading:
    """Extract and judge in a worker; a page that costs its worker is judged on the feed's own text."""
    try:
        return await tools.workers.run(extract_and_judge, answer, article, pending.known, tools.topics)
    except TaskDied as death:
        log.warning("page could not be read", article=urls.mask(pending.url), worker=death.reason)
        failed = Article(status=BodyStatus.FAILED, error=f"reading this page {death.reason}")
    try:
        return await tools.workers.run(extract_and_judge, None, failed, pending.known, tools.topics)
    except TaskDied:
        return Reading(article=failed)


def extract_and_judge(
    answer: Answer | None, article: Article | None, known: FeedKnowledge, topics: tuple[TopicSpec, ...]
) -> Reading:
    """In a worker, one trip a page: its text, and what every topic says to it."""
    if article is None and answer is not None:
        article = extract(answer.body, url=answer.final_url, content_type=answer.content_type, known=known)
    assert article is not None
    text = best_text(article, known)
    verdicts_ = tuple(judge(text, load_topic(topic)) for topic in topics) if text else ()
    return Reading(
        article=article,
        fingerprint=fingerprint(article.text),
        verdicts=verdicts_,
        raw=zstandard.compress(answer.body) if answer is not None and answer.body else None,
    )


def record_reading(
    tx: Connection,
    pending: PendingArticle,
    answer: Answer | None,
    reading: Reading,
    now: datetime,
    cycle: str,
) -> Read:
    """Body, addresses, story and verdicts together: none of them is ever seen without the others."""
    article = reading.article
    delay = retry_delay(article.status, pending.tries + 1, answer)
    stored = articles.record_body(
        tx,
        pending.id,
        article,
        addresses=addresses_of(pending, answer, article),
        http_status=answer.status if answer else None,
        next_try_at=now + delay if delay is not None else None,
        raw=reading.raw,
        content_type=answer.content_type if answer else None,
        fingerprint=reading.fingerprint,
        now=now,
        cycle=cycle,
    )
    place_in_story(tx, stored.article_id, reading.fingerprint, now)
    newly = [
        verdicts.record_verdict(
            tx, stored.article_id, stored.revision, verdict, now, origin=VerdictOrigin.CYCLE, cycle=cycle
        )
        for verdict in reading.verdicts
    ]
    return Read(status=article.status, newly_flagged=any(newly))


def addresses_of(
    pending: PendingArticle, answer: Answer | None, article: Article
) -> tuple[tuple[str, str], ...]:
    """Every address under which this page may be met again."""
    if answer is None:
        return ()
    return article_addresses(pending.url, answer.hops, answer.final_url, article.canonical_url)
