"""Articles a second of the whole job, beside bare trafilatura over the same pages in as many processes.

    python benchmarks/whole_job.py [--hosts 40] [--articles 50] [--workers 2]

The whole job: polling, fetching over loopback HTTP, extracting, judging, storing in SQLite. Politeness is
off, since all hosts are ours. The site is served by a process of its own, on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import resource
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import structlog
import trafilatura
from news_site import Site, make_site, served

from monitor.config.settings import (
    DatabaseSection,
    ExtractSection,
    FeedSection,
    FetchSection,
    ScheduleSection,
    Settings,
)
from monitor.work.flow import Stop
from monitor.work.pipeline import CycleResult, run_cycle
from monitor.work.setup import create, open_synced
from monitor.work.tools import open_tools


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--articles", type=int, default=50, help="a host")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    site = make_site(options.hosts, options.articles, datetime.now(UTC))
    sizes = [len(page) for page in site.pages]
    median = statistics.median(sizes) / 1000
    print(f"{len(sizes)} pages of {min(sizes) // 1000} to {max(sizes) // 1000} kB, median {median:.0f} kB")

    # Bare before and after: a machine that is busier in one of the two is seen.
    before = bare_extraction(site.pages, options.workers)
    whole = whole_job(site, options.workers)
    after = bare_extraction(site.pages, options.workers)
    bare = (before + after) / 2

    print(
        f"bare trafilatura  {bare:6.1f} articles/s in {options.workers} processes ({before:.1f}, {after:.1f})"
    )
    print(f"the whole job     {whole:6.1f} articles/s with {options.workers} workers")
    print(f"ratio             {whole / bare:6.2f}  (wanted: 0.8)")


def bare_extraction(pages: list[bytes], workers: int) -> float:
    """Pages a second of the library alone, its own defaults with metadata."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(extract_bare, pages[: 4 * workers]))
        begin = time.perf_counter()
        texts = sum(pool.map(extract_bare, pages, chunksize=4))
        assert texts == len(pages)
        return len(pages) / (time.perf_counter() - begin)


def extract_bare(page: bytes) -> bool:
    return trafilatura.bare_extraction(page, with_metadata=True) is not None


def whole_job(site: Site, workers: int) -> float:
    """Pages a second from the first poll to the last verdict stored, the workers' start included."""
    with served([site]) as (port, _), tempfile.TemporaryDirectory() as folder:
        settings = settings_for(site, port, Path(folder) / "monitor.db", workers)
        create(settings)
        begin = time.perf_counter()
        result = asyncio.run(one_cycle(settings))
        seconds = time.perf_counter() - begin
        summary = result.summary
        assert summary.articles == {"full": len(site.pages)}, summary
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss // 1000
        print(f"(main process: {cpu:.1f} s CPU, {memory} MB; {summary.flagged} flagged)")
        return len(site.pages) / seconds


def settings_for(site: Site, port: int, database: Path, workers: int) -> Settings:
    return Settings(
        database=DatabaseSection(url=f"sqlite:///{database}"),  # type: ignore[arg-type]
        fetch=FetchSection(
            contact="benchmark@example.org",
            allow_hosts=("127.0.0.0/8",),
            connections_per_host=8,
            starts_per_second=1e6,
            pages_per_host=10_000,
        ),
        schedule=ScheduleSection(max_cycle=timedelta(hours=1)),
        extract=ExtractSection(workers=workers),
        feeds=tuple(FeedSection(url=f"http://{host}:{port}/feed.xml") for host in site.hosts),
    )


async def one_cycle(settings: Settings) -> CycleResult:
    database = open_synced(settings)
    try:
        async with open_tools(settings, database) as tools:
            return await run_cycle(tools, Stop(timedelta(hours=1), timedelta()), kind="once", everything=True)
    finally:
        database.close()


if __name__ == "__main__":
    main()
