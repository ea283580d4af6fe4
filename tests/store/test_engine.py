from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time

import pytest
from sqlalchemy import select, text
from support.rows import NOW

from monitor.errors import ConfigError, DatabaseError
from monitor.store.cycles import start_cycle
from monitor.store.engine import make_durable, open_database, parse_url
from monitor.store.schema import cycles, meta


def stored(tx):
    return [row.id for row in tx.execute(select(cycles).order_by(cycles.c.id))]


def slow_cycle(tx, name, seconds):
    start_cycle(tx, name, "run", NOW)
    time.sleep(seconds)


def test_what_returns_is_committed_and_what_raises_is_undone(database):
    database.call(start_cycle, "kept", "run", NOW)

    def fails(tx):
        start_cycle(tx, "undone", "run", NOW)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.call(fails)

    assert database.read(stored) == ["kept"]


def test_a_coroutine_writes_on_the_stores_own_thread(database):
    async def work():
        await asyncio.gather(*(database.run(start_cycle, str(number), "run", NOW) for number in range(5)))
        return {await database.run(lambda tx: threading.current_thread().name) for _ in range(5)}

    names = asyncio.run(work())

    assert (len(names), database.read(stored)) == (1, ["0", "1", "2", "3", "4"])


def test_a_cancelled_write_is_finished_and_the_caller_waits_for_it(database):
    async def work():
        task = asyncio.create_task(database.run(slow_cycle, "written", 0.3))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return database.read(stored)

    assert asyncio.run(work()) == ["written"]


def test_a_cancelled_write_that_fails_says_nothing_afterwards(database):
    def fails(tx):
        time.sleep(0.2)
        raise ValueError("nobody listens")

    async def work():
        task = asyncio.create_task(database.run(fails))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())


def test_closing_waits_for_what_is_running(database):
    url = database.url.render_as_string(hide_password=False)

    async def work():
        own = open_database(url)
        task = asyncio.create_task(own.run(slow_cycle, "written", 0.2))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(own.close)
        await task

    asyncio.run(work())

    assert database.read(stored) == ["written"]


def test_writers_wait_for_their_turn_and_readers_for_nobody(database):
    started, end = threading.Event(), threading.Event()

    def holds(tx):
        start_cycle(tx, "first", "run", NOW)
        started.set()
        end.wait(10)

    writer = threading.Thread(target=database.call, args=(holds,))
    writer.start()
    started.wait(10)
    try:
        assert database.read(stored) == []
        second = threading.Thread(target=database.call, args=(start_cycle, "second", "run", NOW))
        second.start()
    finally:
        end.set()
        writer.join()
    second.join()

    assert database.read(stored) == ["first", "second"]


def test_a_database_that_stays_locked_is_an_error_with_a_mend(tmp_path, sqlite_template):
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())
    other = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with open_database(f"sqlite:///{tmp_path}/monitor.db", busy_seconds=0.2) as database:
        with pytest.raises(DatabaseError, match="stayed locked") as caught:
            database.call(start_cycle, "never", "run", NOW)
        assert database.read(stored) == []
        other.execute("COMMIT")
        database.call(start_cycle, "now", "run", NOW)

    assert "end the program" in caught.value.mend
    other.close()


