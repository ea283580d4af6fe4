"""Batch filters: JSON Lines in, one line out for each, in order, flushed.

A bad line gives an error line and never ends the filter.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from monitor.cli.output import print_record
from monitor.errors import MonitorError

Answerer = Callable[[Mapping[str, Any]], dict[str, Any]]


def run_batch(answer: Answerer) -> None:
    """Answer each line of stdin, an empty one too, until it ends."""
    for line in sys.stdin.buffer:
        print_record(answered(line, answer))


def answered(line: bytes, answer: Answerer) -> dict[str, Any]:
    """One line's answer, or {"error": ...}."""
    try:
        job = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"this line is not JSON: {error}"}
    if not isinstance(job, dict):
        return {"error": "this line is not a JSON object"}
    try:
        return answer(job)
    except MonitorError as error:
        return {"error": str(error)}
    except Exception as error:  # a border: one bad input must not end the filter for those behind it
        return {"error": f"unexpected {type(error).__name__}: {error}"}
