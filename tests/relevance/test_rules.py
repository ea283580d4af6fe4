"""What a person may write as a rule, and what a bad one is told."""

from __future__ import annotations

import pytest

from monitor.errors import ConfigError
from monitor.relevance.rules import parse_list, parse_term, parse_terms

WHERE = "config.toml, [[topics]] 'x'"
LISTS = {"opening": ("publish", "give away")}


def test_hyphens_spaces_and_case_are_one():
    hyphen, space = parse_terms(["Open-Source AI", "open source ai"], WHERE)

    assert hyphen.left == space.left == ("open source ai",)


def test_a_rule_may_name_a_field_and_a_weight():
    term = parse_term("title:open weights^2.5", WHERE, {})

    assert (term.field, term.left, term.weight) == ("title", ("open weights",), 2.5)
    assert term.source == "open weights"


def test_near_takes_phrases_and_named_lists():
    term = parse_term('<opening> NEAR/6 "model weights"', WHERE, LISTS)

    assert (term.left, term.right, term.near) == (LISTS["opening"], ("model weights",), 6)


def test_a_star_stands_for_the_rest_of_a_word():
    assert parse_term("export licen*", WHERE, {}).left == ("export licen*",)


@pytest.mark.parametrize(
    ("rule", "character", "mend"),
    [
        pytest.param("titel:weights", 1, "title:", id="unknown field"),
        pytest.param("open weights^heavy", 14, "^2", id="weight that is no number"),
        pytest.param("open weights^-1", 14, "exclude", id="negative weight"),
        pytest.param("open^2 weights", 5, "", id="weight in the middle"),
        pytest.param("<openin> NEAR/3 weights", 2, "<opening>", id="unknown list"),
        pytest.param("<opening NEAR/3 weights", 1, "<name>", id="list left open"),
        pytest.param("publish NAER/3 weights", 9, "NEAR/6", id="misspelt NEAR"),
        pytest.param("publish near/3 weights", 9, "NEAR/6", id="NEAR in small letters"),
        pytest.param("publish NEAR/0 weights", 14, "require", id="no distance"),
        pytest.param("a bill NEAR/3 b law NEAR/4 c act", 21, "two rules", id="two NEARs"),
        pytest.param("publish NEAR/3", 15, "at least one", id="half a NEAR"),
        pytest.param("model OR weights", 7, "separate rules", id="OR"),
        pytest.param("model AND weights", 7, "require", id="AND"),
        pytest.param("NOT weights", 1, "exclude", id="NOT"),
        pytest.param('open "weights', 6, "quotes", id="half a quote"),
        pytest.param("licen[cs]e", 6, "plain words", id="regular expression"),
        pytest.param("w*", 1, "three letters", id="stem too short"),
        pytest.param("wei*ts", 4, "", id="star inside a word"),
        pytest.param("", 1, "at least one", id="nothing"),
    ],
)
def test_a_bad_rule_is_told_the_character_and_the_mend(rule, character, mend):
    with pytest.raises(ConfigError) as caught:
        parse_term(rule, WHERE, LISTS)

    assert f"rule '{rule}', character {character}:" in caught.value.what
    assert mend in caught.value.mend
    assert caught.value.where == WHERE


def test_a_named_list_holds_plain_phrases_only():
    with pytest.raises(ConfigError, match="more than a phrase"):
        parse_list(["open^2"], WHERE)
