"""What a page says about its article: title, authors, dates, language, addresses; htmldate is asked last.

JSON-LD, meta tags and headings are read in one walk each; what they mean for the status is `status.py`'s.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from htmldate import find_date
from lxml.html import HtmlElement
from trafilatura.metadata import extract_author

from monitor.articles.jsonld import LinkedData, linked_data
from monitor.words import fold, squeeze

# htmldate reports each date it turns down; which date a page has is said by the value.
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "headline")
AUTHORS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "citation_author",
    "cxenseparse:author",
    "article:author_name",
    "authors",
)
PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.issued",
    "date",
    "dc.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "article.published",
    "citation_publication_date",
    "cxenseparse:recs:publishtime",
    "last-modified-original",
)
EARLIEST = date(1995, 1, 1)  # before that no news was published on the web
NOTHING_LINKED = LinkedData()
ISO_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
NO_NAME = re.compile(r"^(https?:)?//|^@|\.(com|org|net)/|^[\W\d]+$", re.IGNORECASE)
BY = re.compile(r"^\s*(?:(?:written|posted|published) by|by|von|par|por|di|door|av)\s*:?\s+", re.IGNORECASE)
JOINED = re.compile(r"\s*(?:,|;|\||\band\b|\bund\b|\bet\b|\by\b|&)\s+")
SITE_PART = re.compile(r"\s+[|·»–—-]\s+|\s*[|»]\s*")
LONGEST_TITLE = 300  # characters; what is longer is a paragraph
LONGEST_HEADLINE = 200
HEADLINE_WORDS = 3  # a heading with fewer is a section's or the outlet's name
HEADINGS_READ = 3
CONFIRMED = 0.4  # share of a claimed title that a heading must be; less is the outlet's name within it
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """All that a page claims beside its text."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published_on: date | None = None  # in the page's own zone
    published_at: datetime | None = None  # UTC; None where no time with a zone is given
    language: str = ""  # as declared, two letters
    site_name: str = ""
    canonical_url: str | None = None  # as written, unresolved
    linked: LinkedData = NOTHING_LINKED
    meta: Mapping[str, str] = field(default_factory=dict)  # names lower case, first one wins
    heading: str = ""  # the first <h1>


def page_facts(tree: HtmlElement, url: str) -> PageFacts:
    """Read a page's own claims; nothing here is checked against the feed."""
    meta = _meta(tree)
    linked = linked_data(tree)
    headings = [text for h1 in tree.iter("h1") if (text := squeeze(h1.text_content()))]
    on, at = _published(tree, linked, meta, url)
    return PageFacts(
        title=_title(tree, linked, meta, headings),
        authors=_authors(tree, linked, meta),
        published_on=on,
        published_at=at,
        language=_language(tree, linked, meta),
        site_name=meta.get("og:site_name", "") or linked.publisher or meta.get("application-name", ""),
        canonical_url=_canonical(tree) or meta.get("og:url"),
        linked=linked,
        meta=meta,
        heading=headings[0] if headings else "",
    )


def _meta(tree: HtmlElement) -> dict[str, str]:
    """Meta tags by name, property or itemprop."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        content = squeeze(tag.get("content") or "")
        for key in ("property", "name", "itemprop"):
            if content and (name := (tag.get(key) or "").strip().lower()):
                found.setdefault(name, content)
    return found


def _title(tree: HtmlElement, linked: LinkedData, meta: Mapping[str, str], headings: list[str]) -> str:
    """The headline: the heading that the page's data confirm, its only heading, else what the data say."""
    titles = [squeeze(title.text_content()) for title in tree.iter("title")][:1]
    claimed = (linked.headline, *(meta.get(name, "") for name in TITLES), *titles)
    claims = [text for text in claimed if 0 < len(text) <= LONGEST_TITLE]
    for heading in headings[:HEADINGS_READ]:
        if any(fold(heading) in fold(claim) and len(heading) >= CONFIRMED * len(claim) for claim in claims):
            return heading
    site_name = meta.get("og:site_name", "")
    likely = [text for text in headings if _may_be_headline(text) and fold(text) != fold(site_name)]
    if len(likely) == 1 or (likely and not claims):
        return likely[0]
    return _without_site(claims[0], site_name) if claims else ""


def _may_be_headline(heading: str) -> bool:
    return heading.count(" ") >= HEADLINE_WORDS - 1 and len(heading) <= LONGEST_HEADLINE


def _without_site(title: str, site_name: str) -> str:
    """'Headline | Outlet' without the outlet."""
    cuts = list(SITE_PART.finditer(title))
    if not cuts:
        return title
    head, tail = title[: cuts[-1].start()], title[cuts[-1].end() :]
    named = site_name and fold(site_name) in (fold(tail), fold(tail).removesuffix(".com"))
    return head if head and (named or "|" in cuts[-1][0]) else title


def _authors(tree: HtmlElement, linked: LinkedData, meta: Mapping[str, str]) -> tuple[str, ...]:
    """As declared, else by the byline's markup; an outlet may be its own author."""
    for source in (linked.authors, *((meta[name],) for name in AUTHORS if name in meta)):
        if names := tuple(dict.fromkeys(_names(source))):
            return names
    return tuple(dict.fromkeys(_names((extract_author(tree) or "",))))


def _names(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        for part in JOINED.split(BY.sub("", value)):
            name = part.strip(" ,-|")
            if 2 < len(name) <= LONGEST_NAME and not NO_NAME.search(name):
                yield name


def _language(tree: HtmlElement, linked: LinkedData, meta: Mapping[str, str]) -> str:
    claims = (tree.get("lang"), linked.language, meta.get("og:locale"), meta.get("content-language"))
    for claim in claims:
        if claim and re.fullmatch(r"[a-zA-Z]{2}([-_].*)?", claim.strip()):
            return claim.strip()[:2].lower()
    return ""


def _canonical(tree: HtmlElement) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href")).strip()
    return None


def _published(
    tree: HtmlElement, linked: LinkedData, meta: Mapping[str, str], url: str
) -> tuple[date | None, datetime | None]:
    """The day in the page's zone, and the moment where one is given."""
    for claim in (linked.published, *(meta.get(name, "") for name in PUBLISHED), *_times(tree)):
        on, at = _moment(claim)
        if on is not None and on >= EARLIEST:
            return on, at
    # Extensive search would load dateparser: 2.8 s and 30 MB in every worker.
    found = find_date(tree, extensive_search=False, original_date=True, url=url or None)
    return (date.fromisoformat(found), None) if found else (None, None)


def _times(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter("time"):
        marks = " ".join(element.get(key) or "" for key in ("itemprop", "pubdate", "class")).lower()
        if element.get("datetime") and ("publish" in marks or "pubdate" in marks or "entry-date" in marks):
            yield element.get("datetime")


def _moment(claim: str) -> tuple[date | None, datetime | None]:
    """An ISO 8601 date or moment; other spellings are left to htmldate."""
    text = claim.strip()
    try:
        moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        day = ISO_DAY.match(text)
        return (_day(day), None) if day else (None, None)
    if moment.tzinfo is None or (moment.time() == time.min and len(text) <= 10):
        return moment.date(), None
    try:
        return moment.date(), moment.astimezone(UTC)
    except OverflowError:
        return None, None


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
