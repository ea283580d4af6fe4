import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faultserver import FaultServer

from monitor.errors import ConfigError
from monitor.intake.guard import AddressRefused, Guard, refusal

REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("10.1.2.3", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("169.254.169.254", "link-local"),
    ("100.64.0.1", "provider"),
    ("100.100.100.200", "provider"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.192", "reserved"),
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("192.0.2.1", "documentation"),
    ("198.18.0.1", "benchmarks"),
    ("::", ""),
    ("::1", "loopback"),
    ("fe80::1", "link-local"),
    ("fe80::1%2", "link-local"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "private"),
    ("ff02::1", "multicast"),
    ("2001:db8::1", "documentation"),
    ("2001::1", "reserved"),
    ("4000::1", "reserved"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.1", "private"),
    ("::127.0.0.1", ""),
    ("64:ff9b::10.0.0.1", "private"),
    ("64:ff9b::169.254.169.254", "link-local"),
    ("64:ff9b:1::1", ""),
    ("2002:7f00:1::1", "loopback"),
    ("2002:a00:1::1", "private"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]
PUBLIC += ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "223.255.255.255"]


@pytest.mark.parametrize(("address", "kind"), REFUSED)
def test_what_is_not_public_is_refused_and_named(address, kind):
    with pytest.raises(AddressRefused) as refused:
        Guard().check(address)

    assert kind in refused.value.kind
    assert refused.value.address == address


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_passes(address):
    Guard().check(address)


@given(st.ip_addresses())
def test_nothing_passes_that_python_calls_private_or_special(ip):
    if refusal(ip) is None:
        inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
        special = [inner.is_private, inner.is_loopback, inner.is_multicast, inner.is_link_local]
        assert not any(special)
        assert not inner.is_unspecified


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_fares_the_same_in_every_disguise(ip):
    mapped = ipaddress.IPv6Address(f"::ffff:{ip}")
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(ip))
    six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (int(ip) << 80) | 1)

    assert refusal(ip) == refusal(mapped) == refusal(nat64) == refusal(six_to_four)


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("10.0.0.1/8", "10.9.9.9"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("127.0.0.0/8", "::ffff:127.0.0.1"),
        ("fd00::/8", "fd00::1"),
    ],
)
def test_a_network_in_allow_hosts_lets_its_addresses_through(entry, address):
    Guard((entry,)).check(address)


def test_a_network_lets_no_other_through():
    with pytest.raises(AddressRefused):
        Guard(("127.0.0.0/8",)).check("10.0.0.1")


@pytest.mark.parametrize("entry", ["http://intranet.example", "intranet:8080", "10.0.0.0/99", "a b", "", "*"])
def test_an_entry_that_is_neither_network_nor_name_is_a_matter_for_a_person(entry):
    with pytest.raises(ConfigError, match="neither a network nor a host name"):
        Guard((entry,))


# ---- at the socket


def dial(guard: Guard, url: str, resolver=aiohttp.ThreadedResolver) -> str:
    """The body behind an address, dialled by a real connector."""

    async def inside():
        connector = aiohttp.TCPConnector(socket_factory=guard.open_socket, resolver=resolver())
        async with aiohttp.ClientSession(connector=connector) as session:
            with guard.dialling(urlsplit(url).hostname):
                async with session.get(url) as response:
                    return await response.text()

    return asyncio.run(inside())


def test_the_socket_is_where_an_address_is_refused():
    with FaultServer() as server, pytest.raises(aiohttp.ClientConnectorError) as failed:
        dial(Guard(), server.url("/ok"))

    assert isinstance(failed.value.os_error, AddressRefused)
    assert not server.requests


def test_of_a_name_with_several_refused_addresses_the_refusal_is_told():
    class Both(aiohttp.abc.AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [
                {"hostname": host, "host": address, "port": port, "family": kind, "proto": 0, "flags": 0}
                for address, kind in (("::1", socket.AF_INET6), ("127.0.0.1", socket.AF_INET))
            ]

        async def close(self):
            pass

    with pytest.raises(aiohttp.ClientConnectorError) as failed:
        dial(Guard(), "http://rebound.example:9/", Both)

    assert isinstance(failed.value.os_error, AddressRefused)


def test_an_allowed_name_lets_through_whatever_it_resolves_to_but_no_other_name():
    guard = Guard(("LocalHost",))

    with FaultServer() as server:
        by_name = server.url("/ok").replace("127.0.0.1", "localhost")
        assert "small page" in dial(guard, by_name)
        with pytest.raises(aiohttp.ClientConnectorError):
            dial(guard, server.url("/ok"))


def test_behind_a_proxy_every_address_of_the_target_must_pass():
    guard = Guard(("intranet.example",))

    guard.check_all("intranet.example", ["10.0.0.1"])
    guard.check_all("news.example", ["8.8.8.8"])
    with pytest.raises(AddressRefused):
        guard.check_all("news.example", ["8.8.8.8", "10.0.0.1"])
