"""The tables of words: what each must and must not match."""

from __future__ import annotations

import pytest

from monitor.articles import phrases


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (phrases.CHALLENGE, "just a moment..."),
        (phrases.CHALLENGE, "request unsuccessful. incapsula incident id: 7"),
        (phrases.NOT_FOUND, "404 - the gazette"),
        (phrases.NOT_FOUND, "die seite wurde nicht gefunden"),
        (phrases.WALL, "you've reached your free limit"),
        (phrases.WALL, "cet article est réservé aux abonnés"),
        (phrases.CONSENT_HOST, "consent.outlet.example"),
        (phrases.CONSENT_PATH, "/consent/collect"),
        (phrases.DATED_PATH, "/2026/11/24/a-story"),
    ],
)
def test_what_is_meant_is_found(pattern, text):
    assert pattern.search(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (phrases.CHALLENGE, "it took just a moment to decide"),
        (phrases.NOT_FOUND, "the 404th regiment"),
        (phrases.WALL, "log in to view comments"),
        (phrases.CONSENT_HOST, "www.consentful.example"),
        (phrases.CONSENT_PATH, "/news/consenting-adults"),
        (phrases.DATED_PATH, "/route/2026"),
    ],
)
def test_what_only_looks_alike_is_not(pattern, text):
    assert not pattern.search(text)
