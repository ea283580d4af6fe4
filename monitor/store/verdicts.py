"""Verdicts: all are kept, one an article and topic is current."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, update

from monitor.model.stored import StoredVerdict
from monitor.model.verdict import Verdict, VerdictOrigin
from monitor.store.rows import select_in
from monitor.store.schema import articles, verdicts


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
    # The article's row orders two writers: the current verdict is one, and 'the first flagged' is one.
    tx.execute(select(articles.c.id).where(articles.c.id == article_id).with_for_update())
    flagged_before = _has_flagged(tx, article_id)
    mine = (verdicts.c.article_id == article_id, verdicts.c.topic == verdict.topic)
    # A page that cannot be had any more is judged on the feed's text: less is known, so the body's counts.
    counts = revision > 0 or not _has_current_on_a_body(tx, mine)
    if counts:
        tx.execute(update(verdicts).where(*mine, verdicts.c.current).values(current=False))
    mail = origin is VerdictOrigin.CYCLE if mail is None else mail
    made = {"judged_at": now, "origin": origin, "mail": mail, "cycle": cycle}
    same = (*mine, verdicts.c.revision == revision, verdicts.c.topic_version == verdict.topic_version)
    stored = tx.execute(select(verdicts).where(*same)).one_or_none()
    if stored is None:
        row = {"article_id": article_id, "revision": revision, **_row(verdict), **made, "current": counts}
        tx.execute(verdicts.insert().values(row))
    else:
        changes = {**_again(stored, verdict, made), "current": counts}
        tx.execute(update(verdicts).where(verdicts.c.id == stored.id).values(changes))
    return counts and verdict.flagged and not flagged_before


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


def _has_flagged(tx: Connection, article_id: int) -> bool:
    found = exists().where(verdicts.c.article_id == article_id, verdicts.c.flagged)
    return bool(tx.execute(select(found)).scalar_one())


def _has_current_on_a_body(tx: Connection, mine: Sequence[ColumnElement[bool]]) -> bool:
    found = exists().where(*mine, verdicts.c.current, verdicts.c.revision > 0)
    return bool(tx.execute(select(found)).scalar_one())


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
