"""A page's bytes to one parsed tree, however hostile the page: cut to size, never refused for its size.

The limits stand above the largest real pages measured (5.3 MB, 21,646 tags, 56 levels, one attribute of
1.26 MB). What they do not catch, the worker's deadline does. What a page means is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from monitor.articles.charset import decoded
from monitor.articles.phrases import each

MAX_CHARACTERS = 3_000_000
MAX_TAGS = 25_000  # counted as '<'
MAX_ATTRIBUTES = 256  # lxml's time grows with their square: 20,000 take 0.8 s, 100,000 hang it inside C
MAX_DEPTH = 128  # lxml drops all that is deeper than 256, and what follows it too

HTML_TYPES = ("text/html", "application/xhtml+xml")
# Types that servers also send real pages under; the body decides.
DOUBTFUL_TYPES = ("text/plain", "text/xml", "application/xml", "application/octet-stream")
MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, sound or video"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x00\x00\x00", "a video"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
)
# A kilobyte of text has none or, in UTF-16, hundreds in step; the charset reader takes those by their BOM.
MOST_NULS = 8
HTML_BEGINNING = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|meta|title|article|div|p)\b", re.IGNORECASE
)

BALLAST = re.compile(r"<!--|<(script|style|svg)\b[^>]{0,2000}|(?<=[\"'])(data:)", re.IGNORECASE)
CLOSING = {
    "data:": re.compile(r"(?=[\"'])"),
    "": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "svg": re.compile(r"</svg\s*>", re.IGNORECASE),
}
# A quote opens a value only after '='; an unclosed one swallows the rest of the page, here as in the parser,
# so the scan stays linear.
OPENING_TAG = re.compile(
    r"<(?:(script|style)\b|!--()|[a-z])[^>=]*+"
    r"(?:=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?[^>=]*+)*+",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"[^\s\"'<>/=]+(?:\s*=\s*(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]+))?")
SHORTEST_CROWDED_TAG = 2 * MAX_ATTRIBUTES  # characters: a blank and a letter each
ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)[^<>]*>")
TAG_NAME = re.compile(r"<[a-zA-Z0-9:-]+")
VOID = each("area base br col embed hr img input link meta param source track wbr")
# Elements that HTML closes by itself: counting them as open would count every list item of a loose page.
SELF_CLOSED = each("p li dt dd td th tr option thead tbody tfoot colgroup html head body")
# Counting them too flattens the lists of a page; what is still too deep after the first pass gets the second.
PASSES = (SELF_CLOSED, each("html head body"))
KEPT_LEVELS = MAX_DEPTH - 28  # room for the self-closed ones between them, which are not counted
DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """A page that can be read."""

    source: str  # decoded and within the limits
    tree: HtmlElement  # of that source; to be read, not changed
    tags: int  # '<' in the source
    cuts: tuple[str, ...] = ()  # what was cut, for people; () for an honest page


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMarkup:
    """Something else than a page."""

    what: str  # for people: 'a PDF'; '' where the body is empty


def read_markup(body: bytes, content_type: str | None) -> Markup | NoMarkup:
    """Decode, cut and parse one answer's body."""
    if not body.strip():
        return NoMarkup(what="")
    if other := _other_than_html(body, content_type):
        return NoMarkup(what=other)
    source, cuts = _within_limits(decoded(body, content_type).replace("\x00", ""))
    tree = _parsed(source)
    for uncounted in PASSES:
        if tree is not None and DEEP(tree.getroottree()):
            source = "".join(_unwrapped(source, uncounted))
            tree = _parsed(source)
            cuts = (*cuts, f"unwrapped from more than {MAX_DEPTH} levels")
    if tree is None:
        return NoMarkup(what="nothing that parses as HTML")
    return Markup(source=source, tree=tree, tags=source.count("<"), cuts=cuts)


