"""What a feed may be asked with beyond the usual: a password, headers, cookies, from files of their own.

Read at every request, so that a renewed cookie needs no restart. Sent to the feed's own host and to no
other; their contents appear in no message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from monitor.intake.proxies import basic
from monitor.model.feed import Feed

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2

# A file of cookies for a whole browser is smaller; a path to something else may be endless.
MAX_FILE = 1_000_000


class Unusable(Exception):
    """One of a feed's files cannot be used; the message is for people and holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One line of a Netscape cookies.txt."""

    domain: str  # lower case, without a leading dot
    subdomains: bool
    path: str
    secure: bool
    expires: int  # seconds since 1970; 0: with the session
    name: str
    value: str

    def fits(self, url: httpx.URL, now: datetime) -> bool:
        if self.secure and url.scheme != "https":
            return False
        if self.expires and self.expires < now.timestamp():
            return False
        host = url.host.lower()
        same_host = host == self.domain or (self.subdomains and host.endswith(f".{self.domain}"))
        return same_host and _under(url.path, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """All that is sent along to one origin."""

    origin: httpx.URL
    authorization: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[Cookie, ...] = ()

    def for_url(self, url: httpx.URL, now: datetime) -> dict[str, str]:
        """The headers for a request to this address: none unless it is the feed's own origin.

        The same host on https is its own too where the feed's address says http; never the other way.
        """
        if not _same_origin(self.origin, url):
            return {}
        found = {"Authorization": self.authorization} if self.authorization else {}
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.cookies if one.fits(url, now))
        if cookies:
            found["Cookie"] = cookies
        return found | dict(self.headers)


def read_credentials(feed: Feed) -> Credentials:
    """What this feed's address and files hold; Unusable where a file cannot be read or understood."""
    origin = httpx.URL(feed.url)
    authorization = basic(origin.username, origin.password) if origin.userinfo else None
    if feed.auth_file:
        authorization = _read_auth(feed.auth_file)
    return Credentials(
        origin=origin,
        authorization=authorization,
        headers=_read_headers(feed.header_file) if feed.header_file else (),
        cookies=_read_cookies(feed.cookie_file) if feed.cookie_file else (),
    )


def _read_auth(path: str) -> str:
    lines = _lines(path, "auth_file")
    user, colon, password = lines[0].partition(":") if lines else ("", "", "")
    if not colon or not user:
        raise Unusable(f"auth_file {path}: its first line is not 'user:password'")
    return basic(user, password)


def _read_headers(path: str) -> tuple[tuple[str, str], ...]:
    headers = []
    for number, line in enumerate(_lines(path, "header_file"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if not colon or not HEADER_NAME.fullmatch(name.strip()) or not _sendable(value.strip()):
            raise Unusable(f"header_file {path}, line {number}: not 'Name: value'")
        headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _read_cookies(path: str) -> tuple[Cookie, ...]:
    cookies = []
    for number, line in enumerate(_lines(path, "cookie_file"), start=1):
        text = line.removeprefix("#HttpOnly_")  # a mark of curl and of browsers' exports, not a comment
        if not text.strip() or text.startswith("#"):
            continue
        cookie = _cookie(text.split("\t"))
        if cookie is None:
            raise Unusable(f"cookie_file {path}, line {number}: not a line of a Netscape cookies.txt")
        cookies.append(cookie)
    return tuple(cookies)


def _cookie(fields: list[str]) -> Cookie | None:
    if len(fields) != 7 or not fields[4].removeprefix("-").isascii() or not _sendable(fields[5] + fields[6]):
        return None
    domain, subdomains, path, secure, expires, name, value = fields
    try:
        lasts_until = max(0, int(float(expires or 0)))
    except (ValueError, OverflowError):
        return None
    return Cookie(
        domain=domain.lstrip(".").lower(),
        subdomains=subdomains.upper() == "TRUE",
        path=path or "/",
        secure=secure.upper() == "TRUE",
        expires=lasts_until,
        name=name,
        value=value,
    )


def _lines(path: str, option: str) -> list[str]:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(MAX_FILE).splitlines()
    except OSError as exc:
        raise Unusable(f"cannot read {option} {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise Unusable(f"cannot read {option} {path}: it is not UTF-8 text") from exc


def _sendable(value: str) -> bool:
    return not any(char < " " or char == "\x7f" for char in value.replace("\t", " "))


def _under(path: str, prefix: str) -> bool:
    """Whether a cookie for `prefix` goes to `path` (RFC 6265, 5.1.4)."""
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else f"{prefix}/")


def _same_origin(own: httpx.URL, other: httpx.URL) -> bool:
    if own.host != other.host:
        return False
    if (own.scheme, _port(own)) == (other.scheme, _port(other)):
        return True
    return (own.scheme, _port(own), other.scheme, _port(other)) == ("http", 80, "https", 443)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
