"""Text of a feed to what an XML parser may be given: no prolog, no entities, no signs that XML cannot hold.

For every feed; well-formed XML keeps its meaning. Linear time, whatever comes. Tags are `balance.py`'s
affair, what the elements mean is `xmlfeed.py`'s.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from itertools import islice

ROOT = re.compile(r"<[A-Za-z_]")
# Characters in which the root element must begin. Feeds with a page of licence before it exist.
MAX_PROLOG = 65_536
ENTITY_DECLARATION = re.compile(r"""<!ENTITY\s+([\w.-]{1,64})\s+(?:"([^"<]{0,32})"|'([^'<]{0,32})')\s*>""")
REFERENCE = re.compile(r"&(#[xX]?[0-9a-fA-F]{1,8};?|[A-Za-z_][\w.-]{0,63};)?")
# What XML 1.0 cannot hold, however it is written.
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
XML_ENTITIES = frozenset(["amp", "lt", "gt", "quot", "apos"])

ITEM_START = re.compile(r"<(?:[A-Za-z_][\w.-]{0,30}:)?(?:item|entry|url)[\s>/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prolog:
    """What stood before the root element."""

    entities: dict[str, str]  # declared, and harmless: plain characters only
    refused: bool  # other entity declarations were there: external, nested, or large


def rooted(text: str) -> tuple[Prolog, str]:
    """The text from its root element on, and what its prolog said.

    XML declaration, comments, DOCTYPE and leading garbage go. Of entity declarations only short ones
    made of plain characters are kept; no parser ever sees a declaration, so none can be made to grow.
    Without any element the rest is ''.
    """
    start = _root_at(text[:MAX_PROLOG])
    head = text[:start]
    declared = {m[1]: html.unescape(m[2] or m[3] or "") for m in ENTITY_DECLARATION.finditer(head)}
    harmless = {name: value for name, value in declared.items() if "&" not in value and "%" not in value}
    root = text[start:] if start < min(len(text), MAX_PROLOG) else ""
    return Prolog(harmless, refused=head.count("<!ENTITY") > len(harmless)), root


def prepared(text: str, entities: dict[str, str]) -> str:
    """The text with every reference one that XML knows, and without characters that it cannot hold."""
    pieces = []
    for kind, piece in sections(text):
        pieces.append(piece if kind == "cdata" else _references(piece, entities) if kind == "text" else "")
    return NOT_XML.sub("", "".join(pieces))


def first_items(xml: str, count: int) -> str:
    """The text up to the end of its first items; all of it where it has no more than `count`.

    What is left out is not closed: `mended` does that.
    """
    beyond = next(islice(ITEM_START.finditer(xml), count, None), None)
    return xml[: beyond.start()] if beyond else xml


# ---- prolog and sections


def _root_at(text: str) -> int:
    """Where the first element starts, comments and declarations skipped."""
    at = 0
    while True:
        at = text.find("<", at)
        if at < 0:
            return len(text)
        if ROOT.match(text, at):
            return at
        at = max(_end_of(text, at), at + 1)


def _end_of(text: str, at: int) -> int:
    """One past a construct of the prolog that starts at `at`."""
    if text.startswith("<!--", at):
        return after(text, "-->", at)
    if text[at : at + 9].upper() == "<!DOCTYPE":
        return _after_doctype(text, at)
    if text.startswith("<?", at):
        return after(text, ">", at)
    return at + 1


def _after_doctype(text: str, at: int) -> int:
    subset = text.find("[", at)
    end = text.find(">", at)
    if 0 <= subset < end or (subset >= 0 and end < 0):
        closed = re.compile(r"\]\s*>").search(text, subset)
        return closed.end() if closed else after(text, ">", at)
    return end + 1 if end >= 0 else at + 1


def after(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return end + len(mark) if end >= 0 else at + 1


def sections(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces of kind 'text', 'cdata' (with its marks) and 'comment'.

    One that never ends reaches to the end of the text (CDATA), or is no comment at all.
    """
    at = 0
    cdata, comment = _next(text, "<![CDATA[", 0), _next(text, "<!--", 0)
    while min(cdata, comment) < len(text):
        start, mark = (cdata, "]]>") if cdata < comment else (comment, "-->")
        end = text.find(mark, start + 4)
        if end < 0 and start == comment:
            comment = len(text)  # this one has no end, so no later one has
            continue
        stop = end + 3 if end >= 0 else len(text)
        yield "text", text[at:start]
        yield "cdata" if start == cdata else "comment", text[start:stop]
        at = stop
        # Each mark is looked for onward from where it was last found, so the text is read once.
        cdata = _next(text, "<![CDATA[", at) if cdata < at else cdata
        comment = _next(text, "<!--", at) if comment < at else comment
    yield "text", text[at:]


def _next(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return found if found >= 0 else len(text)


# ---- references


def _references(text: str, entities: dict[str, str]) -> str:
    if "&" not in text:
        return text

    def plain(found: re.Match[str]) -> str:
        return _reference(found[1] or "", entities)

    return REFERENCE.sub(plain, text)


def _reference(name: str, entities: dict[str, str]) -> str:
    if not name:
        return "&amp;"
    if name.startswith("#"):
        return _character(name)
    name = name.removesuffix(";")
    if name in XML_ENTITIES:
        return f"&{name};"
    value = entities.get(name) or html5.get(name + ";")
    return html.escape(value, quote=True) if value is not None else f"&amp;{name};"


def _character(name: str) -> str:
    """A numeric reference as what browsers read it for (128-159 mean Windows-1252), escaped."""
    value = html.unescape(f"&{name.removesuffix(';')};")
    if value.startswith("&"):
        return html.escape(value, quote=True)
    # Line ends and tabs stay references: in attributes they would become blanks.
    if value in "\t\n\r":
        return f"&#{ord(value)};" if value else ""
    return html.escape(NOT_XML.sub("", value), quote=True)
