"""`topics`: what is looked for, in words, and tried on a text."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.session import globals_of, opened, tell

if TYPE_CHECKING:
    from monitor.relevance.topics import Topic

commands = typer.Typer(help="Topics: list, check.", epilog="Example: monitor topics list")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(commands, name="topics", no_args_is_help=True)


@commands.command("list", epilog="Example: monitor topics list")
def list_topics(context: typer.Context) -> None:
    """Each topic with its version, its threshold and what it flagged."""
    from monitor.cli.output import print_records, print_table
    from monitor.store.topics import stored_topics

    with opened(context) as session:
        topics = session.database.read(stored_topics)
    if globals_of(context).json:
        print_records(asdict(topic) for topic in topics)
        return
    rows = [(t.name, t.state, t.version, t.threshold, t.articles_judged, t.articles_flagged) for t in topics]
    print_table(("topic", "state", "version", "#threshold", "#judged", "#flagged"), rows)


@commands.command(
    epilog="Example: monitor topics check open-source-ai-policy 'The bill exempts open weights.'"
)
def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A configured topic, or the shipped one.")],
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="A text to try it on; '-' reads stdin.")
    ] = None,
) -> None:
    """A topic's rules in words; with a text, what it says to it and why.

    Exit codes: 0 done · 2 no such topic, or a bad rule.
    """
    from monitor.cli.judging import print_verdict, spec_named, topics_of
    from monitor.cli.output import print_record
    from monitor.cli.records import score_record
    from monitor.relevance.topics import load_topic
    from monitor.work.scoring import judge_text

    options = globals_of(context)
    with options.naming_the_file():
        topic = load_topic(spec_named(topics_of(context), name))
    if text is None:
        show_rules(context, topic)
        return
    verdict = judge_text("", read_stdin() if text == "-" else text, None, topic)
    if options.json:
        print_record(score_record(None, verdict))
    else:
        print_verdict(verdict, topic.threshold)


def show_rules(context: typer.Context, topic: Topic) -> None:
    """The topic in words."""
    from monitor.relevance.topics import explain

    record = {"topic": topic.name, "version": topic.version, "threshold": topic.threshold}
    tell(context, explain(topic), record | {"rules": explain(topic)})


def read_stdin() -> str:
    """Text that somebody hands in; what is no UTF-8 is replaced."""
    return sys.stdin.buffer.read().decode("utf-8", "replace")
