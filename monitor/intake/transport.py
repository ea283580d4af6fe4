"""The connections: aiohttp's fast pool behind httpx's transport, dialled through the address guard.

One set of connections for all requests. Knows certificates, name servers and proxies; no redirects, no
bodies, no politeness.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import aiohttp
import certifi
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from monitor.errors import ConfigError
from monitor.intake.guard import Guard
from monitor.intake.proxies import read_proxy
from monitor.urls import host as host_of

# asyncio's own pool has 6 threads on a small machine: a few dead name servers would hold up every lookup.
RESOLVER_THREADS = 32

# aiohttp's 8 kB is less than some honest sites need for their cookies and content policies.
MAX_HEADER_BYTES = 32_768
MAX_HEADERS = 256


class Connections:
    """Sends one request and gives httpx's response with its raw, unread body.

    Made inside a running event loop. The guard decides at the socket; behind a proxy, which makes the
    socket that counts, the target is resolved and checked before.
    """

    def __init__(self, guard: Guard, context: ssl.SSLContext) -> None:
        self._guard = guard
        self._context = context
        self._resolver = _Resolver()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # Politeness counts, and without a second queue that eats time-outs
                resolver=self._resolver,
                socket_factory=guard.open_socket,
                ssl=context,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        self._transports: dict[str | None, AiohttpTransport] = {}

    async def send(self, request: httpx.Request, proxy: str | None = None) -> httpx.Response:
        """The answer's head; whoever reads it closes it. Raises what faults.py explains."""
        host = host_of(str(request.url))
        if proxy is not None:
            await self._check_target(host)
        with self._guard.dialling(host, is_proxy=proxy is not None):
            return await self._transport(proxy).handle_async_request(request)

    async def close(self) -> None:
        """Close all connections, also those in use."""
        await self._session.close()
        await self._resolver.close()

    def _transport(self, proxy: str | None) -> AiohttpTransport:
        if proxy not in self._transports:
            self._transports[proxy] = AiohttpTransport(
                client=self._session,
                verify=self._context,
                proxy=None if proxy is None else read_proxy(proxy, "proxy"),
            )
        return self._transports[proxy]

    async def _check_target(self, host: str) -> None:
        """Refuse what a proxy should not be asked for.

        Where only the proxy can resolve names, there is nothing to check, and the proxy's own rules hold.
        That gives nothing away: a proxy resolves for itself, and may get another answer than we did.
        """
        try:
            found = await self._resolver.resolve(host.strip("[]"))
        except socket.gaierror:
            return
        self._guard.check_all(host, [one["host"] for one in found])


class _Resolver(AbstractResolver):
    """getaddrinfo on threads of our own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolver")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Who is trusted: the system's authorities (certifi's where it has none), and those in `ca_file`.

    $SSL_CERT_FILE, where it is set, stands in the place of the system's file, as everywhere with OpenSSL.
    ConfigError where a named file cannot be read as certificates.
    """
    context = ssl.create_default_context()
    if named := os.environ.get("SSL_CERT_FILE"):
        _load(context, Path(named), "the environment's SSL_CERT_FILE")  # OpenSSL is silent when it cannot
    elif not context.cert_store_stats()["x509_ca"]:
        _load(context, Path(certifi.where()), "certifi")
    if ca_file is not None:
        _load(context, ca_file, "[fetch] ca_file")
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(context: ssl.SSLContext, path: Path, where: str) -> None:
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as exc:
        raise ConfigError(f"{path} holds no certificates", where, "name a file in PEM format") from exc
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}", where, "name a file in PEM format") from exc
