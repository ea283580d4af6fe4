import asyncio
import time

from monitor.intake import polite
from monitor.intake.polite import Politeness


def starts(politeness, hosts, hold=0.0):
    """When each request began, in seconds after the first call."""

    async def one(host, began):
        async with politeness.turn(host):
            at = time.monotonic() - began
            await asyncio.sleep(hold)
            return at

    async def inside():
        began = time.monotonic()
        return await asyncio.gather(*(one(host, began) for host in hosts))

    return asyncio.run(inside())


def assert_not_before(found, planned):
    """Each at its time or a little later; how much later is the machine's affair, not ours."""
    assert all(plan - 0.005 <= at < plan + 2 for at, plan in zip(found, planned, strict=True))


def test_starts_on_one_host_keep_their_distance():
    assert_not_before(starts(Politeness(5, 20.0), ["a"] * 4), [0, 0.05, 0.10, 0.15])


def test_hosts_do_not_wait_for_each_other():
    assert max(starts(Politeness(1, 0.1), [f"host{number}" for number in range(500)])) < 5


def test_a_host_has_only_so_many_slots():
    assert_not_before(starts(Politeness(2, 10_000.0), ["a"] * 4, hold=0.1), [0, 0, 0.1, 0.1])


def test_a_cancelled_request_frees_its_slot():
    politeness = Politeness(1, 10_000.0)

    async def hold():
        async with politeness.turn("a"):
            await asyncio.sleep(60)

    async def inside():
        holder, waiter = asyncio.create_task(hold()), asyncio.create_task(hold())
        await asyncio.sleep(0.01)
        for task in (waiter, holder):
            task.cancel()
        await asyncio.gather(holder, waiter, return_exceptions=True)
        async with asyncio.timeout(0.5), politeness.turn("a"):
            return True

    assert asyncio.run(inside())


def test_hosts_that_nobody_asks_any_more_are_forgotten(monkeypatch):
    monkeypatch.setattr(polite, "LANES_KEPT", 10)
    politeness = Politeness(1, 10_000.0)

    for number in range(100):
        starts(politeness, [f"host{number}"], hold=0.001)

    assert len(politeness._lanes) <= 10
