"""`why`: the whole record of one address."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.session import globals_of, opened


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog="Example: monitor why https://example.org/story")(why)


def why(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Any address: as listed, redirected, canonical.")],
) -> None:
    """What became of an address, step by step, and why. Or that it was never seen.

    Exit codes: 0 answered, also when it was never seen.
    """
    from monitor.cli.output import print_record, say
    from monitor.work.why import explain_address

    with opened(context) as session:
        answer = session.database.read(explain_address, url)
    if globals_of(context).json:
        print_record(answer.record)
        return
    for line in answer.lines:
        say(line, style="bold" if not line.startswith(" ") else "")
