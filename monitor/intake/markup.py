"""Titles and texts of feeds as they may be shown: plain titles, sanitised HTML with absolute links."""

from __future__ import annotations

import html
import re

from lxml import etree

from monitor.urls import absolute
from monitor.words import clean, squeeze

KEPT_TAGS = frozenset(
    [
        *(
            "a",
            "abbr",
            "acronym",
            "address",
            "article",
            "aside",
            "audio",
            "b",
            "bdi",
            "bdo",
            "big",
            "blockquote",
            "br",
        ),
        *(
            "caption",
            "cite",
            "code",
            "col",
            "colgroup",
            "dd",
            "del",
            "details",
            "dfn",
            "div",
            "dl",
            "dt",
            "em",
        ),
        *(
            "figcaption",
            "figure",
            "font",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "i",
            "img",
        ),
        *(
            "ins",
            "kbd",
            "li",
            "main",
            "mark",
            "nav",
            "ol",
            "p",
            "picture",
            "pre",
            "q",
            "rp",
            "rt",
            "ruby",
            "s",
            "samp",
        ),
        *(
            "section",
            "small",
            "source",
            "span",
            "strike",
            "strong",
            "sub",
            "summary",
            "sup",
            "table",
            "tbody",
            "td",
        ),
        *("tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "video", "wbr", "center"),
    ]
)
# Their content is no text for a reader, so it goes with them. Of any other unknown tag the content stays.
DROPPED_TAGS = frozenset(
    [
        *(
            "script",
            "style",
            "template",
            "iframe",
            "object",
            "embed",
            "applet",
            "noframes",
            "frame",
            "frameset",
            "svg",
        ),
        *("math", "head", "title", "base", "link", "meta", "select", "textarea", "button", "input"),
    ]
)
ADDRESSES = frozenset(["href", "src", "cite", "poster", "longdesc"])
KEPT_ATTRIBUTES = frozenset(
    ["alt", "title", "datetime", "colspan", "rowspan", "lang", "dir", "width", "height"]
)

# Around a fragment while it is parsed; a name that no end tag in it closes.
WRAPPER = "monitor-fragment"
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>")
COMMENT = re.compile(r"<!--.{0,10000}?-->", re.DOTALL)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Longer is no title; some feeds put the whole text there.
MAX_TITLE = 2000


def title_text(value: str) -> str:
    """A title as plain text: HTML tags gone, entities resolved (twice, as feeds escape twice), one line.

    Only what HTML knows is a tag: 'vector<T>' stays as it is.
    """
    value = value[: 10 * MAX_TITLE]
    for _ in range(2):
        if "<" in value:
            value = TAG.sub(_drop_html_tag, COMMENT.sub("", value))
        if "&" in value:
            value = html.unescape(value)
    if "<" in value:
        value = TAG.sub(_drop_html_tag, value)
    return squeeze(clean(value))[:MAX_TITLE]


def looks_like_html(value: str) -> bool:
    """Whether a text that is not said to be HTML is HTML all the same."""
    if ENTITY.search(value):
        return True
    return any(found[1].lower() in KEPT_TAGS for found in TAG.finditer(value))


def as_html(text: str) -> str:
    """Plain text as HTML."""
    return html.escape(clean(text), quote=False)


def safe_html(value: str, base: str | None) -> str:
    """An HTML fragment without anything that runs, loads or hides; links and pictures absolute, http(s) only.

    An address that cannot be resolved, or of another scheme, loses its attribute and keeps its text.
    """
    value = clean(value).strip()
    if "<" not in value:
        return html.escape(html.unescape(value), quote=False) if "&" in value or ">" in value else value
    root = _tree(value)
    if root is None:
        return ""
    _prune(root, base)
    inner = [html.escape(root.text or "", quote=False)]
    inner += [etree.tostring(child, encoding="unicode", method="html") for child in root]
    return "".join(inner).strip()


def _drop_html_tag(found: re.Match[str]) -> str:
    # A headline may well be about <iframe> or <title>; nobody formats one with them.
    if found[1].lower() not in KEPT_TAGS:
        return found[0]
    return " " if found[1].lower() in ("br", "p", "div", "li", "tr", "td") else ""


def _tree(value: str) -> etree._Element | None:
    # No comments and no instructions; the parser refuses depth beyond 256 by itself.
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, recover=True)
    try:
        document = etree.fromstring(f"<{WRAPPER}>{value}</{WRAPPER}>", parser)
    except (etree.LxmlError, ValueError):
        return None
    return document.find(f"body/{WRAPPER}") if document is not None else None


def _prune(root: etree._Element, base: str | None) -> None:
    tags = {node.tag for node in root.iter() if isinstance(node.tag, str)}
    etree.strip_elements(root, *(tags & DROPPED_TAGS), with_tail=False)
    etree.strip_tags(root, *(tags - KEPT_TAGS - DROPPED_TAGS))
    for node in root.iterdescendants():
        _clean_attributes(node, base)


def _clean_attributes(node: etree._Element, base: str | None) -> None:
    for name, value in list(node.attrib.items()):
        if name in ADDRESSES and (address := absolute(value, base)):
            node.set(name, address)
        elif name not in KEPT_ATTRIBUTES:
            del node.attrib[name]
