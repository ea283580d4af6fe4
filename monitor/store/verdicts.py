"""Verdicts: all are kept, one an article and topic is current."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from monitor.model.stored import StoredVerdict
from monitor.model.verdict import Verdict, VerdictOrigin
from monitor.store.rows import select_in
from monitor.store.schema import articles, verdicts

# ---- what every decision asks and writes: built once, because that costs more than running it

# The article's row orders two writers: the current verdict is one, and 'the first flagged' is one.
HOLD_ARTICLE = select(articles.c.id).where(articles.c.id == bindparam("article")).with_for_update()

# All decisions on an article, as far as they decide what a new one is.
DECISIONS = select(
    verdicts.c.id,
    verdicts.c.topic,
    verdicts.c.topic_version,
    verdicts.c.revision,
    verdicts.c.flagged,
    verdicts.c.current,
).where(verdicts.c.article_id == bindparam("article"))
INSERT_VERDICT = verdicts.insert()
STORED_VERDICT = select(verdicts).where(verdicts.c.id == bindparam("verdict"))
CHANGE_VERDICT = update(verdicts).where(verdicts.c.id == bindparam("verdict"))


def record_verdict(
    tx: Connection,
    article_id: int,
    revision: int,
    verdict: Verdict,
    now: datetime,
    *,
    origin: VerdictOrigin = VerdictOrigin.CYCLE,
    cycle: str | None = None,
    mail: bool | None = None,
) -> bool:
    """Keep a decision on one revision (0: the feed's own text) and make it the current one.

    True when it is the first flagged one that the article has on any topic. The decision of one topic
    version on one revision is stored once: it keeps its first time, and becomes current again.

    `mail`: whether it may bring the story into a digest; by itself only what a cycle decided may.
    """
    tx.execute(HOLD_ARTICLE, {"article": article_id})
    earlier = tx.execute(DECISIONS, {"article": article_id}).all()
    mine = [row for row in earlier if row.topic == verdict.topic]
    # A page that cannot be had any more is judged on the feed's text: less is known, so the body's counts.
    counts = revision > 0 or not any(row.current and row.revision > 0 for row in mine)
    same = [row for row in mine if (row.revision, row.topic_version) == (revision, verdict.topic_version)]
    if counts and (superseded := [row.id for row in mine if row.current and row not in same]):
        tx.execute(CHANGE_VERDICT, [{"verdict": verdict_id, "current": False} for verdict_id in superseded])
    mail = origin is VerdictOrigin.CYCLE if mail is None else mail
    made = {"judged_at": now, "origin": origin, "mail": mail, "cycle": cycle}
    if not same:
        row = {"article_id": article_id, "revision": revision, **_row(verdict), **made, "current": counts}
        tx.execute(INSERT_VERDICT, row)
    else:
        stored = tx.execute(STORED_VERDICT, {"verdict": same[0].id}).one()
        changes = {**_again(stored, verdict, made), "current": counts}
        tx.execute(CHANGE_VERDICT, {"verdict": stored.id, **changes})
    return counts and verdict.flagged and not any(row.flagged for row in earlier)


def _again(stored: Row[Any], verdict: Verdict, made: dict[str, Any]) -> dict[str, Any]:
    """What judging the same revision by the same topic version once more changes.

    A body never changes, so the decision on one stands. The feed's text (revision 0) may have grown.
    """
    changes = _row(verdict) if stored.revision == 0 else {}
    may_mail_now = made["mail"] and not stored.mail
    if may_mail_now or (stored.revision == 0 and verdict.flagged and not stored.flagged):
        changes |= made
    return changes


def current_verdicts(tx: Connection, article_ids: Iterable[int]) -> dict[int, list[StoredVerdict]]:
    """For each article its current verdicts, best first."""
    query = select(verdicts).where(verdicts.c.current)
    found: dict[int, list[StoredVerdict]] = {}
    for row in select_in(tx, query, verdicts.c.article_id, article_ids):
        found.setdefault(row.article_id, []).append(_stored(row))
    for decided in found.values():
        decided.sort(key=lambda verdict: (-verdict.score, verdict.topic))
    return found


def all_verdicts(tx: Connection, article_id: int) -> list[StoredVerdict]:
    """Every decision ever made on an article, oldest first."""
    query = select(verdicts).where(verdicts.c.article_id == article_id)
    return [_stored(row) for row in tx.execute(query.order_by(verdicts.c.judged_at, verdicts.c.id))]


def story_scores(tx: Connection, topic: str, since: datetime) -> list[float]:
    """The best current score of each story with an article first seen since then, best first."""
    best = func.max(verdicts.c.score)
    query = select(best).join(articles, articles.c.id == verdicts.c.article_id)
    query = query.where(verdicts.c.topic == topic, verdicts.c.current, articles.c.first_seen_at >= since)
    query = query.where(articles.c.story_id.is_not(None)).group_by(articles.c.story_id)
    return [row[0] for row in tx.execute(query.order_by(best.desc()))]


# ---- rows


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "topic": verdict.topic,
        "topic_version": verdict.topic_version,
        "score": verdict.score,
        "flagged": verdict.flagged,
        "judged_on": verdict.judged_on,
        "similarity": verdict.similarity,
        "keywords": list(verdict.keywords),
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "passage": verdict.passage,
    }


def _stored(row: Row[Any]) -> StoredVerdict:
    return StoredVerdict(
        topic=row.topic,
        topic_version=row.topic_version,
        revision=row.revision,
        score=row.score,
        flagged=row.flagged,
        judged_on=row.judged_on,
        similarity=row.similarity,
        keywords=tuple(row.keywords),
        reasons=tuple(row.reasons),
        passage=row.passage,
        judged_at=row.judged_at,
        origin=row.origin,
        current=row.current,
        cycle=row.cycle,
    )
