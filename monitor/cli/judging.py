"""`score`, `evaluate`, `seed`: judging without storing, measuring the judge, making a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.session import globals_of, opened, opened_if_any, tell
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.model.verdict import Verdict
    from monitor.relevance.topics import TopicSpec

seed_commands = typer.Typer(
    help="Seed profiles: build, show.",
    epilog="Example: monitor seed build article.txt --out my-topic.json",
)

Topic = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which topic; else the first configured, else the shipped one."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(epilog="Example: monitor score article.html")(score)
    app.command(epilog="Example: monitor evaluate labelled.jsonl")(evaluate)
    app.add_typer(seed_commands, name="seed", no_args_is_help=True)


def score(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(metavar="FILE|URL|-", help="A text or HTML file, an address, or '-' for stdin."),
    ] = None,
    batch: Annotated[
        bool,
        typer.Option(
            "--batch", help="Read JSON Lines with `title` and `text` on stdin, answer one line each."
        ),
    ] = False,
    topic: Topic = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="The headline, where the text has none.")] = "",
) -> None:
    """Judge a text without storing anything.

    Exit codes: 0 done · 2 no such file or topic, or no text.
    """
    from monitor.cli.batch import run_batch
    from monitor.cli.output import print_record
    from monitor.cli.records import score_record
    from monitor.relevance.topics import load_topic
    from monitor.work.scoring import judge_text, text_of

    options = globals_of(context)
    with options.naming_the_file():
        specs = topics_of(context)
        chosen = spec_named(specs, topic)
        if batch:
            run_batch(lambda job: score_job(job, specs, chosen))
            return
        if not source:
            raise UsageError("name a file or an address, '-' for stdin, or use --batch", "monitor score")
        loaded = load_topic(chosen)
        found = text_of(source, options.settings(optional=True).fetch, title)
    verdict = judge_text(found.title, found.body, found.language, loaded)
    if options.json:
        print_record(score_record(source, verdict))
    else:
        print_verdict(verdict, loaded.threshold)


def score_job(job: Mapping[str, Any], specs: Sequence[TopicSpec], chosen: TopicSpec) -> dict[str, Any]:
    """One line of the batch filter; a line's own topic beats the chosen one."""
    from monitor.cli.records import score_record
    from monitor.relevance.topics import load_topic
    from monitor.work.scoring import judge_text

    for key in ("title", "text", "language", "topic"):
        if not isinstance(job.get(key), str | None):
            raise UsageError(f"'{key}' must be text", "batch")
    if job.get("title") is None and job.get("text") is None:
        raise UsageError("a line needs 'title' or 'text'", "batch")
    topic = load_topic(spec_named(specs, job["topic"]) if job.get("topic") else chosen)
    verdict = judge_text(job.get("title") or "", job.get("text") or "", job.get("language"), topic)
    return score_record(job.get("id"), verdict)


def topics_of(context: typer.Context) -> tuple[TopicSpec, ...]:
    """The configured topics; without a configuration the shipped one."""
    from monitor.work.topics import topic_specs

    return topic_specs(globals_of(context).settings(optional=True).topics)


def spec_named(specs: Sequence[TopicSpec], named: str | None) -> TopicSpec:
    """A configured topic, by default the first, or the shipped one. Raises UsageError."""
    from monitor.config.values import nearest
    from monitor.work.topics import shipped_spec

    if named is None:
        return specs[0]
    known = {spec.name: spec for spec in (shipped_spec(), *specs)}
    if named not in known:
        near = nearest(named, known) or f"; there is {', '.join(known)}"
        raise UsageError(f"there is no topic '{named}'{near}", "topic")
    return known[named]


def print_verdict(verdict: Verdict, threshold: float) -> None:
    from monitor.cli.output import say

    style = "bold green" if verdict.flagged else "bold"
    say(
        f"{verdict.score:.4f}  {'flagged' if verdict.flagged else 'not flagged'} (threshold {threshold:g})",
        style=style,
    )
    say(f"topic: {verdict.topic}, version {verdict.topic_version}; judged on: {verdict.judged_on}")
    for reason in verdict.reasons:
        say(f"  {reason.weight:+.2f}  {reason.text}")
    if verdict.passage:
        say(f"passage: {verdict.passage}")


def evaluate(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE.jsonl", help="Lines with title, text, label; else your own labels."),
    ] = None,
    topic: Topic = None,
) -> None:
    """Measure a topic on labelled articles.

    Precision, recall, F1 and average precision at every threshold, and the stories a day it would give.

    Exit codes: 0 done · 2 no such file, a bad line, or too few labels.
    """
    from monitor.cli.evaluation import print_evaluation
    from monitor.cli.output import print_record
    from monitor.work.evaluation import evaluate_file, evaluate_labels

    with globals_of(context).naming_the_file():
        spec = spec_named(topics_of(context), topic)
        if file is None:
            with opened(context) as session:
                report = evaluate_labels(session.database, spec)
        else:
            with opened_if_any(context) as database:
                report = evaluate_file(file, spec, database)
    if globals_of(context).json:
        print_record(report.record())
    else:
        print_evaluation(report)


@seed_commands.command(epilog="Example: monitor seed build article.txt --out my-topic.json")
def build(
    context: typer.Context,
    articles: Annotated[
        list[str], typer.Argument(metavar="ARTICLE", help="Text or HTML files, or addresses.")
    ],
    out: Annotated[Path, typer.Option(metavar="PROFILE", help="Where the profile goes.")],
) -> None:
    """Make a seed profile of articles that show what a topic is about. It holds figures, never their text.

    Exit codes: 0 written · 2 an article cannot be read, or holds too little text.
    """
    from monitor.work.seeds import build_from

    profile = build_from(articles, globals_of(context).settings(optional=True).fetch, out)
    tell(context, f"wrote {out}: {profile}", {"out": str(out), "profile": profile})


@seed_commands.command(epilog="Example: monitor seed show my-topic.json")
def show(
    context: typer.Context,
    profile: Annotated[
        Path | None, typer.Argument(metavar="PROFILE", help="A profile; else the shipped one.")
    ] = None,
) -> None:
    """What a profile holds: where it came from and its strongest terms.

    Exit codes: 0 done · 2 no such file, or no profile.
    """
    from monitor.cli.output import print_record, print_table, say
    from monitor.work.seeds import describe

    record = describe(profile)
    if globals_of(context).json:
        print_record(record)
        return
    for source in record["sources"]:
        say(f"from: {source.get('title')} (sha256 {str(source.get('sha256'))[:12]}…)")
    say(f"made: {record['made']}")
    print_table(("term", "#weight"), record["terms"][:30])
