from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.store.migrate import head

COMMANDS = [
    ("once",),
    ("run",),
    ("digest",),
    ("digest", "--send"),
    ("feeds", "list"),
    ("feeds", "add", "https://x.example/"),
    ("feeds", "show", "https://x.example/"),
    ("articles", "list"),
    ("articles", "show", "https://x.example/"),
    ("why", "https://x.example/"),
    ("topics", "list"),
    ("evaluate",),
    ("doctor",),
    ("db", "current"),
    ("db", "check"),
]  # fmt: skip


def refused(ran, mend: str) -> None:
    """Exit 3, one line, and what to do."""
    assert (ran.code, ran.err.count("\n")) == (3, 1), ran.err
    assert mend in ran.err
    assert "defect" not in ran.err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_missing_database_is_never_created_but_by_init_and_upgrade(command, run, fresh):
    (fresh.folder / "monitor.db").unlink()

    refused(run(*command), "run `monitor init` or `monitor db upgrade`")
    assert not (fresh.folder / "monitor.db").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("revision", "mend"), [("20200101_0000", "update the program"), (None, "run `monitor db upgrade`")]
)
def test_a_database_of_another_schema_is_left_alone(command, revision, mend, run, fresh):
    with sqlite3.connect(fresh.folder / "monitor.db") as database:
        if revision is None:
            database.execute("DELETE FROM alembic_version")
        else:
            database.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    refused(run(*command), mend)


def test_what_is_no_database_is_said_and_left_alone(run, fresh):
    letter = b"this is a letter, not a database, and it is long enough to be one" * 100
    (fresh.folder / "monitor.db").write_bytes(letter)

    for command in (("once",), ("feeds", "list"), ("doctor",), ("db", "upgrade")):
        refused(run(*command), "[database] url")
    assert (fresh.folder / "monitor.db").read_bytes() == letter


def test_an_empty_file_is_no_database_yet(run, fresh):
    (fresh.folder / "monitor.db").write_bytes(b"")

    refused(run("once"), "run `monitor db upgrade`")
    assert run("db", "upgrade").code == 0


def test_another_programs_database_is_left_alone(run, fresh):
    path = fresh.folder / "monitor.db"
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE letters (text)")

    for command in (("once",), ("db", "upgrade")):
        refused(run(*command), "name a file of its own")


def test_a_damaged_database_is_said(run, copied):
    path = copied.folder / "monitor.db"
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = b"\xaa" * (len(content) // 2 - 4096)
    path.write_bytes(content)

    for command in (("once",), ("feeds", "list"), ("db", "check"), ("doctor",)):
        ran = run(*command)
        assert ran.code in (1, 3)
        assert "Traceback" not in ran.err
        assert "defect" not in ran.err


@pytest.mark.parametrize("read_only", ["file", "folder"])
def test_a_database_that_may_not_be_written_is_said(read_only, run, fresh, monkeypatch):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(fresh.folder / "monitor.db", folder)
        monkeypatch.setenv("MONITOR_DATABASE__URL", f"sqlite:///{folder / 'monitor.db'}")
        assert run("feeds", "list").code == 0  # all that is needed is loaded, while it may be read
        (folder / "monitor.db").chmod(0o444 if read_only == "file" else 0o666)
        folder.chmod(0o777 if read_only == "file" else 0o555)

        with nobody():
            ran = run("feeds", "list")
        folder.chmod(0o755)

    refused(ran, "writable")


@contextmanager
def nobody() -> Iterator[None]:
    """Within the block this process is not root, to whom no permission means anything."""
    if os.getuid() != 0:
        yield
        return
    if not hasattr(os, "setresuid"):
        pytest.skip("root cannot be left and come back on this system")
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_in_the_files_place_is_said(run, fresh):
    (fresh.folder / "monitor.db").unlink()
    (fresh.folder / "monitor.db").mkdir()

    refused(run("feeds", "list"), "name a file")


def test_a_server_that_is_not_there_is_said_without_its_password(run, fresh):
    config = fresh.config.read_text().splitlines()
    config[1] = 'url = "postgresql+psycopg://reader:hidden@127.0.0.1:1/monitor"'
    fresh.config.write_text("\n".join(config))

    for command in (("once",), ("db", "upgrade"), ("feeds", "list")):
        ran = run(*command)
        refused(ran, "check that it runs")
        assert "hidden" not in ran.err


# ---- upgrade, current, check


def test_upgrade_creates_a_database_and_may_be_repeated(run, fresh):
    (fresh.folder / "monitor.db").unlink()

    first, second = run("db", "upgrade"), run("db", "upgrade", "--json")

    assert (first.code, first.out) == (0, f"the database is at {head()}\n")
    assert second.record == {"revision": head()}
    assert run("feeds", "list").code == 0


def test_upgrade_makes_the_folders_that_lack(run, fresh):
    fresh.config.write_text('[database]\nurl = "sqlite:///deep/down/monitor.db"')

    assert run("db", "upgrade").code == 0
    assert Path("deep/down/monitor.db").is_file()


def test_current_says_both_schemas(run, fresh):
    ran = run("db", "current")

    assert (ran.code, ran.out) == (0, f"database: {head()}; program: {head()}\n")
    assert run("db", "current", "--json").record == {"revision": head(), "program": head()}


def test_a_sound_database_is_said_to_be_one(run, copied):
    assert run("db", "check").out == "the database is sound\n"
    assert run("db", "check", "--json").record == {"ok": True, "problems": []}


def test_an_unsound_database_needs_a_person(run, copied):
    with sqlite3.connect(copied.folder / "monitor.db") as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM articles WHERE id = (SELECT max(article_id) FROM verdicts)")

    ran = run("db", "check")

    assert ran.code == 1
    assert "points to a missing row" in ran.out
    assert run("-q", "db", "check").out == ran.out
    assert run("db", "check", "--json").record["ok"] is False


def test_both_engines_serve_the_same_commands(run, database_url, tmp_path):
    Path("config.toml").write_text(
        f'[database]\nurl = "{database_url}"\n[[feeds]]\nurl = "https://x.example/"'
    )

    assert run("feeds", "list").code == 3
    assert run("db", "upgrade").code == 0
    assert run("feeds", "list", "--json").records[0]["url"] == "https://x.example/"
    assert run("db", "check").code == 0
    assert run("articles", "list").code == 0
    assert run("digest").code == 0


def test_a_copy_is_as_good_as_the_original(run, copied):
    before = run("articles", "list", "--json").out
    shutil.copyfile("monitor.db", "copy.db")
    shutil.move("copy.db", "monitor.db")

    assert run("articles", "list", "--json").out == before
