"""A page's text by two extractors, and by a third where they differ: choosing pays more than cleaning.

Trafilatura reads fast; resiliparse (a few ms) is the referee; where they disagree, trafilatura's balanced
mode and the page's own articleBody join, and the reading that is closest to all the others is taken.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from resiliparse.extract.html2text import extract_plain_text
from trafilatura import bare_extraction
from trafilatura.settings import Document

from monitor.articles.markup import Markup
from monitor.model.article import Method

# Trafilatura logs each page it makes nothing of; that is our status's affair.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

AGREED = 0.85  # likeness from which on the first reading stands; 12 % of news pages lie below
SHINGLE = 4  # words
MOST_TAGS_TO_COMPARE = 10_000  # beyond, a second reading costs too much of the page's deadline
CONTAINED = 0.9  # share of the first reading that the referee must have as well to be a fuller one
MUCH_MORE = 0.35  # prose that the referee adds, as a share of the first reading
MOSTLY_PROSE = 0.55  # share of prose in what it adds: below, it added lists, captions and links
PROSE_LINE = re.compile(r".{119,}[.!?…。][\"'”’»)]{0,2}")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One extractor's text, paragraphs parted by newlines."""

    text: str
    method: Method


def read(page: Markup, article_body: str = "") -> Reading:
    """The best reading of a page; its text is '' where no extractor finds any."""
    first = Reading(text=_trafilatura(page, fast=True), method=Method.TRAFILATURA)
    if page.tags > MOST_TAGS_TO_COMPARE:
        return first
    referee = Reading(text=_resiliparse(page), method=Method.RESILIPARSE)
    if likeness(first.text, referee.text) >= AGREED:
        return first
    if _is_fuller(referee.text, first.text):
        return referee
    third = Reading(text=_trafilatura(page, fast=False), method=Method.TRAFILATURA)
    own = (Reading(text=article_body, method=Method.JSON_LD),) if article_body else ()
    return _most_central((first, referee, third, *own))


def likeness(a: str, b: str) -> float:
    """Dice over 4-word shingles: 1 for the same text, 0 for no shingle in common."""
    return _dice(_shingles(a), _shingles(b))


def _trafilatura(page: Markup, *, fast: bool) -> str:
    # Recall costs nothing in the fast mode and saves its retry; the balanced mode is left as it is tuned.
    found = bare_extraction(page.tree, fast=fast, favor_recall=fast, include_comments=False)
    return (found.text or "") if isinstance(found, Document) else ""


def _resiliparse(page: Markup) -> str:
    return extract_plain_text(
        page.source,
        main_content=True,
        preserve_formatting=True,
        list_bullets=False,
        alt_texts=False,
        links=False,
        comments=False,
    )


def _is_fuller(text: str, first: str) -> bool:
    """Whether a text has all of the first one and much more prose: the first lost part of the article."""
    shingles = _shingles(first)
    if len(shingles & _shingles(text)) < CONTAINED * len(shingles):
        return False
    known = {line.strip() for line in first.split("\n")}
    added = [line for line in map(str.strip, text.split("\n")) if line and line not in known]
    prose = sum(len(line) for line in added if PROSE_LINE.fullmatch(line))
    return prose >= MUCH_MORE * len(first) and prose >= MOSTLY_PROSE * sum(map(len, added))


def _most_central(readings: Sequence[Reading]) -> Reading:
    """The one that is closest to all the others; the longest where none has anything in common."""
    sets = [_shingles(reading.text) for reading in readings]

    def closeness(i: int) -> tuple[float, int]:
        return sum(_dice(sets[i], other) for j, other in enumerate(sets) if j != i), len(readings[i].text)

    return readings[max(range(len(readings)), key=closeness)]


def _shingles(text: str) -> frozenset[int]:
    words = WORD.findall(text)
    if not words:
        return frozenset()
    return frozenset(hash(tuple(words[i : i + SHINGLE])) for i in range(max(1, len(words) - SHINGLE + 1)))


def _dice(a: frozenset[int], b: frozenset[int]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0
