from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.digests import COVERAGE, PERIOD, TOPIC, row

from monitor.digest.compose import compose
from monitor.model.digest import Digest, FlaggedArticle

THRESHOLDS = {TOPIC: 0.5, "data-protection": 0.6}


def digest_of(*rows: FlaggedArticle, near: tuple[FlaggedArticle, ...] = (), **more) -> Digest:
    return compose("policy-desk", PERIOD, rows, near, COVERAGE, thresholds=THRESHOLDS, **more)


def test_stories_stand_strongest_first():
    digest = digest_of(row(article=1, story=1, score=0.6), row(article=2, story=2, score=0.9))

    assert [story.id for story in digest.stories] == [2, 1]


def test_a_story_is_one_item_with_its_outlets_original_first_and_each_once():
    digest = digest_of(
        row(article=1, role="reprint", outlet="Harbour Gazette", published_at=PERIOD.since),
        row(article=2, role="original", outlet="Daily Ledger", title="The first report"),
        row(article=3, role="reprint", outlet="Harbour Gazette"),
    )

    (story,) = digest.stories
    assert story.outlets == ("Daily Ledger", "Harbour Gazette")
    assert story.reprints == 2
    assert story.headline == "The first report"
    assert [article.article_id for article in story.articles] == [2, 1, 3]


def test_without_an_original_the_report_that_came_first_leads():
    early, late = PERIOD.since, PERIOD.since + timedelta(hours=2)
    digest = digest_of(
        row(article=1, published_at=late, title="Late"),
        row(article=2, published_at=None, first_seen_at=early, title="Early"),
    )

    assert digest.stories[0].headline == "Early"


def test_a_story_names_each_topic_once_with_its_strongest_reason():
    digest = digest_of(
        row(article=1, score=0.7, why="weaker"),
        row(article=2, score=0.8, why="stronger"),
        row(article=1, topic="data-protection", score=0.9, why="other"),
    )

    assert [(topic.topic, topic.score, topic.why) for topic in digest.stories[0].topics] == [
        ("data-protection", 0.9, "other"),
        (TOPIC, 0.8, "stronger"),
    ]


def test_a_reprint_that_was_not_flagged_is_listed_and_says_nothing_about_why():
    digest = digest_of(
        row(article=1, score=0.7, role="original"),
        row(article=2, score=0.1, flagged=False, role="reprint", topic="data-protection", judged_on="title"),
    )

    (story,) = digest.stories
    assert [topic.topic for topic in story.topics] == [TOPIC]
    assert story.marks == ()
    assert len(story.articles) == 2


@pytest.mark.parametrize(
    ("judged_on", "marks"),
    [
        (["teaser"], ("judged on the teaser",)),
        (["feed_text"], ("judged on the feed's text",)),
        (["title"], ("judged on the title",)),
        (["body"], ()),
        (["teaser", "body"], ()),
    ],
)
def test_a_story_says_when_no_report_of_it_was_read_in_full(judged_on, marks):
    rows = [row(article=place, judged_on=text) for place, text in enumerate(judged_on, start=1)]

    assert digest_of(*rows).stories[0].marks == marks


def test_an_extract_comes_from_the_strongest_report_that_has_text():
    digest = digest_of(
        row(article=1, score=0.9, passage="", text=""),
        row(
            article=2, score=0.8, passage="What the second report says of it, at some length. And more of it."
        ),
    )

    assert digest.stories[0].extract == "What the second report says of it, at some length. And more of it."


def test_near_misses_are_five_at_most_strongest_first_and_never_a_story_that_is_listed():
    near = tuple(
        row(article=place, story=place, score=0.4 + place / 100, flagged=False) for place in range(1, 9)
    )

    digest = digest_of(row(article=99, story=8, score=0.9), near=near)

    assert [round(miss.score, 2) for miss in digest.near_misses] == [0.47, 0.46, 0.45, 0.44, 0.43]
    assert {miss.threshold for miss in digest.near_misses} == {0.5}


def test_a_near_miss_on_several_outlets_or_topics_is_one_line():
    digest = digest_of(
        near=(
            row(article=1, story=1, score=0.41, flagged=False),
            row(article=2, story=1, score=0.45, flagged=False, topic="data-protection"),
        )
    )

    (miss,) = digest.near_misses
    assert (miss.topic, miss.threshold) == ("data-protection", 0.6)


def test_text_from_the_web_loses_what_could_steer_a_reader_or_a_terminal():
    digest = digest_of(
        row(
            title="Red \x1b[31malert\x1b[0m\r\nBcc: all\u202egnp.exe", outlet="\x07Out\u2066let", why="a\x00b"
        )
    )

    (story,) = digest.stories
    assert story.headline == "Red alert Bcc: allgnp.exe"
    assert story.outlets == ("Outlet",)
    assert story.topics[0].why == "ab"


def test_a_headline_is_found_for_an_article_without_a_title():
    digest = digest_of(
        row(article=1, role="original", title=""), row(article=2, role="reprint", title="From the reprint")
    )
    alone = digest_of(row(title="\u200f ", url="https://x.example/a"))

    assert digest.stories[0].headline == "From the reprint"
    assert alone.stories[0].headline == "https://x.example/a"


def test_an_outlet_without_a_name_is_called_by_its_host():
    assert digest_of(row(outlet="", url="https://news.example/a")).stories[0].outlets == ("news.example",)


def test_related_stories_are_named_by_id():
    assert digest_of(row(story=1), related={1: [5, 6]}).stories[0].related == (5, 6)


def test_a_day_without_stories_is_a_digest_too():
    digest = digest_of(near=(row(flagged=False, score=0.4),))

    assert digest.stories == ()
    assert len(digest.near_misses) == 1
    assert digest.coverage == COVERAGE


rows = st.builds(
    row,
    article=st.integers(1, 9),
    story=st.integers(1, 4),
    score=st.floats(0, 1),
    flagged=st.booleans(),
    topic=st.sampled_from(list(THRESHOLDS)),
    role=st.sampled_from(["original", "reprint", None]),
    title=st.text(max_size=20),
    outlet=st.text(max_size=8),
)


@given(st.lists(rows, max_size=12), st.lists(rows, max_size=12))
def test_no_story_and_no_article_is_dropped_and_none_stands_twice(flagged, near):
    digest = digest_of(*flagged, near=tuple(near))

    listed = [story.id for story in digest.stories]
    assert sorted(listed) == sorted({each.story_id for each in flagged})
    for story in digest.stories:
        articles = [article.article_id for article in story.articles]
        assert sorted(articles) == sorted({each.article_id for each in flagged if each.story_id == story.id})
        assert story.topics


@given(st.lists(rows, max_size=12), st.randoms())
def test_the_order_of_rows_changes_nothing(flagged, random):
    # Rows of one article tell the same of it; only the verdicts on its topics differ.
    about = {each.article_id: (each.role, each.title, each.outlet) for each in flagged}
    unique = [
        replace(each, **dict(zip(("role", "title", "outlet"), about[each.article_id], strict=True)))
        for each in {(each.article_id, each.topic): each for each in flagged}.values()
    ]
    shuffled = random.sample(unique, len(unique))

    def in_one_story_each(of):  # an article belongs to one story
        return [each for each in of if each.story_id == 1]

    assert digest_of(*in_one_story_each(unique)) == digest_of(*in_one_story_each(shuffled))
