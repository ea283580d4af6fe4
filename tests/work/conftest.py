"""`work`: cycles over a database on either engine. The worker processes are the same for all tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from support.cycles import Work
from support.faultserver import FaultServer

from monitor.store.engine import Database
from monitor.workers import Workers


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Patient ones: the machine may be busy with other tests."""
    pool = Workers(2, timedelta(seconds=60), 2_000_000_000)
    yield pool
    asyncio.run(pool.close())


@pytest.fixture
def work(database: Database, workers: Workers) -> Work:
    return Work(database, workers)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as served:
        yield served
