"""What went wrong with a request, as a FetchOutcome and a sentence for people.

The one place that knows the exceptions of httpx, aiohttp, ssl and the socket layer. It judges by class,
never by message, and looks through the whole chain of causes: a refused connection, for one, comes out of
the transport as httpx.ConnectTimeout, and only its cause tells the truth.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
from aiohttp import http_exceptions

from monitor.intake.decode import TooLarge, Undecodable
from monitor.intake.guard import AddressRefused
from monitor.model.web import FetchOutcome
from monitor.urls import mask


class TooSlow(Exception):
    """The request was not done within its whole time; the message is for people."""


# Whatever one request may raise because of the world; anything else is a fault of ours and passes through.
# ValueError: a host name that does not encode, a header that cannot be sent.
WORLDLY = (
    httpx.HTTPError,
    httpx.InvalidURL,
    aiohttp.ClientError,
    http_exceptions.HttpProcessingError,
    OSError,
    ValueError,
    TooLarge,
    Undecodable,
    TooSlow,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure."""

    outcome: FetchOutcome
    error: str  # one sentence without a full stop; secrets masked


def explain(exc: BaseException) -> Fault:
    """The first fault of the table below that occurs anywhere in the chain of causes."""
    chain = tuple(_chain(exc))
    if _cut_in_handshake(chain):
        return Fault(FetchOutcome.TLS, "no secure connection: it was cut in the TLS handshake")
    for kind, outcome, sentence in FAULTS:
        for link in reversed(chain):  # the root knows most
            if isinstance(link, kind):
                return Fault(outcome, mask(sentence(link)))
    return Fault(FetchOutcome.BROKEN, mask(f"{type(exc).__name__}: {exc}"[:300]))


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__  # not __context__: that may be whatever our caller was busy with


def _cut_in_handshake(chain: tuple[BaseException, ...]) -> bool:
    """A connection that is reset while it is being made was there already: only TLS comes in between."""
    return any(
        isinstance(link, aiohttp.ClientConnectorError)
        and isinstance(link.os_error, ConnectionResetError | ConnectionAbortedError)
        for link in chain
    )


# ---- the sentences


def _refused(exc: Any) -> str:
    return f"the address guard refused {exc.address}, {exc.kind} (see allow_hosts in [fetch])"


def _certificate(exc: Any) -> str:
    return f"its certificate is not valid: {getattr(exc, 'verify_message', '') or exc}"


def _tls(exc: Any) -> str:
    return f"no secure connection: {getattr(exc, 'reason', None) or 'the TLS handshake failed'}"


def _name(exc: Any) -> str:
    if exc.errno == socket.EAI_AGAIN:
        return "the name server did not answer"
    return "there is no host of that name"


def _proxy_answer(exc: Any) -> str:
    return f"the proxy answered {exc.status}"


def _proxy_connection(exc: Any) -> str:
    return f"no connection to the proxy: {_os_text(exc.os_error)}"


def _connection(exc: Any) -> str:
    return f"no connection: {_os_text(exc.os_error)}"


def _os_text(exc: OSError) -> str:
    if isinstance(exc, ConnectionRefusedError):
        return "refused"
    return (exc.strerror or type(exc).__name__).lower()


def _too_large(exc: Any) -> str:
    return f"larger than the limit of {exc.limit:,} bytes"


def _always(text: str) -> Callable[[Any], str]:
    return lambda _: text


# First come, first served: the precise ones stand before those that wrap them.
FAULTS: tuple[tuple[type[BaseException], FetchOutcome, Callable[[Any], str]], ...] = (
    (AddressRefused, FetchOutcome.BLOCKED, _refused),
    (TooLarge, FetchOutcome.TOO_LARGE, _too_large),
    (Undecodable, FetchOutcome.BROKEN, str),
    (TooSlow, FetchOutcome.TIMEOUT, str),
    (aiohttp.ClientHttpProxyError, FetchOutcome.UNREACHABLE, _proxy_answer),
    (ssl.SSLCertVerificationError, FetchOutcome.TLS, _certificate),
    (ssl.SSLError, FetchOutcome.TLS, _tls),
    (socket.gaierror, FetchOutcome.UNREACHABLE, _name),
    (aiohttp.ClientProxyConnectionError, FetchOutcome.UNREACHABLE, _proxy_connection),
    (aiohttp.ClientConnectorError, FetchOutcome.UNREACHABLE, _connection),
    (aiohttp.ConnectionTimeoutError, FetchOutcome.UNREACHABLE, _always("no connection in time")),
    (aiohttp.SocketTimeoutError, FetchOutcome.TIMEOUT, _always("connected, but it fell silent")),
    (aiohttp.InvalidURL, FetchOutcome.BAD_ADDRESS, _always("this is not an address that can be asked")),
    (aiohttp.NonHttpUrlClientError, FetchOutcome.BAD_ADDRESS, _always("this is not an http address")),
    (httpx.InvalidURL, FetchOutcome.BAD_ADDRESS, _always("this is not an address that can be asked")),
    (UnicodeError, FetchOutcome.BAD_ADDRESS, _always("its host name cannot exist")),
    (http_exceptions.LineTooLong, FetchOutcome.BROKEN, _always("its headers are too large")),
    (http_exceptions.ContentLengthError, FetchOutcome.BROKEN, _always("the body ends before its length")),
    (aiohttp.ClientPayloadError, FetchOutcome.BROKEN, _always("the body was cut off")),
    (http_exceptions.HttpProcessingError, FetchOutcome.BROKEN, _always("what came is not HTTP")),
    (aiohttp.ServerDisconnectedError, FetchOutcome.BROKEN, _always("it hung up without an answer")),
    (ConnectionError, FetchOutcome.BROKEN, _always("the connection was reset")),
)
