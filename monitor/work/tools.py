"""What a cycle works with, opened once and closed in order. No step of the work itself is here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from monitor.config import FetchSection, Settings
from monitor.intake.fetch import FetchSettings, Web, user_agent
from monitor.relevance.topics import TopicSpec
from monitor.store.engine import Database
from monitor.work.tasks import warm_up
from monitor.work.topics import topic_specs
from monitor.work.version import program_version
from monitor.workers import Workers

PAGE_DEADLINE = timedelta(seconds=10)  # of wall time; the slowest honest page measured took under two
PAGES_A_WORKER = 2000  # starting one costs a second of CPU; what the libraries leak is small by then
WORKER_MEMORY = 2_000_000_000  # bytes of address space; the program as a whole has to live in 3 GB a process


class Progress:
    """Told how far the work is; this one says nothing."""

    def begin(self, step: str, total: int) -> None:
        """A step with so many things to do begins."""

    def advance(self) -> None:
        """One of them is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All that a step may use."""

    settings: Settings
    database: Database
    web: Web
    workers: Workers
    topics: tuple[TopicSpec, ...]
    progress: Progress = field(default_factory=Progress)


@asynccontextmanager
async def open_tools(
    settings: Settings, database: Database, progress: Progress | None = None
) -> AsyncIterator[Tools]:
    """The web client and the workers for one run; the database is the caller's."""
    topics = topic_specs(settings.topics)
    async with (
        open_web(settings.fetch) as web,
        Workers(
            settings.extract.workers,
            PAGE_DEADLINE,
            WORKER_MEMORY,
            recycle_after=PAGES_A_WORKER,
            initializer=partial(warm_up, topics),
        ) as workers,
    ):
        yield Tools(
            settings=settings,
            database=database,
            web=web,
            workers=workers,
            topics=topics,
            progress=progress or Progress(),
        )


def open_web(section: FetchSection) -> Web:
    """The client as the configuration wants it."""
    return Web(
        FetchSettings(
            contact=section.contact,
            timeout=section.timeout,
            max_feed_size=section.max_feed_size,
            max_page_size=section.max_page_size,
            allow_hosts=section.allow_hosts,
            proxy=section.proxy.get_secret_value() if section.proxy else None,
            no_proxy=section.no_proxy,
            ca_file=section.ca_file,
            connections_per_host=section.connections_per_host,
            starts_per_second=section.starts_per_second,
        ),
        user_agent(program_version(), section.contact),
    )
