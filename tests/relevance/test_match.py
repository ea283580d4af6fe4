"""Phrases are found in one pass, whatever their number."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from monitor.relevance.match import Matcher
from monitor.relevance.rules import parse_term, parse_terms


def spans(rule: str, text: str) -> list[tuple[int, int]]:
    """Where a rule holds in blank-parted words; '.' stands for the end of a sentence."""
    term = parse_term(rule, "test", {})
    words = ["" if word == "." else word for word in text.split(" ")]
    return Matcher([term]).find(words).spans(term)


def test_phrases_hold_at_word_boundaries_only():
    assert spans("open weights", "the open weights of reopen weights") == [(1, 3)]


def test_a_stem_matches_every_word_that_begins_so():
    assert spans("licen*", "a licence and licensed licentia") == [(1, 2), (3, 4), (4, 5)]


def test_one_phrase_may_begin_inside_another():
    terms = parse_terms(["open source", "open source ai", "source ai act"], "test")
    found = Matcher(terms).find(["open", "source", "ai", "act"])

    assert [found.spans(term) for term in terms] == [[(0, 2)], [(0, 3)], [(1, 4)]]


def test_near_holds_in_either_order_and_covers_both_sides():
    assert spans("publish NEAR/2 weights", "publish all their weights") == [(0, 4)]
    assert spans("publish NEAR/2 weights", "weights we publish") == [(0, 3)]


def test_near_ends_at_its_distance():
    assert spans("publish NEAR/2 weights", "publish one two three weights") == []


def test_near_takes_the_nearest_of_several():
    assert spans("publish NEAR/5 weights", "weights a b publish weights") == [(3, 5)]


def test_neither_phrases_nor_near_reach_over_the_end_of_a_sentence():
    assert spans("open weights", "it is open . weights fell") == []
    assert spans("publish NEAR/5 weights", "we publish . weights fell") == []


def test_a_phrase_is_never_near_itself():
    assert spans("weights NEAR/5 weights", "only weights here") == []


@given(st.lists(st.sampled_from(["open", "source", "ai", "weights", "model"]), max_size=30))
def test_a_phrase_is_found_wherever_a_plain_search_finds_it(words):
    term = parse_term("open source ai", "test", {})
    expected = [
        (at, at + 3) for at in range(len(words) - 2) if words[at : at + 3] == ["open", "source", "ai"]
    ]

    assert Matcher([term]).find(words).spans(term) == expected


def test_a_thousand_terms_over_a_megabyte_take_less_than_a_second():
    terms = parse_terms([f"word{number} other{number % 7}" for number in range(1_000)], "test")
    words = [f"word{number % 5_000}" for number in range(160_000)]
    matcher = Matcher(terms)

    started = time.process_time()
    found = matcher.find(words)
    for term in terms:
        found.spans(term)

    assert time.process_time() - started < 1.0
