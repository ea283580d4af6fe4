"""RSS, RDF and Atom: from feedparser's dictionaries to a FeedDocument.

feedparser knows the elements; where it is measurably wrong or slow (dates, authors, links, sanitising)
this room and its neighbours `dates` and `markup` decide.
"""

from __future__ import annotations

import io
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from monitor.intake.dates import parse_date
from monitor.intake.markup import as_html, looks_like_html, safe_html, title_text
from monitor.model.feed import Entry, FeedDocument
from monitor.urls import absolute
from monitor.words import clean

# feedparser's names for the dates of an entry, the one that says most about publishing first.
DATES = ("published", "created", "updated")
UPDATE_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
HTML_TYPES = ("text/html", "application/xhtml+xml", "html", "xhtml")
Values = dict[str, Any]


def read_xml(xml: str, url: str) -> FeedDocument | None:
    """Read well-formed XML; None where it is no feed.

    Whatever feedparser raises comes through: the caller knows what to make of it.
    """
    read = feedparser.parse(
        io.BytesIO(xml.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    # The title: CDF, the oldest of all, has neither version nor anything else that says so.
    version = _text(read, "version")
    if not (version or read.entries or _text(read.feed, "title")):
        return None
    feed = read.feed
    base = _base(feed, url, is_atom=version.startswith("atom"))
    language = _text(feed, "language") or None
    everyone = _authors(feed)
    return FeedDocument(
        title=title_text(_text(feed, "title")),
        site_url=absolute(_text(feed, "link"), url),
        language=language,
        entries=tuple(_entry(entry, base, everyone, language) for entry in read.entries),
        ttl=_wish(feed),
        moved_to=absolute(_text(feed, "itunes_new-feed-url") or _text(feed, "newlocation"), base),
    )


def _base(feed: Values, url: str, *, is_atom: bool) -> str | None:
    """What relative links are relative to.

    RFC 4287 says: the document. RSS says nothing; its feeds mean their site, and many are read through
    another host than that.
    """
    site = absolute(_text(feed, "link"), url)
    itself = next((link.get("href") for link in _list(feed, "links") if link.get("rel") == "self"), None)
    return (url or absolute(itself) or site) if is_atom else (site or url or absolute(itself))


def _entry(entry: Values, base: str | None, everyone: str | None, language: str | None) -> Entry:
    claimed, published_at = _date(entry)
    link = _link(entry, base)
    # Authors write a text's links for its own page, whatever the feed's address; only xml:base is stronger.
    summary = _detail(entry, "summary", link or base)
    content = _content(entry, link or base)
    return Entry(
        keys=(),
        id=clean(_text(entry, "id")).strip() or None,
        title=title_text(_text(entry, "title")),
        link=link,
        published_at=published_at,
        published_claimed=claimed,
        author=_authors(entry) or _authors(_dict(entry, "source")) or everyone,
        # feedparser repeats the content where there is no summary.
        summary="" if summary == content else summary,
        content=content,
        categories=_categories(entry),
        language=_language(entry) or language,
    )


# ---- links


def _link(entry: Values, base: str | None) -> str | None:
    """The address of the page: what FeedBurner replaced, the link, a guid that is one, an HTML enclosure."""
    links = _list(entry, "links")
    candidates = [_text(entry, "feedburner_origlink"), _own_link(entry)]
    candidates += [link.get("href") for link in links if link.get("rel") in ("alternate", None)]
    if not any(candidates):
        # A podcast's sound file is no page; its entry is read from the feed alone.
        candidates += [link.get("href") for link in links if link.get("rel") != "self" and _is_page(link)]
    return next((link for one in candidates if one and (link := absolute(str(one), base))), None)


def _own_link(entry: Values) -> str:
    """The entry's link; feedparser takes any guid for one where there is none, also a bare number."""
    link = _text(entry, "link")
    is_guid = link == _text(entry, "id") and bool(_get(entry, "guidislink"))
    return "" if is_guid and not (absolute(link) or link.startswith("/")) else link


def _is_page(link: Values) -> bool:
    return link.get("type") in HTML_TYPES


# ---- people


def _authors(source: Values) -> str | None:
    names = [_person(author) for author in _list(source, "authors")]
    if not any(names):
        names = [_text(source, "author")]
    return ", ".join(dict.fromkeys(name for raw in names if (name := title_text(raw)))) or None


def _person(author: Any) -> str:
    return str(author.get("name") or author.get("email") or "") if isinstance(author, dict) else ""


# ---- dates


def _date(entry: Values) -> tuple[str | None, datetime | None]:
    """The date as written and what it means; where several are given, the first that can be read."""
    written = None
    for name in DATES:
        text = _text(entry, name)
        written = written or text or None
        if moment := parse_date(text) or _from_struct(_get(entry, f"{name}_parsed")):
            return text, moment
    return written, None


def _from_struct(parsed: Any) -> datetime | None:
    """feedparser's own reading (UTC), for the few formats that only it knows."""
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (TypeError, ValueError, OverflowError):
        return None


def _wish(feed: Values) -> timedelta | None:
    """How long the feed asks to be left alone: ttl (minutes), else the syndication module's period."""
    try:
        if minutes := float(_text(feed, "ttl") or 0):
            return timedelta(minutes=minutes) if minutes > 0 else None
        period = UPDATE_PERIODS.get(_text(feed, "sy_updateperiod").strip().lower())
        often = float(_text(feed, "sy_updatefrequency") or 1)
        return period / often if period and often > 0 else None
    except (ValueError, OverflowError):
        return None


# ---- texts


def _content(entry: Values, base: str | None) -> str:
    """The longest text of several (the same article as text and as HTML); pictures and the like have none."""
    texts = [_html(part, base) for part in _list(entry, "content") if isinstance(part, dict)]
    return max(texts, key=len, default="")


def _detail(entry: Values, name: str, base: str | None) -> str:
    detail = _dict(entry, f"{name}_detail")
    return _html(detail, base) if detail.get("value") else _guessed(_text(entry, name), base)


def _html(part: Values, base: str | None) -> str:
    value = str(part.get("value") or "")
    if str(part.get("type") or "text/html") in HTML_TYPES:
        return safe_html(value, absolute(part.get("base") or "", base) or base)
    return _guessed(value, base)


def _guessed(value: str, base: str | None) -> str:
    """A text that says it is plain, and often is not."""
    return safe_html(value, base) if looks_like_html(value) else as_html(value)


def _categories(entry: Values) -> tuple[str, ...]:
    terms = (title_text(str(tag.get("label") or tag.get("term") or "")) for tag in _list(entry, "tags"))
    return tuple(dict.fromkeys(term for term in terms if term))


def _language(entry: Values) -> str | None:
    details = [
        *_list(entry, "content"),
        _dict(entry, "summary_detail"),
        _dict(entry, "title_detail"),
    ]
    return next((str(detail["language"]) for detail in details if detail.get("language")), None)


# ---- feedparser's dictionary, asked without its guesses ('updated' for 'published' and the like)


def _get(source: Values, key: str) -> Any:
    return dict.get(source, key)


def _text(source: Values, key: str) -> str:
    value = _get(source, key)
    return value if isinstance(value, str) else ""


def _list(source: Values, key: str) -> list[Any]:
    value = _get(source, key)
    return value if isinstance(value, list) else []


def _dict(source: Values, key: str) -> Values:
    value = _get(source, key)
    return value if isinstance(value, dict) else {}
