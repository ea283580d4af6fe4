"""Many things at once, but not too many, not too long, and stopped when asked.

Knows nothing of feeds or pages.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stop:
    """When work must end: at a deadline, or, when a person asks, after a grace for what is in flight."""

    def __init__(self, longest: timedelta, grace: timedelta) -> None:
        self._ends = asyncio.get_running_loop().time() + longest.total_seconds()
        self._grace = grace.total_seconds()
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Start nothing new; give up on what is in flight after the grace."""
        if not self._asked.is_set():
            self._ends = min(self._ends, asyncio.get_running_loop().time() + self._grace)
            self._asked.set()

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    @property
    def seconds_left(self) -> float:
        """Until what is in flight is given up."""
        return max(0.0, self._ends - asyncio.get_running_loop().time())

    @property
    def over(self) -> bool:
        """Whether nothing new may be started."""
        return self.asked or self.seconds_left <= 0

    async def wait_asked(self) -> None:
        await self._asked.wait()


async def each(
    items: Iterable[Item], work: Callable[[Item], Coroutine[Any, Any, Result]], *, at_once: int, stop: Stop
) -> list[Result]:
    """What `work` made of each item, as they came; what has not ended when `stop` is over is left out.

    `work` turns what the world does into values; so an exception is a fault of our own, and ends the whole
    after the others in flight were cancelled.
    """
    waiting = iter(items)
    running: set[asyncio.Task[Result]] = set()
    asked = asyncio.create_task(stop.wait_asked())
    results: list[Result] = []
    try:
        while True:
            room = 0 if stop.over else at_once - len(running)
            running |= {asyncio.create_task(work(item)) for item in islice(waiting, room)}
            if not running:
                return results
            done = await first_of(running, asked, stop)
            if not done:
                return results
            running -= done
            results += [task.result() for task in done if task is not asked]
    finally:
        await cancel({*running, asked})


async def first_of(
    running: set[asyncio.Task[Result]], asked: asyncio.Task[Any], stop: Stop
) -> set[asyncio.Task[Result]]:
    """Those that ended first; with `asked` among them when a person has just asked; none when time is up."""
    watched = running if asked.done() else {*running, asked}
    done, _ = await asyncio.wait(watched, timeout=stop.seconds_left, return_when=asyncio.FIRST_COMPLETED)
    return done


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel and wait until each has ended: a write under way is shielded and finishes first."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def on_signals(act: Callable[[], None]) -> Iterator[None]:
    """Within the block SIGTERM and SIGINT call `act` instead of ending the process; needs a running loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
