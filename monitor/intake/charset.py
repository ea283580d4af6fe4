"""Bytes of a feed to text: which charset they are in, whatever header and declaration claim.

Never raises: what cannot be decoded becomes U+FFFD. What the text means is `parse.py`'s affair.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How '<?' or '<r' looks where no mark stands before it.
FIRST_BYTES = (
    (re.compile(rb"<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"<\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
# What senders mean by a name: the larger set of the same family, as browsers read it.
MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "johab": "cp949",
    "tis-620": "cp874",
    "iso8859-9": "cp1254",
    "big5": "big5hkscs",
}
# Charsets that write everything in ASCII bytes: valid UTF-8 proves nothing about them.
SEVEN_BIT = re.compile(r"iso2022|hz|utf-?7")
DECLARATION = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})""")
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
STRAY = re.compile(rb"[\x80-\xff]+")
# Enough to tell one charset from another; more only costs time.
SAMPLE_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Charset:
    """How to decode a document."""

    codec: str  # a Python codec's name
    skip: int = 0  # bytes of a byte order mark
    certain: bool = True  # False: detected from the letters, or mixed


def charset_of(body: bytes, content_type: str | None = None) -> Charset:
    """Find the charset: a byte order mark, else UTF-8 where the bytes are that, else a claim, else a guess.

    UTF-8 goes before any claim because servers put a default charset on everything, and because text in
    another charset is as good as never valid UTF-8 by chance.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            return Charset(codec, skip=len(mark))
    for pattern, codec in FIRST_BYTES:
        if pattern.match(body):
            return Charset(codec)
    claims = _claims(body, content_type)
    for codec in claims:
        if SEVEN_BIT.search(codec) and _reads(body, codec):
            return Charset(codec)
    if body.isascii() or _reads(body, "utf-8"):
        return Charset("utf-8")
    for codec in claims:
        if codec != "utf-8" and _reads(body, codec):
            return Charset(codec)
    return Charset("utf-8" if _mostly_utf8(body) else _guess(body), certain=False)


def decode(body: bytes, charset: Charset) -> str:
    """The text, without its byte order mark. Single bytes that are no UTF-8 are read as Windows-1252."""
    errors = MIXED if charset.codec == "utf-8" else "replace"
    text = body[charset.skip :].decode(charset.codec, errors)
    return text.removeprefix("\ufeff")


def _claims(body: bytes, content_type: str | None) -> list[str]:
    """What the header, then the XML declaration says, as codecs that exist."""
    header = HEADER.search(content_type or "")
    declared = DECLARATION.search(body[:1024])
    names = [header[1] if header else "", declared[1].decode("ascii") if declared else ""]
    return [codec for name in names if (codec := _codec(name))]


def _codec(name: str) -> str | None:
    name = name.lower().replace("tis620", "tis-620").replace("x-sjis", "shift_jis")
    name = {"ks_c_5601-1987": "cp949", "windows-874": "cp874", "x-gbk": "gbk"}.get(name, name)
    try:
        found = codecs.lookup(name)
    except LookupError:
        return None
    if not found._is_text_encoding or found.name in (
        "idna",
        "punycode",
        "unicode-escape",
        "raw-unicode-escape",
    ):
        return None
    return MEANT.get(found.name, found.name)


def _reads(body: bytes, codec: str) -> bool:
    try:
        body.decode(codec)
    except (UnicodeError, ValueError):
        return False
    return True


def _mostly_utf8(body: bytes) -> bool:
    """Whether what fails to be UTF-8 is the exception: a feed pasted together from several sources."""
    text = body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(map(len, re.findall(r"[\u0080-\ufffc\U00010000-\U0010ffff]+", text)))
    # In another charset hardly any letters fall together so that they look like UTF-8.
    return 2 * right >= wrong


def _guess(body: bytes) -> str:
    """The charset by its letters, from the parts of the document that are not ASCII."""
    from charset_normalizer import from_bytes  # 50 ms that only an undeclared charset needs to pay

    letters = b" ".join(STRAY.findall(body))[:SAMPLE_BYTES]
    best = from_bytes(letters, threshold=0.5).best() if len(letters) >= 32 else None
    codec = _codec(best.encoding) if best else None
    return codec if codec and _reads(body, codec) else "cp1252"


MIXED = "monitor-mixed"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error(MIXED, _as_windows_1252)
