"""An article and its surroundings in, the HTML of a page out. Addresses and dates come from outside.

Each outlet has a template of its own; they differ as sites of different ages and systems do.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from zlib import crc32

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from monitor.demo.content import Access, Article, BlockKind, Outlet, load_clutter

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
DATE_FORMATS = {
    "en": "{day} {month} {year}, {time}",
    "de": "{day}. {month} {year}, {time} Uhr",
    "fr": "Publié le {day} {month} {year} à {time}",
    "es": "{day} de {month} de {year}, {time}",
}
RAIL_LENGTH = 7
COMMENT_COUNT = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A headline in a rail and where it leads."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """All that a template needs to know of one article's page."""

    outlet: Outlet
    article: Article
    home: str  # the outlet's address, without a slash at its end
    canonical_url: str
    published_at: datetime  # in the outlet's zone
    siblings: tuple[Link, ...]  # real articles of the same outlet
    feed_links: tuple[Link, ...]

    @property
    def byline(self) -> str:
        """Who is named under the headline."""
        return self.article.author or self.article.agency

    @property
    def number(self) -> int:
        """The same for an article always: picks its clutter and stands in some addresses."""
        return article_number(self.article)


def article_number(article: Article) -> int:
    """Six digits, as an editorial system would have given it."""
    return 100_000 + crc32(article.key.encode()) % 900_000


def render_article(view: PageView) -> str:
    """The page that stands at an article's address, whatever kind it is."""
    special = {
        Access.CONSENT: "consent.html",
        Access.GALLERY: "gallery.html",
        Access.MISSING: "missing.html",
    }
    template = special.get(view.article.access, view.outlet.template)
    return _environment().get_template(template).render(_context(view.outlet, view.number), view=view)


def render_home(
    outlet: Outlet, *, home: str, headlines: tuple[Link, ...], feed_links: tuple[Link, ...]
) -> str:
    """An outlet's front page; it names the feeds for programs that look for them."""
    template = _environment().get_template("home.html")
    return template.render(_context(outlet, 0), home=home, headlines=headlines, feed_links=feed_links)


def render_missing(outlet: Outlet) -> str:
    """The page that comes with a 404."""
    return _environment().get_template("missing.html").render(_context(outlet, 0))


def render_template(name: str, **values: object) -> str:
    """Fill any other template of the demo, such as those of the feeds."""
    return _environment().get_template(name).render(values)


def body_html(article: Article) -> Markup:
    """The plain HTML of a body, as full-text feeds carry it."""
    tags = {BlockKind.PARAGRAPH: "p", BlockKind.HEADING: "h2", BlockKind.QUOTE: "blockquote"}
    return Markup("\n").join(
        Markup("<{0}>{1}</{0}>").format(tags[block.kind], inline(block.text)) for block in article.blocks
    )


def inline(text: str) -> Markup:
    """Escape a block's text and set `**...**` in bold."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text))))


def local_date(moment: datetime, language: str) -> str:
    """A date as a page in `language` prints it."""
    month = MONTHS[language].split()[moment.month - 1]
    return DATE_FORMATS[language].format(
        day=moment.day, month=month, year=moment.year, time=f"{moment:%H:%M}"
    )


def slugify(text: str) -> str:
    """A headline as the last part of an address."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def json_ld(view: PageView) -> Markup:
    """The schema.org record of an article, safe inside a script element."""
    article = view.article
    record: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": view.canonical_url},
        "headline": article.headline,
        "description": article.summary,
        "datePublished": view.published_at.isoformat(),
        "dateModified": view.published_at.isoformat(),
        "articleSection": article.section,
        "inLanguage": view.outlet.language,
        "author": [{"@type": "Person" if article.author else "Organization", "name": view.byline}],
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": view.outlet.name,
            "logo": {"@type": "ImageObject", "url": f"{view.home}/static/logo-600x60.png"},
        },
        "isAccessibleForFree": article.access is not Access.TEASER,
    }
    if article.access is Access.TEASER:
        part = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
        record["hasPart"] = part
    return Markup(json.dumps(record, ensure_ascii=False, indent=1).replace("<", "\\u003c"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("monitor.demo", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    for function in (inline, local_date, slugify, json_ld):
        environment.filters[function.__name__] = function
    return environment


def _context(outlet: Outlet, number: int) -> dict[str, object]:
    """The clutter of one page: the same page always gets the same, and neighbours get different parts."""
    clutter = load_clutter(outlet.language)
    return {
        "outlet": outlet,
        "number": number,
        "words": clutter.words,
        "nav": clutter.nav,
        "footer": clutter.footer,
        "rail": _rotated(clutter.rail, number)[:RAIL_LENGTH],
        "popular": _rotated(clutter.rail, number + RAIL_LENGTH)[:RAIL_LENGTH],
        "comments": _rotated(clutter.comments, number)[:COMMENT_COUNT],
    }


def _rotated(items: tuple[T, ...], start: int) -> tuple[T, ...]:
    first = start % len(items)
    return items[first:] + items[:first]
