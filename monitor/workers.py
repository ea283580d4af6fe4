"""A pool of processes that runs any function handed to it, with a limit on time and memory for each task.

Knows nothing of what it runs. A task that dies takes no other with it; its death comes back as `TaskDied`.
The processes are pebble's; here are the limits, the bridge to asyncio, and an end when the parent ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessFuture, ProcessPool

T = TypeVar("T")

# Address space, not resident memory: interpreter, lxml, numpy and its threads' stacks reserve 300 MB of it.
DEFAULT_MEMORY_BYTES = 2 * 1024**3
TASK_TIMEOUT = timedelta(seconds=10)
PARENT_LOOKED_FOR = 1.0  # seconds between two looks at whether the parent still lives
# A worker ignores SIGTERM (and inside C would not hear it), so pebble need not wait before it kills.
PATIENCE_BEFORE_KILL = 0.05  # seconds
# A pool breaks when an idle worker dies (the system's memory killer); its tasks are run again in a new one.
POOLS_A_TASK_MAY_BREAK = 2


class TaskDied(Exception):
    """A task that gave no result. Never crosses a process border."""

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason)
        self.reason = reason  # for people: 'took longer than 10 s'
        self.details = details  # the worker's traceback; '' where it left none


@dataclass(frozen=True, slots=True)
class _Raised:
    """An exception as a value: exceptions with constructors of their own do not unpickle."""

    reason: str
    details: str


class Workers:
    """`async with Workers(count=2) as workers: result = await workers.run(function, argument)`.

    `function` must be importable by name (a module's own function), arguments and result must pickle. The
    processes are started by the first task; spawned, so they inherit no lock or socket of the parent. One
    that has run `recycle_after` tasks is replaced. `initializer` runs once in each before its first task.
    `task_timeout` is wall time without the wait in the queue, `memory_bytes` address space of each process
    where the system has such a limit.
    """

    def __init__(
        self,
        count: int,
        task_timeout: timedelta = TASK_TIMEOUT,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        recycle_after: int = 500,
        initializer: Callable[[], None] | None = None,
    ) -> None:
        self._count = count
        self._task_timeout = task_timeout
        self._memory_bytes = memory_bytes
        self._recycle_after = recycle_after
        self._initializer = initializer
        self._pool: ProcessPool | None = None
        self._waiting: set[ProcessFuture[Any]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, function: Callable[..., T], /, *args: Any) -> T:
        """The function's result, once a worker is free; `TaskDied` where there is none.

        Cancelling the caller kills the task.
        """
        for _ in range(POOLS_A_TASK_MAY_BREAK):
            pool = self._running_pool()
            try:
                outcome = await self._outcome(pool, function, args)
            except TimeoutError:
                raise TaskDied(f"took longer than {self._task_timeout.total_seconds():g} s") from None
            except ProcessExpired as error:
                raise TaskDied(_cause_of_death(error.exitcode)) from None
            except RuntimeError:  # pebble's word for a broken pool; what the function raises comes as a value
                self._discard(pool)
                continue
            if isinstance(outcome, _Raised):
                raise TaskDied(outcome.reason, outcome.details)
            result: T = outcome
            return result
        raise TaskDied("its worker was killed")

    async def _outcome(self, pool: ProcessPool, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        future = pool.schedule(_call, args=(function, args), timeout=self._task_timeout.total_seconds())
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if self._closed and caller is not None and not caller.cancelling():
                raise TaskDied("the workers were closed") from None
            raise

    async def close(self, grace: timedelta = timedelta(0)) -> None:
        """Let what runs finish within `grace`, kill the rest, wait for the processes' end. Idempotent."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.shield(asyncio.to_thread(_end, pool, grace.total_seconds()))
        for future in tuple(self._waiting):
            # Nobody will answer any more: whoever waits is told.
            future.cancel()  # type: ignore[no-untyped-call]

    def _running_pool(self) -> ProcessPool:
        if self._closed:
            raise TaskDied("the workers are closed")
        if self._pool is None:
            CONSTS.term_timeout = PATIENCE_BEFORE_KILL
            self._pool = ProcessPool(
                max_workers=self._count,
                max_tasks=self._recycle_after,
                initializer=_prepare,
                initargs=(os.getpid(), self._memory_bytes, self._initializer),
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool

    def _discard(self, pool: ProcessPool) -> None:
        """Drop a broken pool; the next task makes another."""
        if self._pool is pool:
            self._pool = None
            threading.Thread(target=_end, args=(pool, 0.0), daemon=True).start()


def _end(pool: ProcessPool, grace_seconds: float) -> None:
    if grace_seconds > 0:
        pool.close()  # type: ignore[no-untyped-call]
        try:
            pool.join(grace_seconds)
            return
        except TimeoutError:
            pass
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _cause_of_death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"its worker was killed ({signal.Signals(-exit_code).name})"
    return f"its worker was killed (exit code {exit_code})"


def _call(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Runs in the worker: whatever the function raises comes back as a value."""
    try:
        return function(*args)
    except MemoryError:
        return _Raised(reason="ran out of memory", details=traceback.format_exc())
    except Exception as error:  # the border: one task's fault must neither break the pool nor end the cycle
        return _Raised(
            reason=f"failed: {type(error).__name__}: {error}"[:500], details=traceback.format_exc()
        )


def _prepare(parent: int, memory_bytes: int, initializer: Callable[[], None] | None) -> None:
    """Runs in a new worker before its first task."""
    # Ctrl-C and a service's stop reach the whole group; when a worker ends is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    _limit_memory(memory_bytes)
    if initializer is not None:
        initializer()


def _end_with_parent(parent: int) -> None:
    """An orphan would work on for nobody and hold the machine's memory."""
    while os.getppid() == parent:
        time.sleep(PARENT_LOOKED_FOR)
    os._exit(1)


def _limit_memory(memory_bytes: int) -> None:
    if sys.platform == "darwin":
        return  # macOS takes the limit and does not keep it
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
