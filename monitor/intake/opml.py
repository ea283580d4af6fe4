"""Lists of subscriptions: OPML or one address a line in, OPML out. Makes no request and asks no settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from monitor.errors import UsageError
from monitor.intake.balance import mended
from monitor.intake.charset import charset_of, decode
from monitor.intake.mend import prepared, rooted
from monitor.urls import absolute
from monitor.words import clean, squeeze

# A list of feeds is a few hundred kB at most; more is another file.
MAX_BYTES = 20_000_000
IS_XML = re.compile(r"\s*<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed as a list names it."""

    url: str
    title: str = ""
    tags: tuple[str, ...] = ()  # the folders it lies in, outermost first, and its categories


def read_subscriptions(text: bytes) -> tuple[Subscription, ...]:
    """Read OPML, or a plain list: one address a line, '#' begins a comment.

    Each address counts once; a second mention adds its tags. Broken OPML is read as far as it goes; its
    outlines without an address are folders, those with another scheme than http(s) are left out. Raises
    UsageError where nothing in it is a feed, or a line of a plain list is no address; `where` then names
    the line. Entity declarations are never expanded.
    """
    if len(text) > MAX_BYTES:
        raise UsageError("is too large for a list of feeds", mend="give an OPML file, or one address a line")
    decoded = decode(text, charset_of(text))
    found = _from_opml(decoded) if IS_XML.match(decoded) else _from_lines(decoded)
    if not found:
        raise UsageError("names no feed", mend="give an OPML file, or one address a line")
    return found


def write_opml(subscriptions: Iterable[Subscription], *, title: str = "Feeds") -> bytes:
    """The subscriptions as OPML 2.0, UTF-8. Tags go into `category`, as OPML has it, not into folders."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_escaped(title)}</title></head>",
        "  <body>",
        *(f"    {_outline(subscription)}" for subscription in subscriptions),
        "  </body>",
        "</opml>",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


# ---- plain lists


def _from_lines(text: str) -> tuple[Subscription, ...]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        address = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not address:
            continue
        if (url := _address(address)) is None:
            shown = clean(address)[:80]
            raise UsageError(f"'{shown}' is no http(s) address", f"line {number}", "give one address a line")
        found.append(Subscription(url=url))
    return _merged(found)


# ---- OPML


def _from_opml(text: str) -> tuple[Subscription, ...]:
    _, body = rooted(text)
    xml = prepared(body, {})
    outlines = _Outlines()
    if not outlines.read(xml):
        outlines = _Outlines()
        outlines.read(mended(xml)[0])
    return _merged(outlines.found)


class _Outlines:
    """Collects subscriptions while expat walks; folders are a stack, so depth costs nothing."""

    def __init__(self) -> None:
        self.found: list[Subscription] = []
        self.folders: list[str] = []  # one an open outline; '' for those that are feeds

    def read(self, xml: str) -> bool:
        """Whether the text was well-formed."""
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(xml.encode("utf-8", "replace"), True)
        except expat.ExpatError:
            return False
        return True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.lower() != "outline":
            return
        given = {key.lower(): value for key, value in attributes.items()}
        label = squeeze(clean(given.get("title") or given.get("text") or ""))
        url = _address(given.get("xmlurl", ""))
        self.folders.append("" if url else label)
        if url:
            self.found.append(Subscription(url=url, title=label, tags=self._tags(given.get("category", ""))))

    def _end(self, name: str) -> None:
        if name.lower() == "outline" and self.folders:
            self.folders.pop()

    def _tags(self, categories: str) -> tuple[str, ...]:
        named = [squeeze(clean(category)).removeprefix("/") for category in categories.split(",")]
        return tuple(dict.fromkeys(tag for tag in [*self.folders, *named] if tag))


def _outline(subscription: Subscription) -> str:
    label, title = _quoted(subscription.title or subscription.url), _quoted(subscription.title)
    # A comma parts categories, so one inside a tag cannot be kept.
    tags = ",".join(tag.replace(",", " ") for tag in subscription.tags)
    category = f" category={_quoted(tags)}" if tags else ""
    url = _quoted(subscription.url)
    return f'<outline type="rss" text={label} title={title} xmlUrl={url}{category}/>'


def _quoted(value: str) -> str:
    return quoteattr(squeeze(clean(value)))


def _escaped(value: str) -> str:
    return squeeze(clean(value)).replace("&", "&amp;").replace("<", "&lt;")


# ---- both


def _address(text: str) -> str | None:
    """An http(s) address; some readers write 'feed:' in place of the scheme or before it."""
    text = text.strip()
    for scheme in ("feed://", "feed:"):
        if text.lower().startswith(scheme):
            rest = text[len(scheme) :]
            text = rest if "://" in rest else f"http://{rest}"
    return absolute(text)


def _merged(found: Iterable[Subscription]) -> tuple[Subscription, ...]:
    by_url: dict[str, Subscription] = {}
    for one in found:
        first = by_url.get(one.url, one)
        tags = tuple(dict.fromkeys([*first.tags, *one.tags]))
        by_url[one.url] = Subscription(url=one.url, title=first.title or one.title, tags=tags)
    return tuple(by_url.values())
