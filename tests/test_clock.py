from datetime import UTC, datetime, timedelta

from monitor import clock


def test_now_is_this_moment_in_utc():
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
