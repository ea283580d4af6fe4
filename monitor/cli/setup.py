"""`init` and `doctor`: the first five minutes, and the bad ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.session import Globals, globals_of, is_terminal, tell
from monitor.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from monitor.work.doctor import Check
    from monitor.work.setup import Answers


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(epilog="Example: monitor init && monitor once")(init)
    app.command(epilog="Example: monitor doctor")(doctor)


def init(
    context: typer.Context,
    contact: Annotated[
        str | None, typer.Option(help="Mail address or page that site owners can turn to.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone of the digest.")] = None,
    address: Annotated[str | None, typer.Option(help="Mail address that gets the digest.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a configuration that is there.")] = False,
) -> None:
    """Write a commented config.toml and create the database. Asks where a terminal is there.

    Exit codes: 0 done · 2 there is a configuration already, or an answer is no zone or address.
    """
    from monitor.work.setup import create, write_config

    options = globals_of(context)
    path = options.config or Path("config.toml")
    if path.exists() and not force:
        raise UsageError("there is a configuration already", str(path), "--force overwrites it")
    answers = asked(options, contact, zone, address)
    settings = write_config(path, answers)
    create(settings)
    tell(context, what_next(path, answers), {"config": str(path), "zone": answers.zone})


def asked(options: Globals, contact: str | None, zone: str | None, address: str | None) -> Answers:
    """The answers given as options; the rest is asked for where a person is there."""
    from monitor.config.settings import machine_zone
    from monitor.config.values import parse_mail_address, parse_zone
    from monitor.work.setup import Answers

    if is_terminal() and not options.quiet and not options.json:
        if contact is None:
            contact = ask("A contact for site owners (mail address or page)")
        if zone is None:
            zone = ask("The digest's time zone", machine_zone(), check=parse_zone)
        if address is None:
            address = ask("Mail address for the digest (empty: none yet)", check=parse_mail_address)
    return Answers(contact=contact or "", zone=zone or machine_zone(), address=address or "")


def ask(question: str, default: str = "", *, check: Callable[[str], Any] = str) -> str:
    """One answer of a person; one that cannot be used is asked for again. Empty answers are not checked."""

    def checked(answer: str) -> str:
        try:
            return str(check(answer)) if answer.strip() else ""
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return str(typer.prompt(question, default=default, show_default=bool(default), value_proc=checked))


def what_next(path: Path, answers: Answers) -> str:
    text = f"""wrote {path} and created the database
next: `monitor once` reads the feeds, `monitor digest` shows what was found
      `monitor doctor` checks that all is well"""
    if answers.address:
        text += f"\nto have the digest mailed to {answers.address}, fill in [smtp] in {path}"
    return text


def doctor(context: typer.Context) -> None:
    """Check configuration, database, disk, mail server and feeds. Says what is wrong, and the mend.

    Exit codes: 0 all is well · 1 something needs a person · 2 configuration wrong · 3 no usable database.
    """
    from monitor.cli.output import print_record
    from monitor.work.doctor import examine

    options = globals_of(context)
    needs_person = False
    with options.naming_the_file():
        for check in examine(options.settings()):
            needs_person = needs_person or check.needs_person
            if options.json:
                print_record(check.record())
            else:
                print_check(check)
    if needs_person:
        raise typer.Exit(ExitCode.NEEDS_PERSON)


def print_check(check: Check) -> None:
    """One line, and a second one where there is something to do."""
    from monitor.cli.output import say

    word, style = ("BAD", "bold red") if check.needs_person else ("note", "yellow")
    if check.ok:
        word, style = "ok", ""
    say(f"{word:<5}{check.name}: {check.what}", style=style)
    if check.mend:
        say(f"     {check.mend}")
