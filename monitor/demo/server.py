"""Serves the demo's web on loopback, each outlet on an address of its own, with the standard library.

What is served is decided in `world.py`; here are sockets, conditional requests and gzip.
"""

import gzip
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Self

from monitor.demo.content import Outlet, load_outlets
from monitor.demo.world import Resource, World, build_world

HOSTS = "127.0.0.{number}"
# 127.0.0.1 stays free for whatever else the machine runs there.
FIRST_HOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that an outlet got, and its answer's status."""

    method: str
    url: str
    status: int
    user_agent: str


class NewsWorld:
    """The demo's web, running between `with` and the end of its block.

        with NewsWorld(now) as web:
            subscribe(web.feed_urls)
            ...
            web.advance()  # some hours later, as it were

    Every outlet has a loopback address of its own (127.0.0.2 and up) where the machine has them (Linux),
    else a port of its own on 127.0.0.1 (macOS). All ports are picked by the system.
    """

    world: World  # from `with` on

    def __init__(self, now: datetime, *, hurry: bool = False) -> None:
        """`now` dates everything served; `hurry` leaves out the slow feed's wait."""
        self._now = now
        self._hurry = hurry
        self._edition = 1
        self._servers: list[_OutletServer] = []
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self.closing = threading.Event()

    def __enter__(self) -> Self:
        self._servers = [
            _bind(self, outlet, HOSTS.format(number=number))
            for number, outlet in enumerate(load_outlets(), FIRST_HOST)
        ]
        self.world = build_world({server.outlet.key: server.base_url for server in self._servers}, self._now)
        for server in self._servers:
            # Daemon threads: a client that keeps a connection open must not keep the program alive.
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def feed_urls(self) -> tuple[str, ...]:
        """What to subscribe to, the failing, the slow and the moved feed included."""
        return self.world.feed_urls

    @property
    def relevant_urls(self) -> frozenset[str]:
        """Pages of both editions that belong in a digest on open-source AI policy."""
        return self.world.relevant_urls

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses served, for `allow_hosts`."""
        return tuple(sorted({server.host for server in self._servers}))

    @property
    def requests(self) -> list[Request]:
        """All requests answered so far, in order."""
        with self._lock:
            return list(self._requests)

    def advance(self) -> None:
        """Publish the second edition: a few new entries in three feeds, all else unchanged."""
        self._edition = 2

    def rewind(self) -> None:
        """Publish the first edition again, for another run over the same addresses."""
        self._edition = 1

    def answer(self, outlet: str, target: str) -> Resource:
        """What an outlet answers now."""
        resource = self.world.answer(self._edition, outlet, target)
        return replace(resource, delay_seconds=0.0) if self._hurry else resource

    def record(self, request: Request) -> None:
        """Keep a request for whoever asks for `requests`."""
        with self._lock:
            self._requests.append(request)


class _OutletServer(ThreadingHTTPServer):
    """The web server of one outlet."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, web: NewsWorld, outlet: Outlet, host: str) -> None:
        self.web = web
        self.outlet = outlet
        self.host = host
        super().__init__((host, 0), _Handler)

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.server_port}"

    def server_bind(self) -> None:
        # HTTPServer would ask for the host's name here: seconds on a machine without a resolver.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up in the middle is no matter of the demo's."""


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD from the world."""

    protocol_version = "HTTP/1.1"
    server_version = "NewsWorld/1"
    sys_version = ""
    wbufsize = -1  # one packet for head and body, so that nothing waits for an acknowledgement
    disable_nagle_algorithm = True
    server: _OutletServer

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `NewsWorld.requests` keeps the record."""

    def _answer(self, *, with_body: bool) -> None:
        resource = self.server.web.answer(self.server.outlet.key, self.path)
        if resource.delay_seconds:
            self.server.web.closing.wait(resource.delay_seconds)
        if self._is_unchanged(resource):
            self._send(304, resource, b"", with_body=False)
        else:
            self._send(resource.status, resource, self._packed(resource.body), with_body=with_body)

    def _is_unchanged(self, resource: Resource) -> bool:
        """Compare validators byte for byte, as strict servers do; an ETag outranks a date."""
        if (etag := self.headers.get("If-None-Match")) is not None:
            return bool(resource.etag) and etag == resource.etag
        since = self.headers.get("If-Modified-Since")
        return bool(resource.last_modified) and since == resource.last_modified

    @property
    def _is_gzipped(self) -> bool:
        return self.server.outlet.gzip and "gzip" in self.headers.get("Accept-Encoding", "")

    def _packed(self, body: bytes) -> bytes:
        return gzip.compress(body, mtime=0) if self._is_gzipped and body else body

    def _send(self, status: int, resource: Resource, body: bytes, *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in self._headers(status, resource, body):
            self.send_header(name, value)
        self._record(status)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _headers(self, status: int, resource: Resource, body: bytes) -> list[tuple[str, str]]:
        headers = [
            ("ETag", resource.etag),
            ("Last-Modified", resource.last_modified),
            ("Location", resource.location),
        ]
        if status != 304:
            packing = "gzip" if self._is_gzipped and body else ""
            headers += [("Content-Type", resource.content_type), ("Content-Encoding", packing)]
            headers.append(("Content-Length", str(len(body))))
        return [(name, value) for name, value in headers if value]

    def _record(self, status: int) -> None:
        agent = self.headers.get("User-Agent", "")
        url = self.server.base_url + self.path
        self.server.web.record(Request(method=self.command, url=url, status=status, user_agent=agent))


def _bind(web: NewsWorld, outlet: Outlet, host: str) -> _OutletServer:
    try:
        return _OutletServer(web, outlet, host)
    except OSError:
        # macOS has only 127.0.0.1 unless somebody added more; there a port tells outlets apart.
        return _OutletServer(web, outlet, "127.0.0.1")
