"""A headless Chromium, started per picture or question. Pages are read from a file; nothing is fetched."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
DARK, LIGHT = "--blink-settings=preferredColorScheme=0", "--blink-settings=preferredColorScheme=1"
TIMEOUT_SECONDS = 60

# Chromium does not make a window narrower than some 500 px, so each page lies in a frame as wide as asked.
HEAD = '<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0}iframe{border:0;display:block}</style>'
FRAME = '<iframe width="{width}" height="{height}" srcdoc="{page}"></iframe>'
ASK = """<script>
onload = () => {{
  const answers = [...document.querySelectorAll("iframe")].map(
    (frame) => (({question}))(frame.contentWindow, frame.contentDocument)
  );
  document.body.textContent = "ANSWER" + JSON.stringify(answers) + "REWSNA";
}};
</script>"""


def picture(page: str, to: Path, *, width: int, height: int, dark: bool = False, work: Path) -> None:
    """A PNG of the page's first `height` pixels."""
    file = work / f"{to.stem}.frame.html"
    file.write_text(HEAD + _frame(page, width, height), encoding="utf-8")
    _run(work, f"--window-size={width},{height}", f"--screenshot={to}", _scheme(dark), file.as_uri())


def ask(pages: Sequence[str], question: str, *, width: int, dark: bool = False, work: Path) -> list[Any]:
    """What a JavaScript function of (window, document) answers about each page, as JSON."""
    file = work / "question.html"
    frames = "".join(_frame(page, width, 900) for page in pages)
    file.write_text(HEAD + frames + ASK.format(question=question), encoding="utf-8")
    dumped = _run(work, f"--window-size={width},900", "--dump-dom", _scheme(dark), file.as_uri())
    found = re.search("ANSWER(.*)REWSNA", dumped, re.DOTALL)
    if found is None:
        raise AssertionError(f"the browser gave no answer: {dumped[-500:]}")
    answers: list[Any] = json.loads(html.unescape(found[1]))
    return answers


def _frame(page: str, width: int, height: int) -> str:
    return FRAME.format(width=width, height=height, page=html.escape(page))


def _scheme(dark: bool) -> str:
    return DARK if dark else LIGHT


def _run(work: Path, *arguments: str) -> str:
    assert CHROMIUM is not None
    profile = work / "profile"
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    shutil.rmtree(profile, ignore_errors=True)
    return done.stdout
