from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rows import CYCLE, DAY, HOUR, NOW, add, article_of, change, document, entry, poll

from monitor.model.feed import EntryKey, KeyKind
from monitor.store import articles, feeds
from monitor.store.engine import open_database
from monitor.store.entries import plausible

OTHER = "https://other.example.org/feed"


def adds_up(polled):
    return polled.new == polled.of_new_articles + polled.of_known_articles + polled.without_page


def test_a_new_entry_makes_a_pending_article(database):
    feed = database.call(add)

    polled = database.call(poll, feed, entry(1, author="A. Writer", language="en"))

    assert (polled.of_new_articles, polled.of_known_articles, polled.without_page) == (1, 0, 0)
    (article,) = database.read(articles.list_articles)
    assert (article.status, article.title, article.author) == ("pending", "Story 1", "A. Writer")
    assert (article.published_at, article.published_source) == (NOW - HOUR, "feed")
    assert (article.feeds, article.site) == ((feed.url,), "https://news.example.org")
    assert (article.story, article.verdicts) == (None, ())


def test_a_known_entry_is_seen_and_not_new(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))

    polled = database.call(poll, feed, entry(1), entry(2), now=NOW + HOUR)

    assert (polled.seen, polled.new) == (2, 1)
    (listing,) = database.read(articles.listings, database.read(article_of, entry(1).link))
    assert (listing.first_seen_at, listing.last_listed_at) == (NOW, NOW + HOUR)


def test_any_key_makes_an_entry_known(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))
    other_guid = EntryKey(kind=KeyKind.GUID, value="renamed")
    same_link = EntryKey(kind=KeyKind.LINK, value=entry(1).link)

    renamed = database.call(poll, feed, entry(1, keys=(other_guid, same_link)))
    by_its_new_name = database.call(poll, feed, entry(1, keys=(other_guid,)))

    assert (renamed.new, by_its_new_name.new) == (0, 0)
    assert database.read(feeds.stored_feeds)[0].entries == 1


def test_items_that_the_cutter_left_out_are_seen_as_known(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1), entry(2))
    cut = (entry(1).raw_hash, entry(2).raw_hash)

    polled = database.call(poll, feed, entry(3), known_hashes=cut, now=NOW + HOUR)

    assert (polled.seen, polled.new) == (3, 1)
    (listing,) = database.read(articles.listings, database.read(article_of, entry(1).link))
    assert listing.last_listed_at == NOW + HOUR


def test_an_item_that_was_cut_in_one_feed_is_not_listed_by_another_for_that(database):
    one, two = database.call(add), database.call(add, OTHER)
    for feed in (one, two):
        database.call(poll, feed, entry(1))

    database.call(poll, two, known_hashes=(entry(1).raw_hash,), now=NOW + HOUR)

    listings = database.read(articles.listings, database.read(article_of, entry(1).link))
    assert [listing.last_listed_at for listing in listings] == [NOW, NOW + HOUR]


def test_one_link_in_two_feeds_is_one_article(database):
    one, two = database.call(add), database.call(add, OTHER)
    database.call(poll, one, entry(1))

    polled = database.call(poll, two, entry("x", link=entry(1).link + "?utm_source=rss#top"))

    assert (polled.new, polled.of_new_articles, polled.of_known_articles) == (1, 0, 1)
    (article,) = database.read(articles.list_articles)
    assert article.feeds == (one.url, OTHER)
    assert [listing.feed_url for listing in database.read(articles.listings, article.id)] == [one.url, OTHER]


def test_one_link_twice_in_a_document_is_one_new_article_and_one_known(database):
    feed = database.call(add)
    guid = EntryKey(kind=KeyKind.GUID, value="another")

    polled = database.call(poll, feed, entry(1), entry(1, keys=(guid,), id="another"))

    assert (polled.seen, polled.new, polled.of_new_articles, polled.of_known_articles) == (2, 2, 1, 1)


def test_one_entry_twice_in_a_document_counts_once(database):
    feed = database.call(add)

    first = database.call(poll, feed, entry(1), entry(1))
    second = database.call(poll, feed, entry(1), entry(1))

    assert (first.seen, first.new) == (1, 1)
    assert (second.seen, second.new) == (1, 0)


def test_an_entry_without_a_link_is_an_article_of_its_own_text(database):
    feed = database.call(add)

    polled = database.call(poll, feed, entry(1, link=None), entry(2, link=None))

    assert (polled.new, polled.without_page) == (2, 2)
    found = database.read(articles.find_article, f"entry:{feed.id}/guid-1")
    assert (found.status, found.site, found.canonical_url) == ("pending", "", None)
    waiting = database.read(articles.waiting, NOW, per_site=1, limit=10)
    assert [article.url for article in waiting] == [f"entry:{feed.id}/guid-2", f"entry:{feed.id}/guid-1"]


def test_a_link_that_cannot_be_an_address_counts_as_none(database):
    feed = database.call(add)

    polled = database.call(poll, feed, entry(1, link="https://news.example.org/" + "x" * 3000))

    assert (polled.new, polled.without_page) == (1, 1)


def test_a_changed_entry_is_stored_as_it_is_now(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))

    polled = database.call(poll, feed, entry(1, title="Corrected", content="<p>All of it.</p>"))

    assert polled.new == 0
    (waiting,) = database.read(articles.waiting, NOW, per_site=9, limit=9)
    known = database.read(articles.feed_knowledge, waiting.id, NOW)
    assert (known.title, known.content) == ("Corrected", "All of it.")
    changed = entry(1, title="Corrected", content="<p>All of it.</p>")
    assert database.read(feeds.known_hashes, feed.id, [changed.raw_hash]) == {changed.raw_hash}


