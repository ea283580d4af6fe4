"""`once` and `run`: the work by cron and as a daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import Globals, globals_of, opened
from monitor.errors import ExitCode

if TYPE_CHECKING:
    from monitor.cli.session import Session
    from monitor.work.pipeline import CycleResult


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(epilog="Example, every 10 minutes by cron: */10 * * * * monitor -q once")(once)
    app.command(epilog="Example: monitor --config /etc/monitor.toml run")(run)


def once(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Poll every feed, also those that are not due.")
    ] = False,
) -> None:
    """One cycle, for cron: poll what is due, read, judge, store, send.

    Exit codes: 0 done · 1 a delivery or a feed needs a person · 3 every due feed failed · 75 locked.
    """
    import asyncio

    from monitor.store.locks import hold

    options = globals_of(context)
    with opened(context) as session, hold(session.database, "cycle"):
        result = asyncio.run(one_cycle(session, options, everything))
        report(session, options, result)
    if result.all_failed:
        raise typer.Exit(ExitCode.CANNOT_WORK)
    if result.needs_person:
        raise typer.Exit(ExitCode.NEEDS_PERSON)


def run(
    context: typer.Context,
    standby: Annotated[
        bool, typer.Option("--standby", help="Wait for the lock instead of leaving with 75.")
    ] = False,
) -> None:
    """The daemon: the same work on a schedule, until SIGTERM.

    Exit codes: 0 ended by a signal · 3 no usable database at its start · 75 another process holds the lock.
    """
    from monitor.daemon import run_daemon

    with opened(context) as session:
        run_daemon(session.settings, session.database, standby=standby)


async def one_cycle(session: Session, options: Globals, everything: bool) -> CycleResult:
    """A cycle that SIGTERM ends in order, with a progress bar where a person watches."""
    from monitor.cli.progress import progress_for
    from monitor.work.flow import Stop, on_signals
    from monitor.work.pipeline import run_cycle
    from monitor.work.tools import open_tools

    schedule = session.settings.schedule
    stop = Stop(schedule.max_cycle, schedule.grace)
    with progress_for(options) as progress, on_signals(stop.ask):
        async with open_tools(session.settings, session.database, progress) as tools:
            return await run_cycle(tools, stop, kind="once", everything=everything)


def report(session: Session, options: Globals, result: CycleResult) -> None:
    """The summary, and what to do next when nothing was flagged."""
    from monitor.cli.output import print_record
    from monitor.cli.records import summary_record
    from monitor.cli.summary import print_advice, print_summary

    if options.json:
        print_record(summary_record(result.summary))
        return
    print_summary(result)
    if not result.summary.flagged:
        print_advice(session, result)
