"""`once` and `run` as cron and systemd have them: what they print, exit codes, locks, signals."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from support.faultserver import FaultServer
from support.program import Program


@pytest.fixture
def feed(server: FaultServer) -> str:
    body = "<rss version='2.0'><channel><title>Harbour</title></channel></rss>"
    return server.page("/feed.xml", body, content_type="application/rss+xml")


def subscribed(program: Program, *urls: str, more: str = "") -> Program:
    program.configure(feeds=urls, more=more)
    return program


# ---- once


def test_the_summary_of_a_cycle_can_be_read_and_is_logged_with_its_id(run, fresh, feed):
    subscribed(fresh, feed)

    ran = run("once")

    (line,) = ran.err.splitlines()
    cycle = line.partition(" cycle=")[2].partition(" ")[0]
    assert ran.code == 0
    assert cycle
    assert f"cycle {cycle}" in ran.out
    assert "1 unchanged" in ran.out


def test_quietly_nothing_at_all_is_printed_when_all_is_well(fresh, feed):
    ran = subscribed(fresh, feed).run("-q", "once", "--all")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_record_stands_alone_on_stdout(run, fresh, feed):
    subscribed(fresh, feed)

    ran = run("once", "--json")

    assert ran.record["feeds"]["due"] == 1


def test_when_nothing_was_flagged_it_says_what_to_do_next(run, fresh, server, feed):
    subscribed(fresh, feed, server.url("/status/500"))

    first, second = run("once"), run("once")

    assert "nothing was flagged in this cycle" in first.out
    assert f"failed: {server.url('/status/500')}: " in first.out
    assert "no feed was due: `monitor once --all` asks all" in second.out


def test_some_feeds_failing_is_no_trouble_but_all_of_them_is(run, fresh, server, feed):
    subscribed(fresh, feed, server.url("/status/500"))
    assert run("once").code == 0
    subscribed(fresh, server.url("/status/500"))

    all_failed, quietly = run("once", "--all"), run("-q", "once", "--all")

    assert (all_failed.code, quietly.code) == (3, 3)
    assert "every feed that was due failed" in all_failed.out
    assert "every feed that was due failed" in quietly.out


def test_a_feed_that_is_gone_needs_a_person_once(run, fresh, server, feed):
    subscribed(fresh, feed, server.url("/status/410"))

    first, second = run("-q", "once"), run("once", "--all")

    assert (first.code, second.code) == (1, 0)
    assert f"gone: {server.url('/status/410')}; `monitor feeds remove`" in first.out


def test_what_is_not_due_is_asked_only_with_all(run, fresh, server, feed):
    subscribed(fresh, feed)

    run("once")
    run("once")
    assert len(server.asked("/feed.xml")) == 1
    run("once", "--all")
    assert len(server.asked("/feed.xml")) == 2


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_second_cycle_at_the_same_time_is_locked_out_and_reading_is_not(run, fresh, server):
    subscribed(fresh, server.url("/hang"), more='[schedule]\ngrace = "1s"')
    process = fresh.start("once")
    wait_for(lambda: server.asked("/hang"), process)

    once, daemon, reading, change = (
        run("once"),
        run("run"),
        run("feeds", "list"),
        run("feeds", "pause", server.url("/hang")),
    )
    process.terminate()
    process.communicate()

    assert (once.code, daemon.code) == (75, 75)
    assert once.err.count("\n") == 1
    assert (reading.code, change.code) == (0, 0)


def test_sigterm_ends_a_cycle_in_order(fresh, server):
    subscribed(fresh, server.url("/hang"), more='[schedule]\ngrace = "1s"')
    process = fresh.start("once", "--json")
    wait_for(lambda: server.asked("/hang"), process)

    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert '"skipped": 1' in out


# ---- run


def test_the_daemon_works_at_once_and_ends_on_sigterm(fresh, server, feed):
    subscribed(fresh, feed)
    process = fresh.start("run")
    wait_for(lambda: server.asked("/feed.xml"), process)
    wait_for(lambda: cycles(fresh.folder / "monitor.db") == 1, process)

    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (0, "")
    assert "started" in err
    assert "stopped" in err


def test_quietly_the_daemon_says_nothing(fresh, server, feed):
    subscribed(fresh, feed)
    process = fresh.start("-q", "run")
    wait_for(lambda: cycles(fresh.folder / "monitor.db") == 1, process)

    process.send_signal(signal.SIGINT)

    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def cycles(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM cycles WHERE finished_at IS NOT NULL").fetchone()[0]
