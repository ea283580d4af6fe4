"""Dates: whatever a feed writes is the moment it meant, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.dates import parse_date

AFTERNOON = datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC)
TO_THE_MINUTE = AFTERNOON.replace(second=0)
MIDNIGHT = datetime(2006, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2006-01-02T15:04:05Z", AFTERNOON),
        ("2006-01-02T15:04:05.999999+00:00", AFTERNOON),
        ("2006-01-02 17:04:05 +0200", AFTERNOON),
        ("2006-01-02T08:04:05-07:00", AFTERNOON),
        ("20060102T150405Z", AFTERNOON),
        ("2006-01-02T15:04", TO_THE_MINUTE),
        ("2006-01-02", MIDNIGHT),
        ("20060102", MIDNIGHT),
        ("2006-002", MIDNIGHT),
        ("2006-W01-1", MIDNIGHT),
        ("2006-01", datetime(2006, 1, 1, tzinfo=UTC)),
        ("2006", datetime(2006, 1, 1, tzinfo=UTC)),
        ("2006-01-01T24:00:00Z", MIDNIGHT),
        ("Mon, 02 Jan 2006 15:04:05 GMT", AFTERNOON),
        ("Mon, 2 Jan 06 10:04:05 EST", AFTERNOON),
        ("Mon, 02 Jan 2006 10:04:05 ET", AFTERNOON),
        ("Mon, 02 Jan 2006 15:04 UT", TO_THE_MINUTE),
        ("Monday, 02-Jan-06 15:04:05 GMT", AFTERNOON),
        ("Mon Jan  2 15:04:05 2006", AFTERNOON),
        ("Mon Jan 2 07:04:05 PST 2006", AFTERNOON),
        ("Mon, 02 Jan 2006 16:04:05 +0100 (CET)", AFTERNOON),
        ("Mon Jan 02 2006 16:04:05 GMT+0100 (CET)", AFTERNOON),
        ("Mon, 02 Jan 2006 16:04:05 Europe/Brussels", AFTERNOON),
        ("Mon, January 2, 2006, 3:04 PM", TO_THE_MINUTE),
        ("January 2nd, 2006 at 3:04 p.m.", TO_THE_MINUTE),
        ("2. Januar 2006, 16:04:05 MEZ", AFTERNOON),
        ("lun., 2 janv. 2006 16:04:05 +0100", AFTERNOON),
        ("2 de enero de 2006 15:04:05", AFTERNOON),
        ("Пн, 02 янв 2006 18:04:05 +0300", AFTERNOON),
        ("2006-01-03 오전 00:04:05", AFTERNOON),
        ("2006年1月2日 23:04:05 +0800", AFTERNOON),
        ("02.01.2006 15:04:05", AFTERNOON),
        ("02/01/2006", MIDNIGHT),
        ("01/02/2006 10:04:05 AM EST", AFTERNOON),
        ("31/12/2006", datetime(2006, 12, 31, tzinfo=UTC)),
        ("12/31/2006", datetime(2006, 12, 31, tzinfo=UTC)),
        ("1136214245", AFTERNOON),
        ("1136214245000", AFTERNOON),
    ],
)
def test_a_date_means_what_its_writer_meant(written: str, moment: datetime) -> None:
    assert parse_date(written) == moment


@pytest.mark.parametrize(
    "nonsense",
    ["", None, "soon", "yesterday at noon", "31 Jun 2006", "2006-13-45", "25:61", "12", "1 " * 100, "Monday"],
)
def test_what_names_no_day_is_no_date(nonsense: str | None) -> None:
    assert parse_date(nonsense) is None


def test_two_figures_are_a_year_of_this_century_or_the_last() -> None:
    assert parse_date("1 Jan 49") == datetime(2049, 1, 1, tzinfo=UTC)
    assert parse_date("1 Jan 50") == datetime(1950, 1, 1, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(2999, 12, 31), timezones=st.just(UTC)))
def test_iso_and_mail_dates_survive_the_way_through_text(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)

    assert parse_date(moment.isoformat()) == moment
    assert parse_date(moment.strftime("%a, %d %b ") + f"{moment.year:04} {moment:%H:%M:%S} +0000") == moment


@given(st.text(alphabet="0123456789-:/.+TZ JanGMTpm年월", max_size=40) | st.text(max_size=130))
def test_no_text_breaks_it(text: str) -> None:
    moment = parse_date(text)

    assert moment is None or moment.tzinfo is UTC
