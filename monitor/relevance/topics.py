"""Topics: from what the configuration says (`TopicSpec`) to all that a judge needs (`Topic`), loaded once.

The only module of this room that reads files. The heavy parts (numpy, the embedding model) are loaded in
`load_topic`, never at import, so that commands that do not judge never pay for them.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ConfigError
from monitor.relevance import vectors
from monitor.relevance.match import Matcher
from monitor.relevance.rules import (
    DEFAULT_WITHIN,
    Facet,
    Phrase,
    Rules,
    Term,
    closest,
    parse_list,
    parse_terms,
)
from monitor.relevance.seed import Profile, background, load_profile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHIPPED = "open-source-ai-policy"
JUDGE = 1  # the judge's own code: raised whenever the same topic and text could get another score
DEFAULT_THRESHOLD = 0.5
LARGEST_WITHIN = 400  # words
SHOWN = 12  # rules of a kind, in an explanation
# For topics without a model of their own: three terms of weight 1, facets that meet at 0.4 or a likeness
# of 0.3 reach one half. Set by hand; the likeness of unrelated pages to a seed is about 0.05 (0.15 at most).
DEFAULT_MODEL: Mapping[str, float] = {
    "bias": -3.0,
    "terms": 1.0,
    "passage": 7.5,
    "seed": 10.0,
    "meaning": 4.0,
}

KEYS = ("name", "profile", "threshold", "terms", "require", "exclude", "facets", "within", "for", "against")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """One [[topics]] table of the configuration: plain values that hash and pickle, nothing loaded.

    A topic named like the shipped one starts from the shipped rules, sentences and profile, and adds to
    them; any other has only what it says here.
    """

    name: str = SHIPPED
    profile: str | None = None  # path; None: the shipped topic's, or none
    threshold: float | None = None  # None: the shipped topic's, or 0.5
    terms: tuple[str, ...] = ()
    require: tuple[tuple[str, ...], ...] = ()
    exclude: tuple[str, ...] = ()
    facets: tuple[tuple[str, tuple[str, ...]], ...] = ()  # name and rules
    within: int | None = None  # words
    sentences_for: tuple[str, ...] = ()  # `for` in the file
    sentences_against: tuple[str, ...] = ()  # `against` in the file

    @classmethod
    def from_config(cls, table: Mapping[str, Any], where: str = "[[topics]]") -> TopicSpec:
        """The table checked for keys and shapes; the rules themselves are read by `load_topic`."""
        for key in table:
            if key not in KEYS:
                near = closest(key, KEYS)
                raise ConfigError(
                    f"there is no key '{key}'", where, f"did you mean '{near}'?" if near else ""
                )
        if not isinstance(table.get("name"), str) or not table["name"].strip():
            raise ConfigError("a topic needs a name", where, 'name = "..."')
        where = f"{where} '{table['name']}'"
        facets = table.get("facets") or {}
        if not isinstance(facets, Mapping):
            raise ConfigError("facets is a table of lists", where, 'facets = { policy = ["law", "bill"] }')
        return cls(
            name=table["name"],
            profile=None if table.get("profile") is None else str(table["profile"]),
            threshold=_fraction(table.get("threshold"), where),
            terms=_texts(table, "terms", where),
            require=_groups(table.get("require"), where),
            exclude=_texts(table, "exclude", where),
            facets=tuple((str(name), _texts(facets, name, f"{where}, facets")) for name in facets),
            within=_words(table.get("within"), where),
            sentences_for=_texts(table, "for", where),
            sentences_against=_texts(table, "against", where),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Topic:
    """All that the judge needs, ready to use. Never changes once loaded."""

    name: str
    version: str  # 12 hex digits: rules, profile, threshold, model and the judge's own code
    threshold: float
    rules: Rules
    model: Mapping[str, float]  # weights of the signals, 'bias' among them
    profile: Profile | None
    matcher: Matcher
    centre: NDArray[np.float32]  # what all texts' vectors share
    seed_rows: NDArray[np.float32]  # the profile's vectors, centred
    direction: (
        NDArray[np.float32] | None
    )  # mean of the sentences for it less that of those against; None: none given


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A topic in words and figures, before anything heavy is loaded."""

    rules: Rules
    model: Mapping[str, float]
    threshold: float
    profile: Profile | None
    sentences_for: tuple[str, ...]
    sentences_against: tuple[str, ...]


