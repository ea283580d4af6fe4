"""Printing: tables and colours for people, JSON Lines for programs. No command's logic is here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.words import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Wide enough for a table's columns where stdout is a pipe or a file and knows no width.
PIPE_WIDTH = 160


def print_record(record: Mapping[str, Any]) -> None:
    """One record, one line, flushed: the reader may be waiting for it."""
    print(json.dumps(record, ensure_ascii=False, default=iso), flush=True)


def print_records(records: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines."""
    for record in records:
        print(json.dumps(record, ensure_ascii=False, default=iso))


def iso(value: Any) -> str:
    """Times as ISO 8601 UTC with a Z, everything else as its text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


def console(stderr: bool = False) -> Console:
    """Where people read; web text reaches it only through `clean` and never as markup."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> None:
    """A plain table; a value is cleaned of control characters and shown as it is."""
    console().print(table(columns, rows, title=title))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> Table:
    """The table itself, for those who print it elsewhere."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", header_style="bold"
    )
    for name in columns:
        numeric = name.startswith("#")
        drawn.add_column(name.lstrip("#"), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*[cell if isinstance(cell, Text) else Text(clean(shown(cell))) for cell in row])
    return drawn


def say(text: str = "", *, style: str = "") -> None:
    """One line for a person, on stdout."""
    from rich.text import Text

    console().print(Text(clean(text), style=style), soft_wrap=True)


def shown(value: Any) -> str:
    """A cell's text: times in the machine's zone to the minute, None as a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple, frozenset, set)):
        return ", ".join(map(str, value))
    return str(value)


def in_zone(moment: datetime, zone: str) -> str:
    """'Wed 25 Nov 07:00' where the reader is."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"
