"""The daemon: APScheduler ticks, the schedule itself is in the database, one cycle at a time.

What a cycle does is in `work.pipeline`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor import clock
from monitor.config import Settings
from monitor.errors import LockHeld, MonitorError
from monitor.store.engine import Database
from monitor.store.locks import Held, hold
from monitor.work.flow import Stop, on_signals, on_thread
from monitor.work.pipeline import anything_due, run_cycle
from monitor.work.tools import Tools, open_tools

log = structlog.get_logger()


def run_daemon(settings: Settings, database: Database, *, standby: bool = False) -> None:
    """Work until SIGTERM or SIGINT, then finish or give up what is in flight within the grace time.

    Raises LockHeld (75) when another process is at it, unless `standby`: then it waits for its turn.
    """
    with leaving_on_signals(), Turn(database, wait=standby) as turn:
        asyncio.run(Daemon(settings, database, turn).serve())


class Turn:
    """The `cycle` lock: taken at the start, and again when the database was away in between."""

    def __init__(self, database: Database, *, wait: bool) -> None:
        self.waits = wait  # for another process to end
        self._database = database
        self._held = ExitStack()
        self._lock: Held | None = None

    def __enter__(self) -> Turn:
        self._lock = self._held.enter_context(hold(self._database, "cycle", wait=self.waits))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def keep(self) -> None:
        """See to it that the lock is ours. LockHeld: another process has begun; DatabaseError: it is away."""
        try:
            if self._lock is not None:
                self._lock.check()
                return
        except MonitorError as fault:
            log.warning("the lock was lost", error=str(fault))
            self._lock = None
            self._held.close()
        self._lock = self._held.enter_context(hold(self._database, "cycle"))


class Daemon:
    """One process's turn at the work."""

    def __init__(self, settings: Settings, database: Database, turn: Turn) -> None:
        self._settings = settings
        self._database = database
        self._turn = turn
        self._ending = asyncio.Event()
        self._resting = asyncio.Event()  # set while no cycle is under way
        self._fault: MonitorError | None = None

    async def serve(self) -> None:
        """Tick until asked to end; then wait for the cycle under way, which gives up after its grace."""
        self._resting.set()
        with on_signals(self._ending.set):
            async with open_tools(self._settings, self._database) as tools:
                scheduler = self._scheduler(tools)
                scheduler.start()
                log.info("started", database=self._database.name, workers=self._settings.extract.workers)
                await self._ending.wait()
                scheduler.pause()
                await self._resting.wait()
                scheduler.shutdown(wait=False)
        if self._fault:
            raise self._fault
        log.info("stopped")

    def _scheduler(self, tools: Tools) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_job(
            self._tick,
            IntervalTrigger(seconds=self._settings.schedule.tick.total_seconds(), timezone=UTC),
            args=[tools],
            next_run_time=clock.now(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        return scheduler

    async def _tick(self, tools: Tools) -> None:
        """One cycle, if anything is due. Whatever goes wrong is said, and the next tick tries again."""
        if self._ending.is_set():
            return
        self._resting.clear()
        try:
            await on_thread(self._turn.keep)
            if await self._database.run(anything_due, self._settings, clock.now()):
                await self._cycle(tools)
        except LockHeld as fault:
            self._give_way(fault)
        except MonitorError as fault:
            log.error("this cycle could not be done", error=str(fault))
        except Exception:  # a defect of ours in one cycle must not end those to come
            log.exception("this cycle broke off: a defect, please report it")
        finally:
            self._resting.set()

    async def _cycle(self, tools: Tools) -> None:
        schedule = self._settings.schedule
        stop = Stop(schedule.max_cycle, schedule.grace)
        ending = asyncio.create_task(self._ask_when_ending(stop))
        try:
            await run_cycle(tools, stop, kind="run")
        finally:
            ending.cancel()

    async def _ask_when_ending(self, stop: Stop) -> None:
        await self._ending.wait()
        stop.ask()

    def _give_way(self, fault: LockHeld) -> None:
        """Another process took over while the database was away from us."""
        if self._turn.waits:
            log.info("another process is at work: standing by")
        else:
            self._fault = fault
            self._ending.set()


@contextmanager
def leaving_on_signals() -> Iterator[None]:
    """While there is nothing to finish, SIGTERM and SIGINT end the process at once, with exit code 0."""

    def leave(*_: object) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
