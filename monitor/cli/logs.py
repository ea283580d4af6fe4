"""Logs: to stderr, one line an event, coloured on a terminal; the cycle's id stands in each of its lines."""

from __future__ import annotations

import logging
import sys
from typing import Any


def start_logging(level: int) -> None:
    """Set up structlog, and quieten the libraries below to what a person should know."""
    import structlog

    colours = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_control_characters,
            structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("trafilatura", "htmldate", "courlan", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def without_control_characters(_logger: Any, _method: str, event: Any) -> Any:
    """Addresses and error texts come from the web and go to terminals."""
    from monitor.words import clean

    return {key: clean(value) if isinstance(value, str) else value for key, value in event.items()}
