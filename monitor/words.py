"""Text as words: what several parts need to agree on when they compare, cut or show text.

Cleaning, folding, tokens, sentences, HTML to plain text. Which words matter is `relevance`'s affair.
Everything here takes time linear in the text.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text."""

    text: str  # folded
    start: int  # first character in the original text
    end: int  # one past the last


# Whole escape sequences go, so that no '[31m' stays behind: CSI, then OSC and its like up to BEL or ST.
ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)"
)
# C0 and C1 except newline and tab, bidi overrides and isolates ('Trojan Source'), lone surrogates and
# non-characters (no encoder and no database takes them).
UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")

INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
PLAIN_FORMS = (
    {ord(c): None for c in INVISIBLE}
    | {ord(c): "'" for c in "‘’‚‛ʼʹ′`´＇"}
    | {ord(c): '"' for c in "“”„‟«»″＂"}
    | {ord(c): "-" for c in "‐‑‒–—―−﹘﹣－"}
    | {ord("…"): "...", ord("\u00a0"): " "}
)

# Marks that sit on a letter (`re` does not count them as word characters) up to the end of the blocks
# that Indic, Arabic, Hebrew and Thai writing needs.
MARKS = "".join(re.escape(chr(c)) for c in range(0x300, 0x1B00) if unicodedata.category(chr(c))[0] == "M")
# Scripts written without blanks: each sign is a word, so that a phrase in them can be found.
SIGNS = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[{SIGNS}]|[^\W_{SIGNS}](?:[^\W_{SIGNS}]|[{MARKS}{INVISIBLE}])*")

BLANKS = re.compile(r"\s+")
# A sentence may end here: its mark, closing quotes or brackets, then a blank; or a full-width mark.
SENTENCE_END = re.compile(r"[.!?…]{1,8}[\"'”’»)\]]{0,3}(?=\s)|[。！？]{1,8}[”’」』）]{0,3}|\n+")


def _each(words: str) -> frozenset[str]:
    """A table of words, written as one text so that it stays readable."""
    return frozenset(words.split())


# Something always follows these.
TITLES = _each(
    """
    mr mrs ms dr prof sen rep gov gen col lt sgt rev hon st vs cf e.g i.e z.b d.h bzw ca nr approx fig
    mme mlle u.s u.k u.n p
    """
)
BEFORE_NUMBERS = _each(
    """
    no nos vol art abs sec pp ch jan feb mar apr jun jul aug sep sept oct nov dec
    """
)
LAST_WORD = re.compile(r"[\w.]{1,12}$")


def clean(text: str) -> str:
    """The text without what could steer a terminal, a mail header or a reader's eye.

    Escape sequences, control characters, bidi overrides and characters that cannot be stored go; newline
    and tab stay (a header wants `squeeze` as well). Idempotent.
    """
    text = LINE_ENDS.sub("\n", ESCAPE_SEQUENCE.sub("", text))
    return UNWANTED.sub("", text)


def fold(text: str) -> str:
    """The text as it is compared: NFKC, case folded, quotes and dashes plain, nothing invisible.

    Idempotent.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    for _ in range(
        4
    ):  # folding can make new compatibility forms and the reverse; two rounds settle all known
        folded = unicodedata.normalize(
            "NFKC", unicodedata.normalize("NFKC", text.translate(PLAIN_FORMS)).casefold()
        )
        if folded == text:
            break
        text = folded
    return text


def tokens(text: str) -> list[Token]:
    """The words of a text, folded, with where each stands.

    Hyphens and apostrophes part words ('open-source' and 'open source' give the same two), and so do
    signs of scripts without blanks.
    """
    return [Token(fold(found[0]), found.start(), found.end()) for found in WORD.finditer(text)]


def sentences(text: str) -> list[str]:
    """The text's sentences, each with its blanks folded; a newline always ends one.

    A heuristic for extracts: common abbreviations, initials and numbers do not end a sentence.
    """
    found, start = [], 0
    for end in SENTENCE_END.finditer(text):
        if _ends(text, end):
            found.append(text[start : end.end()])
            start = end.end()
    found.append(text[start:])
    return [sentence for part in found if (sentence := squeeze(part))]


def squeeze(text: str) -> str:
    """White space folded to single blanks, none at the ends."""
    return " ".join(text.split())


def plain(html: str) -> str:
    """An HTML fragment as text: paragraphs parted by one newline, white space folded, no tags or entities.

    Script, style and comments are dropped. A text without markup comes back as it is, squeezed.
    """
    if "<" not in html:
        return squeeze(entities.unescape(html) if "&" in html else html)
    return _lines(_pieces(html))


# ---- sentences


def _ends(text: str, end: re.Match[str]) -> bool:
    if not end[0].startswith(".") or end[0].startswith(".."):
        return True
    before = LAST_WORD.search(text, max(0, end.start() - 13), end.start())
    word = before[0].strip(".") if before else ""
    if word.lower() in TITLES or (len(word) == 1 and word.isupper()):
        return False  # 'Dr. Who', 'J. Smith', 'the U.S. Senate'
    following = text[end.end() : end.end() + 8].lstrip()[:1]
    return not following.islower() and not (following.isdigit() and word.lower() in BEFORE_NUMBERS)


# ---- HTML

BLOCKS = _each(
    """
    p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 tr table section article header footer aside nav
    blockquote pre figure figcaption hr address form fieldset main td th caption
    """
)
SILENT = _each(
    """
    script style template noscript iframe object svg math head title
    """
)


def _pieces(html: str) -> list[str]:
    """Text and newlines in document order. Walks without recursion: a hostile text nests deeply."""
    from lxml import etree  # 20 ms that commands without HTML need not pay

    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, recover=True, no_network=True)
    # The parser takes no control characters, and no NUL ends a text early.
    tree = etree.fromstring(f"<div>{clean(html)}</div>", parser)
    if tree is None:
        return []
    pieces: list[str] = []
    silent = 0
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if tag in BLOCKS:
            pieces.append("\n")
        if event == "start":
            silent += tag in SILENT
            text = node.text
        else:
            silent -= tag in SILENT
            text = node.tail
        if text and not silent:
            pieces.append(BLANKS.sub(" ", text))
    return pieces


def _lines(pieces: list[str]) -> str:
    lines = (squeeze(line) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
