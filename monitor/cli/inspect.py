"""`inspect`: what the parser makes of a feed, or the extractor of a page.

Needs no configuration and no database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import globals_of
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.work.inspect import Record, Source

commands = typer.Typer(
    help="What the parser or the extractor makes of a file or an address.",
    epilog="Example: monitor inspect page article.html",
)

Named = Annotated[str | None, typer.Argument(metavar="PATH|URL", help="A file or a web address.")]
Batch = Annotated[
    bool, typer.Option("--batch", help="Read JSON Lines with `path` on stdin, answer one line for each.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(commands, name="inspect", no_args_is_help=True)


@commands.command(epilog="Example: monitor inspect feed https://example.org/feed.xml")
def feed(context: typer.Context, source: Named = None, batch: Batch = False) -> None:
    """A feed's title and entries as the parser reads them.

    Exit codes: 0 done · 2 no such file, no answer, or no feed.
    """
    from monitor.work.inspect import inspect_feed

    show(context, "feed", inspect_feed, print_feed, source, batch)


@commands.command(epilog="Example: monitor inspect page article.html")
def page(context: typer.Context, source: Named = None, batch: Batch = False) -> None:
    """A page's text, title, author, date, language and body status. As the extractor reads them.

    Exit codes: 0 done · 2 no such file, or no answer.
    """
    from monitor.work.inspect import inspect_page

    show(context, "page", inspect_page, print_page, source, batch)


def show(
    context: typer.Context,
    kind: str,
    inspect: Callable[[Source], Record],
    print_it: Callable[[Record], None],
    named: str | None,
    batch: bool,
) -> None:
    """One source for a person or a program, or a batch of them for a program."""
    from monitor.cli.batch import run_batch
    from monitor.cli.output import print_record
    from monitor.work.inspect import from_job

    if batch:
        run_batch(lambda job: inspect(from_job(job)))
        return
    if not named:
        raise UsageError("name a file or an address, or use --batch", f"monitor inspect {kind}")
    record = inspect(source_of(context, named, as_feed=kind == "feed"))
    (print_record if globals_of(context).json else print_it)(record)
    if kind == "feed" and record.get("error"):
        raise UsageError(record["error"], named)


def source_of(context: typer.Context, named: str, *, as_feed: bool) -> Source:
    """An address is fetched with the configuration's limits, or the defaults; a file is read."""
    from monitor.work.inspect import from_file, from_web, refuse_binary

    options = globals_of(context)
    if not named.startswith(("http://", "https://")):
        source = from_file(named)
        refuse_binary(source.body, named)
        return source
    with options.naming_the_file():
        return from_web(named, options.settings(optional=True).fetch, as_feed=as_feed)


def print_feed(record: Record) -> None:
    from monitor.cli.output import say, shown

    if record.get("error") and not record["entries"]:
        return
    say(record["title"] or "(no title)", style="bold")
    for entry in record["entries"]:
        say(f"{shown(entry['published'])}  {entry['title'] or '(no title)'}")
        for line in (entry["author"], entry["link"]):
            if line:
                say(f"    {line}", style="dim")
    say(f"{len(record['entries'])} entries")


def print_page(record: Record) -> None:
    from monitor.cli.output import say

    say(record["title"] or "(no title)", style="bold")
    for key in ("author", "date", "language", "site_name", "canonical_url", "status", "method", "error"):
        if record.get(key):
            say(f"{key.replace('_', ' ')}: {record[key]}")
    for line in record["evidence"]:
        say(f"  because {line}")
    say()
    say(record["text"] or "(no text)")
