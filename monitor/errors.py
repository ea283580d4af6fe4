"""What a person must mend: what happened, where, and what to do. The class carries the exit code.

What the world does (a 503, a paywall, a bounced mail) is a value in `monitor.model`, never one of these.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to cron and to scripts."""

    DONE = 0
    NEEDS_PERSON = 1  # done, but a delivery, a feed, a disk needs somebody
    USAGE = 2  # the command line or the configuration is wrong
    CANNOT_WORK = 3  # no usable database, or every due feed failed
    LOCKED = 75  # another process holds the lock (EX_TEMPFAIL: try again later)


class MonitorError(Exception):
    """The root of all errors that are meant for a person.

    MonitorError
    ├── UsageError     2   a command line, a file given to a command
    │   └── ConfigError 2  the configuration file or environment
    ├── DatabaseError  3   missing, unreachable, of another schema, not a database
    └── LockHeld      75   another process is at it
    """

    exit_code = ExitCode.CANNOT_WORK

    def __init__(self, what: str, where: str = "", mend: str = "") -> None:
        super().__init__(what, where, mend)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f"; {self.mend}" if self.mend else ""
        return f"{place}{self.what}{mend}"


class UsageError(MonitorError):
    """A command was given something that it cannot use."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """The configuration is wrong; `where` names file, section and key."""


class DatabaseError(MonitorError):
    """The database cannot be used as it is."""

    exit_code = ExitCode.CANNOT_WORK


class LockHeld(MonitorError):
    """Another process holds the lock; trying again later is fine."""

    exit_code = ExitCode.LOCKED
