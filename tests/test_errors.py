from __future__ import annotations

import pickle

import pytest

from monitor.errors import (
    ConfigError,
    DatabaseError,
    ExitCode,
    LockHeld,
    MonitorError,
    UsageError,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UsageError, 2), (ConfigError, 2), (DatabaseError, 3), (LockHeld, 75), (MonitorError, 3)],
)
def test_the_class_carries_the_exit_code(kind, code):
    assert kind("something is wrong").exit_code == code


def test_the_exit_codes_are_those_of_the_contract():
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 75]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (("it is wrong",), "it is wrong"),
        (("it is wrong", "config.toml"), "config.toml: it is wrong"),
        (("it is wrong", "config.toml", "mend it"), "config.toml: it is wrong; mend it"),
        (("it is wrong", "", "mend it"), "it is wrong; mend it"),
    ],
)
def test_an_error_reads_as_where_what_and_the_mend(parts, sentence):
    assert str(MonitorError(*parts)) == sentence


def test_an_error_survives_the_way_between_processes():
    copy = pickle.loads(pickle.dumps(ConfigError("it is wrong", "config.toml", "mend it")))

    assert (type(copy), copy.what, copy.where, copy.mend) == (
        ConfigError,
        "it is wrong",
        "config.toml",
        "mend it",
    )
