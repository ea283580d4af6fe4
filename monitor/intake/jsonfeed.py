"""JSON Feed 1.0 and 1.1 to a FeedDocument. Every field is optional here and may be of the wrong type."""

from __future__ import annotations

import json
import re
from typing import Any

from monitor.intake.dates import parse_date
from monitor.intake.markup import as_html, safe_html, title_text
from monitor.model.feed import Entry, FeedDocument
from monitor.urls import absolute
from monitor.words import clean

ITEMS = re.compile(r'"items"\s*:\s*\[')


def read_json(text: str, url: str, *, limit: int) -> FeedDocument:
    """Read a JSON Feed, `limit` items of it; one that was cut in the middle up to its last whole item.

    Other JSON is a document with an error.
    """
    data, fault = _load(text)
    if not isinstance(data, dict) or not (isinstance(data.get("items"), list) or _is_feed(data)):
        return FeedDocument(error=fault or "is JSON, but no JSON Feed")
    site = _address(data, "home_page_url", url)
    base = url or site or _text(data.get("feed_url"))
    authors = _authors(data)
    language = _text(data.get("language")) or None
    items = [item for item in _list(data.get("items"))[:limit] if isinstance(item, dict)]
    return FeedDocument(
        title=title_text(_text(data.get("title"))),
        site_url=site,
        language=language,
        entries=tuple(_entry(item, base, authors, language) for item in items),
        warning=fault,
    )


def _is_feed(data: dict[str, Any]) -> bool:
    return "jsonfeed.org/version" in _text(data.get("version"))


def _load(text: str) -> tuple[Any, str | None]:
    """The data and, where the text is no whole JSON, what is wrong with it."""
    try:
        return json.loads(text, strict=False), None
    except RecursionError:
        return None, "is nested too deeply"
    except ValueError as error:
        fault = f"is no valid JSON: {error}"
    found = ITEMS.search(text)
    if not found:
        return None, fault
    items = _whole_items(text, found.end())
    head = _head(text[: found.start()])
    return {**head, "items": items}, f"cut or broken after {len(items)} entries"


def _whole_items(text: str, at: int) -> list[Any]:
    decoder = json.JSONDecoder(strict=False)
    items: list[Any] = []
    while True:
        at = _past(text, at)
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return items
        items.append(item)


def _past(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _head(text: str) -> dict[str, Any]:
    try:
        head = json.loads(text.rstrip().rstrip(",") + "}", strict=False)
    except (ValueError, RecursionError):
        return {}
    return head if isinstance(head, dict) else {}


def _entry(item: dict[str, Any], base: str | None, feed_authors: str | None, language: str | None) -> Entry:
    link = _address(item, "url", base) or _address(item, "external_url", base)
    guid = _text(item.get("id")) or None
    published = _text(item.get("date_published")) or _text(item.get("date_modified")) or None
    body = safe_html(_text(item.get("content_html")), base) or as_html(_text(item.get("content_text")))
    return Entry(
        keys=(),
        id=guid,
        title=title_text(_text(item.get("title"))),
        link=link or absolute(guid),
        published_at=parse_date(published),
        published_claimed=published,
        author=_authors(item) or feed_authors,
        summary=as_html(_text(item.get("summary"))),
        content=body,
        categories=tuple(_text(tag) for tag in _list(item.get("tags")) if _text(tag)),
        language=_text(item.get("language")) or language,
    )


def _authors(source: dict[str, Any]) -> str | None:
    people = _list(source.get("authors")) or [source.get("author")]
    names = [_text(p.get("name")) or _text(p.get("url")) if isinstance(p, dict) else _text(p) for p in people]
    return ", ".join(dict.fromkeys(title_text(name) for name in names if name)) or None


def _address(source: dict[str, Any], key: str, base: str | None) -> str | None:
    value = source.get(key)
    return absolute(value, base) if isinstance(value, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A value as text: numbers are taken (ids are often sent so), all else that is no text is ''."""
    if isinstance(value, str):
        return clean(value).strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
