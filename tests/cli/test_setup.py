from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from support.mailserver import MailServer

from monitor.config import load_settings
from monitor.config.settings import machine_zone

# ---- init


def test_init_writes_a_configuration_with_the_answers_and_makes_the_database(run):
    ran = run("init", "--contact", "a@example.org", "--zone", "Europe/Brussels", "--address", "b@example.org")

    settings = load_settings(Path("config.toml"))
    assert (ran.code, ran.err) == (0, "")
    assert "next: `monitor once`" in ran.out
    assert "fill in [smtp]" in ran.out
    assert settings.fetch.contact == "a@example.org"
    assert settings.digest.zone == "Europe/Brussels"
    assert settings.recipients[0].to == ("b@example.org",)
    assert len(settings.feeds) > 20
    assert Path("monitor.db").is_file()
    assert len(run("feeds", "list", "--json").records) == len(settings.feeds)


def test_without_a_terminal_nothing_is_asked(run):
    ran = run("init", "--json")

    assert ran.record == {"config": "config.toml", "zone": machine_zone()}
    content = Path("config.toml").read_text()
    assert f'\nzone = "{machine_zone()}"' in content
    assert "recipients" not in tomllib.loads(content)


def test_init_overwrites_nothing_unless_it_is_told_to(run):
    Path("config.toml").write_text("# mine\n")

    ran = run("init")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "monitor: config.toml: there is a configuration already; --force overwrites it\n"
    assert Path("config.toml").read_text() == "# mine\n"
    assert run("init", "--force").code == 0
    assert load_settings(Path("config.toml")).feeds


def test_init_writes_where_config_says(run):
    assert run("--config", "etc/monitor.toml", "init").code == 0
    assert Path("etc/monitor.db").is_file()
    assert run("--config", "etc/monitor.toml", "topics", "list").code == 0


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--zone", "Europe/Brussel", "did you mean 'Europe/Brussels'?"),
        ("--address", "nobody", "is no mail address"),
    ],
)
def test_an_answer_that_cannot_be_used_leaves_nothing_behind(option, value, said, run):
    ran = run("init", option, value)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert os.listdir() == []


def test_a_folder_that_cannot_be_written_is_said(run):
    Path("file").write_text("")

    ran = run("--config", "file/config.toml", "init")

    assert ran.code == 2
    assert "cannot be written" in ran.err or "there is" in ran.err


def test_odd_answers_are_written_as_they_are(run):
    contact = 'a "quoted" \\ name <a@example.org> é'

    run("init", "--contact", contact)

    assert load_settings(Path("config.toml")).fetch.contact == contact


def on_a_terminal(line: list[str], answers: str) -> tuple[int, str]:
    """Run a command on a terminal of its own, type the answers, give what was seen."""
    main, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", *line], stdin=child, stdout=child, stderr=child, close_fds=True
    )
    os.close(child)
    os.write(main, answers.encode())
    seen = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if not (part := os.read(main, 4096)):
                break
        except OSError:  # Linux's way to say that the other end is closed
            break
        seen += part
    os.close(main)
    return process.wait(), seen.decode()


def test_on_a_terminal_init_asks_and_asks_again_what_it_cannot_use():
    code, seen = on_a_terminal(
        ["init"], "a@example.org\nEurope/Brussel\nEurope/Brussels\nnobody\nb@example.org\n"
    )

    settings = load_settings(Path("config.toml"))
    assert code == 0, seen
    assert f"[{machine_zone()}]" in seen
    assert "did you mean 'Europe/Brussels'?" in seen
    assert "is no mail address" in seen
    assert settings.fetch.contact == "a@example.org"
    assert settings.digest.zone == "Europe/Brussels"
    assert settings.recipients[0].to == ("b@example.org",)


def test_an_answer_given_as_an_option_is_not_asked_for():
    code, seen = on_a_terminal(["init", "--contact", "", "--zone", "UTC"], "\n")

    assert code == 0, seen
    assert "contact" not in seen.lower()
    assert load_settings(Path("config.toml")).recipients == ()


# ---- doctor


def test_a_healthy_monitor_is_said_to_be_one(run, reading):
    ran = run("doctor", "--json")

    checks = {check["name"]: check for check in ran.records}
    assert ran.code == 0
    assert set(checks["contact"]) == {"name", "ok", "what", "mend", "needs_person"}
    assert checks["contact"]["ok"]
    assert checks["database"]["ok"]
    assert not any(check["needs_person"] for check in ran.records)


def test_a_feed_that_fails_is_named_with_the_mend(run, reading):
    ran = run("doctor")

    assert ran.code == 0  # some feeds failing needs nobody
    assert "500 Internal Server Error" in ran.out
    assert "`monitor feeds show http://" in ran.out


def test_without_feeds_doctor_asks_for_some(run, fresh):
    ran = run("doctor")

    assert ran.code == 1
    assert "BAD  feeds: there are none" in ran.out
    assert "`monitor feeds add URL`" in ran.out


MAIL = '[smtp]\nhost = "127.0.0.1"\nport = {}\nsecurity = "none"\nfrom = "m@example.org"\n'


def test_a_mail_server_that_answers_is_good(run, fresh):
    with MailServer() as server:
        fresh.configure(more=MAIL.format(server.port))
        (check,) = [one for one in run("doctor", "--json").records if one["name"] == "mail server"]

    assert check["ok"]
    assert server.messages == []


def test_a_mail_server_that_does_not_answer_needs_a_person(run, fresh):
    fresh.configure(more=MAIL.format(1))

    ran = run("doctor")

    assert ran.code == 1
    assert "BAD  mail server: " in ran.out
    assert "[smtp]" in ran.out


def test_quietly_trouble_is_told_and_health_is_not(run, fresh, reading):
    assert (run("-q", "doctor").out, run("-q", "doctor").err) == ("", "")


def test_quietly_what_needs_a_person_is_told(run, fresh):
    ran = run("-q", "doctor")

    assert ran.code == 1
    assert "BAD  feeds" in ran.out
