"""`articles`: what was read, and a person's word on it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import globals_of, opened, tell
from monitor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.cli.session import Session
    from monitor.model.stored import StoredArticle

commands = typer.Typer(
    help="Articles: list, show, label.",
    epilog="Example: monitor articles list --flagged",
)


class Judgement(StrEnum):
    """A person's word."""

    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(commands, name="articles", no_args_is_help=True)


@commands.command("list", epilog="Example: monitor articles list --flagged --since 2026-11-01 --json")
def list_articles(
    context: typer.Context,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only those that a topic flagged.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Only those published since (ISO 8601).")
    ] = None,
    feed: Annotated[str | None, typer.Option(metavar="URL", help="Only those that this feed lists.")] = None,
    status: Annotated[str | None, typer.Option(help="Only those of this body status.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="At most so many.")] = 100,
    text: Annotated[bool, typer.Option("--text", help="With the body, or the feed's text.")] = False,
) -> None:
    """Articles, newest first; those that are still pending too.

    Exit codes: 0 done · 2 no such feed or body status, or a bad moment.
    """
    from monitor.cli.output import print_records
    from monitor.cli.records import article_record
    from monitor.store import articles
    from monitor.work.subscriptions import subscribed

    moment = parse_moment(since, "--since")
    wanted = known_status(status)
    with opened(context) as session:
        found = session.database.read(
            articles.list_articles,
            flagged=flagged,
            since=moment,
            feed=session.database.read(subscribed, feed).url if feed else None,
            status=wanted,
            limit=limit,
            with_text=text,
        )
    if globals_of(context).json:
        print_records(article_record(article, with_text=text) for article in found)
    else:
        print_articles(found, with_text=text)


@commands.command(epilog="Example: monitor articles show https://example.org/story --text")
def show(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Any address of the article.")],
    text: Annotated[bool, typer.Option("--text", help="With the body, or the feed's text.")] = False,
) -> None:
    """One article's whole record.

    Exit codes: 0 done · 2 never seen.
    """
    from monitor.cli.output import print_record
    from monitor.cli.records import article_record

    with opened(context) as session:
        article = needed(session, url, with_text=text)
    if globals_of(context).json:
        print_record(article_record(article, with_text=text))
    else:
        print_article(article, with_text=text)


@commands.command(epilog="Example: monitor articles label https://example.org/story relevant")
def label(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Any address of the article.")],
    judgement: Annotated[Judgement, typer.Argument(metavar="JUDGEMENT", help="Your word on it.")],
    topic: Annotated[
        str | None, typer.Option(metavar="NAME", help="For which topic; else the first configured one.")
    ] = None,
) -> None:
    """Say whether an article is relevant. `monitor evaluate` then measures the topic by your labels.

    Exit codes: 0 stored · 2 never seen, or no such topic.
    """
    from monitor import clock
    from monitor.store.labels import set_label

    with opened(context) as session:
        name = topic_of(session, topic)
        article = needed(session, url)
        relevant = judgement is Judgement.RELEVANT
        session.database.call(set_label, article.id, name, relevant, clock.now(), source="command")
    tell(context, f"{judgement}: {article.title}", {"id": article.id, "topic": name, "relevant": relevant})


def needed(session: Session, url: str, *, with_text: bool = False) -> StoredArticle:
    """The article of that address. Raises UsageError where it was never seen."""
    from monitor.cli.output import as_word
    from monitor.store.articles import find_article
    from monitor.urls import mask_user_info

    article = session.database.read(find_article, url, with_text=with_text)
    if article is None:
        shown = mask_user_info(url)
        raise UsageError("this address was never seen", shown, f"`monitor why {as_word(shown)}` says more")
    return article


def topic_of(session: Session, named: str | None) -> str:
    """The topic of that name, else the first. Raises UsageError with the nearest name."""
    from monitor.config.values import nearest

    names = [topic.name for topic in session.settings.topics]
    if named is None:
        return names[0]
    if named not in names:
        raise UsageError(f"there is no topic '{named}'{nearest(named, names)}", "--topic")
    return named


def known_status(status: str | None) -> str | None:
    """A body status. Raises UsageError with the choices."""
    from monitor.config.values import nearest
    from monitor.model.article import BodyStatus

    choices = [str(choice) for choice in BodyStatus]
    if status is not None and status not in choices:
        near = nearest(status, choices) or f"; there are {', '.join(choices)}"
        raise UsageError(f"'{status}' is no body status{near}", "--status")
    return status


def parse_moment(text: str | None, option: str) -> datetime | None:
    """ISO 8601; without a zone it is this machine's. None for None. Raises UsageError."""
    from datetime import datetime

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(
            f"'{text}' is no moment", option, "write it as 2026-11-25 or 2026-11-25T07:00"
        ) from None


def print_articles(found: Sequence[StoredArticle], *, with_text: bool) -> None:
    """Three lines an article; an address has one to itself, so that it can be copied."""
    from monitor.cli.output import say, shown
    from monitor.urls import mask_user_info

    if not found:
        say("there are no such articles")
    for article in found:
        score, flagged = best_score(article)
        when = article.published_at or article.first_seen_at
        say(
            f"{shown(when)}  {score}  {article.status}  {shown(article.outlet)}",
            style="green" if flagged else "",
        )
        say(f"    {article.title}", style="bold" if flagged else "")
        say(f"    {mask_user_info(article.url)}", style="dim")
        if with_text:
            say(article.text or "(no text)")
            say()


def print_text(article: StoredArticle) -> None:
    from monitor.cli.output import say

    say(article.title, style="bold")
    say(article.text or "(no text)")


def print_article(article: StoredArticle, *, with_text: bool) -> None:
    from monitor.cli.output import say, say_fields
    from monitor.cli.records import article_record

    say_fields(article_record(article), leave_out=("verdicts",))
    for verdict in article.verdicts:
        word = "flagged" if verdict.flagged else "not flagged"
        say(f"verdict: {verdict.topic} {verdict.score:.4f} {word}: {verdict.why}")
    if with_text:
        say()
        print_text(article)


def best_score(article: StoredArticle) -> tuple[str, bool]:
    """The strongest verdict's score, and whether it is flagged; a dash until it is judged."""
    best = max(article.verdicts, key=lambda verdict: verdict.score, default=None)
    return (f"{best.score:.2f}", best.flagged) if best else ("–   ", False)
