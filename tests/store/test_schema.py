from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, inspect, select
from sqlalchemy.dialects import sqlite
from support.everyrow import counts, fill

from monitor.store.engine import make_engine, parse_url
from monitor.store.migrate import upgrade
from monitor.store.schema import UtcDateTime, cycles, metadata, scrub

KIND = UtcDateTime()
DIALECT = sqlite.dialect()


def options(index):
    """What is particular about an index, such as the rows that a partial one holds."""
    return sorted((name, str(value)) for name, value in index.get("dialect_options", {}).items())


def shape(engine):
    """All that the database itself knows about its tables, in one comparable value."""
    found = inspect(engine)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in found.get_columns(table)
            ],
            "primary key": found.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (
                    key["constrained_columns"],
                    key["referred_table"],
                    key["referred_columns"],
                    str(key["options"]),
                )
                for key in found.get_foreign_keys(table)
            ),
            "unique": sorted(key["column_names"] for key in found.get_unique_constraints(table)),
            "indexes": sorted(
                (index["name"], index["column_names"], bool(index["unique"]), options(index))
                for index in found.get_indexes(table)
            ),
        }
        for table in sorted(found.get_table_names())
        if table != "alembic_version"
    }


def test_migrations_and_tables_build_the_same_schema(database_url):
    url = parse_url(database_url)
    upgrade(database_url)
    engine = make_engine(url)
    migrated = shape(engine)
    with engine.begin() as tx:
        metadata.drop_all(tx)
        metadata.create_all(tx)

    assert shape(engine) == migrated
    engine.dispose()


def test_every_column_takes_and_gives_back_its_value(database):
    database.call(fill)

    assert set(database.read(counts).values()) == {1}
    for table in metadata.sorted_tables:
        row = database.read(lambda tx, table=table: tx.execute(select(table)).one())
        for column in table.columns:
            value = getattr(row, column.name)
            if isinstance(column.type, UtcDateTime):
                assert value == datetime(2026, 11, 25, 9, 0, 0, 123456, tzinfo=UTC), (table.name, column.name)
                assert value.tzinfo is UTC


def test_a_moment_in_any_zone_comes_back_in_utc(database):
    there = datetime(2026, 11, 25, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    database.call(lambda tx: tx.execute(insert(cycles).values(id="a", kind="once", started_at=there)))

    stored = database.read(lambda tx: tx.execute(select(cycles.c.started_at)).scalar_one())
    assert (stored, stored.tzinfo) == (there, UTC)


def test_a_moment_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="without a zone"):
        KIND.process_bind_param(datetime(2026, 11, 25), DIALECT)


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=2))
def test_the_text_of_moments_sorts_as_they_do(pair):
    one, two = sorted(pair)

    assert KIND.process_bind_param(one, DIALECT) <= KIND.process_bind_param(two, DIALECT)
    assert KIND.process_result_value(KIND.process_bind_param(one, DIALECT), DIALECT) == one


@given(st.recursive(st.text(st.characters()) | st.none() | st.integers(), lambda inner: st.lists(inner)))
def test_what_is_scrubbed_can_be_stored_anywhere(value):
    clean = scrub(value)

    text = repr(clean) if not isinstance(clean, str) else clean
    text.encode("utf-8")
    assert "\x00" not in text
    assert scrub(clean) == clean
