"""Stories: which articles carry one report, what is related, and how two become one.

Which texts are the same is decided in `articles/stories.py`; here it is looked up and written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, or_, select, update

from monitor.model.article import Role
from monitor.model.stored import StoredStory
from monitor.model.story import Candidate, Placement, StoryMember
from monitor.store.rows import insert_ignore, insert_one, select_in
from monitor.store.schema import articles, stories, story_links, verdicts

# The articles that are in a story.
REPORTS: Select[Any] = select(
    articles.c.id,
    articles.c.story_id,
    articles.c.url,
    articles.c.title,
    articles.c.outlet,
    articles.c.role,
    articles.c.text_hash,
    articles.c.published_at,
    articles.c.first_seen_at,
    articles.c.newest_at,
    articles.c.site,
).where(articles.c.story_id.is_not(None))

# ---- what every page asks and writes: built once, because that costs more than running it

SAME_TEXT = REPORTS.where(
    articles.c.text_hash == bindparam("text_hash"), articles.c.first_seen_at >= bindparam("since")
).order_by(articles.c.id)
CANDIDATE = select(
    articles.c.id,
    articles.c.story_id,
    articles.c.title,
    articles.c.text_hash,
    articles.c.words,
    articles.c.published_at,
    articles.c.first_seen_at,
    articles.c.site,
).where(articles.c.id == bindparam("article"))
STORY_OF = select(articles.c.story_id).where(articles.c.id == bindparam("article"))
PLACE = update(articles).where(articles.c.id == bindparam("article")).values(story_id=bindparam("story"))

# Itself, or the story that one was merged into.
SURVIVOR = select(func.coalesce(stories.c.merged_into, stories.c.id)).where(
    stories.c.id == bindparam("story")
)

# How many articles a story has; what its original is, and what all others are.
SIZE = select(func.count()).where(articles.c.story_id == bindparam("story"))
CHANGE_ORIGINAL = update(articles).where(
    articles.c.story_id == bindparam("story"), articles.c.id == bindparam("original")
)
CHANGE_REPRINTS = update(articles).where(
    articles.c.story_id == bindparam("story"), articles.c.id != bindparam("original")
)


def candidate(tx: Connection, article_id: int) -> Candidate:
    """An article as the room that decides about stories wants it."""
    row = tx.execute(CANDIDATE, {"article": article_id}).one()
    return Candidate(
        article_id=row.id,
        story_id=row.story_id,
        title=row.title,
        text_hash=row.text_hash,
        words=row.words,
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
        site=row.site,
    )


def same_text(tx: Connection, text_hash: str, since: datetime) -> list[StoryMember]:
    """The articles in stories, first seen since then, that carry exactly this normalised text."""
    return [_member(row) for row in tx.execute(SAME_TEXT, {"text_hash": text_hash, "since": since})]


def members(tx: Connection, story_id: int) -> list[StoryMember]:
    """The articles of a story, oldest first."""
    query = REPORTS.where(articles.c.story_id == story_id)
    return [_member(row) for row in tx.execute(query.order_by(articles.c.id))]


def place(tx: Connection, article_id: int, placement: Placement, now: datetime) -> int:
    """Put an article where it was decided to belong, with the roles of its story; the story's id.

    Stories that proved to be the same are merged first; without a story to join it keeps or gets its own.
    """
    has = tx.execute(STORY_OF, {"article": article_id}).scalar_one()
    joined = _surviving(tx, placement.story_id) if placement.story_id is not None else None
    story = int(joined or has or insert_one(tx, stories, {"created_at": now}))
    for other in dict.fromkeys((has, *placement.merged_story_ids)):
        if other is not None and (survivor := _surviving(tx, other)) is not None:
            merge_stories(tx, survivor, story)
    if story != has:
        tx.execute(PLACE, {"article": article_id, "story": story})
    if placement.original_id is not None:
        set_roles(tx, story, placement.original_id)
    return story


def set_roles(tx: Connection, story_id: int, original: int) -> None:
    """Name the original of a story; all others are its reprints. One alone has no role."""
    named = {"story": story_id, "original": original}
    alone = tx.execute(SIZE, {"story": story_id}).scalar_one() <= 1
    tx.execute(CHANGE_REPRINTS, {**named, "role": None if alone else Role.REPRINT})
    tx.execute(CHANGE_ORIGINAL, {**named, "role": None if alone else Role.ORIGINAL})


def merge_stories(tx: Connection, loser: int, winner: int) -> None:
    """All articles of one story join another; the loser keeps where it went."""
    if loser == winner:
        return
    tx.execute(update(articles).where(articles.c.story_id == loser).values(story_id=winner))
    links = tx.execute(select(story_links).where(story_links.c.story_id == loser)).all()
    tx.execute(
        delete(story_links).where(or_(story_links.c.story_id == loser, story_links.c.other_id == loser))
    )
    for link in links:
        relate(tx, winner, link.other_id, link.evidence)
    pointing = or_(stories.c.id == loser, stories.c.merged_into == loser)
    tx.execute(update(stories).where(pointing).values(merged_into=winner))


def relate(tx: Connection, story_id: int, other_id: int, evidence: Any = None) -> None:
    """Note that two stories tell of the same event."""
    if story_id == other_id:
        return
    link = {"kind": "related", "evidence": evidence}
    pairs = sorted([(story_id, other_id), (other_id, story_id)])
    insert_ignore(tx, story_links, [{"story_id": one, "other_id": two, **link} for one, two in pairs])


def related(tx: Connection, story_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """For each story the ids of others on the same event, in order."""
    found: dict[int, list[int]] = {}
    query = select(story_links.c.story_id, story_links.c.other_id)
    for row in select_in(tx, query, story_links.c.story_id, story_ids):
        found.setdefault(row.story_id, []).append(row.other_id)
    return {story_id: tuple(sorted(others)) for story_id, others in found.items()}


def list_stories(tx: Connection, *, since: datetime | None = None, limit: int = 100) -> list[StoredStory]:
    """Stories, newest first."""
    query = select(stories).where(stories.c.merged_into.is_(None))
    if since is not None:
        query = query.where(stories.c.created_at >= since)
    rows = tx.execute(query.order_by(stories.c.id.desc()).limit(limit)).all()
    return _stories(tx, rows)


def find_story(tx: Connection, story_id: int) -> StoredStory | None:
    """A story by its id, also by that of one that was merged into it."""
    survivor = _surviving(tx, story_id)
    rows = tx.execute(select(stories).where(stories.c.id == survivor)).all()
    return next(iter(_stories(tx, rows)), None)


# ---- rows


def _surviving(tx: Connection, story_id: int) -> int | None:
    found: int | None = tx.execute(SURVIVOR, {"story": story_id}).scalar_one_or_none()
    return found


def _stories(tx: Connection, rows: Sequence[Row[Any]]) -> list[StoredStory]:
    ids = [row.id for row in rows]
    reports: dict[int, list[Row[Any]]] = {}
    for report in select_in(tx, REPORTS, articles.c.story_id, ids):
        reports.setdefault(report.story_id, []).append(report)
    links = related(tx, ids)
    scores = _best_scores(tx, ids)
    return [
        _story(row, reports[row.id], links.get(row.id, ()), scores.get(row.id))
        for row in rows
        if row.id in reports
    ]


def _story(
    row: Row[Any], reports: list[Row[Any]], links: tuple[int, ...], score: tuple[float, bool] | None
) -> StoredStory:
    reports = sorted(reports, key=lambda report: (report.role == Role.REPRINT, report.newest_at, report.id))
    return StoredStory(
        id=row.id,
        created_at=row.created_at,
        headline=reports[0].title,
        url=reports[0].url,
        outlets=tuple(dict.fromkeys(report.outlet for report in reports if report.outlet)),
        articles=len(reports),
        related=links,
        score=score[0] if score else None,
        flagged=bool(score and score[1]),
    )


def _best_scores(tx: Connection, story_ids: Sequence[int]) -> dict[int, tuple[float, bool]]:
    query = select(articles.c.story_id, verdicts.c.score, verdicts.c.flagged)
    query = query.join(verdicts, verdicts.c.article_id == articles.c.id).where(verdicts.c.current)
    best: dict[int, tuple[float, bool]] = {}
    for row in select_in(tx, query, articles.c.story_id, story_ids):
        score, flagged = best.get(row.story_id, (0.0, False))
        best[row.story_id] = (max(score, row.score), flagged or row.flagged)
    return best


def _member(row: Row[Any]) -> StoryMember:
    return StoryMember(
        article_id=row.id,
        story_id=row.story_id,
        title=row.title,
        text_hash=row.text_hash or "",
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
        site=row.site,
    )
