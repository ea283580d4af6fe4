"""`monitor run` as a service has it: processes, signals, the database gone for a while; on both engines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from support.cycles import RSS, item, rss
from support.faultserver import FaultServer
from support.mailserver import Fault, MailServer
from support.pages import page
from support.postgres import Postgres
from support.program import Program, kill

from monitor.store.engine import Database

LONGEST = 30.0  # seconds that anything may take on a busy machine
GRACE = 1.0
QUICK = f"""
[schedule]
tick = "200ms"
grace = "{GRACE}s"
"""
TOPIC = """
[[topics]]
name = "harbours"
terms = ["harbour council", "ferry terminal", "ferries", "pier"]
"""
FLAGGED = "The harbour council keeps the old ferry terminal, and the ferries that call at its pier."


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as served:
        served.page("/news/the-harbour-council-and-its-pier", page())
        served.page("/feed.xml", rss(item(1, description=FLAGGED)), content_type=RSS)
        yield served


class Service(Program):
    """The program over a database that is there already."""

    def __init__(self, folder: Path, database: Database) -> None:
        super().__init__(folder, database.url.render_as_string(hide_password=False))
        self.database = database

    def ask(self, query: str) -> Any:
        """One value from the database."""
        return self.database.read(lambda tx: tx.execute(text(query)).scalar())

    def change(self, statement: str) -> None:
        """Rows changed behind the daemon's back: time passes quickly in tests."""
        self.database.call(lambda tx: tx.execute(text(statement)))

    def cycles_done(self) -> int:
        return int(self.ask("SELECT count(*) FROM cycles WHERE finished_at IS NOT NULL"))

    def let_feeds_be_due(self) -> None:
        self.change("UPDATE feeds SET next_poll_at = added_at")


@pytest.fixture
def program(tmp_path: Path, database: Database) -> Service:
    return Service(tmp_path, database)


def configure(program: Program, *feeds: str, more: str = "", fetch: str = "") -> None:
    program.configure(feeds=feeds, more=QUICK + TOPIC + more, fetch=fetch)


