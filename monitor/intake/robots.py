"""What a site's robots.txt lets us read (RFC 9309), asked once per site for all its pages.

Fetching is handed in; the answers live in memory, with the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from protego import Protego

from monitor.model.web import Answer, FetchOutcome
from monitor.urls import site

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least so much is read; the rest is left
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2

KEPT_SECONDS = 24 * 3600.0  # RFC 9309, 2.4: not longer than a day
# A site that could not say is asked again with the next cycles, not with each of its pages.
UNKNOWN_KEPT_SECONDS = 600.0

# A cache for that many sites; a file of rules may take some 100 kB in memory.
SITES_KEPT = 2000


class RobotsAnswer(StrEnum):
    """Whether a page may be fetched."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    UNKNOWN = "unknown"  # the server could not say: not now, later


@dataclass(slots=True)
class _Site:
    rules: asyncio.Task[_Rules]
    expires: float | None = None  # by the event loop's clock; None while the rules are on their way


@dataclass(frozen=True, slots=True)
class _Rules:
    verdict: RobotsAnswer
    parsed: Protego | None = None  # decides, where there is one


class Robots:
    """Answers for one user agent; `agent` is its product token, `fetch` gets a robots.txt.

    However many pages of a site ask at once, the file is fetched once. A page that stops waiting takes
    nothing away from the others.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[Answer]], agent: str) -> None:
        self._fetch = fetch
        self._agent = agent
        self._sites: dict[str, _Site] = {}

    async def ask(self, url: str) -> RobotsAnswer:
        """Whether this address may be fetched. UNKNOWN: the site's server did not say."""
        root = site(url)
        if not root or url == f"{root}/robots.txt":
            return RobotsAnswer.ALLOWED
        rules = await asyncio.shield(self._site(root).rules)
        if rules.parsed is None:
            return rules.verdict
        allowed = rules.parsed.can_fetch(url, self._agent)
        return RobotsAnswer.ALLOWED if allowed else RobotsAnswer.DISALLOWED

    async def close(self) -> None:
        """Stop what is still being fetched."""
        tasks = [one.rules for one in self._sites.values() if not one.rules.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _site(self, root: str) -> _Site:
        known = self._sites.get(root)
        now = asyncio.get_running_loop().time()
        if known is not None and (known.expires is None or now < known.expires):
            return known
        self._make_room()
        fresh = _Site(asyncio.create_task(self._read(root)))
        fresh.rules.add_done_callback(lambda task: self._done(root, fresh, task))
        self._sites[root] = fresh
        return fresh

    async def _read(self, root: str) -> _Rules:
        return read_rules(await self._fetch(f"{root}/robots.txt"))

    def _done(self, root: str, asked: _Site, task: asyncio.Task[_Rules]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._sites.pop(root, None)  # a fault of ours reaches whoever waits; the next one tries anew
            return
        unknown = task.result().verdict is RobotsAnswer.UNKNOWN
        kept = UNKNOWN_KEPT_SECONDS if unknown else KEPT_SECONDS
        asked.expires = task.get_loop().time() + kept

    def _make_room(self) -> None:
        while len(self._sites) >= SITES_KEPT:
            oldest = next((root for root, one in self._sites.items() if one.expires is not None), None)
            if oldest is None:
                return
            del self._sites[oldest]


# Where the server, or whoever stands before it, could not say (RFC 9309, 2.3.1.4). A 429 is a 4xx, but
# to be asked to wait is no permission.
SILENT = frozenset(
    {
        FetchOutcome.SERVER_ERROR,
        FetchOutcome.THROTTLED,
        FetchOutcome.TIMEOUT,
        FetchOutcome.UNREACHABLE,
        FetchOutcome.TLS,
        FetchOutcome.BROKEN,
    }
)


def read_rules(answer: Answer) -> _Rules:
    """What a robots.txt, or its absence, means."""
    if answer.outcome in SILENT:
        return _Rules(RobotsAnswer.UNKNOWN)
    if answer.outcome is not FetchOutcome.OK:
        # 4xx and endless redirects count as 'no rules' (2.3.1.3). An address that the guard refuses is
        # refused for the page as well; that is for the page's own request to say.
        return _Rules(RobotsAnswer.ALLOWED)
    return _Rules(RobotsAnswer.ALLOWED, Protego.parse(answer.body.decode("utf-8-sig", "replace")))
