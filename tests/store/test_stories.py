from __future__ import annotations

import pytest
from support.rows import DAY, NOW, add, article_of, entry, flag, poll, read

from monitor.model.story import Placement
from monitor.store import articles, stories


@pytest.fixture
def three(database):
    """Three articles of one feed, each read and in a story of its own; their ids."""
    database.call(poll, database.call(add), *(entry(n) for n in range(1, 4)))
    return [database.call(read, entry(n).link, text="The same words.").article_id for n in range(1, 4)]


def story_of(database, article_id):
    return database.read(articles.get_article, article_id).story


def test_articles_with_the_same_text_are_found(database, three):
    wanted = database.read(stories.candidate, three[0])

    found = database.read(stories.same_text, wanted.text_hash, NOW - DAY)

    assert [member.article_id for member in found] == three
    assert found[0].site == "https://news.example.org"
    assert database.read(stories.same_text, wanted.text_hash, NOW + DAY) == []


def test_an_article_alone_gets_a_story_of_its_own_once(database, three):
    story = story_of(database, three[0])

    assert database.call(stories.place, three[0], Placement(story_id=None), NOW) == story
    assert database.read(articles.get_article, three[0]).role is None


def test_reprints_join_the_story_and_everyone_has_a_role(database, three):
    stories_of = [story_of(database, article) for article in three]
    placement = Placement(
        story_id=stories_of[0], merged_story_ids=tuple(stories_of[1:]), original_id=three[1]
    )

    story = database.call(stories.place, three[2], placement, NOW)

    assert story == stories_of[0]
    roles = {article: database.read(articles.get_article, article).role for article in three}
    assert roles == {three[0]: "reprint", three[1]: "original", three[2]: "reprint"}
    found = database.read(stories.find_story, stories_of[2])
    assert (found.id, found.articles, found.outlets) == (story, 3, ("Example News",))
    assert [each.id for each in database.read(stories.list_stories)] == [story]


def test_a_story_that_was_merged_away_is_joined_under_its_new_id(database, three):
    first, second, _ = (story_of(database, article) for article in three)
    database.call(stories.merge_stories, first, second)

    assert database.call(stories.place, three[2], Placement(story_id=first), NOW) == second


def test_stories_on_one_event_are_related_both_ways_and_stay_so_when_merged(database, three):
    first, second, third = (story_of(database, article) for article in three)
    database.call(stories.relate, first, second, {"cosine": 0.8})
    database.call(stories.relate, second, first)
    assert database.read(stories.related, [first, second]) == {first: (second,), second: (first,)}

    database.call(stories.merge_stories, second, third)

    assert database.read(stories.related, [first, second, third]) == {first: (third,), third: (first,)}
    database.call(stories.merge_stories, first, third)
    assert database.read(stories.related, [third]) == {}


def test_a_listed_story_says_how_strong_it_is(database):
    database.call(poll, database.call(add), entry(1), entry(2))
    database.call(flag, entry(1).link, 0.7)
    database.call(read, entry(2).link)

    listed = database.read(stories.list_stories)

    assert [(story.headline, story.score, story.flagged) for story in listed] == [
        ("Story 2", None, False),
        ("Story 1", 0.7, True),
    ]
    assert database.read(stories.list_stories, since=NOW + DAY) == []
    assert database.read(stories.find_story, 999) is None
    assert database.read(article_of, entry(1).link)
