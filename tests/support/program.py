"""The program as its users have it: a process with a configuration file, run in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 120.0  # seconds that any command of a test may take


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        """Stdout as the one record that it is."""
        return json.loads(self.out)

    @property
    def records(self) -> list[Any]:
        """Stdout as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """One configuration and the database that it names."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.config = folder / "config.toml"

    def configure(
        self,
        *,
        feeds: Iterable[str] = (),
        allow_hosts: Sequence[str] = ("127.0.0.0/8",),
        more: str = "",
        fetch: str = "",
    ) -> None:
        """Write the configuration: quick, and polite to nobody, since all hosts are the test's own."""
        lines = [
            "[database]",
            f'url = "{self.database_url}"',
            "[fetch]",
            'contact = "tests@example.org"',
            f"allow_hosts = {json.dumps(list(allow_hosts))}",
            "starts_per_second = 200.0",
            "connections_per_host = 8",
            fetch,
            "[extract]",
            "workers = 2",
            more,
        ]
        lines += [f'[[feeds]]\nurl = "{url}"' for url in feeds]
        self.config.write_text("\n".join(lines), encoding="utf-8")

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> Ran:
        """One command to its end."""
        done = subprocess.run(
            self._line(arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            cwd=self.folder,
            env=self._environment(environment),
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """One command in a process of its own, for tests that end it."""
        return subprocess.Popen(
            self._line(arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self._environment({}),
        )

    def _line(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "monitor", "--config", str(self.config), *arguments]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        return {**inherited, **more}


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL the main process alone, as the system would when memory is short."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
