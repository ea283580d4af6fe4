from __future__ import annotations

import contextlib
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import values
from monitor.config.values import (
    WEEKDAYS,
    nearest,
    parse_allowed_host,
    parse_clock,
    parse_days,
    parse_duration,
    parse_list,
    parse_mail_address,
    parse_proxy,
    parse_size,
    parse_web_address,
    parse_zone,
    without_secrets,
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("24h", timedelta(hours=24)),
        ("14d", timedelta(days=14)),
        ("2w", timedelta(weeks=2)),
        ("500ms", timedelta(milliseconds=500)),
        ("1h30m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        (" 10 M ", timedelta(minutes=10)),
        ("0s", timedelta(0)),
        (timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "value", ["90", 90, 1.5, True, "", "s", "-5m", "10min", "10m5", "m10", "1d1x", None, "9" * 400 + "d"]
)
def test_what_is_no_duration_is_refused_with_an_example_of_one(value):
    with pytest.raises(ValueError, match=r"'90s', '10m', '24h' or '14d'|calendar"):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("5MB", 5_000_000),
        ("500KB", 500_000),
        ("1.5 mb", 1_500_000),
        ("1MiB", 1_048_576),
        ("2GB", 2_000_000_000),
        ("17B", 17),
    ],
)
def test_a_size_is_a_number_with_its_unit(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("value", ["5", 5, True, "MB", "-1MB", "5 megabytes", "", "5M", "9" * 400 + "MB"])
def test_what_is_no_size_is_refused(value):
    with pytest.raises(ValueError, match=r"is no size|larger than"):
        parse_size(value)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text())))
def test_no_value_whatever_makes_a_parser_fail_otherwise_than_by_refusing_it(value):
    for name in dir(values):
        if name.startswith("parse_"):
            with contextlib.suppress(ValueError):
                getattr(values, name)(value)


@pytest.mark.parametrize(
    ("value", "clock"),
    [("07:00", time(7)), ("7:05", time(7, 5)), ("23:59", time(23, 59)), (time(8), time(8))],
)
def test_a_time_of_day_is_hours_and_minutes(value, clock):
    assert parse_clock(value) == clock


@pytest.mark.parametrize("value", ["24:00", "25:00", "7", "07:60", "7:5", "7am", 7, "", "07:00:00 "])
def test_what_is_no_time_of_day_is_refused(value):
    with pytest.raises(ValueError, match="write it as '07:00'"):
        parse_clock(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a, b,,c ", ["a", "b", "c"]),
        ('["a", "b"]', ["a", "b"]),
        ("", []),
        (["a"], ["a"]),
    ],
)
def test_a_list_from_the_environment_is_json_or_parted_by_commas(value, words):
    assert parse_list(value) == words


def test_half_a_json_list_is_refused():
    with pytest.raises(ValueError, match="is no list"):
        parse_list('["a"')


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("daily", WEEKDAYS),
        ("weekdays", WEEKDAYS[:5]),
        (["thursday", "Monday"], ("monday", "thursday")),
        ("mon,thu", ("monday", "thursday")),
    ],
)
def test_days_come_out_in_the_order_of_the_week(value, days):
    assert parse_days(value) == days


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["tusday"], "did you mean 'tuesday'"),
        ([], "no choice of days"),
        (5, "no choice of days"),
        ("weekday", "did you mean 'weekdays'"),
        (["mo"], "no day of the week"),
    ],
)
def test_what_are_no_days_is_refused_with_the_nearest(value, said):
    with pytest.raises(ValueError, match=said):
        parse_days(value)


def test_a_zone_is_one_that_the_machine_knows_and_the_nearest_is_named():
    assert parse_zone("Europe/Brussels") == "Europe/Brussels"
    with pytest.raises(ValueError, match="did you mean 'Europe/Brussels'"):
        parse_zone("Europe/Brussel")


@pytest.mark.parametrize("value", ["", "../../etc/passwd", "posix", "CET+1", 5, "a\0b"])
def test_what_is_no_zone_is_refused(value):
    with pytest.raises(ValueError, match="is no time zone"):
        parse_zone(value)


@pytest.mark.parametrize("value", ["https://example.org", "http://127.0.0.1:8000/feed?x=1", "http://[::1]/"])
def test_a_web_address_passes(value):
    assert parse_web_address(value) == value


@pytest.mark.parametrize(
    "value",
    ["nonsense", "example.org/feed", "ftp://example.org", "https://", "http://a b/", "http://x:99999/", 5],
)
def test_what_is_no_web_address_is_refused(value):
    with pytest.raises(ValueError, match="is no web address"):
        parse_web_address(value)


@pytest.mark.parametrize("value", ["ftp://reader:secret@example.org/", "reader:secret@example.org/feed"])
def test_a_refused_address_does_not_show_its_password(value):
    with pytest.raises(ValueError, match="is no web address") as refusal:
        parse_web_address(value)

    assert "secret" not in str(refusal.value)


def test_a_proxy_is_a_web_address_or_nothing_and_is_never_quoted():
    assert (
        parse_proxy("http://user:secret@proxy.example.org:3128")
        == "http://user:secret@proxy.example.org:3128"
    )
    assert parse_proxy("") is None
    with pytest.raises(ValueError, match="write it as") as refusal:
        parse_proxy("user:secret@proxy.example.org:3128")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "value",
    ["reader@example.org", "Reader <reader@example.org>", "reader@localhost", "leser@bücher.example"],
)
def test_a_mail_address_passes_as_it_is_written(value):
    assert parse_mail_address(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "reader",
        "@example.org",
        "reader@",
        "a@example.org, b@example.org",
        "Reader <reader>",
        "",
        "a b@c.d",
        5,
    ],
)
def test_what_is_no_mail_address_is_refused(value):
    with pytest.raises(ValueError, match="is no mail address"):
        parse_mail_address(value)


@pytest.mark.parametrize(
    "value", ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8", "intranet", "feeds.example.org"]
)
def test_an_allowed_host_is_a_network_or_a_name(value):
    assert parse_allowed_host(value) == value


@pytest.mark.parametrize("value", ["10.0.0.0/33", "http://intranet/", "1.2.3", "*", "", 5.5])
def test_what_is_neither_network_nor_name_is_refused(value):
    with pytest.raises(ValueError, match="neither a network"):
        parse_allowed_host(value)


def test_the_nearest_word_is_named_and_a_far_one_is_not():
    assert nearest("timeuot", ["timeout", "contact"]) == "; did you mean 'timeout'?"
    assert nearest("zzz", ["timeout", "contact"]) == ""


def test_user_info_is_masked_with_and_without_a_scheme():
    assert without_secrets("https://user:pass@example.org/feed") == "https://***@example.org/feed"
    assert without_secrets("user:pass@example.org/feed") == "***@example.org/feed"
    assert without_secrets("example.org/@name") == "example.org/@name"
