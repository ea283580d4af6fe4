from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from support.everyrow import counts, fill

from monitor.errors import ConfigError, DatabaseError
from monitor.store import migrate, schema
from monitor.store.engine import open_database

TREE = Path(__file__).parents[2] / "migrations"

STEP = '''
"""One more step."""
import sqlalchemy as sa
from alembic import op

revision = "20991231_0000"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("feeds") as table:
        table.add_column(sa.Column("extra", sa.Text))
    {then}


def downgrade():
    with op.batch_alter_table("feeds") as table:
        table.drop_column("extra")
    op.drop_table("extra")
'''


def scripts(folder, *, then="pass"):
    """The migrations with one more."""
    copy = folder / "migrations"
    shutil.copytree(TREE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / "20991231_0000_extra.py").write_text(STEP.format(down=schema.REVISION, then=then))
    return copy


def tables(url):
    with open_database(url) as database:
        return database.read(lambda tx: set(inspect(tx).get_table_names()))


def test_the_program_knows_the_newest_migration():
    assert migrate.head() == schema.REVISION


def test_a_fresh_database_is_ready_for_work(database_url):
    migrate.upgrade(database_url)

    assert migrate.current(database_url) == schema.REVISION
    assert migrate.check(database_url) == []
    with open_database(database_url) as database:
        migrate.require_current(database)


def test_up_down_and_up_again_with_a_row_in_every_table(database_url, tmp_path):
    migrate.upgrade(database_url)
    with open_database(database_url) as database:
        database.call(fill)
        before = database.read(counts)

    more = scripts(tmp_path)
    migrate.upgrade(database_url, scripts=more)
    migrate.downgrade(database_url, schema.REVISION, scripts=more)
    with open_database(database_url) as database:
        assert database.read(counts) == before
        assert min(before.values()) == 1
    assert migrate.check(database_url) == []

    migrate.downgrade(database_url, "base")
    assert tables(database_url) == {"alembic_version"}
    migrate.upgrade(database_url)
    assert migrate.check(database_url) == []


def test_a_migration_that_fails_leaves_no_trace(database_url, tmp_path):
    migrate.upgrade(database_url)
    with open_database(database_url) as database:
        database.call(fill)
    failing = scripts(tmp_path, then='op.execute("SELECT * FROM never_there")')

    with pytest.raises(DatabaseError):
        migrate.upgrade(database_url, scripts=failing)

    assert "extra" not in tables(database_url)
    assert migrate.current(database_url) == schema.REVISION
    assert migrate.check(database_url) == []
    with open_database(database_url) as database:
        assert set(database.read(counts).values()) == {1}


def test_a_migration_that_would_leave_rows_dangling_is_undone(tmp_path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    migrate.upgrade(url)
    with open_database(url) as database:
        database.call(fill)

    with pytest.raises(DatabaseError, match="would lose rows"):
        migrate.upgrade(url, scripts=scripts(tmp_path, then='op.execute("DELETE FROM feeds")'))

    assert migrate.check(url) == []


def test_two_upgrades_at_once_migrate_once(database_url):
    code = "import sys; from monitor.store.migrate import upgrade; upgrade(sys.argv[1])"
    running = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", code, database_url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]

    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    assert migrate.check(database_url) == []


def test_asking_whether_the_schema_fits_is_cheap(database):
    migrate.require_current(database)  # connects

    began = time.perf_counter()
    for _ in range(10):
        migrate.require_current(database)

    assert (time.perf_counter() - began) / 10 < 0.020


def test_an_upgrade_makes_the_folder_of_a_file(tmp_path):
    migrate.upgrade(f"sqlite:///{tmp_path}/new/folder/monitor.db")

    assert (tmp_path / "new/folder/monitor.db").exists()


# ---- what cannot be worked with, and the command that mends it


def refused(url):
    with open_database(url) as database, pytest.raises(DatabaseError) as caught:
        migrate.require_current(database)
    return caught.value


def test_a_missing_file_is_not_made_by_looking(tmp_path):
    error = refused(f"sqlite:///{tmp_path}/none.db")

    assert "monitor init" in error.mend
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_asks_for_an_upgrade(database_url, tmp_path):
    (tmp_path / "monitor.db").touch()

    assert "monitor db upgrade" in refused(database_url).mend
    assert migrate.current(database_url) is None


def test_an_older_schema_asks_for_an_upgrade(database, monkeypatch):
    monkeypatch.setattr(schema, "REVISION", "20991231_0000")

    with pytest.raises(DatabaseError, match="older than") as caught:
        migrate.require_current(database)
    assert "monitor db upgrade" in caught.value.mend


def test_a_newer_schema_asks_for_a_newer_program(database_url, tmp_path):
    migrate.upgrade(database_url, scripts=scripts(tmp_path))

    error = refused(database_url)
    assert ("newer than" in error.what, error.mend) == (True, "update the program")
    with pytest.raises(DatabaseError, match="newer than"):
        migrate.upgrade(database_url)


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "monitor.db"
    path.write_text("These are notes, and no database at all. " * 100)

    error = refused(f"sqlite:///{path}")
    assert "not an SQLite database" in error.what
    with pytest.raises(DatabaseError, match="not an SQLite database"):
        migrate.upgrade(f"sqlite:///{path}")
    assert path.read_text().startswith("These are notes")


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (id INTEGER)")
    other.close()

    assert "another program's" in refused(f"sqlite:///{path}").what
    with pytest.raises(DatabaseError, match="another program's"):
        migrate.upgrade(f"sqlite:///{path}")
    assert tables(f"sqlite:///{path}") == {"notes"}


def test_a_shared_postgres_schema_is_no_hindrance(postgres):
    url = postgres.new_database()
    with open_database(url) as database:
        database.call(lambda tx: tx.execute(text("CREATE TABLE notes (id integer)")))

    migrate.upgrade(url)

    assert migrate.check(url) == []
    postgres.drop(url)


def test_damage_is_found(tmp_path):
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    migrate.upgrade(url)
    with sqlite3.connect(tmp_path / "monitor.db") as raw:  # foreign keys are off by default
        raw.execute("INSERT INTO labels VALUES (99, 'topic', 1, '2026-11-25 09:00:00.000000', 'command')")
        raw.execute("ALTER TABLE labels ADD COLUMN stray TEXT")
    raw.close()

    problems = migrate.check(url)

    assert any("missing row of articles" in problem for problem in problems)
    assert any("stray" in problem for problem in problems)


def test_an_unusable_url_is_a_configuration_error():
    with pytest.raises(ConfigError):
        migrate.upgrade("sqlite://")
