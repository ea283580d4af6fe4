"""A web server on loopback that misbehaves in every way the tests need, over real sockets.

    with FaultServer() as server:
        server.page("/feed.xml", body, content_type="application/rss+xml", headers={"ETag": '"1"'})
        answer = await web.get_feed(feed(server.url("/feed.xml")), now)
        assert server.requests[0].headers["user-agent"] ...

Pages that a test registers come first (a path without query matches any query); then the faults below, by
the first part of the path:

    /hang              takes the request, says nothing       /hang_body      headers, a few bytes, silence
    /drip              one byte every `seconds` (0.2)        /slow_headers   the head, one byte at a time
    /reset             RST instead of an answer              /reset_body     RST in the middle of the body
    /close             hangs up without a word               /not_http       a greeting of another protocol
    /short             Content-Length promises more          /long           ... promises less
    /chunk_garbage     chunks that are none                  /chunk_cut      chunks without an end
    /huge_headers      `bytes` (1 MB) of headers             /continue       some 1xx, then an answer
    /loop              redirects to itself via /loop2        /chain/N        N redirects, then an answer
    /goto?to=URL       redirects there (`status`: 302)       /status/NNN     that status, with `retry_after`,
                                                             `location`, `date`, `expires`, `cache_control`
    /bomb/ENCODING     gzip, deflate, br, zstd: a little     /big            a body without an end
                       that unpacks to 100 MB
    /bad/ENCODING      is not packed as it says              /empty          200 and nothing
    /packed/ENCODING   PLAIN, rightly packed (`gzip,br` too) /cut/ENCODING   the same, cut in the middle
    /etag              ETag and Last-Modified; 304 to them   /charset        claims UTF-8, is Latin-1
    /echo              the request's headers as JSON         /ok             a small page

Words in `quotes` are query values: /status/429?retry_after=120. Anything else, /robots.txt too, is a 404.

    with FaultServer(tls=certificate("localhost").context) as server: ...    # https, by that name
    with serve_many(200) as servers: ...                                     # 200 hosts
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from support.faults import FAULTS, Exchange, Request, answer


@dataclass(frozen=True)
class Page:
    """What a test has a path answer; a callable body gets the request and may be a Page itself."""

    body: bytes | Callable[[Request], bytes | Page]
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class FaultServer:
    """See the module's text. A thread for each connection; all end with the server."""

    def __init__(self, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.open_connections = 0
        self.most_connections = 0  # at once, so far
        self._pages: dict[str, Page] = {}
        self._tls = tls
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self._socket = socket.create_server((host, 0), backlog=512)
        self._clients: set[socket.socket] = set()
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._socket.close()
        with self._lock:
            clients = tuple(self._clients)
        for client in clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def url(self, path: str = "/") -> str:
        """The address of a path on this server."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}{path}"

    def page(
        self,
        path: str,
        body: bytes | str | Callable[[Request], bytes | Page],
        *,
        content_type: str = "text/html; charset=utf-8",
        headers: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> str:
        """Register (or replace) what a path answers; gives its address."""
        content = body.encode() if isinstance(body, str) else body
        self._pages[path] = Page(content, content_type, dict(headers or {}), status)
        return self.url(path)

    def asked(self, path: str) -> list[Request]:
        """The requests for one path, in order."""
        return [request for request in self.requests if request.path == path]

    # ---- connections

    def _accept(self) -> None:
        while not self.ending.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._clients.add(client)
            self.open_connections += 1
            self.most_connections = max(self.most_connections, self.open_connections)
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = self._tls.wrap_socket(client, server_side=True) if self._tls else client
            with stream, stream.makefile("rb") as reader:
                while not self.ending.is_set() and self._one(stream, reader):
                    pass
        except (OSError, ValueError):
            pass  # the client has gone, or has heard enough: what most of these faults are for
        finally:
            client.close()
            with self._lock:
                self._clients.discard(client)
                self.open_connections -= 1

    def _one(self, stream: socket.socket, reader: Any) -> bool:
        """Answer one request; whether the connection stays open."""
        request = _read_request(reader)
        if request is None:
            return False
        self.requests.append(request)
        page = self._pages.get(request.target) or self._pages.get(request.path)
        if page is not None:
            stream.sendall(_rendered(page, request))
            return True
        fault = FAULTS.get(request.path.lstrip("/").partition("/")[0])
        if fault is None:
            stream.sendall(answer(b"no such page", status=404))
            return True
        return fault(Exchange(self.ending, stream, request))


def _read_request(reader: Any) -> Request | None:
    method, _, rest = reader.readline(65_536).decode("latin-1").partition(" ")
    if not rest:
        return None
    headers = {}
    while line := reader.readline(65_536).decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, rest.rpartition(" ")[0], headers, time.monotonic())


def _rendered(page: Page, request: Request) -> bytes:
    body = page.body
    if callable(body):
        made = body(request)
        if isinstance(made, Page):
            return _rendered(made, request)
        body = made
    return answer(body, page.status, {"Content-Type": page.content_type, **page.headers})


# ---- TLS


@dataclass(frozen=True)
class Certificate:
    """What a server shows, and the authority behind it, which nobody trusts who has not loaded it."""

    context: ssl.SSLContext  # for FaultServer(tls=...)
    authority: bytes  # PEM, for a ca_file


def certificate(*names: str, expired: bool = False) -> Certificate:
    """A fresh certificate for these host names or addresses."""
    import trustme  # only the tests that speak TLS need it

    authority = trustme.CA()
    until = datetime(2020, 1, 1, tzinfo=UTC) if expired else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, not_after=until).configure_cert(context)
    return Certificate(context, authority.cert_pem.bytes())


# ---- more servers


@contextlib.contextmanager
def serve_many(count: int) -> Iterator[list[FaultServer]]:
    """That many hosts, 127.0.1.1 and on. On macOS only 127.0.0.1 exists: there they differ by port."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_host(number)) for number in range(count)]


def _host(number: int) -> FaultServer:
    try:
        return FaultServer(f"127.0.{1 + number // 250}.{1 + number % 250}")
    except OSError:
        return FaultServer()


def goto(url: str, status: int = 302) -> str:
    """The path that redirects to an address."""
    return f"/goto?to={quote(url, safe='')}&status={status}"