def test_a_known_entry_with_a_new_link_leads_to_the_same_article(database):
    feed = database.call(add)
    database.call(poll, feed, entry(1))

    database.call(poll, feed, entry(1, link="https://news.example.org/story-1-updated"))

    old, new = (
        database.read(article_of, url) for url in (entry(1).link, "https://news.example.org/story-1-updated")
    )
    assert old == new


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        pytest.param(NOW - DAY, NOW - DAY, id="a date"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), None, id="zero"),
        pytest.param(datetime(2099, 1, 1, tzinfo=UTC), None, id="far ahead"),
        pytest.param(NOW + 2 * HOUR, NOW, id="a clock that is fast"),
        pytest.param(None, None, id="none"),
    ],
)
def test_a_date_is_kept_as_far_as_it_can_be_believed(claimed, kept):
    assert plausible(claimed, NOW) == kept


@given(st.datetimes(timezones=st.just(UTC)))
def test_no_date_is_ever_in_the_future(claimed):
    kept = plausible(claimed, NOW)

    assert kept is None or kept <= NOW


def test_an_implausible_date_is_kept_as_it_was_said(database):
    feed = database.call(add)
    claim = {"published_at": datetime(2099, 1, 1, tzinfo=UTC), "published_claimed": "1 January 2099"}
    database.call(poll, feed, entry(1, **claim))

    (article,) = database.read(articles.list_articles)
    assert (article.published_at, article.published_source) == (None, None)
    assert article.published_claimed == "1 January 2099"


def test_old_entries_of_a_new_feed_are_read_but_never_mailed(database):
    feed = database.call(add)
    old = entry(1, published_at=NOW - 30 * DAY)
    since = NOW - 3 * DAY
    database.call(
        feeds.record_poll, feed, change(feed), document(old, entry(2)), NOW, CYCLE, mailable_since=since
    )

    mailable = {article.url: article.mailable for article in database.read(articles.list_articles)}
    assert mailable == {old.link: False, entry(2).link: True}
    assert len(database.read(articles.waiting, NOW, per_site=9, limit=9)) == 2

    other = database.call(add, OTHER)
    database.call(poll, other, entry("x", link=old.link))
    assert database.read(articles.find_article, old.link).mailable is True


def test_what_a_database_cannot_hold_is_left_out(database):
    feed = database.call(add)
    strange = entry(1, title="N\x00ul and \ud800 alone", categories=("a\x00b",), author="\udfff")

    assert database.call(poll, feed, strange).new == 1
    (article,) = database.read(articles.list_articles)
    assert (article.title, article.author) == ("Nul and ? alone", "?")


def test_long_keys_are_told_apart(database):
    feed = database.call(add)
    keys = [(EntryKey(kind=KeyKind.GUID, value="x" * 5000 + str(number)),) for number in range(2)]

    first = database.call(poll, feed, *(entry(n, keys=key, link=None) for n, key in enumerate(keys)))
    again = database.call(poll, feed, *(entry(n, keys=key, link=None) for n, key in enumerate(keys)))

    assert (first.new, again.new, again.seen) == (2, 0, 2)


def test_two_programs_that_poll_at_once_lose_and_double_nothing(database):
    """Eight feeds that list the same forty pages, polled by eight connections at the same moment."""
    subscribed = [database.call(add, f"https://{number}.example.org/feed") for number in range(8)]
    results, start = [], threading.Barrier(8)

    def work(feed, shift):
        listed = [entry(f"{feed.id}-{n}", link=f"https://wire.example.org/{n}") for n in range(40)]
        with open_database(database.url.render_as_string(hide_password=False)) as own:
            start.wait()
            results.append(own.call(poll, feed, *listed[shift:], *listed[:shift]))

    threads = [threading.Thread(target=work, args=(feed, 5 * n)) for n, feed in enumerate(subscribed)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [polled.new for polled in results] == [40] * 8
    assert sum(polled.of_new_articles for polled in results) == 40
    assert all(adds_up(polled) for polled in results)
    stored = database.read(articles.list_articles, limit=None)
    assert sorted(article.url for article in stored) == sorted(
        f"https://wire.example.org/{n}" for n in range(40)
    )
    assert {len(article.feeds) for article in stored} == {8}


def test_one_feed_polled_twice_at_once_stores_each_entry_once(database):
    feed = database.call(add)
    listed = [entry(n) for n in range(30)]
    results, start = [], threading.Barrier(4)

    def work():
        with open_database(database.url.render_as_string(hide_password=False)) as own:
            start.wait()
            results.append(own.call(poll, feed, *listed))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(polled.new for polled in results) == [0, 0, 0, 30]
    assert database.read(feeds.stored_feeds)[0].entries == 30


def test_ten_thousand_new_entries_are_stored_within_seconds(database):
    feed = database.call(add)
    listed = [entry(n) for n in range(10_000)]

    began = datetime.now(UTC)
    polled = database.call(poll, feed, *listed)
    first = datetime.now(UTC) - began
    again = database.call(poll, feed, *listed)

    assert (polled.seen, polled.of_new_articles) == (10_000, 10_000)
    assert (again.seen, again.new) == (10_000, 0)
    # 1.4 s on SQLite and 4.5 s on Postgres, measured on two busy cores; what takes many times that has
    # become quadratic.
    assert first < timedelta(seconds=30)
