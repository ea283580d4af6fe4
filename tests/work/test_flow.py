"""Many things at once: how many, how long, and how they are stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from monitor.work.flow import Stop, each, ended_in_time, finished, on_signals, on_thread

LONG = timedelta(minutes=1)
NO_GRACE = timedelta(0)
SHORT = timedelta(seconds=0.1)


class Watched:
    """Work that notes what runs beside it."""

    def __init__(self, work: Callable[[str], Awaitable[object]]) -> None:
        self.started: list[str] = []
        self.most = 0
        self.most_of_a_lane: Counter[str] = Counter()
        self._running: Counter[str] = Counter()
        self._work = work

    async def __call__(self, name: str) -> str:
        self.started.append(name)
        self._running[lane(name)] += 1
        self.most = max(self.most, self._running.total())
        self.most_of_a_lane[lane(name)] = max(self.most_of_a_lane[lane(name)], self._running[lane(name)])
        try:
            await self._work(name)
        finally:
            self._running[lane(name)] -= 1
        return name


def lane(name: str) -> str:
    return name[0]


async def a_moment(_: str) -> None:
    await asyncio.sleep(0.005)


async def a_while_if_a(name: str) -> None:
    await asyncio.sleep(0.05 if lane(name) == "a" else 0.001)


async def for_ever(_: str) -> None:
    await asyncio.Event().wait()


async def a_is_stuck(name: str) -> None:
    await (for_ever if lane(name) == "a" else a_moment)(name)


def run(names: list[str], work: Watched, longest: timedelta = LONG, at_once: int = 10) -> list[str]:
    async def main() -> list[str]:
        stop = Stop(longest, NO_GRACE)
        return await each(names, work, at_once=at_once, stop=stop, lane_of=lane, a_lane=3)

    return asyncio.run(main())


def test_everything_is_done_once() -> None:
    names = [f"{host}{number}" for host in "abc" for number in range(20)]

    done = run(names, Watched(a_moment))

    assert sorted(done) == sorted(names)


def test_nothing_to_do_is_done_at_once() -> None:
    assert run([], Watched(a_moment)) == []


def test_no_more_run_at_once_than_allowed_in_all_and_of_a_lane() -> None:
    work = Watched(a_while_if_a)

    run([f"{host}{number}" for host in "abcdefgh" for number in range(9)], work, at_once=7)

    assert work.most == 7
    assert work.most_of_a_lane["a"] == 3


def test_a_lane_that_is_stuck_holds_up_no_other() -> None:
    work = Watched(a_is_stuck)

    done = run([f"a{number}" for number in range(50)] + ["b1", "c1", "c2"], work, longest=SHORT, at_once=5)

    assert sorted(done) == ["b1", "c1", "c2"]


def test_within_a_lane_the_order_is_kept() -> None:
    work = Watched(a_moment)

    run([f"a{number}" for number in range(9)], work)

    assert work.started == [f"a{number}" for number in range(9)]


def test_at_the_deadline_what_runs_is_given_up_and_nothing_is_begun() -> None:
    work = Watched(for_ever)

    began = time.monotonic()
    done = run(["a1", "a2", "a3", "a4"], work, longest=SHORT)

    assert done == []
    assert work.started == ["a1", "a2", "a3"]
    assert time.monotonic() - began < 2


def test_a_write_that_is_under_way_at_the_deadline_is_seen_through_and_counted() -> None:
    written: list[str] = []

    async def write(name: str) -> str:
        await asyncio.sleep(0.2)
        written.append(name)
        return name

    async def main() -> list[str]:
        stop = Stop(SHORT, NO_GRACE)
        return await each(
            ["a1", "a2"], lambda name: finished(write(name)), at_once=2, stop=stop, lane_of=lane, a_lane=2
        )

    assert sorted(asyncio.run(main())) == sorted(written) == ["a1", "a2"]


def test_whoever_asks_to_stop_lets_what_runs_finish_within_the_grace() -> None:
    async def main() -> tuple[list[str], list[str]]:
        stop = Stop(LONG, timedelta(seconds=5))
        release = asyncio.Event()
        work = Watched(lambda _: release.wait())
        asyncio.get_running_loop().call_later(0.05, stop.ask)
        asyncio.get_running_loop().call_later(0.1, release.set)
        done = await each(["a1", "a2", "b1", "b2"], work, at_once=2, stop=stop, lane_of=lane, a_lane=3)
        return sorted(done), sorted(work.started)

    done, started = asyncio.run(main())

    assert done == started
    assert len(started) == 2


def test_a_fault_of_our_own_ends_the_whole_after_the_others_were_cancelled() -> None:
    ended: list[str] = []

    async def fails(name: str) -> None:
        try:
            await a_moment(name)
            if name == "a1":
                raise RuntimeError("a defect")
            await for_ever(name)
        finally:
            ended.append(name)

    with pytest.raises(RuntimeError, match="a defect"):
        run(["a1", "a2", "b1"], Watched(fails))

    assert sorted(ended) == ["a1", "a2", "b1"]


def test_a_stop_that_leaves_time_ends_before_its_parent_and_is_asked_with_it() -> None:
    async def main() -> None:
        stop = Stop(timedelta(seconds=10), timedelta(seconds=1))
        sooner = stop.leaving(0.1)

        assert 8.5 < sooner.seconds_left < 9.1
        stop.ask()
        assert sooner.asked
        assert sooner.seconds_left <= 1
        assert stop.leaving(0.5).over

    asyncio.run(main())


def test_what_blocks_runs_beside_the_loop_and_its_error_comes_back() -> None:
    async def main() -> str:
        with pytest.raises(ValueError, match="no"):
            await on_thread(int, "no")
        name = on_thread(lambda: threading.current_thread().name)
        assert await ended_in_time(name, Stop(LONG, NO_GRACE))
        return name.result()

    assert asyncio.run(main()) != threading.main_thread().name


def test_the_programs_end_does_not_wait_for_a_thread_that_was_given_up() -> None:
    release = threading.Event()

    async def main() -> None:
        work = on_thread(release.wait, 30)
        assert not await ended_in_time(work, Stop(SHORT, NO_GRACE))
        work.cancel()

    began = time.monotonic()
    asyncio.run(main())

    assert time.monotonic() - began < 5
    release.set()


def test_a_person_who_asks_ends_the_waiting_for_one_thing() -> None:
    async def main() -> bool:
        stop = Stop(LONG, NO_GRACE)
        asyncio.get_running_loop().call_later(0.05, stop.ask)
        return await ended_in_time(asyncio.get_running_loop().create_future(), stop)

    assert asyncio.run(main()) is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_ours_within_the_block(number: signal.Signals) -> None:
    async def main() -> bool:
        asked = asyncio.Event()
        with on_signals(asked.set):
            os.kill(os.getpid(), number)
            await asyncio.wait_for(asked.wait(), 5)
        return asked.is_set()

    assert asyncio.run(main())
