"""A text and a topic in, a verdict out.

No I/O, no clock, no settings: the same input always gives the same verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from monitor.model.article import Text
from monitor.model.verdict import Reason, ReasonKind, Verdict
from monitor.relevance.match import Found
from monitor.relevance.rules import Term
from monitor.relevance.signals import Hit, Reading, Signals, Window, in_field, measure, read
from monitor.relevance.topics import Topic
from monitor.words import squeeze

LIKE_SEED = 0.06  # similarity from which it is worth a word; half of all relevant texts have less
SPOKEN_UP = 0.5  # on the logit scale: a contribution that people should hear about
LONG_TEXT = 200  # words; in a shorter one the whole is the passage
LONGEST_PASSAGE = 700  # characters, for an extract
LONGEST_QUOTE = 80  # characters, in a reason
SHOWN_KEYWORDS = 12
TELLING_WEIGHT = 0.3  # of a rule: below it a word ('model') proves nothing to a reader


def judge(text: Text, topic: Topic) -> Verdict:
    """The verdict on one text, its reasons strongest first.

    A reason's weight is what it adds to the score on the logit scale; small ones are not worth a reason.
    """
    reading = read(text)
    found = topic.matcher.find(reading.words)
    barred = list(_barred(reading, found, topic))
    if barred:
        return _verdict(text, topic, score=0.0, reasons=barred)
    signals = measure(reading, found, topic)
    contributions = {name: topic.model.get(name, 0.0) * value for name, value in signals.values.items()}
    score = 1 / (1 + math.exp(-max(-50.0, min(50.0, topic.model["bias"] + sum(contributions.values())))))
    reasons = sorted(_reasons(reading, signals, contributions), key=lambda reason: -abs(reason.weight))
    return _verdict(
        text,
        topic,
        score=score,
        similarity=signals.similarity,
        keywords=_keywords(reading, signals),
        reasons=reasons,
        passage=passage(reading, signals.best) if signals.best else "",
    )


def _verdict(
    text: Text,
    topic: Topic,
    *,
    score: float,
    reasons: Iterable[Reason],
    similarity: float = 0.0,
    keywords: tuple[str, ...] = (),
    passage: str = "",
) -> Verdict:
    rounded = round(score, 4)  # compared as it is stored, so that machines and engines agree
    return Verdict(
        topic=topic.name,
        topic_version=topic.version,
        score=rounded,
        flagged=rounded >= topic.threshold,
        judged_on=text.judged_on,
        keywords=keywords,
        similarity=round(min(1.0, max(0.0, similarity)), 4),
        reasons=tuple(reasons),
        passage=passage,
    )


# ---- reasons


def _barred(reading: Reading, found: Found, topic: Topic) -> Iterator[Reason]:
    """What takes a text out whatever else it says: an excluded term, a required group without a hit."""
    for term in topic.rules.exclude:
        place = _first_place(term, reading, found)
        if place is not None:
            yield Reason(
                kind=ReasonKind.EXCLUDED,
                text=f"excluded by '{term.source}'",
                terms=(term.source,),
                field=reading.field_of(place),
                start=reading.starts[place],
            )
    for group in topic.rules.require:
        if all(_first_place(term, reading, found) is None for term in group):
            names = tuple(term.source for term in group)
            yield Reason(kind=ReasonKind.EXCLUDED, text=f"nothing of: {_listed(names, 'or')}", terms=names)


def _first_place(term: Term, reading: Reading, found: Found) -> int | None:
    return next((first for first, _ in found.spans(term) if in_field(term, first, reading)), None)


def _reasons(reading: Reading, signals: Signals, contributions: dict[str, float]) -> Iterator[Reason]:
    if signals.best and contributions["passage"]:
        yield from _facet_reasons(reading, signals.best, contributions["passage"])
    yield from _term_reasons(reading, signals, contributions["terms"])
    if signals.similarity >= LIKE_SEED and signals.like:
        shared = ", ".join(signals.like)
        yield Reason(
            kind=ReasonKind.SIMILARITY,
            text=f"like the seed in: {shared}",
            terms=signals.like,
            weight=round(contributions["seed"], 4),
        )
    if abs(contributions["meaning"]) >= SPOKEN_UP:
        side = (
            "the topic's example sentences" if contributions["meaning"] > 0 else "sentences of other topics"
        )
        yield Reason(
            kind=ReasonKind.SIMILARITY, text=f"reads like {side}", weight=round(contributions["meaning"], 4)
        )
    if contributions["against"] <= -SPOKEN_UP:
        words = tuple(_distinct(_surface(reading, hit.first, hit.last) for hit in signals.against[:4]))
        yield Reason(
            kind=ReasonKind.EXCLUDED,
            text=f"but also speaks of {_listed(words, 'and')}",
            terms=words,
            weight=round(contributions["against"], 4),
        )


def _facet_reasons(reading: Reading, best: Window, weight: float) -> Iterator[Reason]:
    heaviest = [hits[0] for hits in best.hits if hits and hits[0].term.weight >= TELLING_WEIGHT]
    found = _distinct(_surface(reading, hit.first, hit.last) for hit in heaviest or _hits(best)[:1])
    shown = [words for words in found if not any(words in other for other in found if other != words)]
    first = best.hits[0][0].first
    yield Reason(
        kind=ReasonKind.FACETS,
        text=f"{_listed(shown, 'and')} within one passage" if len(shown) > 1 else shown[0],
        terms=tuple(_distinct(_surface(reading, hit.first, hit.last) for hit in _hits(best))),
        field=reading.field_of(first),
        start=reading.starts[first],
        weight=round(weight, 4),
    )
    if len(reading.words) > LONG_TEXT and reading.field_of(best.first) == "body":
        quote = passage(reading, best)
        short = quote if len(quote) <= LONGEST_QUOTE else quote[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
        yield Reason(
            kind=ReasonKind.PASSAGE,
            text=f"in a passage of a longer text: “{short}”",
            start=reading.starts[first],
        )


def _term_reasons(reading: Reading, signals: Signals, weight: float) -> Iterator[Reason]:
    total = signals.values["terms"]
    for hit in signals.terms[:SHOWN_KEYWORDS]:
        field = reading.field_of(hit.first)
        yield Reason(
            kind=ReasonKind.TERM,
            text=f"'{hit.term.source}'" + (" in the title" if field == "title" else ""),
            terms=(hit.term.source,),
            field=field,
            start=reading.starts[hit.first],
            weight=round(weight * hit.worth / total, 4),
        )


def _keywords(reading: Reading, signals: Signals) -> tuple[str, ...]:
    """The words that hit, as they stand in the text, strongest first."""
    weighted = [(hit.worth, hit.term.source) for hit in signals.terms]
    if signals.best:
        weighted += [(hit.term.weight, _surface(reading, hit.first, hit.last)) for hit in _hits(signals.best)]
    ranked = sorted(weighted, key=lambda pair: -pair[0])
    return tuple(_distinct(words for _, words in ranked))[:SHOWN_KEYWORDS]


def _hits(window: Window) -> list[Hit]:
    return sorted((hit for hits in window.hits for hit in hits), key=lambda hit: -hit.term.weight)


def _distinct(words: Iterable[str]) -> list[str]:
    """Each once, whatever its case; the first spelling wins."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(word.casefold(), word)
    return list(found.values())


