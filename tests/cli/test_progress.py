from __future__ import annotations

import io
import sys

import pytest

from monitor.cli.progress import BarProgress, progress_for
from monitor.cli.session import Globals
from monitor.work.tools import Progress


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "options", "bars"),
    [
        (Terminal(), Globals(), True),
        (Terminal(), Globals(json=True), True),
        (Terminal(), Globals(quiet=True), False),
        (io.StringIO(), Globals(), False),
    ],
    ids=["terminal", "terminal, json", "terminal, quiet", "file"],
)
def test_bars_are_drawn_only_where_a_person_watches(stream, options, bars, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)

    with progress_for(options) as progress:
        progress.begin("articles", 2)
        progress.advance()
        progress.advance()

    assert isinstance(progress, BarProgress) is bars
    assert ("articles" in stream.getvalue()) is bars


def test_progress_without_anybody_says_nothing(capsys):
    progress = Progress()
    progress.begin("articles", 2)
    progress.advance()

    assert capsys.readouterr() == ("", "")
