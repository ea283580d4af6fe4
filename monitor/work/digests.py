"""Composing digests from what is stored: to look at, and to freeze for sending."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from monitor.config import Settings
from monitor.config.values import nearest
from monitor.digest.compose import compose
from monitor.digest.message import mailbox
from monitor.digest.outbox import message_id
from monitor.digest.periods import day_start, next_due
from monitor.digest.records import digest_record
from monitor.errors import UsageError
from monitor.model.digest import Digest, FlaggedArticle, Period
from monitor.model.specs import DigestItem, NewDelivery
from monitor.model.stored import StoredList, StoredRecipient
from monitor.store import digests, lists, outbox, stories
from monitor.work.topics import thresholds_of, topic_specs

NEAR_MISSES_ASKED = 40  # rows; the composer shows the five strongest stories among them

# A verdict is dated before its transaction ends. One that another process was storing while a digest was
# composed would fall between two periods; so the next one looks back. What was mailed is not mailed again.
LATE = timedelta(days=1)


def running_digest(
    tx: Connection,
    settings: Settings,
    now: datetime,
    *,
    to: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Digest:
    """The digest of a period, stories already sent too; by default the running one of the first list.

    Without recipients there is no list: the day so far. Raises UsageError for an unknown list.
    """
    chosen = chosen_list(tx, settings, to)
    zone = chosen.zone if chosen else settings.digest.zone
    begin = since or (chosen.period_start if chosen else day_start(now, zone))
    period = Period(since=begin, until=until or now, zone=zone)
    if period.since > period.until:
        raise UsageError("the period ends before it begins", "--since, --until")
    return composed(tx, settings, chosen, period)


def chosen_list(tx: Connection, settings: Settings, to: str | None) -> StoredList | None:
    """The list of that name, else the configuration's first; None where there is none at all."""
    active = {one.name: one for one in lists.stored_lists(tx) if one.state == "active"}
    if to is None:
        return active.get(settings.recipients[0].name) if settings.recipients else None
    if to not in active:
        raise UsageError(f"there is no list '{to}'{nearest(to, active)}", "[[recipients]]")
    return active[to]


def composed(
    tx: Connection,
    settings: Settings,
    chosen: StoredList | None,
    period: Period,
    rows: Sequence[FlaggedArticle] | None = None,
) -> Digest:
    """The period's digest; of these rows, where others than the period's were chosen."""
    thresholds = list_thresholds(settings, chosen)
    since, until = period.since, period.until
    if rows is None:
        rows = digests.flagged_rows(
            tx, tuple(thresholds), since=since, until=until, thresholds=own_line(chosen, thresholds)
        )
    near = digests.near_rows(
        tx,
        tuple(thresholds),
        since=since,
        until=until,
        limit=NEAR_MISSES_ASKED,
        thresholds=own_line(chosen, thresholds),
    )
    return compose(
        chosen.name if chosen else "",
        period,
        rows,
        near,
        digests.coverage(tx, since=since, until=until, list_name=chosen.name if chosen else None),
        thresholds=thresholds,
        related=stories.related(tx, {row.story_id for row in rows}),
    )


def freeze_list(
    tx: Connection, settings: Settings, chosen: StoredList, now: datetime, cycle: str | None
) -> int | None:
    """Compose a list's running period, keep it with a delivery for each recipient, begin the next period.

    Everything happens in the caller's transaction. None when nothing was frozen: the period is empty of
    time, or another process has frozen it.
    """
    period = Period(since=chosen.period_start, until=now, zone=chosen.zone)
    if period.since >= period.until:
        return None
    rows = candidate_rows(tx, settings, chosen, period)
    shares = {
        recipient.address: stories_for(tx, chosen, recipient, rows)
        for recipient in chosen.recipients
        if not recipient.suppressed
    }
    wanted = set().union(*shares.values()) if shares else set()
    digest = composed(tx, settings, chosen, period, [row for row in rows if row.story_id in wanted])
    deliveries = [
        share_of(digest, address, stories_, settings)
        for address, stories_ in shares.items()
        if stories_ or settings.digest.empty == "send"
    ]
    frozen = digests.freeze(
        tx,
        chosen.name,
        period,
        digest_record(digest),
        deliveries,
        now,
        next_digest_at=next_digest(chosen, now),
        cycle=cycle,
    )
    if frozen is not None:
        for address in shares:
            outbox.close_failed(tx, chosen.name, address)
    return frozen


