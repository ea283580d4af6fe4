"""Lists of subscriptions: everything that names a feed is found, nonsense is named with its line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.intake.opml import Subscription, read_subscriptions, write_opml

OPML = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>mine</title></head><body>
  <outline text="Policy"><outline text="Europe">
    <outline type="rss" text="One &amp; only" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/"/>
  </outline></outline>
  <outline text="Two" title="Second" xmlUrl="https://two.example/feed" category="/Tech/AI,News"/>
  <outline text="Mail" xmlUrl="mailto:reader@example.org"/>
</body></opml>"""


def test_folders_and_categories_become_tags() -> None:
    assert read_subscriptions(OPML) == (
        Subscription(url="https://one.example/feed", title="One & only", tags=("Policy", "Europe")),
        Subscription(url="https://two.example/feed", title="Second", tags=("Tech/AI", "News")),
    )


def test_a_feed_listed_twice_counts_once_with_both_its_tags() -> None:
    twice = b"""<opml><body>
      <outline text="A"><outline text="x" xmlUrl="https://one.example/"/></outline>
      <outline text="B"><outline text="y" xmlUrl="https://one.example/"/></outline></body></opml>"""

    assert read_subscriptions(twice) == (
        Subscription(url="https://one.example/", title="x", tags=("A", "B")),
    )


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(
            b'<opml><body><outline text="A & B" xmlUrl="https://one.example/?a=1&b=2">', id="stray signs"
        ),
        pytest.param(
            b"<opml><body><outline text=A xmlUrl='https://one.example/?a=1&amp;b=2'/></bo", id="cut"
        ),
        pytest.param(
            b"<OPML><BODY><OUTLINE XMLURL='https://one.example/?a=1&amp;b=2'/></BODY></OPML>", id="capitals"
        ),
    ],
)
def test_broken_opml_is_read_as_far_as_it_goes(broken: bytes) -> None:
    assert [one.url for one in read_subscriptions(broken)] == ["https://one.example/?a=1&b=2"]


def test_declared_entities_are_never_expanded() -> None:
    bomb = b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><outline text="&b;" xmlUrl="http://x.example/"/></opml>'

    (one,) = read_subscriptions(bomb)

    assert one.title == "&b;"


def test_a_plain_list_has_one_address_a_line_and_comments() -> None:
    text = b"# mine\nhttps://one.example/feed  # the first\n\nfeed://two.example/rss#top\r\nfeed:https://three.example/\n"

    assert [one.url for one in read_subscriptions(text)] == [
        "https://one.example/feed",
        "http://two.example/rss#top",
        "https://three.example/",
    ]


def test_nonsense_in_a_plain_list_is_named_with_its_line() -> None:
    with pytest.raises(UsageError) as caught:
        read_subscriptions(b"https://one.example/\nnot an address\x1b[31m\n")

    assert caught.value.where == "line 2"
    assert "not an address" in caught.value.what
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("nothing", [b"", b"\n# only a comment\n", b"<opml><body/></opml>", b"<html></html>"])
def test_a_list_without_a_feed_is_a_mistake(nothing: bytes) -> None:
    with pytest.raises(UsageError):
        read_subscriptions(nothing)


def test_deep_folders_cost_nothing() -> None:
    many = 20_000
    feed = b'<outline xmlUrl="http://x.example/"/>'
    deep = b"<opml>" + b'<outline text="x">' * many + feed + b"</outline>" * many + b"</opml>"

    assert len(read_subscriptions(deep)) == 1


WORDS = st.text(alphabet="ab &<>\"'é/", min_size=1, max_size=12).map(str.strip).filter(bool)
SUBSCRIPTIONS = st.lists(
    st.builds(
        Subscription,
        url=st.integers(0, 10**6).map("https://example.org/feed?a=1&b={}".format),
        title=WORDS.map(lambda w: " ".join(w.split())),
        tags=st.lists(
            WORDS.map(lambda w: " ".join(w.lstrip("/").split())).filter(bool), unique=True, max_size=3
        ).map(tuple),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.url,
)


@given(SUBSCRIPTIONS)
def test_what_is_exported_imports_as_it_was(subscriptions: list[Subscription]) -> None:
    assert read_subscriptions(write_opml(subscriptions)) == tuple(subscriptions)


@given(st.binary(max_size=200) | st.text(alphabet="<outline xmlUrl='/>&;\n", max_size=80).map(str.encode))
def test_no_file_breaks_it(content: bytes) -> None:
    with suppress(UsageError):
        read_subscriptions(content)
