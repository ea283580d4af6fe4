"""How a value is written in the configuration: durations, sizes, clock times, zones, lists, addresses."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from datetime import time, timedelta
from email.headerregistry import Address
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field

from monitor.urls import mask

SECONDS_BY_UNIT = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
BYTES_BY_UNIT = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KIB": 1024,
    "MIB": 1024**2,
    "GIB": 1024**3,
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_duration(value: Any) -> Any:
    """'90s', '10m', '1h30m' to a timedelta; what is no text passes through to be refused by its type."""
    if isinstance(value, timedelta):
        return value
    text = str(value).replace(" ", "").lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", text)
    if isinstance(value, bool) or not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(
            f"{value!r} is no duration; write a number with its unit, as '90s', '10m', '24h' or '14d'"
        )
    try:
        return timedelta(seconds=sum(float(number) * SECONDS_BY_UNIT[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError(f"{value!r} is longer than any calendar") from None


def parse_size(value: Any) -> Any:
    """'5MB' to bytes; MB is a million, MiB is 1024 squared."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)", str(value).strip())
    if isinstance(value, bool) or not match or match[2].upper() not in BYTES_BY_UNIT:
        raise ValueError(f"{value!r} is no size; write a number with its unit, as '500KB' or '5MB'")
    try:
        return int(float(match[1]) * BYTES_BY_UNIT[match[2].upper()])
    except OverflowError:
        raise ValueError(f"{value!r} is larger than any file") from None


def parse_clock(value: Any) -> Any:
    """'07:00' to a time of day; TOML's own local time passes."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", str(value).strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"{value!r} is no time of day; write it as '07:00'")
    return time(int(match[1]), int(match[2]))


def parse_list(value: Any) -> Any:
    """From the environment a list is JSON or text parted by commas; in the file it is a list."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError(f"{value!r} is no list; write it as JSON, or parted by commas") from None
    return [part.strip() for part in value.split(",") if part.strip()]


def parse_zone(value: Any) -> Any:
    """An IANA zone that this machine knows."""
    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise ValueError(f"{value!r} is no time zone{nearest(str(value), available_timezones())}") from None
    return value


def parse_days(value: Any) -> Any:
    """'daily', 'weekdays', or names of days, also short, as a tuple of full lower-case names."""
    if value == "daily":
        return WEEKDAYS
    if value == "weekdays":
        return WEEKDAYS[:5]
    names = parse_list(value)
    if not isinstance(names, (list, tuple)) or not names:
        raise ValueError(
            f"{value!r} is no choice of days; write 'daily', 'weekdays' or ['monday', 'thursday']"
        )
    return tuple(day for day in WEEKDAYS if day in {full_day(str(name)) for name in names})


def full_day(name: str) -> str:
    """'Mon' or 'monday' to 'monday'."""
    for day in WEEKDAYS:
        if len(name) >= 3 and day.startswith(name.lower()):
            return day
    raise ValueError(
        f"{name!r} is no day of the week{nearest(name.lower(), (*WEEKDAYS, 'daily', 'weekdays'))}"
    )


def parse_web_address(value: Any) -> Any:
    """An http(s) address with a host."""
    try:
        parts = urlsplit(str(value))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", str(value)):
        shown = without_secrets(str(value))
        raise ValueError(f"{shown!r} is no web address; it begins with https:// or http://")
    return value


def parse_proxy(value: Any) -> Any:
    """An HTTP proxy's address, or '' for none. It is not quoted in the error: it may hold a password."""
    if value == "":
        return None
    try:
        return parse_web_address(value)
    except ValueError:
        raise ValueError("this is no proxy's address; write it as 'http://proxy.example.org:3128'") from None


def parse_mail_address(value: Any) -> Any:
    """'reader@example.org' or 'Reader <reader@example.org>'; kept as written."""
    text = str(value).strip()
    bare = text[text.rfind("<") + 1 :].rstrip(">") if text.endswith(">") else text
    try:
        domain = Address(addr_spec=bare).domain
    except Exception:  # email's parser raises many kinds, private ones too, for malformed addresses
        domain = ""
    if not domain and not (bare.count("@") == 1 and bare.isprintable() and not bare.isascii()):
        raise ValueError(f"{value!r} is no mail address; write it as 'name@example.org'")
    return text


def parse_allowed_host(value: Any) -> Any:
    """A CIDR, an address or a host name."""
    text = str(value).strip()
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        if "/" in text or not re.fullmatch(r"[\w.-]+", text) or re.fullmatch(r"[\d.]+", text):
            raise ValueError(f"{value!r} is neither a network as '10.0.0.0/8' nor a host name") from None
    return text


def without_secrets(url: str) -> str:
    """An address as an error may show it, also one that lacks its scheme."""
    return mask(url) if "://" in url else re.sub(r"^[^/]*@", "***@", url)


def nearest(word: str, choices: Iterable[object]) -> str:
    """'; did you mean ...?' for the nearest of the choices, '' where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, [str(choice) for choice in choices], n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
PositiveDuration = Annotated[Duration, Field(gt=timedelta(0))]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Clock = Annotated[time, BeforeValidator(parse_clock)]
Zone = Annotated[str, BeforeValidator(parse_zone)]
Days = Annotated[tuple[str, ...], BeforeValidator(parse_days)]
WebAddress = Annotated[str, BeforeValidator(parse_web_address)]
MailAddress = Annotated[str, BeforeValidator(parse_mail_address)]
AllowedHosts = Annotated[
    tuple[Annotated[str, BeforeValidator(parse_allowed_host)], ...], BeforeValidator(parse_list)
]
Words = Annotated[tuple[str, ...], BeforeValidator(parse_list)]
