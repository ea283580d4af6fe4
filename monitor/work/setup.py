"""Making a configuration and a database, and keeping the one in step with the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection

from monitor import clock
from monitor.config import DigestSection, FeedSection, RecipientSection, Settings, load_settings
from monitor.config.values import parse_mail_address, parse_zone
from monitor.digest.periods import day_start, next_due
from monitor.errors import UsageError
from monitor.model.specs import FeedOptions, FeedSpec, ListSpec
from monitor.store import feeds, lists, topics
from monitor.store.engine import Database, open_database
from monitor.store.migrate import require_current, upgrade
from monitor.work.topics import topic_specs, topic_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What `init` asks for; '' is no answer."""

    contact: str = ""
    zone: str = "UTC"
    address: str = ""


def open_synced(settings: Settings) -> Database:
    """The database, of this program's schema, knowing what the configuration says.

    Raises ConfigError for a bad rule or profile, whatever the database is, and DatabaseError when that is
    missing, unreachable or of another schema: only `create` makes one.
    """
    topic_versions(topic_specs(settings.topics))
    database = open_database(settings.database.url.get_secret_value())
    try:
        require_current(database)
        database.call(sync, settings, clock.now())
    except BaseException:
        database.close()
        raise
    return database


def create(settings: Settings) -> None:
    """Create the database or bring it up to date; then the lists join and the feeds are in."""
    topic_versions(topic_specs(settings.topics))  # a bad rule is said before anything is made
    upgrade(settings.database.url.get_secret_value())
    open_synced(settings).close()


def sync(tx: Connection, settings: Settings, now: datetime) -> None:
    """Feeds, topics and recipient lists of the configuration, as the database should know them."""
    feeds.sync_config(tx, feed_specs(settings.feeds), now)
    topics.sync_topics(tx, topic_versions(topic_specs(settings.topics)), now)
    lists.sync_lists(tx, list_specs(settings, now), now)


def feed_specs(sections: Iterable[FeedSection]) -> tuple[FeedSpec, ...]:
    return tuple(
        FeedSpec(
            url=section.url,
            title=section.title,
            tags=section.tags,
            options=FeedOptions(
                min_interval=section.min_interval,
                max_interval=section.max_interval,
                auth_file=text_of(section.auth_file),
                header_file=text_of(section.header_file),
                cookie_file=text_of(section.cookie_file),
                proxy=section.proxy,
            ),
        )
        for section in sections
    )


def text_of(path: Path | None) -> str | None:
    return str(path) if path else None


def list_specs(settings: Settings, now: datetime) -> tuple[ListSpec, ...]:
    """Each recipient list with the moments that its zone gives: where a new one begins, when it is due."""
    return tuple(list_spec(section, settings, now) for section in settings.recipients)


def list_spec(section: RecipientSection, settings: Settings, now: datetime) -> ListSpec:
    common: DigestSection = settings.digest
    at, zone, days = section.at or common.at, section.zone or common.zone, section.days or common.days
    return ListSpec(
        name=section.name,
        to=section.to,
        topics=section.topics or tuple(topic.name for topic in settings.topics),
        zone=zone,
        at=f"{at:%H:%M}",
        days=days,
        threshold=section.threshold,
        day_start=day_start(now, zone),
        next_digest_at=next_due(at, zone, days, now),
    )


def write_config(path: Path, answers: Answers) -> Settings:
    """Write the example with the answers filled in, and load it. Raises UsageError for an unusable answer.

    The file takes its place only when it has been loaded: no fault leaves half a configuration behind.
    """
    check(answers)
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(filled_in(example(), answers), encoding="utf-8")
        settings = load_settings(draft)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", str(path)) from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return settings


def check(answers: Answers) -> None:
    """Refuse an answer before anything is written."""
    try:
        parse_zone(answers.zone)
        if answers.address:
            parse_mail_address(answers.address)
    except ValueError as error:
        raise UsageError(str(error), "monitor init") from None


def filled_in(content: str, answers: Answers) -> str:
    """The example's text with contact, zone and the first recipient list as answered."""
    content = replaced(content, 'contact = ""', f"contact = {quoted(answers.contact)}")
    content = replaced(content, '# zone = "Europe/Brussels"', f"zone = {quoted(answers.zone)}")
    if answers.address:
        block = '# [[recipients]]\n# name = "morning"\n# to = ["reader@example.org"]'
        chosen = f'[[recipients]]\nname = "morning"\nto = [{quoted(answers.address)}]'
        content = replaced(content, block, chosen)
    return content


def replaced(content: str, before: str, after: str) -> str:
    """One line of the example for another; the first that matches."""
    assert before in content, f"the example has no line {before!r}"
    return content.replace(before, after, 1)


def quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'


def example() -> str:
    """The commented configuration that travels with the program."""
    shipped = files("monitor.config").joinpath("config.example.toml")
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return Path(__file__).parents[2].joinpath("config.example.toml").read_text(encoding="utf-8")
