"""One page in, one article out: text, title, author, date, language and what kind of page it was.

The steps in their order, each in its own module; nothing here is decided twice and nothing is fetched.
"""

from __future__ import annotations

import py3langid

from monitor.articles.lines import without_clutter
from monitor.articles.markup import Markup, NoMarkup, read_markup
from monitor.articles.metadata import PageFacts, page_facts
from monitor.articles.reading import Reading, read
from monitor.articles.signs import signs_of
from monitor.articles.status import status_of
from monitor.model.article import Article, BodyStatus, FeedKnowledge, Method
from monitor.urls import absolute
from monitor.words import clean, squeeze

SHORT = 250  # characters below which the page's own articleBody is looked at
LANGUAGE_SAMPLE = 1_000  # characters; on 267 news pages more changed no answer
LANGUAGE_FROM = 100  # characters; a shorter text's language is guessed worse than declared
KEPT = (BodyStatus.FULL, BodyStatus.TEASER, BodyStatus.PAYWALL)


def extract(
    body: bytes, *, url: str, content_type: str | None = None, known: FeedKnowledge | None = None
) -> Article:
    """Read a page, whatever its bytes are; `url` is where it was found, `known` what the feed said of it."""
    url = absolute(url) or ""  # an address that cannot be read says nothing about its page
    page = read_markup(body, content_type)
    if isinstance(page, NoMarkup):
        return _no_page(page)
    facts = page_facts(page.tree, url)
    reading = _reading(page, facts, known, url)
    status, evidence = status_of(signs_of(page, facts, reading.text, url, known))
    if status not in KEPT:
        # What such a page calls itself, its author or its address would be taken for the article's.
        title = facts.title if status is BodyStatus.NOT_ARTICLE else ""
        error = evidence[0] if status is BodyStatus.FAILED else None
        return Article(
            status=status, title=clean(title) or None, evidence=(*evidence, *page.cuts), error=error
        )
    return Article(
        status=status,
        text=reading.text,
        title=clean(facts.title) or None,
        author=clean(", ".join(facts.authors)) or None,
        published_on=facts.published_on,
        published_at=facts.published_at,
        language=_language(reading.text, facts, known),
        site_name=clean(facts.site_name) or None,
        canonical_url=absolute(facts.canonical_url, url) if facts.canonical_url else None,
        method=reading.method,
        evidence=(*evidence, *page.cuts),
    )


def _no_page(page: NoMarkup) -> Article:
    if not page.what:
        return Article(
            status=BodyStatus.FAILED, evidence=("an empty body",), error="the server sent an empty page"
        )
    return Article(status=BodyStatus.NOT_ARTICLE, evidence=(page.what,))


def _reading(page: Markup, facts: PageFacts, known: FeedKnowledge | None, url: str) -> Reading:
    reading = read(page, facts.linked.body)
    titles = (facts.title, facts.heading, facts.linked.headline, known.title if known else "")
    text = clean(without_clutter(reading.text, titles, page.tree, url))
    own = clean(facts.linked.body).strip()
    # Equal words: an extractor found nothing in the markup either, and took this without its paragraphs.
    if own and (len(text) < min(SHORT, len(own)) or squeeze(text) == squeeze(own)):
        return Reading(text=own, method=Method.JSON_LD)
    return Reading(text=text, method=reading.method if text else Method.NONE)


def _language(text: str, facts: PageFacts, known: FeedKnowledge | None) -> str | None:
    """Two letters: by the text where there is enough of it, else as page or feed declare it."""
    if len(text) >= LANGUAGE_FROM:
        return str(py3langid.classify(text[:LANGUAGE_SAMPLE])[0])
    return facts.language or (known.language if known else None)
