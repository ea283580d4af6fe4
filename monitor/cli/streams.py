"""Stdout and stderr as a command-line tool needs them: never closed, never choking on a character.

Text for people may be held back until it is known whether there is trouble: that is what `-q` means.
"""

from __future__ import annotations

import io
import os
import sys
from contextvars import ContextVar
from typing import TextIO

from monitor.errors import ExitCode

NOBODY_READS = 128 + 13  # as a shell says it of SIGPIPE

_held: ContextVar[io.StringIO | None] = ContextVar("held", default=None)


def prepare() -> None:
    """Make both streams usable, whatever the caller did to them."""
    _held.set(None)
    # Closed by the caller (`>&-`): the next file that is opened, a database say, would become stdout.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (open until the end)
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Cron's locale may know ASCII only, and text from the web holds any character.
            stream.reconfigure(errors="backslashreplace")


def hold_back() -> None:
    """Keep text for people until `finish`; records and exports are not held back."""
    _held.set(io.StringIO())


def for_people() -> TextIO:
    """Where text for people goes."""
    held = _held.get()
    return sys.stdout if held is None else held


def finish(code: int) -> int:
    """Say what was held back if the code tells of trouble, and flush; the code to leave with."""
    held = _held.get()
    try:
        if held is not None and code:
            sys.stdout.write(held.getvalue())
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return code or NOBODY_READS
    except OSError as error:
        _discard_output()
        print(f"monitor: the output cannot be written: {error.strerror}", file=sys.stderr)
        return ExitCode.CANNOT_WORK
    return code


def _discard_output() -> None:
    """What is still buffered goes nowhere: Python would complain of it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
