from __future__ import annotations

import io
import sys

import pytest

from monitor.cli import streams


def prepared(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8") -> io.TextIOWrapper:
    """A stdout of our own, made ready."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    streams.prepare()
    return stream


def written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()


def test_text_for_people_goes_to_stdout(monkeypatch):
    prepared(monkeypatch)

    assert streams.for_people() is sys.stdout


@pytest.mark.parametrize(("code", "said"), [(0, ""), (1, "trouble\n"), (3, "trouble\n")])
def test_what_was_held_back_is_said_only_when_there_is_trouble(code, said, monkeypatch):
    stdout = prepared(monkeypatch)
    streams.hold_back()
    print("trouble", file=streams.for_people())

    assert streams.finish(code) == code
    assert written(stdout) == said


def test_a_new_command_holds_nothing_back(monkeypatch):
    stdout = prepared(monkeypatch)
    streams.hold_back()
    streams.prepare()

    assert streams.for_people() is stdout


def test_a_character_that_the_stream_does_not_know_is_escaped(monkeypatch):
    stream = prepared(monkeypatch, "ascii")

    print("Zürich \ud800")

    assert written(stream) == "Z\\xfcrich \\ud800\n"


def test_a_stream_that_was_closed_by_the_caller_is_replaced(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)

    streams.prepare()

    assert sys.stderr is not None
    sys.stderr.close()
