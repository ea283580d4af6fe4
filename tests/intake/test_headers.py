from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.headers import LONGEST, http_date, max_age, read_headers, retry_after, validator

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
AT_EIGHT = "Wed, 25 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ({"retry-after": "120"}, timedelta(minutes=2)),
        ({"retry-after": " 90 "}, timedelta(seconds=90)),
        ({"retry-after": "1.5"}, timedelta(seconds=1)),
        ({"retry-after": "0"}, timedelta(0)),
        ({"retry-after": "99999999999999"}, LONGEST),
        ({"retry-after": AT_EIGHT}, timedelta(hours=2)),
        ({"retry-after": AT_EIGHT, "date": "Wed, 25 Nov 2026 07:59:00 GMT"}, timedelta(minutes=1)),
        ({"retry-after": "Wednesday, 25-Nov-26 08:00:00 GMT"}, timedelta(hours=2)),
        ({"retry-after": "Wed Nov 25 08:00:00 2026"}, timedelta(hours=2)),
        ({"retry-after": "Mon, 01 Jan 1990 00:00:00 GMT"}, timedelta(0)),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_us_to_wait(said, wait):
    assert retry_after(said, NOW) == wait


def test_a_date_without_any_clock_says_nothing():
    assert retry_after({"retry-after": AT_EIGHT}, None) is None


@pytest.mark.parametrize(
    ("said", "age"),
    [
        ({"cache-control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"cache-control": 'Max-Age="60"'}, timedelta(minutes=1)),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "no-store"}, None),
        ({"expires": AT_EIGHT, "date": "Wed, 25 Nov 2026 07:00:00 GMT"}, timedelta(hours=1)),
        ({"expires": AT_EIGHT}, timedelta(hours=2)),
        ({"expires": "0"}, None),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, timedelta(0)),
        ({"cache-control": "max-age=60", "expires": AT_EIGHT}, timedelta(minutes=1)),
    ],
)
def test_how_long_an_answer_stays_fresh(said, age):
    assert max_age(said, NOW) == age


@given(st.text())
def test_no_text_breaks_the_reading_of_a_date(text):
    moment = http_date(text)

    assert moment is None or moment.tzinfo is UTC


@given(st.text())
def test_no_wait_is_negative_or_endless(text):
    wait = retry_after({"retry-after": text}, NOW)

    assert wait is None or timedelta(0) <= wait <= LONGEST


def test_lists_are_joined_and_of_anything_else_the_first_counts():
    raw = [(b"Content-Encoding", b"gzip"), (b"content-encoding", b"br"), (b"ETag", b'"1"'), (b"ETag", b'"2"')]

    assert read_headers(raw) == {"content-encoding": "gzip, br", "etag": '"1"'}


def test_header_bytes_are_read_as_utf_8_else_latin_1():
    assert read_headers([(b"Location", "/café".encode())]) == {"location": "/café"}
    assert read_headers([(b"Location", "/café".encode("latin-1"))]) == {"location": "/café"}


@pytest.mark.parametrize("value", ['"abc"', 'W/"x y"', '"üñî"'])
def test_a_validator_is_kept_as_it_came(value):
    assert validator([(b"ETag", value.encode())], b"etag") == value


@pytest.mark.parametrize("raw", [b"", b'"\xe9"', b'"a\x01b"', b"  "])
def test_a_validator_that_cannot_be_sent_back_unchanged_is_none(raw):
    assert validator([(b"etag", raw)], b"etag") is None
