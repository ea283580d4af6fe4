"""Finding a topic's phrases in a text: one pass over its words, whatever the number of rules.

What the hits mean is not decided here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from monitor.relevance.rules import Phrase, Term

Span: TypeAlias = tuple[int, int]  # first word and the one after the last


@dataclass(slots=True)
class _Node:
    """A place in the tree of words; `ends` is the phrase that is complete here."""

    children: dict[str, _Node] = field(default_factory=dict)
    ends: Phrase | None = None


class Matcher:
    """All phrases of a topic in one tree of words. Built once, then only read."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._root = _Node()
        self._stems: set[str] = set()
        self._words: set[str] = set()
        for term in terms:
            for phrase in (*term.left, *term.right):
                self._add(phrase)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})

    def find(self, words: Sequence[str]) -> Found:
        """Where each phrase stands in these folded words; linear in their number.

        An empty word stands for the end of a sentence: neither phrases nor NEAR reach over it.
        """
        spans: dict[Phrase, list[Span]] = {}
        symbols = {word: self._symbols(word) for word in set(words)}
        root = self._root.children
        for start, word in enumerate(words):
            for symbol in symbols[word]:
                node = root.get(symbol)
                if node is not None:
                    self._walk(node, start, start + 1, words, symbols, spans)
        return Found(spans, [at for at, word in enumerate(words) if not word])

    def _walk(
        self,
        node: _Node,
        start: int,
        at: int,
        words: Sequence[str],
        symbols: dict[str, list[str]],
        spans: dict[Phrase, list[Span]],
    ) -> None:
        if node.ends is not None:
            spans.setdefault(node.ends, []).append((start, at))
        if not node.children or at == len(words):
            return
        for symbol in symbols[words[at]]:
            child = node.children.get(symbol)
            if child is not None:
                self._walk(child, start, at + 1, words, symbols, spans)

    def _symbols(self, word: str) -> list[str]:
        """The word as it may stand in the tree: itself, and each stem that it begins with."""
        known = [word] if word in self._words else []
        for length in self._stem_lengths:
            if length > len(word):
                break
            if word[:length] in self._stems:
                known.append(word[:length] + "*")
        return known

    def _add(self, phrase: Phrase) -> None:
        node = self._root
        for word in phrase.split():
            if word.endswith("*"):
                self._stems.add(word[:-1])
            else:
                self._words.add(word)
            node = node.children.setdefault(word, _Node())
        node.ends = phrase


class Found:
    """The phrases that stand in one text."""

    def __init__(self, spans: dict[Phrase, list[Span]], ends: list[int]) -> None:
        self._spans = spans
        self._ends = ends  # of sentences
        self._lists: dict[tuple[Phrase, ...], list[Span]] = {}  # a named list stands in many rules

    def spans(self, term: Term) -> list[Span]:
        """Where a rule holds, in order; of a NEAR the span covers both sides. Fields are not looked at."""
        left = self._any(term.left)
        if not term.right or not left:
            return left
        pairs = _near(left, self._any(term.right), term.near)
        return [pair for pair in pairs if self._in_one_sentence(pair)]

    def _in_one_sentence(self, span: Span) -> bool:
        return bisect_left(self._ends, span[0]) == bisect_left(self._ends, span[1])

    def _any(self, phrases: tuple[Phrase, ...]) -> list[Span]:
        if len(phrases) == 1:
            return self._spans.get(phrases[0], [])
        if phrases not in self._lists:
            found = {span for phrase in phrases for span in self._spans.get(phrase, ())}
            self._lists[phrases] = sorted(found)
        return self._lists[phrases]


def _near(left: list[Span], right: list[Span], words: int) -> list[Span]:
    """Each left span with its nearest right one, where at most `words` words lie between; never itself."""
    starts = [span[0] for span in right]
    pairs = []
    for span in left:
        at = bisect_left(starts, span[0])
        nearest, least = None, words
        for other in right[max(0, at - 2) : at + 2]:
            gap = other[0] - span[1] if other[0] >= span[1] else span[0] - other[1]
            if 0 <= gap <= least:  # below 0 they overlap
                # The left of two equally near ones is kept: it was said first.
                nearest, least = other, gap - 1
        if nearest:
            pairs.append((min(span[0], nearest[0]), max(span[1], nearest[1])))
    return pairs
