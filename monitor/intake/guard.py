"""Which addresses may be reached: public ones, and those that `[fetch] allow_hosts` names.

The guard makes the socket itself, so it sees every address in the moment of connecting, whatever name,
redirect or DNS answer led there. It decides nothing else about a request.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from monitor.errors import ConfigError
from monitor.urls import host as host_of

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# (family, type, protocol, canonical name, socket address), as getaddrinfo gives it.
AddrInfo = tuple[int, int, int, str, tuple[Any, ...]]

# IANA's IPv4 special-purpose registry, multicast, and one more. Kept here rather than asked from
# `ipaddress.is_global`, whose answers differ between the Python versions we run on.
SPECIAL_V4 = tuple(
    (ipaddress.IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address inside a provider's network"),
        ("127.0.0.0/8", "a loopback address"),
        ("168.63.129.16/32", "a cloud's metadata address"),  # Azure's, the one that looks public
        ("169.254.0.0/16", "a link-local address"),  # with the metadata service of most clouds
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a reserved address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
# Of IPv6 only 2000::/3 is handed out for public use; these parts of it are not.
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
SPECIAL_V6 = tuple(
    (ipaddress.IPv6Network(network), kind)
    for network, kind in (
        ("2001::/23", "a reserved address"),  # Teredo, ORCHID, benchmarks
        ("2001:db8::/32", "an address for documentation"),
        ("3fff::/20", "an address for documentation"),
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """The guard does not let this address through."""

    # One text for every address: of a host with several, asyncio's dialler keeps the exception (and
    # with it the class, which faults.py asks for) only when all of them say the same.
    MESSAGE = "refused by the address guard"

    def __init__(self, address: str, kind: str) -> None:
        super().__init__(errno.EACCES, self.MESSAGE)
        self.address = address
        self.kind = kind  # for people: 'a loopback address'


class Guard:
    """Decides about addresses; `open_socket` is what a connector dials with.

    `allow_hosts` holds networks (`10.0.0.0/8`, `::1`) and exact host names; a name lets through
    whatever addresses it resolves to. Ports play no part. A bad entry is a ConfigError.
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        networks: list[IPNetwork] = []
        names: set[str] = set()
        for entry in allow_hosts:
            parsed = _network(entry)
            if parsed is not None:
                networks.append(parsed)
            else:
                names.add(_name(entry))
        self._networks = tuple(networks)
        self._names = frozenset(names)

    @contextmanager
    def dialling(self, host: str, *, is_proxy: bool = False) -> Iterator[None]:
        """Inside, connections are made on behalf of this host name; a proxy is always let through.

        A socket is made from an address alone, so the name has to come another way. A context variable
        belongs to the one request: it reaches the tasks in which several addresses of a host are tried
        at once, but never a request to another name that happens to resolve to the same address.
        """
        token = _exempt.set(is_proxy or host.strip("[]").lower() in self._names)
        try:
            yield
        finally:
            _exempt.reset(token)

    def open_socket(self, info: AddrInfo) -> socket.socket:
        """A socket for this address, not yet connected, or AddressRefused."""
        family, kind, protocol, _, address = info
        if not _exempt.get():
            self.check(str(address[0]))
        return socket.socket(family=family, type=kind, proto=protocol)

    def check(self, address: str) -> None:
        """Raise AddressRefused unless this IP address may be reached."""
        ip = ipaddress.ip_address(address)
        inner = _embedded(ip)
        if any(one in network for network in self._networks for one in (ip, inner)):
            return
        kind = refusal(ip)
        if kind is not None:
            raise AddressRefused(address, kind)

    def check_all(self, host: str, addresses: Iterable[str]) -> None:
        """The same for all that a name resolved to, where a proxy picks the one to use."""
        if host.strip("[]").lower() in self._names:
            return
        for address in addresses:
            self.check(address)


def refusal(ip: IPAddress) -> str | None:
    """Why this address is not a public one, for people; None when it is."""
    inner = _embedded(ip)
    if isinstance(inner, ipaddress.IPv4Address):
        return _kind_of(inner, SPECIAL_V4)
    if inner not in GLOBAL_V6:
        return _kind_outside(inner)
    return _kind_of(inner, SPECIAL_V6)


def _kind_of(ip: IPAddress, special: Iterable[tuple[IPNetwork, str]]) -> str | None:
    return next((kind for network, kind in special if ip in network), None)


def _kind_outside(ip: ipaddress.IPv6Address) -> str:
    if ip.is_loopback:
        return "a loopback address"
    if ip.is_link_local:
        return "a link-local address"
    if ip.is_multicast:
        return "a multicast address"
    return "a private address" if ip.is_private else "a reserved address"


def _embedded(ip: IPAddress) -> IPAddress:
    """The IPv4 address that is really meant: mapped, behind NAT64, or 6to4. Else the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.sixtofour or ip


_exempt: ContextVar[bool] = ContextVar("monitor_guard_exempt", default=False)


def _network(entry: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(entry.strip().strip("[]"), strict=False)
    except ValueError:
        return None


def _name(entry: str) -> str:
    """The entry as a host name in the form in which requests carry it."""
    bare = entry.strip()
    name = host_of(f"http://{bare}/")
    if not name or any(mark in bare for mark in "/:@?#*"):
        raise ConfigError(
            f"{entry!r} is neither a network nor a host name",
            "[fetch] allow_hosts",
            "write for example '10.0.0.0/8', '::1' or 'intranet.example', without scheme and port",
        )
    return name
