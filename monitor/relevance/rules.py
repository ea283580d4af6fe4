"""The rules of a topic: what a person may write, read into values. Their grammar and its errors live here.

Finding them in a text is `match.py`; what a hit is worth is `signals.py`. Nothing here reads files.

A rule is one text:

    open weights                 a phrase; any case, hyphens and spaces are one
    regulat*                     any word that begins so
    title:open source AI         only in the title (also lead:, the first 60 words of the body, and body:)
    publish NEAR/6 weights       both in one sentence, at most six words between, in either order
    <opening> NEAR/6 weights     any phrase of the list named 'opening'
    open weights^2.5             counts two and a half times

Lists of rules mean 'any of these'; `require` and `facets` mean 'something of each'; `exclude` means 'none'.
There are no regular expressions, so that finding a thousand rules costs one pass over the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from monitor.errors import ConfigError
from monitor.words import tokens

FIELDS = ("title", "lead", "body")
DEFAULT_WITHIN = 40  # words; about two sentences of news prose
LARGEST_NEAR = 100  # words; beyond that 'near' has no meaning and require says it better
LARGEST_WEIGHT = 20.0

_OPERATORS = {
    "AND": "write a group in `require`",
    "OR": "write them as separate rules",
    "NOT": "use `exclude`",
}
_NEAR = re.compile(r"NEAR/(\d+)")
_WEIGHT = re.compile(r"\^([^\s^]*)\s*$")
_FIELD = re.compile(r"\s*(\w+):")
_ODD = re.compile(r"[^\w\s*'’.&+-]")


# Words in a row, folded, joined by blanks; one that ends in '*' stands for all words that begin so.
Phrase: TypeAlias = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One rule as written and as understood."""

    source: str  # as written, without field and weight: what people are shown
    left: tuple[Phrase, ...]  # any of these
    right: tuple[Phrase, ...] = ()  # () for a plain phrase
    near: int = 0  # words that may lie between left and right
    field: str | None = None  # None: anywhere
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One side of the matter; a text is on topic where all facets meet."""

    name: str
    says: str  # for people: 'openness of AI models'
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that a topic looks for in words."""

    facets: tuple[Facet, ...] = ()
    within: int = DEFAULT_WITHIN  # words: how near the facets must meet
    terms: tuple[Term, ...] = ()  # each adds its weight to the score, on the logit scale
    require: tuple[tuple[Term, ...], ...] = ()  # at least one of each group, anywhere
    against: tuple[Term, ...] = ()  # words of neighbouring matters; what they cost is the model's affair
    exclude: tuple[Term, ...] = ()  # any of these takes the text out

    def all_terms(self) -> Iterable[Term]:
        for facet in self.facets:
            yield from facet.terms
        yield from self.terms
        for group in self.require:
            yield from group
        yield from self.against
        yield from self.exclude

    def __bool__(self) -> bool:
        return bool(self.facets or self.terms or self.require)


def parse_terms(
    sources: Sequence[str], where: str, lists: Mapping[str, tuple[Phrase, ...]] | None = None
) -> tuple[Term, ...]:
    """Each rule read. Raises ConfigError that names the rule and the character."""
    return tuple(parse_term(source, where, lists or {}) for source in sources)


def parse_list(sources: Sequence[str], where: str) -> tuple[Phrase, ...]:
    """A named list: plain phrases only, no weights and no NEAR."""
    phrases: list[Phrase] = []
    for source in sources:
        term = parse_term(source, where, {})
        if term.right or term.field or term.weight != 1.0:
            raise ConfigError(f"'{source}' is more than a phrase", where, "a named list holds plain phrases")
        phrases.extend(term.left)
    return tuple(phrases)


