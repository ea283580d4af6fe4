"""A topic is what the configuration says, loaded once, and its version names it."""

from __future__ import annotations

import pickle
import time

import pytest

from monitor.errors import ConfigError
from monitor.relevance.topics import SHIPPED, TopicSpec, define, describe, explain, load_topic, version_of


def test_the_shipped_topic_needs_no_configuration():
    topic = load_topic(TopicSpec())

    assert topic.name == SHIPPED
    assert topic.profile
    assert [facet.name for facet in topic.rules.facets] == ["openness", "policy", "ai"]


def test_a_spec_hashes_pickles_and_loads_once():
    spec = TopicSpec.from_config({"name": "lunch", "terms": ["school canteen"], "require": [["lunch"]]})

    assert pickle.loads(pickle.dumps(spec)) == spec
    assert load_topic(spec) is load_topic(pickle.loads(pickle.dumps(spec)))


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.6},
        {"terms": ("open weights^2",)},
        {"require": (("bill",),)},
        {"exclude": ("wedding",)},
        {"facets": (("policy", ("ombudsman",)),)},
        {"within": 30},
        {"sentences_against": ("A goat won the race.",)},
    ],
)
def test_whatever_could_move_a_verdict_changes_the_version(change):
    assert version_of(define(TopicSpec(**change))) != version_of(define(TopicSpec()))


def test_rules_added_to_the_shipped_topic_join_its_own():
    shipped, grown = define(TopicSpec()), define(TopicSpec(facets=(("policy", ("ombudsman",)),)))

    assert len(grown.rules.facets[1].terms) == len(shipped.rules.facets[1].terms) + 1


def test_a_topic_may_have_facets_of_its_own():
    spec = TopicSpec.from_config(
        {"name": "lunch", "facets": {"place": ["school", "canteen"], "food": ["soup*"]}, "within": 12}
    )

    rules = load_topic(spec).rules

    assert [(facet.name, len(facet.terms)) for facet in rules.facets] == [("place", 2), ("food", 1)]
    assert rules.within == 12


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ({"name": "x", "treshold": 0.4}, "did you mean 'threshold'?"),
        ({"terms": ["a"]}, "needs a name"),
        ({"name": "x", "terms": "one"}, "terms is a list of texts"),
        ({"name": "x", "terms": [1]}, "terms is a list of texts"),
        ({"name": "x", "terms": 7}, "terms is a list of texts"),
        ({"name": "x", "require": "one"}, "list of lists"),
        ({"name": "x", "require": 1}, "list of lists"),
        ({"name": "x", "require": [1]}, "list of texts"),
        ({"name": "x", "facets": ["one"]}, "table of lists"),
        ({"name": "x", "threshold": 2}, "between 0 and 1"),
        ({"name": "x", "within": 1}, "number of words"),
    ],
)
def test_a_bad_table_is_told_the_key_and_the_mend(table, part):
    with pytest.raises(ConfigError) as caught:
        TopicSpec.from_config(table)

    assert part in str(caught.value)


def test_a_bad_rule_names_topic_and_list():
    spec = TopicSpec(name="lunch", facets=(("food", ("so[ua]p",)),))

    with pytest.raises(
        ConfigError, match=r"\[\[topics\]\] 'lunch', facets.food: rule 'so\[ua\]p', character 3"
    ):
        load_topic(spec)


def test_a_topic_with_nothing_to_look_for_is_refused():
    with pytest.raises(ConfigError, match="nothing to look for"):
        load_topic(TopicSpec(name="empty", exclude=("wedding",)))


def test_example_sentences_need_counter_examples():
    with pytest.raises(ConfigError, match="`for` needs `against`"):
        load_topic(TopicSpec(name="lunch", terms=("soup",), sentences_for=("The soup was good.",)))


def test_a_topic_explains_itself_in_words():
    spec = TopicSpec(
        name="lunch", terms=("title:soup^2",), require=(("school", "canteen"),), exclude=("recipe",)
    )

    told = explain(load_topic(spec))

    for part in ("lunch, version", "score of 0.5", "Needs one of: school, canteen.", "Counts: title:soup^2."):
        assert part in told
    assert "Never with: recipe." in told


def test_a_description_says_what_a_version_stands_for():
    told = describe(TopicSpec())

    assert told["version"] == load_topic(TopicSpec()).version
    assert told["seeds"][0]["sha256"]


def test_profile_and_rules_load_in_half_a_second():
    load_topic(TopicSpec())  # imports and the embedding model are not counted
    load_topic.cache_clear()

    started = time.process_time()
    load_topic(TopicSpec(threshold=0.51))

    assert time.process_time() - started < 0.5
