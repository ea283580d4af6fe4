from __future__ import annotations

from sqlalchemy import bindparam, select

from monitor.store.rows import (
    CHUNK,
    chunks,
    for_each,
    insert_ignore,
    insert_many,
    insert_new,
    one_of,
    select_in,
    upsert,
)
from monitor.store.schema import meta, poll_attempts


def row(key, value="1"):
    return {"key": key, "value": value}


def test_chunks_lose_nothing():
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([])) == []


def test_what_is_there_stays_and_the_rest_is_inserted(database):
    database.call(insert_ignore, meta, [row("a")])

    assert database.call(insert_new, meta, [row("a", "2"), row("b", "2"), row("b", "3")]) == {"b"}
    stored = database.read(lambda tx: dict(map(tuple, tx.execute(select(meta)))))
    assert stored == {"a": "1", "b": "2"}


def test_an_upsert_sets_all_but_what_it_is_told_to_keep(database):
    database.call(upsert, meta, row("a"))
    database.call(upsert, meta, row("a", "2"), keep=["value"])
    assert database.read(lambda tx: tx.execute(select(meta.c.value)).scalar_one()) == "1"

    database.call(upsert, meta, row("a", "2"))
    assert database.read(lambda tx: tx.execute(select(meta.c.value)).scalar_one()) == "2"


def test_ids_come_in_the_order_of_the_rows(database):
    from support.rows import NOW, add

    feed = database.call(add)
    rows = [
        {
            "feed_id": feed.id, "at": NOW, "outcome": "new", "detail": str(number), "seconds": 0.0,
            "body_bytes": 0, "seen": 0, "new": 0,
        }
        for number in range(1500)
    ]  # fmt: skip

    ids = database.call(insert_many, poll_attempts, rows)

    query = select(poll_attempts.c.id, poll_attempts.c.detail)
    found = database.read(lambda tx: list(select_in(tx, query, poll_attempts.c.id, ids)))
    assert {row.id: row.detail for row in found} == {id_: str(number) for number, id_ in enumerate(ids)}
    assert database.call(insert_many, poll_attempts, []) == []


def test_a_statement_built_once_answers_for_any_number_of_values(database):
    keys = [f"key {number}" for number in range(CHUNK + 1)]
    database.call(insert_ignore, meta, [row(key, "wanted") for key in keys] + [row("other", "unwanted")])
    wanted = select(meta.c.key).where(one_of(meta.c.key), meta.c.value == bindparam("given"))

    def found(*values):
        return database.read(lambda tx: [each.key for each in for_each(tx, wanted, values, given="wanted")])

    assert found() == []
    assert found("key 7", "other", "key 7") == ["key 7"]
    assert sorted(found(*keys)) == sorted(keys)
