"""`digest`: look at it, or send it now."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import Session, globals_of, opened, tell
from monitor.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from monitor.model.digest import Digest
    from monitor.work.sending import Sent


class Format(StrEnum):
    """How a digest is written out."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(epilog="Example: monitor digest --format html --out digest.html")(digest)


def digest(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Begin of the period (ISO 8601); else of the running one."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="End of the period (ISO 8601); else now.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="LIST", help="For which recipient list; else the first.")
    ] = None,
    format: Annotated[Format, typer.Option(help="Text, HTML, or the record as JSON.")] = Format.TEXT,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there instead of to stdout.")
    ] = None,
    send: Annotated[
        bool,
        typer.Option(
            "--send", help="Freeze and deliver now what is flagged and not yet mailed, to all lists."
        ),
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Also try failed and unknown deliveries again (implies --send).")
    ] = False,
    test: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Send the shown digest there, and mark nothing.")
    ] = None,
) -> None:
    """Show the digest of a period and change nothing; or send.

    Exit codes: 0 done · 1 something is undelivered · 2 no such list or a bad moment · 75 another sends.
    """
    shows_one = bool(since or until or to or out or test) or format is not Format.TEXT
    if (send or retry) and shows_one:
        raise UsageError(
            "sending takes no period, list, format or file",
            "monitor digest --send",
            "leave them out: it sends to all lists what was not yet mailed",
        )
    with opened(context) as session:
        if send or retry:
            well = send_all(context, session, retry=retry)
        elif test:
            well = send_test(context, session, composed(session, since, until, to), test)
        else:
            as_json = globals_of(context).json
            show(composed(session, since, until, to), Format.JSON if as_json else format, out)
            well = True
    if not well:
        raise typer.Exit(ExitCode.NEEDS_PERSON)


def composed(session: Session, since: str | None, until: str | None, to: str | None) -> Digest:
    """The digest of that period, stories already sent too."""
    from monitor import clock
    from monitor.cli.articles import parse_moment
    from monitor.work.digests import running_digest

    return session.database.read(
        running_digest,
        session.settings,
        clock.now(),
        to=to,
        since=parse_moment(since, "--since"),
        until=parse_moment(until, "--until"),
    )


def show(digest: Digest, format: Format, out: Path | None) -> None:
    """In the wanted form, to stdout or a file. Raises UsageError where the file cannot be written."""
    from monitor.cli.output import as_json, print_document, print_record
    from monitor.digest.records import digest_record

    if format is not Format.JSON:
        content = rendered(digest, format)
    elif out is not None:
        content = as_json(digest_record(digest))
    else:
        print_record(digest_record(digest))
        return
    if out is None:
        print_document(content, for_programs=format is not Format.TEXT)
        return
    try:
        out.write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", str(out)) from None


def rendered(digest: Digest, format: Format) -> str:
    from monitor.digest.render import render_html, render_text
    from monitor.words import clean

    render = render_html if format is Format.HTML else render_text
    return clean(render(digest)).rstrip("\n")


def send_all(context: typer.Context, session: Session, *, retry: bool) -> bool:
    """Freeze and deliver for all lists, whatever their time; whether all that there was is delivered."""
    import asyncio

    from monitor.work.sending import send_everything

    sent = asyncio.run(send_everything(session.settings, session.database, retry=retry))
    record = {"deliveries": dict(sorted(sent.by_state.items())), "undelivered": sent.undelivered}
    tell(context, in_words(session, sent), record)
    return not sent.undelivered


def in_words(session: Session, sent: Sent) -> str:
    if session.settings.smtp is None:
        return "there is no [smtp] in the configuration: nothing was sent, digests are only shown"
    counts = ", ".join(f"{count} {state}" for state, count in sorted(sent.by_state.items()))
    return "\n  ".join([f"deliveries: {counts or 'none was due'}", *sent.faults])


def send_test(context: typer.Context, session: Session, digest: Digest, address: str) -> bool:
    """One mail to one address, marked nowhere; whether it was taken."""
    from monitor.config.values import parse_mail_address
    from monitor.work.sending import send_test_mail

    try:
        parse_mail_address(address)
    except ValueError as error:
        raise UsageError(str(error), "--test") from None
    refusal = send_test_mail(session.settings, digest, address)
    text = f"not sent: {refusal}" if refusal else f"sent to {address}; nothing was marked"
    tell(context, text, {"to": address, "sent": refusal is None, "error": refusal})
    return refusal is None