def _listed(words: Iterable[str], last: str) -> str:
    *front, end = words
    return f"{', '.join(front)} {last} {end}" if front else end


# ---- the passage


def passage(reading: Reading, window: Window) -> str:
    """The body's sentences that the window's finds stand in; '' where they stand in the title only."""
    finds = [hit for hit in _hits(window) if hit.first > reading.title_words]
    if not finds:
        return ""
    first = _sentence_start(reading, min(hit.first for hit in finds))
    last = _sentence_end(reading, max(hit.last for hit in finds) - 1)
    text = reading.body[reading.starts[first] : reading.ends[last]]
    text += _closing(reading.body, reading.ends[last])
    if len(text) > LONGEST_PASSAGE:
        text = text[:LONGEST_PASSAGE].rsplit(None, 1)[0] + " …"
    return squeeze(text)


def _sentence_start(reading: Reading, word: int) -> int:
    while word - 1 > reading.title_words and reading.words[word - 1]:
        word -= 1
    return word


def _sentence_end(reading: Reading, word: int) -> int:
    while word + 1 < len(reading.words) and reading.words[word + 1]:
        word += 1
    return word


def _closing(body: str, at: int) -> str:
    """The punctuation that belongs to the last word."""
    end = at
    while end < len(body) and end - at < 4 and not body[end].isspace() and not body[end].isalnum():
        end += 1
    return body[at:end]


def _surface(reading: Reading, first: int, last: int) -> str:
    """Words as they stand in the text."""
    field = reading.title if first < reading.title_words else reading.body
    return squeeze(field[reading.starts[first] : reading.ends[last - 1]])
