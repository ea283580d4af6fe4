"""Titles, authors, dates, languages and addresses as pages claim them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from lxml.html import document_fromstring
from support.pages import TITLE, URL, news, page

from monitor.articles.metadata import PageFacts, page_facts


def facts(source: str, url: str = URL) -> PageFacts:
    return page_facts(document_fromstring(source), url)


def meta(**tags: str) -> str:
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in tags.items()
    )


@pytest.mark.parametrize(
    ("source", "title"),
    [
        pytest.param(page(), TITLE, id="the heading that the title confirms"),
        pytest.param(
            page(
                title="Ferry stays", linked=news(headline="Why the old ferry terminal stays open after all")
            ),
            "Ferry stays",
            id="the page's only headline stands in its title",
        ),
        pytest.param(
            "<title>Ferry terminal stays open - Gazette</title><h1>Gazette</h1><p>x</p>",
            "Ferry terminal stays open - Gazette",
            id="the outlet's name in the heading",
        ),
        pytest.param(
            meta(og__site_name="Gazette") + "<title>Ferry terminal stays - Gazette</title><p>x</p>",
            "Ferry terminal stays",
            id="the outlet's name goes where the page tells it",
        ),
        pytest.param(
            "<title>Ferry stays | Gazette</title><p>x</p>", "Ferry stays", id="a bar parts the outlet's name"
        ),
        pytest.param(
            "<h1>The old ferry terminal stays</h1>", "The old ferry terminal stays", id="a heading alone"
        ),
        pytest.param("<p>no title at all</p>", "", id="none"),
    ],
)
def test_the_title_is_the_articles_and_not_the_outlets(source, title):
    assert facts(source).title == title


@pytest.mark.parametrize(
    ("source", "authors"),
    [
        pytest.param(
            page(linked=news(author=[{"name": "Ada Quill"}, {"name": "Bo Reed"}])),
            ("Ada Quill", "Bo Reed"),
            id="JSON-LD",
        ),
        pytest.param(page(head=meta(author="By Ada Quill and Bo Reed")), ("Ada Quill", "Bo Reed"), id="meta"),
        pytest.param(
            page(head=meta(article__author="https://social.example/ada")), (), id="an address is no name"
        ),
        pytest.param(page(head=meta(author="12345")), (), id="a number is no name"),
        pytest.param(page(after='<span rel="author">Ada Quill</span>'), ("Ada Quill",), id="markup"),
        pytest.param(page(), (), id="none"),
    ],
)
def test_authors_are_names(source, authors):
    assert facts(source).authors == authors


@pytest.mark.parametrize(
    ("source", "on", "at"),
    [
        pytest.param(
            page(linked=news(datePublished="2026-11-24T23:30:00-05:00")),
            date(2026, 11, 24),
            datetime(2026, 11, 25, 4, 30, tzinfo=UTC),
            id="a moment keeps the day of the page's own zone",
        ),
        pytest.param(
            page(linked=news(datePublished="2026-11-24")), date(2026, 11, 24), None, id="a day alone"
        ),
        pytest.param(
            page(linked=news(datePublished="2026-11-24T10:00:00")), date(2026, 11, 24), None, id="no zone"
        ),
        pytest.param(
            page(head=meta(article__published_time="2026-11-24T10:00:00Z")),
            date(2026, 11, 24),
            datetime(2026, 11, 24, 10, tzinfo=UTC),
            id="meta",
        ),
        pytest.param(
            page(linked=news(dateModified="2026-11-25", datePublished="2026-11-23")),
            date(2026, 11, 23),
            None,
            id="published, not modified",
        ),
        pytest.param(
            page(linked=news(datePublished="0001-01-01T00:00:00Z"), head=meta(date="2026-11-24")),
            date(2026, 11, 24),
            None,
            id="an impossible day is passed over",
        ),
        pytest.param(page(linked=news(datePublished="soon")), date(2026, 11, 24), None, id="by the address"),
    ],
)
def test_the_date_is_the_day_of_publication(source, on, at):
    found = facts(source)

    assert (found.published_on, found.published_at) == (on, at)


def test_a_page_without_any_date_has_none():
    assert facts(page(), "https://gazette.example/ferry").published_on is None


@pytest.mark.parametrize(
    ("source", "language"),
    [
        (page(lang="de-AT"), "de"),
        (page(lang="", linked=news(inLanguage="fr")), "fr"),
        (page(lang="", head=meta(og__locale="pt_BR")), "pt"),
        (page(lang="english"), ""),
    ],
)
def test_the_language_is_two_letters_as_declared(source, language):
    assert facts(source).language == language


def test_canonical_address_and_outlet_are_told_as_claimed():
    head = '<link rel="canonical" href="/news/ferry">' + meta(og__url="https://other.example/")

    found = facts(page(head=head))

    assert found.canonical_url == "/news/ferry"
    assert found.site_name == "The Gazette"


def test_the_slow_date_parser_is_never_loaded():
    program = (
        "import sys; from monitor.articles.extract import extract; from support.pages import page;"
        "extract(page(after='<p>Posted on the 3rd of November, 2026, at noon</p>').encode(), url='https://a.example/');"
        "sys.exit('dateparser' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=False, env={"PYTHONPATH": ":".join(sys.path)}
    )

    assert done.returncode == 0
