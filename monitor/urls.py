"""Web addresses: one form for each page, the site it belongs to, and what of it may be shown.

Text in, text out. Nothing is fetched or resolved here; which addresses may be reached is
`intake/guard.py`'s affair.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

# The sitemap protocol's limit, and what old browsers and proxies take. It also keeps an address within
# a Postgres index row (2,704 bytes).
MAX_LENGTH = 2048

DEFAULT_PORTS = {"http": 80, "https": 443}


def _each(words: str) -> frozenset[str]:
    """A table of words, written as one text so that it stays readable."""
    return frozenset(words.split())


# What links carry so that a publisher's statistics know where a reader came from. The page is the same
# without. Ambiguous names ('ref', 'source', 'id') stay: on some sites they choose the page.
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "hsa_", "at_custom", "at_medium", "at_campaign")
TRACKING_NAMES = _each(
    """
    fbclid gclid gclsrc dclid wbraid gbraid msclkid yclid twclid ttclid igshid igsh li_fat_id mc_cid
    mc_eid _hsenc _hsmi hsctatracking mkt_tok oly_anon_id oly_enc_id vero_id _openstat ns_campaign
    ns_mchannel ns_source ns_linkname ns_fee cmpid s_cid wt_mc wt.mc_id xtor guccounter guce_referrer
    guce_referrer_sig ftag __twitter_impression ocid spm sr_share smid trk_contact trk_msg trk_module
    """
)

# Names of query values that let in whoever knows them.
SECRET_NAME = re.compile(
    r"(?:^|[._-])(?:token|key|api_?key|auth|authorization|secret|pass|passwd|password|pwd|sig|signature|"
    r"session|sessionid|sid|jwt|code|credentials?|user_?hash|hash|hmac|access)(?:$|[._-])|token$|apikey$|"
    r"secret$|^auth",
    re.IGNORECASE,
)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
OPAQUE = re.compile(r"[A-Za-z0-9_]{20,}")
URL_IN_TEXT = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,40}://[^\s\"'<>]+")
MASK = "***"

WHOLE = re.compile(r"https?://", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
EDGES = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff\u200b"
NOT_IN_URL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
HOST_NAME = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)


def canonical(url: str) -> str | None:
    """The form under which an address is known; two spellings of one page give one form.

    Scheme and host in lower case (host as IDNA), no default port, user info, fragment or tracking
    parameters, dot segments resolved, percent-escapes in one spelling. Order of the query, trailing
    slashes and letter case of the path stay: servers may tell them apart. None where it is no http(s)
    address with a host, or too long. `canonical(canonical(x)) == canonical(x)`.
    """
    parts = _split(url)
    if parts is None or (authority := _authority(parts)) is None:
        return None
    path = _without_dots(_escaped(parts.path)) or "/"
    query = "&".join(pair for pair in _escaped(parts.query).split("&") if pair and not _tracks(pair))
    form = urlunsplit((parts.scheme, authority, path, query, ""))
    return form if len(form) <= MAX_LENGTH else None


def site(url: str) -> str:
    """Scheme, host and port (unless it is the default): 'https://example.org'. '' where there is none."""
    parts = _split(url)
    authority = _authority(parts) if parts else None
    return f"{parts.scheme}://{authority}" if parts and authority else ""


def host(url: str) -> str:
    """The host in lower case, as IDNA, without port or brackets. '' where there is none."""
    parts = _split(url)
    return (_host_of(parts) or "").strip("[]") if parts else ""


def same_site(a: str, b: str) -> bool:
    """Whether two addresses belong to one publisher, as far as names can tell: one registrable domain.

    Where there is no such domain (an IP address, a bare host name such as 'localhost'), host and port
    must be equal.
    """
    owner = _owner(a)
    return bool(owner) and owner == _owner(b)


def absolute(link: str | None, base: str | None = None) -> str | None:
    """A link as a page or a feed gives it, resolved against where it stood; None unless it is http(s).

    Blanks and control characters around and inside are mended as browsers do. The result is not
    canonicalised: it keeps its fragment and every parameter.
    """
    if not link or not (tidy := _tidy(link)):
        return None
    try:
        resolved = tidy if WHOLE.match(tidy) or not base else urljoin(_tidy(base), tidy)
    except ValueError:  # a malformed host such as 'http://[x'
        return None
    parts = _split(resolved)
    if parts is None or _authority(parts) is None:
        return None
    return resolved.replace(" ", "%20")


def mask(text: str) -> str:
    """The text with whatever would let a reader in replaced by ***, in every URL inside it.

    User info, query values with a telling name, and parts of path or query that look like a random
    token. For logs, listings and error messages. Idempotent.
    """
    return URL_IN_TEXT.sub(lambda found: _masked(found[0]), text)


def mask_user_info(text: str) -> str:
    """The text with the user info of every URL inside it replaced by ***, and nothing else.

    For the addresses of articles, which are public: an id that looks random is what makes the page found.
    """
    return re.sub(r"(?<=://)[^/?#\s]*@", f"{MASK}@", text)


# ---- one address taken apart


def _tidy(url: str) -> str:
    """Without blanks around it and control characters inside (a feed may break a link over lines)."""
    return CONTROLS.sub("", url.strip(EDGES)).strip(EDGES)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(_tidy(url))
    except ValueError:
        return None
    return parts if parts.scheme in DEFAULT_PORTS else None


def _authority(parts: SplitResult) -> str | None:
    name = _host_of(parts)
    if name is None:
        return None
    try:
        port = parts.port
    except ValueError:  # letters, or beyond 65535
        return None
    return name if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"


def _host_of(parts: SplitResult) -> str | None:
    """Host as ASCII; IPv6 in brackets. None where no resolver could take it."""
    name = parts.hostname
    if not name:
        return None
    if ":" in name:
        return _ipv6(name)
    return _ascii_host(name.rstrip("."))


def _ipv6(name: str) -> str | None:
    try:
        return f"[{ipaddress.IPv6Address(name).compressed}]"
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _ascii_host(name: str) -> str | None:
    if not name.isascii():
        import idna  # 10 ms that only a foreign host name needs to pay

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    name = name.lower()
    return name if len(name) <= 253 and HOST_NAME.fullmatch(name) else None


def _escaped(text: str) -> str:
    """Percent-escapes in one spelling: what needs none is plain, the rest in capitals."""
    text = NOT_IN_URL.sub(_escape, LONE_PERCENT.sub("%25", text))
    return ESCAPE.sub(_tidy_escape, text)


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))


def _tidy_escape(found: re.Match[str]) -> str:
    byte = int(found[1], 16)
    return chr(byte) if byte in UNRESERVED else f"%{byte:02X}"


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, for a path that starts at the root."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)


def _owner(url: str) -> str:
    """What two addresses of one publisher have in common."""
    parts = _split(url)
    authority = _authority(parts) if parts else None
    if not parts or not authority:
        return ""
    name = host(url)
    return _registrable(name) or authority


@lru_cache(maxsize=4096)
def _registrable(name: str) -> str | None:
    if "." not in name or ":" in name or re.fullmatch(r"[0-9.]+", name):
        return None
    # 40 ms and a table of suffixes (inside the package; nothing is fetched): only when it is needed.
    from tld import get_fld

    found: str | None = get_fld(f"http://{name}/", fail_silently=True, search_private=True)
    return found or ".".join(name.split(".")[-2:])  # reserved and inner names such as 'news.example'


# ---- what may be shown


def _masked(url: str) -> str:
    scheme, _, rest = url.partition("://")
    # A password may hold an unescaped '@': all before the last one is secret.
    authority, mark, tail = _cut(rest, "/?#")
    if "@" in authority:
        authority = f"{MASK}@{authority.rpartition('@')[2]}"
    path, query_mark, query = _cut(mark + tail, "?")
    path = re.sub(r"[^/#]+", lambda found: MASK if _opaque(found[0]) else found[0], path)
    return f"{scheme}://{authority}{path}{query_mark}{_masked_query(query)}"


def _masked_query(query: str) -> str:
    return re.sub(r"([^&;=#]*)=([^&;#]*)", _masked_value, query)


def _masked_value(pair: re.Match[str]) -> str:
    name, value = pair[1], pair[2]
    secret = value and (SECRET_NAME.search(name) or _opaque(value))
    return f"{name}={MASK if secret else value}"


def _opaque(value: str) -> bool:
    """Whether a machine drew it, as far as looks tell: long, no hyphens, digits among letters."""
    if UUID.fullmatch(value):
        return True
    digits = sum(map(str.isdigit, value))
    return bool(OPAQUE.fullmatch(value)) and digits >= 3 and len(value) - digits >= 3


def _cut(text: str, marks: str) -> tuple[str, str, str]:
    """Like `partition`, at the first of several marks."""
    found = re.search(f"[{re.escape(marks)}]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")