def candidate_rows(
    tx: Connection, settings: Settings, chosen: StoredList, period: Period
) -> list[FlaggedArticle]:
    """What may be mailed now: new in the period, stored too late for the one before, or undelivered."""
    thresholds = list_thresholds(settings, chosen)
    own = own_line(chosen, thresholds)
    rows = digests.flagged_rows(
        tx, tuple(thresholds), since=period.since - LATE, until=period.until, thresholds=own
    )
    failed = {
        story
        for recipient in chosen.recipients
        for story in outbox.failed_stories(tx, chosen.name, recipient.address)
    }
    missing = failed - {row.story_id for row in rows}
    return rows + digests.story_rows(tx, tuple(thresholds), missing, thresholds=own)


def stories_for(
    tx: Connection, chosen: StoredList, recipient: StoredRecipient, rows: Sequence[FlaggedArticle]
) -> set[int]:
    """The stories that this recipient gets: none twice, none from before it joined, all that failed."""
    first_flagged: dict[int, datetime] = {}
    for row in rows:
        if row.first_flagged_at is not None:
            known = first_flagged.get(row.story_id, row.first_flagged_at)
            first_flagged[row.story_id] = min(known, row.first_flagged_at)
    new = {story for story, at in first_flagged.items() if at >= recipient.receives_from}
    failed = outbox.failed_stories(tx, chosen.name, recipient.address) & {row.story_id for row in rows}
    return (new | failed) - digests.mailed(tx, chosen.name, recipient.address, new | failed)


def share_of(digest: Digest, address: str, wanted: Collection[int], settings: Settings) -> NewDelivery:
    """One recipient's delivery, with the articles by which 'mailed' is remembered."""
    items = [
        DigestItem(
            article_id=article.article_id, story_id=story.id, headline=story.headline, text=story.extract
        )
        for story in digest.stories
        if story.id in wanted
        for article in story.articles
    ]
    sender = settings.smtp.from_ if settings.smtp else ""
    return NewDelivery(
        recipient=address,
        # The bare address: a name added to it later must not change what identifies the mail.
        message_id=message_id(
            digest.to, digest.period.since, mailbox(address).addr_spec, mailbox(sender).domain
        ),
        items=tuple(items),
    )


def for_recipient(digest: Digest, wanted: Collection[int]) -> Digest:
    """The frozen digest with only the stories of one delivery."""
    return replace(digest, stories=tuple(story for story in digest.stories if story.id in wanted))


def next_digest(chosen: StoredList, now: datetime) -> datetime:
    """When the list's next one is due."""
    hour, _, minute = chosen.at.partition(":")
    return next_due(time(int(hour), int(minute)), chosen.zone, chosen.days, now)


def list_thresholds(settings: Settings, chosen: StoredList | None) -> dict[str, float]:
    """The line for each topic of a list: the list's own threshold, else the topic's."""
    lines = thresholds_of(topic_specs(settings.topics))
    wanted = chosen.topics if chosen else tuple(lines)
    own = chosen.threshold if chosen else None
    return {topic: lines[topic] if own is None else own for topic in wanted if topic in lines}


def own_line(chosen: StoredList | None, thresholds: Mapping[str, float]) -> Mapping[str, float] | None:
    """What replaces the topics' own lines: nothing, unless the list has one."""
    return thresholds if chosen is not None and chosen.threshold is not None else None
