"""What every command starts from: the global options, and the settings and database that they lead to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError

if TYPE_CHECKING:
    import typer

    from monitor.config import Settings
    from monitor.store.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """The global options of this call."""

    config: Path | None = None
    json: bool = False
    verbose: int = 0
    quiet: bool = False

    def start_logging(self) -> None:
        """Logs go to stderr, one line an event."""
        from monitor.cli.logs import start_logging

        start_logging(level_of(self))

    def settings(self, *, optional: bool = False) -> Settings:
        """The configuration; with `optional`, defaults where there is no file."""
        from monitor.config import find_config, load_settings
        from monitor.config.load import has_environment

        path = find_config(self.config)
        if path is None and not optional and not has_environment():
            raise ConfigError("there is no configuration", "config.toml", "`monitor init` writes one")
        return load_settings(path)

    @property
    def talks(self) -> bool:
        """Whether text for people goes to stdout."""
        return not self.json and not self.quiet


def level_of(options: Globals) -> int:
    if options.quiet:
        return logging.ERROR
    return logging.DEBUG if options.verbose else logging.INFO


def globals_of(context: typer.Context) -> Globals:
    """The global options, wherever in the tree of commands we are."""
    options = context.find_root().obj
    return options if isinstance(options, Globals) else Globals()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An open database of the right schema, in step with the configuration."""

    settings: Settings
    database: Database


@contextmanager
def opened(context: typer.Context) -> Iterator[Session]:
    """Settings and database for one command; what the file says of feeds, topics and lists is in it.

    Raises ConfigError (2) and DatabaseError (3) with what to do.
    """
    from monitor.work.setup import open_synced

    settings = globals_of(context).settings()
    database = open_synced(settings)
    try:
        yield Session(settings=settings, database=database)
    finally:
        database.close()


def is_terminal() -> bool:
    """Whether a person is at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()
