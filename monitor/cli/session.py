"""What every command starts from: the global options, and the settings and database that they lead to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

        start_logging(logging.ERROR if self.quiet else logging.DEBUG if self.verbose else logging.INFO)

    def settings(self, *, optional: bool = False) -> Settings:
        """The configuration; with `optional`, defaults where there is none."""
        from monitor.config import load_settings

        path = self.config_file()
        if path is None and not optional and not self.has_settings():
            raise ConfigError("there is no configuration", "config.toml", "`monitor init` writes one")
        return load_settings(path)

    def has_settings(self) -> bool:
        """Whether anything is configured, by a file or by the environment alone."""
        from monitor.config.load import has_environment

        return self.config_file() is not None or has_environment()

    def config_file(self) -> Path | None:
        from monitor.config import find_config

        return find_config(self.config)

    @contextmanager
    def naming_the_file(self) -> Iterator[None]:
        """A fault that a lower room finds in the configuration names its section; here the file is added."""
        try:
            yield
        except ConfigError as error:
            if not error.where.startswith("["):
                raise
            place = f"{self.config_file() or 'environment'}, {error.where}"
            raise ConfigError(error.what, place, error.mend) from None


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

    options = globals_of(context)
    options.start_logging()
    with options.naming_the_file():
        settings = options.settings()
        database = open_synced(settings)
        try:
            yield Session(settings=settings, database=database)
        finally:
            database.close()


@contextmanager
def opened_if_any(context: typer.Context) -> Iterator[Database | None]:
    """The configured database for a command that can do without; None where there is none of our schema."""
    from monitor.errors import DatabaseError

    with ExitStack() as stack:
        database = None
        if globals_of(context).has_settings():
            with suppress(DatabaseError):
                database = stack.enter_context(opened(context)).database
        yield database


def tell(context: typer.Context, text: str, record: Mapping[str, Any]) -> None:
    """What was done, for a person or a program."""
    from monitor.cli.output import print_record, say

    if globals_of(context).json:
        print_record(record)
    else:
        say(text)


def is_terminal() -> bool:
    """Whether a person is at both ends."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
