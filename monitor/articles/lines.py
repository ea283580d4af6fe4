"""What does not belong into an article's text although extractors let it in, taken out line by line.

Each rule is small and stands here because it gained on real pages. Bylines, captions and author boxes are
left in: taking them out gained nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urljoin

from lxml.html import HtmlElement

from monitor.articles import phrases
from monitor.urls import same_site
from monitor.words import fold, squeeze

TITLE_WITHIN = 4  # lines from the top in which the title may be repeated
INVITATION_AT_MOST = 220  # characters: an invitation is short, a report about newsletters need not be
WALL_AT_MOST = 120  # characters of a line that offers a subscription
HEADING_AT_MOST = 80  # characters
PROSE_FROM = 250  # characters from which a line counts as prose
MOST_PROSE = 0.5  # share of prose in a tail from which on it is kept
HEADLINE_FROM = 5  # words; shorter links are names and products, which the text needs
MOST_LINKED = 0.3  # share of the text in link-only lines from which on the links are the article

BULLET = re.compile(r"^\s*(?:[-•*·▪►→]|\d{1,3}[.)])\s+")
SENTENCE = re.compile(r"(?<=[.!?:]) ")


def without_clutter(text: str, titles: Iterable[str], tree: HtmlElement, url: str) -> str:
    """The text without the repeated title, invitations, and what leads to or tells of other stories."""
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    lines = _without_title(lines, {_key(title) for title in titles if title})
    lines = _without_tail(lines)
    lines = _without_links(lines, _stories_linked(tree, url))
    return "\n".join(line for line in lines if not is_invitation(line))


def is_invitation(line: str) -> bool:
    """Whether a line asks the reader for something instead of telling anything."""
    if len(line) > INVITATION_AT_MOST:
        return False
    key = _key(line)
    if phrases.FURNITURE.fullmatch(key):
        return True
    if len(line) <= WALL_AT_MOST and (phrases.WALL.search(key) or phrases.WALL_HINT.search(key)):
        return True
    return any(phrases.INVITATION.match(sentence) for sentence in SENTENCE.split(key))


def is_tail_heading(line: str) -> bool:
    """Whether only other stories follow under this line."""
    return len(line) <= HEADING_AT_MOST and phrases.TAIL.fullmatch(_key(line)) is not None


def _key(line: str) -> str:
    return fold(squeeze(BULLET.sub("", line))).strip(" .:!>|»→")


def _without_title(lines: list[str], titles: set[str]) -> list[str]:
    return [line for i, line in enumerate(lines) if i >= TITLE_WITHIN or _key(line) not in titles]


def _without_tail(lines: list[str]) -> list[str]:
    """Cut at a heading such as 'Related Posts' past half of the text, unless mostly prose follows."""
    half, seen = sum(map(len, lines)) / 2, 0
    for i, line in enumerate(lines):
        seen += len(line)
        if seen > half and is_tail_heading(line) and not _is_prose(lines[i + 1 :]):
            return lines[:i]
    return lines


def _is_prose(lines: Sequence[str]) -> bool:
    whole = sum(map(len, lines))
    return sum(len(line) for line in lines if len(line) >= PROSE_FROM) > MOST_PROSE * whole


def _stories_linked(tree: HtmlElement, url: str) -> set[str]:
    """The words of all links that are as long as a headline and lead to another page of the site."""
    stories = set()
    for link in tree.iter("a"):
        target = link.get("href")
        if not target or "#" in target:
            continue
        words = squeeze(link.text_content())
        if words.count(" ") >= HEADLINE_FROM - 1 and _stays(target, url):
            stories.add(words)
    return stories


def _stays(target: str, url: str) -> bool:
    if not url or not target.lower().startswith(("http:", "https:", "//")):
        return True
    try:
        return same_site(urljoin(url, target), url)
    except ValueError:
        return False


def _without_links(lines: list[str], stories: set[str]) -> list[str]:
    kept = [line for line in lines if squeeze(BULLET.sub("", line)) not in stories]
    whole = sum(map(len, lines))
    return kept if whole - sum(map(len, kept)) <= MOST_LINKED * whole else lines
