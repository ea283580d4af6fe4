"""What is seen on a page."""

from __future__ import annotations

import pytest
from support.pages import PARAGRAPHS, TITLE, URL, news, page

from monitor.articles.markup import Markup, read_markup
from monitor.articles.metadata import page_facts
from monitor.articles.signs import Signs, signs_of
from monitor.model.article import FeedKnowledge

TEXT = "\n".join(PARAGRAPHS)


def look(source: str = page(), text: str = TEXT, url: str = URL, known: FeedKnowledge | None = None) -> Signs:
    markup = read_markup(source.encode(), None)
    assert isinstance(markup, Markup)
    return signs_of(markup, page_facts(markup.tree, url), text, url, known)


@pytest.mark.parametrize(
    ("url", "home", "section", "dated"),
    [
        ("https://gazette.example/", True, False, False),
        ("https://gazette.example", True, False, False),
        ("https://gazette.example/?p=812", False, False, False),
        ("https://gazette.example/category/harbour", False, True, False),
        ("https://gazette.example/news/harbour", False, False, False),
        ("https://gazette.example/2026/11/24/ferry", False, False, True),
        ("https://gazette.example/2026/nov/24/ferry", False, False, True),
        ("https://gazette.example/20261124-ferry", False, False, True),
        ("", False, False, False),
    ],
)
def test_an_address_tells_what_kind_of_page_it_is(url, home, section, dated):
    signs = look(url=url)

    assert (signs.home, signs.section, signs.dated_path) == (home, section, dated)


@pytest.mark.parametrize(
    ("ending", "broken_off"),
    [
        ("and then …", True),
        ("and then...", True),
        ("“and then…”", True),
        ("and then [...]", True),
        ("\nContinue reading", True),
        ("\nRead the full story on our site", True),
        ("\nWeiterlesen", True),
        ("and that was that.", False),
        (
            "\nRead more about it in the report, said the mayor, and nobody did, which was a pity for all.",
            False,
        ),
    ],
)
def test_a_text_breaks_off_by_its_last_line(ending, broken_off):
    assert look(text=TEXT + ending).broken_off is broken_off


@pytest.mark.parametrize(
    ("known", "shares"),
    [
        pytest.param(FeedKnowledge(title=TITLE, summary=PARAGRAPHS[0]), True, id="its own entry"),
        pytest.param(
            FeedKnowledge(
                title="Old ferry terminal saved",
                summary="Nobody expected that. Click for pictures and comment.",
            ),
            True,
            id="another headline and a useless summary",
        ),
        pytest.param(
            FeedKnowledge(
                title="Exemption for volunteers",
                summary="Lawmakers settled late on rules for published software.",
            ),
            False,
            id="another story's",
        ),
        pytest.param(FeedKnowledge(title="It is on"), None, id="no rare word"),
        pytest.param(FeedKnowledge(title="港の評議会"), None, id="a script without blanks"),
        pytest.param(None, None, id="no entry"),
    ],
)
def test_an_entry_and_its_page_share_rare_words(known, shares):
    assert look(known=known).shares_words is shares


def test_words_that_stand_anywhere_in_the_page_count_for_it():
    known = FeedKnowledge(title=TITLE, summary=PARAGRAPHS[0])

    assert (
        look(page(title="Council"), text="Something else was taken for the text.", known=known).shares_words
        is True
    )


def test_a_heading_that_is_the_entrys_title_names_the_page():
    assert look(known=FeedKnowledge(title=TITLE.upper() + "!")).named_by_entry
    assert not look(known=FeedKnowledge(title="Parliament exempts volunteers")).named_by_entry
    assert not look(known=FeedKnowledge()).named_by_entry


def test_what_the_page_calls_itself_is_seen():
    assert look(page(linked=news(isAccessibleForFree=False))).claims_article
    assert look(page(linked=news(isAccessibleForFree=False))).closed
    assert look(page(head='<meta property="og:type" content="article">')).claims_article
    assert look(page(linked={"@type": "CollectionPage"})).claims_listing
    assert not look(page(linked={"@graph": [{"@type": "CollectionPage"}, news()]})).claims_listing


def test_a_long_text_is_not_searched_for_walls():
    source = page(after="<p>Subscribe to continue reading</p>")

    assert look(source).marks.wall == "subscribe to continue"
    assert look(source, text=TEXT * 3).marks.wall == ""
