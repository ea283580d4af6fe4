import asyncio

import pytest

from monitor.intake import robots
from monitor.intake.robots import Robots, RobotsAnswer
from monitor.model.web import Answer, FetchOutcome

ALLOWED, DISALLOWED, UNKNOWN = RobotsAnswer.ALLOWED, RobotsAnswer.DISALLOWED, RobotsAnswer.UNKNOWN
RULES = b"""
User-agent: *
Disallow: /all
Allow: /all/but/this

User-agent: Monitor
Disallow: /news/*.pdf$
Disallow: /private
Allow: /private/open
"""


class Site:
    """A site's robots.txt, counted."""

    def __init__(self, outcome=FetchOutcome.OK, body=b"", seconds=0.0):
        self.outcome, self.body, self.seconds = outcome, body, seconds
        self.asked = []

    async def fetch(self, url):
        self.asked.append(url)
        await asyncio.sleep(self.seconds)
        return Answer(url=url, final_url=url, outcome=self.outcome, body=self.body)


def ask(site, *urls):
    async def inside():
        rules = Robots(site.fetch, "monitor")
        return [await rules.ask(url) for url in urls]

    return asyncio.run(inside())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ALLOWED),
        ("/all", ALLOWED),  # our own group counts, and it alone
        ("/private", DISALLOWED),
        ("/private/x", DISALLOWED),
        ("/private/open/x", ALLOWED),
        ("/news/a.pdf", DISALLOWED),
        ("/news/a.pdf?page=1", ALLOWED),
        ("/robots.txt", ALLOWED),
    ],
)
def test_the_rules_for_our_name_are_obeyed(path, expected):
    assert ask(Site(body=RULES), f"https://example.org{path}") == [expected]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (FetchOutcome.NOT_FOUND, ALLOWED),
        (FetchOutcome.GONE, ALLOWED),
        (FetchOutcome.FORBIDDEN, ALLOWED),
        (FetchOutcome.CLIENT_ERROR, ALLOWED),
        (FetchOutcome.REDIRECTS, ALLOWED),
        (FetchOutcome.BLOCKED, ALLOWED),
        (FetchOutcome.SERVER_ERROR, UNKNOWN),
        (FetchOutcome.THROTTLED, UNKNOWN),
        (FetchOutcome.TIMEOUT, UNKNOWN),
        (FetchOutcome.UNREACHABLE, UNKNOWN),
        (FetchOutcome.TLS, UNKNOWN),
        (FetchOutcome.BROKEN, UNKNOWN),
    ],
)
def test_a_missing_file_allows_all_and_a_silent_server_nothing_yet(outcome, expected):
    assert ask(Site(outcome), "https://example.org/page") == [expected]


@pytest.mark.parametrize(
    "body", [b"", b"<html>404</html>", b"\xff\xfe\x00", b"\xef\xbb\xbfUser-agent: *\nAllow: /"]
)
def test_what_is_no_robots_txt_forbids_nothing(body):
    assert ask(Site(body=body), "https://example.org/page") == [ALLOWED]


def test_a_byte_order_mark_hides_no_rule():
    assert ask(Site(body=b"\xef\xbb\xbfUser-agent: *\nDisallow: /"), "https://example.org/x") == [DISALLOWED]


def test_each_site_is_asked_once_and_a_port_is_another_site():
    site = Site(body=RULES)

    ask(
        site, *("https://a.example/1", "https://a.example/2", "https://a.example:444/1", "http://a.example/1")
    )

    assert site.asked == [
        "https://a.example/robots.txt",
        "https://a.example:444/robots.txt",
        "http://a.example/robots.txt",
    ]


def test_who_stops_waiting_takes_nothing_from_the_others():
    site = Site(body=RULES, seconds=0.05)

    async def inside():
        rules = Robots(site.fetch, "monitor")
        first, second = (
            asyncio.create_task(rules.ask(f"https://a.example/{name}")) for name in ("x", "private")
        )
        await asyncio.sleep(0.01)
        first.cancel()
        return await second

    assert asyncio.run(inside()) is DISALLOWED
    assert len(site.asked) == 1


def test_a_fault_of_ours_is_raised_and_not_remembered():
    async def broken(url):
        raise RuntimeError("a fault of ours")

    async def inside():
        rules = Robots(broken, "monitor")
        for _ in range(2):
            with pytest.raises(RuntimeError):
                await rules.ask("https://a.example/x")

    asyncio.run(inside())


def test_an_unknown_answer_is_asked_again_soon_and_a_known_one_is_kept(monkeypatch):
    monkeypatch.setattr(robots, "UNKNOWN_KEPT_SECONDS", 0.0)
    silent, speaking = Site(FetchOutcome.TIMEOUT), Site(body=RULES)

    ask(silent, "https://a.example/1", "https://a.example/2")
    ask(speaking, "https://a.example/1", "https://a.example/2")

    assert (len(silent.asked), len(speaking.asked)) == (2, 1)


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(robots, "SITES_KEPT", 3)
    site = Site(body=RULES)

    async def inside():
        rules = Robots(site.fetch, "monitor")
        for number in range(10):
            await rules.ask(f"https://{number}.example/")
        return len(rules._sites)

    assert asyncio.run(inside()) == 3


def test_closing_ends_what_is_on_its_way():
    site = Site(seconds=60)

    async def inside():
        rules = Robots(site.fetch, "monitor")
        waiting = asyncio.create_task(rules.ask("https://a.example/"))
        await asyncio.sleep(0.01)
        await rules.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(inside())
