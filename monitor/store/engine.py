"""A database and its transactions: what SQLite and Postgres do differently, and nothing about tables.

`call` and `run` open one short transaction around one function. What a driver raises leaves this
package as a DatabaseError (see `faults.py`).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from monitor.errors import ConfigError
from monitor.store.faults import database_error, may_be_repeated

P = ParamSpec("P")
T = TypeVar("T")

# Longer than any transaction of ours takes; what waits longer stands behind a stuck foreign program.
BUSY_SECONDS = 30.0

# SQLite's own 2 MB hold less than the inner pages of the indexes of a year's archive.
CACHE_KIB = 32 * 1024

# Within which a server, even a far one, takes a connection.
CONNECT_SECONDS = 10

# A deadlock's victim has changed nothing and may start again. Twice in a row is bad luck, four times a bug.
ATTEMPTS = 4

# A peer that vanished without a word is noticed within a minute, so that its locks come free; also in the
# middle of a statement, for which the kernel alone would wait a quarter of an hour (tcp_user_timeout, in ms).
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


DURABLE = "durable"


class Database:
    """One database; safe to use from several threads.

    Cheap to make: nothing is connected before the first transaction.
    """

    def __init__(self, url: URL, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = url
        self.kind = "sqlite" if is_sqlite(url) else "postgresql"
        self.path = sqlite_path(url) if self.kind == "sqlite" else None
        self.name = url.render_as_string(hide_password=True)  # for messages and logs
        self.engine = make_engine(url, busy_seconds=busy_seconds)
        # DESIGN: one writer, so one thread; an asyncio.to_thread would be a pool of many.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    def call(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(tx, ...)` in one transaction of its own: committed when it returns, undone when it raises.

        `fn` does nothing but SQL: the victim of a Postgres deadlock is run again from its start.
        """
        return self._transact("IMMEDIATE", fn, args, kwargs)

    def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `call`, for a function that only looks: one consistent view, and on SQLite no writer waits."""
        return self._transact("DEFERRED", fn, args, kwargs)

    async def run(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`call` on the store's own thread.

        A cancelled caller still waits until the transaction has ended, so that what it says afterwards
        is true; a second cancellation stops the waiting, never the transaction.
        """
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, partial(self._transact, "IMMEDIATE", fn, args, kwargs))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_retrieved)
            await asyncio.wait([work])
            raise

    def close(self) -> None:
        """Wait for what is running, then let all connections go."""
        self._thread.shutdown(wait=True)
        self.engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _transact(self, mode: str, fn: Callable[..., T], args: Any, kwargs: Any) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                connection = self.engine.connect().execution_options(begin_mode=mode)
                with connection:
                    connection.info.pop(DURABLE, None)
                    with connection.begin():
                        result = fn(connection, *args, **kwargs)
                    if self.path is not None and connection.info.pop(DURABLE, False):
                        _sync(self.path)
                    return result
            except (DBAPIError, sqlite3.Error) as error:
                if attempt == ATTEMPTS or not may_be_repeated(error):
                    raise database_error(error, self.name, self.path) from error
        raise AssertionError("unreachable")


def make_durable(tx: Connection) -> None:
    """Have this transaction on the disk before `call` returns, so that not even a power cut takes it back.

    For what the world is told next: a mail cannot be unsent. All else may be done again, and is.
    """
    tx.info[DURABLE] = True


def open_database(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Database:
    """The database behind a URL of the configuration; ConfigError when it is no usable URL."""
    return Database(parse_url(url), busy_seconds=busy_seconds)


def parse_url(url: str) -> URL:
    """Any SQLAlchemy URL of the two engines, turned to the drivers that this program brings.

    The URL is never quoted in an error: it may hold a password.
    """
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise _bad_url("the URL cannot be read") from None
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        parsed = parsed.set(drivername="sqlite")
        if sqlite_path(parsed) is None:
            raise _bad_url("a database in memory keeps nothing", "name a file: sqlite:///monitor.db")
        return parsed
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise _bad_url(f"there is no '{backend}' here", "use sqlite:///FILE or postgresql+psycopg://...")


def _bad_url(
    what: str, mend: str = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
) -> ConfigError:
    return ConfigError(what, "[database] url", mend)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite URL, also of 'file:' ones; None for a database in memory."""
    name = url.database or ""
    if name.startswith("file:"):
        name = name.removeprefix("file:").partition("?")[0]
    return None if name in ("", ":memory:") else Path(name)


def make_engine(
    url: URL, *, busy_seconds: float = BUSY_SECONDS, foreign_keys: bool = True, create: bool = False
) -> Engine:
    """An engine with this program's habits; only migrations ask for `foreign_keys` off or `create`."""
    if not is_sqlite(url):
        return _postgres(url)
    path = sqlite_path(url)
    assert path is not None, "parse_url refuses databases in memory"
    engine = create_engine(
        "sqlite://", creator=partial(_open_sqlite, path, busy_seconds, create), poolclass=QueuePool
    )
    event.listen(engine, "connect", partial(_set_up_sqlite, foreign_keys))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_sqlite(path: Path, busy_seconds: float, create: bool) -> sqlite3.Connection:
    # mode=rw: a missing file is an error, never an empty database that hides a wrong path.
    mode = "rwc" if create else "rw"
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=busy_seconds,
        check_same_thread=False,  # the pool hands a connection to one thread at a time
    )


def _set_up_sqlite(foreign_keys: bool, connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # Python's sqlite3 opens no transaction before DDL; `_begin_sqlite` does, for all statements.
    connection.isolation_level = None
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    # A commit survives any kill; a power cut may take the last ones back, whole and in order, which costs
    # an fsync less (2 to 10 ms) for each feed and page. `make_durable` is for those that must stay.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    # Readers beside one writer. The file remembers it, yet a restored copy may have lost it; a file that
    # may not be written stays as it is.
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(("SQLITE_READONLY", "SQLITE_BUSY")):
            raise


def _sync(path: Path) -> None:
    """What SQLite itself does at a commit in FULL mode: the log to the disk."""
    log = Path(f"{path}-wal")
    if log.exists():  # not where the file may not have one: then each commit was synced
        with log.open("rb+") as written:
            os.fsync(written.fileno())


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a writer waits for its turn at the start, where waiting is possible; a transaction that
    # begins as a reader and then writes gets SQLITE_BUSY at once when another wrote in between.
    mode = connection.get_execution_options().get("begin_mode", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _postgres(url: URL) -> Engine:
    # Named prepared statements break behind a pooler that gives each transaction another session.
    habits = {"prepare_threshold": None, "connect_timeout": CONNECT_SECONDS, **KEEPALIVE}
    engine = create_engine(
        url,
        pool_size=2,
        pool_pre_ping=True,  # a restarted server costs one round trip, not one lost cycle
        connect_args={name: value for name, value in habits.items() if name not in url.query},
    )
    event.listen(engine, "connect", _set_up_postgres)
    return engine


def _set_up_postgres(connection: Any, _: ConnectionPoolEntry) -> None:
    # A statement, not a start-up option: poolers refuse options that they do not know.
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _retrieved(work: asyncio.Future[Any]) -> None:
    """Look at the failure of a write whose caller has gone, so that asyncio does not complain."""
    if not work.cancelled():
        work.exception()
