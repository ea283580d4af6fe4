"""Many things at once, but not too many, not too long, and stopped when asked.

Knows nothing of feeds, pages or mails.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stop:
    """When work must end: at a deadline, or, when a person asks, after a grace for what is in flight."""

    def __init__(self, longest: timedelta, grace: timedelta) -> None:
        self._ends = asyncio.get_running_loop().time() + longest.total_seconds()
        self._grace = grace.total_seconds()
        self._asked = asyncio.Event()
        self._earlier: list[Stop] = []

    def ask(self) -> None:
        """Start nothing new; give up on what is in flight after the grace."""
        if not self.asked:
            self._ends = min(self._ends, asyncio.get_running_loop().time() + self._grace)
            self._asked.set()
            for stop in self._earlier:
                stop.ask()

    def leaving(self, share: float) -> Stop:
        """One that ends while that share of the time is still left, and is asked together with this one."""
        stop = Stop(timedelta(seconds=self.seconds_left * (1 - share)), timedelta(seconds=self._grace))
        self._earlier.append(stop)
        if self.asked:
            stop.ask()
        return stop

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


class Lanes(Generic[Item]):
    """What waits for its turn: lane by lane in turns, each lane in its own order, so many of a lane at once.

    A lane is whatever may be slow as a whole (a host): it holds up nobody but itself.
    """

    def __init__(self, items: Iterable[Item], lane_of: Callable[[Item], str], at_once: int) -> None:
        self._at_once = at_once
        self._waiting: dict[str, deque[Item]] = {}
        for item in items:
            self._waiting.setdefault(lane_of(item), deque()).append(item)
        self._running = dict.fromkeys(self._waiting, 0)
        self._ready = deque(self._waiting)  # lanes with something waiting, and room for it

    def take(self) -> tuple[str, Item] | None:
        """The next item with its lane; None while every lane is full, or empty."""
        if not self._ready:
            return None
        lane = self._ready.popleft()
        item = self._waiting[lane].popleft()
        self._running[lane] += 1
        if self._waiting[lane] and self._running[lane] < self._at_once:
            self._ready.append(lane)
        return lane, item

    def free(self, lane: str) -> None:
        """One that was taken from this lane has ended."""
        if self._waiting[lane] and self._running[lane] == self._at_once:
            self._ready.append(lane)
        self._running[lane] -= 1


async def each(
    items: Iterable[Item],
    work: Callable[[Item], Coroutine[Any, Any, Result]],
    *,
    at_once: int,
    stop: Stop,
    lane_of: Callable[[Item], str],
    a_lane: int,
) -> list[Result]:
    """What `work` made of each item, as they came; what has not ended when `stop` is over is left out.

    A write that is `finished` at that moment still counts. At most `at_once` run at the same time, and
    `a_lane` of one lane. `work` turns what the world does into values; so an exception is a fault of our
    own, and ends the whole after the others in flight were cancelled.
    """
    lanes = Lanes(items, lane_of, a_lane)
    running: dict[asyncio.Task[Result], str] = {}
    asked = asyncio.create_task(stop.wait_asked())
    results: list[Result] = []
    try:
        while True:
            while not stop.over and len(running) < at_once and (taken := lanes.take()):
                lane, item = taken
                running[asyncio.create_task(work(item))] = lane
            if not running:
                return results
            done = await first_of(running, asked, stop)
            if not done:
                return results + await give_up(running)
            for task in running.keys() & done:
                lanes.free(running.pop(task))
                results.append(task.result())
    finally:
        await cancel({*running, asked})


async def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """See a write through, also when time is up: what is stored must be counted too."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        return await task


async def ended_in_time(work: asyncio.Future[Any], stop: Stop) -> bool:
    """Wait for one thing until `stop` is over; whether it has ended."""
    asked = asyncio.create_task(stop.wait_asked())
    try:
        while not work.done():
            if not await first_of((work,), asked, stop):
                return False
        return True
    finally:
        await cancel({asked})


async def first_of(
    running: Iterable[asyncio.Future[Any]], asked: asyncio.Task[Any], stop: Stop
) -> set[asyncio.Future[Any]]:
    """Those that ended first; with `asked` among them when a person has just asked; none when time is up."""
    watched = {*running} if asked.done() else {*running, asked}
    done, _ = await asyncio.wait(watched, timeout=stop.seconds_left, return_when=asyncio.FIRST_COMPLETED)
    return done


def on_thread(function: Callable[..., Result], *args: Any) -> asyncio.Future[Result]:
    """Run what blocks on a thread of its own, for which the program's end does not wait.

    It would for asyncio's threads; a mail server that takes minutes to connect must not keep a daemon.
    Whoever gives it up cancels it.
    """
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(function(*args))
        except BaseException as error:  # whoever awaits it is told, whatever it is
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return asyncio.wrap_future(future)


async def give_up(tasks: Iterable[asyncio.Task[Result]]) -> list[Result]:
    """Cancel, and take what has ended all the same."""
    tasks = list(tasks)
    await cancel(tasks)
    return [task.result() for task in tasks if not task.cancelled()]


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
