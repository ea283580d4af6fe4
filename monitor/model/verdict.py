"""What to look for, and the decision on one text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.article import JudgedOn


class ReasonKind(StrEnum):
    """What sort of evidence a reason is."""

    FACETS = "facets"  # groups of words that met near each other
    TERM = "term"  # a weighted term or phrase
    SIMILARITY = "similarity"  # like the seed, and in which words
    PASSAGE = "passage"  # the paragraph that matched, in a longer text
    EXCLUDED = "excluded"  # what spoke against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason as data: enough to print it and to find it in the text."""

    kind: ReasonKind
    text: str  # for people, one line
    terms: tuple[str, ...] = ()  # the words that hit
    field: str = "body"  # title, lead or body
    start: int | None = None  # character in that field; None where it concerns the whole
    weight: float = 0.0  # its contribution to the score on the logit scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision on one text for one topic version."""

    topic: str
    topic_version: str
    score: float  # [0, 1], 4 decimals
    flagged: bool
    judged_on: JudgedOn
    keywords: tuple[str, ...] = ()  # the terms that hit, strongest first
    similarity: float = 0.0  # [0, 1], 4 decimals
    reasons: tuple[Reason, ...] = ()  # strongest first
    passage: str = ""  # the sentences that matter, for an extract; '' when none stands out

    @property
    def why(self) -> str:
        """The reasons in one line."""
        return "; ".join(reason.text for reason in self.reasons)


class VerdictOrigin(StrEnum):
    """Who asked for a verdict: only those of a cycle enter digests by themselves."""

    CYCLE = "cycle"
    REJUDGE = "rejudge"
    TRAIN = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A person's word on an article for a topic."""

    article_id: int
    topic: str
    relevant: bool
    at: datetime
