"""What a database driver raises, in words for a person: what happened, where, and the mend.

Decided by error codes, never by the text of a message.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from monitor.errors import DatabaseError

UPGRADE = "run `monitor db upgrade`"

# By the name of SQLite's (extended) result code; the longest beginning wins.
SQLITE = {
    "SQLITE_BUSY": ("it stayed locked by another program", "end the program that holds it, then try again"),
    "SQLITE_LOCKED": ("it stayed locked by another program", "end the program that holds it, then try again"),
    "SQLITE_NOTADB": ("the file is not an SQLite database", "correct [database] url, or restore a backup"),
    "SQLITE_READONLY": (
        "it may not be written",
        "make the file and its folder writable for this user (SQLite writes files beside it)",
    ),
    "SQLITE_PERM": ("it may not be opened", "give this user access to the file and its folder"),
    "SQLITE_CANTOPEN": ("it cannot be opened", "give this user access to the file and its folder"),
    "SQLITE_FULL": ("the disk is full", "free some space, then run the command again; nothing is lost"),
    "SQLITE_IOERR": (
        "the disk failed while it was read or written",
        "check the disk, then `monitor db check`",
    ),
    "SQLITE_CORRUPT": ("the file is damaged", "run `monitor db check`, then restore a backup"),
    "SQLITE_TOOBIG": ("a value is larger than SQLite takes", "report this: the program should have cut it"),
    "SQLITE_NOMEM": ("there is not enough memory", "give the process more memory"),
}

# By SQLSTATE: the whole code, else its class (two characters).
POSTGRES = {
    "28": ("the server refuses this user", "correct user and password in [database] url"),
    "3D000": ("the server has no database of this name", "create it (`createdb NAME`), or correct the name"),
    "42501": ("this user may not do that", "grant the user all rights on the database and its schema"),
    "42P01": ("its tables are not those of this program", UPGRADE),
    "42703": ("its tables are not those of this program", UPGRADE),
    "25006": ("the server takes no writes (a standby, or read-only)", "point [database] url at the primary"),
    "53100": ("the server's disk is full", "free some space, then run the command again; nothing is lost"),
    "53200": ("the server is out of memory", "give the server more memory"),
    "53300": ("the server has no free connection", "raise its max_connections, or close other programs"),
    "55P03": ("it stayed locked by another program", "end the program that holds it, then try again"),
    "57014": ("the server cancelled the statement", "raise its statement_timeout for this user"),
    "57P": ("the server is starting or stopping", "try again in a moment"),
    "08": ("the connection to the server was lost", "check the server, then run the command again"),
}

UNREACHABLE = (
    "the server cannot be reached",
    "check that it runs, and host, port, user and password in [database] url",
)

# Deadlock and serialization failure: Postgres has undone all of it, and asks to try again.
REPEATABLE = frozenset({"40001", "40P01"})


def database_error(error: Exception, name: str, path: Path | None) -> DatabaseError:
    """A DatabaseError for what a driver, or SQLAlchemy around it, raised."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if path is not None:
        what, mend = _sqlite(cause, path)
    else:
        what, mend = _postgres(cause)
    return DatabaseError(what, name, mend)


def may_be_repeated(error: Exception) -> bool:
    """Whether the database itself says that the same transaction may simply be run again."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) in REPEATABLE


def missing(path: Path, name: str) -> DatabaseError:
    return DatabaseError(
        f"there is no database file {path}", name, "run `monitor init` or `monitor db upgrade`"
    )


def _sqlite(cause: BaseException, path: Path) -> tuple[str, str]:
    code = getattr(cause, "sqlite_errorname", None) or ""
    if code.startswith("SQLITE_CANTOPEN"):
        return _cannot_open(path)
    for beginning, words in SQLITE.items():
        if code.startswith(beginning):
            return words
    if isinstance(cause, sqlite3.OperationalError):
        return f"SQLite cannot do that ({_first_line(cause)})", "run `monitor db check`"
    return _ours(cause)


def _cannot_open(path: Path) -> tuple[str, str]:
    """SQLite has one code for all of these; the file system tells them apart."""
    if path.is_dir():
        return "it is a folder, not a file", "name a file in [database] url"
    if not path.parent.is_dir():
        return f"its folder {path.parent} does not exist", "create the folder, or correct [database] url"
    if not path.exists() and os.access(path.parent, os.W_OK):
        return "there is no database file", "run `monitor init` or `monitor db upgrade`"
    return SQLITE["SQLITE_CANTOPEN"]


def _postgres(cause: BaseException) -> tuple[str, str]:
    from psycopg import OperationalError  # 60 ms that only Postgres pays

    state = getattr(cause, "sqlstate", None) or ""
    for beginning in (state, state[:3], state[:2]):
        if beginning in POSTGRES:
            return POSTGRES[beginning]
    if isinstance(cause, OperationalError):
        what, mend = UNREACHABLE
        return f"{what} ({_first_line(cause)})", mend
    return _ours(cause)


def _ours(cause: BaseException) -> tuple[str, str]:
    """A broken constraint, a bad statement: not the world's doing."""
    return (
        f"the database refused a statement ({_first_line(cause)})",
        "report this: it is a fault of the program",
    )


def _first_line(cause: BaseException) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0][:200] if lines else type(cause).__name__
