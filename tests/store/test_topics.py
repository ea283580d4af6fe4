from __future__ import annotations

from support.rows import DAY, NOW, TOPIC, add, entry, flag, poll

from monitor.model.specs import TopicVersion
from monitor.store import topics

V1 = TopicVersion(name=TOPIC, version="v1", threshold=0.5, definition={"rules": ["open"]})
V2 = TopicVersion(name=TOPIC, version="v2", threshold=0.6)


def test_every_change_makes_a_version_and_none_is_lost(database):
    for number, version in enumerate((V1, V1, V2, V1)):
        database.call(topics.sync_topics, [version], NOW + number * DAY)

    (topic,) = database.read(topics.stored_topics)
    assert (topic.version, topic.threshold, topic.since) == ("v1", 0.5, NOW + 3 * DAY)
    history = database.read(topics.topic_history, TOPIC)
    assert [(version.version, version.at) for version in history] == [("v1", NOW), ("v2", NOW + 2 * DAY)]
    assert history[0].definition == {"rules": ["open"]}


def test_an_unchanged_topic_keeps_its_time(database):
    for number in range(2):
        database.call(topics.sync_topics, [V1], NOW + number * DAY)

    assert database.read(topics.stored_topics)[0].since == NOW


def test_a_topic_that_vanished_is_paused_and_comes_back(database):
    database.call(topics.sync_topics, [V1], NOW)
    database.call(topics.sync_topics, [], NOW)
    assert database.read(topics.stored_topics)[0].state == "paused"

    database.call(topics.sync_topics, [V1], NOW)
    assert database.read(topics.stored_topics)[0].state == "active"


def test_a_topic_says_how_many_articles_its_present_version_judged(database):
    database.call(topics.sync_topics, [V1], NOW)
    database.call(poll, database.call(add), entry(1), entry(2), entry(3))
    database.call(flag, entry(1).link, 0.9)
    database.call(flag, entry(2).link, 0.1)
    database.call(flag, entry(3).link, 0.9, version="v0")

    (topic,) = database.read(topics.stored_topics)
    assert (topic.articles_judged, topic.articles_flagged) == (2, 1)
