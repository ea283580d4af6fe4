"""Boilerplate is known by its shape, wherever it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.relevance.tails import cut_tail

STORY = (
    "The council met on Monday and agreed to mend the bridge before winter.\n"
    "Work will begin in May, the mayor said."
)
TEASERS = (
    "Ten Things the Drummer Never Told His Band About That Night\n"
    "It began in a garage with two amplifiers and a borrowed van, and nobody could have known that…\n"
    "The Last Lamp: Why the Lighthouse Keeper Stayed\n"
    "On a rock off the coast, where the wind bends the grass and the ferry no longer calls..."
)


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "Related Posts",
            "RELATED ARTICLES",
            "You may also like",
            "More from the Harbour Ledger",
            "Read next:",
        ),
        *("Das könnte Sie auch interessieren", "Mehr zum Thema", "À lire aussi", "Te puede interesar"),
        *("Leia também", "Leggi anche", "Lees ook", "— Recommended for you —"),
    ],
)
def test_a_tail_below_a_known_heading_is_cut(heading):
    assert cut_tail(f"{STORY}\n\n{heading}\n\n{TEASERS}") == STORY


def test_a_tail_in_the_middle_is_cut_and_the_story_goes_on():
    more = "The bridge was closed in 2019 after a barge had struck its second pillar."

    assert cut_tail(f"{STORY}\nRelated Posts\n{TEASERS}\n{more}") == f"{STORY}\n{more}"


def test_a_tail_in_one_line_is_cut():
    line = "Also on the Courier: Brussels spares open models. A prince and his falcons. Jobs in Ghent."

    assert cut_tail(f"{STORY}\n{line}\nThe end came late.") == f"{STORY}\nThe end came late."


def test_teasers_without_a_heading_are_cut_from_the_end():
    assert cut_tail(f"{STORY}\n{TEASERS}") == STORY


def test_sign_up_lines_are_cut():
    assert cut_tail(f"{STORY}\nSign up for our letter on AI policy and open models.") == STORY


@pytest.mark.parametrize(
    "prose",
    [
        "Related legislation failed in the senate last year, and nobody has tried again since.",
        "Read more than one book about the bridge, the mayor told pupils on Tuesday.",
        "More from the state than from the county is what the mayor hopes for, he said.",
        "Trending upwards for a decade, the price of steel fell in March.",
        "It was a long night, and then...",
    ],
)
def test_prose_that_only_begins_like_a_heading_stays(prose):
    text = f"{STORY}\n{prose}\nThe council will meet again in June to hear the engineers."

    assert cut_tail(text) == text


@given(st.text(max_size=400))
def test_cutting_only_ever_removes_lines(text):
    lines = [line.strip() for line in text.split("\n")]

    assert all(line.strip() in lines for line in cut_tail(text).split("\n") if line.strip())
