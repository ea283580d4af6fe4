"""Which version this is."""

from __future__ import annotations

from monitor.work.version import program_version


def test_a_version_begins_with_a_number() -> None:
    assert program_version()[0].isdigit()
