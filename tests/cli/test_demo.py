"""The demo as a process, the way `make demo` runs it. What it shows is in test_demonstration."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The folder of one demo, and its record."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    ran = demo("--keep", str(folder), "--json")
    assert ran.returncode == 0, ran.stderr
    return folder, json.loads(ran.stdout)


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "monitor", "demo", *options]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def test_one_summary_adds_both_cycles_up(kept):
    _, summary = kept

    feeds, entries = summary["feeds"], summary["entries"]
    assert feeds["due"] == sum(count for name, count in feeds.items() if name != "due")
    assert feeds["unchanged"] > 0
    assert entries["seen"] == entries["new"] + entries["known"]
    assert sum(summary["articles"].values()) == entries["of_new_articles"] + entries["without_page"]
    assert summary["flagged"] >= 10


def test_database_and_digest_are_left_to_look_at(kept):
    folder, summary = kept

    assert (folder / "monitor.db").is_file()
    assert Path(summary["digest_html"]) == folder / "digest.html"
    assert Path(summary["digest_text"]).read_text(encoding="utf-8").startswith("OPEN-SOURCE AI POLICY")


def test_an_earlier_demo_is_not_overwritten(kept, run):
    folder, _ = kept

    ran = run("demo", "--keep", str(folder))

    assert (ran.code, ran.out) == (2, "")
    assert "there is a demo's database already" in ran.err
