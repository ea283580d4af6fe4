from __future__ import annotations

from datetime import timedelta

from support.rows import (
    CYCLE,
    DAY,
    HOUR,
    NOW,
    TOPIC,
    add,
    article_of,
    change,
    document,
    entry,
    flag,
    page,
    poll,
    read,
    verdict,
)

from monitor.model.article import BodyStatus
from monitor.store import articles, feeds, pages, verdicts

ONE, TWO = entry(1).link, entry(2).link


def test_pages_wait_newest_first_and_at_most_so_many_a_site(database):
    feed = database.call(add)
    listed = [entry(n, published_at=NOW - n * HOUR) for n in range(1, 5)]
    elsewhere = entry("x", link="https://other.example.org/x", published_at=NOW - 9 * HOUR)
    database.call(poll, feed, *listed, elsewhere)

    waiting = database.read(articles.waiting, NOW, per_site=2, limit=10)

    assert [article.url for article in waiting] == [listed[0].link, listed[1].link, elsewhere.link]
    assert len(database.read(articles.waiting, NOW, per_site=9, limit=2)) == 2
    assert database.read(articles.count_waiting, NOW) == 5


def test_all_that_its_feeds_say_about_a_page_is_known(database):
    one, two = database.call(add), database.call(add, "https://other.example.org/feed")
    database.call(poll, one, entry(1, title="", author="A. Writer", categories=("policy",)))
    full = entry("x", link=ONE, title="The headline", content="<p>All</p><p>of it.</p>", language="en")
    database.call(poll, two, full)

    (waiting,) = database.read(articles.waiting, NOW, per_site=9, limit=9)

    known = database.read(articles.feed_knowledge, waiting.id, NOW)

    assert (known.title, known.author, known.language) == ("The headline", "A. Writer", "en")
    assert known.content.split() == ["All", "of", "it."]
    assert (known.categories, known.published_at) == (("policy",), NOW - HOUR)


def test_a_feed_of_the_pages_own_site_names_its_outlet_and_an_aggregator_does_not(database):
    database.call(poll_titled, "https://aggregator.example.net/feed", "All the news", entry("x", link=ONE))
    (waiting,) = database.read(articles.waiting, NOW, per_site=9, limit=9)
    assert database.read(articles.feed_knowledge, waiting.id, NOW).outlet == ""

    database.call(poll_titled, "https://news.example.org/feed.xml", "The Outlet", entry(1))

    assert database.read(articles.feed_knowledge, waiting.id, NOW).outlet == "The Outlet"


def poll_titled(tx, url, title, *entries):
    feed = add(tx, url)
    feeds.record_poll(tx, feed, change(feed, title=title), document(*entries), NOW, CYCLE)


def test_a_page_that_was_read_waits_no_more_and_one_that_failed_waits_for_its_time(database):
    database.call(poll, database.call(add), entry(1), entry(2))
    database.call(read, ONE)
    failed = page("", status=BodyStatus.FAILED, next_try_at=NOW + HOUR)
    database.call(pages.record_body, database.read(article_of, TWO), failed, NOW, CYCLE)

    assert database.read(articles.waiting, NOW, per_site=9, limit=9) == []
    assert database.read(articles.count_waiting, NOW) == 0
    (waiting,) = database.read(articles.waiting, NOW + HOUR, per_site=9, limit=9)
    assert (waiting.url, waiting.tries) == (TWO, 1)


def test_a_person_can_have_a_page_read_again(database):
    database.call(poll, database.call(add), entry(1))
    stored = database.call(read, ONE)

    database.call(articles.ask_again, stored.article_id, NOW)

    assert len(database.read(articles.waiting, NOW, per_site=9, limit=9)) == 1


def test_an_article_is_found_under_any_spelling_of_any_address(database):
    database.call(poll, database.call(add), entry(1))
    final = "https://news.example.org/2026/story-1"
    stored = database.call(read, ONE, addresses=((ONE, "listed"), (final, "canonical")))

    for url in (ONE, ONE.upper().replace("STORY", "story"), final + "?utm_source=x#top"):
        assert database.read(articles.find_article, url).id == stored.article_id
    assert database.read(articles.find_article, "https://news.example.org/never") is None
    found = database.read(articles.find_article, ONE)
    assert [(address.address, address.kind) for address in found.addresses] == [
        (final, "canonical"),
        (ONE, "listed"),
    ]
    assert found.canonical_url == final


def test_articles_are_listed_newest_first_and_narrowed(database):
    feed, other = database.call(add), database.call(add, "https://other.example.org/feed")
    database.call(poll, feed, entry(1, published_at=NOW - DAY), entry(2, published_at=NOW - 2 * DAY))
    database.call(poll, other, entry("x", link="https://other.example.org/x", published_at=None))
    database.call(flag, ONE)
    x = "https://other.example.org/x"

    def urls(**narrowed):
        return [article.url for article in database.read(articles.list_articles, **narrowed)]

    assert urls() == [x, ONE, TWO]
    assert urls(limit=1) == [x]
    assert urls(since=NOW - 30 * HOUR) == [x, ONE]
    assert urls(status="full") == [ONE]
    assert urls(feed=other.url) == [x]
    assert urls(feed="https://never.example.org/") == []
    assert urls(flagged=True) == urls(topic=TOPIC) == [ONE]
    assert urls(flagged=True, topic="another") == []


def test_text_is_the_body_else_what_the_feed_said_else_none(database):
    said = entry(2, content="<p>From the feed.</p>")
    nothing = entry(3, summary="")
    database.call(poll, database.call(add), entry(1), said, nothing)
    database.call(read, ONE, text="The body.")

    found = {article.url: article for article in database.read(articles.list_articles, with_text=True)}

    assert (found[ONE].text, found[ONE].text_from) == ("The body.", "body")
    assert (found[TWO].text.strip(), found[TWO].text_from) == ("From the feed.", "feed")
    assert (found[nothing.link].text, found[nothing.link].text_from) == ("", "none")
    assert database.read(articles.find_article, ONE).text_from is None


def test_an_article_carries_its_current_verdicts(database):
    database.call(poll, database.call(add), entry(1))
    stored = database.call(flag, ONE)
    weaker = verdict(0.1, topic="second")
    database.call(verdicts.record_verdict, stored.article_id, 1, weaker, NOW)

    found = database.read(articles.find_article, ONE)

    assert [(each.topic, each.score) for each in found.verdicts] == [(TOPIC, 0.9), ("second", 0.1)]
    assert found.verdicts[0].why == "open weights in the title"
    assert found.verdicts[0].reasons[0]["terms"] == ["open weights"]
    assert found.story is not None


def test_a_page_never_seen_belongs_to_the_feeds_of_its_site(database):
    database.call(add)

    assert database.read(articles.feeds_of_site, "https://news.example.org/never") == [
        "https://news.example.org/feed.xml"
    ]
    assert database.read(articles.feeds_of_site, "https://other.example.org/never") == []
    assert database.read(articles.feeds_of_site, "not an address") == []


def test_raw_pages_go_when_they_are_old(database):
    database.call(poll, database.call(add), entry(1), entry(2))
    database.call(read, ONE, raw=b"one", now=NOW - 20 * DAY)
    database.call(read, TWO, raw=b"two")

    assert database.call(articles.prune_raw, NOW - timedelta(days=14)) == 1
    assert database.call(articles.prune_raw, NOW - timedelta(days=14)) == 0
