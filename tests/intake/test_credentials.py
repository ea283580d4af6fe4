from datetime import UTC, datetime

import httpx
import pytest

from monitor.intake.credentials import Unusable, read_credentials
from monitor.model.feed import Feed

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
FEED = "https://news.example/feed"


@pytest.fixture
def sent(tmp_path):
    """What a request to `url` carries, for a feed at `feed` with these files."""

    def sent(url=FEED, feed=FEED, **files):
        for option, text in files.items():
            (tmp_path / option).write_bytes(text.encode() if isinstance(text, str) else text)
        paths = {option: str(tmp_path / option) for option in files}
        credentials = read_credentials(Feed(id=1, url=feed, original_url=feed, **paths))
        return credentials.for_url(httpx.URL(url), NOW)

    return sent


def test_each_file_becomes_its_header(sent):
    assert sent(auth_file="Aladdin:open sesame\n") == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
    assert sent(header_file="X-Key: a: b\n\n# note\nX-Two:2\n") == {"X-Key": "a: b", "X-Two": "2"}
    assert sent(cookie_file="news.example\tFALSE\t/\tTRUE\t0\tid\t1\n") == {"Cookie": "id=1"}


def test_without_files_nothing_is_sent(sent):
    assert sent() == {}


def test_a_password_may_hold_colons_and_letters_of_any_alphabet(sent):
    assert sent(auth_file="me:pä:ss") == {"Authorization": "Basic bWU6cMOkOnNz"}


@pytest.mark.parametrize(
    ("feed", "url", "own"),
    [
        (FEED, "https://news.example/other", True),
        (FEED, "https://news.example:443/other", True),
        ("http://news.example/feed", FEED, True),
        (FEED, "http://news.example/feed", False),
        (FEED, "https://news.example:8443/feed", False),
        (FEED, "https://other.example/feed", False),
        (FEED, "https://sub.news.example/feed", False),
        (FEED, "https://news.example.evil.example/feed", False),
    ],
)
def test_secrets_go_to_the_feeds_own_origin_only(sent, feed, url, own):
    assert bool(sent(url, feed, header_file="X-Key: 1", auth_file="a:b")) is own


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        (".news.example\tTRUE\t/\tFALSE\t0\tid\t1", True),
        (".example\tTRUE\t/\tFALSE\t0\tid\t1", True),
        (".example\tFALSE\t/\tFALSE\t0\tid\t1", False),
        ("#HttpOnly_news.example\tFALSE\t/\tTRUE\t1900000000\tid\t1", True),
        ("news.example\tFALSE\t/\tFALSE\t1500000000\tid\t1", False),
        ("news.example\tFALSE\t/feed\tFALSE\t0\tid\t1", True),
        ("news.example\tFALSE\t/fe\tFALSE\t0\tid\t1", False),
        ("other.example\tFALSE\t/\tFALSE\t0\tid\t1", False),
        ("# news.example\tFALSE\t/\tFALSE\t0\tid\t1", False),
    ],
)
def test_a_cookie_goes_where_it_belongs(sent, line, goes):
    assert sent(cookie_file=f"# Netscape HTTP Cookie File\n{line}\n") == ({"Cookie": "id=1"} if goes else {})


def test_a_secure_cookie_never_goes_in_the_clear(sent):
    url = "http://news.example/feed"

    assert sent(url, url, cookie_file="news.example\tFALSE\t/\tTRUE\t0\tid\t1") == {}


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("auth_file", ""),
        ("auth_file", "s3cret"),
        ("auth_file", ":s3cret"),
        ("header_file", "s3cret"),
        ("header_file", "Bad Name: s3cret"),
        ("header_file", "X-Key: s3cret\x00"),
        ("cookie_file", "s3cret"),
        ("cookie_file", "news.example\tFALSE\t/\tTRUE\ts3cret\tid\t1"),
        ("header_file", b"X-Key: s3cret\xff"),
    ],
)
def test_a_file_that_makes_no_sense_is_named_without_its_contents(sent, option, text):
    with pytest.raises(Unusable) as unusable:
        sent(**{option: text})

    assert option in str(unusable.value)
    assert "s3cret" not in str(unusable.value)


def test_a_missing_file_or_a_folder_is_named(tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(Unusable, match="cannot read auth_file"):
            read_credentials(Feed(id=1, url=FEED, original_url=FEED, auth_file=str(path)))
