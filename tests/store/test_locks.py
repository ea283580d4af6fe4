from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from monitor.errors import DatabaseError, ExitCode, LockHeld
from monitor.store.engine import open_database
from monitor.store.locks import hold

HOLDER = """
import multiprocessing, sys, time
from monitor.store.engine import open_database
from monitor.store.locks import hold

if __name__ == "__main__":
    with open_database(sys.argv[1]) as database, hold(database, sys.argv[2]):
        child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
        child.start()
        print(child.pid, flush=True)
        time.sleep(60)
"""


def url_of(database):
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def holder(database, tmp_path):
    """Another program that holds `cycle` and has a spawned worker; both end with the test."""
    script = tmp_path / "holder.py"
    script.write_text(HOLDER)
    process = subprocess.Popen(
        [sys.executable, str(script), url_of(database), "cycle"], stdout=subprocess.PIPE
    )
    worker = int(process.stdout.readline())
    yield process, worker
    for pid in (process.pid, worker):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def is_held(database, name="cycle"):
    with open_database(url_of(database)) as other:
        try:
            with hold(other, name):
                return False
        except LockHeld:
            return True


def test_one_holds_it_and_the_next_is_told_so(database, holder):
    with pytest.raises(LockHeld) as caught, hold(database, "cycle"):
        pass

    assert caught.value.exit_code is ExitCode.LOCKED
    assert "a cycle is running already" in caught.value.what
    if database.kind == "sqlite":
        assert f"process {holder[0].pid}" in caught.value.what
    else:
        assert "server session" in caught.value.what


def test_the_two_locks_are_two(database, holder):
    with hold(database, "send"):
        assert is_held(database, "send")


def test_killing_the_main_process_frees_its_lock_though_its_worker_lives(database, holder):
    process, worker = holder

    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    os.kill(worker, 0)  # it is still there
    with hold(database, "cycle", wait=True, sleep=lambda _: time.sleep(0.05)):
        pass


def test_two_handles_of_one_process_cannot_both_hold_it(database):
    with hold(database, "cycle"):
        assert is_held(database)
        with pytest.raises(LockHeld), hold(database, "cycle"):
            pass
    assert not is_held(database)


def test_an_error_inside_frees_it(database):
    with pytest.raises(ValueError, match="inside"), hold(database, "cycle"):
        raise ValueError("inside")

    assert not is_held(database)


def test_who_waits_takes_over(database):
    taken = threading.Event()

    def waits():
        with (
            open_database(url_of(database)) as own,
            hold(own, "cycle", wait=True, sleep=lambda _: time.sleep(0.02)),
        ):
            taken.set()

    with hold(database, "cycle"):
        standby = threading.Thread(target=waits)
        standby.start()
        assert not taken.wait(0.3)
    assert taken.wait(10)
    standby.join()


def test_many_that_want_it_at_once_hold_it_one_after_the_other(database):
    inside, most = [], []

    def works():
        with (
            open_database(url_of(database)) as own,
            hold(own, "send", wait=True, sleep=lambda _: time.sleep(0.01)),
        ):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=works) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 8


def test_two_databases_have_two_locks(database, tmp_path):
    with (
        open_database(f"sqlite:///{tmp_path}/other.db") as other,
        hold(database, "cycle"),
        hold(other, "cycle"),
    ):
        pass


def test_a_lock_that_is_held_can_be_checked(database):
    with hold(database, "cycle") as held:
        held.check()


def test_two_names_of_one_file_meet_at_one_lock(tmp_path, sqlite_template, monkeypatch):
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())
    (tmp_path / "link.db").symlink_to("monitor.db")
    monkeypatch.chdir(tmp_path)

    one, two = open_database("sqlite:///monitor.db"), open_database("sqlite:///link.db")
    with one, two, hold(one, "cycle"), pytest.raises(LockHeld), hold(two, "cycle"):
        pass


def test_a_lock_file_that_was_replaced_is_noticed(tmp_path, sqlite_template):
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())

    with open_database(f"sqlite:///{tmp_path}/monitor.db") as database, hold(database, "cycle") as held:
        (tmp_path / "monitor.db.cycle.lock").unlink()
        with pytest.raises(DatabaseError, match="lock file was removed"):
            held.check()


def test_a_folder_without_room_for_a_lock_is_an_error(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/none/monitor.db")
    with database, pytest.raises(DatabaseError, match="lock file"), hold(database, "cycle"):
        pass


def test_a_lost_connection_is_noticed(postgres, postgres_template):
    url = postgres.new_database(postgres_template)
    with open_database(url) as database, hold(database, "cycle") as held:
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
        )
        with pytest.raises(DatabaseError):
            held.check()
        assert not is_held(database)
    postgres.drop(url)


def test_the_holder_is_not_the_pools_connection(postgres, postgres_template):
    url = postgres.new_database(postgres_template)
    with open_database(url) as database:
        with hold(database, "cycle"):
            database.engine.dispose()
            assert is_held(database)
        assert not is_held(database)
    postgres.drop(url)


def test_workers_inherit_no_descriptor(database):
    """Not even those that a forked child would get, as long as it runs another program."""
    with hold(database, "cycle"):
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=time.sleep, args=(30,))
        child.start()
    try:
        assert not is_held(database)
    finally:
        child.kill()
        child.join()
