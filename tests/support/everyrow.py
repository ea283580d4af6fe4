"""A row in every table, made from the schema itself, so that a new table cannot be forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Float, LargeBinary, String, Table, func, inspect, select

from monitor.store.schema import Data, UtcDateTime, Words, metadata

VALUES = (
    (UtcDateTime, datetime(2026, 11, 25, 9, 0, 0, 123456, tzinfo=UTC)),
    (Data, {"list": [1, "zwei", None]}),
    (Words, "words with ünïcode"),
    (String, "text"),
    (Boolean, True),
    (Float, 0.25),
    (LargeBinary, b"\x00\xff"),
)


def fill(tx: Connection) -> None:
    """One row a table, parents first; every column set but those that point to the row itself."""
    for table in metadata.sorted_tables:
        tx.execute(table.insert().values(_row(table)))


def counts(tx: Connection) -> dict[str, int]:
    """Rows by table, for the tables that exist."""
    there = set(inspect(tx).get_table_names())
    return {
        table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
        if table.name in there
    }


def _row(table: Table) -> dict[str, Any]:
    return {column.name: _value(column) for column in table.columns if column.name != "merged_into"}


def _value(column: Any) -> Any:
    for kind, value in VALUES:
        if isinstance(column.type, kind):
            return value
    return 1  # all numbers, so that every key points to the one row of its parent
