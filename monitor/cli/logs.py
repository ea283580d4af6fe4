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
            fit_to_be_shown,
            structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up anew for each line: while progress bars are drawn, stderr is theirs, and lines go above.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s", stream=sys.stderr, force=True)
    for noisy in ("trafilatura", "htmldate", "courlan", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def fit_to_be_shown(_logger: Any, _method: str, event: Any) -> Any:
    """Addresses and error texts come from the web and go to terminals; feeds' addresses may hold secrets."""
    from monitor.urls import mask
    from monitor.words import clean

    return {key: clean(mask(value)) if isinstance(value, str) else value for key, value in event.items()}
