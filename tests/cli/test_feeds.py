from __future__ import annotations

from pathlib import Path

import pytest

FEED = """<rss version="2.0"><channel><title>Harbour</title><link>https://x.example/</link>
<item><title>One</title><link>https://x.example/1</link></item></channel></rss>"""


def urls(run) -> list[str]:
    return [record["url"] for record in run("feeds", "list", "--json").records]


@pytest.fixture
def feed(server) -> str:
    return server.page("/feed.xml", FEED, content_type="application/rss+xml")


# ---- add


def test_a_feeds_own_address_is_added_once(run, fresh, feed):
    first, second = run("feeds", "add", feed, "--json"), run("feeds", "add", feed, "--json")

    assert first.record == {"url": feed, "added": True}
    assert second.record == {"url": feed, "added": False}
    assert urls(run) == [feed]


def test_title_and_tags_of_your_own_are_kept(run, fresh, feed):
    run("feeds", "add", feed, "--title", "Mine", "--tag", "press", "--tag", "lang:en")

    (record,) = run("feeds", "list", "--json").records
    assert (record["title"], record["tags"]) == ("Mine", ["press", "lang:en"])


def test_a_sites_address_is_enough(run, fresh, server, feed):
    link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    home = server.page("/", f"<html><head>{link}</head><body>hello</body></html>")

    ran = run("feeds", "add", home)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"added: {feed} (found at {home})\n"
    assert urls(run) == [feed]


def test_a_site_without_a_feed_is_said(run, fresh, server):
    home = server.page("/", "<html><body>hello</body></html>")

    ran = run("feeds", "add", home)

    assert (ran.code, ran.out) == (2, "")
    assert "there is no feed here" in ran.err
    assert urls(run) == []


def test_a_feed_that_does_not_answer_now_is_added_all_the_same(run, fresh, server):
    ran = run("feeds", "add", server.url("/status/503"))

    assert ran.code == 0
    assert "does not answer now" in ran.out
    assert urls(run) == [server.url("/status/503")]


@pytest.mark.parametrize(
    "nonsense", ["nonsense", "ftp://x.example/feed", "http://", "http://a b/", "javascript:x"]
)
def test_nonsense_is_refused(nonsense, run, fresh):
    ran = run("feeds", "add", nonsense)

    assert (ran.code, ran.out) == (2, "")
    assert "is no web address" in ran.err


def test_an_address_inside_is_refused_unless_it_is_allowed(run, fresh, feed):
    fresh.configure(allow_hosts=())

    ran = run("feeds", "add", feed)

    assert ran.code == 2
    assert urls(run) == []


# ---- change


def test_a_feed_can_be_paused_resumed_and_removed(run, fresh, feed):
    run("feeds", "add", feed)

    assert run("feeds", "pause", feed).out == f"paused: {feed}\n"
    assert run("feeds", "list", "--json").records[0]["state"] == "paused"
    assert run("feeds", "resume", feed, "--json").record == {"url": feed, "done": "resumed"}
    assert run("feeds", "list", "--json").records[0]["state"] == "active"
    assert run("feeds", "remove", feed).code == 0
    assert urls(run) == []
    assert run("feeds", "show", feed).code == 2


def test_one_that_was_removed_stays_so_until_it_is_added_again(run, fresh, feed):
    fresh.configure(feeds=[feed])
    assert urls(run) == [feed]

    run("feeds", "remove", feed)
    assert urls(run) == []
    assert run("feeds", "add", feed, "--json").record["added"] is True
    assert urls(run) == [feed]


@pytest.mark.parametrize("command", ["remove", "pause", "resume", "show"])
def test_the_nearest_feed_is_named_where_there_is_no_such_one(command, run, fresh):
    fresh.configure(feeds=["https://x.example/feed.xml"])

    ran = run("feeds", command, "https://x.example/feed.xm")

    assert (ran.code, ran.out) == (2, "")
    assert "did you mean 'https://x.example/feed.xml'?" in ran.err


def test_a_feed_that_moved_is_known_by_all_its_addresses(run, reading):
    moved = next(r for r in run("feeds", "list", "--json").records if r["url"] != r["original_url"])

    assert run("feeds", "show", moved["original_url"], "--json").record["url"] == moved["url"]
    assert run("feeds", "show", moved["url"], "--json").record["url"] == moved["url"]


