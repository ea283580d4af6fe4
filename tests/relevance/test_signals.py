"""What is measured, on texts small enough to check by eye."""

from __future__ import annotations

import pytest

from monitor.model.article import JudgedOn, Text
from monitor.relevance.signals import measure, read, term_hits
from monitor.relevance.topics import TopicSpec, load_topic


def text(body: str, title: str = "") -> Text:
    return Text(title=title, body=body, judged_on=JudgedOn.BODY)


def signals(spec: TopicSpec, one: Text):
    topic = load_topic(spec)
    reading = read(one)
    return measure(reading, topic.matcher.find(reading.words), topic)


FACETS = TopicSpec(name="facets", facets=(("food", ("soup", "lentils")), ("place", ("school",))), within=10)


def test_a_reading_keeps_where_each_word_stands():
    reading = read(text("Soup, again.\nLentils!", title="School food"))

    assert reading.words == ("school", "food", "", "soup", "again", "", "lentils")
    assert reading.body[reading.starts[6] : reading.ends[6]] == "Lentils"
    assert [reading.field_of(at) for at in (0, 3)] == ["title", "lead"]


def test_facets_that_meet_are_worth_more_than_facets_apart():
    near = signals(FACETS, text("Soup was served at the school."))
    apart = signals(
        FACETS, text("Soup was served. " + "It rained all day long in town. " * 20 + "The school slept.")
    )

    assert near.values["passage"] > apart.values["passage"] > 0


def test_without_its_subject_a_text_has_no_passage():
    assert signals(FACETS, text("The school slept.")).values["passage"] == 0


def test_a_word_said_five_times_says_no_more_than_once():
    once = signals(FACETS, text("Soup at school."))
    often = signals(FACETS, text("Soup, soup, soup, soup, soup at school."))

    assert often.values["passage"] == pytest.approx(once.values["passage"])


def test_overlapping_rules_count_as_one_find():
    one = TopicSpec(name="one", facets=(("food", ("lentil soup^2",)),))
    two = TopicSpec(name="two", facets=(("food", ("lentil soup^2", "soup", "lentil NEAR/3 soup")),))

    assert (
        signals(one, text("Lentil soup.")).values["passage"]
        == signals(two, text("Lentil soup.")).values["passage"]
    )


def test_a_term_counts_only_in_its_field_and_half_more_in_the_title():
    spec = TopicSpec(name="fields", terms=("title:soup", "body:soup", "lead:rain", "school"))
    topic = load_topic(spec)
    reading = read(text("Soup. " + "Nothing else at all. " * 30 + "Rain.", title="School"))

    hits = term_hits(topic.rules.terms, reading, topic.matcher.find(reading.words))

    assert [(hit.term.source, hit.worth) for hit in hits] == [("school", 1.5), ("soup", 1.0)]


def test_a_text_far_from_the_topic_is_not_embedded_and_has_no_meaning():
    assert signals(TopicSpec(), text("Rain fell on the fields all day.")).values["meaning"] == 0
