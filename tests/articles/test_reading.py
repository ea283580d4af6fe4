"""Choosing between readings."""

from __future__ import annotations

import pytest
from support.pages import PARAGRAPHS, page

from monitor.articles import reading
from monitor.articles.markup import Markup, read_markup
from monitor.articles.reading import Reading, likeness, read
from monitor.model.article import Method

TEXT = "\n".join(PARAGRAPHS)


def markup(source: str) -> Markup:
    found = read_markup(source.encode(), "text/html")
    assert isinstance(found, Markup)
    return found


@pytest.mark.parametrize("clutter", [1, 10, 40])
def test_a_plain_page_is_read_whole_and_without_what_stands_around_it(clutter):
    found = read(markup(page(clutter=clutter)))

    assert found.method is Method.TRAFILATURA
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)
    assert "Desk 3" not in found.text
    assert "Accept all" not in found.text


def test_a_page_without_text_gives_none():
    assert read(markup("<html><body><script>x()</script></body></html>")).text == ""


def test_an_article_in_unusual_markup_is_found():
    source = page(paragraphs=(), after="<br><br>".join(PARAGRAPHS))

    assert all(paragraph in read(markup(source)).text for paragraph in PARAGRAPHS)


def test_the_reading_that_most_others_agree_with_wins():
    good = Reading(text=TEXT, method=Method.TRAFILATURA)
    short = Reading(text=PARAGRAPHS[0], method=Method.RESILIPARSE)
    other = Reading(text=TEXT + "\nAnd a line more.", method=Method.JSON_LD)

    assert reading._most_central((short, good, other)) in (good, other)


def test_the_longest_wins_where_none_agree():
    readings = [Reading(text=text, method=Method.TRAFILATURA) for text in (*PARAGRAPHS[:2], "")]

    assert reading._most_central(readings).text == max(PARAGRAPHS[:2], key=len)


def test_a_second_reading_with_all_of_the_first_and_much_more_prose_is_fuller():
    assert reading._is_fuller(TEXT, "\n".join(PARAGRAPHS[:2]))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("\n".join(f"A headline number {n}" for n in range(80)), id="headlines"),
        pytest.param(PARAGRAPHS[4], id="one paragraph more"),
    ],
)
def test_lists_and_a_little_more_do_not_make_a_reading_fuller(more):
    first = "\n".join(PARAGRAPHS[:4])

    assert not reading._is_fuller(f"{first}\n{more}", first)


def test_likeness_runs_from_nothing_in_common_to_the_same():
    assert likeness(TEXT, TEXT) == 1.0
    assert likeness("", "") == 1.0
    assert likeness(TEXT, "") == 0.0
    assert likeness(PARAGRAPHS[0], PARAGRAPHS[1]) == 0.0
    assert 0.5 < likeness(TEXT, "\n".join(PARAGRAPHS[:4])) < 1.0
