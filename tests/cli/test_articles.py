from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import pytest


def listed(run, *options: str) -> list[dict]:
    ran = run("articles", "list", "--json", *options)
    assert ran.code == 0, ran.err
    return ran.records


# ---- list


def test_all_articles_are_listed_newest_first(run, reading):
    records = listed(run)

    moments = [record["published_at"] or record["first_seen_at"] for record in records]
    assert moments == sorted(moments, reverse=True)
    assert len(records) == sum(reading.once.record["articles"].values())


def test_flagged_ones_alone(run, reading):
    records = listed(run, "--flagged")

    assert len(records) == reading.once.record["flagged"]
    assert all(any(verdict["flagged"] for verdict in record["verdicts"]) for record in records)


def test_those_of_one_status(run, reading):
    counts = reading.once.record["articles"]

    for status, count in counts.items():
        assert [r["status"] for r in listed(run, "--status", status)] == [status] * count
    assert listed(run, "--status", "consent", "--flagged") == [
        r for r in listed(run, "--flagged") if r["status"] == "consent"
    ]


def test_those_of_one_feed(run, reading):
    feed = next(f for f in run("feeds", "list", "--json").records if f["url"] != f["original_url"])

    by_new, by_old = listed(run, "--feed", feed["url"]), listed(run, "--feed", feed["original_url"])

    assert by_new == by_old
    assert len(by_new) == feed["entries"]
    assert all(feed["url"] in record["feeds"] for record in by_new)


def test_those_published_since_a_moment(run, reading):
    everything = listed(run)
    newest = datetime.fromisoformat(everything[0]["published_at"])
    since = newest - timedelta(hours=12)

    some = listed(run, "--since", since.isoformat())

    assert some == [
        r for r in everything if datetime.fromisoformat(r["published_at"] or r["first_seen_at"]) >= since
    ]
    assert 0 < len(some) < len(everything)
    assert listed(run, "--since", "2000-01-01") == everything
    assert listed(run, "--since", (newest + timedelta(days=9)).strftime("%Y-%m-%d")) == []


def test_no_more_than_the_limit(run, reading):
    assert listed(run, "--limit", "3") == listed(run)[:3]
    assert listed(run, "--limit", "0") == []


def test_with_their_texts(run, reading):
    for record in listed(run, "--text"):
        assert (record["text_from"] == "none") == (record["text"] == "")
        if record["status"] == "full":
            assert record["text_from"] in ("body", "feed")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--status", "ful"), "did you mean 'full'?"),
        (("--status", "zzz"), "there are pending, full"),
        (("--since", "yesterday"), "write it as 2026-11-25"),
        (("--feed", "http://nowhere.example/feed"), "there is no such feed"),
    ],
)
def test_a_filter_that_fits_nothing_by_mistake_is_said(options, said, run, reading):
    ran = run("articles", "list", *options)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_the_list_for_people_has_title_outlet_and_address_of_each(run, reading):
    text = run("articles", "list", "--flagged").out

    for record in listed(run, "--flagged"):
        assert record["title"] in text
        assert f"    {record['url']}\n" in text
    assert run("articles", "list", "--limit", "0").out == "there are no such articles\n"


# ---- show


def test_an_article_is_shown_by_any_of_its_addresses(run, reading):
    several = next(record for record in listed(run) if len(record["addresses"]) > 1)

    for address in several["addresses"]:
        assert run("articles", "show", address, "--json").record == several


def test_the_record_for_people_has_verdict_and_text(run, reading):
    record = listed(run, "--flagged", "--text")[0]

    ran = run("articles", "show", record["url"], "--text")

    assert ran.code == 0
    assert f"title:{' ' * 13}{record['title']}\n" in ran.out
    assert f"{record['verdicts'][0]['score']:.4f} flagged" in ran.out
    assert record["text"] in ran.out


def test_an_entry_without_a_page_is_an_article_too(run, reading):
    (record,) = [record for record in listed(run) if record["url"].startswith("entry:")]

    assert run("articles", "show", record["url"], "--json").record["id"] == record["id"]


@pytest.mark.parametrize("command", [("show",), ("label", "relevant")])
def test_one_never_seen_is_said(command, run, reading):
    ran = run("articles", command[0], "http://nowhere.example/?a=1&b=2", *command[1:])

    assert (ran.code, ran.out) == (2, "")
    assert "was never seen; `monitor why 'http://nowhere.example/?a=1&b=2'` says more" in ran.err


# ---- label


def test_a_label_is_kept_and_may_be_changed(run, copied):
    url = listed(run, "--limit", "1")[0]["url"]

    first = run("articles", "label", url, "relevant", "--json").record
    run("articles", "label", url, "irrelevant")

    assert (first["topic"], first["relevant"]) == ("open-source-ai-policy", True)
    assert [label["relevant"] for label in run("why", url, "--json").record["labels"]] == [False]


def test_a_label_is_for_a_topic_that_there_is(run, copied):
    url = listed(run, "--limit", "1")[0]["url"]

    ran = run("articles", "label", url, "relevant", "--topic", "open-source-ai-polcy")

    assert ran.code == 2
    assert "did you mean 'open-source-ai-policy'?" in ran.err


# ---- what comes from the web


def test_nothing_from_the_web_steers_the_terminal(run, copied):
    with sqlite3.connect(copied.folder / "monitor.db") as database:
        database.execute("UPDATE articles SET title = ?, outlet = ?", ("a\x1b[31mb\x9bc", "\x07[red]o"))
        url = database.execute("SELECT url FROM articles LIMIT 1").fetchone()[0]

    shown = [
        run("articles", "list"),
        run("articles", "list", "--json"),
        run("articles", "show", url),
        run("why", url),
        run("why", url, "--json"),
        run("digest"),
    ]

    for ran in shown:
        assert ran.code == 0
        assert not set(ran.out) & {"\x1b", "\x9b", "\x07"}
    assert "[red]o" in shown[0].out


def test_the_address_of_an_article_is_shown_as_it_is_but_for_user_info(run, copied):
    odd = "https://reader:hidden@x.example/story/5f3a9c1b2d4e6f708192a3b4?token=abc"
    with sqlite3.connect(copied.folder / "monitor.db") as database:
        known = database.execute("SELECT url FROM articles LIMIT 1").fetchone()[0]
        database.execute("UPDATE articles SET url = ? WHERE url = ?", (odd, known))

    ran = run("articles", "show", known, "--json")

    assert ran.record["url"] == odd.replace("reader:hidden", "***")
    assert run("why", known, "--json").record["url"] == odd.replace("reader:hidden", "***")
    assert "hidden" not in run("articles", "list").out
