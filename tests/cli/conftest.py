"""Commands run in this process, for speed; what a process alone can show is run as one (support.program).

- `run`     one command line: run("feeds", "list", "--json").records
- `printed` what one function prints on 80 columns
- `world`   a news world that was read in one cycle; its database is copied for each test that changes it
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.faultserver import FaultServer
from support.program import Program, Ran

from monitor.cli import streams
from monitor.cli.main import main
from monitor.demo.server import NewsWorld

Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def clean_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and nothing in the environment that the program would read."""
    import os

    for name in os.environ:
        if name.upper().startswith("MONITOR_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command line and catch what it prints."""

    def runs(*arguments: str, stdin: bytes | str = b"", encoding: str = "utf-8") -> Ran:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
            patched.setattr(sys, "stdout", io.TextIOWrapper(out, encoding, write_through=True))
            patched.setattr(sys, "stderr", io.TextIOWrapper(err, encoding, write_through=True))
            with pytest.raises(SystemExit) as left:
                main(list(arguments))
            said, complained = out.getvalue(), err.getvalue()
        return Ran(int(left.value.code or 0), said.decode(encoding), complained.decode(encoding))

    return runs


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What one call prints for people on a stdout of 80 columns."""

    def prints(call: Callable[..., object], *arguments: Any, encoding: str = "utf-8", **more: Any) -> str:
        out = io.BytesIO()
        with monkeypatch.context() as patched:
            patched.setenv("COLUMNS", "80")
            patched.setattr(sys, "stdout", io.TextIOWrapper(out, encoding, write_through=True))
            streams.prepare()
            call(*arguments, **more)
            return out.getvalue().decode(encoding)

    return prints


@dataclass(frozen=True)
class World:
    """A configuration whose feeds were read once."""

    program: Program
    once: Ran  # of the cycle that read them
    served: NewsWorld


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Read by the tests, never changed by them: see `copied`."""
    with NewsWorld(datetime.now(UTC), hurry=True) as served:
        folder = tmp_path_factory.mktemp("world")
        program = Program(folder, f"sqlite:///{folder / 'monitor.db'}")
        program.configure(feeds=served.feed_urls, allow_hosts=served.hosts, more=RECIPIENTS)
        assert program.run("db", "upgrade").code == 0
        once = program.run("once", "--json")
        assert once.code == 0, once.err
        yield World(program, once, served)


RECIPIENTS = '[[recipients]]\nname = "morning"\nto = ["reader@example.org"]\n'


@pytest.fixture
def copied(world: World, tmp_path: Path) -> Program:
    """The world's database in a folder of its own, with ./config.toml."""
    program = Program(tmp_path, f"sqlite:///{tmp_path / 'monitor.db'}")
    shutil.copyfile(world.program.folder / "monitor.db", tmp_path / "monitor.db")
    program.configure(feeds=world.served.feed_urls, allow_hosts=world.served.hosts, more=RECIPIENTS)
    return program


@pytest.fixture
def reading(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world itself as the configuration in use, for commands that only look."""
    monkeypatch.setenv("MONITOR_CONFIG", str(world.program.config))
    return world


@pytest.fixture
def fresh(sqlite_template: Path, tmp_path: Path) -> Program:
    """A configuration without feeds and its new database; ./config.toml."""
    program = Program(tmp_path, f"sqlite:///{tmp_path / 'monitor.db'}")
    shutil.copyfile(sqlite_template, tmp_path / "monitor.db")
    program.configure()
    return program


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running