def parse_term(source: str, where: str, lists: Mapping[str, tuple[Phrase, ...]]) -> Term:
    """One rule read (see the grammar above)."""
    rule = _Rule(source, where, lists)
    body, weight = rule.cut_weight()
    start, field = rule.field(body)
    nears = list(_NEAR.finditer(body))
    if len(nears) > 1:
        raise rule.error(nears[1].start(), "a second NEAR", "write two rules")
    if not nears:
        left = rule.operand(body, start, len(body))
        return Term(source=body[start:].strip(), left=left, field=field, weight=weight)
    near = nears[0]
    return Term(
        source=body[start:].strip(),
        left=rule.operand(body, start, near.start()),
        right=rule.operand(body, near.end(), len(body)),
        near=rule.distance(near),
        field=field,
        weight=weight,
    )


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule being read: every complaint knows the whole of it."""

    source: str
    where: str
    lists: Mapping[str, tuple[Phrase, ...]]

    def error(self, at: int, what: str, mend: str = "") -> ConfigError:
        return ConfigError(f"rule '{self.source}', character {at + 1}: {what}", self.where, mend)

    def cut_weight(self) -> tuple[str, float]:
        found = _WEIGHT.search(self.source)
        if not found:
            if "^" in self.source:
                raise self.error(self.source.index("^"), "a weight stands at the end of a rule", "'words^2'")
            return self.source, 1.0
        try:
            weight = float(found[1])
        except ValueError:
            raise self.error(found.start(1), f"'{found[1]}' is no number", "a weight looks like ^2") from None
        if not 0 < weight <= LARGEST_WEIGHT:
            mend = "use `exclude` or `against` for what speaks against" if weight <= 0 else ""
            raise self.error(found.start(1), f"a weight lies between 0 and {LARGEST_WEIGHT:g}", mend)
        return self.source[: found.start()], weight

    def field(self, body: str) -> tuple[int, str | None]:
        found = _FIELD.match(body)
        if not found:
            return 0, None
        if found[1] not in FIELDS:
            mend = f"did you mean '{closest(found[1], FIELDS) or 'title'}:'?"
            raise self.error(found.start(1), f"there is no field '{found[1]}'", mend)
        return found.end(), found[1]

    def distance(self, near: re.Match[str]) -> int:
        words = int(near[1])
        if not 1 <= words <= LARGEST_NEAR:
            raise self.error(near.start(1), f"NEAR takes 1 to {LARGEST_NEAR} words", "`require` has no limit")
        return words

    def operand(self, body: str, start: int, end: int) -> tuple[Phrase, ...]:
        text = body[start:end]
        at = start + len(text) - len(text.lstrip())
        text = text.strip()
        if text.startswith("<"):
            return self.named(text, at)
        if len(text) > 1 and text[0] == text[-1] == '"':
            text, at = text[1:-1], at + 1
        self.refuse_odd(text, at)
        return (self.phrase(text, at),)

    def named(self, text: str, at: int) -> tuple[Phrase, ...]:
        name = text[1:-1]
        if not text.endswith(">"):
            raise self.error(at, "'<' without '>'", "a named list is written <name>")
        if name not in self.lists:
            near = closest(name, self.lists)
            raise self.error(at + 1, f"there is no list '{name}'", f"did you mean <{near}>?" if near else "")
        return self.lists[name]

    def refuse_odd(self, text: str, at: int) -> None:
        if '"' in text:
            raise self.error(at + text.index('"'), "a quote without its other half", '"words in quotes"')
        for word in re.finditer(r"\S+", text):
            if word[0] in _OPERATORS:
                raise self.error(at + word.start(), f"{word[0]} has no place here", _OPERATORS[word[0]])
            if "/" in word[0] and closest(word[0].split("/")[0].upper(), ["NEAR"]):
                raise self.error(at + word.start(), f"'{word[0]}' is unknown", "did you mean NEAR/6?")
        odd = _ODD.search(text)
        if odd:
            raise self.error(at + odd.start(), f"'{odd[0]}' means nothing here", "rules are plain words")

    def phrase(self, text: str, at: int) -> Phrase:
        words: list[str] = []
        for chunk in re.finditer(r"\S+", text):
            words.extend(self.chunk(chunk[0], at + chunk.start()))
        if not words:
            raise self.error(at, "there is no word", "a rule needs at least one")
        return " ".join(words)

    def chunk(self, chunk: str, at: int) -> list[str]:
        stem = chunk.removesuffix("*")
        if "*" in stem:
            raise self.error(at + chunk.index("*"), "'*' stands only at the end of a word")
        words = [token.text for token in tokens(stem)]
        if stem != chunk:
            if not words or len(words[-1]) < 3:
                raise self.error(at, f"'{chunk}' would match nearly every word", "three letters at least")
            words[-1] += "*"
        return words


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant; None where none is near."""
    return next(iter(get_close_matches(word, list(choices), n=1, cutoff=0.5)), None)
