"""The only place that asks the time. Layers 4 and 5 call it and hand `now` down as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)
