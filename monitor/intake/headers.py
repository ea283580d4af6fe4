"""What the headers of an answer say: how long to wait, how long it stays fresh, its validators.

Pure; a header that makes no sense counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Who asks for more than a year means never, or has a bug; and there are no dates beyond the year 9999.
LONGEST = timedelta(days=366)

SECONDS = re.compile(r"\s*(\d{1,18})(?:\.\d+)?\s*")
MAX_AGE = re.compile(r'(?:^|[\s,;])max-age\s*=\s*"?(\d{1,18})', re.IGNORECASE)

# Headers that are lists: several of them are one list. Of any other name the first one counts.
LISTS = frozenset({"content-encoding", "cache-control"})

RawHeaders = Iterable[tuple[bytes, bytes]]


def read_headers(raw: RawHeaders) -> dict[str, str]:
    """Values by lower-case name. Bytes that are not UTF-8 are read as Latin-1."""
    values: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = raw_name.decode("latin-1").lower()
        if name not in values:
            values[name] = _text(raw_value)
        elif name in LISTS:
            values[name] += f", {_text(raw_value)}"
    return values


def validator(raw: RawHeaders, name: bytes) -> str | None:
    """A validator that can be sent back byte for byte, else None.

    Requests leave in UTF-8: bytes in another encoding would come back changed, and a changed ETag is
    worse than none. The body's hash still tells whether anything is new.
    """
    value = next((value for key, value in raw if key.lower() == name), b"").strip()
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text and text.isprintable() else None


def retry_after(headers: Mapping[str, str], now: datetime | None) -> timedelta | None:
    """How long the server asked us to wait; zero for a date in the past, at most LONGEST.

    A date is measured against the server's own clock where it shows one, else against `now`; without
    either it says nothing.
    """
    claimed = headers.get("retry-after")
    if claimed is None:
        return None
    if seconds := SECONDS.fullmatch(claimed):
        return _seconds(seconds[1])
    return _between(http_date(headers.get("date")) or now, http_date(claimed))


def max_age(headers: Mapping[str, str], now: datetime | None) -> timedelta | None:
    """How long the answer stays fresh: Cache-Control's max-age, else Expires less Date."""
    if found := MAX_AGE.search(headers.get("cache-control", "")):
        return _seconds(found[1])
    return _between(http_date(headers.get("date")) or now, http_date(headers.get("expires")))


def http_date(text: str | None) -> datetime | None:
    """Any of HTTP's three date forms as UTC; None for anything else."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    if start is None or end is None:
        return None
    return min(max(end - start, timedelta(0)), LONGEST)


def _seconds(digits: str) -> timedelta:
    return timedelta(seconds=min(int(digits), int(LONGEST.total_seconds())))


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
