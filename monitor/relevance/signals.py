"""What can be measured in a text for a topic: a few small figures, each with what it was found in.

What they add up to is decided in `judge.py`. A new signal is one function here and one figure in the
topic's model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model.article import Text
from monitor.relevance import vectors
from monitor.relevance.match import Found
from monitor.relevance.rules import Facet, Term
from monitor.relevance.seed import background, term_weights
from monitor.relevance.tails import cut_tail
from monitor.words import WORD, fold

if TYPE_CHECKING:
    from monitor.relevance.topics import Topic

LEAD_WORDS = 60  # of the body: the first paragraph or two, where news says what it is about
FIRST_LOOK = 0.1  # facets that meet less than this nowhere: the text is not worth an embedding
FULL_FACET = 3.0  # weight within one window at which a facet counts as 63 % there, 6.0 as 86 %
ELSEWHERE = 0.4  # what the level of a facet in the whole text counts in a window that lacks it
SHOWN_TERMS = 6
TELLING = 3.0  # rarity of words worth showing: those in fewer than one text in twenty
SENTENCE_END = re.compile(r"[.!?…;:][\"'”’»)\]]{0,3}\s|\n|[。！？]")  # between two words; bounded, so linear


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as words: the title's, then the body's, with an empty word at the end of each sentence."""

    title: str
    body: str  # without boilerplate
    words: tuple[str, ...]
    starts: tuple[int, ...]  # of each word, as a character of its field
    ends: tuple[int, ...]
    title_words: int

    def field_of(self, word: int) -> str:
        if word < self.title_words:
            return "title"
        return "lead" if word <= self.title_words + LEAD_WORDS else "body"


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule at one place."""

    term: Term
    first: int  # word
    last: int


@dataclass(frozen=True, slots=True)
class TermHit:
    """A plain rule that holds somewhere."""

    term: Term
    worth: float  # its weight, more in the title and for repeats
    first: int  # word of its first place
    last: int  # one past


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of words in which the facets were looked for together."""

    first: int
    last: int  # one past
    strengths: tuple[float, ...] = ()  # one a facet, in [0, 1)
    hits: tuple[tuple[Hit, ...], ...] = ()  # one tuple a facet, heaviest first

    @property
    def meets(self) -> float:
        """The geometric mean, in [0, 1): 0 where a facet is missing, near 1 only where all are strong."""
        return math.prod(self.strengths) ** (1 / len(self.strengths)) if self.strengths else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """All figures of one text for one topic, and what they were found in."""

    values: Mapping[str, float]  # by the names that a topic's model uses
    similarity: float  # to the seed, [0, 1]
    like: tuple[str, ...]  # words shared with the seed, strongest first
    best: Window | None  # where the facets meet best
    terms: tuple[TermHit, ...]  # plain rules that hit, strongest first
    against: tuple[TermHit, ...]  # words of neighbouring matters, strongest first


def read(text: Text) -> Reading:
    """The text as the judge sees it: boilerplate cut, title and body as folded words."""
    body = cut_tail(text.body)
    title_words, body_words = spoken(text.title), spoken(body)
    joined = [*title_words, ("", 0, 0), *body_words]
    return Reading(
        title=text.title,
        body=body,
        words=tuple(word for word, _, _ in joined),
        starts=tuple(start for _, start, _ in joined),
        ends=tuple(end for _, _, end in joined),
        title_words=len(title_words),
    )


def spoken(text: str) -> list[tuple[str, int, int]]:
    """The folded words with where they stand, and an empty word wherever a sentence ends."""
    words: list[tuple[str, int, int]] = []
    folded: dict[str, str] = {}  # the same as monitor.words.tokens, each word folded once: half the time
    end = 0
    for found in WORD.finditer(text):
        start, word = found.start(), found[0]
        if start - end > 1 and SENTENCE_END.search(text, end, start):
            words.append(("", end, end))
        if word not in folded:
            folded[word] = fold(word)
        end = found.end()
        words.append((folded[word], start, end))
    return words


def measure(reading: Reading, found: Found, topic: Topic) -> Signals:
    """Every signal of the text. The costly ones only where a first look finds anything."""
    best = best_window(reading, found, topic)
    meets = best.meets if best else 0.0
    terms = tuple(term_hits(topic.rules.terms, reading, found))
    against = tuple(term_hits(topic.rules.against, reading, found))
    lexical, like = seed_words(reading, topic)
    nearness = contrast = 0.0
    if meets > FIRST_LOOK or not topic.rules.facets:
        rows = embedded(reading, best, topic)
        nearness, contrast = seed_meaning(rows, topic), meaning(rows, topic)
    similarity = min(1.0, max(0.0, (lexical + nearness) / 2))
    values = {
        "passage": meets,
        "meaning": contrast,
        "against": math.log1p(sum(hit.worth for hit in against) * 100 / max(len(reading.words), 60)),
        "seed": similarity,
        "terms": sum(hit.worth for hit in terms),
    }
    return Signals(values=values, similarity=similarity, like=like, best=best, terms=terms, against=against)


# ---- facets


def best_window(reading: Reading, found: Found, topic: Topic) -> Window | None:
    """Where the topic's facets meet best; the first such place of equals, None where they never meet."""
    hits = [facet_hits(facet, reading, found) for facet in topic.rules.facets]
    windows = facet_windows(hits, len(reading.words), topic.rules.within) if hits else []
    return max(windows, key=lambda window: window.meets, default=None)


