"""Bytes to text: which charset a page is really in, whatever its header and its meta tag say.

Knows nothing of HTML but where a page names its charset.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Browsers read these labels as the Windows supersets (WHATWG Encoding Standard); pages are made for browsers.
SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
# Seven-bit or wide charsets, whose bytes may look like valid UTF-8 without being it.
NOT_TO_BE_TAKEN_FOR_UTF8 = ("iso2022", "utf-16", "utf-32", "utf-7", "hz")
META_WINDOW = 4096  # bytes; browsers look at the first 1,024, pages put it later
SAMPLE = 16_384  # bytes that a guess looks at: guessing costs about 1 ms a kB
MOST_BROKEN = 0.01  # share of replaced characters up to which a claimed charset is still believed

CHARSET_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
CHARSET_IN_META = re.compile(rb"<meta[^>]{1,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
CHARSET_IN_XML = re.compile(rb"^\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)


def decoded(body: bytes, content_type: str | None) -> str:
    """The body as text: by BOM, as UTF-8 where valid, by header, by meta tag, by a guess. Never fails."""
    for bom, name in BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    claims = _claims(body, content_type)
    if not (claims and claims[0].startswith(NOT_TO_BE_TAKEN_FOR_UTF8)):
        # Text in another charset is hardly ever valid UTF-8 by chance, so this outranks what the page claims.
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in claims:
        text = _believable(body, name)
        if text is not None:
            return text
    return body.decode(_guess(body), "replace")


def _claims(body: bytes, content_type: str | None) -> list[str]:
    """The charsets that the page claims, header first, under Python's names; unknown ones are left out."""
    labels = []
    if found := CHARSET_IN_HEADER.search(content_type or ""):
        labels.append(found[1])
    head = body[:META_WINDOW]
    for pattern in (CHARSET_IN_META, CHARSET_IN_XML):
        if in_page := pattern.search(head):
            labels.append(in_page[1].decode("ascii", "ignore"))
    return list(dict.fromkeys(name for label in labels if (name := _python_name(label))))


def _python_name(label: str) -> str | None:
    try:
        info = codecs.lookup(label)
    except LookupError:
        return None
    if not getattr(info, "_is_text_encoding", True):
        return None  # 'base64', 'zlib' and the like are codecs too
    return SUPERSETS.get(info.name, info.name)


def _believable(body: bytes, name: str) -> str | None:
    """The body in this charset, unless it breaks in more places than a torn or patched page does."""
    text = body.decode(name, "replace")
    return text if text.count("\ufffd") <= MOST_BROKEN * len(text) else None


def _guess(body: bytes) -> str:
    """A charset from the bytes alone, looking at a sample from the first byte that is not ASCII on."""
    first = re.search(rb"[\x80-\xff]", body)
    start = max(0, first.start() - SAMPLE // 4) if first else 0
    best = from_bytes(body[start : start + SAMPLE], steps=3, chunk_size=1024).best()
    return best.encoding if best is not None else "cp1252"