def _other_than_html(body: bytes, content_type: str | None) -> str:
    """What the body is when it is no HTML, for people; '' when it may be HTML."""
    kind = (content_type or "").split(";")[0].strip().lower()
    beginning = body[:1024].lstrip()
    for magic, what in MAGIC:
        if beginning.startswith(magic):
            return what
    if not beginning.startswith((b"\xff\xfe", b"\xfe\xff")) and beginning.count(b"\x00") > MOST_NULS:
        return "binary data"
    if kind in HTML_TYPES or not kind:
        return ""
    if kind in DOUBTFUL_TYPES and HTML_BEGINNING.search(beginning):
        return ""
    return f"{kind} by its Content-Type"


def _within_limits(source: str) -> tuple[str, tuple[str, ...]]:
    cuts = []
    crowded = list(_crowded_tags(source))
    if crowded:
        source = "".join(_with_bare_tags(source, crowded))
        cuts.append(f"attributes dropped from {len(crowded)} tags with more than {MAX_ATTRIBUTES}")
    if len(source) > MAX_CHARACTERS or source.count("<") > MAX_TAGS:
        source = "".join(_unwrapped("".join(_without_ballast(source)), SELF_CLOSED))
    if len(source) > MAX_CHARACTERS:
        source = source[:MAX_CHARACTERS]
        cuts.append(f"cut after {MAX_CHARACTERS:,} characters")
    if source.count("<") > MAX_TAGS:
        source = source[: _nth_tag(source, MAX_TAGS)]
        cuts.append(f"cut after {MAX_TAGS:,} tags")
    return source, tuple(cuts)


def _nth_tag(source: str, n: int) -> int:
    at = -1
    for _ in range(n):
        at = source.find("<", at + 1)
    return at


def _without_ballast(source: str) -> Iterator[str]:
    """The source without comments, style, svg, data addresses and scripts other than JSON-LD, in one pass."""
    at = 0
    unclosed = set()  # looked for once: each look reads to the end of the page
    for found in BALLAST.finditer(source):
        kind = (found[1] or found[2] or "").lower()
        if found.start() < at or kind in unclosed or "ld+json" in found[0]:
            continue
        end = CLOSING[kind].search(source, found.end())
        if end is None:
            unclosed.add(kind)
            continue
        yield source[at : found.start()]
        at = end.end()
    yield source[at:]


def _crowded_tags(source: str) -> Iterator[tuple[int, int]]:
    """Start and end (before the '>') of each tag with more attributes than a tree should be asked to hold."""
    at = 0
    while found := OPENING_TAG.search(source, at):
        at = found.end()
        raw = found[1] or found[2]  # what looks like tags and quotes in a script or comment is none
        if raw is not None:
            closing = CLOSING[raw.lower()].search(source, found.start())
            if closing is None:
                return
            at = closing.end()
        elif at - found.start() > SHORTEST_CROWDED_TAG and _is_crowded(found[0]):
            yield found.span()


def _with_bare_tags(source: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    at = 0
    for start, end in spans:
        name = TAG_NAME.match(source, start)
        yield source[at:start] + (name[0] if name else "<div")
        at = end
    yield source[at:]


def _is_crowded(tag: str) -> bool:
    return (
        sum(1 for _ in zip(ATTRIBUTE.finditer(tag), range(MAX_ATTRIBUTES + 2), strict=False))
        > MAX_ATTRIBUTES + 1
    )


def _unwrapped(source: str, uncounted: frozenset[str]) -> Iterator[str]:
    """The source without the tags that open more than MAX_DEPTH levels, and without their closing tags."""
    at, kept, dropped = 0, 0, 0
    for found in ANY_TAG.finditer(source):
        name = found[2].lower()
        if name in VOID or name in uncounted or found[0].endswith("/>"):
            continue
        if not found[1] and kept < KEPT_LEVELS:
            kept += 1
        elif not found[1]:
            dropped += 1
            yield source[at : found.start()] + " "
            at = found.end()
        elif dropped:
            dropped -= 1
            yield source[at : found.start()] + " "
            at = found.end()
        else:
            kept = max(0, kept - 1)
    yield source[at:]


def _parsed(source: str) -> HtmlElement | None:
    parser = HTMLParser(
        encoding="utf-8", collect_ids=False, default_doctype=False, remove_comments=True, remove_pis=True
    )
    try:
        # As bytes: lxml refuses text that carries an encoding declaration of its own.
        return document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return None
