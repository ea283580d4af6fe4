"""The batch filters: one line out for each line in, in order, at once, whatever the line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.batch import answered

FILTERS = {
    "inspect feed": {"title", "entries"},
    "inspect page": {"text", "title", "author", "date", "language", "status"},
    "score": {"id", "topic", "score", "flagged", "keywords", "similarity", "reasons"},
}
ODD = [
    b"nonsense",
    b"",
    b"[]",
    b'"text"',
    b"{}",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"path": 5, "title": 5}',
    b'{"path": "missing", "text": ["x"]}',
    b'{"path": ".", "topic": "no such topic", "title": "x"}',
]


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(
        "<rss version='2.0'><channel><title>T</title><item><title>I</title></item></channel></rss>"
    )


GOOD = {"id": "7", "path": "x", "title": "Open weights bill", "text": "Something."}


@pytest.mark.parametrize("command", FILTERS)
def test_a_bad_line_gives_an_error_and_the_filter_goes_on(command, run):
    lines = [line for odd in ODD for line in (odd, json.dumps(GOOD).encode())]

    ran = run(*command.split(), "--batch", stdin=b"\n".join(lines) + b"\n")

    records = ran.records
    assert (ran.code, ran.err, len(records)) == (0, "", len(lines))
    assert all("error" in record for record in records[0::2])
    assert all(record == records[1] for record in records[1::2])
    assert FILTERS[command] <= set(records[1])


@pytest.mark.parametrize("command", FILTERS)
def test_no_line_gives_no_line(command, run):
    ran = run(*command.split(), "--batch", stdin=b"")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize("command", FILTERS)
def test_each_line_is_answered_before_the_next_one_is_read(command):
    line = [sys.executable, "-m", "monitor", *command.split(), "--batch"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            print(json.dumps(GOOD | {"id": number}), file=process.stdin, flush=True)
            assert FILTERS[command] <= set(json.loads(process.stdout.readline()))


def test_ids_of_any_kind_come_back_in_order(run):
    ids = [3, "a", None, 1.5, [1], {"x": 1}, True]

    ran = run("score", "--batch", stdin="\n".join(json.dumps({"id": one, "title": "x"}) for one in ids))

    assert [record["id"] for record in ran.records] == ids


def test_a_line_may_name_its_topic(run):
    Path("config.toml").write_text(
        '[[topics]]\nname = "a"\nterms = ["x"]\n[[topics]]\nname = "b"\nterms = ["y"]'
    )
    jobs = [{"title": "x"}, {"title": "x", "topic": "b"}, {"title": "x", "topic": "open-source-ai-policy"}]

    ran = run("score", "--batch", stdin="\n".join(map(json.dumps, jobs)))

    assert [record["topic"] for record in ran.records] == ["a", "b", "open-source-ai-policy"]


def test_odd_characters_pass(run):
    job = {"id": "\ud800", "title": "\u2028 \x1b[31m \U0001f600", "text": "\x9b"}

    ran = run("score", "--batch", stdin=json.dumps(job) + "\n")

    assert ran.records[0]["id"] == "\ud800"


def test_a_broken_configuration_ends_the_filter_at_once(run):
    Path("config.toml").write_text("[fetsh]")

    ran = run("score", "--batch", stdin='{"title": "x"}\n')

    assert (ran.code, ran.out) == (2, "")


def test_filters_live_in_three_gigabytes_of_address_space(tmp_path):
    for command in FILTERS:
        shell = f"ulimit -v 3000000; exec {sys.executable} -m monitor {command} --batch"
        ran = subprocess.run(
            ["bash", "-c", shell],
            input=json.dumps(GOOD),
            capture_output=True,
            text=True,
            env=os.environ,
            check=True,
        )
        assert FILTERS[command] <= set(json.loads(ran.stdout)), ran.stderr


def test_a_fault_of_ours_costs_one_line():
    def broken(_: object) -> dict[str, object]:
        raise RuntimeError("no such thing")

    assert answered(b"{}", broken) == {"error": "unexpected RuntimeError: no such thing"}
