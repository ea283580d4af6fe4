"""Bytes of a feed to a FeedDocument. Pure: no network, no clock, no settings.

Here is only the order of things: charset, format, cutting what is known, reading, keys. Each format has
a room of its own (`xmlfeed`, `jsonfeed`, `sitemap`), and so have repairs (`mend`) and texts (`markup`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from monitor.intake.balance import Check, mended
from monitor.intake.charset import Charset, charset_of, decode
from monitor.intake.cut import Cut, without
from monitor.intake.jsonfeed import read_json
from monitor.intake.keys import identified
from monitor.intake.mend import Prolog, first_items, prepared, rooted
from monitor.intake.sitemap import read_sitemap
from monitor.intake.xmlfeed import read_xml
from monitor.model.feed import FeedDocument

# Twice the largest honest feed (an archive); a reader takes about a millisecond for each.
MAX_ENTRIES = 20_000
ROOT_NAME = re.compile(r"<([A-Za-z_][\w.:-]*)")
# Guids and links as they stand in items that were cut; see `keys.identified`.
LISTED = re.compile(
    rb"<(?:[a-z]+:)?(?:guid|id|link)\b[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,2048}?)\s*(?:\]\]>)?\s*</"
    rb"|<(?:[a-z]+:)?link\b[^>]*?\bhref\s*=\s*[\"']([^\"']{1,2048})"
)


def parse(
    body: bytes, *, url: str, content_type: str | None = None, skip: frozenset[str] = frozenset()
) -> FeedDocument:
    """Read a feed of any format. Never raises: what is no feed is a document with an `error`.

    `url` is where relative links are relative to ('' where it is not known), `content_type` the header as
    sent, `skip` the hashes of items that need not be read again; they are listed in `known_hashes`. Links
    that are no http(s) addresses are None. A broken feed is read as far as it goes, with a `warning`.
    Entries keep the feed's order; what makes two entries the same, see `keys.identified`.
    """
    try:
        return _parse(body, url, content_type, skip)
    except Exception as error:
        # feedparser and the XML libraries meet text here that nobody has met before. One feed must not end
        # the poll of all others; what happened is kept as this feed's error.
        return FeedDocument(error=f"could not be read: {type(error).__name__}: {error}")


def _parse(body: bytes, url: str, content_type: str | None, skip: frozenset[str]) -> FeedDocument:
    if not body.strip(b" \t\r\n\0"):
        return FeedDocument(error="the answer is empty")
    # Decided on the whole, so that it does not depend on what is cut.
    charset = charset_of(body, content_type)
    cut = without(body, skip) if charset.certain else Cut(body=body)
    text = decode(cut.body, charset).strip()
    is_json = text.startswith(("{", "["))
    document = read_json(text, url, limit=MAX_ENTRIES) if is_json else _read_markup(text, url)
    return _with_keys(document, cut, charset)


def _read_markup(text: str, url: str) -> FeedDocument:
    prolog, text = rooted(text)
    if reason := _no_feed(text):
        return FeedDocument(error=reason)
    xml, warning = _well_formed(prepared(text, prolog.entities))
    document = read_sitemap(xml, url) if _root(xml) == "urlset" else read_xml(xml, url)
    if document is None:
        return FeedDocument(error=f"is no feed: its root element is <{_root(text)}>")
    return replace(document, warning=warning or _about(prolog))


def _well_formed(xml: str) -> tuple[str, str | None]:
    """The document so that a strict parser takes it in bearable time, and what was wrong with it."""
    shortened = first_items(xml, MAX_ENTRIES)
    if len(shortened) < len(xml):
        return mended(shortened)[0], f"lists more than {MAX_ENTRIES:,} entries; only the first were read"
    check = Check()
    fault = check.fault(xml)
    if fault is None and not check.crowded:
        return xml, None
    xml, cut_off = mended(xml)
    return xml, "the feed is cut in the middle" if cut_off else fault


def _no_feed(text: str) -> str | None:
    root = _root(text)
    if not root:
        return "is not a feed: neither XML nor JSON"
    if root == "html":
        return "is a web page, not a feed"
    if root == "sitemapindex":
        return "is a list of sitemaps, not a feed"
    return None


def _root(text: str) -> str:
    """The root element's name without prefix, in lower case; '' where there is none."""
    found = ROOT_NAME.match(text)
    return found[1].rpartition(":")[2].lower() if found else ""


def _about(prolog: Prolog) -> str | None:
    return "its entity declarations were ignored" if prolog.refused else None


def _with_keys(document: FeedDocument, cut: Cut, charset: Charset) -> FeedDocument:
    """The document with its items' hashes and keys, and with what was cut counted in."""
    if document.error and not cut.removed:
        return document
    entries = document.entries
    if cut.kept and len(cut.kept) == len(entries):
        entries = tuple(replace(e, raw_hash=h) for e, h in zip(entries, cut.kept, strict=True))
    known = tuple(dict.fromkeys(cut.removed))
    entries = identified(entries, also_listed=_listed(cut.removed_bytes, charset))
    return replace(document, entries=entries, known_hashes=known, listed=len(entries) + len(known))


def _listed(removed: bytes, charset: Charset) -> frozenset[str]:
    values = (found[1] or found[2] for found in LISTED.finditer(removed))
    return frozenset(unescape(decode(value, Charset(charset.codec))).strip() for value in values)
