"""The entry point: global options before or after the command, every error turned into one line and a code.

Nothing heavy is imported here, so that `--help` answers at once; commands import what they use when they run.
"""

from __future__ import annotations

import errno
import re
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from monitor.cli import (
    articles,
    cycle,
    database,
    demo,
    digest,
    feeds,
    inspect,
    judging,
    setup,
    streams,
    topics,
    why,
)
from monitor.cli.session import Globals
from monitor.errors import ExitCode, MonitorError

WITH_VALUE = ("--config",)
WITHOUT_VALUE = re.compile(r"--json|--verbose|--quiet|--version|-[vq]+")
INTERRUPTED = 128 + 2  # as a shell says it of SIGINT
DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
EPILOG = (
    "Example: monitor init && monitor once\n\n"
    "Exit codes: 0 done · 1 done, but something needs a person · 2 usage or configuration · "
    "3 could not do the work · 75 another process holds the lock\n\n"
    "Global options may stand before or after the command."
)

app = typer.Typer(
    name="monitor",
    help="Pull feeds, read articles, flag what matters for a topic, and mail each story once.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich would cost as much time as all the rest
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
        typer.Option(
            metavar="PATH",
            help="Configuration file; else $MONITOR_CONFIG, ./config.toml, the user's config folder.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print records for programs instead of text.")] = False,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, show_default=False, help="Say more in the log.")
    ] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that every command knows."""
    if quiet:
        streams.hold_back()
    context.obj = Globals(config=config, json=json, verbose=verbose, quiet=quiet)


for part in (setup, cycle, digest, feeds, articles, why, judging, topics, inspect, database, demo):
    part.register(app)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    streams.prepare()
    given = hoisted(sys.argv[1:] if arguments is None else arguments)
    code = done(given)
    sys.exit(streams.finish(code))


def done(arguments: list[str]) -> int:
    """Run one command; what it raises becomes a sentence on stderr and a code."""
    try:
        # Not standalone: an exit code comes back, and errors are said in our own words.
        return app(arguments, prog_name="monitor", standalone_mode=False) or ExitCode.DONE
    except MonitorError as error:
        complain(str(error))
        return error.exit_code
    except typer.TyperException as error:
        return misused(error)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except SystemExit as error:
        # The parser's own way out where nobody reads stdout; its 1 would ask for a person.
        nobody_reads = isinstance(error.__context__, BrokenPipeError)
        return streams.NOBODY_READS if nobody_reads else int(error.code or 0)
    except OSError as error:
        if error.errno not in DISK_TROUBLE:
            return unexpected(error, arguments)
        complain(f"{error.filename or 'the output'} cannot be written: {error.strerror}")
        return ExitCode.CANNOT_WORK
    except Exception as error:  # the last border: a person gets a sentence, a developer the rest with -v
        return unexpected(error, arguments)


def hoisted(arguments: list[str]) -> list[str]:
    """Global options moved to the front, where the parser looks for them; nothing after `--` is touched."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif WITHOUT_VALUE.fullmatch(word) or word.startswith(tuple(f"{option}=" for option in WITH_VALUE)):
            front.append(word)
        elif word in WITH_VALUE:
            front += [word, *[value for value in [next(words, None)] if value is not None]]
        else:
            rest.append(word)
    return front + rest


def misused(error: typer.TyperException) -> int:
    """Say what is wrong with the command line; a group without a command gets its help."""
    said = error.format_message()
    if said.startswith("Usage: "):
        print(said, file=sys.stderr)
    else:
        command = getattr(getattr(error, "ctx", None), "command_path", "monitor")
        said = said.removesuffix(".").replace("Value error, ", "")
        complain(f"{said}; `{command} --help` shows what there is")
    return ExitCode.USAGE


def unexpected(error: Exception, arguments: list[str]) -> int:
    """A defect of ours."""
    if any(re.fullmatch("--verbose|-v+", argument) for argument in arguments):
        traceback.print_exception(error)
    complain(
        f"unexpected {type(error).__name__}: {error}; this is a defect, please report it (-v shows where)"
    )
    return ExitCode.CANNOT_WORK


def complain(text: str) -> None:
    """One line on stderr, whatever the text holds: no control characters, no secrets."""
    from monitor.urls import mask
    from monitor.words import clean

    line = " ".join(clean(mask(text)).split())
    print(line if line.startswith("monitor ") else f"monitor: {line}", file=sys.stderr)
