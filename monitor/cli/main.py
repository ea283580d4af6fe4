"""The entry point: global options before or after the command, and every error turned into one line and a code.

Nothing heavy is imported here, so that `--help` answers at once; commands import what they use when they run.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import articles, cycle, database, demo, digest, feeds, inspect, judging, setup, topics, why
from monitor.cli.session import Globals
from monitor.errors import ExitCode, MonitorError

WITH_VALUE = ("--config",)
WITHOUT_VALUE = ("--json", "--verbose", "-v", "-vv", "--quiet", "-q", "--version")
EPILOG = (
    "Exit codes: 0 done · 1 done, but something needs a person · 2 usage or configuration · "
    "3 could not do the work · 75 another process holds the lock. "
    "Global options may stand before or after the command."
)

app = typer.Typer(
    name="monitor",
    help="Pull feeds, read articles, flag what matters for a topic, and mail each story once.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    if wanted:
        from monitor.work.version import program_version

        typer.echo(f"monitor {program_version()}")
        raise typer.Exit


@app.callback()
def global_options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="Configuration file; else $MONITOR_CONFIG, ./config.toml, the user's config folder."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print records for programs instead of text.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more in the log.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that every command knows."""
    context.obj = Globals(config=config, json=json, verbose=verbose, quiet=quiet)
    context.obj.start_logging()


for part in (setup, cycle, digest, feeds, articles, why, judging, topics, inspect, database, demo):
    part.register(app)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        app(hoisted(given), prog_name="monitor")
    except MonitorError as error:
        complain(str(error))
        leave(error.exit_code)
    except KeyboardInterrupt:
        leave(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        leave(141)
    except Exception as error:  # the last border: a person gets a sentence, a developer the rest with -v
        if any(argument.startswith("-v") or argument == "--verbose" for argument in given):
            traceback.print_exc()
        complain(f"unexpected {type(error).__name__}: {error}; this is a defect, please report it (-v shows where)")
        leave(ExitCode.CANNOT_WORK)


def hoisted(arguments: list[str]) -> list[str]:
    """Global options moved to the front, where the parser looks for them; nothing after `--` is touched."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in WITHOUT_VALUE:
            front.append(word)
        elif word in WITH_VALUE:
            front += [word, *[value for value in [next(words, None)] if value is not None]]
        elif word.startswith(tuple(f"{option}=" for option in WITH_VALUE)):
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def complain(text: str) -> None:
    """One line on stderr, whatever the text holds."""
    from monitor.words import clean

    print(f"monitor: {clean(text)}", file=sys.stderr)


def leave(code: int) -> None:
    """Exit without letting a broken stdout turn the code into another one."""
    try:
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(int(code))
