"""Tags of a feed in balance: broken markup becomes the XML that was meant, crowded markup is thinned.

Only for what a strict parser refuses, or would take too long over. Linear time, whatever comes. Prolog and
references are `mend.py`'s affair, what the elements mean is `xmlfeed.py`'s.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from xml.parsers import expat

from monitor.intake.mend import ROOT, after, sections

TAG = re.compile(r"""<(/?)([A-Za-z_][A-Za-z0-9_.:-]*)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
# As above, for a tag whose quotes do not pair.
LOOSE_TAG = re.compile(r"<(/?)([A-Za-z_][A-Za-z0-9_.:-]*)([^<>]*+)>")
ATTRIBUTE = re.compile(r"""([A-Za-z_][A-Za-z0-9_.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
# Elements of HTML that never have an end tag. ('link' and 'source' are elements of feeds.)
VOID = frozenset(["br", "img", "hr", "input", "wbr", "col", "area", "embed", "param"])
ITEMS = frozenset(["item", "entry"])
# No honest feed nests deeper; tags beyond are dropped, their text is kept.
MAX_DEPTH = 200
# Of what feedparser takes quadratic time over no more is let through than an honest feed has: attributes of
# one element, characters in a name or date, categories of one entry.
MAX_ATTRIBUTES = 100
MAX_SHORT_TEXT = 2000
MAX_CATEGORIES = 200
SHORT = frozenset(
    (
        "author managingeditor webmaster creator publisher owner name email keywords tags pubdate date "
        "updated published issued modified created lastbuilddate expirationdate valid point line polygon box"
    ).split()
)
CATEGORIES = frozenset(["category", "subject"])
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "rss": "http://backend.userland.com/rss",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "xlink": "http://www.w3.org/1999/xlink",
}


def mended(text: str) -> tuple[str, bool]:
    """Prepared text as well-formed XML, and whether its end was missing.

    An end tag closes what was left open inside its element; one without a start is dropped; an item
    never lies inside an item. Undeclared prefixes are declared.
    """
    mender = _Mender()
    for kind, piece in sections(text):
        if kind == "cdata":
            mender.add_text(html.escape(piece[9:].removesuffix("]]>"), quote=False))
        elif kind == "text":
            mender.add_markup(piece)
    return mender.finish()


class Check:
    """What a strict parser says of a text, and whether it is crowded beyond what `mended` lets through."""

    def __init__(self) -> None:
        self.crowded = False
        self._short: list[int] = []  # characters so far in each open element whose text must be short
        self._categories = 0

    def fault(self, xml: str) -> str | None:
        """Why a strict parser would refuse it; None where it would not."""
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(xml.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            return f"is no well-formed XML: {error}"
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        if local in SHORT:
            self._short.append(0)
        elif local in ITEMS:
            self._categories = 0
        elif local in CATEGORIES:
            self._categories += 1
        self.crowded |= len(attributes) > MAX_ATTRIBUTES or self._categories > MAX_CATEGORIES

    def _end(self, name: str) -> None:
        if name.rpartition(" ")[2].lower() in SHORT:
            self._short.pop()

    def _text(self, text: str) -> None:
        if self._short:
            self._short[0] += len(text)
            self.crowded |= self._short[0] > MAX_SHORT_TEXT


# ---- tags


@dataclass(slots=True)
class _Mender:
    """Balances tags. `open_tags` is the stack, `open_names` counts it by folded name."""

    out: list[str] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)
    open_names: Counter[str] = field(default_factory=Counter)
    prefixes: set[str] = field(default_factory=set)
    root_at: int = -1  # of the root's start tag in `out`
    root_ended: bool = False
    short_at: int = -1  # depth of the open element whose text must be short; -1 without
    short_left: int = 0  # characters that it may still have
    categories: int = 0  # of the present item
    last_end: int = -1  # of the last '>' in the piece of text at hand: nothing beyond it ends

    def add_text(self, escaped: str) -> None:
        if not self.open_tags:
            return
        if self.short_at >= 0:
            # Cut where no reference is cut in two.
            escaped = (
                escaped if len(escaped) <= self.short_left else escaped[: self.short_left].rpartition("&")[0]
            )
            self.short_left -= len(escaped)
        self.out.append(escaped)

    def add_markup(self, text: str) -> None:
        at = 0
        self.last_end = text.rfind(">")
        while (start := text.find("<", at)) >= 0:
            self.add_text(_no_cdata_end(text[at:start]))
            found = TAG.match(text, start) or LOOSE_TAG.match(text, start)
            if found:
                self._tag(found)
                at = found.end()
            else:
                at = self._no_tag(text, start)
        self.add_text(_no_cdata_end(text[at:]))

    def finish(self) -> tuple[str, bool]:
        cut = bool(self.open_tags)
        self._close_down_to(0)
        return self._declared(), cut

    def _no_tag(self, text: str, start: int) -> int:
        """A lone '<' is text; a declaration or instruction goes; a tag that the end cut off goes."""
        if text.startswith(("<!", "<?"), start) and start < self.last_end:
            return after(text, ">", start)
        if ROOT.match(text, start) and start > self.last_end and text.find("<", start + 1) < 0:
            return len(text)
        self.add_text("&lt;")
        return start + 1

    def _tag(self, found: re.Match[str]) -> None:
        if found[1]:
            self._end(_name(found[2]))
        elif not self.root_ended:
            self._start(_name(found[2]), found[3])

    def _start(self, name: str, rest: str) -> None:
        local = _local(name)
        if local in ITEMS:
            self._close_item(name)
            self.categories = 0
        self.categories += local in CATEGORIES
        if len(self.open_tags) >= MAX_DEPTH or (local in CATEGORIES and self.categories > MAX_CATEGORIES):
            return
        if not self.open_tags:
            self.root_at = len(self.out)
        empty = rest.rstrip().endswith("/") or local in VOID
        self.out.append(f"<{name}{self._attributes(rest)}{'/' if empty else ''}>")
        self._note_prefix(name)
        if not empty:
            if local in SHORT and self.short_at < 0:
                self.short_at, self.short_left = len(self.open_tags), MAX_SHORT_TEXT
            self.open_tags.append(name)
            self.open_names[name.lower()] += 1
        elif not self.open_tags:
            self.root_ended = True

    def _end(self, name: str) -> None:
        folded = name.lower()
        if not self.open_names[folded]:
            return
        at = len(self.open_tags) - 1
        while self.open_tags[at].lower() != folded:
            at -= 1
        self._close_down_to(at)
        self.root_ended = not self.open_tags

    def _close_item(self, name: str) -> None:
        """An item that begins inside an item: the end tag of the first is missing."""
        for at in range(len(self.open_tags) - 1, 0, -1):
            if self.open_tags[at].lower() == name.lower():
                self._close_down_to(at)
                return

    def _close_down_to(self, depth: int) -> None:
        while len(self.open_tags) > depth:
            name = self.open_tags.pop()
            self.open_names[name.lower()] -= 1
            self.out.append(f"</{name}>")
        if depth <= self.short_at:
            self.short_at = -1

    def _attributes(self, rest: str) -> str:
        found: dict[str, str] = {}
        for attribute in islice(ATTRIBUTE.finditer(rest), MAX_ATTRIBUTES):
            value = next(group for group in attribute.groups()[1:] if group is not None)
            if not _is_false_declaration(attribute[1], value):
                found.setdefault(_name(attribute[1]), value)
        for name in found:
            self._note_prefix(name)
        return "".join(f' {name}="{_attribute_value(value)}"' for name, value in found.items())

    def _note_prefix(self, name: str) -> None:
        prefix, colon, _ = name.partition(":")
        if colon and prefix not in ("xml", "xmlns"):
            self.prefixes.add(prefix)

    def _declared(self) -> str:
        """The document, with what its prefixes most likely stand for declared where it was not."""
        if self.root_at < 0:
            return ""
        root = self.out[self.root_at]
        missing = sorted(p for p in self.prefixes if f"xmlns:{p}=" not in root)
        declarations = "".join(f' xmlns:{p}="{NAMESPACES.get(p, "urn:undeclared:" + p)}"' for p in missing)
        name = TAG.match(root)
        end = name.end(2) if name else 0
        self.out[self.root_at] = f"{root[:end]}{declarations}{root[end:]}"
        return "".join(self.out)


def _name(name: str) -> str:
    """A name that namespaces allow: one colon at most, with something on both sides of it."""
    prefix, colon, local = name.partition(":")
    allowed = not colon or (prefix and local[:1].isalpha() and ":" not in local)
    return name if allowed else name.replace(":", "_")


def _is_false_declaration(name: str, value: str) -> bool:
    """Declarations that no strict parser takes: of no namespace, or of the prefixes that XML owns."""
    return name.startswith("xmlns:") and (not value.strip() or name in ("xmlns:xml", "xmlns:xmlns"))


def _local(name: str) -> str:
    return name.lower().rpartition(":")[2]


def _attribute_value(value: str) -> str:
    return value.replace("<", "&lt;").replace('"', "&quot;")


def _no_cdata_end(text: str) -> str:
    return text.replace("]]>", "]]&gt;") if "]]>" in text else text
