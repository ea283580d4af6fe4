from __future__ import annotations

import sqlite3


def flagged(run) -> dict:
    return run("articles", "list", "--flagged", "--json").records[0]


def test_an_article_that_was_read_is_told_from_its_feed_to_its_verdict(run, reading):
    article = flagged(run)

    ran = run("why", article["url"])
    record = run("why", article["url"], "--json").record

    assert ran.code == 0
    for part in ("listed by", "HTTP 200: full", "flagged", "in cycle", "stopped at: flagged"):
        assert part in ran.out
    assert record["seen"] is True
    assert record["id"] == article["id"]
    assert record["listed_by"][0]["feed_url"] == article["feeds"][0]
    assert record["cycle"] == reading.once.record["cycle"]
    assert record["verdicts"][0]["score"] == article["verdicts"][0]["score"]
    assert record["verdicts"][0]["reasons"]


def test_every_address_that_was_seen_gives_the_same_answer(run, reading):
    articles = [one for one in run("articles", "list", "--json").records if len(one["addresses"]) > 1]

    assert articles
    for article in articles:
        for address in article["addresses"]:
            assert run("why", address, "--json").record["id"] == article["id"]


def test_an_article_that_was_not_read_yet_is_pending(run, copied):
    article = flagged(run)
    with sqlite3.connect(copied.folder / "monitor.db") as database:
        database.execute("DELETE FROM verdicts WHERE article_id = ?", (article["id"],))
        database.execute(
            "UPDATE articles SET status = 'pending', read_at = NULL WHERE id = ?", (article["id"],)
        )

    ran = run("why", article["url"])

    assert ran.code == 0
    assert "stopped at: pending" in ran.out
    assert run("why", article["url"], "--json").record["status"] == "pending"


def test_a_feeds_address_is_known_as_one(run, reading):
    feed = run("feeds", "list", "--json").records[0]

    assert run("why", feed["url"], "--json").record == {
        "seen": True,
        "feed": feed["url"],
        "state": feed["state"],
    }
    assert "this is a feed" in run("why", feed["url"]).out


def test_one_never_seen_on_the_site_of_a_feed_names_the_feed(run, reading):
    article = flagged(run)

    ran = run("why", f"{article['site']}/never-listed")
    record = run("why", f"{article['site']}/never-listed", "--json").record

    assert ran.code == 0
    assert "never seen" in ran.out
    assert article["feeds"][0] in ran.out
    assert record["seen"] is False
    assert article["feeds"][0] in record["feeds_of_site"]


def test_one_never_seen_elsewhere_says_that_no_feed_is_there(run, reading):
    for address in ("http://nowhere.example/story", "nonsense"):
        ran = run("why", address)

        assert ran.code == 0
        assert "never seen" in ran.out
        assert "no feed is on" in ran.out
        assert run("why", address, "--json").record["feeds_of_site"] == []


def test_a_feed_that_was_removed_is_still_known(run, fresh):
    fresh.configure(feeds=["https://x.example/feed.xml"])
    run("feeds", "remove", "https://x.example/feed.xml")

    assert "removed" in run("why", "https://x.example/feed.xml").out
    assert run("why", "https://x.example/feed.xml", "--json").record["state"] == "removed"
