"""The way from one schema to the next, and whether a database has the one that this program knows.

The steps themselves are in `migrations/`. Alembic is imported only by the functions that move or check a
schema: `require_current` is asked at every start and takes a few milliseconds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from monitor.errors import DatabaseError
from monitor.store import schema
from monitor.store.engine import Database, make_engine, parse_url, sqlite_path
from monitor.store.faults import UPGRADE, database_error, missing

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "alembic_version"

# One upgrade at a time on Postgres; any number that nobody else uses.
UPGRADE_KEY = 0x6D6F6E69746F72


def upgrade(url: str, to: str = "head", *, scripts: Path | None = None) -> None:
    """Bring a database to the newest schema; creates an SQLite file, and its folder, where there is none.

    All steps are one transaction: a failing one leaves no trace. Of two at once the second waits, then
    finds nothing to do.
    """
    parsed = parse_url(url)
    _make_place(parsed)
    with _migrating(parsed, create=True) as connection:
        found = _revision(connection)
        if to == "head" and scripts is None:
            _refuse_newer(found, _name(parsed))
        _alembic("upgrade", connection, to, scripts)


def downgrade(url: str, to: str, *, scripts: Path | None = None) -> None:
    """Back to an older schema ('base': none). For tests and for people who know what they lose."""
    with _migrating(parse_url(url)) as connection:
        _alembic("downgrade", connection, to, scripts)


def head(*, scripts: Path | None = None) -> str:
    """The newest revision among the migrations."""
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(_config(scripts)).get_current_head()
    assert newest is not None, "there are migrations"
    return newest


def current(url: str) -> str | None:
    """The revision that a database has; None for an empty one. DatabaseError when there is none at all."""
    with Database(parse_url(url)) as database:
        return _look(database)


def require_current(database: Database) -> None:
    """DatabaseError, with the command that mends it, unless this program can work with the database."""
    found = _look(database)
    if found is None:
        raise DatabaseError("the database is empty", database.name, UPGRADE)
    _refuse_newer(found, database.name)
    if found != schema.REVISION:
        what = f"its schema {found} is older than this program's {schema.REVISION}"
        raise DatabaseError(what, database.name, f"{UPGRADE} (make a copy first)")
    _require_writable(database)


def check(url: str) -> list[str]:
    """What is wrong with a database, one sentence each; empty when nothing is."""
    with Database(parse_url(url)) as database:
        require_current(database)
        problems = database.read(_damage) if database.kind == "sqlite" else []
        return problems + database.read(_drift)


# ---- what a database says about itself


def _look(database: Database) -> str | None:
    if database.path is not None and not database.path.exists():
        raise missing(database.path, database.name)
    return database.read(_revision, database.name)


def _revision(tx: Connection, name: str = "") -> str | None:
    found = inspect(tx)
    if found.has_table(VERSION_TABLE):
        return tx.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()
    # Postgres may be shared with other programs; their tables are no concern of ours.
    if tx.dialect.name == "sqlite" and found.get_table_names():
        raise DatabaseError(
            "the file is another program's database", name, "name a file of its own in [database] url"
        )
    return None


def _refuse_newer(found: str | None, name: str) -> None:
    if found is not None and found not in _known_revisions():
        what = f"its schema {found} is newer than this program's {schema.REVISION}"
        raise DatabaseError(what, name, "update the program")


def _known_revisions() -> frozenset[str]:
    """From the names of the files: a revision is named like the date that its file begins with."""
    return frozenset(file.name[: len(schema.REVISION)] for file in (_scripts() / "versions").glob("*.py"))


def _require_writable(database: Database) -> None:
    """Asked of the file system: SQLite itself would notice only at the first write, hours later."""
    if database.path is None:
        return
    for place in (database.path, database.path.parent):
        if not os.access(place, os.W_OK):
            mend = "make the file and its folder writable for this user (SQLite writes files beside it)"
            raise DatabaseError(f"{place} may not be written", database.name, mend)


def _damage(tx: Connection) -> list[str]:
    found = [row[0] for row in tx.exec_driver_sql("PRAGMA integrity_check(20)") if row[0] != "ok"]
    return found + _dangling(tx)


def _dangling(tx: Connection) -> list[str]:
    rows = tx.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
    return [f"row {row[1]} of {row[0]} points to a missing row of {row[2]}" for row in rows]


def _drift(tx: Connection) -> list[str]:
    """Where the tables differ from what this program expects."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(tx, opts={"compare_type": True, "include_object": _is_ours})
    return [f"the schema differs: {difference}" for difference in compare_metadata(context, schema.metadata)]


def _is_ours(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
    """On a shared Postgres, tables of other programs are no difference."""
    return kind != "table" or not reflected or name in schema.metadata.tables


# ---- running the steps


@contextmanager
def _migrating(url: URL, *, create: bool = False) -> Iterator[Connection]:
    """One transaction in which the schema may change."""
    # Foreign keys are off: rebuilding a parent table with them on would empty its children.
    engine = make_engine(url, foreign_keys=False, create=create)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_KEY})
            yield connection
            _require_sound(connection, _name(url))
    except (DBAPIError, sqlite3.Error) as error:
        raise database_error(error, _name(url), sqlite_path(url) if _is_file(engine) else None) from error
    finally:
        engine.dispose()


def _require_sound(connection: Connection, name: str) -> None:
    if connection.dialect.name == "sqlite" and (dangling := _dangling(connection)):
        raise DatabaseError(
            f"the migration would lose rows: {dangling[0]}", name, "report this; nothing was changed"
        )


def _alembic(command: str, connection: Connection, to: str, scripts: Path | None) -> None:
    from alembic import command as commands

    config = _config(scripts)
    config.attributes["connection"] = connection
    getattr(commands, command)(config, to)


def _config(scripts: Path | None) -> Config:
    from alembic.config import Config

    config = Config()
    # A percent sign in a path would be read as the beginning of a variable.
    config.set_main_option("script_location", str(scripts or _scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> Path:
    """Inside an installed wheel, or at the top of the tree."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def _make_place(url: URL) -> None:
    path = sqlite_path(url) if url.get_backend_name() == "sqlite" else None
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"its folder {path.parent} cannot be made ({error.strerror})"
        raise DatabaseError(what, _name(url), "correct [database] url, or make the folder") from error


def _is_file(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _name(url: URL) -> str:
    return url.render_as_string(hide_password=True)
