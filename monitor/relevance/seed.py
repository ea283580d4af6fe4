"""The seed profile: from an article that shows what a topic is about to figures that travel without it.

Also the one place that knows what a page's boilerplate tail looks like (`cut_tail`), for seeds and for
judged texts alike. How near a text is to a profile is measured in `signals.py`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError, UsageError
from monitor.relevance.tails import cut_tail
from monitor.relevance.vectors import MODEL, WIDTH, embed
from monitor.words import tokens

__all__ = [
    "Profile",
    "SeedArticle",
    "SeedSource",
    "build_profile",
    "cut_tail",
    "load_profile",
    "save_profile",
]

FORMAT = 1
TERMS_KEPT = 80  # the rest of a 900-word seed are words that it used once
FEWEST_WORDS = 50  # a shorter seed says too little about its topic
MADE_HOW = (
    "boilerplate tail cut; tf-idf of words and word pairs against the shipped document frequencies, "
    "the strongest kept; one mean embedding a seed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedArticle:
    """An article that shows what a topic is about."""

    title: str
    text: str
    url: str | None = None
    sha256: str | None = None  # of the file it came from; None: of title and text


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSource:
    """Where a profile's figures come from."""

    title: str
    sha256: str
    words: int  # used, after the tail was cut
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is kept of the seeds: weights and vectors, never their text."""

    terms: tuple[tuple[str, float], ...]  # word or 'word pair', strongest first; squares add up to 1
    vectors: tuple[tuple[float, ...], ...]  # one a seed, of length 1
    sources: tuple[SeedSource, ...]
    made_on: date
    made_how: str = MADE_HOW
    model: str = MODEL  # the vectors mean nothing to another one

    @property
    def fingerprint(self) -> str:
        """What of it can change a score, hashed; the provenance does not count."""
        figures = json.dumps([self.model, self.terms, [_pack(vector) for vector in self.vectors]])
        return hashlib.sha256(figures.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """How common words are, and what all texts have in common: figures made by benchmarks/background.py."""

    documents: int
    frequencies: Mapping[str, int]  # in how many of the documents a word occurs
    centre: tuple[float, ...]  # mean of the documents' vectors
    fingerprint: str  # of all of it: part of each topic's version

    def rarity(self, word: str) -> float:
        """Inverse document frequency, smoothed: 0 for words of every text, about 8 for unseen ones."""
        return math.log((self.documents + 1) / (self.frequencies.get(word, 0) + 0.5))


@cache
def background() -> Background:
    """The shipped figures; read once a process (10 ms)."""
    raw = files("monitor.relevance").joinpath("background.json").read_bytes()
    content = json.loads(raw)
    words: dict[str, int] = {}
    for count, joined in content["words_by_frequency"].items():
        words.update(dict.fromkeys(joined.split(), int(count)))
    return Background(
        documents=content["documents"],
        frequencies=words,
        centre=_unpack(content["centre"]),
        fingerprint=hashlib.sha256(raw).hexdigest()[:12],
    )


def build_profile(articles: Sequence[SeedArticle], now: date) -> Profile:
    """The profile of one or several seeds. Raises UsageError for none, and for one without enough words."""
    if not articles:
        raise UsageError("a profile needs at least one article")
    bodies = [cut_tail(article.text) for article in articles]
    weights: dict[str, float] = {}
    sources = []
    for article, body in zip(articles, bodies, strict=True):
        words = [token.text for token in tokens(f"{article.title}\n{body}")]
        if len(words) < FEWEST_WORDS:
            mend = f"it takes {FEWEST_WORDS} words or more once related posts are cut"
            raise UsageError(f"only {len(words)} words", article.title or "seed", mend)
        for term, weight in seed_weights(words, article.title).items():
            weights[term] = weights.get(term, 0.0) + weight / len(articles)
        sources.append(
            SeedSource(
                title=article.title,
                sha256=article.sha256 or _digest(article),
                words=len(words),
                url=article.url,
            )
        )
    rows = embed([f"{article.title}\n{body}" for article, body in zip(articles, bodies, strict=True)])
    return Profile(
        terms=_strongest(weights),
        vectors=tuple(_unpack(_pack(tuple(float(x) for x in row))) for row in rows),
        sources=tuple(sources),
        made_on=now,
    )


def seed_weights(words: Sequence[str], title: str) -> dict[str, float]:
    """A seed's weights: of words that it uses twice or has in its title; the rest are its author's whims."""
    counts = Counter(words)
    in_title = {token.text for token in tokens(title)}
    return {
        term: weight
        for term, weight in term_weights(words).items()
        if " " in term or counts[term] > 1 or term in in_title
    }


def term_weights(words: Sequence[str]) -> dict[str, float]:
    """tf-idf of a text's words and word pairs: (1 + ln count) * rarity, pairs from their second use on."""
    rarity = background().rarity
    counts = Counter(word for word in words if not word.isdigit() and len(word) > 1)
    weights = {word: (1 + math.log(count)) * rarity(word) for word, count in counts.items()}
    pairs = Counter(pairwise(words))
    for (first, second), count in pairs.items():
        if count > 1 and first in counts and second in counts and min(rarity(first), rarity(second)) > 1:
            weights[f"{first} {second}"] = (1 + math.log(count)) * (rarity(first) + rarity(second)) / 2
    return weights


