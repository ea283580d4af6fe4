"""Digests composed from what is stored: to look at, and to freeze."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from support.cycles import HARBOURS, RSS, Work, item, rss
from support.faultserver import FaultServer
from support.rows import NOW, add, entry, flag, poll

from monitor.config import Settings
from monitor.config.settings import RecipientSection, TopicSection
from monitor.errors import UsageError
from monitor.store import digests, lists
from monitor.work.digests import freeze_list, list_thresholds, next_digest, running_digest
from monitor.work.setup import sync

TO = "reader@example.org"
DAY = timedelta(days=1)
URL = "https://news.example.org/story-{}"


def settings(*recipients: RecipientSection) -> Settings:
    return Settings(recipients=recipients)


MORNING = RecipientSection(name="morning", to=(TO,))
EVENING = RecipientSection(name="evening", to=("other@example.org",), threshold=0.95)


def stories(work: Work, *numbers: int, at: datetime = NOW, score: float = 0.9) -> None:
    """Flagged articles of the shipped topic."""

    def store(tx: Connection) -> None:
        poll(tx, add(tx, f"https://news.example.org/{at:%d%H}.xml"), *map(entry, numbers), now=at)
        for number in numbers:
            flag(tx, URL.format(number), score, now=at)

    work.database.call(store)


def freeze(work: Work, chosen: Settings, now: datetime, name: str = "morning") -> int | None:
    def frozen(tx: Connection) -> int | None:
        listed = next(one for one in lists.stored_lists(tx) if one.name == name)
        return freeze_list(tx, chosen, listed, now, None)

    return work.database.call(frozen)


def shown(work: Work, chosen: Settings, now: datetime = NOW + DAY / 4, **more: object) -> set[str]:
    digest = work.database.read(running_digest, chosen, now, **more)
    return {story.url for story in digest.stories}


def test_the_running_period_of_the_first_list_is_shown_and_nothing_is_changed(work: Work) -> None:
    chosen = settings(MORNING, EVENING)
    work.database.call(sync, chosen, NOW)
    stories(work, 1, 2)
    before = work.database.read(lists.stored_lists)

    digest = work.database.read(running_digest, chosen, NOW + DAY / 4)

    assert digest.to == "morning"
    assert len(digest.stories) == 2
    assert work.database.read(lists.stored_lists) == before


def test_stories_that_were_sent_already_are_shown_when_their_period_is_named(work: Work) -> None:
    chosen = settings(MORNING)
    work.database.call(sync, chosen, NOW)
    stories(work, 1)
    assert freeze(work, chosen, NOW + DAY / 4) is not None

    assert shown(work, chosen, NOW + DAY / 2) == set()
    assert shown(work, chosen, NOW + DAY / 2, since=NOW - DAY) == {URL.format(1)}


def test_a_list_with_its_own_threshold_has_its_own_stories(work: Work) -> None:
    chosen = settings(MORNING, EVENING)
    work.database.call(sync, chosen, NOW)
    stories(work, 1, score=0.9)
    stories(work, 2, score=0.97, at=NOW + timedelta(hours=1))

    assert shown(work, chosen, to="evening") == {URL.format(2)}
    assert shown(work, chosen, to="morning") == {URL.format(1), URL.format(2)}


def test_an_unknown_list_is_refused_with_the_nearest_name(work: Work) -> None:
    work.database.call(sync, settings(MORNING), NOW)

    with pytest.raises(UsageError, match=r"'mornin'.*'morning'"):
        work.database.read(running_digest, settings(MORNING), NOW, to="mornin")


def test_a_period_that_ends_before_it_begins_is_refused(work: Work) -> None:
    with pytest.raises(UsageError, match="ends before"):
        work.database.read(running_digest, settings(), NOW, since=NOW, until=NOW - DAY)


def test_without_recipients_the_day_so_far_is_shown(work: Work) -> None:
    stories(work, 1)

    digest = work.database.read(running_digest, settings(), NOW + DAY / 4)

    assert digest.to == ""
    assert len(digest.stories) == 1


def test_periods_touch_and_each_story_is_frozen_once(work: Work) -> None:
    chosen = settings(MORNING)
    work.database.call(sync, chosen, NOW)
    stories(work, 1)
    first = freeze(work, chosen, NOW + DAY / 4)
    stories(work, 2, at=NOW + DAY / 3)
    second = freeze(work, chosen, NOW + DAY / 2)

    assert first is not None
    assert second is not None
    frozen = [work.database.read(digests.frozen_digest, number) for number in (first, second)]
    assert [[story["url"] for story in one["stories"]] for one in frozen] == [
        [URL.format(1)],
        [URL.format(2)],
    ]
    assert frozen[0]["period"]["until"] == frozen[1]["period"]["since"]


def test_a_verdict_stored_while_a_digest_was_composed_comes_with_the_next(work: Work) -> None:
    chosen = settings(MORNING)
    work.database.call(sync, chosen, NOW)
    assert freeze(work, chosen, NOW + DAY / 4) is not None
    stories(work, 1, at=NOW + DAY / 4 - timedelta(seconds=1))

    number = freeze(work, chosen, NOW + DAY / 2)

    assert number is not None
    assert len(work.database.read(digests.frozen_digest, number)["stories"]) == 1


def test_a_period_without_time_is_not_frozen(work: Work) -> None:
    chosen = settings(MORNING)
    work.database.call(sync, chosen, NOW)
    assert freeze(work, chosen, NOW) is not None

    assert freeze(work, chosen, NOW) is None


def test_the_next_digest_is_due_at_the_lists_own_hour(work: Work) -> None:
    chosen = settings(RecipientSection(name="late", to=(TO,), at="21:30", zone="Asia/Tokyo"))
    work.database.call(sync, chosen, NOW)
    (listed,) = work.database.read(lists.stored_lists)

    due = next_digest(listed, NOW)

    assert due == datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


def test_a_list_judges_by_its_own_line_and_only_its_topics(work: Work) -> None:
    other = TopicSection(name="observatories", terms=("comet",), threshold=0.7)
    chosen = Settings(
        topics=(HARBOURS, other),
        recipients=(RecipientSection(name="sky", to=(TO,), topics=("observatories",)), EVENING),
    )
    work.database.call(sync, chosen, NOW)
    evening, sky = work.database.read(lists.stored_lists)

    assert list_thresholds(chosen, sky) == {"observatories": 0.7}
    assert list_thresholds(chosen, evening) == {"harbours": 0.95, "observatories": 0.95}
    assert list_thresholds(chosen, None) == {"harbours": 0.5, "observatories": 0.7}


def test_the_footer_tells_what_was_checked_and_what_failed(work: Work, server: FaultServer) -> None:
    good = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    work.configure(feeds=[good, server.url("/status/500")])
    work.cycle()

    coverage = work.database.read(running_digest, work.settings, datetime.now(UTC)).coverage

    assert (coverage.feeds_checked, coverage.entries_new, coverage.articles) == (2, 1, 1)
    assert "500" in coverage.feeds_failing[0]
