from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.cli import output

WHEN = datetime(2026, 11, 25, 7, 0, 30, 999, tzinfo=UTC)


def test_a_record_is_one_line_with_times_in_utc(printed):
    assert printed(output.print_record, {"at": WHEN, "name": "Zürich", "none": None}) == (
        '{"at": "2026-11-25T07:00:30Z", "name": "Zürich", "none": null}\n'
    )


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_a_record_is_the_same_in_every_encoding(printed, encoding):
    record = {"text": "Zürich 東京 \U0001f600 \ud800 \u2028 \x1b[31m \x9b31m \u202e"}

    line = printed(output.print_record, record, encoding=encoding)

    assert json.loads(line) == record
    assert line.splitlines() == [line.rstrip("\n")]
    assert not set(line) & {"\x1b", "\x9b", "\u2028", "\u202e"}


def test_text_for_people_loses_what_would_steer_a_terminal(printed):
    text = printed(output.say, "a\x1b[31mb\x07c\x9b1md [red]e[/red]")
    table = printed(output.print_table, ("#n", "title"), [(1, "a\x1b[31mb\x07c [red]")])

    assert text == "abcd [red]e[/red]\n"
    assert "abc [red]" in table
    assert "\x1b" not in table


def test_a_long_line_is_left_whole(printed):
    assert printed(output.say, "x" * 300) == "x" * 300 + "\n"


def test_only_the_last_column_of_a_table_goes_on_in_a_next_line(printed):
    rows = [("2026-11-25 09:00", 12, "open-source-ai-policy", "a long headline " * 6)]

    lines = printed(output.print_table, ("when", "#count", "topic", "headline"), rows).splitlines()

    assert all(len(line) <= 80 for line in lines)
    assert lines[2].startswith("2026-11-25 09:00     12  open-source-ai-policy  a long headline")
    assert len(lines) > 3


def test_an_empty_table_may_say_so_instead(printed):
    assert printed(output.print_table, ("a", "b"), [], empty="there are none") == "there are none\n"


def test_fields_stand_in_one_column(printed):
    record = {"url": "https://x.example/", "last_error": None, "tags": [], "attempts": [1]}

    assert printed(output.say_fields, record, leave_out=("attempts",)) == (
        "url:        https://x.example/\nlast error: –\ntags:       –\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ("", "–"),
        ([], "–"),
        (("a", "b"), "a, b"),
        (0.5, "0.5"),
        (0.123456, "0.1235"),
        (0, "0"),
        (WHEN, f"{WHEN.astimezone():%Y-%m-%d %H:%M}"),
    ],
)
def test_a_cell_shows_nothing_as_a_dash_and_times_to_the_minute(value, text):
    assert output.shown(value) == text


def test_an_address_in_a_command_survives_the_shell():
    assert output.as_word("https://x.example/?a=1&b=2") == "'https://x.example/?a=1&b=2'"
    assert output.as_word("https://x.example/") == "https://x.example/"
