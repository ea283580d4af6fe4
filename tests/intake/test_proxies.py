import pytest

from monitor.errors import ConfigError
from monitor.intake.proxies import Proxies, basic, read_proxy

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        (None, "http://example.org/", False),
        ("", "http://example.org/", False),
        ("example.org", "http://example.org:8080/x", True),
        ("example.org", "http://news.example.org/", True),
        (".example.org", "http://example.org/", True),
        ("example.org", "http://badexample.org/", False),
        ("a.example, Example.ORG", "http://example.org/", True),
        (("a.example", "example.org"), "http://example.org/", True),
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False),
        ("::1", "http://[::1]:80/", True),
        ("10.0.0.0/8", "http://example.org/", False),
        ("*", "http://example.org/", True),
    ],
)
def test_which_hosts_are_asked_directly(no_proxy, url, direct):
    assert Proxies(PROXY, no_proxy).choose(url) == (None if direct else PROXY)


def test_a_feeds_own_proxy_beats_the_rest():
    assert Proxies(PROXY, "*").choose("http://example.org/", "http://own.example") == "http://own.example"
    assert Proxies().choose("http://example.org/", "http://own.example") == "http://own.example"


def test_without_a_proxy_there_is_none():
    assert Proxies().choose("http://example.org/") is None


@pytest.mark.parametrize("proxy", ["socks5://x:1", "proxy.example:3128", "http://", "http://[::1", "ftp://x"])
def test_what_is_no_http_proxy_is_a_matter_for_a_person(proxy):
    with pytest.raises(ConfigError, match="proxy"):
        Proxies(proxy)


def test_a_proxys_password_is_taken_out_of_its_address_and_shown_in_no_error():
    taken = read_proxy("http://me:pr0xy@proxy.example:3128", "proxy")

    assert "pr0xy" not in str(taken.url)
    assert taken.headers["authorization"] == basic("me", "pr0xy")
    with pytest.raises(ConfigError) as refused:
        read_proxy("socks5://me:pr0xy@proxy.example", "proxy")
    assert "pr0xy" not in str(refused.value)
