"""What a page shows that tells what kind of page it is: gathered from tree and source, judged in `status.py`.

Costly looks (the whole source, all words) are taken only where the text alone leaves a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.articles import phrases
from monitor.articles.jsonld import ARTICLE_TYPES, LISTING_TYPES
from monitor.articles.markup import Markup
from monitor.articles.metadata import PageFacts
from monitor.model.article import FeedKnowledge
from monitor.urls import host
from monitor.words import fold, squeeze, tokens

DOUBTFUL = 2_500  # characters; the longest wall, banner or error text we know of is shorter
RARE_FROM = 5  # letters; shorter words are mostly grammar
LEAST_RARE = 3  # words that a feed's entry must have before their absence says anything
SUMMARY_READ = 500  # characters
# Shares of an entry's rare words that its page holds. Entries of other pages reach 0.2 in 3 of 10 cases by
# chance (267 news pages, each against 6 others), the page's own nearly all: only much less says anything.
SHARED = 0.2
SHARED_OF_TITLE = 0.34
LONG_LINE = 120  # characters: two lines of print; menus and lists of headlines have shorter ones
LEAST_CONSENT_WORDS = 4  # different ones in a short text
NAMED_SHARE = 0.7  # share of the entry title's words that a heading must have to be the same
ARTICLE_OG_TYPES = ("article", "news.article", "newsarticle", "og:article")

UNSEEN = ("script", "style", "noscript", "template")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The words or the markup by which something else than an article showed itself; '' where nothing did."""

    challenge: str = ""
    consent: str = ""
    not_found: str = ""
    wall: str = ""
    wall_hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known about a page when its status is decided."""

    characters: int  # of the extracted text
    words: int
    long_lines: int  # of LONG_LINE characters and more
    lines: int = 1
    broken_off: bool  # ends in an ellipsis or at a 'continue reading'
    # what the page calls itself
    claims_article: bool = False  # by JSON-LD or og:type
    claims_listing: bool = False  # by JSON-LD, without an article in it
    og_type: str = ""
    dated: bool = False
    signed: bool = False  # has an author
    closed: bool = False  # isAccessibleForFree: false
    # its address
    home: bool = False  # the site's front page
    section: bool = False  # a section's name stands in the path
    slug_words: int = 0  # in the last part of the path
    dated_path: bool = False
    # the feed's entry
    shares_words: bool | None = (
        None  # whether any rare word of the entry is in the page; None: none to compare
    )
    named_by_entry: bool = False  # its heading is the entry's title
    feed_characters: int = 0  # of the entry's full text
    # looks taken only where there was a doubt
    marks: Marks = Marks()
    link_share: float = 0.0  # of all characters in the page, those in links


def signs_of(page: Markup, facts: PageFacts, text: str, url: str, known: FeedKnowledge | None) -> Signs:
    """Look at a page as closely as its text leaves doubt."""
    lines = text.split("\n") if text else []
    parts = urlsplit(url)
    path = parts.path.lower().rstrip("/").split("/")
    og_type = facts.meta.get("og:type", "").lower()
    claims_article = facts.linked.is_article or og_type in ARTICLE_OG_TYPES
    return Signs(
        characters=len(text),
        words=len(text.split()),
        lines=len(lines),
        long_lines=sum(_columns(line) >= LONG_LINE for line in lines),
        broken_off=bool(lines) and _breaks_off(fold(lines[-1])),
        claims_article=claims_article,
        claims_listing=not facts.linked.types & ARTICLE_TYPES and bool(facts.linked.types & LISTING_TYPES),
        og_type=og_type,
        dated=facts.published_on is not None,
        signed=bool(facts.authors),
        closed=facts.linked.free is False,
        home=bool(parts.netloc) and path == [""] and not parts.query,
        section=any(phrases.SECTION.fullmatch(part) for part in path[:-1]),
        slug_words=len([word for word in re.split(r"[-_]", path[-1]) if word]),
        dated_path=phrases.DATED_PATH.search(parts.path.lower()) is not None,
        shares_words=_shares_words(page, facts, text, known),
        named_by_entry=_named_by_entry(facts, known),
        feed_characters=len(known.content) if known is not None else 0,
        marks=_marks(page, facts, text, url) if len(text) < DOUBTFUL else Marks(),
        link_share=0.0 if claims_article else _link_share(page),
    )


def _columns(line: str) -> int:
    """A line's length in print: Chinese, Japanese and Korean characters are two wide."""
    return len(line) if line.isascii() else len(line) + sum("\u2e80" <= char <= "\uffdc" for char in line)


