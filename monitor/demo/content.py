"""The written part of the demo: outlets, their articles, and the clutter around them, read from package data.

Nothing here knows addresses, dates or HTML: see `world.py` and `pages.py` for those.
"""

import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

FENCE = "+++\n"


class Access(StrEnum):
    """What the server puts at an article's address."""

    FULL = "full"  # the article
    TEASER = "teaser"  # its first paragraphs and a box to subscribe
    CONSENT = "consent"  # a cookie dialogue in its place, with status 200
    GALLERY = "gallery"  # a page of captions: not an article
    MISSING = "missing"  # 404


class BlockKind(StrEnum):
    """The kinds of block a body is made of."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"  # written '## ...'
    QUOTE = "quote"  # written '> ...', set apart from the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a body. `**...**` in its text is set in bold."""

    kind: BlockKind
    text: str

    @property
    def plain(self) -> str:
        """The text as a reader sees it."""
        return self.text.replace("**", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as written. All fields but the first two and `blocks` are keys of its front matter."""

    outlet: str  # the outlet's key, which is its folder's name
    slug: str  # the file's name
    headline: str
    section: str
    summary: str  # what the feeds say
    hours_ago: float  # when it was published, before the world's now
    author: str = ""
    agency: str = ""  # credited instead of an author
    feeds: tuple[str, ...] = ()  # keys of the feeds that list it; empty: the outlet's first
    edition: int = 1  # 2: published between the two cycles
    relevant: bool = False  # for a digest on open-source AI policy
    access: Access = Access.FULL
    path: str = ""  # instead of the outlet's pattern
    listed_as: str = ""  # an old path that the feed gives; it answers 301
    body_of: str = ""  # 'outlet/slug' whose text this one reprints
    canonical: str = ""  # 'outlet/slug' that rel=canonical names instead of this page
    linkless: bool = False  # an entry without a link: its text is in the feed only
    disallowed: bool = False  # robots.txt forbids it
    blocks: tuple[Block, ...] = ()

    @property
    def key(self) -> str:
        """Names the article among all: 'outlet/slug'."""
        return f"{self.outlet}/{self.slug}"

    @property
    def words(self) -> int:
        """Length of the body."""
        return sum(len(block.plain.split()) for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed of an outlet, as its `outlet.toml` describes it."""

    key: str
    title: str
    path: str
    format: str  # 'rss', 'rdf', 'atom' or 'json'
    validators: str  # 'etag+date', 'etag', 'weak' (a weak ETag), 'date' or 'none'
    tracking: str = ""  # query that the feed adds to each link
    full_text: bool = False  # carries whole bodies, not only summaries
    delay_seconds: float = 0.0
    moved_from: str = ""  # the path that people subscribed to; answers 301
    broken: bool = False  # answers 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One publisher, as its `outlet.toml` describes it, with its articles, newest first."""

    key: str
    name: str
    tagline: str
    language: str
    template: str  # in templates/
    article_path: str  # with {section}, {slug}, {number}, {year}, {month}, {day}
    utc_offset_hours: int  # the zone in which its pages and feeds state times
    charset: str = "utf-8"
    gzip: bool = False
    disallow: tuple[str, ...] = ()  # of robots.txt
    feeds: tuple[Feed, ...] = ()
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clutter:
    """What stands around an article in one language: the words on buttons, headlines of a rail, comments."""

    words: dict[str, str]  # by the name that templates use
    nav: tuple[str, ...]
    footer: tuple[str, ...]
    rail: tuple[str, ...]
    comments: tuple[tuple[str, str], ...]  # name, text


@cache
def load_outlets() -> tuple[Outlet, ...]:
    """All outlets in the order of their keys; reprints have got the text that they reprint."""
    folders = sorted(_data("outlets").iterdir(), key=lambda folder: folder.name)
    outlets = tuple(_read_outlet(folder) for folder in folders if folder.is_dir())
    bodies = {article.key: article.blocks for outlet in outlets for article in outlet.articles}
    return tuple(
        replace(outlet, articles=tuple(_with_reprinted_body(article, bodies) for article in outlet.articles))
        for outlet in outlets
    )


@cache
def load_clutter(language: str) -> Clutter:
    """The clutter of pages in `language`."""
    table = tomllib.loads((_data("clutter") / f"{language}.toml").read_text(encoding="utf-8"))
    return Clutter(
        words={key: value for key, value in table.items() if isinstance(value, str)},
        nav=tuple(table["nav"]),
        footer=tuple(table["footer"]),
        rail=tuple(table["rail"]),
        comments=tuple((name, text) for name, text in table["comments"]),
    )


def parse_article(text: str, *, outlet: str, slug: str) -> Article:
    """Read one article file: TOML between two lines '+++', then blocks separated by empty lines."""
    _, front, body = text.split(FENCE, maxsplit=2)
    table = _tuples(tomllib.loads(front))
    table["access"] = Access(table.get("access", Access.FULL))
    blocks = tuple(_parse_block(block) for block in body.strip().split("\n\n") if block)
    return Article(outlet=outlet, slug=slug, blocks=blocks, **table)


def _data(folder: str) -> Traversable:
    return files("monitor.demo") / folder


def _read_outlet(folder: Traversable) -> Outlet:
    table = tomllib.loads((folder / "outlet.toml").read_text(encoding="utf-8"))
    feeds = tuple(Feed(**feed) for feed in table.pop("feeds"))
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    articles = [
        parse_article(text, outlet=folder.name, slug=name.removesuffix(".md"))
        for name, text in texts.items()
        if name.endswith(".md")
    ]
    articles.sort(key=lambda article: (article.hours_ago, article.slug))
    return Outlet(key=folder.name, feeds=feeds, articles=tuple(articles), **_tuples(table))


def _parse_block(text: str) -> Block:
    if text.startswith("## "):
        return Block(kind=BlockKind.HEADING, text=text.removeprefix("## "))
    if text.startswith("> "):
        return Block(kind=BlockKind.QUOTE, text=text.removeprefix("> "))
    return Block(kind=BlockKind.PARAGRAPH, text=text)


def _with_reprinted_body(article: Article, bodies: dict[str, tuple[Block, ...]]) -> Article:
    return replace(article, blocks=bodies[article.body_of]) if article.body_of else article


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    """TOML's lists as tuples, so that what holds them is hashable."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
