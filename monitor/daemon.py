"""The daemon: APScheduler ticks, the schedule itself is in the database, one cycle at a time until SIGTERM."""

from __future__ import annotations

import asyncio
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor import clock
from monitor.config import Settings
from monitor.errors import MonitorError
from monitor.store.engine import Database
from monitor.store.locks import Lock, hold
from monitor.work.flow import Stop, on_signals
from monitor.work.pipeline import anything_due, run_cycle
from monitor.work.tools import Tools, open_tools

log = structlog.get_logger()


def run_daemon(settings: Settings, database: Database, *, standby: bool = False) -> None:
    """Work until SIGTERM or SIGINT, then finish or give up what is in flight within the grace time.

    Raises LockHeld (75) when another process is at it, unless `standby`: then it waits for its turn.
    """
    with hold(database, "cycle", wait=standby) as lock:
        asyncio.run(Daemon(settings, database, lock).serve())


class Daemon:
    """One process's turn at the work."""

    def __init__(self, settings: Settings, database: Database, lock: Lock) -> None:
        self._settings = settings
        self._database = database
        self._lock = lock
        self._ending = asyncio.Event()
        self._resting = asyncio.Event()  # set while no cycle is under way
        self._fault: MonitorError | None = None

    async def serve(self) -> None:
        """Tick until asked to end; then wait for the cycle under way, which gives up after its grace."""
        self._resting.set()
        async with open_tools(self._settings, self._database) as tools:
            with on_signals(self._ending.set):
                scheduler = self._scheduler(tools)
                scheduler.start()
                log.info("started", database=self._database.shown_url, workers=self._settings.extract.workers)
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
        """One cycle, if anything is due. A fault (the database is away) is said, and the next tick tries again."""
        if self._ending.is_set():
            return
        self._resting.clear()
        try:
            self._lock.verify()
            if await self._database.run(anything_due, clock.now()):
                await self._cycle(tools)
        except MonitorError as fault:
            log.error("this cycle could not be done", error=str(fault))
            self._give_up_without_lock(fault)
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

    def _give_up_without_lock(self, fault: MonitorError) -> None:
        """Without its lock this process must not go on: another may have begun."""
        try:
            self._lock.verify()
        except MonitorError:
            self._fault = fault
            self._ending.set()
