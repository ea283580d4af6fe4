"""Keys: what identifies an entry in its feed, and which entries are one."""

from __future__ import annotations

from monitor.intake.keys import identified
from monitor.model.feed import Entry, EntryKey, KeyKind


def entry(id: str | None = None, link: str | None = None, title: str = "T", **fields: str) -> Entry:
    return Entry(keys=(), id=id, link=link, title=title, **fields)  # type: ignore[arg-type]


def keys(*entries: Entry, also_listed: frozenset[str] = frozenset()) -> list[list[tuple[KeyKind, str]]]:
    return [[(key.kind, key.value) for key in e.keys] for e in identified(entries, also_listed=also_listed)]


ONE, TWO = "https://example.org/1", "https://example.org/2"


def test_an_entry_is_known_by_guid_and_canonical_link() -> None:
    assert keys(entry(" tag:1 ", ONE + "?utm_source=rss#top")) == [
        [(KeyKind.GUID, "tag:1"), (KeyKind.LINK, ONE)]
    ]


def test_a_guid_that_several_entries_share_identifies_none_of_them() -> None:
    assert keys(entry("same", ONE), entry("same", TWO)) == [[(KeyKind.LINK, ONE)], [(KeyKind.LINK, TWO)]]


def test_a_link_that_several_entries_share_identifies_none_of_them() -> None:
    assert keys(entry("1", ONE), entry("2", ONE)) == [[(KeyKind.GUID, "1")], [(KeyKind.GUID, "2")]]


def test_a_guid_shared_with_an_entry_that_was_cut_identifies_neither() -> None:
    assert keys(entry("same", ONE), also_listed=frozenset(["same"])) == [[(KeyKind.LINK, ONE)]]


def test_without_guid_and_link_title_and_date_identify() -> None:
    first, second = keys(entry(title="A", published_claimed="Mon"), entry(title="A", published_claimed="Tue"))

    assert first[0][0] is second[0][0] is KeyKind.TITLE_DATE
    assert first != second
    assert first == keys(entry(title="A", published_claimed="Mon", summary="changed"))[0]


def test_without_a_date_the_text_identifies_too() -> None:
    first, second = keys(entry(title="Daily", summary="a"), entry(title="Daily", summary="b"))

    assert first != second


def test_only_what_equals_an_earlier_entry_in_everything_is_dropped() -> None:
    entries = [entry("1", ONE), entry("1", ONE), entry("1", ONE, title="Other")]

    assert [e.title for e in identified(entries)] == ["T", "Other"]


def test_two_entries_alike_keep_the_hash_of_the_first() -> None:
    alike = [entry("1", raw_hash="a"), entry("1", raw_hash="b")]

    (one,) = identified(alike)

    assert one.raw_hash == "a"
    assert one.keys == (EntryKey(kind=KeyKind.GUID, value="1"),)
