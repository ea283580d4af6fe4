from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from support.rows import (
    CYCLE,
    DAY,
    HOUR,
    NOW,
    TOPIC,
    add,
    change,
    document,
    entry,
    flag,
    list_spec,
    poll,
    read,
    verdict,
)

from monitor.model.digest import DeliveryState, DeliveryUpdate, Period
from monitor.model.feed import FeedState, PollOutcome
from monitor.model.specs import DigestItem, NewDelivery, TopicVersion
from monitor.model.story import Placement
from monitor.model.verdict import VerdictOrigin
from monitor.store import digests, feeds, lists, outbox, pages, stories, topics, verdicts
from monitor.store.engine import open_database

ONE, TWO, THREE = (entry(n).link for n in (1, 2, 3))
PERIOD = {"since": NOW - DAY, "until": NOW + HOUR}
READER = "reader@example.org"


@pytest.fixture
def listed(database):
    """Three articles of one feed, and a list that waits for its first digest."""
    database.call(poll, database.call(add), entry(1), entry(2), entry(3))
    database.call(lists.sync_lists, [list_spec()], NOW)
    return database


def rows(database, **changes):
    return database.read(digests.flagged_rows, [TOPIC], **{**PERIOD, **changes})


def articles_of(found):
    return [row.article_id for row in found]


def freeze(database, *stored, since=NOW - DAY, until=NOW, recipient=READER, **changes):
    items = tuple(
        DigestItem(article_id=one.article_id, story_id=one.article_id, headline=f"Article {one.article_id}")
        for one in stored
    )
    share = NewDelivery(recipient=recipient, message_id=f"<{since:%d}@example.org>", items=items)
    period = Period(since=since, until=until, zone="Europe/Brussels")
    plan = {"next_digest_at": until + DAY, "cycle": CYCLE, **changes}
    return database.call(digests.freeze, "morning", period, {"stories": []}, [share], NOW, **plan)


# ---- what is new


def test_a_flagged_story_is_new_in_the_period_of_its_first_verdict(listed):
    stored = listed.call(flag, ONE)

    (row,) = rows(listed)
    assert (row.article_id, row.topic, row.score, row.flagged) == (stored.article_id, TOPIC, 0.9, True)
    assert (row.why, row.passage) == ("open weights in the title", "The commission wants open weights.")
    assert (row.outlet, row.first_flagged_at, row.judged_on) == ("Example News", NOW, "body")
    assert row.text.startswith("A long report.")
    assert rows(listed, since=NOW + timedelta(microseconds=1)) == []
    assert rows(listed, until=NOW) == []


def test_a_story_flagged_before_the_period_is_not_new_though_judged_again(listed):
    stored = listed.call(flag, ONE, now=NOW - 2 * DAY)
    listed.call(verdicts.record_verdict, stored.article_id, 1, verdict(version="v2"), NOW, cycle=CYCLE)

    assert rows(listed) == []
    assert len(rows(listed, since=NOW - 3 * DAY)) == 1


def test_a_reprint_of_an_old_story_makes_nothing_new(listed):
    old, new = listed.call(flag, ONE, now=NOW - 2 * DAY), listed.call(flag, TWO)
    story = listed.read(stories.candidate, old.article_id).story_id
    listed.call(stories.place, new.article_id, Placement(story_id=story, original_id=old.article_id), NOW)

    assert rows(listed) == []


def test_all_articles_of_a_new_story_come_along_flagged_or_not(listed):
    one, two = listed.call(flag, ONE), listed.call(flag, TWO, 0.2)
    story = listed.read(stories.candidate, one.article_id).story_id
    listed.call(stories.place, two.article_id, Placement(story_id=story, original_id=two.article_id), NOW)

    found = rows(listed)

    assert [(row.article_id, row.flagged, row.role) for row in found] == [
        (one.article_id, True, "reprint"),
        (two.article_id, False, "original"),
    ]
    assert listed.read(digests.story_rows, [TOPIC], [story]) != []


