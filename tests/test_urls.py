"""Addresses: one form a page, nothing lost that chooses a page, nothing shown that lets a reader in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.urls import MAX_LENGTH, absolute, canonical, host, mask, mask_user_info, same_site, site

ADDRESSES = st.one_of(
    st.text(max_size=80),
    st.builds(
        "{}://{}{}/{}?{}#{}".format,
        st.sampled_from(["http", "HTTPS", "ftp", "javascript"]),
        st.sampled_from(
            ["example.org", "WWW.Example.org.", "münchen.example", "u:p@[::1]", "127.0.0.1", "a..b"]
        ),
        st.sampled_from(["", ":80", ":443", ":8080", ":x", ":99999"]),
        st.text(alphabet="ab./%2eF ü\\;\n", max_size=20),
        st.text(alphabet="utm_source=&a%b+ü?/", max_size=20),
        st.text(max_size=5),
    ),
)


@pytest.mark.parametrize(
    ("spelling", "form"),
    [
        pytest.param("HTTP://Example.ORG", "http://example.org/", id="case and empty path"),
        pytest.param("https://example.org:443/a", "https://example.org/a", id="default port"),
        pytest.param("http://example.org:443/a", "http://example.org:443/a", id="another port stays"),
        pytest.param("https://example.org./a", "https://example.org/a", id="root dot"),
        pytest.param("https://example.org/a#part", "https://example.org/a", id="fragment"),
        pytest.param("https://example.org/a/./b/../c", "https://example.org/a/c", id="dot segments"),
        pytest.param("https://example.org/../../a", "https://example.org/a", id="above the root"),
        pytest.param("https://example.org/a/%2e%2e/b", "https://example.org/b", id="escaped dots"),
        pytest.param("https://example.org/a/", "https://example.org/a/", id="trailing slash stays"),
        pytest.param(
            "https://example.org/A//b", "https://example.org/A//b", id="case and empty segments stay"
        ),
        pytest.param("https://example.org/%7ea/%c3%bc", "https://example.org/~a/%C3%BC", id="escapes"),
        pytest.param(
            "https://example.org/ü b", "https://example.org/%C3%BC%20b", id="letters and blanks escaped"
        ),
        pytest.param("https://example.org/100%", "https://example.org/100%25", id="a lone percent"),
        pytest.param("https://example.org/?b=2&a=1", "https://example.org/?b=2&a=1", id="query order stays"),
        pytest.param(
            "https://example.org/?utm_source=x&id=7&fbclid=y", "https://example.org/?id=7", id="tracking"
        ),
        pytest.param(
            "https://example.org/a?UTM_Medium=x&", "https://example.org/a", id="nothing but tracking"
        ),
        pytest.param("https://example.org/?ref=7", "https://example.org/?ref=7", id="may choose the page"),
        pytest.param("https://münchen.example/", "https://xn--mnchen-3ya.example/", id="IDNA"),
        pytest.param("https://reader:secret@example.org/", "https://example.org/", id="user info"),
        pytest.param("http://[0:0::1]:8080/", "http://[::1]:8080/", id="IPv6"),
        pytest.param("\ufeff https://example.org/a\n", "https://example.org/a", id="blanks around"),
    ],
)
def test_every_spelling_of_a_page_gives_one_form(spelling: str, form: str) -> None:
    assert canonical(spelling) == form


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "example.org/a",
        "//example.org/a",
        "ftp://example.org/",
        "javascript:alert(1)",
        "mailto:reader@example.org",
        "http://",
        "http:///path",
        "http://[::1",
        "http://a b/",
        "http://example.org:port/",
        "http://example.org:99999/",
        "http://a..b/",
        "http://" + "a" * 300 + ".example/",
        "http://xn--ü.example/",
        "https://example.org/" + "a" * MAX_LENGTH,
    ],
)
def test_what_cannot_be_fetched_has_no_form(nonsense: str) -> None:
    assert canonical(nonsense) is None


@given(ADDRESSES)
def test_canonical_is_idempotent_and_never_raises(address: str) -> None:
    form = canonical(address)

    assert form is None or (canonical(form) == form and form.isascii() and "#" not in form)


@given(ADDRESSES, ADDRESSES)
def test_whatever_stands_in_a_feed_resolves_to_an_http_address_or_to_nothing(link: str, base: str) -> None:
    resolved = absolute(link, base)

    assert resolved is None or resolved.lower().startswith(("http://", "https://"))
    assert resolved is None or (host(resolved) and site(resolved))


def test_site_and_host_name_where_an_address_leads() -> None:
    assert site("HTTPS://News.Example.org:8443/a?b") == "https://news.example.org:8443"
    assert site("http://news.example.org:80/") == "http://news.example.org"
    assert host("http://reader@[::1]:8080/") == "::1"
    assert site("mailto:reader@example.org") == host("nonsense") == ""


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://www.example.org/a", "http://example.org/b", True),
        ("https://news.example.co.uk/", "https://sport.example.co.uk/", True),
        ("https://one.co.uk/", "https://two.co.uk/", False),
        ("https://one.github.io/", "https://two.github.io/", False),
        ("https://news.inner/", "https://www.news.inner/", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8001/b", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", False),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://localhost/", "http://localhost/a", True),
        ("nonsense", "nonsense", False),
    ],
)
def test_one_publisher_is_one_registrable_domain(a: str, b: str, same: bool) -> None:
    assert same_site(a, b) is same


@pytest.mark.parametrize(
    ("link", "resolved"),
    [
        pytest.param("/a", "https://example.org/a", id="rooted"),
        pytest.param("a", "https://example.org/news/a", id="relative"),
        pytest.param("?p=1", "https://example.org/news/feed?p=1", id="query only"),
        pytest.param("//other.example/a", "https://other.example/a", id="no scheme"),
        pytest.param(" http://other.example/a b\n", "http://other.example/a%20b", id="blanks"),
        pytest.param("http://other.exa\n\tmple/a#x", "http://other.example/a#x", id="broken over lines"),
        pytest.param("java\nscript:alert(1)", None, id="hidden script"),
        pytest.param("data:text/html,x", None, id="data"),
        pytest.param("mailto:reader@example.org", None, id="mail"),
        pytest.param("http://[x", None, id="malformed"),
        pytest.param("  ", None, id="blank"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_links_are_resolved_or_dropped(link: str | None, resolved: str | None) -> None:
    assert absolute(link, "https://example.org/news/feed") == resolved


def test_a_relative_link_without_a_base_leads_nowhere() -> None:
    assert absolute("/a") is None
    assert absolute("https://example.org/a") == "https://example.org/a"


@pytest.mark.parametrize(
    "secret",
    [
        "https://reader:{}@example.org/feed",
        "postgresql+psycopg://reader:{}@/monitor?host=/run",
        "https://example.org/feed?token={}",
        "https://example.org/feed?a=1&api_key={}&b=2",
        "https://example.org/feed?access_token={}#x",
        "https://hooks.example.org/services/T1/B2/{}",
        "could not read <https://example.org/feed?id={}>: timeout",
        "smtp://reader:has@and:{}@mail.example.org",
    ],
)
def test_no_secret_of_an_address_is_shown(secret: str) -> None:
    password = "s3cr3tS3cr3tS3cr3tS3cr3t"

    shown = mask(secret.format(password))

    assert password not in shown
    assert "***" in shown
    assert mask(shown) == shown


@pytest.mark.parametrize(
    "harmless",
    [
        "https://example.org/2026/11/24/open-source-ai-act-passes-34-to-12",
        "https://example.org/feed?format=atom&page=2",
        "https://example.org/article?id=20261124",
        "no address, but reader@example.org and a=b",
    ],
)
def test_what_is_no_secret_stays_readable(harmless: str) -> None:
    assert mask(harmless) == harmless


def test_an_articles_address_loses_its_user_info_and_nothing_else():
    address = "https://reader:pass@word@x.example/story/5f3a9c1b2d4e6f708192a3b4?token=abc"

    assert mask_user_info(address) == "https://***@x.example/story/5f3a9c1b2d4e6f708192a3b4?token=abc"
    assert mask_user_info("https://x.example/@name/1") == "https://x.example/@name/1"
