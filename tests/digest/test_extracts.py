from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.digests import row

from monitor.digest.extracts import EXTRACT_LENGTH, extract, shortened, without_headline

HEADLINE = "Lawmakers drop licence duty for open weights"
FIRST = "Developers who publish the weights of a model will not need a licence, negotiators agreed."
SECOND = "The duty stays for providers who sell access."
THIRD = "Regulators must report on its effects within three years."
FOURTH = "The weather in the capital was mild."


def test_the_passage_that_matters_is_quoted_and_not_the_first_words():
    text = f"{FOURTH} {FOURTH} {FIRST} {SECOND} {THIRD}"

    assert extract(row(passage=f"{FIRST} {SECOND}", text=text), HEADLINE) == f"{FIRST} {SECOND}"


def test_a_passage_of_one_short_sentence_is_followed_by_the_next():
    assert (
        extract(row(passage=SECOND, text=f"{FIRST} {SECOND} {THIRD} {FOURTH}"), HEADLINE)
        == f"{SECOND} {THIRD}"
    )


def test_without_a_passage_the_sentences_nearest_to_headline_and_reasons_are_quoted():
    text = f"{FOURTH} By our correspondent. {FIRST} {SECOND} {THIRD}"

    found = extract(row(passage="", text=text, why="licence and weights; regulators"), HEADLINE)

    assert found == f"{FIRST} {SECOND} {THIRD}"


@pytest.mark.parametrize(
    "opening",
    [
        pytest.param(f"{HEADLINE}\n", id="a line of its own"),
        pytest.param(f"{HEADLINE}. ", id="with a full stop"),
        pytest.param(f"{HEADLINE.upper()}! ", id="shouted"),
        pytest.param(f"{HEADLINE} – ", id="with a dash"),
        pytest.param(f"“{HEADLINE}” ", id="in quotes"),
    ],
)
def test_the_headline_is_never_said_again(opening):
    assert extract(row(passage=f"{opening}{FIRST}", text=""), HEADLINE) == FIRST


@pytest.mark.parametrize("more", [" and for whoever changes them.", ", say two of the negotiators."])
def test_a_sentence_that_opens_like_the_headline_and_says_more_stays(more):
    sentence = f"{HEADLINE}{more}"

    assert without_headline([sentence], HEADLINE) == [sentence]


def test_a_headline_is_known_without_the_outlets_name_behind_it():
    assert without_headline([HEADLINE, FIRST], f"{HEADLINE} | Daily Ledger") == [FIRST]


def test_a_headline_of_one_word_takes_no_sentence_away():
    assert without_headline(["Weights are out.", "Weights"], "Weights") == ["Weights are out."]


def test_an_article_that_is_only_its_headline_has_no_extract():
    assert extract(row(passage="", text=f"{HEADLINE}\n{HEADLINE}."), HEADLINE) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("one two three four", "one two…", id="at a word"),
        pytest.param("one, two; three four", "one, two…", id="no comma before the dots"),
        pytest.param("开源模型政策草案已经公布", "开源模型政策草案已…", id="without blanks"),
        pytest.param("short", "short", id="nothing to cut"),
    ],
)
def test_a_cut_ends_at_a_word(text, expected):
    assert shortened(text, 10) == expected


def test_a_cut_parts_no_letter_from_its_marks():
    assert shortened("e\u0301" * 20, 10) == "e\u0301" * 4 + "…"


@given(
    passage=st.text(max_size=900),
    text=st.text(max_size=900),
    headline=st.text(max_size=60),
    why=st.text(max_size=60),
)
def test_an_extract_is_one_clean_line_within_its_length(passage, text, headline, why):
    found = extract(row(passage=passage, text=text, why=why), headline)

    assert len(found) <= EXTRACT_LENGTH
    assert found == " ".join(found.split())
    assert found.isprintable() or not any(ord(character) < 32 for character in found)


@given(st.text(max_size=400), st.integers(min_value=2, max_value=300))
def test_nothing_is_longer_than_it_may_be(text, length):
    assert len(shortened(text, length)) <= length
