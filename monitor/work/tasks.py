"""What runs in a worker: functions of bytes and values, and nothing that a worker need not load.

A worker imports this module and what it names; the network, the database and the steps stay outside.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, field

import zstandard

from monitor.articles.extract import extract
from monitor.articles.identity import fingerprint
from monitor.articles.status import best_text
from monitor.model.article import Article, FeedKnowledge, Fingerprint
from monitor.model.verdict import Verdict
from monitor.model.web import Answer
from monitor.relevance.judge import judge
from monitor.relevance.topics import TopicSpec, load_topic

GARBAGE_LOOKED_FOR = 20_000  # new objects; a page makes some thousand, nearly all freed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that reading an article came to; stored in one transaction."""

    article: Article
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    verdicts: tuple[Verdict, ...] = ()
    raw: bytes | None = field(default=None, repr=False)  # the page, zstd-compressed


def extract_and_judge(
    answer: Answer | None, article: Article | None, known: FeedKnowledge, topics: tuple[TopicSpec, ...]
) -> Reading:
    """In a worker, one trip a page: its text, and what every topic says to it."""
    if article is None and answer is not None:
        article = extract(answer.body, url=answer.final_url, content_type=answer.content_type, known=known)
    assert article is not None
    text = best_text(article, known)
    verdicts = tuple(judge(text, load_topic(topic)) for topic in topics) if text else ()
    return Reading(
        article=article,
        fingerprint=fingerprint(article.text),
        verdicts=verdicts,
        raw=zstandard.compress(answer.body) if answer is not None and answer.body else None,
    )


def warm_up(topics: tuple[TopicSpec, ...]) -> None:
    """Before a worker's first task, so that no page's deadline pays for loading."""
    for topic in topics:
        load_topic(topic)
    # What is loaded stays: looking through it for garbage again and again took a tenth of the judge's time.
    gc.freeze()
    gc.set_threshold(GARBAGE_LOOKED_FOR)
