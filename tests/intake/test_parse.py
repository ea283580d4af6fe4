"""Parsing: whatever a server sends is a document, with its entries or with the reason why not."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.cut import raw_hashes
from monitor.intake.parse import MAX_ENTRIES, parse
from monitor.model.feed import KeyKind

URL = "https://example.org/feed"


def rss(inner: str, attributes: str = "") -> bytes:
    return f'<rss version="2.0"{attributes}><channel><title>T</title>{inner}</channel></rss>'.encode()


ITEM = "<item><guid>{0}</guid><title>Title {0}</title></item>"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \n\0\0", "empty", id="blanks"),
        pytest.param(b"<!DOCTYPE html><html><head></head></html>", "web page", id="HTML"),
        pytest.param(
            b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "web page", id="XHTML"
        ),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "root element is <svg>", id="other XML"),
        pytest.param(b"<sitemapindex/>", "sitemaps", id="list of sitemaps"),
        pytest.param(
            b"<urlset><url><loc>https://example.org/</loc></url></urlset>", "sitemap", id="plain sitemap"
        ),
        pytest.param(b'{"name": "x"}', "JSON", id="other JSON"),
        pytest.param(b"[1, 2", "JSON", id="broken JSON"),
        pytest.param(b"<rss 2.0", "no feed", id="half a tag"),
        pytest.param(b"Not found", "neither XML nor JSON", id="text"),
        pytest.param(bytes(range(256)) * 10, "neither XML nor JSON", id="binary"),
    ],
)
def test_what_is_no_feed_says_why(body: bytes, error: str) -> None:
    document = parse(body, url=URL)

    assert error in (document.error or "")
    assert (document.entries, document.listed) == ((), 0)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(rss(ITEM.format(1) + ITEM.format(2))[:-30], id="cut in the second item"),
        pytest.param(rss(ITEM.format("A & B") + ITEM.format("<br>2")), id="stray sign and HTML"),
        pytest.param(b"PHP Notice: x in y\n" + rss(ITEM.format(1) + ITEM.format(2)), id="garbage before"),
        pytest.param(rss(ITEM.format(1) + ITEM.format(2)) + b"<script>x</script>", id="garbage after"),
        pytest.param(rss(ITEM.format(1) + ITEM.format("2\0\x0b")), id="control characters"),
        pytest.param(rss(ITEM.format(1) + ITEM.format("&eacute;&nbsp;&nope;")), id="undeclared entities"),
        pytest.param(rss(ITEM.format(1) + ITEM.format(2).replace("</item>", "")), id="missing end tag"),
        pytest.param(rss(ITEM.format(1) + "<x:y>z</x:y>" + ITEM.format(2)), id="undeclared prefix"),
    ],
)
def test_a_broken_feed_is_read_as_far_as_it_goes(broken: bytes) -> None:
    document = parse(broken, url=URL)

    assert document.error is None
    assert len(document.entries) == 2
    assert document.title == "T"


def test_a_feed_that_ends_too_early_says_so() -> None:
    assert parse(rss(ITEM.format(1))[:-25], url=URL).warning == "the feed is cut in the middle"


def test_entities_are_refused_before_any_parser_sees_them() -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lines}<!ENTITY f SYSTEM "file:///etc/passwd">]>'.encode()

    document = parse(bomb + rss("<item><title>&l11;&f;&l0;</title></item>"), url=URL)

    assert [entry.title for entry in document.entries] == ["&l11;&f;lol"]
    assert "entity declarations" in (document.warning or "")


def test_known_items_are_listed_and_not_read() -> None:
    body = rss(ITEM.format(1) + ITEM.format(2) + ITEM.format(3))
    first, second, third = raw_hashes(body)

    document = parse(body, url=URL, skip=frozenset([first, third]))

    assert [(entry.id, entry.raw_hash) for entry in document.entries] == [("2", second)]
    assert document.known_hashes == (first, third)
    assert document.listed == 3


def test_a_byte_order_mark_does_not_keep_known_items_from_being_cut() -> None:
    body = b"\xef\xbb\xbf" + rss(ITEM.format("é") + ITEM.format(2))

    document = parse(body, url=URL, skip=frozenset(raw_hashes(body)[:1]))

    assert [entry.id for entry in document.entries] == ["2"]
    assert document.listed == 2


def test_entries_carry_no_hash_where_items_and_entries_do_not_match() -> None:
    document = parse(rss(ITEM.format("A & B") + ITEM.format(2)), url=URL)

    assert [entry.raw_hash for entry in document.entries] == [None, None]


def test_a_guid_that_a_cut_item_has_too_does_not_identify() -> None:
    both = rss("".join(f"<item><guid>same</guid><link>https://example.org/{n}</link></item>" for n in (1, 2)))

    document = parse(both, url=URL, skip=frozenset(raw_hashes(both)[:1]))

    assert [key.kind for key in document.entries[0].keys] == [KeyKind.LINK]


def test_an_item_listed_twice_counts_once() -> None:
    document = parse(rss(ITEM.format(1) * 2), url=URL)

    assert (len(document.entries), document.listed) == (1, 1)


def test_of_an_endless_list_the_first_entries_are_read() -> None:
    document = parse(rss("<item/>" + "<item><title>x</title></item>" * (MAX_ENTRIES + 5)), url=URL)

    assert "more than 20,000 entries" in (document.warning or "")


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(b"<a>" * 200_000, id="deep and open"),
        pytest.param(b"<a>" * 50_000 + b"</a>" * 50_000, id="deep"),
        pytest.param(b"<!--" * 500_000, id="comments without an end"),
        pytest.param(b"<item><title>" + b"<![CDATA[" * 200_000, id="CDATA without an end"),
        pytest.param(b"<item><title>" + b"<" * 300_000, id="lone signs"),
        pytest.param(b"<item " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b"/>", id="attributes"),
        pytest.param(b"<item><author>" + b"a." * 500_000 + b"</author></item>", id="a name"),
        pytest.param(b"<item><pubDate>" + b"1 " * 500_000 + b"</pubDate></item>", id="a date"),
        pytest.param(b"<item>" + b"<category>%d</category>" * 20_000 + b"</item>", id="categories"),
        pytest.param(
            b"<item><description>" + b"&lt;div&gt;" * 100_000 + b"</description></item>", id="deep HTML"
        ),
    ],
)
def test_hostile_feeds_take_bounded_time(hostile: bytes) -> None:
    body = b'<rss version="2.0"><channel>' + hostile
    started = time.perf_counter()

    document = parse(body, url=URL)

    assert document.error is None
    assert time.perf_counter() - started < 20


def test_ten_thousand_entries_are_read_within_the_memory_that_a_process_may_have() -> None:
    program = (
        "import sys\n"
        "from monitor.intake.parse import parse\n"
        "text = '<description>' + 'words ' * 150 + '</description>'\n"
        "item = f'<item><guid>%d</guid><title>T</title>{text}</item>'\n"
        "items = ''.join(item % n for n in range(10_000))\n"
        "body = f'<rss version=\"2.0\"><channel>{items}</channel></rss>'.encode()\n"
        "sys.exit(len(parse(body, url='https://example.org/').entries) != 10_000)\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3_000_000 << 10, 3_000_000 << 10))

    done = subprocess.run([sys.executable, "-c", program], preexec_fn=limit, timeout=120, check=False)

    assert done.returncode == 0


PIECES = st.sampled_from(
    [
        *(
            "<rss>",
            "</rss>",
            "<channel>",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "<link>",
            "<link href='x'/>",
        ),
        *(
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "<entry>",
            "</entry>",
            "<content type='xhtml'>",
            "<div>",
        ),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "&lt;",
            "&",
            "<",
            "\x00",
            "text",
            "<?x",
            "<!DOCTYPE rss [",
            "]>",
        ),
        *(
            "<author>",
            "<name>",
            "<pubDate>",
            "Mon, 1",
            "<source>",
            "<guid>",
            "xml:base='/x'",
            '{"items": [',
            "{}",
        ),
        *(
            "<description>",
            "</description>",
            "<dc:creator>",
            "<media:content>",
            "<svg>",
            "<image>",
            "<ttl>",
            "9e999",
        ),
        *(
            "<content mode='base64'>",
            "<georss:point>",
            "<enclosure/>",
            "<category/>",
            "</category>",
            "<cloud/>",
        ),
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join).map(str.encode) | st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    document = parse(b"<rss><channel>" + body, url=URL)
    parse(body, url="", content_type="text/xml; charset=utf-16")

    assert document.listed >= len(document.entries)
    assert all(entry.keys for entry in document.entries)
