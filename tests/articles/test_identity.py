"""Addresses that lead to one article alone, and what a text is recognised by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pages import PARAGRAPHS

from monitor.articles.identity import article_addresses, fingerprint, is_shared_page
from monitor.model.article import Fingerprint
from monitor.model.web import Hop
from monitor.urls import canonical, same_site

LISTED = "https://gazette.example/news/ferry-stays?utm_source=rss"
PLAIN = "https://gazette.example/news/ferry-stays"
TEXT = "\n".join(PARAGRAPHS)

hosts = st.sampled_from(
    [
        "gazette.example",
        "www.gazette.example",
        "m.gazette.example",
        "other.example",
        "consent.gazette.example",
    ]
)
paths = st.sampled_from(
    ["/", "", "/news", "/news/ferry-stays", "/news/ferry-stays/amp", "/login", "/index.html", "/a b", "/ü"]
)
queries = st.sampled_from(["", "?p=8", "?utm_source=rss", "?a=1&utm_medium=x", "#top"])
urls = st.builds(
    lambda scheme, host, path, query: f"{scheme}://{host}{path}{query}",
    st.sampled_from(["http", "https"]),
    hosts,
    paths,
    queries,
)
hops = st.lists(st.builds(Hop, url=urls, status=st.sampled_from([301, 302]), target=urls), max_size=3)


def hop(url: str, target: str, status: int = 301) -> Hop:
    return Hop(url=url, status=status, target=target)


def addresses(*args) -> dict[str, str]:
    return dict(article_addresses(*args))


def test_an_article_is_known_under_its_listed_address_without_what_tracks_readers():
    assert addresses(LISTED, (), LISTED, None) == {PLAIN: "listed"}


def test_each_hop_and_the_final_address_lead_to_it():
    short, final = "https://go.example/abc", "https://gazette.example/news/ferry-stays.html"

    found = addresses(short, (hop(short, LISTED), hop(LISTED, final)), final, None)

    assert found == {short: "listed", PLAIN: "redirect", final: "final"}


@pytest.mark.parametrize(
    "target",
    [
        "https://gazette.example/",
        "https://gazette.example",
        "https://gazette.example/index.html",
        "https://gazette.example/login?next=/news/ferry-stays",
        "https://gazette.example/subscribe",
        "https://consent.gazette.example/v2/collectConsent?sessionId=1",
        "https://gazette.example/news/",
        "https://gazette.example/404.html",
    ],
)
def test_a_page_that_many_articles_redirect_to_is_no_address(target):
    assert addresses(LISTED, (hop(LISTED, target, 302),), target, "https://gazette.example/") == {
        PLAIN: "listed"
    }


def test_a_way_through_a_consent_page_leaves_it_out():
    consent = "https://consent.gazette.example/collect"

    found = addresses(LISTED, (hop(LISTED, consent), hop(consent, PLAIN)), PLAIN, None)

    assert found == {PLAIN: "listed"}


@pytest.mark.parametrize(
    ("claimed", "final"),
    [
        pytest.param(
            "https://gazette.example/news/ferry-stays",
            "https://gazette.example/news/ferry-stays/amp",
            id="AMP",
        ),
        pytest.param(
            "https://gazette.example/news/ferry-stays",
            "https://gazette.example/news/ferry-stays/2",
            id="page 2",
        ),
        pytest.param(
            "https://www.gazette.example/a/812", "https://m.gazette.example/b/812", id="the mobile host"
        ),
        pytest.param("https://gazette.example/index.php?id=812", "https://gazette.example/x", id="by number"),
    ],
)
def test_a_plausible_canonical_is_an_address(claimed, final):
    assert addresses(final, (), final, claimed)[canonical(claimed)] == "canonical"


@pytest.mark.parametrize(
    "claimed",
    [
        pytest.param("https://agency.example/ferry-stays", id="another outlet's"),
        pytest.param("https://gazette.example/", id="the front page"),
        pytest.param("https://gazette.example/news/", id="the section"),
        pytest.param("https://gazette.example/login", id="a login"),
        pytest.param("javascript:void(0)", id="nonsense"),
        pytest.param("", id="empty"),
        pytest.param(None, id="none"),
    ],
)
def test_an_implausible_canonical_is_none(claimed):
    assert addresses(PLAIN, (), PLAIN, claimed) == {PLAIN: "listed"}


@given(urls, hops, urls, st.none() | urls)
def test_addresses_are_canonical_unique_and_never_shared_but_the_listed_one(listed, way, final, claimed):
    found = article_addresses(listed, way, final, claimed)

    names = [address for address, _ in found]
    assert len(names) == len(set(names))
    assert all(canonical(address) == address for address in names)
    assert found[0] == (canonical(listed), "listed")
    assert not any(
        is_shared_page(address) for address, kind in found[1:] if kind != "final" or final != listed
    )


@given(urls, urls)
def test_a_canonical_never_leaves_the_site(final, claimed):
    for address, kind in article_addresses(final, (), final, claimed):
        assert kind != "canonical" or same_site(address, final)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(TEXT.upper(), id="in capitals"),
        pytest.param(TEXT.replace("\n", "\n\n  "), id="with other blanks"),
        pytest.param(TEXT.replace("'", "’"), id="with other quotes"),
        pytest.param(f"By Ada Quill, The Gazette\n24 November 2026\n{TEXT}", id="with a byline and a date"),
        pytest.param(f"KRONHAVN, Nov. 24 (Coast Wire) — {TEXT}", id="with a dateline"),
        pytest.param(f"Kronhavn (cw) - {TEXT}", id="with a German dateline"),
        pytest.param(
            f"{TEXT}\nReporting by Ada Quill in Kronhavn, with more from the islands; editing by Bo Reed",
            id="with a credit",
        ),
        pytest.param(f"{TEXT}\n© 2026 Coast Wire", id="with a copyright line"),
    ],
)
def test_copies_of_a_text_have_one_fingerprint(copy):
    assert fingerprint(copy) == fingerprint(TEXT)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("\n".join(PARAGRAPHS[:4]), id="abridged"),
        pytest.param(TEXT.replace("four million", "five million"), id="another figure"),
        pytest.param(
            "\n".join((PARAGRAPHS[0], "Route 9: closed", *PARAGRAPHS[1:])), id="a short line inside"
        ),
    ],
)
def test_other_texts_have_another_fingerprint(other):
    assert fingerprint(other).text_hash != fingerprint(TEXT).text_hash


@pytest.mark.parametrize("text", ["", " \n ", "…", "---\n***"])
def test_no_words_no_fingerprint(text):
    assert fingerprint(text) == Fingerprint()


@given(st.text())
def test_every_text_has_a_fingerprint_that_depends_on_nothing_else(text):
    assert fingerprint(text) == fingerprint(text)
    assert (fingerprint(text).text_hash is None) == (fingerprint(text).words == 0)


def test_a_text_of_short_lines_only_is_recognised_by_all_of_them():
    poem = "The tide is in\nThe crane stands still\nThe ferry waits"

    assert fingerprint(poem).words == 11
    assert fingerprint(poem) != fingerprint(poem.replace("ferry", "pilot"))
