from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from support.rows import CYCLE, DAY, HOUR, NOW, TOPIC, add, article_of, entry, flag, page, poll, read, verdict

from monitor.model.article import BodyStatus
from monitor.store import articles, labels, pages, stories, verdicts
from monitor.store.engine import open_database
from monitor.store.schema import raw_pages, revisions

ONE, TWO = entry(1).link, entry(2).link
FINAL = "https://news.example.org/final"


@pytest.fixture
def listed(database):
    """A feed with two articles, neither read yet."""
    database.call(poll, database.call(add), entry(1), entry(2))
    return database


def bodies(tx, article_id):
    query = select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.number)
    return [(row.number, row.text) for row in tx.execute(query)]


def test_a_body_is_stored_with_all_that_was_learnt(listed):
    article = page(author="A. Writer", language="en", evidence=("long enough",))
    stored = listed.call(pages.record_body, listed.read(article_of, ONE), article, NOW, CYCLE)

    assert stored.revision == 1
    found = listed.read(articles.find_article, ONE, with_text=True)
    assert (found.status, found.method, found.tries) == ("full", "trafilatura", 1)
    assert (found.author, found.language, found.outlet) == ("A. Writer", "en", "Example News")
    assert (found.status_evidence, found.read_at, found.http_status) == (("long enough",), NOW, 200)
    assert (found.text, found.next_try_at, found.cycle) == (article.article.text, None, CYCLE)


def test_the_feeds_headline_stays_and_the_page_fills_what_the_feed_left_out(database):
    bare = entry(1, title="", author=None, published_at=None, published_claimed=None)
    database.call(poll, database.call(add), bare, entry(2))
    for url in (ONE, TWO):
        database.call(read, url, title="The page's", author="B. Writer", published_on=date(2026, 11, 20))

    one, two = database.read(articles.find_article, ONE), database.read(articles.find_article, TWO)
    assert (one.title, one.author) == ("The page's", "B. Writer")
    assert (one.published_at, one.published_source) == (datetime(2026, 11, 20, tzinfo=UTC), "page")
    assert one.published_claimed == "2026-11-20"
    assert (two.title, two.published_at, two.published_source) == ("Story 2", NOW - HOUR, "feed")


def test_the_same_text_again_is_no_new_revision_and_another_one_is(listed):
    first = listed.call(read, ONE, text="First.")
    again = listed.call(read, ONE, text="First.")
    second = listed.call(read, ONE, text="Second.")

    assert (first.revision, again.revision, second.revision) == (1, 1, 2)
    assert listed.read(bodies, first.article_id) == [(1, "First."), (2, "Second.")]


def test_an_article_keeps_its_body_when_a_later_visit_brings_none(listed):
    listed.call(read, ONE, text="The body.")
    stored = listed.call(
        read, ONE, text="", status=BodyStatus.BLOCKED, error="a bot wall", next_try_at=NOW + DAY
    )

    found = listed.read(articles.find_article, ONE, with_text=True)
    assert (found.status, found.text, found.error) == ("full", "The body.", "a bot wall")
    assert (stored.revision, found.tries, found.next_try_at) == (1, 2, NOW + DAY)


def test_a_visit_without_a_body_has_revision_zero(listed):
    stored = listed.call(read, ONE, text="", status=BodyStatus.PAYWALL)

    assert stored.revision == 0
    assert listed.read(articles.find_article, ONE).status == "paywall"


def test_the_raw_page_is_kept_beside_the_body(listed):
    stored = listed.call(read, ONE, raw=b"\x28\xb5\x2f\xfd", content_type="text/html")

    row = listed.read(lambda tx: tx.execute(select(raw_pages)).one())
    assert (row.article_id, row.number, row.body) == (stored.article_id, 1, b"\x28\xb5\x2f\xfd")


def test_two_articles_that_lead_to_one_address_become_one(listed):
    first = listed.call(flag, ONE)
    listed.call(read, ONE, addresses=((FINAL, "final"),))
    second = listed.call(read, TWO, addresses=((FINAL, "final"),), text="The same page, a day later.")

    assert second.article_id == first.article_id
    (found,) = listed.read(articles.list_articles, with_text=True)
    assert {address.address for address in found.addresses} == {ONE, TWO, FINAL}
    assert len(listed.read(articles.listings, found.id)) == 2
    assert (len(found.merged), found.text) == (1, "The same page, a day later.")
    assert listed.read(articles.get_article, found.merged[0]).id == found.id
    assert listed.read(articles.waiting, NOW + DAY, per_site=9, limit=9) == []


