"""A configuration and a database are made, and the one is kept in step with the other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.cycles import HARBOURS, RSS, Work, item, rss
from support.faultserver import FaultServer
from support.rows import NOW

from monitor.config import Settings, load_settings
from monitor.config.settings import DatabaseSection, DigestSection, FeedSection, RecipientSection
from monitor.errors import DatabaseError, UsageError
from monitor.store import feeds, lists, topics
from monitor.work.setup import Answers, create, list_specs, open_synced, write_config

THERE: dict[str, Any] = {
    "name": "there",
    "to": ("b@example.org",),
    "at": "21:00",
    "zone": "Asia/Tokyo",
    "days": ["sun"],
}
FEED = "https://news.example.org/feed.xml"


def settings(url: str, **more: object) -> Settings:
    return Settings(database=DatabaseSection(url=url), **more)  # type: ignore[arg-type]


def test_a_database_is_made_and_knows_feeds_topics_and_lists(database_url: str) -> None:
    chosen = settings(
        database_url,
        feeds=(FeedSection(url=FEED, tags=("law",), title="News"),),
        topics=(HARBOURS,),
        recipients=(RecipientSection(name="morning", to=("reader@example.org",)),),
    )

    create(chosen)
    create(chosen)

    with open_synced(chosen) as database:
        (feed,) = database.read(feeds.stored_feeds)
        (listed,) = database.read(lists.stored_lists)
        assert (feed.url, feed.tags, feed.title, feed.origin) == (FEED, ("law",), "News", "config")
        assert [topic.name for topic in database.read(topics.stored_topics)] == ["harbours"]
        assert listed.recipients[0].address == "reader@example.org"


def test_only_create_makes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "none.db"

    with pytest.raises(DatabaseError):
        open_synced(settings(f"sqlite:///{path}"))

    assert not path.exists()


def test_a_list_that_vanishes_is_paused_and_gets_nothing(work: Work, server: FaultServer) -> None:
    feed = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    work.configure(feeds=[feed])
    work.configure(to=())

    assert work.list().state == "paused"
    assert work.feed(feed).state == "paused"
    assert work.cycle().summary.feeds.due == 0


def test_a_list_has_its_own_hour_zone_and_days_and_else_the_common_ones() -> None:
    chosen = Settings(
        digest=DigestSection(at="06:30", zone="Europe/Brussels", days="weekdays"),  # type: ignore[arg-type]
        recipients=(
            RecipientSection(name="here", to=("a@example.org",)),
            RecipientSection(
                name="there", to=("b@example.org",), at="21:00", zone="Asia/Tokyo", days=["sun"]
            ),  # type: ignore[arg-type]
        ),
    )

    here, there = list_specs(chosen, NOW)

    assert (here.at, here.zone, here.topics) == ("06:30", "Europe/Brussels", ("open-source-ai-policy",))
    assert here.day_start == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    assert here.next_digest_at == datetime(2026, 11, 26, 5, 30, tzinfo=UTC)
    assert there.day_start == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert there.next_digest_at == datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_a_written_configuration_holds_the_answers_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "config.toml"
    answers = Answers(contact='Ed "the editor"', zone="Europe/Vienna", address="reader@example.org")

    written = write_config(path, answers)

    assert load_settings(path) == written
    assert (written.fetch.contact, written.digest.zone) == ('Ed "the editor"', "Europe/Vienna")
    assert written.recipients[0].to == ("reader@example.org",)
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("answers", [Answers(zone="Mars/Olympus"), Answers(address="nobody")])
def test_an_answer_that_cannot_be_used_leaves_no_file(tmp_path: Path, answers: Answers) -> None:
    with pytest.raises(UsageError):
        write_config(tmp_path / "config.toml", answers)

    assert list(tmp_path.iterdir()) == []
