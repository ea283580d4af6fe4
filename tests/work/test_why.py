"""`why`: the whole record of an address, or at which step its story stopped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection
from support.cycles import RSS, Work, item, rss
from support.faultserver import FaultServer, goto
from support.mailserver import MailServer
from support.pages import TITLE, page
from support.rows import entry, poll

from monitor.store import feeds
from monitor.work.why import Answer, explain_address

PATH = "/news/harbour-council-keeps-the-ferry-terminal"
DULL = page(
    title="A quiet day in the mountains", paragraphs=["Nothing much happened in the hills today. " * 20]
)


def why(work: Work, url: str) -> Answer:
    return work.database.read(explain_address, url)


def test_each_step_of_a_mailed_story_is_told_for_every_address_it_has(
    work: Work, server: FaultServer
) -> None:
    final = server.page(PATH, page())
    link = server.url(goto(PATH))
    feed = server.page("/feed.xml", rss(item(1, link=link, title=TITLE)), content_type=RSS)
    with MailServer() as mail:
        work.configure(feeds=[feed], mail=mail, to=["reader@example.org"])
        cycle = work.cycle().summary.cycle
        work.send()

    answer = why(work, final)

    told = "\n".join(answer.lines)
    assert answer.lines[0] == TITLE
    assert f"listed by {feed}" in told
    assert f"in cycle {cycle}, HTTP 200: full (trafilatura)" in told
    assert "judged on its body" in told
    assert "harbours" in told
    assert "in the digest of morning" in told
    assert answer.lines[-1] == "stopped at: in a digest for reader@example.org: sent"
    assert answer.record["status"] == "full"
    assert why(work, link) == why(work, f"{final}?utm_source=mail#top") == answer


STOPPED = [
    pytest.param("", False, "pending: its page is read in the next cycle", id="not read yet"),
    pytest.param(DULL, True, "judged and not flagged", id="not relevant"),
    pytest.param(page(), True, "flagged: it is in the running digest, not mailed yet", id="not mailed yet"),
]


@pytest.mark.parametrize(("body", "is_read", "stop"), STOPPED)
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_it_says_at_which_step_a_story_stopped(
    work: Work, server: FaultServer, body: str, is_read: bool, stop: str
) -> None:
    url = server.page(PATH, body)
    listed = item(1, link=url, title="A day", description="A day.")
    work.configure(feeds=[server.page("/feed.xml", rss(listed), content_type=RSS)])
    if is_read:
        work.cycle()
    else:
        poll_only(work)

    answer = why(work, url)

    assert answer.record["stopped_at"].startswith(stop)


def poll_only(work: Work) -> None:
    """As if the program had been killed between a poll and its pages."""

    def store(tx: Connection) -> None:
        (feed,) = feeds.due_feeds(tx, datetime.now(UTC))
        poll(tx, feed, entry(1, link=feed.url.replace("/feed.xml", PATH)))

    work.database.call(store)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_what_failed_says_why_and_when_it_is_tried_again(work: Work, server: FaultServer) -> None:
    url = server.url("/status/503")
    work.configure(feeds=[server.page("/feed.xml", rss(item(1, link=url)), content_type=RSS)])
    work.cycle()

    told = "\n".join(why(work, url).lines)

    assert "HTTP 503: failed" in told
    assert "tried 1 times, again at" in told


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_an_address_that_was_never_seen_is_told_its_sites_feed(work: Work, server: FaultServer) -> None:
    feed = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    work.configure(feeds=[feed])
    work.cycle()

    seen, stranger, itself = (
        why(work, url) for url in (server.url("/nothing"), "https://stranger.example/x", feed)
    )

    assert seen.record == {"seen": False, "url": server.url("/nothing"), "feeds_of_site": [feed]}
    assert "did not list it" in seen.lines[1]
    assert "no feed is on https://stranger.example" in stranger.lines[1]
    assert itself.lines[0] == f"this is a feed: {feed}"