def test_a_verdict_that_was_taken_back_brings_no_story(listed):
    stored = listed.call(flag, ONE)
    listed.call(verdicts.record_verdict, stored.article_id, 1, verdict(0.1, version="v2"), NOW, cycle=CYCLE)

    assert rows(listed) == []


def test_what_was_judged_again_enters_no_digest_unless_asked(listed):
    stored = listed.call(read, ONE)
    record = (verdicts.record_verdict, stored.article_id, 1, verdict(), NOW)

    listed.call(*record, origin=VerdictOrigin.REJUDGE)
    assert rows(listed) == []

    listed.call(*record, origin=VerdictOrigin.REJUDGE, mail=True)
    assert len(rows(listed)) == 1


def test_an_article_too_old_at_its_feeds_first_poll_enters_no_digest(database):
    feed = database.call(add)
    old = document(entry(1, published_at=NOW - 9 * DAY))
    database.call(feeds.record_poll, feed, change(feed), old, NOW, CYCLE, mailable_since=NOW - 3 * DAY)
    database.call(flag, ONE)

    assert rows(database) == []


def test_a_list_may_ask_for_more_or_for_less_than_the_topic(listed):
    listed.call(flag, ONE, 0.9)
    listed.call(flag, TWO, 0.4)

    assert [row.score for row in rows(listed, thresholds={TOPIC: 0.95})] == []
    assert [row.score for row in rows(listed, thresholds={TOPIC: 0.3})] == [0.9, 0.4]
    assert [row.flagged for row in rows(listed, thresholds={TOPIC: 0.3})] == [True, True]
    assert [row.score for row in rows(listed, thresholds={"another": 0.1})] == [0.9]


def test_only_the_lists_topics_count(listed):
    listed.call(flag, ONE, topic="another")

    assert rows(listed) == []


def test_near_misses_are_the_best_that_were_not_flagged(listed):
    listed.call(flag, ONE, 0.9)
    best, other = listed.call(flag, TWO, 0.4), listed.call(flag, THREE, 0.3)

    near = listed.read(digests.near_rows, [TOPIC], **PERIOD, limit=5)
    assert articles_of(near) == [best.article_id, other.article_id]
    assert [row.flagged for row in near] == [False, False]
    assert articles_of(listed.read(digests.near_rows, [TOPIC], **PERIOD, limit=1)) == [best.article_id]
    lower = listed.read(digests.near_rows, [TOPIC], **PERIOD, limit=5, thresholds={TOPIC: 0.35})
    assert articles_of(lower) == [other.article_id]


def test_what_the_topic_flags_and_a_stricter_list_does_not_is_a_near_miss(listed):
    listed.call(flag, ONE, 0.9)

    (near,) = listed.read(digests.near_rows, [TOPIC], **PERIOD, limit=5, thresholds={TOPIC: 0.95})
    assert (near.score, near.flagged) == (0.9, False)


def test_an_unflagged_reprint_of_a_flagged_story_is_no_near_miss(listed):
    one, two = listed.call(flag, ONE), listed.call(flag, TWO, 0.4)
    story = listed.read(stories.candidate, one.article_id).story_id
    listed.call(stories.place, two.article_id, Placement(story_id=story), NOW)

    assert listed.read(digests.near_rows, [TOPIC], **PERIOD, limit=5) == []


def test_coverage_says_what_was_looked_at(listed):
    listed.call(topics.sync_topics, [TopicVersion(name=TOPIC, version="0123456789", threshold=0.5)], NOW)
    listed.call(flag, ONE)
    for url, state in (
        ("https://a.example.org/", FeedState.BACKING_OFF),
        ("https://b.example.org/", FeedState.GONE),
    ):
        feed = listed.call(add, url)
        failed = change(feed, state=state, outcome=PollOutcome.FAILED, error="404", succeeded=False)
        listed.call(feeds.record_poll, feed, failed, None, NOW, CYCLE)

    found = listed.read(digests.coverage, **PERIOD)

    assert (found.feeds_checked, found.entries_new, found.articles) == (3, 3, 3)
    assert found.articles_by_status == (("full", 1), ("pending", 2))
    assert found.judged_on == (("body", 1),)
    assert found.feeds_failing == ("https://a.example.org/: 404",)
    assert found.feeds_need_person == ("https://b.example.org/: 404",)
    assert found.topics == (f"{TOPIC}, version 01234567, threshold 0.5",)
    assert found.undelivered == ()


