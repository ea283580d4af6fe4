"""The same report in several outlets is one story, and its original is the earliest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.stories import LEAST_WORDS, decide
from monitor.model.story import Candidate, Placement, StoryMember

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def candidate(**changes) -> Candidate:
    fields = {
        "article_id": 9,
        "story_id": None,
        "title": "Ferry stays",
        "text_hash": "same",
        "words": 300,
        "published_at": NOON,
        "first_seen_at": NOON,
        "site": "https://gazette.example",
    }
    return Candidate(**(fields | changes))


def member(article_id: int = 1, **changes) -> StoryMember:
    fields = {
        "article_id": article_id,
        "story_id": 100 + article_id,
        "title": "Terminal stays open",
        "text_hash": "same",
        "published_at": NOON,
        "first_seen_at": NOON,
        "site": f"https://outlet{article_id}.example",
    }
    return StoryMember(**(fields | changes))


def test_an_article_like_no_other_stays_alone():
    assert decide(candidate(), []) == Placement(story_id=None)
    assert decide(candidate(), [member(text_hash="another")]) == Placement(story_id=None)
    assert decide(candidate(text_hash=None), [member()]) == Placement(story_id=None)


def test_the_same_words_join_the_story_under_any_headline():
    placement = decide(candidate(), [member(published_at=NOON - HOUR)])

    assert placement.story_id == 101
    assert placement.original_id == 1
    assert placement.reason == "the same 300 words in 2 articles of 2 outlets"


def test_an_article_already_stored_is_not_its_own_copy():
    assert decide(candidate(article_id=1), [member(1)]) == Placement(story_id=None)


@pytest.mark.parametrize(
    ("article", "stored", "original"),
    [
        pytest.param({"published_at": NOON - HOUR}, {}, 9, id="the earlier published, even if seen later"),
        pytest.param(
            {"published_at": None, "first_seen_at": NOON - HOUR},
            {},
            9,
            id="the first seen where no date is known",
        ),
        pytest.param(
            {"published_at": NOON + HOUR}, {"published_at": None}, 1, id="a date against a first sight"
        ),
        pytest.param({}, {}, 1, id="the first stored at the same time"),
    ],
)
def test_the_original_is_the_earliest(article, stored, original):
    assert decide(candidate(**article), [member(**stored)]).original_id == original


def test_stories_that_prove_to_be_one_are_merged_into_the_oldest():
    placement = decide(candidate(story_id=300), [member(2), member(1), member(3, story_id=102)])

    assert placement.story_id == 101
    assert placement.merged_story_ids == (102, 300)


def test_short_texts_are_one_report_only_under_the_same_title():
    short = candidate(words=LEAST_WORDS - 1)

    assert decide(short, [member()]).story_id is None
    assert decide(short, [member(title="FERRY  stays")]).story_id == 101


@given(st.permutations([member(n, published_at=NOON + n * HOUR, story_id=100 + n % 2) for n in range(1, 5)]))
def test_the_order_of_the_rows_does_not_matter(members):
    assert decide(candidate(), members) == decide(
        candidate(), sorted(members, key=lambda row: row.article_id)
    )
