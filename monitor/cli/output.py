"""Printing: tables and colours for people, JSON Lines for programs. No command's logic is here."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from monitor.cli.streams import for_people
from monitor.words import clean

if TYPE_CHECKING:
    from rich.console import Console

# Wide enough for a table's columns where stdout is a pipe or a file and knows no width.
PIPE_WIDTH = 160

UTF8 = ("utf-8", "utf8")

# What may move a terminal's cursor, and what some readers of JSON Lines take for the end of a line.
NOT_PLAIN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def print_record(record: Mapping[str, Any]) -> None:
    """One record, one line, flushed: the reader may be waiting for it."""
    print(as_json(record, ascii_only=(sys.stdout.encoding or "").lower() not in UTF8), flush=True)


def as_json(record: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """JSON in one line; characters that act instead of being seen stand as escapes."""
    text = json.dumps(record, ensure_ascii=ascii_only, default=iso)
    return NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_records(records: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines."""
    for record in records:
        print_record(record)


def iso(value: Any) -> str:
    """Times as ISO 8601 UTC with a Z, everything else as its text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


def console() -> Console:
    """Where people read; web text reaches it only through `clean` and never as markup."""
    from rich.console import Console

    stream = for_people()
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(file=stream, width=None if known else PIPE_WIDTH, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "") -> None:
    """A plain table; a value is cleaned of control characters and shown as it is.

    A column named '#...' holds numbers. Only the last column goes on in a next line where the terminal is
    narrow. Without rows, `empty` is said instead where it is given.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold"
    )
    for name in columns:
        justify: Literal["left", "right"] = "right" if name.startswith("#") else "left"
        drawn.add_column(name.lstrip("#"), justify=justify, overflow="fold", no_wrap=name != columns[-1])
    for row in rows:
        drawn.add_row(*[cell if isinstance(cell, Text) else Text(clean(shown(cell))) for cell in row])
    if drawn.row_count or not empty:
        console().print(drawn)
    else:
        say(empty)


def say(text: str = "", *, style: str = "") -> None:
    """Text for a person, on stdout; a long line is left to the terminal to fold, so that it can be copied."""
    from rich.text import Text

    console().print(Text(clean(text), style=style), soft_wrap=True)


def print_document(text: str, *, for_programs: bool) -> None:
    """A whole document as it is; what is for programs or files is not held back by `-q`."""
    print(text, file=sys.stdout if for_programs else for_people())


def say_fields(record: Mapping[str, Any], *, leave_out: Collection[str] = ()) -> None:
    """A record's fields, one a line, their names in one column."""
    names = [name for name in record if name not in leave_out]
    width = max(len(name) for name in names) + 1
    for name in names:
        say(f"{name.replace('_', ' ') + ':':<{width}} {shown(record[name])}")


def as_word(text: str) -> str:
    """A text as one word of a command that a person may copy into a shell."""
    return shlex.quote(clean(text))


def shown(value: Any) -> str:
    """A cell's text: times in the machine's zone to the minute, nothing as a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple, frozenset, set)):
        return ", ".join(map(str, value)) or "–"
    return str(value)
