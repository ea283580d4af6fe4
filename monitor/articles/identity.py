"""Under which addresses an article is known, and what its text is recognised by. Pure.

Two articles that share an address are merged, so an address that many articles may share is none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from monitor.model.article import Fingerprint
from monitor.model.web import Hop
from monitor.urls import canonical as canonical_form
from monitor.urls import host, same_site
from monitor.words import fold, tokens

# Lines at either end of a text that carry no report: bylines, dates, credits, the outlet's name.
EDGE_LINES = 3
EDGE_LINE_WORDS = 8  # a line with fewer words may be one of them
CREDIT = re.compile(
    r"^(?:[-–—(\[]\s*)?(?:by\b|(?:additional )?reporting by|editing by|writing by|compiled by|copyright\b|©"
    r"|source\s*:|\(?(?:ap|afp|reuters|dpa|ansa|efe|upi|pti|tass|kyodo)\)?\s*$"
    r"|this (?:article|story|report) (?:was|is|first) )",
    re.IGNORECASE,
)
# 'BRUSSELS, Nov 24 (Agency) - ', 'Berlin (dpa) – ': the place and the agency before the first sentence.
DATELINE = re.compile(r"^[^\n!?]{2,60}?(?:\([^)\n]{2,20}\)\s*[-–—:]*|\s[–—])\s+(?=\S)")

SHARED_HOST = re.compile(
    r"^(?:consent|cmp|login|signin|auth|accounts?|sso|idp|cookies?|privacy|gdpr)[.-]|\.privacy-mgmt\."
)
SHARED_PAGE = re.compile(
    r"^(?:log-?in|sign-?in|sign-?up|register|registration|subscribe|subscription|abo|consent|collectconsent"
    r"|cookie-?wall|privacy-?gate|captcha|blocked|denied|errors?|404|not-?found|unavailable|search)"
    r"(?:\.(?:html?|php|aspx?|jsp))?$",
    re.IGNORECASE,
)
FRONT_PAGE = re.compile(
    r"^/?(?:(?:index|home|default|start)(?:\.(?:html?|php|aspx?|jsp))?)?/?$", re.IGNORECASE
)
# What may follow an article's address without being another page.
SAME_PAGE_PARTS = frozenset(("amp", "amp.html", "amphtml", "print", "index.html", "index.php"))


def fingerprint(text: str) -> Fingerprint:
    """What a text is recognised by: its words without case, punctuation, credits and dateline."""
    words = [token.text for line in _report_lines(text) for token in tokens(line)]
    if not words:
        return Fingerprint()
    digest = hashlib.sha256(" ".join(words).encode("utf-8", "replace")).hexdigest()
    return Fingerprint(text_hash=digest, words=len(words))


def article_addresses(
    listed: str, hops: Sequence[Hop], final_url: str, canonical: str | None
) -> tuple[tuple[str, str], ...]:
    """Address and kind (listed, redirect, final, canonical) of all that lead to this article alone.

    Each in canonical form, once, the listed one first. A redirect's target that is a front, login, consent or
    error page is left out, and so is a rel=canonical that leaves the site or names such a page or a section.
    """
    forms = [(canonical_form(address), kind) for address, kind in _claimed(listed, hops, final_url)]
    found: dict[str, str] = {}
    for form, kind in forms:
        if form is not None and (kind == "listed" or not is_shared_page(form)):
            found.setdefault(form, kind)
    page, kind = forms[-1]
    claimed = canonical_form(canonical or "")
    if page in found and kind == "final" and claimed is not None and plausible_canonical(claimed, page):
        found.setdefault(claimed, "canonical")
    return tuple(found.items())


def is_shared_page(url: str) -> bool:
    """Whether many articles may lead here: a front page, or one for login, consent, errors or search."""
    parts = urlsplit(url)
    if FRONT_PAGE.match(parts.path):
        return not parts.query
    last = parts.path.rstrip("/").rsplit("/", 1)[-1]
    return SHARED_HOST.search(host(url)) is not None or SHARED_PAGE.match(last) is not None


def plausible_canonical(canonical: str, final_url: str) -> bool:
    """Whether a page's rel=canonical can name it: on the site, no shared page, not the section above it."""
    return (
        same_site(canonical, final_url)
        and not is_shared_page(canonical)
        and not is_section_of(canonical, final_url)
    )


def is_section_of(url: str, page: str) -> bool:
    """Whether an address is the folder that a page lies in: '/news/' for '/news/a-story'."""
    above, below = _path_parts(url), _path_parts(page)
    rest = below[len(above) :]
    if urlsplit(url).query or not same_site(url, page) or below[: len(above)] != above or not rest:
        return False
    return not all(part in SAME_PAGE_PARTS or part.isdigit() for part in rest)


def _claimed(listed: str, hops: Sequence[Hop], final_url: str) -> Iterator[tuple[str, str]]:
    yield listed, "listed"
    # Whoever ends on a shared page came by addresses that say nothing about the article either.
    if final_url != listed and (is_shared_page(final_url) or is_section_of(final_url, listed)):
        return
    yield from ((hop.url, "redirect") for hop in hops)
    yield final_url, "final"


def _path_parts(url: str) -> list[str]:
    return [part for part in urlsplit(url).path.lower().split("/") if part]


def _report_lines(text: str) -> list[str]:
    """The lines of the report itself; all of them where nothing but short lines is there."""
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    kept = _without_edge(_without_edge(lines)[::-1])[::-1] or lines
    return [DATELINE.sub("", kept[0]), *kept[1:]] if kept else []


def _without_edge(lines: list[str]) -> list[str]:
    start = 0
    while start < min(EDGE_LINES, len(lines)) and _is_furniture(lines[start]):
        start += 1
    return lines[start:]


def _is_furniture(line: str) -> bool:
    return len(fold(line).split()) < EDGE_LINE_WORDS or CREDIT.match(line) is not None
