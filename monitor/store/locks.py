"""The two locks of a database, `cycle` and `send`: who holds one is alone at that work.

A file beside an SQLite database, an advisory lock on a connection of its own on Postgres. Both are freed
by the system when the process ends, however it ends. Rows are guarded by transactions, not here.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from monitor.errors import DatabaseError, LockHeld
from monitor.store.engine import Database
from monitor.store.faults import database_error

LockName = Literal["cycle", "send"]

# How often a waiting process looks again: a standby takes over within a second or two.
LOOK_AGAIN_SECONDS = 1.0

DOING = {"cycle": "a cycle is running", "send": "digests are being sent"}


class Held(Protocol):
    """A lock that is ours."""

    def check(self) -> None:
        """DatabaseError when it is ours no longer: its file was replaced, its connection broke."""


@contextmanager
def hold(
    database: Database,
    name: LockName,
    *,
    wait: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Held]:
    """Hold a lock for the length of a `with` block.

    LockHeld at once when another holds it (also another handle in this process), unless `wait`: then
    look again every second until it is free.
    """
    take = _hold_file if database.kind == "sqlite" else _hold_advisory
    while True:
        with take(database, name) as held:
            if isinstance(held, str):
                if not wait:
                    raise LockHeld(f"{DOING[name]} already{held}", database.name, "try again when it is done")
            else:
                yield held
                return
        sleep(LOOK_AGAIN_SECONDS)


# ---- SQLite: flock on a file beside the database


class _HeldFile:
    def __init__(self, descriptor: int, path: Path) -> None:
        self.descriptor = descriptor
        self.path = path

    def is_current(self) -> bool:
        """Whether the path still leads to the file that was locked: a deleted file's lock guards nothing."""
        try:
            there = os.stat(self.path)
        except FileNotFoundError:
            return False
        ours = os.fstat(self.descriptor)
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def check(self) -> None:
        if not self.is_current():
            raise DatabaseError(
                "its lock file was removed", str(self.path), "end this process and start it again"
            )


@contextmanager
def _hold_file(database: Database, name: LockName) -> Iterator[_HeldFile | str]:
    """The held lock, or who holds it."""
    assert database.path is not None
    # Two names of one file (links, relative paths) must meet at one lock.
    path = Path(f"{os.path.realpath(database.path)}.{name}.lock")
    # The descriptor is closed in every program that this one starts (PEP 446), so no worker inherits it.
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise _cannot_lock(database, path, error) from error
    try:
        held = _HeldFile(descriptor, path)
        if not _lock(descriptor) or not held.is_current():
            yield _holder(descriptor)
        else:
            _sign(descriptor)
            yield held
    finally:
        os.close(descriptor)  # the kernel frees the lock with it; the file stays


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int) -> None:
    """For whoever finds it held. A full disk is no reason not to hold it."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def _holder(descriptor: int) -> str:
    name = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
    return f" ({name})" if name else ""


def _cannot_lock(database: Database, path: Path, error: OSError) -> DatabaseError:
    return DatabaseError(
        f"its lock file {path.name} cannot be opened ({error.strerror})",
        database.name,
        "make the database's folder exist and writable for this user",
    )


# ---- Postgres: a session's advisory lock


class _HeldSession:
    def __init__(self, connection: Connection, database: Database) -> None:
        self.connection = connection
        self.database = database

    def check(self) -> None:
        try:
            self.connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise database_error(error, self.database.name, None) from error


@contextmanager
def _hold_advisory(database: Database, name: LockName) -> Iterator[_HeldSession | str]:
    """The held lock, or who holds it. The server frees it when this session's connection ends."""
    try:
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except DBAPIError as error:
        raise database_error(error, database.name, None) from error
    # Out of the pool: its end is the lock's end, and nobody else may be handed this session.
    connection.detach()
    try:
        key = _advisory_key(connection, name)
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one():
            yield _HeldSession(connection, database)
        else:
            yield _session_that_holds(connection, key)
    finally:
        with suppress(SQLAlchemyError):
            # The server ends a closed session in its own time; whoever comes next must not find it held.
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
        with suppress(SQLAlchemyError):
            connection.close()


def _advisory_key(connection: Connection, name: LockName) -> int:
    """64 bits from database, schema and lock: two schemas of one database are two monitors."""
    row = connection.execute(text("SELECT current_database(), current_schema()")).one()
    digest = blake2b(f"monitor/{row[0]}/{row[1]}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _session_that_holds(connection: Connection, key: int) -> str:
    query = """
        SELECT activity.pid, host(activity.client_addr)
        FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
        WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
          AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND held.classid = :high AND held.objid = :low
    """
    bits = key % 2**64
    row = connection.execute(text(query), {"high": bits >> 32, "low": bits % 2**32}).first()
    if row is None:
        return ""
    return f" (server session {row[0]}{f' from {row[1]}' if row[1] else ''})"
