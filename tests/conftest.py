"""What many tests share: a database on either engine.

- `engine_kind`      'sqlite' and 'postgresql': whoever asks for it, or for one below, runs twice
- `database_url`     the URL of a fresh place: no file yet, or an empty Postgres database
- `database`         an open `Database` with the present schema, closed at the end
- `postgres`         the server itself, started at the first use, for tests about Postgres alone
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from support.postgres import Postgres

    from monitor.store.engine import Database

ENGINES = ("sqlite", "postgresql")

# How long an example takes depends on the machine, and says nothing about what it proves. A developer's run
# tries new examples each time; CI tries the same ones, so that a red run can be repeated.
settings.register_profile("monitor", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("monitor")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One real server for the whole session; about a second."""
    from support.postgres import Postgres

    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=ENGINES)
def engine_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place without tables."""
    if engine_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'monitor.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database()
    yield url
    server.drop(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: migrating anew for each test would cost most of the suite's time."""
    from monitor.store.migrate import upgrade

    path = tmp_path_factory.mktemp("template") / "monitor.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated database to copy."""
    from monitor.store.migrate import upgrade

    url = postgres.new_database()
    upgrade(url)
    return url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def database(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the present schema and no rows."""
    from monitor.store.engine import open_database

    if engine_kind == "sqlite":
        path = tmp_path / "monitor.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        with open_database(f"sqlite:///{path}") as opened:
            yield opened
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database(request.getfixturevalue("postgres_template"))
    with open_database(url) as opened:
        yield opened
    server.drop(url)
