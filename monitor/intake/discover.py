"""From the address that a person knows to the feeds behind it.

A feed's own address is a feed; a page names its feeds in its head; failing that, a few usual paths are
tried. Which bytes are a feed is for parse.py to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import lxml.etree
import lxml.html

from monitor.intake.fetch import Web
from monitor.intake.parse import parse
from monitor.model.feed import Feed
from monitor.model.web import Answer, FetchOutcome
from monitor.urls import absolute, site

FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
        "text/rss+xml",
        "text/atom+xml",
    }
)

# Where the common publishing programs keep their feed, the most common first.
USUAL_PATHS = ("/feed", "/rss", "/atom.xml", "/index.xml", "/feed.xml", "/rss.xml")

# Some pages name a feed for every section and every comment thread.
MAX_NAMED = 10


def is_feed(answer: Answer) -> bool:
    """Whether the parser takes what came for a feed."""
    return parse(answer.body, url=answer.final_url, content_type=answer.content_type).error is None


async def discover(
    web: Web, url: str, now: datetime, accept: Callable[[Answer], bool] = is_feed
) -> tuple[str, ...]:
    """The feeds behind an address, each fetched and accepted by `accept`; () where there are none.

    The address itself, if it is a feed; else all that its page names; else the first of the usual paths of
    its site. Asked under the usual politeness: at one start a second the last of these takes some seconds.
    """
    answer = await _get(web, url, now)
    if answer.outcome is FetchOutcome.OK:
        if accept(answer):
            return (url,)
        named = find_feeds(answer.body, answer.final_url)
        found = [one for one in named if _accepted(await _get(web, one, now), accept)]
        if found:
            return tuple(found)
    for candidate in usual_addresses(answer.final_url):
        if _accepted(await _get(web, candidate, now), accept):
            return (candidate,)
    return ()


def find_feeds(html: bytes, url: str) -> tuple[str, ...]:
    """The feeds that a page names with `<link rel="alternate">`, each once, at most MAX_NAMED."""
    try:
        tree = lxml.html.document_fromstring(html)
    except (lxml.etree.LxmlError, ValueError, AssertionError):  # empty, or nothing like HTML
        return ()
    base = next((absolute(one, url) for one in tree.xpath("//base/@href")), None) or url
    links = (absolute(link.get("href"), base) for link in tree.iter("link") if _names_feed(link))
    return tuple(dict.fromkeys(link for link in links if link))[:MAX_NAMED]


def usual_addresses(url: str) -> Iterable[str]:
    """Where the site of this address may have its feed."""
    root = site(url)
    return [root + path for path in USUAL_PATHS] if root else []


def _names_feed(link: lxml.html.HtmlElement) -> bool:
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    relations = (link.get("rel") or "").lower().split()
    return "feed" in relations or ("alternate" in relations and kind in FEED_TYPES)


def _accepted(answer: Answer, accept: Callable[[Answer], bool]) -> bool:
    return answer.outcome is FetchOutcome.OK and accept(answer)


async def _get(web: Web, url: str, now: datetime) -> Answer:
    return await web.get_feed(Feed(id=0, url=url, original_url=url), now)
