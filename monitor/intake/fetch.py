"""The HTTP client: one address in, one `Answer` out, whatever the server does.

Redirects, conditional requests, limits on time and size, and the order in which the other modules of
intake take part. What the bytes mean is for parse.py and the extractor; when to ask again, for schedule.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from monitor.errors import ConfigError
from monitor.intake import headers as said
from monitor.intake import robots
from monitor.intake.answers import Reply, Trip, answered, failed
from monitor.intake.credentials import Credentials, Unusable, read_credentials
from monitor.intake.decode import ACCEPT_ENCODING, TooLarge, Unpacker
from monitor.intake.faults import WORLDLY, Fault, TooSlow, explain
from monitor.intake.guard import Guard
from monitor.intake.polite import Politeness
from monitor.intake.proxies import Proxies, read_proxy
from monitor.intake.robots import Robots, RobotsAnswer
from monitor.intake.transport import Connections, tls_context
from monitor.model.feed import Feed
from monitor.model.web import Answer, FetchOutcome, Validators
from monitor.urls import absolute, site

PROJECT_URL = "https://open-news-monitor.org"

# Browsers stop at 20; honest chains (http to https, www, a slash, a language) have four.
MAX_REDIRECTS = 10

# Of the whole time: a third to connect, two thirds of silence. A server that is slow to make its answer
# gets more than one that is not there.
CONNECT_SHARE = 1 / 3
SILENCE_SHARE = 2 / 3

# Open requests over all hosts; a process may usually have 256 (macOS) or 1024 (Linux) open files.
MAX_AT_ONCE = 200

ACCEPT_FEED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.3"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml, application/xml;q=0.8, */*;q=0.5"
ACCEPT_ROBOTS = "text/plain, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """The `[fetch]` section as this part needs it."""

    contact: str | None = None  # a mail address or page, for the User-Agent
    timeout: timedelta = timedelta(seconds=30)  # the whole of a request, its redirects included
    max_feed_size: int = 10_000_000  # bytes, unpacked
    max_page_size: int = 5_000_000
    allow_hosts: tuple[str, ...] = ()  # networks and host names that the guard lets through
    proxy: str | None = None
    no_proxy: str | tuple[str, ...] | None = None
    ca_file: Path | None = None  # trusted besides the usual authorities
    connections_per_host: int = 2
    starts_per_second: float = 1.0  # per host


def user_agent(version: str, contact: str | None = None) -> str:
    """How we introduce ourselves: 'monitor/0.1.0 (+https://...; editor@example.org)'."""
    about = f"+{PROJECT_URL}" + (f"; {contact}" if contact else "")
    # A contact is typed by a person: only what a header can carry.
    return f"monitor/{version} ({''.join(char for char in about if ' ' <= char <= '~')})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is wanted."""

    url: str
    accept: str
    limit: int  # bytes
    now: datetime | None = None
    validators: Validators = Validators()
    credentials: Credentials | None = None
    proxy: str | None = None  # the feed's own
    max_redirects: int = MAX_REDIRECTS
    part_will_do: bool = False  # of a body beyond the limit, the beginning is enough
    may_follow: Callable[[str], Awaitable[Fault | None]] | None = None


