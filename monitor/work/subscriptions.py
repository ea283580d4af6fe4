"""Subscribing: by an address that may be a feed or a site, or by a file of many."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from monitor import clock
from monitor.config import Settings
from monitor.config.values import nearest, parse_web_address
from monitor.errors import UsageError
from monitor.intake.discover import discover, is_feed
from monitor.intake.opml import Subscription, read_subscriptions, write_opml
from monitor.model.feed import Feed
from monitor.model.specs import FeedSpec
from monitor.model.stored import StoredFeed
from monitor.model.web import FetchOutcome
from monitor.store import feeds
from monitor.store.engine import Database
from monitor.urls import mask
from monitor.work.inspect import read_file
from monitor.work.tools import open_web


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of a wish to subscribe."""

    url: str  # masked
    new: bool
    text: str  # for people


def add_feed(
    settings: Settings, database: Database, url: str, *, title: str = "", tags: tuple[str, ...] = ()
) -> Added:
    """Subscribe to the feed behind an address. Raises UsageError when there is none.

    A feed that cannot be reached now is added all the same: it may be back tomorrow.
    """
    url = with_scheme(url)
    found, note = asyncio.run(feed_behind(settings, url))
    new = database.call(feeds.add_feed, FeedSpec(url=found, title=title, tags=tags), clock.now())
    text = f"added: {mask(found)}" if new else f"there already: {mask(found)}"
    return Added(url=mask(found), new=new, text=f"{text}{note}")


def with_scheme(url: str) -> str:
    """'example.org' is meant as a web address. Raises UsageError for what is none."""
    wished = url.strip()
    if "://" not in wished and "." in wished.split("/")[0]:
        wished = f"https://{wished}"
    try:
        return str(parse_web_address(wished))
    except ValueError as error:
        raise UsageError(str(error), "monitor feeds add") from None


async def feed_behind(settings: Settings, url: str) -> tuple[str, str]:
    """The feed's address, and what a person should know of it. Raises UsageError when there is no feed."""
    async with open_web(settings.fetch) as web:
        answer = await web.get_feed(Feed(id=0, url=url, original_url=url), clock.now())
        if answer.outcome in (FetchOutcome.BAD_ADDRESS, FetchOutcome.BLOCKED):
            raise UsageError(answer.error or "this address is not allowed", mask(url))
        if answer.outcome is not FetchOutcome.OK:
            return url, f"; but it does not answer now: {answer.error}"
        if is_feed(answer):
            return url, ""
        candidates = await discover(web, url, clock.now())
    if not candidates:
        raise UsageError(
            "there is no feed here, and the page names none", mask(url), "give the feed's own address"
        )
    others = f"; it names {len(candidates) - 1} more" if len(candidates) > 1 else ""
    return candidates[0], f" (found at {mask(url)}{others})"


def subscribed(tx: Connection, url: str) -> StoredFeed:
    """The feed that has or had this address, also as it is shown (masked). Raises UsageError."""
    present = feeds.stored_feeds(tx)
    known = feeds.find_feed(tx, url)
    found = [one for one in present if (one.id == known.id if known else mask(one.url) == url)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"this could be one of {len(found)} feeds", url, "give its whole address")
    near = nearest(mask(url), [mask(one.url) for one in present])
    raise UsageError(f"there is no such feed{near}", mask(url), "`monitor feeds list` shows all")


def import_file(database: Database, file: Path) -> tuple[int, int]:
    """Subscribe to all of a file: how many were added, and how many were there already."""
    content = sys.stdin.buffer.read() if str(file) == "-" else read_file(file)
    try:
        subscriptions = read_subscriptions(content)
    except UsageError as error:
        place = ", ".join(part for part in (str(file), error.where) if part)
        raise UsageError(error.what, place, error.mend) from None
    return database.call(add_all, subscriptions)


def add_all(tx: Connection, subscriptions: tuple[Subscription, ...]) -> tuple[int, int]:
    now = clock.now()
    added = sum(feeds.add_feed(tx, spec_of(one), now) for one in subscriptions)
    return added, len(subscriptions) - added


def spec_of(subscription: Subscription) -> FeedSpec:
    """OPML wants a text for each feed: its address, where it has no title."""
    title = "" if subscription.title == subscription.url else subscription.title
    return FeedSpec(url=subscription.url, title=title, tags=subscription.tags)


def export_opml(tx: Connection) -> bytes:
    """All feeds as OPML."""
    return write_opml(
        [Subscription(url=feed.url, title=feed.title, tags=feed.tags) for feed in feeds.stored_feeds(tx)]
    )