def test_the_older_article_wins_and_takes_body_verdicts_and_labels_of_the_younger(listed):
    younger = listed.call(flag, TWO)
    listed.call(labels.set_label, younger.article_id, TOPIC, True, NOW)
    story = listed.read(articles.find_article, TWO).story

    older = listed.read(article_of, ONE)
    stored = listed.call(pages.record_body, older, page("", addresses=((TWO, "final"),)), NOW, CYCLE)

    assert (stored.article_id, stored.revision) == (older, 1)
    found = listed.read(articles.find_article, TWO, with_text=True)
    assert (found.id, found.status, found.story, found.text_from) == (older, "full", story, "body")
    assert [each.score for each in found.verdicts] == [0.9]
    assert [label.relevant for label in listed.read(labels.labels_of, older)] == [True]
    assert [member.article_id for member in listed.read(stories.members, story)] == [older]


def test_merging_keeps_all_bodies_and_verdicts_and_one_current_verdict(listed):
    one, two = listed.call(flag, ONE, 0.8), listed.call(flag, TWO, 0.9)
    for stored in (one, two):
        listed.call(verdicts.record_verdict, stored.article_id, 0, verdict(0.3, version="v0"), NOW - DAY)
        listed.call(verdicts.record_verdict, stored.article_id, 1, verdict(version="v1"), NOW)
    listed.call(read, TWO, text="Another text.")

    listed.call(pages.merge_articles, two.article_id, one.article_id)

    assert [number for number, _ in listed.read(bodies, one.article_id)] == [1, 2, 3]
    kept = listed.read(verdicts.all_verdicts, one.article_id)
    assert sorted((each.revision, each.topic_version) for each in kept) == [(0, "v0"), (1, "v1"), (2, "v1")]
    assert [each.score for each in kept if each.current] == [0.8]
    assert listed.read(verdicts.all_verdicts, two.article_id) == []


def test_the_winners_label_stays(listed):
    one, two = listed.read(article_of, ONE), listed.read(article_of, TWO)
    listed.call(labels.set_label, one, TOPIC, False, NOW)
    listed.call(labels.set_label, two, TOPIC, True, NOW)
    listed.call(labels.set_label, two, "second", True, NOW)

    listed.call(pages.merge_articles, two, one)

    assert {label.topic: label.relevant for label in listed.read(labels.labels_of, one)} == {
        TOPIC: False,
        "second": True,
    }


def test_an_alias_of_an_alias_leads_to_the_last_one(database):
    database.call(poll, database.call(add), entry(1), entry(2), entry(3))
    one, two, three = (database.read(article_of, entry(n).link) for n in (1, 2, 3))

    database.call(pages.merge_articles, three, two)
    database.call(pages.merge_articles, two, one)

    assert database.read(articles.get_article, three).id == one
    assert set(database.read(articles.get_article, one).merged) == {two, three}


def test_a_body_for_an_article_that_was_merged_meanwhile_goes_to_the_winner(listed):
    one, two = listed.read(article_of, ONE), listed.read(article_of, TWO)
    listed.call(pages.merge_articles, two, one)

    stored = listed.call(pages.record_body, two, page(), NOW, CYCLE)

    assert (stored.article_id, stored.revision) == (one, 1)


def test_the_publishers_name_is_the_host_where_nobody_says_another(listed):
    listed.call(read, ONE, site_name=None)

    assert listed.read(articles.find_article, ONE).outlet == "news.example.org"


def test_a_page_costs_the_same_however_many_are_stored(tmp_path, sqlite_template):
    """In SQLite's own steps, which no machine's load changes."""
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())
    with open_database(f"sqlite:///{tmp_path}/monitor.db") as database:
        database.call(poll, database.call(add), *(entry(number) for number in range(306)))
        links = [entry(number).link for number in range(306)]

        few = database.call(steps, visited_judged_and_merged, *links[:3])
        for link in links[6:]:
            database.call(flag, link)
        many = database.call(steps, visited_judged_and_merged, *links[3:6])

    assert many < 1.2 * few


def steps(tx, work, *args):
    count = 0

    def tick():
        nonlocal count
        count += 1

    connection = tx.connection.dbapi_connection
    connection.set_progress_handler(tick, 1)
    work(tx, *args)
    connection.set_progress_handler(None, 1)
    return count


def visited_judged_and_merged(tx, one, two, three):
    """Three pages read, one judged by another version and back, one proved to be another."""
    for url, version in ((one, "v1"), (two, "v1"), (three, "v1"), (one, "v2"), (one, "v1")):
        flag(tx, url, version=version)
    read(tx, three, addresses=((one, "final"),))
