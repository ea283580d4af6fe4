"""What the workers' tests run in other processes: importable there by name."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import time
from datetime import timedelta
from pathlib import Path

from monitor.workers import Workers

warmed_up: list[int] = []


class Awkward(Exception):
    def __init__(self, *, what: str) -> None:
        super().__init__(what)


def pid() -> int:
    time.sleep(0.05)
    return os.getpid()


def add(a: int, b: int) -> int:
    return a + b


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def hang_inside_c() -> None:
    """A regular expression that backtracks for hours and holds the interpreter's lock all the while."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def eat_memory() -> int:
    return len(bytearray(4 * 1024**3))


def raise_unpicklable() -> None:
    raise Awkward(what="needs its keyword")


def write_pid_and_sleep(path: str, seconds: float) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)


def warm_up() -> None:
    warmed_up.append(1)


def warmth() -> int:
    return len(warmed_up)


def open_files() -> list[str]:
    folder = Path("/proc/self/fd" if Path("/proc/self/fd").is_dir() else "/dev/fd")
    return [os.path.realpath(entry) for entry in folder.iterdir()]


def be_a_parent(busy: bool) -> None:
    """Print the pids of two workers and wait to be killed, the workers idle or at work."""

    async def work() -> None:
        workers = Workers(count=2, task_timeout=timedelta(minutes=5))
        print(*await asyncio.gather(workers.run(pid), workers.run(pid)), flush=True)
        await (workers.run(sleep, 300) if busy else asyncio.sleep(300))

    asyncio.run(work())
