"""How hard one host is asked: so many requests at once, so many starts a second.

Hosts never wait for each other. Time spent waiting here is ours and counts against no time-out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Beyond so many hosts, those that nobody asks any more are forgotten.
LANES_KEPT = 1000


class Politeness:
    """Turns for requests, host by host.

    `starts_per_second` is any positive number; there is no burst: a second request starts its full
    interval after the first, the first one at once.
    """

    def __init__(self, per_host: int, starts_per_second: float) -> None:
        self._per_host = per_host
        self._interval = 1.0 / starts_per_second
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Inside, one request to this host (name:port) may run. Cancelling gives the turn back."""
        lane = self._lane(host)
        lane.users += 1
        try:
            async with lane.slots:
                await lane.wait_for_start(self._interval)
                yield
        finally:
            lane.users -= 1

    def _lane(self, host: str) -> _Lane:
        lane = self._lanes.get(host)
        if lane is None:
            if len(self._lanes) >= LANES_KEPT:
                self._forget_idle()
            lane = self._lanes[host] = _Lane(self._per_host)
        return lane

    def _forget_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        self._lanes = {
            host: lane for host, lane in self._lanes.items() if lane.users or lane.next_start > now
        }


class _Lane:
    """One host's slots and the moment of its next start (the event loop's clock)."""

    def __init__(self, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.next_start = 0.0
        self.users = 0  # holding a slot or waiting for one

    async def wait_for_start(self, interval: float) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self.next_start)
        self.next_start = start + interval
        if start > now:
            await asyncio.sleep(start - now)
