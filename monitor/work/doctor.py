"""What is wrong and how to mend it: configuration, database, disk, mail server, feeds.

One check after another; nothing is changed.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor import clock
from monitor.config import Settings, SmtpSection
from monitor.digest.deliver import Mailer
from monitor.intake.parse import parse
from monitor.model.feed import Feed
from monitor.model.stored import StoredFeed
from monitor.model.web import Answer, FetchOutcome
from monitor.store import feeds, lists, migrate, outbox
from monitor.store.engine import Database
from monitor.urls import mask, site
from monitor.work.flow import Stop, each
from monitor.work.setup import open_synced
from monitor.work.tools import open_web

LITTLE_DISK = 1_000_000_000  # bytes; a busy monitor stores some 20 MB a day
LONGEST_ROUND = timedelta(minutes=5)  # of asking all feeds
FEEDS_A_HOST = 4  # waiting for their turn at once; how many are asked is [fetch]'s affair


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    what: str
    mend: str = ""
    needs_person: bool = False  # whether it makes doctor's exit code 1

    def record(self) -> dict[str, Any]:
        """The `--json` record."""
        return asdict(self)


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, as it is made. Raises DatabaseError where there is no usable database."""
    yield check_contact(settings)
    database = open_synced(settings)
    try:
        yield check_database(database, settings)
        yield from check_disk(database)
        yield from check_mail(settings, database)
        yield from check_proxy(settings)
        yield from check_feeds(settings, database)
    finally:
        database.close()


def check_contact(settings: Settings) -> Check:
    if settings.fetch.contact:
        return Check(name="contact", ok=True, what=settings.fetch.contact)
    mend = "set [fetch] contact to a mail address or page: site owners block strangers sooner"
    return Check(name="contact", ok=False, what="sites are not told whom to turn to", mend=mend)


def check_database(database: Database, settings: Settings) -> Check:
    problems = migrate.check(settings.database.url.get_secret_value())
    if not problems:
        return Check(name="database", ok=True, what=f"{database.name} is sound")
    mend = "stop the monitor, copy the database away, and restore a sound one"
    return Check(name="database", ok=False, what="; ".join(problems), mend=mend, needs_person=True)


def check_disk(database: Database) -> Iterator[Check]:
    """Room beside a SQLite file; another engine looks after its own."""
    if database.path is None:
        return
    folder = Path(database.path).parent
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        yield Check(name="disk", ok=False, what=f"{folder} cannot be written to", needs_person=True)
    elif free < LITTLE_DISK:
        what = f"only {free / 1e6:.0f} MB are free at {folder}"
        yield Check(name="disk", ok=False, what=what, mend="make room before writes fail", needs_person=True)
    else:
        yield Check(name="disk", ok=True, what=f"{free / 1e9:.0f} GB are free at {folder}")


def check_mail(settings: Settings, database: Database) -> Iterator[Check]:
    """The mail server up to its greeting and login, and what waits to go out."""
    if settings.smtp is None:
        what = "there is no [smtp]: digests are shown, not sent"
        yield Check(
            name="mail", ok=not settings.recipients, what=what, mend="fill in [smtp] to have them mailed"
        )
        return
    yield check_mail_server(settings.smtp, settings.fetch.ca_file)
    for delivery in database.read(outbox.open_deliveries):
        error = delivery.last_error or "not tried yet"
        what = f"{delivery.recipient}: {delivery.state} after {delivery.tries} tries: {error}"
        mend = "`monitor digest --retry` sends it again" if delivery.next_try_at is None else ""
        yield Check(
            name="delivery", ok=False, what=what, mend=mend, needs_person=delivery.next_try_at is None
        )
    if not any(one.recipients for one in database.read(lists.stored_lists)):
        yield Check(name="recipients", ok=False, what="nobody gets the digest", mend="add [[recipients]]")


def check_mail_server(smtp: SmtpSection, ca_file: Path | None) -> Check:
    place = f"{smtp.host}:{smtp.effective_port}"
    with Mailer(smtp, ca_file=ca_file) as mailer:
        error = mailer.greet()
    if error is None:
        return Check(name="mail server", ok=True, what=f"{place} answers")
    mend = "compare [smtp] with what your mail provider says"
    return Check(name="mail server", ok=False, what=error, mend=mend, needs_person=True)


def check_proxy(settings: Settings) -> Iterator[Check]:
    """Whether something listens where the proxy should; without one nothing is said."""
    if settings.fetch.proxy is None:
        return
    parts = urlsplit(settings.fetch.proxy.get_secret_value())
    place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    shown = f"{place[0]}:{place[1]}"
    try:
        socket.create_connection(place, timeout=settings.fetch.timeout.total_seconds()).close()
    except OSError as error:
        mend = "nothing can be fetched without it: start it, or correct [fetch] proxy"
        yield Check(name="proxy", ok=False, what=f"{shown}: {error}", mend=mend, needs_person=True)
    else:
        yield Check(name="proxy", ok=True, what=f"{shown} answers")


def check_feeds(settings: Settings, database: Database) -> Iterator[Check]:
    """Every feed that is not paused is asked once; nothing is stored."""
    asked = [feed for feed in database.read(feeds.stored_feeds) if feed.state != "paused"]
    if not asked:
        yield Check(
            name="feeds", ok=False, what="there are none", mend="`monitor feeds add URL`", needs_person=True
        )
        return
    answers = asyncio.run(ask_all(settings, asked))
    good = sum(fault is None for _, fault in answers)
    everything = good == len(asked)
    yield Check(name="feeds", ok=everything, what=f"{good} of {len(asked)} answer", needs_person=good == 0)
    for feed, fault in answers:
        if fault is None:
            yield Check(name="feed", ok=True, what=f"{feed.title or mask(feed.url)} answers")
        else:
            yield Check(
                name="feed",
                ok=False,
                what=f"{mask(feed.url)}: {fault}",
                mend=f"`monitor feeds show {shlex.quote(mask(feed.url))}` tells its history",
                needs_person=feed.state in ("gone", "blocked"),
            )


async def ask_all(settings: Settings, asked: list[StoredFeed]) -> list[tuple[StoredFeed, str | None]]:
    """Each feed with what is wrong with its answer; None where nothing is."""
    async with open_web(settings.fetch) as web:

        async def ask(stored: StoredFeed) -> tuple[StoredFeed, str | None]:
            options = stored.options
            feed = Feed(
                id=stored.id,
                url=stored.url,
                original_url=stored.original_url,
                auth_file=options.auth_file,
                header_file=options.header_file,
                cookie_file=options.cookie_file,
                proxy=options.proxy,
            )
            return stored, fault_of(await web.get_feed(feed, clock.now()))

        stop = Stop(LONGEST_ROUND, timedelta())
        answered = await each(
            asked, ask, at_once=50, stop=stop, lane_of=lambda feed: site(feed.url), a_lane=FEEDS_A_HOST
        )
    reached = {stored.id: fault for stored, fault in answered}
    return [(stored, reached.get(stored.id, "no answer in five minutes")) for stored in asked]


def fault_of(answer: Answer) -> str | None:
    """What a person should know of an answer; None where a feed came."""
    if answer.outcome is not FetchOutcome.OK:
        return answer.error or str(answer.outcome)
    return parse(answer.body, url=answer.final_url, content_type=answer.content_type).error
