from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.answers import Reply, Trip, answered, outcome_of
from monitor.model.web import FetchOutcome, Validators

START = "https://a.example/"


def trip(**changes):
    return Trip(**{"asked": START, "validators": Validators(), "url": START, "left": 1.0, **changes})


def reply(status=200, body=b"", etag=None, **headers):
    return Reply(status=status, headers=headers, etag=etag, last_modified=None, body=body)


@given(st.integers(100, 999), st.booleans())
def test_every_status_has_an_outcome(status, conditional):
    outcome = outcome_of(status, None, conditional=conditional)

    assert (outcome is FetchOutcome.OK) == (200 <= status < 300 and status != 206)


def test_a_503_without_a_wait_is_a_fault_and_with_one_a_request():
    assert outcome_of(503, None, conditional=False) is FetchOutcome.SERVER_ERROR
    assert outcome_of(503, timedelta(0), conditional=False) is FetchOutcome.THROTTLED


def test_a_304_means_something_only_to_who_asked_for_it():
    assert outcome_of(304, None, conditional=True) is FetchOutcome.NOT_MODIFIED
    assert outcome_of(304, None, conditional=False) is FetchOutcome.BROKEN


def test_a_304_renews_what_it_names_and_keeps_the_rest():
    known = Validators(etag='"1"', last_modified="then", body_hash="00")

    answer = answered(trip(validators=known), reply(304, etag='"2"'), None)

    assert answer.validators == Validators(etag='"2"', last_modified="then", body_hash="00")


def test_only_a_good_answer_has_a_body():
    assert answered(trip(), reply(200, b"x"), None).body == b"x"
    assert answered(trip(), reply(206, b"x"), None).body == b""


@pytest.mark.parametrize("location", ["", "javascript:x()", "mailto:x@y.example", "http://", "http://[::1"])
def test_a_redirect_to_nowhere_stays_where_it_is(location):
    way = trip()

    fault = way.go_on(reply(302, location=location), 10)

    assert fault.outcome is FetchOutcome.REDIRECTS
    assert (way.url, way.hops) == (START, [])


def test_a_fragment_makes_no_new_address():
    way = trip()

    fault = way.go_on(reply(302, location=f"{START}#top"), 10)

    assert "circle" in fault.error


def test_time_never_falls_below_zero():
    way = trip()

    way.spend(5)

    assert (way.left, way.seconds) == (0.0, 5)