def test_victims_of_a_deadlock_are_run_again(postgres, postgres_template):
    """Two transactions that take two rows in opposite order: Postgres ends one, and it starts anew."""
    url = postgres.new_database(postgres_template)
    with open_database(url) as one, open_database(url) as two:
        one.call(lambda tx: tx.execute(meta.insert(), [{"key": key, "value": ""} for key in "ab"]))
        meet = threading.Barrier(2, timeout=10)

        runs = []

        def crossing(tx, first, second):
            tx.execute(meta.update().where(meta.c.key == first).values(value=meta.c.value + first))
            runs.append(first)
            if runs.count(first) == 1:
                meet.wait()
            tx.execute(meta.update().where(meta.c.key == second).values(value=meta.c.value + first))

        threads = [
            threading.Thread(target=database.call, args=(crossing, *order))
            for database, order in ((one, "ab"), (two, "ba"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        values = one.read(lambda tx: [row.value for row in tx.execute(select(meta).order_by(meta.c.key))])
    assert [sorted(value) for value in values] == [["a", "b"], ["a", "b"]]
    assert len(runs) == 3
    postgres.drop(url)


def test_a_restarted_server_costs_no_transaction(postgres, postgres_template):
    url = postgres.new_database(postgres_template)
    with open_database(url) as database:
        database.call(start_cycle, "before", "run", NOW)
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '' "
                         "AND pid <> pg_backend_pid() AND datname IS NOT NULL")  # fmt: skip

        database.call(start_cycle, "later", "run", NOW)

        assert database.read(stored) == ["before", "later"]
    postgres.drop(url)


def test_a_connection_that_breaks_half_way_is_an_error_and_nothing_is_written(postgres, postgres_template):
    url = postgres.new_database(postgres_template)
    with open_database(url) as database:

        def breaks(tx):
            start_cycle(tx, "never", "run", NOW)
            pid = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgres.execute(f"SELECT pg_terminate_backend({pid})")
            start_cycle(tx, "neither", "run", NOW)

        with pytest.raises(DatabaseError, match="server"):
            database.call(breaks)

        assert database.read(stored) == []
    postgres.drop(url)


@pytest.mark.parametrize("name", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_any_spelling_of_postgres_means_the_driver_that_we_bring(name):
    url = parse_url(f"{name}://user@/monitor?host=/var/run/postgresql")

    assert url.drivername == "postgresql+psycopg"
    assert url.query["host"] == "/var/run/postgresql"


def test_postgres_answers_over_its_socket_folder(postgres, postgres_template):
    url = postgres.new_database(postgres_template).replace("+psycopg", "")
    with open_database(url) as database:
        zone = database.read(lambda tx: tx.execute(text("SHOW TimeZone")).scalar_one())

    assert (database.kind, zone) == ("postgresql", "UTC")
    postgres.drop(url)


@pytest.mark.parametrize("name", ["with space.db", "100% & #1.db", "ünïcode.db"])
def test_an_sqlite_file_may_have_any_name(tmp_path, sqlite_template, name):
    (tmp_path / name).write_bytes(sqlite_template.read_bytes())

    with open_database(f"sqlite:///{tmp_path}/{name}") as database:
        assert database.read(stored) == []
    assert {path.name for path in tmp_path.iterdir()} == {name}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "monitor.db",
        "mysql://root:secret@db/monitor",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://h:x/",
    ],
)
def test_an_unusable_url_is_told_without_its_secrets(url):
    with pytest.raises(ConfigError) as caught:
        parse_url(url)

    assert "secret" not in str(caught.value)
    assert "[database] url" in str(caught.value)


def test_the_name_of_a_database_hides_its_password():
    database = open_database("postgresql://user:secret@127.0.0.1/monitor")

    assert "secret" not in database.name
    database.close()


def test_what_must_survive_a_power_cut_is_synced_before_the_call_returns(database, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(descriptor), fsync(descriptor)))

    def durably(tx):
        make_durable(tx)
        start_cycle(tx, "durable", "run", NOW)

    database.call(start_cycle, "plain", "run", NOW)
    assert synced == []

    database.call(durably)
    assert len(synced) == (1 if database.kind == "sqlite" else 0)
    database.call(start_cycle, "plain again", "run", NOW)
    assert len(synced) == (1 if database.kind == "sqlite" else 0)


def test_sqlite_keeps_its_habits(tmp_path, sqlite_template):
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())
    with open_database(f"sqlite:///{tmp_path}/monitor.db") as database:
        habits = database.read(
            lambda tx: [
                tx.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
            ]
        )

    assert habits == ["wal", 1, 30_000, 1]
