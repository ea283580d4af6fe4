"""The faults of the fault server, one function each, and the raw pieces of HTTP they are made of.

What each is for stands in faultserver.py. A fault says whether the connection may be used again.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from support.packing import bomb, pack

PLAIN = b"<html><body><p>" + b"A small page with a few words on it. " * 40 + b"</p></body></html>"


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    target: str  # path and query, or what a proxy is sent
    headers: Mapping[str, str]  # by lower-case name, read as Latin-1: byte for byte
    at: float  # time.monotonic()

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass(frozen=True)
class Exchange:
    """What a fault needs to do its worst."""

    ending: threading.Event  # set when the server closes
    stream: socket.socket
    request: Request

    def send(self, data: bytes) -> None:
        self.stream.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Wait, and say whether the server is still up."""
        return not self.ending.wait(seconds)

    def number(self, name: str, default: float) -> float:
        return float(self.request.query.get(name, default))

    @property
    def argument(self) -> str:
        """The second part of the path."""
        return self.request.path.split("/")[2]


# ---- pieces of HTTP


def answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    given = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **(headers or {})}
    if status in (204, 304) or 100 <= status < 200:
        del given["Content-Length"]
        body = b""
    return head(status, given) + body


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# ---- the faults


def _hang(x: Exchange) -> bool:
    x.pause(x.number("seconds", 60))
    return False


def _hang_body(x: Exchange) -> bool:
    x.send(head(200, {"Content-Length": "1000"}) + b"<html>")
    return _hang(x)


def _drip(x: Exchange) -> bool:
    x.send(head(200, {"Content-Length": "100000"}))
    while x.pause(x.number("seconds", 0.2)):
        x.send(b"x")
    return False


def _slow_headers(x: Exchange) -> bool:
    for byte in answer(PLAIN):
        if not x.pause(x.number("seconds", 0.2)):
            break
        x.send(bytes([byte]))
    return False


def _reset(x: Exchange) -> bool:
    x.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False  # closing now sends RST


def _reset_body(x: Exchange) -> bool:
    x.send(head(200, {"Content-Length": "1000"}) + b"<html>")
    x.pause(0.05)
    return _reset(x)


def _close(x: Exchange) -> bool:
    return False


def _not_http(x: Exchange) -> bool:
    x.send(b"220 mail.example ESMTP ready\r\n")
    return False


def _short(x: Exchange) -> bool:
    x.send(head(200, {"Content-Length": str(len(PLAIN) + 1000)}) + PLAIN)
    return False


def _long(x: Exchange) -> bool:
    x.send(head(200, {"Content-Length": "20"}) + PLAIN)
    return False


def _chunk_garbage(x: Exchange) -> bool:
    x.send(head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\nzz\r\nworld\r\n")
    return False


def _chunk_cut(x: Exchange) -> bool:
    x.send(head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n")
    return False


def _huge_headers(x: Exchange) -> bool:
    x.send(head(200, {"X-Long": "x" * int(x.number("bytes", 1_000_000))}))
    return False


def _continue(x: Exchange) -> bool:
    x.send(head(100, {}) + head(103, {"Link": "</style.css>; rel=preload"}) + answer(PLAIN))
    return True


def _loop(x: Exchange) -> bool:
    other = "/loop" if x.request.path == "/loop2" else "/loop2"
    x.send(answer(b"", 302, {"Location": other}))
    return True


def _chain(x: Exchange) -> bool:
    left = int(x.argument)
    status = int(x.number("status", 302))
    x.send(answer(b"", status, {"Location": f"/chain/{left - 1}?status={status}"}) if left else answer(PLAIN))
    return True


def _goto(x: Exchange) -> bool:
    x.send(answer(b"", int(x.number("status", 302)), {"Location": x.request.query["to"]}))
    return True


def _status(x: Exchange) -> bool:
    names = {"retry_after": "Retry-After", "location": "Location", "date": "Date", "expires": "Expires"}
    names["cache_control"] = "Cache-Control"
    headers = {names[name]: value for name, value in x.request.query.items()}
    x.send(answer(PLAIN, int(x.argument), headers))
    return True


def _bomb(x: Exchange) -> bool:
    x.send(answer(bomb(x.argument), headers={"Content-Encoding": x.argument}))
    return True


def _big(x: Exchange) -> bool:
    x.send(head(200, {"Content-Type": "text/html"}))
    while x.pause(0):
        x.send(b"<p>and so on</p>\n" * 4096)
    return False


def _bad(x: Exchange) -> bool:
    x.send(answer(PLAIN, headers={"Content-Encoding": x.argument}))
    return True


def _packed(x: Exchange) -> bool:
    x.send(answer(pack(PLAIN, x.argument), headers={"Content-Encoding": x.argument}))
    return True


def _cut(x: Exchange) -> bool:
    whole = pack(PLAIN, x.argument)
    x.send(answer(whole[: len(whole) // 2], headers={"Content-Encoding": x.argument}))
    return True


def _empty(x: Exchange) -> bool:
    x.send(answer(b""))
    return True


def _etag(x: Exchange) -> bool:
    validators = {"ETag": '"v1"', "Last-Modified": "Tue, 24 Nov 2026 06:00:00 GMT"}
    known = x.request.headers.get("if-none-match") == '"v1"'
    x.send(answer(PLAIN, 304 if known else 200, validators))
    return True


def _charset(x: Exchange) -> bool:
    x.send(answer("<p>Café à la carte, über alles</p>".encode("latin-1")))
    return True


def _echo(x: Exchange) -> bool:
    body = json.dumps(dict(x.request.headers)).encode()
    x.send(answer(body, headers={"Content-Type": "application/json"}))
    return True


def _ok(x: Exchange) -> bool:
    x.send(answer(PLAIN))
    return True


FAULTS: dict[str, Callable[[Exchange], bool]] = {
    **{"hang": _hang, "hang_body": _hang_body, "drip": _drip, "slow_headers": _slow_headers},
    **{"reset": _reset, "reset_body": _reset_body, "close": _close, "not_http": _not_http},
    **{"short": _short, "long": _long, "chunk_garbage": _chunk_garbage, "chunk_cut": _chunk_cut},
    **{"huge_headers": _huge_headers, "continue": _continue, "loop": _loop, "loop2": _loop},
    **{"chain": _chain, "goto": _goto, "status": _status, "bomb": _bomb, "big": _big, "bad": _bad},
    **{"packed": _packed, "cut": _cut, "empty": _empty, "etag": _etag, "charset": _charset},
    **{"echo": _echo, "ok": _ok},
}
