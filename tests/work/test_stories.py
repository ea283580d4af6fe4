"""An article finds its story in the transaction that stores its body."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection
from support.rows import NOW, add, article_of, entry, page, poll

from monitor.store import articles, pages
from monitor.store.engine import Database
from monitor.work.stories import SAME_REPORT_WITHIN, place_in_story

WIRE = "The ferry terminal stays open, the council says, and so does the pier behind the market hall. " * 8


def listed(tx: Connection, *links: str) -> list[int]:
    entries = [entry(link, link=link, title="Terminal stays open") for link in links]
    poll(tx, add(tx), *entries)
    return [article_of(tx, link) for link in links]


def read(tx: Connection, article: int, text: str, at: timedelta = timedelta(0)) -> None:
    pages.record_body(tx, article, page(text), NOW + at, None)
    place_in_story(tx, article, NOW + at)


def stories_of(tx: Connection, *ids: int) -> list[tuple[int | None, str | None]]:
    found = [articles.get_article(tx, number) for number in ids]
    return [(one.story, one.role) for one in found if one]


def test_the_same_words_elsewhere_are_a_reprint(database: Database) -> None:
    def store(tx: Connection) -> list[tuple[int | None, str | None]]:
        ids = listed(tx, "https://a.example/wire", "https://b.example/wire", "https://c.example/own")
        for number, text in zip(ids, (WIRE, WIRE, "Quite another report. " * 40), strict=True):
            read(tx, number, text)
        return stories_of(tx, *ids)

    first, second, other = database.call(store)

    assert first == (second[0], "original")
    assert second[1] == "reprint"
    assert other[0] != first[0]
    assert other[1] is None


def test_words_of_long_ago_are_another_story(database: Database) -> None:
    def store(tx: Connection) -> list[tuple[int | None, str | None]]:
        ids = listed(tx, "https://a.example/wire", "https://b.example/wire")
        read(tx, ids[0], WIRE)
        read(tx, ids[1], WIRE, SAME_REPORT_WITHIN + timedelta(days=1))
        return stories_of(tx, *ids)

    first, second = database.call(store)

    assert first[0] != second[0]
    assert (first[1], second[1]) == (None, None)


def test_an_article_that_is_read_again_stays_in_its_story(database: Database) -> None:
    def store(tx: Connection) -> list[tuple[int | None, str | None]]:
        (number,) = listed(tx, "https://a.example/wire")
        read(tx, number, WIRE)
        before = stories_of(tx, number)
        read(tx, number, WIRE + "And more of it.")
        return before + stories_of(tx, number)

    before, after = database.call(store)

    assert before == after
