from __future__ import annotations

import io
import logging
import sys

import structlog

from monitor.cli.logs import start_logging


def test_a_line_goes_to_stderr_with_its_cycle_and_without_secrets_or_escapes(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    start_logging(logging.INFO)
    log = structlog.get_logger()

    with structlog.contextvars.bound_contextvars(cycle="20261125T070000-abcd"):
        log.info(
            "polled", feed="https://reader:hidden@x.example/feed?token=hidden", error="a\x1b[31mb", new=3
        )
        log.debug("not at this level")

    line = stderr.getvalue()
    assert line.count("\n") == 1
    assert "polled" in line
    assert "cycle=20261125T070000-abcd" in line
    assert "hidden" not in line
    assert "\x1b" not in line


def test_libraries_below_are_heard_only_when_something_is_wrong(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    start_logging(logging.INFO)

    logging.getLogger("some.library").warning("nothing that concerns a person")
    logging.getLogger("trafilatura").error("discarding data")
    logging.getLogger("some.library").error("broken")

    assert stderr.getvalue() == "some.library: broken\n"
