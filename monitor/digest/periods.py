"""When a digest is due and where a local day begins: local wall clocks to UTC moments, across DST.

Pure: `after` and `moment` come in, nothing asks the clock. What the period then holds is `compose`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

# A week holds every named day; one more, because a date that a zone skipped (Samoa crossed the date line
# on 30 December 2011) does not count.
LOOK_AHEAD_DAYS = 16


def next_due(at: time, zone: str, days: str | Sequence[str], after: datetime) -> datetime:
    """The first moment (UTC) strictly later than `after` at which the clocks of `zone` show `at`.

    `days` is 'daily', 'weekdays' or names of days ('monday', 'mon'); ValueError for anything else.
    A time that the clocks skip is due at the first moment after the gap (which in Greenland lies past
    midnight), one that they show twice at its first. Each local date has one digest; a date that a zone
    never had has none.
    """
    wanted = weekday_numbers(days)
    local_zone = ZoneInfo(zone)
    for day in _dates_from(after.astimezone(local_zone).date()):
        if day.weekday() in wanted and _exists(day, local_zone):
            due = moment_of(day, at, local_zone)
            if due > after:
                return due
    raise AssertionError("a week without its days")  # weekday_numbers never returns an empty set


def day_start(moment: datetime, zone: str) -> datetime:
    """The first moment (UTC) of the local date on which `moment` falls in `zone`; never after it.

    Where the clocks skip midnight the day begins with the first moment after the gap.
    """
    local_zone = ZoneInfo(zone)
    return moment_of(moment.astimezone(local_zone).date(), time(0), local_zone)


def weekday_numbers(days: str | Sequence[str]) -> frozenset[int]:
    """Monday is 0. ValueError where nothing, or what is no day, is named."""
    if days == "daily":
        return frozenset(range(7))
    if days == "weekdays":
        return frozenset(range(5))
    names = [days] if isinstance(days, str) else days
    if not names:
        raise ValueError("no day is named")
    return frozenset(map(_number, names))


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which the clocks of `zone` first show `at` on `day`, or first pass it."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    with_offset_before = wall.replace(tzinfo=zone).astimezone(UTC)
    if with_offset_before.astimezone(zone).replace(tzinfo=None) == wall:
        return with_offset_before
    # In a gap (PEP 495): fold=0 takes the offset before it and lands behind the change, fold=1 in front.
    with_offset_after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change_between(with_offset_after, with_offset_before, zone)


def _change_between(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the offset changes, to the second (zone rules know nothing finer)."""
    before, behind = before.replace(microsecond=0), behind.replace(microsecond=0) + SECOND
    new_offset = behind.astimezone(zone).utcoffset()
    while behind - before > SECOND:
        middle = before + timedelta(seconds=(behind - before) // SECOND // 2)
        if middle.astimezone(zone).utcoffset() == new_offset:
            behind = middle
        else:
            before = middle
    return behind


def _dates_from(today: date) -> Iterator[date]:
    """From the day before: yesterday's time may lie in a gap that ended today."""
    return (today + DAY * count for count in range(-1, LOOK_AHEAD_DAYS))


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone's calendar had this date at all."""
    noon = datetime.combine(day, time(12), zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day


def _number(name: str) -> int:
    for number, day in enumerate(WEEKDAYS):
        if len(name) >= 3 and day.startswith(name.lower()):
            return number
    raise ValueError(f"{name!r} is no day of the week")
