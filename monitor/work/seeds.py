"""Seed profiles made from files and addresses, and described for people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from monitor import clock
from monitor.config import FetchSection
from monitor.errors import UsageError
from monitor.relevance.seed import SeedArticle, build_profile, load_profile, save_profile
from monitor.relevance.topics import SHIPPED
from monitor.work.scoring import text_of


def build_from(sources: Sequence[str], section: FetchSection, out: Path) -> str:
    """Write the profile of these articles; returns its fingerprint. Raises UsageError."""
    articles = [seed_article(source, section) for source in sources]
    try:
        profile = build_profile(articles, clock.now().date())
    except UsageError as error:
        raise UsageError(error.what, ", ".join(sources), error.mend) from None
    try:
        save_profile(profile, out)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", str(out)) from None
    return profile.fingerprint


def seed_article(source: str, section: FetchSection) -> SeedArticle:
    """An article with its title: a plain text's is its first line."""
    text = text_of(source, section, "")
    title, body = text.title, text.body
    if not title:
        first, _, rest = body.strip().partition("\n")
        title, body = (first.strip(), rest.strip()) if rest.strip() else ("", first)
    return SeedArticle(
        title=title,
        text=body,
        url=source if source.startswith("http") else None,
        sha256=hashlib.sha256(text.body.encode()).hexdigest(),
    )


def describe(path: Path | None) -> dict[str, Any]:
    """A profile in words and figures; the shipped one without a path. Raises ConfigError."""
    if path is not None:
        profile = load_profile(path)
    else:
        with as_file(files("monitor.relevance").joinpath("profiles", f"{SHIPPED}.json")) as shipped:
            profile = load_profile(shipped)
    return {
        "fingerprint": profile.fingerprint,
        "made": f"{profile.made_on}: {profile.made_how}",
        "sources": [asdict(source) for source in profile.sources],
        "terms": [list(term) for term in profile.terms],
        "vectors": len(profile.vectors),
    }
