"""What a web server did when it was asked for a feed or a page, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FetchOutcome(StrEnum):
    """What came of one request, after all its redirects."""

    OK = "ok"  # a 2xx with its whole body
    NOT_MODIFIED = "not_modified"  # 304
    THROTTLED = "throttled"  # 429, or 503 with Retry-After: asked to wait
    GONE = "gone"  # 410
    NOT_FOUND = "not_found"  # 404
    FORBIDDEN = "forbidden"  # 401, 402, 403, 407, 451
    CLIENT_ERROR = "client_error"  # any other 4xx
    SERVER_ERROR = "server_error"  # 5xx
    TIMEOUT = "timeout"  # connected, but not done in time
    UNREACHABLE = "unreachable"  # no name, no route, refused, or no connection in time
    TLS = "tls"  # certificate or handshake
    BROKEN = "broken"  # the connection was cut, or what came was no HTTP or would not unpack
    TOO_LARGE = "too_large"  # over the limit, counted while unpacking
    REDIRECTS = "redirects"  # too many, in a circle, or to nowhere
    BLOCKED = "blocked"  # the address guard refused the address
    BAD_ADDRESS = "bad_address"  # not an http(s) address


# Outcomes in which no server was reached: they may be an outage of our own.
UNREACHED = frozenset({FetchOutcome.UNREACHABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What lets a server answer 304: echoed byte for byte as they came."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = (
        None  # SHA-256 hex of the unpacked body; decides 'unchanged' where a server ignores the rest
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect on the way."""

    url: str  # the address that redirected
    status: int  # 301, 302, 303, 307, 308
    target: str  # absolute

    @property
    def permanent(self) -> bool:
        return self.status in (301, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that one request came to, whatever happened."""

    url: str  # as asked
    final_url: str  # after redirects; equals url without any
    outcome: FetchOutcome
    status: int | None = None  # HTTP status of the last answer; None where none came
    hops: tuple[Hop, ...] = ()
    body: bytes = b""  # unpacked, within the limit; empty unless outcome is OK
    content_type: str | None = None  # header as sent
    validators: Validators = Validators()
    retry_after: timedelta | None = None  # from now, as the server asked; never negative
    max_age: timedelta | None = None  # Cache-Control max-age, else Expires - Date
    error: str | None = None  # for people: 'no answer within 30 s'; None when OK or NOT_MODIFIED
    seconds: float = 0.0  # wall time of the whole

    @property
    def reached(self) -> bool:
        """Whether any server answered at all."""
        return self.outcome not in UNREACHED
