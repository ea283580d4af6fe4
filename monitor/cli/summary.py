"""What `once` and `demo` say at their end: the counters, and what to do next when nothing was flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.cli.output import as_word, print_table, say
from monitor.urls import mask

if TYPE_CHECKING:
    from monitor.cli.session import Session
    from monitor.model.summary import Summary
    from monitor.work.pipeline import CycleResult

FAILED_SHOWN = 5


def print_summary(result: CycleResult) -> None:
    """The counters as a small table, then what failed, and whatever needs a person."""
    print_counters(result.summary)
    print_failed_feeds(result)
    for url in result.newly_gone:
        say(
            f"gone: {mask(url)}; `monitor feeds remove` it, or `monitor feeds resume` it if that is an error",
            style="red",
        )
    if result.failed_deliveries:
        say(f"deliveries that need you: {result.failed_deliveries}; `monitor doctor` names them", style="red")
    if result.all_failed:
        say("every feed that was due failed: `monitor doctor` looks for the reason", style="red")


def print_counters(summary: Summary) -> None:
    """One line a kind; each sum is spelled out."""
    feeds, entries = summary.feeds, summary.entries
    rows = [
        (
            "feeds",
            feeds.due,
            f"{feeds.new} with news, {feeds.unchanged} unchanged, {feeds.failed} failed, "
            f"{feeds.throttled} asked us to wait, {feeds.skipped} not asked",
        ),
        (
            "entries",
            entries.seen,
            f"{entries.new} new ({entries.of_new_articles} of new articles, "
            f"{entries.of_known_articles} of known ones, {entries.without_page} without a page), "
            f"{entries.known} known",
        ),
        ("articles", sum(summary.articles.values()), listed(summary.articles)),
        ("flagged", summary.flagged, ""),
        ("deliveries", sum(summary.deliveries.values()), listed(summary.deliveries)),
    ]
    print_table(("", "#count", "of which"), rows)
    say(f"{summary.seconds:.1f} s, cycle {summary.cycle}")


def print_failed_feeds(result: CycleResult) -> None:
    """The first few by name."""
    for line in result.failed_feeds[:FAILED_SHOWN]:
        say(f"failed: {mask(line)}", style="yellow")
    if (more := len(result.failed_feeds) - FAILED_SHOWN) > 0:
        say(f"and {more} more: `monitor feeds list`", style="yellow")


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))


def print_advice(session: Session, result: CycleResult) -> None:
    """Nothing was flagged: what came nearest, and where to look."""
    from monitor import clock
    from monitor.work.advice import nearest_miss

    say("nothing was flagged in this cycle")
    miss = session.database.read(nearest_miss, session.settings, clock.now())
    if miss:
        say(f"  nearest: {miss.score:.2f} (threshold {miss.threshold:g}) {miss.headline}")
        say(f"  why: `monitor why {as_word(miss.url)}`; `monitor articles label` takes your own word on it")
    if not result.summary.feeds.due:
        say("  no feed was due: `monitor once --all` asks all, `monitor feeds add URL` adds one")
