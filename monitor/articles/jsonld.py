"""What a page says about itself in JSON-LD (schema.org): the node that describes the article, and its fields.

Broken JSON, missing fields and fields of any type are normal here and raise nothing.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from monitor.articles.phrases import each

ARTICLE_TYPES = each("""
    article newsarticle blogposting reportagenewsarticle analysisnewsarticle opinionnewsarticle
    backgroundnewsarticle reviewnewsarticle askpublicnewsarticle liveblogposting techarticle report
    scholarlyarticle satiricalarticle advertisercontentarticle socialmediaposting
    """)
LISTING_TYPES = each("""
    collectionpage itemlist searchresultspage product productgroup offercatalog profilepage qapage
    discussionforumposting contactpage aboutpage checkoutpage service localbusiness softwareapplication
    jobposting realestatelisting
    """)
PUBLISHERS = frozenset(("website", "newsmediaorganization"))
MOST_NODES = 2_000  # a page's graph has dozens; more is a catalogue or an attack
MOST_CHARACTERS = 2_000_000
TRAILING_COMMA = re.compile(r",\s*([}\]])")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedData:
    """The article's own node, and which types the page names at all. '' and () where nothing is said."""

    types: frozenset[str] = frozenset()  # of all nodes, lower case
    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""  # as written
    body: str = ""
    language: str = ""
    publisher: str = ""
    free: bool | None = None  # isAccessibleForFree

    @property
    def is_article(self) -> bool:
        return bool(self.types & ARTICLE_TYPES)


def linked_data(tree: HtmlElement) -> LinkedData:
    """Read every JSON-LD block and take the richest article node."""
    nodes = list(_nodes(tree))
    names = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and "name" in node}
    articles = [node for node in nodes if _types(node) & ARTICLE_TYPES]
    types = frozenset(kind for node in nodes for kind in _types(node))
    if not articles:
        publisher = next((_text(node.get("name")) for node in nodes if _types(node) & PUBLISHERS), "")
        return LinkedData(types=types, publisher=publisher)
    node = max(articles, key=_richness)
    return LinkedData(
        types=types,
        headline=_text(node.get("headline")) or _text(node.get("name")),
        authors=tuple(_names(node.get("author") or node.get("creator"), names)),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")),
        body=_body(node.get("articleBody")),
        language=_text(node.get("inLanguage")),
        publisher=next(iter(_names(node.get("publisher"), names)), ""),
        free=_truth(node.get("isAccessibleForFree")),
    )


def _nodes(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    todo: list[Any] = [_parsed(script.text) for script in _scripts(tree)]
    seen = 0
    while todo and seen < MOST_NODES:
        node = todo.pop(0)
        if isinstance(node, list):
            todo[:0] = node
        elif isinstance(node, dict):
            seen += 1
            yield node
            todo.extend(
                node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart") if key in node
            )


def _scripts(tree: HtmlElement) -> Iterator[HtmlElement]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield script


def _parsed(source: str) -> Any:
    source = source[:MOST_CHARACTERS].strip().removeprefix("<!--").removesuffix("-->")
    for repaired in (source, TRAILING_COMMA.sub(r"\1", source), html.unescape(source)):
        try:
            return json.loads(repaired, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _types(node: dict[str, Any]) -> set[str]:
    value = node.get("@type")
    kinds = value if isinstance(value, list) else [value]
    return {kind.rsplit("/", 1)[-1].lower() for kind in kinds if isinstance(kind, str)}


def _richness(node: dict[str, Any]) -> int:
    return sum(bool(node.get(key)) for key in ("headline", "datePublished", "author", "articleBody"))


def _names(value: Any, named: dict[str, dict[str, Any]]) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            known = item if "name" in item else named.get(str(item.get("@id")), {})
            names = known.get("name")
            yield from (
                name for one in (names if isinstance(names, list) else [names]) if (name := _text(one))
            )
        elif name := _text(item):
            yield name


def _text(value: Any) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("alternateName")
    return " ".join(html.unescape(value).split()) if isinstance(value, str) else ""


def _body(value: Any) -> str:
    return html.unescape(value) if isinstance(value, str) else ""


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())
