"""The demo's web over real HTTP: what it answers, when it says 'unchanged', and that it notes who asked."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address

import feedparser
import httpx
import pytest

from monitor.demo import server
from monitor.demo.server import NewsWorld

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared_web() -> Iterator[NewsWorld]:
    with NewsWorld(NOW, hurry=True) as web:
        yield web


@pytest.fixture
def web(shared_web: NewsWorld) -> Iterator[NewsWorld]:
    yield shared_web
    shared_web.rewind()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(headers={"User-Agent": "demo-test/1"}, trust_env=False, timeout=20) as client:
        yield client


def feed_url(web: NewsWorld, outlet: str) -> str:
    return next(placed.current_url for placed in web.world.feeds if placed.outlet.key == outlet)


def validators(answer: httpx.Response) -> dict[str, str]:
    pairs = {
        "If-None-Match": answer.headers.get("ETag"),
        "If-Modified-Since": answer.headers.get("Last-Modified"),
    }
    return {name: value for name, value in pairs.items() if value}


def test_every_feed_but_the_broken_one_can_be_read(web, client):
    answers = [client.get(url, follow_redirects=True) for url in web.feed_urls]

    assert len(answers) == 11
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [500]
    for answer in answers:
        if answer.status_code != 200:
            continue
        if "json" in answer.headers["Content-Type"]:
            assert answer.json()["items"]
        else:
            document = feedparser.parse(answer.content, response_headers=dict(answer.headers))
            assert document.entries
            assert not document.bozo


def test_all_is_served_on_loopback_only(web):
    assert all(ip_address(host).is_loopback for host in web.hosts)
    assert {httpx.URL(url).host for url in web.feed_urls} == set(web.hosts)


def test_outlets_do_not_share_an_address_and_port(web):
    bases = list(web.world.base_urls.values())

    assert len(set(bases)) == len(bases) == 10


def test_a_feed_that_has_not_changed_answers_304_to_its_own_validators(web, client):
    unchanged = []
    for url in web.feed_urls:
        first = client.get(url, follow_redirects=True)
        if first.status_code == 200:
            again = client.get(first.url, headers=validators(first))
            unchanged.append(again.status_code)
            assert again.status_code == 200 or again.content == b""

    # One feed sends no validators, as some do: there only the bytes tell.
    assert sorted(unchanged) == [200] + [304] * 9


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(str.lower, id="in lower case"),
        pytest.param(lambda etag: etag.removeprefix("W/"), id="without its mark as weak"),
        pytest.param(lambda etag: etag.replace('"', ""), id="without quotes"),
    ],
)
def test_a_validator_that_is_not_the_same_byte_for_byte_gets_the_whole_feed(web, client, spoil):
    url = feed_url(web, "circuit-statute")
    etag = client.get(url).headers["ETag"]

    answer = client.get(url, headers={"If-None-Match": spoil(etag)})

    assert answer.status_code == 200


def test_an_etag_outranks_a_date(web, client):
    url = feed_url(web, "northgate-post")
    modified = client.get(url).headers["Last-Modified"]

    answer = client.get(url, headers={"If-None-Match": '"other"', "If-Modified-Since": modified})

    assert answer.status_code == 200


def test_the_second_edition_changes_three_feeds_and_leaves_304_to_the_others(web, client):
    known = {}
    for placed in web.world.feeds:
        known[placed.current_url] = validators(client.get(placed.current_url))

    web.advance()
    statuses = {url: client.get(url, headers=headers).status_code for url, headers in known.items()}

    changed = {url for url, status in statuses.items() if status == 200 and known[url]}
    assert changed == {feed_url(web, key) for key in ("northgate-post", "circuit-statute", "tarball-gazette")}
    assert list(statuses.values()).count(304) == 6


def test_a_page_of_the_second_edition_is_not_there_before(web, client):
    url = web.world.placed("circuit-statute/export-office-drops-weights-rule").url

    before = client.get(url).status_code
    web.advance()
    after = client.get(url).status_code
    web.rewind()

    assert (before, after, client.get(url).status_code) == (404, 200, 404)


def test_a_feed_that_moved_says_where_it_is_now(web, client):
    moved = next(placed for placed in web.world.feeds if placed.url != placed.current_url)

    answer = client.get(moved.url)

    assert answer.status_code == 301
    assert answer.headers["Location"] == moved.current_url
    assert moved.url in web.feed_urls


def test_a_page_that_moved_leads_to_its_new_address(web, client):
    placed = web.world.placed("northgate-post/last-night-bakery")

    answer = client.get(placed.listed_urls[0], follow_redirects=True)

    assert [hop.status_code for hop in answer.history] == [301]
    assert answer.url == placed.url
    assert "Greta Holm" in answer.text


def test_the_slow_feed_takes_more_than_two_seconds(client):
    with NewsWorld(NOW) as web:
        answer = client.get(feed_url(web, "signal-ridge-radio"))

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() > 2


def test_pages_come_in_the_charset_they_claim(web, client):
    placed = web.world.placed("eulenfurter-bote/streit-um-freie-ki-modelle")

    answer = client.get(placed.url)

    assert answer.headers["Content-Type"] == "text/html; charset=iso-8859-1"
    assert "Düsterloh" in answer.text
    assert "Düsterloh".encode("iso-8859-1") in answer.content


def test_one_outlet_packs_what_it_sends_for_those_who_can_unpack(web, client):
    url = web.world.placed("tarball-gazette/pebblebase-nine").url

    with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    plain = client.get(url, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert "Content-Encoding" not in plain.headers


def test_an_unknown_path_is_a_404_with_a_page(web, client):
    answer = client.get(web.world.base_urls["harbour-ledger"] + "/more/soup?from=rail")

    assert answer.status_code == 404
    assert "Page not found" in answer.text


def test_head_gives_the_headers_alone(web, client):
    url = feed_url(web, "northgate-post")

    answer = client.head(url)

    assert answer.content == b""
    assert answer.headers["Content-Length"] == str(len(client.get(url).content))


def test_an_entry_without_a_link_carries_its_text(web, client):
    items = json.loads(client.get(feed_url(web, "tarball-gazette")).content)["items"]

    assert [bool(item.get("content_html")) for item in items if "url" not in item] == [True]


def test_every_request_is_noted_with_who_asked(web, client):
    seen = len(web.requests)
    url = web.world.base_urls["harbour-ledger"] + "/robots.txt"

    client.get(url)

    (request,) = web.requests[seen:]
    assert (request.method, request.url, request.status, request.user_agent) == (
        "GET",
        url,
        200,
        "demo-test/1",
    )


def test_a_machine_with_one_loopback_address_gets_a_port_for_each_outlet(client, monkeypatch):
    # No machine has an address in 240.0.0.0/4, so binding fails as it does for 127.0.0.2 on macOS.
    monkeypatch.setattr(server, "HOSTS", "240.0.0.{number}")

    with NewsWorld(NOW, hurry=True) as web:
        answers = [client.get(base + "/robots.txt") for base in web.world.base_urls.values()]

    assert web.hosts == ("127.0.0.1",)
    assert len({answer.url.port for answer in answers}) == 10
    assert {answer.status_code for answer in answers} == {200}


def test_nothing_listens_once_the_block_is_left(client):
    with NewsWorld(NOW) as web:
        url = web.world.base_urls["harbour-ledger"] + "/robots.txt"
        assert client.get(url).status_code == 200

    with pytest.raises(httpx.TransportError), httpx.Client(trust_env=False, timeout=20) as fresh:
        fresh.get(url)