# ---- import and export


def test_what_is_exported_can_be_imported_again(run, fresh, tmp_path):
    Path("list.txt").write_text("# mine\nhttps://x.example/a.xml\n\nhttps://reader:secret@y.example/b.xml\n")
    assert run("feeds", "import", "list.txt", "--json").record == {"added": 2, "known": 0}
    run("feeds", "add", "http://127.0.0.1:1/down", "--title", "Mine & yours", "--tag", "press")
    exported = run("feeds", "export")
    before = run("feeds", "export", "--json").records
    for record in before:
        run("feeds", "remove", record["url"])

    again = run("feeds", "import", "-", "--json", stdin=exported.out)

    assert again.record == {"added": 3, "known": 0}
    assert run("feeds", "export", "--json").records == before
    assert {"url": "http://127.0.0.1:1/down", "title": "Mine & yours", "tags": ["press"]} in before


def test_an_import_makes_no_request(run, fresh, server):
    Path("list.txt").write_text(server.url("/feed.xml"))

    ran = run("feeds", "import", "list.txt")

    assert (ran.code, ran.out) == (0, "1 added, 0 there already\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("", "names no feed"),
        ("https://x.example/\nnonsense\n", "line 2"),
        ("<opml/>", "names no feed"),
    ],
)
def test_a_list_that_cannot_be_used_changes_nothing(content, said, run, fresh):
    if content is not None:
        Path("list.txt").write_text(content)

    ran = run("feeds", "import", "list.txt")

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "list.txt" in ran.err
    assert urls(run) == []


# ---- look


def test_show_tells_of_each_poll(run, reading):
    failing = next(r for r in run("feeds", "list", "--json").records if r["failures"])

    record = run("feeds", "show", failing["url"], "--json").record
    text = run("feeds", "show", failing["url"]).out

    assert record["state"] == "backing_off"
    assert record["attempts"][0]["outcome"] == "failed"
    assert record["attempts"][0]["status"] == 500
    assert "500" in record["last_error"]
    assert "next poll reason" in text


def test_the_list_can_be_read_on_eighty_columns(run, reading, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    lines = run("feeds", "list").out.splitlines()

    assert all(len(line) <= 80 for line in lines)
    for record in run("feeds", "list", "--json").records:
        assert any(record["url"] in line for line in lines)
        assert any(line.startswith(record["state"]) for line in lines)


def test_without_feeds_the_list_says_how_to_get_one(run, fresh):
    assert run("feeds", "list").out == "there are no feeds yet: `monitor feeds add URL` adds one\n"
    assert run("feeds", "list", "--json").out == ""


# ---- secrets

SECRET = "https://reader:hidden-word@x.example/feed?token=hidden-word"


def test_a_password_in_a_feeds_address_is_never_shown(run, fresh):
    fresh.configure(feeds=[SECRET])
    (record,) = run("feeds", "list", "--json").records

    ran = [
        run("feeds", "list"),
        run("feeds", "list", "--json"),
        run("feeds", "show", SECRET),
        run("feeds", "show", SECRET, "--json"),
        run("feeds", "show", "https://nothing:hidden-word@y.example/"),
        run("feeds", "pause", record["url"]),
        run("feeds", "resume", record["url"], "--json"),
        run("feeds", "add", SECRET),
        run("why", SECRET),
        run("why", SECRET, "--json"),
        run("why", "https://x.example/never"),
        run("-v", "doctor"),
        run("-v", "once", "--all"),
        run("digest"),
        run("feeds", "remove", SECRET),
    ]

    assert [one.code for one in ran[:4]] == [0, 0, 0, 0]
    assert all("hidden-word" not in one.out + one.err for one in ran)
    assert record["url"] == "https://***@x.example/feed?token=***"


def test_a_masked_address_may_be_given_back_unless_it_could_be_two(run, fresh):
    fresh.configure(feeds=["https://a:1@x.example/", "https://b:2@x.example/", "https://c:3@y.example/"])

    assert run("feeds", "show", "https://***@y.example/").code == 0
    two = run("feeds", "remove", "https://***@x.example/")
    assert (two.code, "could be one of 2 feeds" in two.err) == (2, True)
