"""What polling costs: 400 feeds of 25 entries on a local server, beside feedparser alone on the same bytes.

    python benchmarks/polling.py [--feeds 400] [--entries 25]

Three polls: the first, one in which nothing changed (304), one in which each feed has one new entry. CPU is
that of all our processes; feedparser's is one process's, parsing every feed whole, as often as it has to.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import feedparser
import structlog
from news_site import make_site, served
from whole_job import settings_for

from monitor import clock
from monitor.config import Settings
from monitor.store import feeds
from monitor.work.flow import Stop
from monitor.work.pipeline import poll
from monitor.work.setup import create, open_synced
from monitor.work.tools import open_tools

WORKERS = 2


@dataclass(frozen=True)
class Cost:
    """Seconds."""

    cpu: float
    wall: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=400)
    parser.add_argument("--entries", type=int, default=25)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    now = datetime.now(UTC)
    editions = [make_site(options.feeds, options.entries, now, pages=False, new=new) for new in (0, 1)]
    bodies = list(editions[0].bodies.values())
    size = sum(map(len, bodies)) // len(bodies) // 1000
    print(f"{len(bodies)} feeds of {options.entries} entries, {size} kB each")

    bare = cost(lambda: [feedparser.parse(body) for body in bodies])
    show("feedparser alone, all feeds", bare, bare)
    with served(editions) as (port, pipe), tempfile.TemporaryDirectory() as folder:
        settings = settings_for(editions[0], port, Path(folder) / "monitor.db", WORKERS)
        create(settings)
        for name, edition in (("first poll", 0), ("nothing new (304)", 0), ("one new entry each", 1)):
            switch(pipe, edition)
            ours, outcomes = polled(settings)
            show(f"{name}: {dict(outcomes)}", ours, bare)


def switch(pipe: Connection, edition: int) -> None:
    pipe.send(edition)
    assert pipe.recv() == edition


def polled(settings: Settings) -> tuple[Cost, Counter[str]]:
    """One round, and what came of it."""
    outcomes: Counter[str] = Counter()
    return cost(lambda: outcomes.update(asyncio.run(poll_all(settings)))), outcomes


def cost(work: Callable[[], object]) -> Cost:
    """CPU of this process and of all its children that ended, and wall time."""
    begin, before = time.perf_counter(), cpu_seconds()
    work()
    return Cost(cpu_seconds() - before, time.perf_counter() - begin)


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def show(name: str, ours: Cost, bare: Cost) -> None:
    ratio = ours.cpu / bare.cpu
    print(f"{name:46} {ours.cpu:6.2f} s CPU ({ratio:5.2f} of feedparser's)  {ours.wall:6.2f} s wall")


async def poll_all(settings: Settings) -> list[str]:
    """One poll of every feed, its entries stored."""
    database = open_synced(settings)
    try:
        async with open_tools(settings, database) as tools:
            due = await database.run(feeds.due_feeds, clock.now(), everything=True)
            polled = await poll(tools, Stop(timedelta(hours=1), timedelta()), "benchmark", due)
            return [str(one.outcome) for one in polled]
    finally:
        database.close()


if __name__ == "__main__":
    main()
