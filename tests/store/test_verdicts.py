from __future__ import annotations

import pytest
from support.rows import CYCLE, DAY, NOW, TOPIC, add, entry, poll, read, verdict

from monitor.model.verdict import VerdictOrigin
from monitor.store import verdicts

ONE = entry(1).link


@pytest.fixture
def article(database):
    """One article with a body."""
    database.call(poll, database.call(add), entry(1))
    return database.call(read, ONE).article_id


def current(database, article):
    return database.read(verdicts.current_verdicts, [article]).get(article, [])


def test_only_the_first_flagged_verdict_of_an_article_is_news(database, article):
    record = verdicts.record_verdict

    assert database.call(record, article, 1, verdict(0.2), NOW) is False
    assert database.call(record, article, 1, verdict(0.9, topic="second"), NOW) is True
    assert database.call(record, article, 1, verdict(0.9, topic="third"), NOW) is False
    assert database.call(record, article, 1, verdict(0.9, version="v2"), NOW) is False


def test_all_verdicts_are_kept_and_the_last_is_current(database, article):
    for version, score in (("v1", 0.9), ("v2", 0.4)):
        database.call(verdicts.record_verdict, article, 1, verdict(score, version=version), NOW, cycle=CYCLE)

    assert [(each.topic_version, each.score) for each in current(database, article)] == [("v2", 0.4)]
    kept = database.read(verdicts.all_verdicts, article)
    assert [(each.topic_version, each.current) for each in kept] == [("v1", False), ("v2", True)]


def test_the_same_decision_again_keeps_its_time_and_becomes_current(database, article):
    for version in ("v1", "v2"):
        database.call(verdicts.record_verdict, article, 1, verdict(version=version), NOW)
    database.call(verdicts.record_verdict, article, 1, verdict(0.1, version="v1"), NOW + DAY)

    (now,) = current(database, article)
    assert (now.topic_version, now.score, now.judged_at) == ("v1", 0.9, NOW)
    assert len(database.read(verdicts.all_verdicts, article)) == 2


def test_a_feeds_text_may_have_grown(database, article):
    database.call(verdicts.record_verdict, article, 0, verdict(0.1), NOW)
    newly = database.call(verdicts.record_verdict, article, 0, verdict(0.9), NOW + DAY)

    (now,) = current(database, article)
    assert (newly, now.score, now.judged_at) == (True, 0.9, NOW + DAY)


def test_the_decision_on_a_body_stays_when_the_page_cannot_be_had_any_more(database, article):
    database.call(verdicts.record_verdict, article, 1, verdict(0.9), NOW)
    newly = database.call(verdicts.record_verdict, article, 0, verdict(0.1, topic=TOPIC), NOW + DAY)

    assert newly is False
    assert [(each.revision, each.score) for each in current(database, article)] == [(1, 0.9)]
    assert len(database.read(verdicts.all_verdicts, article)) == 2


def test_judging_again_with_mail_makes_the_decision_news_from_now_on(database, article):
    rejudged = {"origin": VerdictOrigin.REJUDGE}
    database.call(verdicts.record_verdict, article, 1, verdict(), NOW, **rejudged)
    database.call(verdicts.record_verdict, article, 1, verdict(), NOW + DAY, mail=True, **rejudged)
    database.call(verdicts.record_verdict, article, 1, verdict(), NOW + 2 * DAY, **rejudged)

    (now,) = current(database, article)
    assert (now.judged_at, now.origin) == (NOW + DAY, "rejudge")


def test_scores_of_stories_are_their_best(database):
    database.call(poll, database.call(add), entry(1), entry(2))
    for number, score in ((1, 0.3), (2, 0.8)):
        stored = database.call(read, entry(number).link)
        database.call(verdicts.record_verdict, stored.article_id, 1, verdict(score), NOW)

    assert database.read(verdicts.story_scores, TOPIC, NOW - DAY) == [0.8, 0.3]
    assert database.read(verdicts.story_scores, TOPIC, NOW + DAY) == []
