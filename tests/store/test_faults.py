"""Real faults, met by a database handle: each becomes one sentence and a mend, never a traceback."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import text
from support.rows import NOW

from monitor.errors import DatabaseError, ExitCode
from monitor.store.cycles import start_cycle
from monitor.store.engine import open_database
from monitor.store.faults import database_error
from monitor.store.migrate import require_current


def error_of(url, fn=None):
    """What a handle says that looks into a database, or writes with `fn`."""
    with open_database(url, busy_seconds=0.2) as database, pytest.raises(DatabaseError) as caught:
        database.call(fn) if fn else require_current(database)
    assert caught.value.exit_code is ExitCode.CANNOT_WORK
    assert caught.value.mend, "every error names its mend"
    assert "\n" not in str(caught.value)
    return caught.value


def write(tx):
    start_cycle(tx, "a", "run", NOW)


def test_a_server_that_is_not_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    error = error_of(f"postgresql://reader:secret@127.0.0.1:{port}/monitor")

    assert "cannot be reached" in error.what
    assert "secret" not in str(error)


def test_a_server_without_this_database(postgres):
    error = error_of(postgres.url("never_there"))

    assert "cannot be reached" in error.what or "no database of this name" in error.what
    assert "never_there" in str(error)


def test_a_table_that_is_missing(database_url):
    if database_url.startswith("sqlite"):
        sqlite3.connect(database_url.removeprefix("sqlite:///")).close()
        open(database_url.removeprefix("sqlite:///"), "a").close()

    error = error_of(database_url, write)

    assert error.mend in ("run `monitor db upgrade`", "run `monitor db check`")


def test_a_file_that_is_missing(tmp_path):
    assert "monitor init" in error_of(f"sqlite:///{tmp_path}/none.db", write).mend


def test_a_folder_that_is_missing(tmp_path):
    assert "does not exist" in error_of(f"sqlite:///{tmp_path}/none/monitor.db", write).what


def test_a_folder_in_place_of_a_file(tmp_path):
    (tmp_path / "monitor.db").mkdir()

    assert "it is a folder" in error_of(f"sqlite:///{tmp_path}/monitor.db", write).what


def test_a_file_that_is_cut_off(tmp_path, sqlite_template):
    content = sqlite_template.read_bytes()
    (tmp_path / "monitor.db").write_bytes(content[: len(content) // 3])

    assert "damaged" in error_of(f"sqlite:///{tmp_path}/monitor.db", write).what


READ_ONLY = """
import os, sys
from monitor.errors import DatabaseError
from monitor.store.engine import open_database
from monitor.store.migrate import require_current
if os.geteuid() == 0:
    os.setuid(65534)
with open_database(sys.argv[1]) as database:
    try:
        require_current(database)
    except DatabaseError as error:
        print(error)
"""


@pytest.mark.parametrize("read_only", ["monitor.db", "."])
def test_a_file_or_folder_that_may_not_be_written(tmp_path, sqlite_template, read_only):
    """Asked of a process without root's rights, which no permission stops."""
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())
    for path in (tmp_path / "monitor.db", *list(tmp_path.parents)[:-2], tmp_path):
        path.chmod(0o777)
    (tmp_path / read_only).chmod(0o555)

    url = f"sqlite:///{tmp_path}/monitor.db"
    done = subprocess.run([sys.executable, "-c", READ_ONLY, url], capture_output=True, text=True, check=False)

    assert "may not be written" in done.stdout, done.stderr
    assert "writable" in done.stdout


FULL = """
import resource, signal, sys
from monitor.errors import DatabaseError
from monitor.store.engine import open_database
from monitor.store.schema import meta
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
with open_database(sys.argv[1]) as database:
    try:
        rows = [{"key": str(number), "value": "x" * 9999} for number in range(99)]
        database.call(lambda tx: tx.execute(meta.insert(), rows))
    except DatabaseError as error:
        print(error)
"""


def test_a_disk_that_is_full_loses_nothing(tmp_path, sqlite_template):
    """The limit on a file's size stands for the disk: SQLite gets the same short write."""
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{tmp_path}/monitor.db"

    done = subprocess.run([sys.executable, "-c", FULL, url], capture_output=True, text=True, check=False)

    assert "disk" in done.stdout, done.stderr
    with open_database(url) as database:
        require_current(database)
        database.call(write)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", "starting or stopping"),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)", "cancelled the statement"),
        ("SET TRANSACTION READ ONLY; CREATE TABLE a (b int)", "takes no writes"),
        ("SELECT * FROM never_there", "not those of this program"),
    ],
)
def test_what_a_server_answers_is_told_by_its_code(postgres, postgres_template, statement, said):
    url = postgres.new_database(postgres_template)

    error = error_of(url, lambda tx: [tx.execute(text(part)) for part in statement.split(";")])

    assert said in error.what
    postgres.drop(url)


def test_a_broken_constraint_is_our_own_fault_and_says_so(database):
    database.call(write)

    with pytest.raises(DatabaseError, match="fault of the program"):
        database.call(write)


def test_an_error_that_nobody_expected_still_has_a_mend(tmp_path):
    error = database_error(sqlite3.OperationalError("strange"), "sqlite:///x.db", tmp_path / "x.db")

    assert "strange" in error.what
    assert error.mend
