"""The table against real faults stands in test_fetch.py; here is what no server can be made to do."""

import socket
import ssl
from itertools import pairwise

import aiohttp
import httpx
import pytest

from monitor.intake.decode import TooLarge
from monitor.intake.faults import FAULTS, WORLDLY, TooSlow, explain
from monitor.intake.guard import AddressRefused
from monitor.model.web import FetchOutcome


def wrapped(*chain: BaseException) -> BaseException:
    """The exceptions as causes of one another, the outermost first."""
    for outer, inner in pairwise(chain):
        outer.__cause__ = inner
    return chain[0]


@pytest.mark.parametrize(
    ("exc", "outcome", "error"),
    [
        (
            wrapped(httpx.ConnectTimeout("x"), socket.gaierror(socket.EAI_AGAIN, "x")),
            FetchOutcome.UNREACHABLE,
            "the name server did not answer",
        ),
        (
            wrapped(httpx.ConnectTimeout("x"), socket.gaierror(socket.EAI_NONAME, "x")),
            FetchOutcome.UNREACHABLE,
            "there is no host of that name",
        ),
        (
            wrapped(httpx.ConnectTimeout("x"), aiohttp.ConnectionTimeoutError("x"), TimeoutError()),
            FetchOutcome.UNREACHABLE,
            "no connection in time",
        ),
        (
            wrapped(httpx.ReadError("x"), ssl.SSLError(1, "x")),
            FetchOutcome.TLS,
            "no secure connection: the TLS handshake failed",
        ),
        (
            wrapped(httpx.ConnectError("x"), AddressRefused("10.0.0.1", "a private address")),
            FetchOutcome.BLOCKED,
            "the address guard refused 10.0.0.1, a private address (see allow_hosts in [fetch])",
        ),
        (TooLarge(5_000_000), FetchOutcome.TOO_LARGE, "larger than the limit of 5,000,000 bytes"),
        (TooSlow("not done within 30 s"), FetchOutcome.TIMEOUT, "not done within 30 s"),
        (httpx.InvalidURL("x"), FetchOutcome.BAD_ADDRESS, "this is not an address that can be asked"),
        (OSError(24, "Too many open files"), FetchOutcome.BROKEN, "OSError: [Errno 24] Too many open files"),
        (
            httpx.ReadError("at https://me:s3cret@a.example/x"),
            FetchOutcome.BROKEN,
            "ReadError: at https://***@a.example/x",
        ),
    ],
)
def test_the_cause_that_says_most_decides(exc, outcome, error):
    fault = explain(exc)

    assert (fault.outcome, fault.error) == (outcome, error)


def test_causes_in_a_circle_end():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one

    assert explain(one).outcome is FetchOutcome.BROKEN


def test_every_fault_of_the_table_is_one_that_is_caught():
    inner = (ssl.SSLError, aiohttp.ClientError)  # caught as what wraps them

    assert all(issubclass(kind, (*WORLDLY, *inner)) for kind, _, _ in FAULTS)