def save_profile(profile: Profile, path: Path) -> None:
    """The profile as a JSON file that can be read and compared by people; vectors as base64 of float16."""
    content = {
        "format": FORMAT,
        "made_on": profile.made_on.isoformat(),
        "made_how": profile.made_how,
        "model": profile.model,
        "sources": [
            {"title": s.title, "url": s.url, "sha256": s.sha256, "words": s.words} for s in profile.sources
        ],
        "terms": dict(profile.terms),
        "vectors": [_pack(vector) for vector in profile.vectors],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_profile(path: Path) -> Profile:
    """A profile read and checked. Raises ConfigError when the file is missing or is no profile of ours."""
    mend = "build it with `monitor seed build ARTICLE --out PROFILE`"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", str(path), mend) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(f"is not JSON: {error}", str(path), mend) from None
    try:
        profile = _profile(content)
    except (KeyError, TypeError, ValueError, AttributeError, struct.error, binascii.Error) as error:
        raise ConfigError(f"is no seed profile ({_fault(error)})", str(path), mend) from None
    if profile.model != MODEL:
        what = f"was made with '{profile.model}', this program uses '{MODEL}'"
        raise ConfigError(what, str(path), mend)
    return profile


def _profile(content: Mapping[str, Any]) -> Profile:
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}")
    found = Profile(
        terms=tuple((str(term), float(weight)) for term, weight in content["terms"].items()),
        vectors=tuple(_unpack(vector) for vector in content["vectors"]),
        sources=tuple(
            SeedSource(title=str(s["title"]), url=s["url"], sha256=str(s["sha256"]), words=int(s["words"]))
            for s in content["sources"]
        ),
        made_on=date.fromisoformat(content["made_on"]),
        made_how=str(content["made_how"]),
        model=str(content["model"]),
    )
    figures = [weight for _, weight in found.terms] + [x for vector in found.vectors for x in vector]
    if not found.terms or not found.vectors or not all(map(math.isfinite, figures)):
        raise ValueError("its figures are missing or not finite")
    return found


def _fault(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _strongest(weights: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:TERMS_KEPT]
    length = math.sqrt(sum(weight * weight for _, weight in ranked)) or 1.0
    return tuple((term, round(weight / length, 4)) for term, weight in ranked)


def _digest(article: SeedArticle) -> str:
    return hashlib.sha256(f"{article.title}\n{article.text}".encode()).hexdigest()


def _pack(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}e", *vector)).decode()


def _unpack(packed: str) -> tuple[float, ...]:
    raw = base64.b64decode(packed, validate=True)
    if len(raw) != 2 * WIDTH:
        raise ValueError(f"a vector of {len(raw) // 2} figures instead of {WIDTH}")
    return struct.unpack(f"<{WIDTH}e", raw)
