"""The way in and the way out: options, help, usage errors, exit codes, broken streams."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import why as why_command
from monitor.cli.main import app, hoisted


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, the program itself first."""
    command = command or typer.main.get_command(app)
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


COMMANDS = list(commands())


def test_the_commands_are_those_of_the_issue():
    assert {" ".join(path) for path in COMMANDS if path} == {
        "init", "once", "run", "digest", "feeds", "articles", "why", "score", "evaluate", "seed", "inspect",
        "topics", "db", "doctor", "demo",
        "feeds list", "feeds add", "feeds remove", "feeds pause", "feeds resume", "feeds import",
        "feeds export", "feeds show", "articles list", "articles show", "articles label", "seed build",
        "seed show", "inspect feed", "inspect page", "topics list", "topics check", "db upgrade",
        "db current", "db check",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "monitor")
def test_everything_has_help_with_an_example(path, run):
    ran = run(*path, "--help")

    assert ran.code == 0
    assert ran.err == ""
    assert "Usage: monitor" in ran.out
    assert "Example" in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert "..." not in ran.out.replace("[ARGS]...", "").replace("{ARTICLE}...", "")


def test_help_loads_nothing_heavy():
    """It answers in less than 0.4 s: so much is measured, and this is what keeps it so."""
    heavy = ("sqlalchemy", "trafilatura", "numpy", "aiohttp", "httpx", "alembic", "wordllama", "feedparser")
    code = (
        "import sys\nfrom monitor.cli.main import main\n"
        "try:\n    main(['feeds', 'add', '--help'])\n"
        f"except SystemExit:\n    print('heavy:', [name for name in {heavy!r} if name in sys.modules])"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.rstrip().endswith("heavy: []")


# ---- global options


@pytest.mark.parametrize(
    ("given", "hoist"),
    [
        ("feeds list --json", "--json feeds list"),
        ("feeds list -q --config x.toml", "-q --config x.toml feeds list"),
        ("once --all -vv --config=x.toml", "-vv --config=x.toml once --all"),
        ("-v once -qv", "-v -qv once"),
        ("score -", "score -"),
        ("score -- --json", "score -- --json"),
        ("once --config", "--config once"),
    ],
)
def test_global_options_are_moved_to_the_front(given, hoist):
    assert hoisted(given.split()) == hoist.split()


def test_global_options_stand_before_or_after_the_command(run, fresh):
    Path("config.toml").rename("other.toml")

    before = run("--json", "--config", "other.toml", "topics", "list")
    after = run("topics", "list", "--json", "--config=other.toml")
    between = run("topics", "--json", "list", "--config", "other.toml")

    assert before.code == after.code == between.code == 0
    assert before.records == after.records == between.records
    assert before.records[0]["name"] == "open-source-ai-policy"


def test_the_version_is_told(run):
    assert run("--version").out.startswith("monitor ")
    assert run("feeds", "list", "--version").code == 0


QUIET = [
    "feeds list", "articles list", "articles list --text", "topics list",
    "topics check open-source-ai-policy", "seed show", "digest", "digest --send", "db current", "db check",
    "db upgrade", "doctor", "why http://x.example/", "score -",
]  # fmt: skip


@pytest.mark.parametrize("line", QUIET)
def test_quietly_nothing_is_printed_when_all_is_well(line, run, reading):
    ran = run("-q", *line.split(), stdin="Some text about nothing in particular.")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(
    "line", ["feeds list --json", "feeds export", "digest --format html", "digest --json"]
)
def test_what_is_asked_for_by_a_program_comes_quietly_too(line, run, reading):
    ran = run("-q", *line.split())

    assert ran.code == 0
    assert ran.out
    assert ran.err == ""


# ---- usage errors


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("frobnicate", "No such command 'frobnicate'"),
        ("feeds lst", "Did you mean 'list'?"),
        ("feeds list --frob", "No such option: --frob; `monitor feeds list --help`"),
        ("feeds add", "Missing argument 'URL'"),
        ("feeds list extra", "unexpected extra argument"),
        ("--config", "'--config' requires an argument"),
        ("articles list --limit many", "Invalid value for '--limit'"),
        ("articles list --limit -1", "Invalid value for '--limit'"),
        ("articles label http://x.example/ maybe", "is not one of 'relevant', 'irrelevant'"),
        ("digest --format pdf", "is not one of 'text', 'html', 'json'"),
        ("seed build article.txt", "Missing option '--out'"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_2(line, said, run):
    ran = run(*line.split())

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("monitor: ")
    assert ran.err.count("\n") == 1
    assert said in ran.err


@pytest.mark.parametrize("group", [(), ("feeds",), ("db",)])
def test_a_group_alone_shows_its_help(group, run):
    ran = run(*group)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"Usage: {' '.join(('monitor', *group))} ")
    assert "\nCommands:\n" in ran.err


def test_without_a_configuration_the_way_to_one_is_told(run):
    ran = run("once")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "monitor: config.toml: there is no configuration; `monitor init` writes one\n"


# ---- whatever else goes wrong


def test_a_defect_of_ours_is_a_sentence_and_with_v_its_place(run, fresh, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(why_command, "opened", broken)

    quietly, loudly = run("why", "http://x.example/"), run("-v", "why", "http://x.example/")

    assert quietly.code == loudly.code == 3
    assert quietly.err.startswith("monitor: unexpected RuntimeError: no such thing; this is a defect")
    assert quietly.err.count("\n") == 1
    assert "Traceback" in loudly.err


def test_an_interrupted_command_says_nothing(run, fresh, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(why_command, "opened", interrupted)

    ran = run("why", "http://x.example/")

    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_errors_show_no_secret_and_no_control_character(run, fresh):
    ran = run("articles", "show", "http://reader:hidden@x.example/\x1b[31mred\x07")

    assert ran.code == 2
    assert "hidden" not in ran.err
    assert "\x1b" not in ran.err
    assert "\x07" not in ran.err


# ---- streams, as only a process has them


def process(line: str, world: Any, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a shell, over the world that was read."""
    program = f"{sys.executable} -m monitor --config {world.program.config}"
    return subprocess.run(
        ["bash", "-c", line.replace("monitor", program, 1)],
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.parametrize(
    "command", ["articles list", "articles list --json --text", "feeds export", "digest"]
)
def test_a_closed_pipe_ends_the_program_without_a_word(command, world):
    ran = process(f"monitor {command} | head -c 10; exit ${{PIPESTATUS[0]}}", world)

    assert ran.returncode in (0, 141)
    assert ran.stderr == b""
    assert len(ran.stdout) == 10


def test_a_closed_stdout_is_no_trouble(world):
    ran = process("monitor topics list >&-", world)

    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_behind_stdout_is_said(world):
    ran = process("monitor topics list >/dev/full", world)

    assert ran.returncode == 3
    assert b"cannot be written" in ran.stderr
    assert ran.stderr.count(b"\n") == 1


def test_a_locale_without_umlauts_is_no_trouble(world):
    text = process("monitor articles list", world, PYTHONIOENCODING="ascii")
    records = process("monitor articles list --json", world, PYTHONIOENCODING="ascii")

    assert text.returncode == records.returncode == 0
    assert text.stderr == records.stderr == b""
    assert b"\\u00e4" in records.stdout
