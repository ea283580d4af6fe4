"""`feeds`: what is subscribed to, and how it fares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import globals_of, opened, tell

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from monitor.model.stored import StoredAttempt, StoredFeed

commands = typer.Typer(
    help="Feeds: list, add, remove, pause, resume, import, export, show.",
    epilog="Example: monitor feeds add https://example.org",
)

Address = Annotated[str, typer.Argument(metavar="URL", help="The feed's address, now or as it was added.")]

STYLES = {"active": "", "gone": "bold red", "blocked": "bold red", "paused": "dim"}  # else yellow
AT_REST = ("gone", "blocked", "paused")  # not asked, whatever the time


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(commands, name="feeds", no_args_is_help=True)


@commands.command("list", epilog="Example: monitor feeds list --json | jq -r 'select(.failures > 3).url'")
def list_feeds(context: typer.Context) -> None:
    """All feeds with their state and when each is asked next."""
    from monitor.cli.output import print_records
    from monitor.cli.records import feed_record
    from monitor.store.feeds import stored_feeds

    with opened(context) as session:
        feeds = session.database.read(stored_feeds)
    if globals_of(context).json:
        print_records(feed_record(feed) for feed in feeds)
    else:
        print_feeds(feeds)


@commands.command(epilog="Example: monitor feeds add https://example.org")
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a site that names its feeds.")],
    tag: Annotated[list[str] | None, typer.Option(help="A word to group feeds by; may be repeated.")] = None,
    title: Annotated[str, typer.Option(help="A name of your own for it.")] = "",
) -> None:
    """Subscribe to a feed. A site's address is enough: its feed is looked for.

    Exit codes: 0 added, or there already · 2 no address, or no feed found there.
    """
    from monitor.work.subscriptions import add_feed

    with opened(context) as session:
        added = add_feed(session.settings, session.database, url, title=title, tags=tuple(tag or ()))
    tell(context, added.text, {"url": added.url, "added": added.new})


@commands.command(epilog="Example: monitor feeds remove https://example.org/feed.xml")
def remove(context: typer.Context, url: Address) -> None:
    """Unsubscribe. Its articles stay, and the configuration does not bring it back.

    Exit codes: 0 done · 2 no such feed.
    """
    from monitor.store.feeds import remove_feed

    change(context, url, remove_feed, "removed")


@commands.command(epilog="Example: monitor feeds pause https://example.org/feed.xml")
def pause(context: typer.Context, url: Address) -> None:
    """Ask it no more until `resume`.

    Exit codes: 0 done · 2 no such feed.
    """
    from monitor.store.feeds import pause_feed

    change(context, url, pause_feed, "paused")


@commands.command(epilog="Example: monitor feeds resume https://example.org/feed.xml")
def resume(context: typer.Context, url: Address) -> None:
    """Ask it again, from the next cycle on. Also one that is gone or blocked.

    Exit codes: 0 done · 2 no such feed.
    """
    from monitor.store.feeds import resume_feed

    change(context, url, resume_feed, "resumed")


@commands.command("import", epilog="Example: monitor feeds import subscriptions.opml")
def import_feeds(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML, or one address a line; '-' for stdin.")],
) -> None:
    """Subscribe to all feeds of a file; makes no request.

    Exit codes: 0 done · 2 the file cannot be read, or names no feed.
    """
    from monitor.work.subscriptions import import_file

    with opened(context) as session:
        added, known = import_file(session.database, file)
    tell(context, f"{added} added, {known} there already", {"added": added, "known": known})


@commands.command("export", epilog="Example: monitor feeds export > subscriptions.opml")
def export_feeds(context: typer.Context) -> None:
    """All feeds as OPML on stdout. Secrets in addresses are in it: it is for your other programs."""
    import sys

    from monitor.cli.output import print_records
    from monitor.store.feeds import stored_feeds
    from monitor.work.subscriptions import export_opml

    with opened(context) as session:
        feeds, content = session.database.read(stored_feeds), session.database.read(export_opml)
    if globals_of(context).json:
        print_records({"url": feed.url, "title": feed.title, "tags": list(feed.tags)} for feed in feeds)
    else:
        sys.stdout.buffer.write(content)


@commands.command(epilog="Example: monitor feeds show https://example.org/feed.xml")
def show(context: typer.Context, url: Address) -> None:
    """One feed: its record and its last polls.

    Exit codes: 0 done · 2 no such feed.
    """
    from monitor.cli.output import print_record, say, say_fields
    from monitor.cli.records import feed_record
    from monitor.store.feeds import attempts
    from monitor.work.subscriptions import subscribed

    with opened(context) as session:
        feed = session.database.read(subscribed, url)
        polls = session.database.read(attempts, feed.id)
    record = feed_record(feed, polls)
    if globals_of(context).json:
        print_record(record)
        return
    say_fields(record, leave_out=("attempts",))
    say()
    print_polls(polls)


def change(
    context: typer.Context, url: str, deed: Callable[[Connection, int, datetime], None], done: str
) -> None:
    """One change to one feed."""
    from monitor import clock
    from monitor.urls import mask
    from monitor.work.subscriptions import subscribed

    with opened(context) as session:
        feed = session.database.read(subscribed, url)
        session.database.call(deed, feed.id, clock.now())
    tell(context, f"{done}: {mask(feed.url)}", {"url": mask(feed.url), "done": done})


def print_feeds(feeds: Sequence[StoredFeed]) -> None:
    """Two lines a feed, three for one in trouble; an address has one to itself, so that it can be copied."""
    from monitor.cli.output import say, shown
    from monitor.urls import mask

    if not feeds:
        say("there are no feeds yet: `monitor feeds add URL` adds one")
        return
    say(f"{'state':<11}  {'entries':>7}  {'next poll':<16}  feed", style="bold")
    for feed in feeds:
        when = shown(None if feed.state in AT_REST else feed.next_poll_at)
        line = f"{feed.state:<11}  {feed.entries:>7}  {when:<16}  {feed.title or '(not read yet)'}"
        say(line, style=STYLES.get(feed.state, "yellow"))
        say(f"    {mask(feed.url)}")
        if feed.last_error:
            times = f"{feed.failures} failed in a row: " if feed.failures else ""
            say(f"    {times}{mask(feed.last_error)}", style="yellow")


def print_polls(polls: Sequence[StoredAttempt]) -> None:
    from monitor.cli.output import print_table
    from monitor.urls import mask

    rows = [
        (
            p.at,
            p.outcome,
            p.status,
            p.seen,
            p.new,
            p.body_bytes,
            f"{p.seconds:.1f}",
            mask(p.error or p.detail),
        )
        for p in polls
    ]
    columns = ("polled at", "outcome", "#HTTP", "#seen", "#new", "#bytes", "#s", "what")
    print_table(columns, rows, empty="it was not asked yet")
