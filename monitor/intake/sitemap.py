"""Google News sitemaps to a FeedDocument: addresses with title, date and language, no texts."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from monitor.intake.dates import parse_date
from monitor.intake.markup import title_text
from monitor.model.feed import Entry, FeedDocument
from monitor.urls import absolute


def read_sitemap(xml: str, url: str) -> FeedDocument:
    """Read a well-formed <urlset>. A sitemap whose addresses carry no news data is no feed."""
    root = ElementTree.fromstring(xml)
    entries, names = [], []
    for address in root:
        values = dict(_values(address))
        if "title" in values:
            entries.append(_entry(values, url))
            names.append(values.get("name", ""))
    if not entries:
        return FeedDocument(error="is a sitemap without news, not a feed")
    return FeedDocument(title=title_text(names[0]), language=entries[0].language, entries=tuple(entries))


def _values(address: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Local name and text of everything below; of several with one name the last."""
    for node in address.iter():
        if text := (node.text or "").strip():
            yield node.tag.rpartition("}")[2].lower(), text


def _entry(values: dict[str, str], url: str) -> Entry:
    claimed = values.get("publication_date") or values.get("lastmod")
    return Entry(
        keys=(),
        title=title_text(values["title"]),
        link=absolute(values.get("loc"), url),
        published_at=parse_date(claimed),
        published_claimed=claimed,
        categories=tuple(
            word for part in values.get("keywords", "").split(",") if (word := title_text(part))
        ),
        language=values.get("language"),
    )
