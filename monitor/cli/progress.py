"""A progress bar on stderr while a person watches; silence otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from monitor.cli.session import Globals
from monitor.work.tools import Progress


class BarProgress(Progress):
    """One bar a step."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._current: TaskID | None = None

    def begin(self, step: str, total: int) -> None:
        self._current = self._bars.add_task(step, total=total)

    def advance(self) -> None:
        if self._current is not None:
            self._bars.advance(self._current)


@contextmanager
def progress_for(options: Globals) -> Iterator[Progress]:
    """Bars where stderr is a terminal and nobody asked for silence."""
    if options.quiet or not sys.stderr.isatty():
        yield Progress()
        return
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield BarProgress(bars)
