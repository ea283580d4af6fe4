"""The tools of a run are opened as the configuration wants them, and closed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.cycles import Work
from support.faultserver import FaultServer

from monitor.errors import ConfigError
from monitor.work.tools import open_tools, open_web


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_run_has_its_topics_its_web_and_its_workers(work: Work, server: FaultServer) -> None:
    work.configure(contact="editor@example.org")

    async def main() -> tuple[str, int]:
        async with open_tools(work.settings, work.database) as tools:
            assert [topic.name for topic in tools.topics] == ["harbours"]
            await tools.web.get_page(server.url("/ok"))
            return server.requests[0].headers["user-agent"], await tools.workers.run(abs, -1)

    agent, result = asyncio.run(main())

    assert agent.startswith("monitor/")
    assert "editor@example.org" in agent
    assert result == 1


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_certificates_that_cannot_be_read_are_a_fault_of_the_configuration(
    work: Work, tmp_path: Path
) -> None:
    work.configure(ca_file=tmp_path / "none.pem")

    with pytest.raises(ConfigError):
        open_web(work.settings.fetch)
