"""Hostile pages: cut to size, never refused for their size, never slow."""

from __future__ import annotations

import time

import pytest
from support.pages import PARAGRAPHS, page

from monitor.articles.markup import MAX_CHARACTERS, MAX_TAGS, Markup, NoMarkup, read_markup

MAIN = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def wrapped(before: str, after: str = "") -> str:
    return f"<html><head><title>t</title></head><body>{before}{MAIN}{after}</body></html>"


HOSTILE = {
    "100,000 levels": wrapped("<div>" * 100_000, "</div>" * 100_000),
    "5,000 levels never closed": wrapped("<div><span>" * 2_500),
    "3,000 nested lists": wrapped("<ul><li>" * 3_000),
    "5,000 nested tables": wrapped("<table><tr><td>" * 5_000),
    "100,000 attributes": wrapped("<div " + " ".join(f'a{n}="x"' for n in range(100_000)) + ">"),
    "100,000 attributes with tags in their values": wrapped(
        "<div " + " ".join(f"a{n}='<>'" for n in range(100_000)) + ">"
    ),
    "300 attributes on each of 2,000 tags": wrapped(
        ("<i " + " ".join(f"a{n}" for n in range(300)) + "></i>") * 2_000
    ),
    "an attribute of 4 MB": wrapped(f'<img src="data:image/png;base64,{"A" * 4_000_000}">'),
    "6 MB of script": wrapped(f"<script>{'x<y;' * 1_500_000}</script>"),
    "6 MB of comments": wrapped(f"<!-- {'<p>no</p>' * 600_000} -->"),
    "6 MB after the article": wrapped("", "<p>and so on</p>" * 400_000),
    "100,000 tags after the article": wrapped("", "<b>x</b>" * 100_000),
    "NUL bytes inside": wrapped("\x00", "\x00"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_still_gives_its_article_and_in_time(name):
    started = time.process_time()

    markup = read_markup(HOSTILE[name].encode(), "text/html")

    assert time.process_time() - started < 3
    assert isinstance(markup, Markup)
    text = markup.tree.text_content()
    assert all(paragraph in text for paragraph in PARAGRAPHS)
    assert len(markup.source) <= MAX_CHARACTERS
    assert markup.tags <= MAX_TAGS


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("<" * 3_000_000, id="nothing but opening brackets"),
        pytest.param("<a href=" * 500_000, id="unfinished tags"),
        pytest.param('<a href="' * 500_000, id="unclosed quotes"),
        pytest.param("<p '" * 500_000, id="stray quotes"),
        pytest.param("<script>" * 500_000, id="unclosed scripts"),
        pytest.param("<!--" * 500_000, id="unclosed comments"),
        pytest.param("<!-->" * 500_000, id="empty comments"),
        pytest.param("=" * 3_000_000, id="equals signs"),
        pytest.param("<a " + "= " * 1_500_000, id="equals signs in a tag"),
        pytest.param("&amp;" * 600_000, id="entities"),
        pytest.param("<svg>" * 300_000 + "</svg>" * 300_000, id="nested svg"),
    ],
)
def test_no_page_takes_more_than_linear_time(source):
    started = time.process_time()

    read_markup(source.encode(), "text/html")

    assert time.process_time() - started < 3


def test_what_was_cut_is_said():
    markup = read_markup(HOSTILE["100,000 attributes"].encode(), None)

    assert isinstance(markup, Markup)
    assert markup.cuts == ("attributes dropped from 1 tags with more than 256",)


def test_nothing_is_cut_from_an_honest_large_page():
    markup = read_markup(page(clutter=40).encode(), "text/html; charset=utf-8")

    assert isinstance(markup, Markup)
    assert markup.cuts == ()


def test_quotes_and_tags_in_scripts_are_no_attributes():
    script = "<script>if (a<b && c == 'it' + \"" + " x='y'" * 400 + '") {}</script>'

    markup = read_markup(wrapped(script).encode(), None)

    assert isinstance(markup, Markup)
    assert markup.cuts == ()


def test_the_pages_own_data_survive_the_cut():
    data = '<script type="application/ld+json">{"@type": "NewsArticle"}</script>'

    markup = read_markup(wrapped(data + "<script>" + "y" * 4_000_000 + "</script>").encode(), None)

    assert isinstance(markup, Markup)
    assert '{"@type": "NewsArticle"}' in markup.source


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        pytest.param(b"%PDF-1.7 ...", "text/html", "a PDF", id="a PDF that calls itself HTML"),
        pytest.param(b"\x89PNG\r\n\x1a\n", None, "a PNG image", id="an image"),
        pytest.param(
            b"PK\x03\x04" + b"x" * 50, "text/html", "a ZIP archive or office document", id="an archive"
        ),
        pytest.param(b"\x00\x01\x02\x00" * 100, "text/html", "binary data", id="binary data"),
        pytest.param(b"{}", "application/json", "application/json by its Content-Type", id="JSON"),
        pytest.param(b"<rss></rss>", "text/xml", "text/xml by its Content-Type", id="a feed"),
        pytest.param(b"plain words", "text/plain", "text/plain by its Content-Type", id="plain text"),
        pytest.param(b"", "text/html", "", id="nothing"),
        pytest.param(b" \n ", "text/html", "", id="blanks"),
    ],
)
def test_what_is_no_html_is_named(body, content_type, what):
    assert read_markup(body, content_type) == NoMarkup(what=what)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "application/xml", "", None]
)
def test_html_under_a_wrong_type_is_read(content_type):
    assert isinstance(read_markup(page().encode(), content_type), Markup)


@pytest.mark.parametrize(
    "body", [b"<!-- only a comment -->", b"<>", b"<?xml version='1.0'?>", b"words alone"]
)
def test_a_strange_page_is_a_value_and_no_exception(body):
    assert isinstance(read_markup(body, "text/html"), Markup | NoMarkup)
