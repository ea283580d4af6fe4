"""RSS, RDF and Atom: every field of an entry, in the many ways that feeds write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.intake.parse import parse
from monitor.model.feed import Entry, FeedDocument

URL = "https://example.org/news/feed.xml"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def read(text: str, url: str = URL) -> FeedDocument:
    document = parse(text.encode(), url=url)
    assert document.error is None
    return document


def rss(item: str, channel: str = "") -> Entry:
    return read(
        f'<rss version="2.0" {NAMESPACES}><channel>{channel}<item>{item}</item></channel></rss>'
    ).entries[0]


def atom(entry: str, feed: str = "", attributes: str = "") -> Entry:
    return read(
        f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{feed}<entry>{entry}</entry></feed>'
    ).entries[0]


def test_an_rss_item_in_full() -> None:
    entry = rss(
        "<title>One &amp;amp; two</title><link>https://example.org/1</link>"
        "<guid isPermaLink='false'> tag:1 </guid>"
        "<pubDate>Tue, 24 Nov 2026 07:00:00 +0100</pubDate><dc:creator>A. Writer</dc:creator>"
        "<category>AI</category><category>Law</category><description>&lt;p&gt;Short&lt;/p&gt;</description>"
        "<content:encoded><![CDATA[<p>Long <a href='/2'>text</a></p>]]></content:encoded>",
        "<language>en-GB</language>",
    )

    assert (entry.title, entry.link, entry.id) == ("One & two", "https://example.org/1", "tag:1")
    assert entry.published_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert entry.published_claimed == "Tue, 24 Nov 2026 07:00:00 +0100"
    assert (entry.author, entry.categories, entry.language) == ("A. Writer", ("AI", "Law"), "en-GB")
    assert entry.summary == "<p>Short</p>"
    assert entry.content == '<p>Long <a href="https://example.org/2">text</a></p>'


def test_an_atom_entry_in_full() -> None:
    entry = atom(
        "<title type='html'>A &lt;i&gt;title&lt;/i&gt;</title><id>urn:1</id><link rel='self' href='/self'/>"
        "<link rel='alternate' href='/1'/><published>2026-11-24T06:00:00Z</published>"
        "<updated>2026-11-25T06:00:00Z</updated><author><name>A</name></author><author><name>B</name></author>"
        "<category term='ai' label='AI'/><summary>a &lt; b</summary>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>x</p></div></content>",
        attributes='xml:lang="de"',
    )

    assert (entry.title, entry.link, entry.id) == ("A title", "https://example.org/1", "urn:1")
    assert entry.published_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert (entry.author, entry.categories, entry.language) == ("A, B", ("AI",), "de")
    assert (entry.summary, entry.content) == ("a &lt; b", "<p>x</p>")


def test_an_rdf_feed_is_read() -> None:
    document = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f"{NAMESPACES}><channel><title>C</title><link>https://example.org/</link></channel>"
        '<item rdf:about="https://example.org/1"><title>I</title><link>https://example.org/1</link>'
        "<dc:date>2026-11-24</dc:date></item></rdf:RDF>"
    )

    assert (document.title, document.site_url) == ("C", "https://example.org/")
    assert (document.entries[0].id, document.entries[0].title) == ("https://example.org/1", "I")
    assert document.entries[0].published_at == datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "link"),
    [
        pytest.param(
            "<guid>https://example.org/1</guid>", "https://example.org/1", id="a guid that is a link"
        ),
        pytest.param("<guid>17</guid>", None, id="a guid that is none"),
        pytest.param("<guid>/17</guid>", "https://example.org/17", id="a guid that is a path"),
        pytest.param(
            "<guid isPermaLink='false'>https://example.org/1</guid>", None, id="a guid that says so"
        ),
        pytest.param("<link>javascript:alert(1)</link>", None, id="javascript"),
        pytest.param("<link>data:text/html,x</link>", None, id="data"),
        pytest.param("<link>/1</link>", "https://example.org/1", id="relative"),
        pytest.param("<link> https://example.org/a b\n</link>", "https://example.org/a%20b", id="blanks"),
        pytest.param(
            "<link>https://x.example/?a=1&amp;b=2</link>", "https://x.example/?a=1&b=2", id="parameters"
        ),
        pytest.param(
            "<enclosure url='https://example.org/a.mp3' type='audio/mpeg'/>", None, id="a sound is no page"
        ),
        pytest.param("<enclosure url='/a' type='text/html'/>", "https://example.org/a", id="a page enclosed"),
        pytest.param(
            "<link>https://feeds.example/~r/1</link>"
            "<feedburner:origLink>https://example.org/1</feedburner:origLink>",
            "https://example.org/1",
            id="what FeedBurner replaced",
        ),
    ],
)
def test_the_link_is_the_page_of_the_entry_or_nothing(item: str, link: str | None) -> None:
    assert rss(item).link == link


@pytest.mark.parametrize(
    ("attributes", "feed", "link"),
    [
        ("", "", "https://example.org/news/1"),
        ('xml:base="https://other.example/a/"', "", "https://other.example/a/1"),
        ('xml:base="/b/"', "", "https://example.org/b/1"),
        ("", "<link href='https://site.example/'/>", "https://example.org/news/1"),
    ],
)
def test_atom_links_are_relative_to_xml_base_or_the_document(attributes: str, feed: str, link: str) -> None:
    assert atom("<link href='1'/>", feed, attributes).link == link


def test_a_base_of_only_a_fragment_changes_nothing() -> None:
    assert atom("<link href='/1'/>", attributes='xml:base="#top"').link == "https://example.org/1"


def test_rss_links_are_relative_to_the_site() -> None:
    assert rss("<link>/1</link>", "<link>https://site.example/</link>").link == "https://site.example/1"


def test_links_in_a_text_are_relative_to_its_own_page() -> None:
    entry = rss(
        "<link>https://example.org/a/1</link><description>&lt;a href='2'&gt;x&lt;/a&gt;</description>"
    )

    assert entry.summary == '<a href="https://example.org/a/2">x</a>'


def test_without_an_address_absolute_links_still_count() -> None:
    text = "<rss version='2.0'><channel><item><link>https://example.org/1</link></item><item><link>/2</link></item></channel></rss>"

    assert [entry.link for entry in read(text, url="").entries] == ["https://example.org/1", None]


@pytest.mark.parametrize(
    ("item", "author"),
    [
        ("<author>writer@example.org (A. Writer)</author>", "A. Writer"),
        ("<author>writer@example.org</author>", "writer@example.org"),
        ("<dc:creator><![CDATA[A &amp; B]]></dc:creator>", "A & B"),
        ("<dc:creator>A</dc:creator><dc:creator>B</dc:creator>", "A, B"),
        ("<itunes:author>A</itunes:author>", "A"),
        ("<title>x</title>", None),
    ],
)
def test_whoever_is_named_as_author_is_named(item: str, author: str | None) -> None:
    assert rss(item).author == author


def test_an_atom_entry_without_author_has_its_source_s_or_its_feed_s() -> None:
    everyone = "<author><name>Feed</name></author>"

    assert atom("<title>x</title>", everyone).author == "Feed"
    assert atom("<source><author><name>Source</name></author></source>", everyone).author == "Source"


def test_of_several_dates_the_publication_counts() -> None:
    entry = rss("<dc:date>2026-11-25</dc:date><pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate>")

    assert entry.published_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert rss("<pubDate>soon</pubDate><dc:date>2026-11-25</dc:date>").published_claimed == "2026-11-25"
    assert rss("<pubDate>soon</pubDate>").published_claimed == "soon"


@pytest.mark.parametrize(
    ("channel", "wish"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>often</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>9e999</ttl>", None),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
        ),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            None,
        ),
        ("", None),
    ],
)
def test_a_feed_may_wish_to_be_left_alone(channel: str, wish: timedelta | None) -> None:
    assert read(f'<rss version="2.0" {NAMESPACES}><channel>{channel}</channel></rss>').ttl == wish


def test_a_feed_may_say_where_it_moved() -> None:
    document = read(
        f'<rss version="2.0" {NAMESPACES}><channel>'
        "<itunes:new-feed-url>https://new.example/feed</itunes:new-feed-url></channel></rss>"
    )

    assert document.moved_to == "https://new.example/feed"


def test_rss_with_a_prefix_is_rss() -> None:
    document = read("<rss><rss:channel><rss:item><rss:title>x</rss:title></rss:item></rss:channel></rss>")

    assert [entry.title for entry in document.entries] == ["x"]


def test_nothing_that_acts_stays_in_a_text() -> None:
    entry = rss(
        "<description>&lt;script&gt;x()&lt;/script&gt;&lt;p onclick='x()'&gt;a&lt;/p&gt;</description>"
    )

    assert entry.summary == "<p>a</p>"
