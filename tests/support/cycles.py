"""The work of one database in this process, over the tests' own servers: what `once` does, sooner.

work.configure(feeds=[server.page("/feed.xml", rss(item(1, link=server.url("/1"))))])
result = work.cycle()
assert work.article(server.url("/1")).status == "full"
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from sqlalchemy import text
from support.mailserver import MailServer

from monitor.config import Settings
from monitor.config.settings import (
    DigestSection,
    ExtractSection,
    FeedSection,
    FetchSection,
    RecipientSection,
    ScheduleSection,
    SmtpSection,
    TopicSection,
)
from monitor.model.stored import StoredArticle, StoredFeed, StoredList
from monitor.model.summary import Summary
from monitor.store import articles, feeds, lists
from monitor.store.engine import Database
from monitor.work.flow import Stop
from monitor.work.pipeline import CycleResult, run_cycle
from monitor.work.sending import Sent, send_everything
from monitor.work.setup import sync
from monitor.work.tools import Tools, open_web
from monitor.work.topics import topic_specs
from monitor.workers import Workers

# What the pages of `support.pages` are about. Needs no model, so the workers are ready at once.
HARBOURS = TopicSection(name="harbours", terms=("harbour council", "ferry terminal", "ferries", "pier"))
RECIPIENTS = ("first@example.org", "second@example.org")
LOOPBACK = ("127.0.0.0/8",)


class Work:
    """One database, its configuration, and cycles over it."""

    def __init__(self, database: Database, workers: Workers) -> None:
        self.database = database
        self.workers = workers
        self.settings = Settings()

    def configure(
        self,
        *,
        feeds: Iterable[str] = (),
        topics: Sequence[TopicSection] = (HARBOURS,),
        mail: MailServer | None = None,
        to: Sequence[str] = RECIPIENTS,
        digest: dict[str, Any] | None = None,
        schedule: dict[str, Any] | None = None,
        smtp: dict[str, Any] | None = None,
        joined: datetime | None = None,
        **fetch: Any,
    ) -> None:
        """Quick, and polite to nobody; the configuration becomes known at `joined` (now)."""
        habits = {"allow_hosts": LOOPBACK, "connections_per_host": 4, "starts_per_second": 500.0}
        self.settings = Settings(
            feeds=tuple(FeedSection(url=url) for url in feeds),
            topics=tuple(topics),
            fetch=FetchSection(**{**habits, "timeout": timedelta(seconds=5), **fetch}),
            schedule=ScheduleSection(**{"grace": timedelta(seconds=1), **(schedule or {})}),
            extract=ExtractSection(workers=2),
            digest=DigestSection(**{"zone": "Europe/Brussels", **(digest or {})}),
            smtp=smtp_section(mail, smtp or {}) if mail else None,
            recipients=(RecipientSection(name="morning", to=tuple(to)),) if to else (),
        )
        self.database.call(sync, self.settings, joined or datetime.now(UTC))

    def cycle(self, *, everything: bool = False, workers: Workers | None = None) -> CycleResult:
        """One cycle, whose counters add up."""
        result = asyncio.run(self._cycle(everything, workers or self.workers))
        assert_adds_up(result.summary)
        return result

    async def _cycle(self, everything: bool, workers: Workers) -> CycleResult:
        schedule = self.settings.schedule
        async with open_web(self.settings.fetch) as web:
            tools = Tools(
                settings=self.settings,
                database=self.database,
                web=web,
                workers=workers,
                topics=topic_specs(self.settings.topics),
            )
            stop = Stop(schedule.max_cycle, schedule.grace)
            return await run_cycle(tools, stop, kind="once", everything=everything)

    def send(self, *, retry: bool = False) -> Sent:
        """`digest --send`."""
        return asyncio.run(send_everything(self.settings, self.database, retry=retry))

    # ---- what is stored

    def article(self, url: str) -> StoredArticle:
        found = self.database.read(articles.find_article, url, with_text=True)
        assert found is not None, f"never seen: {url}"
        return found

    def articles(self) -> list[StoredArticle]:
        return self.database.read(articles.list_articles, limit=None)

    def feed(self, url: str) -> StoredFeed:
        return next(
            one for one in self.database.read(feeds.stored_feeds) if url in (one.url, one.original_url)
        )

    def execute(self, statement: str, **values: Any) -> None:
        """Change rows behind the program's back: time passes quickly in tests."""
        self.database.call(lambda tx: tx.execute(text(statement), values))

    def refuse_inserts(self, table: str) -> None:
        """From now on every insert into a table fails, as on a full disk."""
        if self.database.kind == "sqlite":
            self.execute(
                f"CREATE TRIGGER refused BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
            return
        self.execute(
            "CREATE FUNCTION refuse() RETURNS trigger AS "
            "$$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql"
        )
        self.execute(
            f"CREATE TRIGGER refused BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    def allow_inserts(self, table: str) -> None:
        """The disk has room again."""
        self.execute(f"DROP TRIGGER refused{'' if self.database.kind == 'sqlite' else f' ON {table}'}")

    def let_feeds_be_due(self) -> None:
        self.execute("UPDATE feeds SET next_poll_at = added_at")

    def let_pages_be_due(self) -> None:
        self.execute("UPDATE articles SET next_try_at = first_seen_at WHERE next_try_at IS NOT NULL")

    def let_digests_be_due(self) -> None:
        self.execute("UPDATE recipient_lists SET next_digest_at = joined_at")

    def let_deliveries_be_due(self) -> None:
        self.execute("UPDATE deliveries SET next_try_at = first_tried_at WHERE next_try_at IS NOT NULL")

    def list(self) -> StoredList:
        (found,) = self.database.read(lists.stored_lists)
        return found

    def deliveries(self) -> dict[str, str]:
        """The state of each recipient's last delivery."""
        query = text("SELECT recipient, state FROM deliveries ORDER BY id")
        return self.database.read(lambda tx: {row.recipient: row.state for row in tx.execute(query)})


def assert_adds_up(summary: Summary) -> None:
    """The contract's equations."""
    polled, listed = summary.feeds, summary.entries
    answered = polled.new + polled.unchanged + polled.failed + polled.throttled
    assert polled.due == answered + polled.skipped
    assert listed.seen == listed.new + listed.known
    assert listed.new == listed.of_new_articles + listed.of_known_articles + listed.without_page
    assert min(summary.articles.values(), default=1) > 0


def smtp_section(mail: MailServer, more: dict[str, Any]) -> SmtpSection:
    usual = {"host": mail.host, "port": mail.port, "security": "none", "from_": "monitor@example.org"}
    return SmtpSection(**{**usual, "timeout": timedelta(seconds=5), **more})


# ---- feeds


NO_LINK = '<guid isPermaLink="false">'


def item(number: int | str, *, link: str | None = None, **changes: str | None) -> str:
    """An item of an RSS feed, published an hour ago; a field that is None is left out."""
    fields: dict[str, str | None] = {
        "title": f"Story {number} of the harbour",
        "link": link,
        "guid": f"guid-{number}",
        "pubDate": format_datetime(datetime.now(UTC) - timedelta(hours=1)),
        "description": f"What was said about story {number}.",
        **changes,
    }
    given = [(name, value) for name, value in fields.items() if value is not None]
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in given)
    return f"<item>{inner.replace('<guid>', NO_LINK)}</item>"


def rss(*items: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Harbour News</title>'
        f"{''.join(items)}</channel></rss>"
    )


RSS = "application/rss+xml"