def facet_hits(facet: Facet, reading: Reading, found: Found) -> list[Hit]:
    """Every place where a rule of the facet holds, in order.

    Rules overlap by design ('open source ai', 'open NEAR/5 ai'): a rule that begins or ends on a word of a
    heavier one is the same find, and is dropped.
    """
    hits = [
        Hit(term, first, last)
        for term in facet.terms
        for first, last in found.spans(term)
        if in_field(term, first, reading)
    ]
    taken: set[int] = set()
    kept = []
    for hit in sorted(hits, key=lambda hit: (-hit.term.weight, hit.first, hit.last)):
        if hit.first not in taken and hit.last - 1 not in taken:
            taken.update(range(hit.first, hit.last) if hit.term.near == 0 else (hit.first, hit.last - 1))
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.first)


def facet_windows(hits: Sequence[Sequence[Hit]], words: int, width: int) -> list[Window]:
    """Windows of `width` words, each half over the one before, that hold the first facet, the subject.

    What is missing of the other facets may stand elsewhere in the text, at a discount: a report names the
    law in its first paragraph and the models in its third.
    """
    step = max(1, width // 2)
    by_window: dict[int, list[list[Hit]]] = {}
    for facet, own in enumerate(hits):
        for hit in own:
            for at in {max(0, hit.first // step - 1), hit.first // step}:
                by_window.setdefault(at, [[] for _ in hits])[facet].append(hit)
    elsewhere = [ELSEWHERE * min(FULL_FACET * 2, level(own, words)) for own in hits]
    elsewhere[0] = 0.0
    windows = (
        Window(at * step, min(words, at * step + width), strengths(found, elsewhere), heaviest(found))
        for at, found in sorted(by_window.items())
        if found[0]
    )
    return [window for window in windows if window.meets > 0]


def level(hits: Sequence[Hit], words: int) -> float:
    """How much of a facet there is in all the text: weight of its different rules per 100 words."""
    return distinct(hits) * 100 / max(words, 100)


def distinct(hits: Sequence[Hit]) -> float:
    """The weight of the rules that hit, each once: a word said five times says no more."""
    # Keyed by source and not a set: a sum in another order could differ in its last digit.
    return sum({hit.term.source: hit.term.weight for hit in hits}.values())


def strengths(hits: Sequence[Sequence[Hit]], elsewhere: Sequence[float]) -> tuple[float, ...]:
    """How strongly each facet is there, in [0, 1)."""
    weights = (max(distinct(own), least) for own, least in zip(hits, elsewhere, strict=True))
    return tuple(1 - math.exp(-weight / FULL_FACET) for weight in weights)


def heaviest(hits: Sequence[Sequence[Hit]]) -> tuple[tuple[Hit, ...], ...]:
    return tuple(
        tuple(sorted(own, key=lambda hit: (-hit.term.weight, hit.first))[:SHOWN_TERMS]) for own in hits
    )


# ---- plain terms


def in_field(term: Term, word: int, reading: Reading) -> bool:
    """Whether a rule may hold at this word; the lead is part of the body."""
    if term.field is None:
        return True
    field = reading.field_of(word)
    return field == term.field or (term.field == "body" and field == "lead")


def term_hits(terms: Sequence[Term], reading: Reading, found: Found) -> list[TermHit]:
    """Each rule that holds and its worth: its weight, half more in the title, a little for repeats."""
    hits = []
    for term in terms:
        places = [span for span in found.spans(term) if in_field(term, span[0], reading)]
        if places:
            in_title = places[0][0] < reading.title_words
            worth = term.weight * (1.5 if in_title else 1.0) * (1 + 0.25 * min(math.log(len(places)), 2))
            hits.append(TermHit(term, worth, *places[0]))
    return sorted(hits, key=lambda hit: (-hit.worth, hit.term.source))


# ---- the seed and the topic's sentences


def seed_words(reading: Reading, topic: Topic) -> tuple[float, tuple[str, ...]]:
    """The cosine of tf-idf weights with the seed's, and the telling words that make it, strongest first."""
    if topic.profile is None:
        return 0.0, ()
    weights = term_weights([word for word in reading.words if word])
    shared = {term: weight * weights[term] for term, weight in topic.profile.terms if term in weights}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    rarity = background().rarity
    telling = [term for term in shared if " " in term or rarity(term) > TELLING]
    like = sorted(telling, key=lambda term: (-shared[term], term))[:SHOWN_TERMS]
    return sum(shared.values()) / length, tuple(like)


def seed_meaning(rows: vectors.Matrix, topic: Topic) -> float:
    """The cosine of the whole text's vector with the nearest seed's, 0 where they point apart."""
    return max(0.0, float((rows[0] @ topic.seed_rows.T).max())) if len(topic.seed_rows) else 0.0


def meaning(rows: vectors.Matrix, topic: Topic) -> float:
    """How much nearer the text and its best passage are to the topic's sentences than to those against it.

    The difference of two mean cosines, about -0.1 to 0.2. Means over all sentences did better than the
    nearest few (average precision .80 against .71 on one labelled set, .70 against .64 on another). The
    passage has its say so that a paragraph in a round-up is not drowned by its neighbours.
    """
    return float((rows @ topic.direction).mean()) if topic.direction is not None else 0.0


def embedded(reading: Reading, best: Window | None, topic: Topic) -> vectors.Matrix:
    """The text's vector, and that of its best passage where there is one."""
    texts = [f"{reading.title}\n{reading.body[: vectors.LONGEST]}"]
    if best:
        texts.append(window_text(reading, best))
    return vectors.centred(vectors.embed(texts), topic.centre)


def window_text(reading: Reading, window: Window) -> str:
    """The window's own words as they stand; title and body parted by a newline where it holds both."""
    edge = reading.title_words
    last = min(window.last, len(reading.words)) - 1
    if last <= edge:
        return reading.title
    body = reading.body[reading.starts[max(window.first, edge + 1)] : reading.ends[last]]
    return f"{reading.title}\n{body}" if window.first < edge else body
