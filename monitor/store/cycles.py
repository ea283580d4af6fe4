"""Cycles: each pass of the work, with its counters once it is done."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from monitor.model.stored import StoredCycle
from monitor.model.summary import Summary
from monitor.store.schema import cycles


def start_cycle(tx: Connection, cycle: str, kind: str, now: datetime) -> None:
    """Note that a pass has begun; `kind` is once, run or demo."""
    tx.execute(cycles.insert().values(id=cycle, kind=kind, started_at=now))


def finish_cycle(tx: Connection, cycle: str, now: datetime, summary: Summary) -> None:
    """Note what it came to."""
    done = {"finished_at": now, "summary": asdict(summary)}
    tx.execute(update(cycles).where(cycles.c.id == cycle).values(**done))


def last_cycles(tx: Connection, limit: int = 10) -> list[StoredCycle]:
    """The last passes, newest first; one without an end runs now, or was killed."""
    query = select(cycles).order_by(cycles.c.started_at.desc(), cycles.c.id.desc()).limit(limit)
    return [
        StoredCycle(
            id=row.id,
            kind=row.kind,
            started_at=row.started_at,
            finished_at=row.finished_at,
            summary=row.summary,
        )
        for row in tx.execute(query)
    ]
