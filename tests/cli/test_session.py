from __future__ import annotations

from pathlib import Path

import pytest

from monitor.cli.session import Globals
from monitor.errors import ConfigError, UsageError


def test_settings_are_needed_unless_a_command_can_do_without():
    with pytest.raises(ConfigError, match="`monitor init` writes one"):
        Globals().settings()

    assert Globals().settings(optional=True).feeds == ()


def test_the_environment_alone_is_a_configuration(monkeypatch):
    monkeypatch.setenv("MONITOR_FETCH__CONTACT", "a@example.org")

    assert Globals().settings().fetch.contact == "a@example.org"


def test_a_fault_in_a_section_gets_the_files_name():
    Path("config.toml").write_text("")

    with pytest.raises(ConfigError) as refused, Globals().naming_the_file():
        raise ConfigError("there is no 'mysql' here", "[database] url", "use another")

    assert str(refused.value) == "config.toml, [database] url: there is no 'mysql' here; use another"


@pytest.mark.parametrize("error", [ConfigError("x", "elsewhere"), UsageError("x", "[[topics]]")])
def test_any_other_fault_stays_as_it_is(error):
    with pytest.raises(type(error)) as refused, Globals().naming_the_file():
        raise error

    assert refused.value is error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            '[database]\nurl = "mysql://user:hidden@db/x"',
            "config.toml, [database] url: there is no 'mysql' here",
        ),
        ('[database]\nurl = "nonsense hidden"', "config.toml, [database] url: the URL cannot be read"),
        ('[database]\nurl = "sqlite:///:memory:"', "config.toml, [database] url: a database in memory"),
        ('[[topics]]\nname = "x"\nterms = ["a NEAR/x b"]', "config.toml, [[topics]] 'x'"),
        ('[[topics]]\nname = "x"', "config.toml, [[topics]] 'x'"),
        ('[[topics]]\nname = "x"\nprofile = "missing.json"', "missing.json"),
    ],
)
@pytest.mark.parametrize("command", [("once",), ("feeds", "list"), ("doctor",), ("db", "upgrade")])
def test_what_only_a_lower_room_can_tell_is_a_configuration_error_too(content, said, command, run):
    Path("config.toml").write_text(content)

    ran = run(*command)

    assert (ran.code, ran.out.count("Traceback")) == (2, 0), ran.err
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert "hidden" not in ran.err
