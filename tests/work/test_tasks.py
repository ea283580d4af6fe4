"""What runs in a worker: bytes and values in, a value out."""

from __future__ import annotations

import pickle

import zstandard
from support.cycles import HARBOURS
from support.pages import PARAGRAPHS, TITLE, page

from monitor.model.article import Article, BodyStatus, FeedKnowledge, JudgedOn
from monitor.model.web import Answer, FetchOutcome
from monitor.work.tasks import extract_and_judge, warm_up
from monitor.work.topics import topic_specs

TOPICS = topic_specs([HARBOURS])
URL = "https://gazette.example/news/harbour-council-keeps-terminal"
KNOWN = FeedKnowledge(title=TITLE, summary="The harbour council keeps the ferry terminal and its pier.")


def answer(body: str) -> Answer:
    return Answer(url=URL, final_url=URL, outcome=FetchOutcome.OK, status=200, body=body.encode())


def test_one_trip_gives_text_fingerprint_verdicts_and_the_page_to_keep() -> None:
    reading = extract_and_judge(answer(page()), None, KNOWN, TOPICS)

    assert reading.article.status is BodyStatus.FULL
    assert reading.fingerprint.text_hash is not None
    assert [(one.judged_on, one.flagged) for one in reading.verdicts] == [(JudgedOn.BODY, True)]
    assert reading.raw is not None
    assert zstandard.decompress(reading.raw) == page().encode()


def test_without_a_page_the_feeds_own_text_is_judged() -> None:
    gone = Article(status=BodyStatus.GONE)

    reading = extract_and_judge(None, gone, KNOWN, TOPICS)

    assert reading.article == gone
    assert reading.verdicts[0].judged_on is JudgedOn.FEED_TEXT
    assert reading.raw is None


def test_what_has_neither_title_nor_text_has_no_verdict() -> None:
    assert extract_and_judge(None, Article(status=BodyStatus.GONE), FeedKnowledge(), TOPICS).verdicts == ()


def test_its_result_crosses_the_process_border() -> None:
    reading = extract_and_judge(answer(page(paragraphs=PARAGRAPHS[:2])), None, KNOWN, TOPICS)

    assert pickle.loads(pickle.dumps(reading)) == reading


def test_a_worker_can_be_warmed_up_for_the_configured_topics() -> None:
    warm_up(TOPICS)
