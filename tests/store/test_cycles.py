from __future__ import annotations

from support.rows import CYCLE, HOUR, NOW

from monitor.model.summary import FeedCounts, Summary
from monitor.store import cycles


def test_a_cycle_without_an_end_can_be_seen(database):
    database.call(cycles.start_cycle, CYCLE, "once", NOW)
    database.call(cycles.start_cycle, "later", "run", NOW + HOUR)
    summary = Summary(cycle=CYCLE, feeds=FeedCounts(due=2, new=2), articles={"full": 3})
    database.call(cycles.finish_cycle, CYCLE, NOW + HOUR, summary)

    running, done = database.read(cycles.last_cycles)

    assert (running.id, running.kind, running.finished_at, running.summary) == ("later", "run", None, None)
    assert (done.finished_at, done.summary["feeds"]["due"]) == (NOW + HOUR, 2)
    assert done.summary["articles"] == {"full": 3}
    assert len(database.read(cycles.last_cycles, limit=1)) == 1