@lru_cache(maxsize=32)
def load_topic(spec: TopicSpec) -> Topic:
    """The topic ready to judge with, loaded once a process.

    Raises ConfigError for what a person must mend.
    """
    import numpy as np

    definition = define(spec)
    centre = np.asarray(background().centre, dtype=np.float32)
    profile = definition.profile
    seeds = np.asarray(profile.vectors if profile else (), dtype=np.float32).reshape(-1, vectors.WIDTH)
    both = definition.sentences_for and definition.sentences_against
    return Topic(
        name=spec.name,
        version=version_of(definition),
        threshold=definition.threshold,
        rules=definition.rules,
        model=definition.model,
        profile=profile,
        matcher=Matcher(definition.rules.all_terms()),
        centre=centre,
        seed_rows=vectors.centred(seeds, centre),
        direction=_direction(definition, centre) if both else None,
    )


def define(spec: TopicSpec) -> Definition:
    """Rules read, profile loaded, figures chosen; costs no model. What `topics check` and the store need."""
    where = f"[[topics]] '{spec.name}'"
    base = _shipped() if spec.name == SHIPPED else None
    lists = base.lists if base else {}
    rules = _read_rules(spec, where, base.rules if base else Rules(), lists)
    profile = load_profile(Path(spec.profile)) if spec.profile else (base.profile if base else None)
    if not rules and profile is None:
        what = "has nothing to look for"
        raise ConfigError(what, where, "give it `terms`, `facets`, `require` or a `profile`")
    if bool(spec.sentences_for) and not (spec.sentences_against or base):
        raise ConfigError(
            "`for` needs `against`", where, "sentences of neighbouring stories that are not meant"
        )
    threshold = spec.threshold
    if threshold is None:
        threshold = base.threshold if base else DEFAULT_THRESHOLD
    return Definition(
        rules=rules,
        model=base.model if base else DEFAULT_MODEL,
        threshold=threshold,
        profile=profile,
        sentences_for=(*(base.sentences_for if base else ()), *spec.sentences_for),
        sentences_against=(*(base.sentences_against if base else ()), *spec.sentences_against),
    )