@contextmanager
def running(program: Program, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A daemon that ends with the block, whatever happens in it."""
    process = program.start("run", *options)
    try:
        yield process
    finally:
        if process.poll() is None:
            kill(process)
        # One that ended by itself was never listened to: its pipes would be closed by whoever comes next.
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def stopped(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, float, str]:
    """Ask it to end: exit code, seconds, and what it had logged."""
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=LONGEST)
    return process.returncode, time.monotonic() - began, err


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def test_it_works_at_once_then_on_its_ticks_and_ends_with_0(program: Service, server: FaultServer) -> None:
    configure(program, server.url("/feed.xml"))
    with running(program) as daemon:
        wait_for(lambda: program.cycles_done() == 1, "the first cycle is done")
        program.let_feeds_be_due()
        wait_for(lambda: program.cycles_done() == 2, "a feed that is due is asked")
        time.sleep(1)

        code, seconds, log = stopped(daemon)

    lines = [line for line in log.splitlines() if re.search(r"\bcycle +articles=|\] cycle ", line)]
    assert code == 0
    assert seconds < GRACE + 3
    assert len(lines) == program.cycles_done() == 2, log
    assert "1 new" in lines[0]
    assert re.search(r"cycle=\d{8}T\d{6}-[0-9a-f]{4}", lines[0])


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_request_that_hangs_is_given_up_after_the_grace_and_asked_again_by_the_next(
    program: Service, server: FaultServer
) -> None:
    configure(program, server.url("/feed.xml"), server.url("/hang"), fetch='timeout = "60s"')
    with running(program) as daemon:
        wait_for(lambda: server.asked("/hang"), "it hangs")
        code, seconds, log = stopped(daemon, signal.SIGINT)
    server.page("/hang", rss(item(2, description=FLAGGED)), content_type=RSS)

    with running(program) as daemon:
        wait_for(lambda: program.cycles_done() == 2, "the next one has done its cycle")
        stopped(daemon)

    assert code == 0, log
    assert seconds < GRACE + 3
    assert program.ask("SELECT count(*) FROM articles WHERE status <> 'pending'") == 2
    assert program.ask("SELECT sum(failures) FROM feeds") == 0


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_mail_server_that_hangs_keeps_it_no_longer_than_its_grace(
    program: Service, server: FaultServer
) -> None:
    with MailServer(Fault.hang("BODY")) as mail:
        configure(program, server.url("/feed.xml"), more=mail_settings(mail))
        with running(program) as daemon:
            wait_for(lambda: program.cycles_done() == 1, "the story is flagged")
            program.change("UPDATE recipient_lists SET next_digest_at = joined_at")
            wait_for(lambda: mail.connections, "it sends")
            code, seconds, log = stopped(daemon)

    assert code == 0, log
    assert seconds < GRACE + 4
    assert program.ask("SELECT state FROM deliveries") == "unknown"


def mail_settings(mail: MailServer) -> str:
    return f"""
[smtp]
host = "{mail.host}"
port = {mail.port}
security = "none"
from = "monitor@example.org"
timeout = "60s"
[[recipients]]
name = "morning"
to = ["reader@example.org"]
"""


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_it_sends_a_digest_when_its_time_has_come(program: Service, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(program, server.url("/feed.xml"), more=mail_settings(mail))
        with running(program) as daemon:
            wait_for(lambda: program.cycles_done() == 1, "the story is flagged")
            early = len(mail.messages)
            program.change("UPDATE recipient_lists SET next_digest_at = joined_at")
            wait_for(lambda: mail.messages, "the mail comes")
            wait_for(lambda: program.cycles_done() == 2, "the cycle is done")
            stopped(daemon)

    assert early == 0
    assert len(mail.messages) == 1
    assert "Story 1 of the harbour" in mail.messages[0].part("plain")
    assert program.ask("SELECT state FROM deliveries") == "sent"


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_beside_it_another_daemon_and_a_cron_job_leave_with_75_and_a_standby_waits(
    program: Service, server: FaultServer
) -> None:
    configure(program, server.url("/feed.xml"))
    with running(program), running(program, "--standby") as standby:
        wait_for(lambda: program.cycles_done() == 1, "the first one works")

        second, cron, other = program.run("run"), program.run("once"), program.run("feeds", "list")
        code, seconds, log = stopped(standby)

    assert (second.code, cron.code, other.code) == (75, 75, 0)
    assert len(second.err.splitlines()) == 1
    assert code == 0, log
    assert seconds < 3


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_a_standby_takes_over_when_the_first_is_killed(program: Service, server: FaultServer) -> None:
    configure(program, server.url("/feed.xml"))
    with running(program) as first, running(program, "--standby") as standby:
        wait_for(lambda: program.cycles_done() == 1, "the first one works")
        time.sleep(1)
        assert standby.poll() is None
        kill(first)
        program.let_feeds_be_due()

        wait_for(lambda: program.cycles_done() == 2, "the standby works")
        code, _, log = stopped(standby)

    assert code == 0, log


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_workers_end_soon_after_a_killed_daemon(program: Service, server: FaultServer) -> None:
    configure(program, server.url("/feed.xml"))
    with running(program) as daemon:
        wait_for(lambda: program.cycles_done() == 1, "the workers have worked")
        workers = children_of(daemon.pid)
        kill(daemon)

    began = time.monotonic()
    wait_for(lambda: not any(map(is_alive, workers)), "the workers have ended")
    assert workers
    assert time.monotonic() - began < 10


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return not is_zombie(pid)
    return False


def is_zombie(pid: int) -> bool:
    """Ended, and not yet taken note of by whoever adopted it."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1] in ("Z", "")


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_it_outlives_a_database_that_throws_everybody_out(
    program: Service, server: FaultServer, postgres: Postgres
) -> None:
    configure(program, server.url("/feed.xml"))
    with running(program) as daemon:
        wait_for(lambda: program.cycles_done() == 1, "the first cycle is done")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{program.database.url.database}'"
        )
        program.let_feeds_be_due()

        wait_for(lambda: program.cycles_done() == 2, "it works again")
        second = program.run("once")
        code, _, log = stopped(daemon)

    assert second.code == 75  # it took its lock again
    assert code == 0, log
    assert "Traceback" not in log


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_it_waits_for_a_database_that_is_away(
    program: Service, server: FaultServer, postgres: Postgres
) -> None:
    configure(program, server.url("/feed.xml"))
    name = program.database.url.database
    with running(program) as daemon:
        wait_for(lambda: program.cycles_done() == 1, "the first cycle is done")
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        time.sleep(1)
        assert daemon.poll() is None
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        program.let_feeds_be_due()

        wait_for(lambda: program.cycles_done() == 2, "it works again")
        code, _, log = stopped(daemon)

    assert code == 0, log
    assert "Traceback" not in log


def test_a_missing_database_is_exit_3_and_the_command_that_mends_it(tmp_path: Path) -> None:
    program = Program(tmp_path, f"sqlite:///{tmp_path / 'nowhere.db'}")
    program.configure(more=QUICK)

    ran = program.run("run")

    assert ran.code == 3
    assert "monitor init" in ran.err
    assert len(ran.err.splitlines()) == 1
