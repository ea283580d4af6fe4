from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.periods import day_start, next_due, weekday_numbers

# Half an hour (Lord Howe), southern summers, changes at midnight and before it, a date that never was.
ZONES = (
    "Europe/Brussels",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Nuuk",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)
FIRST, LAST = datetime(2005, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
moments = st.datetimes(
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC), allow_imaginary=False
)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from(ZONES)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def date_of(due: datetime, at: time, zone: str) -> date:
    """The local date that a digest belongs to: a gap before midnight (Greenland) ends on the next one."""
    shown = due.astimezone(ZoneInfo(zone))
    return shown.date() if shown.time() >= at else shown.date() - timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "zone", "after", "due"),
    [
        pytest.param(time(7), "Europe/Brussels", "2026-11-25T05:59", "2026-11-25T06:00", id="today"),
        pytest.param(time(7), "Europe/Brussels", "2026-11-25T06:00", "2026-11-26T06:00", id="strictly later"),
        pytest.param(time(7), "Europe/Brussels", "2026-03-28T23:00", "2026-03-29T05:00", id="in summer time"),
        pytest.param(time(2, 30), "Europe/Brussels", "2026-03-28T12:00", "2026-03-29T01:00", id="in the gap"),
        pytest.param(
            time(2, 30), "Europe/Brussels", "2026-10-24T12:00", "2026-10-25T00:30", id="first of two"
        ),
        pytest.param(time(2, 30), "Europe/Brussels", "2026-10-25T00:30", "2026-10-26T01:30", id="not again"),
        pytest.param(time(0), "Africa/Cairo", "2026-04-23T12:00", "2026-04-23T22:00", id="midnight skipped"),
        pytest.param(time(7), "Pacific/Apia", "2011-12-29T17:00", "2011-12-30T17:00", id="date skipped"),
    ],
)
def test_a_digest_is_due_when_the_readers_clock_shows_the_time(at, zone, after, due):
    assert next_due(at, zone, "daily", utc(after)) == utc(due)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param("weekdays", date(2026, 11, 30), id="weekdays"),
        pytest.param(("sunday",), date(2026, 11, 29), id="a name"),
        pytest.param(["wed", "Fri"], date(2026, 12, 2), id="short names"),
        pytest.param("daily", date(2026, 11, 28), id="daily"),
    ],
)
def test_only_the_wanted_days_have_a_digest(days, expected):
    friday_noon = utc("2026-11-27T12:00")

    assert next_due(time(7), "UTC", days, friday_noon).date() == expected


@pytest.mark.parametrize("days", ["", "sometimes", (), ("mo",), ("monday", "moonday")])
def test_what_names_no_day_is_an_error(days):
    with pytest.raises(ValueError, match=r"day"):
        weekday_numbers(days)


@given(at=clocks, zone=zones, after=moments)
def test_a_due_moment_is_later_and_within_two_days(at, zone, after):
    due = next_due(at, zone, "daily", after)

    assert due.tzinfo is UTC
    # A day of 25 hours, and in Samoa a day that was not there.
    assert after < due <= after + timedelta(hours=49)


@given(at=clocks, zone=zones, after=moments)
def test_a_due_moment_is_the_first_at_which_the_clock_shows_or_has_passed_the_time(at, zone, after):
    due = next_due(at, zone, "daily", after).astimezone(ZoneInfo(zone))

    shown = due.replace(tzinfo=None)
    second_before = (due.astimezone(UTC) - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    if shown.time() == at:
        assert due.fold == 0
    else:  # in a gap: the clock jumped from before the time to behind it
        assert due.utcoffset() != second_before.utcoffset()
        jumped = shown - second_before.replace(tzinfo=None)
        assert jumped > timedelta(minutes=20)
        assert any(
            second_before.replace(tzinfo=None)
            < datetime.combine(shown.date() - timedelta(days=back), at)
            < shown
            for back in (0, 1)
        )


@given(at=clocks, zone=zones, start=moments)
def test_a_month_has_one_digest_for_each_local_date(at, zone, start):
    dues, after = [], start
    for _ in range(31):
        after = next_due(at, zone, "daily", after)
        dues.append(after)

    dates = [date_of(due, at, zone) for due in dues]
    assert dues == sorted(set(dues))
    assert len(set(dates)) == len(dates)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0), time(0, 30), time(1, 59), time(2, 30), time(7), time(23, 30)])
def test_over_the_years_no_date_is_missed_and_none_has_two_digests(zone, at):
    after, dates = utc("2024-01-01T00:00"), []
    while after < utc("2028-01-01T00:00"):
        after = next_due(at, zone, "daily", after)
        dates.append(date_of(after, at, zone))

    assert dates == [dates[0] + timedelta(days=count) for count in range(len(dates))]


def test_a_date_that_never_came_has_no_digest():
    after, dates = utc("2011-12-27T00:00"), []
    for _ in range(5):
        after = next_due(time(7), "Pacific/Apia", "daily", after)
        dates.append(date_of(after, time(7), "Pacific/Apia").day)

    assert dates == [27, 28, 29, 31, 1]  # Samoa crossed the date line


@given(zone=zones, moment=moments)
def test_a_day_starts_at_its_first_moment(zone, moment):
    local_zone = ZoneInfo(zone)
    start = day_start(moment, zone)

    assert start <= moment
    assert start.astimezone(local_zone).date() == moment.astimezone(local_zone).date()
    assert (start - timedelta(seconds=1)).astimezone(local_zone).date() < moment.astimezone(local_zone).date()


@given(zone=zones, moment=moments)
def test_the_start_of_a_day_is_its_own_start(zone, moment):
    start = day_start(moment, zone)

    assert day_start(start, zone) == start


@pytest.mark.parametrize(
    ("moment", "zone", "start"),
    [
        pytest.param("2026-11-25T12:00", "Europe/Brussels", "2026-11-24T23:00", id="plain"),
        pytest.param("2026-04-24T12:00", "Africa/Cairo", "2026-04-23T22:00", id="midnight skipped"),
        pytest.param("2026-11-01T12:00", "America/Havana", "2026-11-01T04:00", id="midnight twice"),
    ],
)
def test_midnight_is_found_also_where_clocks_change_there(moment, zone, start):
    assert day_start(utc(moment), zone) == utc(start)
