"""The demo as a whole: what it promises of its two cycles, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from monitor.demo.run import DemoResult, added_up, demo_settings, fresh_folder, run_demo
from monitor.demo.server import NewsWorld
from monitor.errors import UsageError
from monitor.model.summary import EntryCounts, FeedCounts, Summary
from monitor.store.articles import list_articles
from monitor.store.engine import open_database
from monitor.work.pipeline import CycleResult
from monitor.work.tools import Progress


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    """One run for all tests of this file: it takes the time that the slow outlet takes."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MONITOR_DATABASE__URL", "sqlite:////nowhere/of-the-user.db")
        return run_demo(Progress(), tmp_path_factory.mktemp("demo"))


def test_the_counters_of_both_cycles_add_up(demo: DemoResult) -> None:
    first, second = (cycle.summary for cycle in demo.cycles)
    feeds, entries = demo.summary.feeds, demo.summary.entries

    assert feeds.due == feeds.new + feeds.unchanged + feeds.failed + feeds.throttled + feeds.skipped
    assert entries.seen == entries.new + entries.known
    assert entries.new == entries.of_new_articles + entries.of_known_articles + entries.without_page
    assert sum(demo.summary.articles.values()) >= entries.of_new_articles + entries.without_page
    assert demo.summary.flagged == first.flagged + second.flagged
    assert demo.summary.seconds < 60


def test_the_second_cycle_sees_only_what_is_new(demo: DemoResult) -> None:
    first, second = (cycle.summary for cycle in demo.cycles)

    assert second.feeds.unchanged > second.feeds.new > 0
    assert 0 < second.entries.new < first.entries.new / 4
    assert second.entries.new + second.entries.known < first.entries.seen  # a 304 sees none


def test_plain_cases_are_flagged_and_stand_in_the_digest_files(demo: DemoResult) -> None:
    assert len(demo.digest.stories) >= 8
    html, text = demo.html.read_text(encoding="utf-8"), demo.text.read_text(encoding="utf-8")
    for story in demo.digest.stories:
        assert story.url in text
        assert escape(story.url) in html
    assert any(story.reprints for story in demo.digest.stories)


def test_a_database_that_is_kept_can_be_looked_at(demo: DemoResult) -> None:
    assert demo.database is not None
    with open_database(f"sqlite:///{demo.database}") as database:
        stored = database.read(list_articles, limit=None)

    assert len(stored) > 40
    assert {"full", "paywall"} <= {article.status for article in stored}


def test_its_settings_are_blind_to_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MONITOR_DATABASE__URL", "sqlite:////nowhere/of-the-user.db")
    monkeypatch.setenv("MONITOR_FETCH__PROXY", "http://proxy.example:3128")
    with NewsWorld(datetime.now(UTC)) as world:
        settings = demo_settings(world, tmp_path / "monitor.db")

    assert settings.database.url.get_secret_value() == f"sqlite:///{tmp_path / 'monitor.db'}"
    assert settings.fetch.proxy is None


def test_without_a_folder_the_digest_goes_to_a_temporary_one_of_its_own() -> None:
    one, other = fresh_folder(None), fresh_folder(None)

    assert one != other
    assert one.is_dir()
    one.rmdir()
    other.rmdir()


def test_a_folder_with_a_demo_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").touch()

    with pytest.raises(UsageError, match="already"):
        fresh_folder(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="cannot be made"):
        fresh_folder(tmp_path / "file" / "folder")


def test_what_the_last_cycle_left_pending_is_pending() -> None:
    first = Summary(
        cycle="1",
        feeds=FeedCounts(due=2, new=2),
        entries=EntryCounts(seen=3, new=3, of_new_articles=3),
        articles={"full": 1, "pending": 2},
        flagged=1,
        seconds=1.5,
    )
    second = replace(first, cycle="2", articles={"full": 1, "gone": 1, "pending": 1}, deliveries={"sent": 1})

    total = added_up((CycleResult(summary=first), CycleResult(summary=second)))

    assert total == Summary(
        cycle="2",
        feeds=FeedCounts(due=4, new=4),
        entries=EntryCounts(seen=6, new=6, of_new_articles=6),
        articles={"full": 2, "gone": 1, "pending": 1},
        flagged=2,
        deliveries={"sent": 1},
        seconds=3.0,
    )