def _breaks_off(last_line: str) -> bool:
    return bool(phrases.BROKEN_OFF.search(last_line) or phrases.CONTINUED.fullmatch(last_line))


def _marks(page: Markup, facts: PageFacts, text: str, url: str) -> Marks:
    source = page.source.lower()
    name = fold(squeeze(f"{page.tree.findtext('.//title') or ''} {facts.heading}"))
    words = fold(squeeze(text))
    everything = fold(_all_words(page))
    markup = next((mark for mark in phrases.CHALLENGE_MARKUP if mark in source), "")
    return Marks(
        challenge=markup or _first(phrases.CHALLENGE, name) or _first(phrases.CHALLENGE, words),
        consent=_consent(f"{name} {words}", url),
        not_found=_first(phrases.NOT_FOUND, name),
        wall=_first(phrases.WALL, everything),
        wall_hint=_first(phrases.WALL_HINT, everything) or _first(phrases.WALL_MARKUP, source),
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0][-80:] if found else ""


def _consent(words: str, url: str) -> str:
    if phrases.CONSENT_HOST.search(host(url)) or phrases.CONSENT_PATH.search(urlsplit(url).path.lower()):
        return f"the address {host(url)}"
    found = sorted({mark[0] for mark in phrases.CONSENT.finditer(words)})
    return ", ".join(found) if len(found) >= LEAST_CONSENT_WORDS else ""


def _all_words(page: Markup) -> str:
    return squeeze(" ".join(_texts(page)))


def _texts(page: Markup) -> Iterator[str]:
    # Not by XPath: lxml looks for each text's element, in quadratic time where thousands are siblings.
    for element in page.tree.iter():
        if element.text and element.tag not in UNSEEN:
            yield element.text
        if element.tail:
            yield element.tail


def _link_share(page: Markup) -> float:
    whole = len(_all_words(page))
    linked = sum(len(squeeze(link.text_content())) for link in page.tree.iter("a"))
    return min(1.0, linked / whole) if whole else 0.0


def _shares_words(page: Markup, facts: PageFacts, text: str, known: FeedKnowledge | None) -> bool | None:
    rare = _rare_words(f"{known.title} {known.summary[:SUMMARY_READ]}") if known is not None else frozenset()
    if known is None or len(rare) < LEAST_RARE:
        return None
    near = fold(f"{facts.title} {facts.heading} {text}")
    if _share_in(near, rare) >= SHARED or _share_in(near, _rare_words(known.title)) >= SHARED_OF_TITLE:
        return True
    # The benefit of the doubt: the words may stand where no extractor looked.
    return _share_in(fold(_all_words(page)), rare) >= SHARED_OF_TITLE


def _rare_words(text: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens(text) if len(token.text) >= RARE_FROM)


def _share_in(text: str, words: frozenset[str]) -> float:
    return sum(word in text for word in words) / len(words) if words else 0.0


def _named_by_entry(facts: PageFacts, known: FeedKnowledge | None) -> bool:
    wanted = _words(known.title) if known is not None else set()
    names = (_words(name) for name in (facts.heading, facts.title))
    return bool(wanted) and any(len(wanted & name) >= NAMED_SHARE * len(wanted) for name in names)


def _words(text: str) -> set[str]:
    return {token.text for token in tokens(text)}
