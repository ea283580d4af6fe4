"""Through which proxy an address is asked: `[fetch] proxy` and `no_proxy`, and a feed's own.

Decides, connects to nothing. The environment's variables play no part.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterable

import httpx

from monitor.errors import ConfigError
from monitor.urls import host as host_of
from monitor.urls import mask

SCHEMES = ("http", "https")


class Proxies:
    """The configured proxy, and the hosts that are asked without it.

    `no_proxy` is a list, or one text with commas: host names (with all their subdomains; a leading dot
    changes nothing), addresses, networks, or `*` for all.
    """

    def __init__(self, proxy: str | None = None, no_proxy: str | Iterable[str] | None = None) -> None:
        if proxy:
            read_proxy(proxy, "[fetch] proxy")
        entries = no_proxy.split(",") if isinstance(no_proxy, str) else no_proxy or ()
        self._proxy = proxy or None
        self._direct = tuple(entry.strip().lower() for entry in entries if entry.strip())

    def choose(self, url: str, own: str | None = None) -> str | None:
        """The proxy for this address, or None for a direct connection. A feed's own beats the rest."""
        if own:
            return own
        host = host_of(url)
        return (
            None
            if self._proxy is None or any(_covers(entry, host) for entry in self._direct)
            else self._proxy
        )


def read_proxy(proxy: str, where: str) -> httpx.Proxy:
    """The address of a proxy as the transport takes it; ConfigError where it is none that we can use."""
    mend = "write for example 'http://proxy.example:3128'"
    try:
        url = httpx.URL(proxy)
    except httpx.InvalidURL as exc:
        raise ConfigError("this is not the address of a proxy", where, mend) from exc
    if url.scheme not in SCHEMES or not url.host:
        raise ConfigError(f"{mask(proxy)!r} is not the address of an HTTP proxy", where, mend)
    bare = url.copy_with(username=None, password=None)
    if not url.userinfo:
        return httpx.Proxy(bare)
    # Under this name aiohttp takes it out again and sends it, as Proxy-Authorization, to the proxy only:
    # with the request itself for http, with CONNECT for https.
    return httpx.Proxy(bare, headers={"Authorization": basic(url.username, url.password)})


def basic(user: str, password: str) -> str:
    """The value of a Basic Authorization header (RFC 7617, in UTF-8)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _covers(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        name = entry.lstrip(".")
        return host == name or host.endswith(f".{name}")
