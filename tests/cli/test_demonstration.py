from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from monitor.cli.demonstration import show_demo
from monitor.demo.run import DemoResult
from monitor.model.digest import Coverage, Digest, DigestStory, NearMiss, Period, TopicScore
from monitor.model.summary import FeedCounts, Summary
from monitor.work.pipeline import CycleResult

NOW = datetime(2026, 11, 25, 7, tzinfo=UTC)
STORY = DigestStory(
    id=1,
    headline="Senate exempts \x1b[31mopen models",
    url="http://127.0.0.2/story",
    outlets=("Harbour Ledger", "Northgate Post"),
    reprints=1,
    related=(),
    extract="",
    topics=(TopicScore(topic="open-source-ai-policy", score=0.93, why="open models and law in one passage"),),
    marks=(),
    articles=(),
)
MISS = NearMiss(
    headline="A closed model",
    url="http://127.0.0.2/closed",
    outlet="Signal Ridge",
    topic="open-source-ai-policy",
    score=0.41,
    threshold=0.5,
)
DIGEST = Digest(
    to="demo",
    period=Period(since=NOW, until=NOW, zone="UTC"),
    stories=(STORY,),
    near_misses=(MISS,),
    coverage=Coverage(),
)


def result(database: Path | None = None) -> DemoResult:
    summary = Summary(cycle="one", feeds=FeedCounts(due=2, new=1, failed=1), seconds=1.0)
    cycle = CycleResult(summary=summary, failed_feeds=("http://127.0.0.9/rss: it answered 500",))
    return DemoResult(
        summary=summary,
        cycles=(cycle, cycle),
        digest=DIGEST,
        html=Path("/tmp/demo/digest.html"),
        text=Path("/tmp/demo/digest.txt"),
        database=database,
    )


def test_the_stories_stand_with_score_outlets_and_reason(printed):
    text = printed(show_demo, result())

    assert "flagged stories on open-source AI policy: 1" in text
    assert "0.93  Senate exempts open models" in text
    assert "Harbour Ledger, Northgate Post" in text
    assert "open models and law in one passage" in text
    assert "near miss: 0.41 of 0.5  A closed model (Signal Ridge)" in text
    assert "\x1b" not in text


def test_both_cycles_are_counted_and_the_digests_place_is_told(printed):
    text = printed(show_demo, result())

    assert "cycle 1\n" in text
    assert "cycle 2: what is new" in text
    assert text.count("failed: http://127.0.0.9/rss: it answered 500") == 2
    assert "the digest: /tmp/demo/digest.html\n   as text: /tmp/demo/digest.txt\n" in text
    assert "the database" not in text


def test_a_database_that_is_kept_is_told(printed):
    assert "the database: /tmp/demo/monitor.db\n" in printed(show_demo, result(Path("/tmp/demo/monitor.db")))
