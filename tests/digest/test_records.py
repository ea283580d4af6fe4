from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.digests import MORNING

from monitor.digest.records import digest_from_record, digest_record
from monitor.model.digest import (
    Coverage,
    Digest,
    DigestArticle,
    DigestStory,
    NearMiss,
    Period,
    TopicScore,
)

moments = st.datetimes(
    datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.timezones(), allow_imaginary=False
).map(lambda moment: moment.astimezone(UTC))
texts = st.text(max_size=12)
counts = st.integers(0, 2**40)
scores = st.floats(0, 1)


def tuples(of: st.SearchStrategy, size: int = 3) -> st.SearchStrategy:
    return st.lists(of, max_size=size).map(tuple)


def by_key() -> st.SearchStrategy:
    return st.dictionaries(texts, counts, max_size=3).map(lambda parts: tuple(parts.items()))


optional_moments = st.none() | moments
articles = st.builds(
    DigestArticle,
    url=texts,
    outlet=texts,
    title=texts,
    published_at=optional_moments,
    role=st.sampled_from(["original", "reprint", None]),
    article_id=counts,
)
stories = st.builds(
    DigestStory,
    id=counts,
    headline=texts,
    url=texts,
    outlets=tuples(texts),
    reprints=counts,
    related=tuples(counts),
    extract=texts,
    topics=tuples(st.builds(TopicScore, topic=texts, score=scores, why=texts)),
    marks=tuples(texts),
    articles=tuples(articles),
    language=st.none() | texts,
    published_at=optional_moments,
)
digests = st.builds(
    Digest,
    to=texts,
    period=st.builds(Period, since=moments, until=moments, zone=texts),
    stories=tuples(stories),
    near_misses=tuples(
        st.builds(
            NearMiss, headline=texts, url=texts, outlet=texts, topic=texts, score=scores, threshold=scores
        )
    ),
    coverage=st.builds(
        Coverage,
        feeds_checked=counts,
        feeds_failing=tuples(texts),
        feeds_need_person=tuples(texts),
        entries_new=counts,
        articles=counts,
        articles_by_status=by_key(),
        judged_on=by_key(),
        topics=tuples(texts),
        undelivered=tuples(texts),
    ),
)


@given(digests)
def test_a_frozen_digest_comes_back_as_it_was(digest):
    frozen = json.dumps(digest_record(digest))

    assert digest_from_record(json.loads(frozen)) == digest


def test_the_record_has_the_fields_of_the_contract():
    record = digest_record(MORNING)

    assert {"period", "to", "stories", "near_misses", "coverage"} <= set(record)
    assert record["period"] == {
        "since": "2026-11-24T06:00:00Z",
        "until": "2026-11-25T06:00:00Z",
        "zone": "Europe/Brussels",
    }
    story = record["stories"][0]
    assert {"id", "headline", "url", "outlets", "reprints", "related", "extract", "topics", "marks"} <= set(
        story
    )
    assert set(story["topics"][0]) == {"topic", "score", "why"}
    assert {"url", "outlet", "title", "published_at", "role"} <= set(story["articles"][0])
    assert story["outlets"] == ["Daily Ledger", "Harbour Gazette", "Northern Courier"]
    assert story["articles"][0]["published_at"] == "2026-11-24T07:00:00Z"
