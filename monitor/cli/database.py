"""`db`: the database's schema and health."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from monitor.cli.session import globals_of, tell
from monitor.errors import ExitCode

if TYPE_CHECKING:
    from monitor.config import Settings

commands = typer.Typer(help="The database: upgrade, current, check.", epilog="Example: monitor db check")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(commands, name="db", no_args_is_help=True)


@commands.command(epilog="Example: monitor db upgrade")
def upgrade(context: typer.Context) -> None:
    """Create the database, or bring it to this program's schema. Of two at once, one does it.

    Exit codes: 0 done · 3 it cannot be reached, or belongs to a newer program.
    """
    from monitor.store.migrate import head
    from monitor.work.setup import create

    with configured(context) as settings:
        create(settings)
    tell(context, f"the database is at {head()}", {"revision": head()})


@commands.command(epilog="Example: monitor db current")
def current(context: typer.Context) -> None:
    """Which schema the database has, and which one this program wants.

    Exit codes: 0 they agree · 3 they do not, or there is none.
    """
    from monitor.store import migrate
    from monitor.store.engine import open_database

    with configured(context) as settings:
        url = settings.database.url.get_secret_value()
        found, wanted = migrate.current(url), migrate.head()
        text = f"database: {found or 'none'}; program: {wanted}"
        tell(context, text, {"revision": found, "program": wanted})
        with open_database(url) as database:
            migrate.require_current(database)


@commands.command(epilog="Example: monitor db check")
def check(context: typer.Context) -> None:
    """Integrity, references and schema.

    Exit codes: 0 sound · 1 something is wrong · 3 it cannot be reached.
    """
    from monitor.store import migrate

    with configured(context) as settings:
        problems = migrate.check(settings.database.url.get_secret_value())
    text = "\n".join(problems) or "the database is sound"
    tell(context, text, {"ok": not problems, "problems": problems})
    if problems:
        raise typer.Exit(ExitCode.NEEDS_PERSON)


@contextmanager
def configured(context: typer.Context) -> Iterator[Settings]:
    """The settings alone: these commands are for databases that cannot be opened as they are."""
    options = globals_of(context)
    with options.naming_the_file():
        yield options.settings()