class Web:
    """The web, asked politely.

        async with Web(settings, user_agent(__version__, settings.contact)) as web:
            answer = await web.get_feed(feed, now)

    Whatever a server does comes back as an Answer; only faults of our own raise. Cancelling a request
    closes its connection and frees its turn. ConfigError at construction: a proxy, allow_hosts or
    certificate file that cannot be used.
    """

    def __init__(self, settings: FetchSettings, agent: str) -> None:
        self._settings = settings
        self._agent = agent
        self._timeout = settings.timeout.total_seconds()
        self._guard = Guard(settings.allow_hosts)
        self._proxies = Proxies(settings.proxy, settings.no_proxy)
        self._tls = tls_context(settings.ca_file)
        self._polite = Politeness(settings.connections_per_host, settings.starts_per_second)
        self._open = asyncio.Semaphore(MAX_AT_ONCE)
        self._robots = Robots(self._get_robots, agent.partition("/")[0])
        self._connections: Connections | None = None

    async def __aenter__(self) -> Self:
        self._connections = Connections(self._guard, self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._robots.close()
        if self._connections is not None:
            await self._connections.close()
            self._connections = None

    async def get_feed(self, feed: Feed, now: datetime) -> Answer:
        """The feed, unless it is unchanged (NOT_MODIFIED); asked with the feed's own files and proxy.

        A file that cannot be used is the feed's trouble alone: FORBIDDEN, with what is wrong.
        """
        try:
            credentials = read_credentials(feed)
            if feed.proxy:
                read_proxy(feed.proxy, "proxy")
        except (Unusable, ConfigError) as exc:
            return failed(feed.url, Fault(FetchOutcome.FORBIDDEN, str(exc)), feed.validators)
        except httpx.InvalidURL as exc:
            return failed(feed.url, explain(exc), feed.validators)
        return await self._ask(
            _Asked(
                url=feed.url,
                accept=ACCEPT_FEED,
                limit=self._settings.max_feed_size,
                now=now,
                validators=feed.validators,
                credentials=credentials,
                proxy=feed.proxy,
            )
        )

    async def get_page(self, url: str, now: datetime | None = None) -> Answer:
        """A page. Its own robots.txt is for the caller to ask; wherever it redirects to is asked here.

        `now` only serves to read a Retry-After date from a server that shows no Date.
        """
        limit = self._settings.max_page_size
        return await self._ask(
            _Asked(url=url, accept=ACCEPT_PAGE, limit=limit, now=now, may_follow=self._may_follow)
        )

    async def robots(self, url: str) -> RobotsAnswer:
        """Whether robots.txt lets us read this address; asked once per site, under the same politeness."""
        return await self._robots.ask(url)

    async def _get_robots(self, url: str) -> Answer:
        return await self._ask(
            _Asked(
                url=url,
                accept=ACCEPT_ROBOTS,
                limit=robots.MAX_BYTES,
                max_redirects=robots.MAX_REDIRECTS,
                part_will_do=True,
            )
        )

    async def _may_follow(self, url: str) -> Fault | None:
        """Why a page's redirect is not followed: a link shortener gives no leave to read what it names."""
        match await self.robots(url):
            case RobotsAnswer.DISALLOWED:
                return Fault(FetchOutcome.BLOCKED, f"robots.txt of {site(url)}, where it redirects, says no")
            case RobotsAnswer.UNKNOWN:
                error = f"robots.txt of {site(url)}, where it redirects, could not be had"
                return Fault(FetchOutcome.SERVER_ERROR, error)
        return None

    async def _ask(self, asked: _Asked) -> Answer:
        """One address and wherever it redirects to."""
        start = absolute(asked.url)
        if start is None:
            refused = Fault(FetchOutcome.BAD_ADDRESS, "this is not an http address")
            return failed(asked.url, refused, asked.validators)
        trip = Trip(asked=asked.url, validators=asked.validators, url=start, left=self._timeout)
        while True:
            try:
                reply = await self._exchange(asked, trip)
            except WORLDLY as exc:
                return trip.failed(explain(exc))
            if not reply.redirects:
                return answered(trip, reply, asked.now)
            fault = trip.go_on(reply, asked.max_redirects)
            if fault is None and asked.may_follow is not None:
                fault = await asked.may_follow(trip.url)
            if fault is not None:
                return trip.failed(fault, reply.status)

    async def _exchange(self, asked: _Asked, trip: Trip) -> Reply:
        """One request, in its turn; only the time of the request itself counts against its limit."""
        request = self._request(asked, httpx.URL(trip.url))
        proxy = self._proxies.choose(trip.url, asked.proxy)
        async with self._polite.turn(site(trip.url)), self._open:
            clock = asyncio.get_running_loop().time
            started = clock()
            try:
                async with asyncio.timeout(trip.left):
                    return await self._talk(request, proxy, asked)
            except TimeoutError as exc:
                raise TooSlow(f"not done within {self._timeout:g} s") from exc
            finally:
                trip.spend(clock() - started)

    def _request(self, asked: _Asked, url: httpx.URL) -> httpx.Request:
        headers = httpx.Headers(encoding="utf-8")
        headers["User-Agent"] = self._agent
        headers["Accept"] = asked.accept
        headers["Accept-Encoding"] = ACCEPT_ENCODING
        if asked.validators.etag:
            headers["If-None-Match"] = asked.validators.etag
        if asked.validators.last_modified:
            headers["If-Modified-Since"] = asked.validators.last_modified
        if asked.credentials is not None and asked.now is not None:
            for name, value in asked.credentials.for_url(url, asked.now).items():
                headers[name] = value
        return httpx.Request(
            "GET",
            url.copy_with(username=None, password=None, fragment=None),  # user info goes by header
            headers=headers,
            extensions={
                "timeout": {
                    "pool": self._timeout * CONNECT_SHARE,  # aiohttp's whole of looking up and connecting
                    "connect": self._timeout * CONNECT_SHARE,
                    "read": self._timeout * SILENCE_SHARE,
                }
            },
        )

    async def _talk(self, request: httpx.Request, proxy: str | None, asked: _Asked) -> Reply:
        if self._connections is None:
            raise RuntimeError("Web is used outside 'async with'")
        response = await self._connections.send(request, proxy)
        try:
            headers = said.read_headers(response.headers.raw)
            has_body = response.status_code // 100 == 2
            return Reply(
                status=response.status_code,
                headers=headers,
                etag=said.validator(response.headers.raw, b"etag"),
                last_modified=said.validator(response.headers.raw, b"last-modified"),
                body=await _read(response, headers, asked) if has_body else b"",
            )
        finally:
            await response.aclose()


async def _read(response: httpx.Response, headers: dict[str, str], asked: _Asked) -> bytes:
    """The body, unpacked; TooLarge, Undecodable, or what the connection raises."""
    unpacker = Unpacker(headers.get("content-encoding"), asked.limit)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > asked.limit and not asked.part_will_do:
        raise TooLarge(asked.limit)  # it says so itself: not a byte of it
    try:
        async for piece in response.aiter_raw():
            unpacker.feed(piece)
    except TooLarge:
        if not asked.part_will_do:
            raise
        return unpacker.so_far()
    return unpacker.finish()
