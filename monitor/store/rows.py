"""Small tools for statements: many rows at once, and 'keep it unless it is there', on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Row,
    Select,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

# SQLite takes 32,766 parameters a statement, Postgres 65,535; the widest table here has 40 columns.
CHUNK = 500


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    part: list[T] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def insert_ignore(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert what breaks no constraint, and leave the rest.

    Rows come in one order from every writer (sort them by key), or two on Postgres may wait for each other.
    """
    if rows:
        tx.execute(_insert_ignore(tx.dialect.name, table), [dict(row) for row in rows])


def insert_new(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    """Like `insert_ignore`, for a table with one key column; the keys of the rows that are new."""
    if not rows:
        return set()
    statement = _insert_new(tx.dialect.name, table)
    return set(tx.execute(statement, [dict(row) for row in rows]).scalars())


def upsert(tx: Connection, table: Table, row: Mapping[str, Any], *, keep: Iterable[str] = ()) -> None:
    """Insert a row, or set its columns where the primary key is there already; those in `keep` stay."""
    tx.execute(_upsert(tx.dialect.name, table, tuple(row), frozenset(keep)), dict(row))


def insert_many(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert all rows; their ids in the same order."""
    if not rows:
        return []
    if len(rows) == 1:
        return [insert_one(tx, table, rows[0])]
    if tx.dialect.name == "sqlite":
        return list(tx.execute(_insert_many(table), [dict(row) for row in rows]).scalars())
    # Statements with a thousand rows of forty columns keep psycopg busy for seconds reading them; with
    # ids drawn first, the rows go out one by one in a pipeline, in less than half the time.
    sequence = func.pg_get_serial_sequence(table.name, "id")
    drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, len(rows)))
    ids = [row[0] for row in tx.execute(drawn)]
    tx.execute(table.insert(), [{"id": id_, **row} for id_, row in zip(ids, rows, strict=True)])
    return ids


def insert_one(tx: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Insert one row; its id."""
    return int(tx.execute(_insert_one(table), dict(row)).scalar_one())


def select_in(
    tx: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[Any]]:
    """The rows of a query whose column is one of many values, however many."""
    return for_each(tx, query.where(one_of(column)), values)


def one_of(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition of a statement that is built once: its values come with `for_each`."""
    return column.in_(bindparam("values", expanding=True))


def for_each(tx: Connection, statement: Executable, values: Iterable[Any], **more: Any) -> Iterator[Row[Any]]:
    """What a statement with `one_of` in it answers for these values, however many; `more` are its others."""
    for part in chunks(dict.fromkeys(values)):
        yield from tx.execute(statement, {"values": part, **more})


def changed(result: CursorResult[Any]) -> bool:
    """Whether an UPDATE or DELETE met any row."""
    return result.rowcount > 0


# ---- statements, each built once: that costs more than running it


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _insert_ignore(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _insert_new(dialect: str, table: Table) -> Executable:
    return _insert_ignore(dialect, table).returning(*table.primary_key.columns)


@cache
def _insert_one(table: Table) -> Executable:
    return table.insert().returning(table.c.id)


@cache
def _insert_many(table: Table) -> Executable:
    return table.insert().returning(table.c.id, sort_by_parameter_order=True)


@cache
def _upsert(dialect: str, table: Table, names: tuple[str, ...], keep: frozenset[str]) -> Executable:
    statement = _insert(dialect, table)
    key = [column.name for column in table.primary_key.columns]
    changes = {name: statement.excluded[name] for name in names if name not in {*key, *keep}}
    if not changes:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=key, set_=changes)
