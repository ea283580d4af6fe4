"""`demo`: the whole main job over real HTTP, against a news world served on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.session import globals_of


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog="Example: monitor demo --keep /tmp/demo --open")(demo)


def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Leave database and files there to look at.")
    ] = None,
    open_digest: Annotated[bool, typer.Option("--open", help="Open the digest in a browser.")] = False,
) -> None:
    """Show the main job over a small news world on this machine. Needs no network and no configuration.

    Exit codes: 0 done.
    """
    from monitor.cli.demonstration import show_demo
    from monitor.cli.output import print_record
    from monitor.cli.progress import progress_for
    from monitor.cli.records import summary_record
    from monitor.demo.run import run_demo

    options = globals_of(context)
    options.start_logging()
    with progress_for(options) as progress:
        result = run_demo(progress, keep)
    if options.json:
        print_record(
            summary_record(result.summary)
            | {"digest_html": str(result.html), "digest_text": str(result.text)}
        )
    else:
        show_demo(result)
    if open_digest:
        typer.launch(result.html.as_uri())
