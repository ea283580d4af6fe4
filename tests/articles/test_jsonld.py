"""JSON-LD as pages have it: graphs, lists, broken commas, fields of any type."""

from __future__ import annotations

import json

import pytest
from lxml.html import document_fromstring

from monitor.articles.jsonld import LinkedData, linked_data

NODE = {
    "@type": "NewsArticle",
    "headline": "The pier &amp; the tide",
    "datePublished": "2026-11-24T08:00:00+01:00",
    "author": {"@type": "Person", "name": "Ada Quill"},
    "isAccessibleForFree": "False",
    "inLanguage": "en-GB",
    "publisher": {"@type": "Organization", "name": "The Gazette"},
    "articleBody": "All of it.",
}


def read(*sources: str) -> LinkedData:
    scripts = "".join(f'<script type="application/ld+json">{source}</script>' for source in sources)
    return linked_data(document_fromstring(f"<html><head>{scripts}</head><body>x</body></html>"))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(json.dumps(NODE), id="alone"),
        pytest.param(json.dumps([{"@type": "WebSite"}, NODE]), id="in a list"),
        pytest.param(json.dumps({"@graph": [{"@type": "Organization"}, NODE]}), id="in a graph"),
        pytest.param(json.dumps({"@type": "WebPage", "mainEntity": NODE}), id="as the page's entity"),
        pytest.param(json.dumps(NODE)[:-1] + ",}", id="with a trailing comma"),
        pytest.param(
            json.dumps(NODE).replace("All of it.", "All\nof\tit."), id="with raw control characters"
        ),
        pytest.param(f"<!-- {json.dumps(NODE)} -->", id="commented out"),
        pytest.param(
            json.dumps(NODE | {"@type": ["Thing", "https://schema.org/NewsArticle"]}), id="typed by address"
        ),
    ],
)
def test_the_articles_node_is_found_wherever_it_stands(source):
    found = read(source)

    assert found.is_article
    assert found.headline == "The pier & the tide"
    assert found.authors == ("Ada Quill",)
    assert found.published == "2026-11-24T08:00:00+01:00"
    assert found.language == "en-GB"
    assert found.publisher == "The Gazette"
    assert found.free is False
    assert " ".join(found.body.split()) == "All of it."


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ada Quill", ("Ada Quill",)),
        (["Ada Quill", {"name": "Bo Reed"}], ("Ada Quill", "Bo Reed")),
        ({"name": ["Ada Quill", "Bo Reed"]}, ("Ada Quill", "Bo Reed")),
        ({"@id": "#ada"}, ("Ada Quill",)),
        ({"@id": "#nobody"}, ()),
        (None, ()),
        (7, ()),
        ([[]], ()),
    ],
)
def test_authors_come_in_many_shapes(author, names):
    graph = {"@graph": [{"@id": "#ada", "name": "Ada Quill"}, NODE | {"author": author}]}

    assert read(json.dumps(graph)).authors == names


def test_the_richest_of_several_articles_is_taken():
    teaser = {"@type": "NewsArticle", "headline": "Another story"}

    assert read(json.dumps([teaser, NODE, teaser])).headline == "The pier & the tide"


@pytest.mark.parametrize(
    "source", ["", "{", "null", "7", '"text"', "[" * 100_000, '{"@type": {}}', '{"@type": null}']
)
def test_broken_data_say_nothing_and_raise_nothing(source):
    found = read(source)

    assert not found.is_article
    assert found.free is None


def test_a_pages_other_types_are_kept_for_its_status():
    assert read('{"@type": "Product"}', '{"@type": "BreadcrumbList"}').types == {"product", "breadcrumblist"}
