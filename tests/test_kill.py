"""SIGKILL at random points of `once`, `run` and `digest --send`: nothing is lost, nothing is there twice.

`KILLS` says how often an engine (8); `KILL_SEED` repeats a run, its seed is printed.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.mailserver import MailServer
from support.program import Program, kill

from monitor.demo.server import NewsWorld
from monitor.urls import canonical

KILLS = int(os.environ.get("KILLS", "8"))
SEED = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(2**32)))
RECIPIENTS = ("first@example.org", "second@example.org")
COMMANDS = (("once", "--all"), ("run",), ("digest", "--send"))

# A start-up takes about a second and the whole job some six: the kills fall all over it.
EARLIEST, LATEST = 0.3, 7.0


@dataclass(frozen=True)
class Outcome:
    """All that must be the same, whether or not the program was killed on the way."""

    articles: dict[str, tuple[str, str]]  # address: body status and text
    verdicts: dict[tuple[str, str], float]  # address and topic: score
    stories: set[frozenset[str]]  # addresses that carry the same report
    mailed: dict[str, set[frozenset[str]]]  # recipient: stories, by their addresses


@pytest.fixture
def world() -> Iterator[NewsWorld]:
    with NewsWorld(datetime.now(UTC), hurry=True) as served:
        yield served


@pytest.mark.timeout(60 + 40 * KILLS)
def test_a_killed_program_ends_where_an_unkilled_one_does(
    database_url: str, world: NewsWorld, tmp_path: Path
) -> None:
    print(f"KILL_SEED={SEED} KILLS={KILLS}")
    dice = random.Random(f"{SEED} {database_url.split(':')[0]}")
    unkilled = whole_job(program(tmp_path / "unkilled", f"sqlite:///{tmp_path / 'unkilled.db'}"), world, [])

    assert min(map(len, unkilled.mailed.values())) > 10
    killed = whole_job(program(tmp_path / "killed", database_url), world, [dice] * KILLS)

    assert killed.articles == unkilled.articles
    assert killed.verdicts == unkilled.verdicts
    assert killed.stories == unkilled.stories
    assert killed.mailed == unkilled.mailed


def program(folder: Path, database_url: str) -> Program:
    folder.mkdir()
    return Program(folder, database_url)


def whole_job(job: Program, world: NewsWorld, dice: list[random.Random]) -> Outcome:
    """All of both editions, mailed; killed as often as there are dice."""
    world.rewind()
    with MailServer() as mail:
        job.configure(feeds=world.feed_urls, allow_hosts=world.hosts, more=mail_settings(mail))
        assert job.run("db", "upgrade").code == 0
        for place, die in enumerate(dice):
            if place == len(dice) // 2:
                world.advance()
            kill_after(job, die.choice(COMMANDS), die.uniform(EARLIEST, LATEST))
        world.advance()
        finish(job)
        assert job.run("db", "check").code == 0
        return outcome(job, mail)


def kill_after(job: Program, command: tuple[str, ...], seconds: float) -> None:
    process = job.start(*command)
    time.sleep(seconds)
    if process.poll() is None:
        kill(process)
    else:
        process.communicate()


def finish(job: Program) -> None:
    """Run what is left to its end: pending pages, new entries, deliveries."""
    for _ in range(4):
        done = job.run("once", "--all", "--json")
        assert done.code == 0, done.err
        if not done.record["articles"].get("pending") and not done.record["entries"]["new"]:
            break
    sent = job.run("digest", "--send", "--json")
    assert sent.code == 0, sent.err
    assert sent.record["undelivered"] == 0


def outcome(job: Program, mail: MailServer) -> Outcome:
    records = job.run("articles", "list", "--json", "--text", "--limit", "10000").records
    stories = same_reports(records)
    return Outcome(
        articles={address(record): (record["status"], record["text"]) for record in records},
        verdicts={(address(r), v["topic"]): v["score"] for r in records for v in r["verdicts"]},
        stories=set(stories.values()),
        mailed=mailed(mail, stories),
    )


def address(record: dict[str, Any]) -> str:
    """The canonical one: which feed's spelling an article keeps as `url` depends on which came first."""
    return str(record["canonical_url"] or record["url"])


def same_reports(records: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Each address with all that carry the same report."""
    stories: dict[int, set[str]] = {}
    for record in records:
        stories.setdefault(record["story"], set()).add(address(record))
    return {one: frozenset(fellows) for fellows in stories.values() for one in fellows}


def mailed(mail: MailServer, stories: dict[str, frozenset[str]]) -> dict[str, set[frozenset[str]]]:
    """The stories that reached each recipient; one that came twice in two mails fails here.

    A mail that a kill cut off after the server took it may come once more, under the same Message-ID:
    that is one mail.
    """
    mails = {message.parsed["Message-ID"]: message for message in mail.messages}
    reached: dict[str, Counter[frozenset[str]]] = {recipient: Counter() for recipient in RECIPIENTS}
    for message in mails.values():
        links = headlines(message.part("plain"))
        reached[message.recipient].update(stories[canonical(link) or link] for link in links)
    for recipient, counts in reached.items():
        assert not [story for story, count in counts.items() if count > 1], recipient
    return {recipient: set(counts) for recipient, counts in reached.items()}


def headlines(text: str) -> list[str]:
    """The links of the stories, one for each numbered item of the mail's text part."""
    items, numbered = [], False
    for line in text.splitlines():
        if line[:1].isdigit() and ". " in line[:5]:
            numbered = True
        elif numbered and line.strip().startswith("http"):
            items.append(line.strip())
            numbered = False
    return items


def mail_settings(mail: MailServer) -> str:
    to = ", ".join(f'"{recipient}"' for recipient in RECIPIENTS)
    return f"""
[smtp]
host = "{mail.host}"
port = {mail.port}
security = "none"
from = "monitor@example.org"

[[recipients]]
name = "morning"
to = [{to}]
"""
