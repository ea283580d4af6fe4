"""What is no part of an article's text, line by line; and what is, although it looks alike."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring
from support.pages import PARAGRAPHS, TAIL, TITLE, URL, page

from monitor.articles.lines import is_invitation, is_tail_heading, without_clutter

TEXT = "\n".join(PARAGRAPHS)


def cleaned(text: str, source: str = page()) -> str:
    return without_clutter(text, [TITLE], document_fromstring(source), URL)


def test_an_article_without_clutter_stays_as_it_is():
    assert cleaned(TEXT) == TEXT


@pytest.mark.parametrize("title", [TITLE, TITLE.upper(), f"{TITLE}.", TITLE.replace(" ", "  ")])
def test_the_title_is_not_repeated_at_the_top(title):
    assert cleaned(f"News\n{title}\n{TEXT}") == f"News\n{TEXT}"


def test_the_title_further_down_is_text():
    assert TITLE in cleaned(f"{TEXT}\n{TITLE}")


@pytest.mark.parametrize(
    "heading",
    [
        "Related Posts",
        "You may also like...",
        "More from The Gazette",
        "Auch interessant",
        "À lire aussi",
        "Czytaj więcej",
    ],
)
def test_a_tail_of_other_stories_goes_with_its_heading(heading):
    tail = "\n".join(f"- {line}" for line in TAIL)

    assert cleaned(f"{TEXT}\n{heading}\n{tail}", "<p>no links</p>") == TEXT


def test_a_tail_heading_in_the_first_half_cuts_nothing():
    first, *rest = PARAGRAPHS

    assert PARAGRAPHS[-1] in cleaned("\n".join([first, "Related Posts", *rest]))


def test_a_tail_that_is_prose_is_kept():
    prose = " ".join(PARAGRAPHS[:2])

    assert prose in cleaned(f"{TEXT}\nMore on the harbour\n{prose}\n{prose}")


def test_a_line_that_is_only_a_link_to_another_story_goes():
    assert cleaned(f"{PARAGRAPHS[0]}\n{TAIL[0]}\n{PARAGRAPHS[1]}") == "\n".join(PARAGRAPHS[:2])


@pytest.mark.parametrize(
    ("href", "words"),
    [
        pytest.param("#terminal", "What the engineers found under the pier", id="a link within the page"),
        pytest.param(
            "https://shop.example/crane", "The crane that the terminal needs", id="a link to another site"
        ),
        pytest.param("/tags/ferry", "Ferry", id="a short link"),
    ],
)
def test_links_that_belong_to_the_text_stay(href, words):
    source = f'<p>x</p><a href="{href}">{words}</a>'

    assert words in cleaned(f"{PARAGRAPHS[0]}\n{words}\n{PARAGRAPHS[1]}", source)


def test_a_round_up_of_links_keeps_them():
    links = [f"Story number {n} of the week in short" for n in range(9)]
    source = "".join(f'<a href="/s/{n}">{line}</a>' for n, line in enumerate(links))

    assert cleaned("\n".join([PARAGRAPHS[0], *links]), source).count("of the week") == 9


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for our newsletter",
        "Subscribe to continue reading",
        "Follow us on Instagram",
        "Like this story? Share it with a friend!",
        "Thanks for signing up!",
        "Advertisement",
        "5 min read",
        "Story continues below",
        "© 2026 The Gazette. All rights reserved.",
        "Jetzt abonnieren",
        "Suscríbete a nuestro boletín",
    ],
)
def test_an_invitation_is_no_text(line):
    assert is_invitation(line)


@pytest.mark.parametrize(
    "line",
    [
        "The ministry asked all carriers to sign up for the scheme by March.",
        "Newsletters such as this one reach more readers than the paper does.",
        "The share of open models has doubled.",
        "More than forty harbours have followed.",
        "Related charges were dropped in May.",
        "Subscribe to the view that a licence binds its licensee, and the rest of the ruling follows: "
        + PARAGRAPHS[0],
    ],
)
def test_a_sentence_of_the_report_stays(line):
    assert not is_invitation(line)
    assert not is_tail_heading(line)
