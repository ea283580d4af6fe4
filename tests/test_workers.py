"""A pool that survives its tasks: time, memory, crashes, cancellation, the parent's death."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from support import tasks

from monitor.workers import TaskDied, Workers

TESTS = Path(__file__).parent
QUICK = timedelta(seconds=1)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


def test_a_function_runs_in_another_process_and_its_result_comes_back():
    async def work():
        async with Workers(count=1) as workers:
            return await workers.run(tasks.pid), await workers.run(tasks.add, 2, 3)

    pid, total = run(work())

    assert pid != os.getpid()
    assert total == 5


def test_no_process_is_started_before_the_first_task():
    async def work():
        async with Workers(count=2):
            return children_of(os.getpid())

    before = children_of(os.getpid())

    assert run(work()) == before


@pytest.mark.parametrize(
    ("task", "args", "reason"),
    [
        pytest.param(tasks.sleep, (30,), "took longer than 1 s", id="sleeps"),
        pytest.param(tasks.hang_inside_c, (), "took longer than 1 s", id="hangs inside C"),
        pytest.param(tasks.kill_itself, (), "its worker was killed (SIGKILL)", id="is killed"),
        pytest.param(tasks.crash, (), "its worker was killed (SIGSEGV)", id="crashes"),
        pytest.param(tasks.leave, (3,), "its worker was killed (exit code 3)", id="leaves"),
        pytest.param(tasks.eat_memory, (), "ran out of memory", id="eats memory"),
        pytest.param(tasks.raise_unpicklable, (), "failed: Awkward: ", id="raises what does not unpickle"),
    ],
)
def test_a_task_that_dies_says_why_and_takes_no_other_with_it(task, args, reason):
    async def work():
        async with Workers(count=2, task_timeout=QUICK, memory_bytes=1024**3) as workers:
            bad = workers.run(task, *args)
            good = [workers.run(tasks.add, n, 1) for n in range(6)]
            return await asyncio.gather(bad, *good, return_exceptions=True)

    died, *results = run(work())

    assert isinstance(died, TaskDied)
    assert died.reason.startswith(reason)
    assert results == [1, 2, 3, 4, 5, 6]


def test_the_deadline_counts_from_the_tasks_own_start_and_not_from_its_wait_in_the_queue():
    async def work():
        async with Workers(count=1, task_timeout=QUICK) as workers:
            return await asyncio.gather(*(workers.run(tasks.sleep, 0.4) for _ in range(5)))

    assert run(work()) == [0.4] * 5


def test_an_idle_worker_that_is_killed_from_outside_is_replaced():
    async def work():
        async with Workers(count=1, task_timeout=QUICK) as workers:
            first = await workers.run(tasks.pid)
            os.kill(first, signal.SIGKILL)
            await asyncio.sleep(0.5)
            return first, await workers.run(tasks.pid)

    first, second = run(work())

    assert first != second


def test_a_cancelled_caller_kills_its_task_and_leaves_the_pool_usable(tmp_path):
    async def work():
        async with Workers(count=1) as workers:
            task = asyncio.create_task(workers.run(tasks.write_pid_and_sleep, str(tmp_path / "pid"), 30))
            while not (tmp_path / "pid").exists():
                await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            started = time.monotonic()
            result = await workers.run(tasks.add, 1, 1)
            return result, time.monotonic() - started

    result, seconds = run(work())

    assert result == 2
    assert seconds < 10
    assert not alive(int((tmp_path / "pid").read_text()))


def test_workers_are_replaced_after_their_share_of_tasks():
    async def work():
        async with Workers(count=1, recycle_after=2) as workers:
            return [await workers.run(tasks.pid) for _ in range(4)]

    first, second, third, fourth = run(work())

    assert first == second != third == fourth


def test_workers_ignore_signals_to_the_whole_group():
    async def work():
        async with Workers(count=1) as workers:
            pid = await workers.run(tasks.pid)
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGINT)
            return pid, await workers.run(tasks.pid)

    before, after = run(work())

    assert before == after


def test_an_initializer_runs_once_in_each_process_before_its_first_task():
    async def work():
        async with Workers(count=1, initializer=tasks.warm_up) as workers:
            return await workers.run(tasks.warmth), await workers.run(tasks.warmth)

    assert run(work()) == (1, 1)


def test_no_descriptor_of_the_parent_reaches_a_worker(tmp_path):
    async def work():
        with (tmp_path / "lock").open("w") as lock:
            os.set_inheritable(lock.fileno(), True)
            async with Workers(count=1) as workers:
                return await workers.run(tasks.open_files)

    assert str(tmp_path / "lock") not in run(work())


def test_close_lets_running_work_finish_within_its_grace_and_kills_the_rest():
    async def work():
        workers = Workers(count=2, task_timeout=timedelta(seconds=30))
        await asyncio.gather(workers.run(tasks.pid), workers.run(tasks.pid))
        short = asyncio.create_task(workers.run(tasks.sleep, 0.5))
        long = asyncio.create_task(workers.run(tasks.sleep, 30))
        await asyncio.sleep(0.3)
        started = time.monotonic()
        await workers.close(timedelta(seconds=2))
        seconds = time.monotonic() - started
        return await short, await asyncio.gather(long, return_exceptions=True), seconds

    result, [died], seconds = run(work())

    assert result == 0.5
    assert isinstance(died, TaskDied)
    assert seconds < 6


def test_a_closed_pool_takes_no_task():
    async def work():
        workers = Workers(count=1)
        await workers.close()
        await workers.close()
        await workers.run(tasks.pid)

    with pytest.raises(TaskDied, match="closed"):
        run(work())


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_workers_end_within_ten_seconds_of_their_parents_sigkill(busy):
    program = f"from support.tasks import be_a_parent; be_a_parent({busy})"
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent)))},
    )
    with parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()

    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return not Path("/proc").is_dir()


def children_of(pid: int) -> set[str]:
    return set(
        subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(pid)], check=False, capture_output=True, text=True
        ).stdout.split()[:-1]
    )