def version_of(definition: Definition) -> str:
    """Equal for equal topics on every machine; another one after any change that could move a verdict."""
    parts = {
        "judge": JUDGE,
        "embeddings": vectors.MODEL,
        "background": background().fingerprint,
        "rules": asdict(definition.rules),
        "model": dict(definition.model),
        "threshold": round(definition.threshold, 4),
        "profile": definition.profile.fingerprint if definition.profile else None,
        "for": definition.sentences_for,
        "against": definition.sentences_against,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def describe(spec: TopicSpec) -> dict[str, Any]:
    """What a version stands for, as JSON-ready values to keep beside it."""
    definition = define(spec)
    profile = definition.profile
    return {
        "name": spec.name,
        "version": version_of(definition),
        "threshold": definition.threshold,
        "spec": asdict(spec),
        "model": dict(definition.model),
        "profile": profile.fingerprint if profile else None,
        "seeds": [asdict(source) for source in profile.sources] if profile else [],
    }


def explain(topic: Topic) -> str:
    """The rule in words, several lines: what `topics check` prints."""
    rules = topic.rules
    lines = [f"{topic.name}, version {topic.version}: flagged from a score of {topic.threshold:g}."]
    if rules.facets:
        names = " and ".join(f"{facet.says} ({len(facet.terms)} rules)" for facet in rules.facets)
        lines.append(f"Looks for {names} near each other, within {rules.within} words.")
    for group in rules.require:
        lines.append(f"Needs one of: {_sources(group)}.")
    if rules.terms:
        lines.append(f"Counts: {_sources(rules.terms)}.")
    if rules.exclude:
        lines.append(f"Never with: {_sources(rules.exclude)}.")
    if topic.direction is not None:
        lines.append("Reads like the topic's example sentences rather than like those of its neighbours.")
    if topic.profile:
        seeds = "; ".join(f"'{source.title}'" for source in topic.profile.sources)
        telling = ", ".join(term for term, _ in topic.profile.terms[:8])
        lines.append(f"Like the seed {seeds}, above all in: {telling}.")
    weights = ", ".join(f"{name} {weight:+g}" for name, weight in topic.model.items())
    lines.append(f"Weights on the logit scale: {weights}.")
    return "\n".join(lines)


def _sources(terms: Sequence[Term]) -> str:
    shown = [
        (f"{term.field}:" if term.field else "")
        + term.source
        + (f"^{term.weight:g}" if term.weight != 1 else "")
        for term in terms[:SHOWN]
    ]
    return ", ".join(shown) + (f" and {len(terms) - SHOWN} more" if len(terms) > SHOWN else "")


# ---- the shipped topic


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shipped:
    lists: Mapping[str, tuple[Phrase, ...]]
    rules: Rules
    model: Mapping[str, float]
    threshold: float
    profile: Profile
    sentences_for: tuple[str, ...]
    sentences_against: tuple[str, ...]


@cache
def _shipped() -> _Shipped:
    room = files("monitor.relevance")
    table = tomllib.loads(room.joinpath("topics", f"{SHIPPED}.toml").read_text(encoding="utf-8"))
    lists = {name: parse_list(phrases, f"list '{name}'") for name, phrases in table["lists"].items()}
    facets = tuple(
        Facet(name=f["name"], says=f["says"], terms=parse_terms(f["terms"], f["name"], lists))
        for f in table["facets"]
    )
    profile = room.joinpath("profiles", f"{table['profile']}.json")
    return _Shipped(
        lists=lists,
        rules=Rules(
            facets=facets,
            within=table["within"],
            against=parse_terms(table["against"]["terms"], "against", lists),
        ),
        model={"bias": table["model"]["bias"], "terms": table["model"]["terms"], **table["model"]["signals"]},
        threshold=table["model"]["threshold"],
        profile=load_profile(Path(str(profile))),
        sentences_for=tuple(table["sentences"]["for"]),
        sentences_against=tuple(table["sentences"]["against"]),
    )


def _read_rules(spec: TopicSpec, where: str, base: Rules, lists: Mapping[str, tuple[Phrase, ...]]) -> Rules:
    given = {name: parse_terms(sources, f"{where}, facets.{name}", lists) for name, sources in spec.facets}
    facets = [
        Facet(name=facet.name, says=facet.says, terms=(*facet.terms, *given.pop(facet.name, ())))
        for facet in base.facets
    ]
    facets.extend(Facet(name=name, says=name.replace("_", " "), terms=terms) for name, terms in given.items())
    return Rules(
        facets=tuple(facets),
        within=spec.within or (base.within if base.facets else DEFAULT_WITHIN),
        terms=parse_terms(spec.terms, f"{where}, terms", lists),
        require=tuple(parse_terms(group, f"{where}, require", lists) for group in spec.require),
        against=base.against,
        exclude=parse_terms(spec.exclude, f"{where}, exclude", lists),
    )


def _direction(definition: Definition, centre: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = vectors.centred(vectors.embed((*definition.sentences_for, *definition.sentences_against)), centre)
    count = len(definition.sentences_for)
    direction: NDArray[np.float32] = rows[:count].mean(axis=0) - rows[count:].mean(axis=0)
    return direction


# ---- shapes of a configuration table


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key) or ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise ConfigError(f"{key} is a list of texts", where, f'{key} = ["...", "..."]')
    return tuple(value)


def _groups(value: Any, where: str) -> tuple[tuple[str, ...], ...]:
    """`require`: a list of lists; one flat list is one group."""
    if not value:
        return ()
    if not isinstance(value, (list, tuple)):
        raise ConfigError(
            "require is a list of lists", where, 'require = [["this", "or this"], ["and this"]]'
        )
    if all(isinstance(one, str) for one in value):
        return (tuple(value),)
    return tuple(_texts({"require": group}, "require", where) for group in value)


def _fraction(value: Any, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ConfigError(f"threshold is {value!r}", where, "a threshold lies between 0 and 1")
    return float(value)


def _words(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= LARGEST_WITHIN:
        raise ConfigError(f"within is {value!r}", where, f"a number of words from 2 to {LARGEST_WITHIN}")
    return value
