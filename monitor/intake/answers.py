"""What one request came to: the way it took, and the last reply as an `Answer`.

Values and decisions only; fetch.py does the asking.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from monitor.intake import headers as said
from monitor.intake.faults import Fault
from monitor.model.web import Answer, FetchOutcome, Hop, Validators
from monitor.urls import absolute, mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one server said."""

    status: int
    headers: dict[str, str]
    etag: str | None
    last_modified: str | None
    body: bytes

    @property
    def redirects(self) -> bool:
        return self.status in (301, 302, 303, 307, 308)


@dataclass(slots=True, kw_only=True)
class Trip:
    """How far a request has come: where it stands, which way it took, what time is left."""

    asked: str  # the address it began with
    validators: Validators  # what was asked with
    url: str  # where it stands
    left: float  # seconds
    seconds: float = 0.0
    hops: list[Hop] = field(default_factory=list)

    def spend(self, seconds: float) -> None:
        self.seconds += seconds
        self.left = max(0.0, self.left - seconds)

    def go_on(self, reply: Reply, max_redirects: int) -> Fault | None:
        """Move to where a redirect points, or say why that leads nowhere."""
        location = reply.headers.get("location", "")
        target = absolute(location, self.url)
        if target is None:
            return Fault(FetchOutcome.REDIRECTS, _nowhere(location))
        passed = {_bare(self.url), *(_bare(hop.url) for hop in self.hops)}
        self.hops.append(Hop(url=self.url, status=reply.status, target=target))
        self.url = target
        if _bare(target) in passed:
            return Fault(FetchOutcome.REDIRECTS, f"redirects in a circle, back to {mask(target)}")
        if len(self.hops) > max_redirects:
            return Fault(FetchOutcome.REDIRECTS, f"more than {max_redirects} redirects")
        return None

    def failed(self, fault: Fault, status: int | None = None) -> Answer:
        """The end of the way, without an answer that could be used; the validators stay."""
        return Answer(
            url=self.asked,
            final_url=self.url,
            outcome=fault.outcome,
            status=status,
            hops=tuple(self.hops),
            validators=self.validators,
            error=fault.error,
            seconds=self.seconds,
        )


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _nowhere(location: str) -> str:
    if not location:
        return "redirects without saying where to"
    return f"redirects to {mask(location[:200])!r}, which is no web address"


def failed(url: str, fault: Fault, validators: Validators) -> Answer:
    """A request that never left."""
    return Trip(asked=url, validators=validators, url=url, left=0.0).failed(fault)


def answered(trip: Trip, reply: Reply, now: datetime | None) -> Answer:
    """The last reply of the chain as a value."""
    wait = said.retry_after(reply.headers, now) if reply.status >= 400 else None
    outcome = outcome_of(reply.status, wait, conditional=trip.validators != Validators())
    return Answer(
        url=trip.asked,
        final_url=trip.url,
        outcome=outcome,
        status=reply.status,
        hops=tuple(trip.hops),
        body=reply.body if outcome is FetchOutcome.OK else b"",
        content_type=reply.headers.get("content-type"),
        validators=_validators(trip.validators, reply, outcome),
        retry_after=wait,
        max_age=said.max_age(reply.headers, now),
        error=_error(outcome, reply.status, wait),
        seconds=trip.seconds,
    )


def outcome_of(status: int, wait: timedelta | None, *, conditional: bool) -> FetchOutcome:
    """What an HTTP status means to us; `wait` is what Retry-After asked for."""
    match status:
        case 304 if conditional:
            return FetchOutcome.NOT_MODIFIED
        case 404:
            return FetchOutcome.NOT_FOUND
        case 410:
            return FetchOutcome.GONE
        case 429:
            return FetchOutcome.THROTTLED
        case 401 | 402 | 403 | 407 | 451:
            return FetchOutcome.FORBIDDEN
        case 503 if wait is not None:
            return FetchOutcome.THROTTLED
        case 206:  # a part, though we asked for the whole
            return FetchOutcome.BROKEN
    by_class = {2: FetchOutcome.OK, 4: FetchOutcome.CLIENT_ERROR, 5: FetchOutcome.SERVER_ERROR}
    return by_class.get(status // 100, FetchOutcome.BROKEN)


def _validators(asked: Validators, reply: Reply, outcome: FetchOutcome) -> Validators:
    """What to ask with next time: the new ones, with a 304 those that it renews."""
    if outcome is FetchOutcome.OK:
        body_hash = hashlib.sha256(reply.body).hexdigest()
        return Validators(etag=reply.etag, last_modified=reply.last_modified, body_hash=body_hash)
    if outcome is FetchOutcome.NOT_MODIFIED:
        return Validators(
            etag=reply.etag or asked.etag,
            last_modified=reply.last_modified or asked.last_modified,
            body_hash=asked.body_hash,
        )
    return asked


def _error(outcome: FetchOutcome, status: int, wait: timedelta | None) -> str | None:
    if outcome in (FetchOutcome.OK, FetchOutcome.NOT_MODIFIED):
        return None
    try:
        error = f"it answered {status} {HTTPStatus(status).phrase}"
    except ValueError:
        error = f"it answered {status}, which is no HTTP status"
    return error if wait is None else f"{error} and asked us to wait {wait}"
