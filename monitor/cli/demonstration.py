"""How the demo's result looks to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.cli.output import print_table, say
from monitor.cli.summary import print_counters, print_failed_feeds
from monitor.words import clean

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.demo.run import DemoResult
    from monitor.model.digest import DigestStory


def show_demo(result: DemoResult) -> None:
    """The flagged stories, the near misses, the counters of each cycle, and where the digest lies."""
    rows = [(f"{story.topics[0].score:.2f}", told(story)) for story in result.digest.stories]
    say(f"flagged stories on open-source AI policy: {len(rows)}", style="bold")
    print_table(("#score", "story, outlets, why"), rows)
    say()
    for miss in result.digest.near_misses:
        say(
            f"near miss: {miss.score:.2f} of {miss.threshold:g}  {miss.headline} ({miss.outlet})", style="dim"
        )
    for number, cycle in enumerate(result.cycles, 1):
        say()
        say(f"cycle {number}" + (": what is new, the rest answers 304" if number > 1 else ""), style="bold")
        print_counters(cycle.summary)
        print_failed_feeds(cycle)
    say()
    say(f"the digest: {result.html}")
    say(f"   as text: {result.text}")
    if result.database:
        say(f"the database: {result.database}")


def told(story: DigestStory) -> Text:
    """Headline, outlets (the original's first) and reasons, below each other."""
    from rich.text import Text

    parts = ((story.headline, "bold"), (", ".join(story.outlets), ""), (story.topics[0].why, "dim"))
    return Text("\n").join(Text(clean(text), style=style) for text, style in parts)
