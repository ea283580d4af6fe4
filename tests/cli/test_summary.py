from __future__ import annotations

from monitor.cli.summary import print_summary
from monitor.model.summary import EntryCounts, FeedCounts, Summary
from monitor.work.pipeline import CycleResult

RESULT = CycleResult(
    summary=Summary(
        cycle="20261125T070000-abcd",
        feeds=FeedCounts(due=8, new=1, unchanged=0, failed=7),
        entries=EntryCounts(seen=3, new=2, known=1, of_new_articles=2),
        articles={"full": 1, "not_article": 1},
        deliveries={"failed": 1},
        seconds=1.25,
    ),
    newly_gone=("https://reader:hidden@gone.example/feed",),
    failed_deliveries=1,
    failed_feeds=tuple(f"https://reader:hidden@x.example/{n}: it answered 500" for n in range(7)),
)


def test_each_sum_is_spelled_out_on_eighty_columns(printed):
    text = printed(print_summary, RESULT)

    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith(("gone", "failed")))
    assert "1 full, 1 not article" in text
    assert "1.2 s, cycle 20261125T070000-abcd" in text


def test_what_failed_is_named_up_to_a_handful_and_no_secret_is(printed):
    text = printed(print_summary, RESULT)

    assert text.count("\nfailed: https://***@x.example/") == 5
    assert "and 2 more: `monitor feeds list`" in text
    assert "hidden" not in text


def test_what_needs_a_person_says_what_to_do(printed):
    text = printed(print_summary, RESULT)

    assert "gone: https://***@gone.example/feed; `monitor feeds remove` it" in text
    assert "deliveries that need you: 1; `monitor doctor` names them" in text
