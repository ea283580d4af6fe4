"""The demo: the whole main job, twice, over a news world on loopback, in a folder of its own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from monitor import clock
from monitor.config import Settings
from monitor.config.settings import (
    DatabaseSection,
    FeedSection,
    FetchSection,
    RecipientSection,
    ScheduleSection,
)
from monitor.demo.server import NewsWorld
from monitor.digest.render import render_html, render_text
from monitor.errors import UsageError
from monitor.model.digest import Digest
from monitor.model.summary import EntryCounts, FeedCounts, Summary
from monitor.store.engine import Database
from monitor.work.digests import running_digest
from monitor.work.flow import Stop
from monitor.work.pipeline import CycleResult, run_cycle
from monitor.work.setup import create, open_synced
from monitor.work.tools import Progress, open_tools

LIST = "demo"


class DemoSettings(Settings):
    """Blind to the environment: a `MONITOR_DATABASE__URL` there names the user's own database."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo did and where its digest lies."""

    summary: Summary  # both cycles added up
    cycles: tuple[CycleResult, ...]
    digest: Digest
    html: Path
    text: Path
    database: Path | None  # None: it went at the end


def run_demo(progress: Progress, keep: Path | None = None) -> DemoResult:
    """Two cycles over the news world, through the code that the live web gets; then its digest as files."""
    folder = fresh_folder(keep)
    work = folder if keep else Path(tempfile.mkdtemp(prefix="monitor-demo-work-"))
    try:
        with NewsWorld(clock.now()) as world:
            settings = demo_settings(world, work / "monitor.db")
            create(settings)
            database = open_synced(settings)
            try:
                cycles = asyncio.run(two_cycles(settings, database, world, progress))
                digest = database.read(running_digest, settings, clock.now(), to=LIST)
            finally:
                database.close()
    finally:
        if not keep:
            shutil.rmtree(work, ignore_errors=True)
    html, text = folder / "digest.html", folder / "digest.txt"
    html.write_text(render_html(digest), encoding="utf-8")
    text.write_text(render_text(digest), encoding="utf-8")
    return DemoResult(
        summary=added_up(cycles),
        cycles=cycles,
        digest=digest,
        html=html,
        text=text,
        database=work / "monitor.db" if keep else None,
    )


def fresh_folder(keep: Path | None) -> Path:
    """Where the digest goes: the folder wished for, which must hold no earlier demo, else a temporary one."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot be made: {error.strerror}", str(keep)) from None
    if (keep / "monitor.db").exists():
        raise UsageError("there is a demo's database already", str(keep), "name a fresh folder")
    return keep.absolute()


def demo_settings(world: NewsWorld, database: Path) -> Settings:
    """As a user would configure it, but quicker: the news world's hosts are ours, nobody needs politeness."""
    return DemoSettings(
        database=DatabaseSection(url=f"sqlite:///{database}"),  # type: ignore[arg-type]
        fetch=FetchSection(
            contact="demo@example.org",
            timeout=timedelta(seconds=10),
            allow_hosts=world.hosts,
            connections_per_host=4,
            starts_per_second=50,
        ),
        schedule=ScheduleSection(max_cycle=timedelta(minutes=2)),
        feeds=tuple(FeedSection(url=url) for url in world.feed_urls),
        recipients=(RecipientSection(name=LIST, to=("reader@example.org",)),),
    )


async def two_cycles(
    settings: Settings, database: Database, world: NewsWorld, progress: Progress
) -> tuple[CycleResult, ...]:
    """The first sees everything; before the second a few hours pass and the outlets publish."""
    results = []
    async with open_tools(settings, database, progress) as tools:
        for number in (1, 2):
            if number == 2:
                world.advance()
            stop = Stop(settings.schedule.max_cycle, settings.schedule.grace)
            results.append(await run_cycle(tools, stop, kind="demo", everything=True))
    return tuple(results)


def added_up(cycles: tuple[CycleResult, ...]) -> Summary:
    """One summary of all cycles; what the last one left pending is pending."""
    summaries = [cycle.summary for cycle in cycles]
    articles: Counter[str] = Counter()
    deliveries: Counter[str] = Counter()
    for summary in summaries:
        articles.update({status: count for status, count in summary.articles.items() if status != "pending"})
        deliveries.update(summary.deliveries)
    if left := summaries[-1].articles.get("pending"):
        articles["pending"] = left
    return Summary(
        cycle=summaries[-1].cycle,
        feeds=FeedCounts(**totals([asdict(summary.feeds) for summary in summaries])),
        entries=EntryCounts(**totals([asdict(summary.entries) for summary in summaries])),
        articles=dict(articles),
        flagged=sum(summary.flagged for summary in summaries),
        deliveries=dict(deliveries),
        seconds=round(sum(summary.seconds for summary in summaries), 3),
    )


def totals(counts: list[dict[str, int]]) -> dict[str, int]:
    """Each count over all cycles."""
    return {name: sum(one[name] for one in counts) for name in counts[0]}
