"""Two or three sentences that show why an article is in the digest, and cuts that end at a word.

Pure. Which passage matters was decided by the judge; here it is only brought to length.
"""

from __future__ import annotations

import re
import unicodedata

from monitor import words
from monitor.model.digest import FlaggedArticle

EXTRACT_LENGTH = 300  # characters, the ellipsis included
SENTENCES = 3
SHORT = 150  # a passage below this gets its next sentence, so that it can be understood
READ_LENGTH = 10_000  # characters of a text that are looked at; a report says its news within them
PLAIN_SENTENCE = 40  # characters; what is shorter is mostly a byline, a caption, a heading
SHORT_TITLE = 4  # words; fewer may well open a sentence of their own
ELLIPSIS = "…"
BEFORE_A_WORD = re.compile(r"\W*")


def extract(row: FlaggedArticle, headline: str) -> str:
    """What the digest quotes from an article: at most 300 characters, never the headline again.

    The passage that made the verdict; where there is none, the sentences next to each other that share
    most words with the headline and the reasons. '' where the article has no text beside its headline.
    """
    passage = without_headline(words.sentences(words.clean(row.passage)), headline)
    if len(passage) > 1 or len("".join(passage)) >= SHORT:
        return brought_to_length(passage)
    text = without_headline(words.sentences(words.clean(row.text[:READ_LENGTH])), headline)
    if passage:
        return brought_to_length(_continued(passage, text))
    return brought_to_length(_best(text, f"{headline} {row.why}"))


def brought_to_length(sentences: list[str], length: int = EXTRACT_LENGTH) -> str:
    """As many whole sentences as fit, three at most; a first one that is too long, or whatever would
    leave half of the room empty, ends at a word.
    """
    taken = ""
    for sentence in sentences[:SENTENCES]:
        longer = f"{taken} {sentence}".strip()
        if len(longer) > length:
            return shortened(longer, length) if len(taken) < length / 2 else taken
        taken = longer
    return taken


def shortened(text: str, length: int) -> str:
    """The text, or its beginning up to a word and '…', within `length` characters."""
    if len(text) <= length:
        return text
    room = text[: length - len(ELLIPSIS) + 1]
    cut = room.rfind(" ")
    if cut < length // 2:  # no blanks: Chinese, Japanese, Thai, or one endless word
        cut = _whole_character(text, length - len(ELLIPSIS))
    return text[:cut].rstrip(" ,;:–—-(") + ELLIPSIS


def without_headline(sentences: list[str], headline: str) -> list[str]:
    """The sentences without those that say the headline again.

    Pages and feeds often begin their text with it, with or without a full stop.
    """
    title = [token.text for token in words.tokens(headline)]
    if not title:
        return sentences
    kept = (_after_title(sentence, title) for sentence in sentences)
    return [sentence for sentence in kept if sentence]


def _after_title(sentence: str, title: list[str]) -> str:
    """What follows the title in a sentence that opens with it; the sentence itself in any other."""
    start = words.fold(sentence[:100])
    if not BEFORE_A_WORD.sub("", start, count=1).startswith(title[0]):
        return sentence  # nearly all of them, and cheaper to see than by tokens
    found = words.tokens(sentence[: 4 * sum(map(len, title)) + 200])
    opening = [token.text for token in found[: len(title)]]
    if len(opening) >= SHORT_TITLE and opening == title[: len(opening)] and len(opening) > len(title) / 2:
        title = opening  # the feed's headline has the outlet's name behind it, the page's has not
    if opening != title:
        return sentence
    rest = sentence[found[len(title) - 1].end :]
    if len(found) > len(title) and len(title) < SHORT_TITLE:
        return sentence  # 'Mistral' is a title too, and many a sentence begins so
    if rest.lstrip(" ,;")[:1].islower():
        return sentence  # it says the title and goes on: 'Weights are open, says the minister.'
    return rest.strip().lstrip("-–—:|·.,;!?…)\"'”’»] ")


def _continued(passage: list[str], in_text: list[str]) -> list[str]:
    """A short passage with the sentence that follows it in the text."""
    if passage[-1] not in in_text:
        return passage
    place = in_text.index(passage[-1])
    return passage + in_text[place + 1 : place + 2]


def _best(sentences: list[str], wanted: str) -> list[str]:
    """The run of sentences that shares most words with `wanted`; the first of equals."""
    telling = [sentence for sentence in sentences if len(sentence) >= PLAIN_SENTENCE] or sentences
    hints = {token.text for token in words.tokens(wanted) if len(token.text) > 3}
    hits = [hints.intersection(token.text for token in words.tokens(sentence)) for sentence in telling]
    starts = range(len(telling))
    best = max(starts, key=lambda i: (len(set().union(*hits[i : i + 2])), len(hits[i]), -i), default=0)
    return telling[best : best + SENTENCES]


def _whole_character(text: str, cut: int) -> int:
    """A place at or before `cut` that parts no letter from its marks and no emoji from its joiner."""
    while cut > 1 and (_joins(text[cut]) or text[cut - 1] == "\u200d"):
        cut -= 1
    return cut


def _joins(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