# ---- what is frozen


def test_freezing_keeps_digest_deliveries_and_items_and_begins_the_next_period(listed):
    stored = listed.call(flag, ONE)
    (before,) = listed.read(lists.stored_lists)

    digest = freeze(listed, stored, since=before.period_start, until=NOW)

    assert listed.read(digests.frozen_digest, digest) == {"stories": []}
    (delivery,) = listed.read(outbox.open_deliveries)
    assert (delivery.state, delivery.recipient, delivery.tries) == (DeliveryState.DUE, READER, 0)
    (after,) = listed.read(lists.stored_lists)
    assert (after.period_start, after.next_digest_at) == (NOW, NOW + DAY)


def test_a_period_is_frozen_once(listed):
    stored = listed.call(flag, ONE)

    assert freeze(listed, stored) is not None
    assert freeze(listed, stored, next_digest_at=NOW + 9 * DAY) is None

    assert len(listed.read(outbox.open_deliveries)) == 1
    assert listed.read(lists.stored_lists)[0].next_digest_at == NOW + DAY


def test_two_that_freeze_one_period_at_once_freeze_it_once(listed):
    stored = listed.call(flag, ONE)
    start, frozen = threading.Barrier(4), []

    def work():
        with open_database(listed.url.render_as_string(hide_password=False)) as own:
            start.wait()
            frozen.append(freeze(own, stored))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([digest for digest in frozen if digest is not None]) == 1
    assert len(listed.read(outbox.open_deliveries)) == 1


def test_a_story_counts_as_mailed_while_its_delivery_waits_and_after_it_went(listed):
    stored, other = listed.call(flag, ONE), listed.call(flag, TWO)
    ids = [listed.read(stories.candidate, one.article_id).story_id for one in (stored, other)]
    freeze(listed, stored)
    (delivery,) = listed.read(outbox.open_deliveries)

    def mailed(name="morning", to=READER):
        return listed.read(digests.mailed, name, to, ids)

    for state in DeliveryState:
        become = DeliveryUpdate(delivery_id=delivery.id, state=state, tries=1, next_try_at=None, error=None)
        listed.call(outbox.record_delivery, become)
        came_to_nothing = {DeliveryState.FAILED, DeliveryState.CLOSED, DeliveryState.SUPPRESSED}
        assert mailed() == (set() if state in came_to_nothing else {ids[0]}), state
        assert mailed(to="second@example.org") == mailed(name="evening") == set()


def test_a_reprint_that_comes_later_belongs_to_a_story_that_was_mailed(listed):
    stored = listed.call(flag, ONE)
    freeze(listed, stored)
    reprint = listed.call(flag, TWO)
    story = listed.read(stories.candidate, stored.article_id).story_id
    listed.call(stories.place, reprint.article_id, Placement(story_id=story), NOW)

    assert listed.read(digests.mailed, "morning", READER, [story]) == {story}


def test_what_was_mailed_stays_mailed_when_its_article_is_merged_into_another(listed):
    older, younger = listed.call(flag, ONE), listed.call(flag, TWO)
    freeze(listed, younger)

    listed.call(pages.merge_articles, younger.article_id, older.article_id)

    story = listed.read(stories.candidate, older.article_id).story_id
    assert listed.read(digests.mailed, "morning", READER, [story]) == {story}
    assert [each.list_name for each in listed.read(outbox.in_digests, older.article_id)] == ["morning"]
