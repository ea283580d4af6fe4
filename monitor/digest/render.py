"""A digest as HTML, as plain text and as a subject line. Pure: the same digest always gives the same page.

The HTML's form lies in `templates/`, the sentences of both forms in `phrases`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor import words
from monitor.digest import phrases
from monitor.digest.extracts import shortened
from monitor.model.digest import Digest, DigestStory, NearMiss

# Gmail cuts a message at 102 kB and hides the rest, footer and all, behind a link.
HTML_BYTES = 100_000
# Beyond this nobody reads extracts over breakfast; the rest is one line each.
MOST_IN_FULL = 20

SUBJECT_LENGTH = 120  # characters; phones show about 40, desktops about 100
PREVIEW_LENGTH = 180
TEXT_WIDTH = 72  # columns; RFC 3676 asks for at most 78, and a quoted reply needs room
RULE = "-" * TEXT_WIDTH


@dataclass(frozen=True, slots=True)
class Section:
    """Stories in full under one heading."""

    heading: str
    stories: tuple[DigestStory, ...]


def subject(digest: Digest) -> str:
    """'25 Nov 2026, 3 stories: <the strongest headline>' in one line of at most 120 characters."""
    date = phrases.short_day(digest.period.until, digest.period.zone)
    if not digest.stories:
        told = f"{date}: nothing on {phrases.looked_for(digest)}"
    else:
        count = phrases.counted(len(digest.stories), "story", "stories")
        told = f"{date}, {count}: {digest.stories[0].headline}"
    return shortened(words.squeeze(words.clean(told)), SUBJECT_LENGTH)


# ---- HTML


def render_html(digest: Digest, *, unsubscribe_url: str | None = None) -> str:
    """The page for a mail client, below 100 kB whatever the digest holds.

    The strongest stories stand in full, then come stories in one line each; what does not even fit so
    is counted, with the place where it stands (the text part names every story).
    """

    def page(in_full: int, in_brief: int) -> str:
        return _page(digest, in_full, in_brief, unsubscribe_url)

    def fits(html: str) -> bool:
        return len(html.encode()) < HTML_BYTES

    count = len(digest.stories)
    most = min(count, MOST_IN_FULL)
    whole = page(most, count)
    if fits(whole):
        return whole
    in_full = _largest(most, lambda stories: fits(page(stories, count)))
    if in_full:
        return page(in_full, count)
    # Hundreds of stories: the five strongest in full, if they fit, and as many lines as there is room for.
    in_full = _largest(min(most, 5), lambda stories: fits(page(stories, stories)))
    return page(in_full, _largest(count, lambda lines: fits(page(in_full, lines))))


def _page(digest: Digest, in_full: int, in_brief: int, unsubscribe_url: str | None) -> str:
    """`in_full` stories as they are, those up to the `in_brief`th in one line, the rest counted."""
    stories = digest.stories
    several_topics = len(phrases.topic_names(digest)) > 1
    return (
        _environment()
        .get_template("digest.html.j2")
        .render(
            digest=digest,
            subject=subject(digest),
            preview=_preview(digest),
            title=phrases.title(digest),
            day=phrases.day(digest.period.until, digest.period.zone),
            deck=phrases.deck(digest),
            sections=_sections(stories[:in_full], several_topics),
            several_topics=several_topics,
            related=_related(digest),
            in_brief=stories[in_full:in_brief],
            unlisted=len(stories) - max(in_full, in_brief),
            facts=phrases.facts(digest),
            command=phrases.command(digest),
            unsubscribe=phrases.link(unsubscribe_url or ""),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("monitor.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "byline": phrases.byline,
        "counted": phrases.counted,
        "language_tag": phrases.language_tag,
        "link": phrases.link,
        "number": phrases.number,
        "reprints": phrases.reprints,
        "score": phrases.score,
        "sentence": phrases.sentence,
        "topic_title": phrases.topic_title,
    }
    return environment


def _sections(stories: Sequence[DigestStory], several_topics: bool) -> list[Section]:
    """By each story's strongest topic, where the list has several; the order stays by strength."""
    if not several_topics:
        return [Section("Flagged stories", tuple(stories))] if stories else []
    by_topic: dict[str, list[DigestStory]] = {}
    for story in stories:
        by_topic.setdefault(story.topics[0].topic, []).append(story)
    return [Section(phrases.topic_title(topic), tuple(own)) for topic, own in by_topic.items()]


def _related(digest: Digest) -> dict[int, list[DigestStory]]:
    """The stories of this digest that a story's `related` names."""
    by_id = {story.id: story for story in digest.stories}
    return {
        story.id: [by_id[other] for other in story.related if other in by_id and other != story.id]
        for story in digest.stories
    }


def _preview(digest: Digest) -> str:
    """What an inbox shows behind the subject, which names the first story: the others."""
    if len(digest.stories) > 1:
        told = "Also: " + "; ".join(story.headline for story in digest.stories[1:6])
    else:
        told = digest.stories[0].extract if digest.stories else phrases.deck(digest)
    return shortened(told, PREVIEW_LENGTH)


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest count up to `most` that fits, by bisection; 0 where none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


# ---- text


def render_text(digest: Digest, *, unsubscribe_url: str | None = None) -> str:
    """The digest for a terminal or a mail client without HTML: 72 columns, every story with its link."""
    lines = [*_text_head(digest)]
    several_topics = len(phrases.topic_names(digest)) > 1
    for place, story in enumerate(digest.stories, start=1):
        lines += ["", *_text_story(place, story, digest.period.zone, several_topics)]
    if digest.near_misses:
        lines += ["", *_text_heading("Just below the threshold")]
        lines += [line for near_miss in digest.near_misses for line in _text_near_miss(near_miss)]
    lines += ["", *_text_heading("What was looked at")]
    lines += [line for fact in phrases.facts(digest) for line in _text_fact(fact)]
    lines += ["", *_wrapped(f"Sent to the list {digest.to} by monitor.")]
    if unsubscribe_url:
        lines += [f"Unsubscribe: {unsubscribe_url}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _text_head(digest: Digest) -> list[str]:
    day = phrases.day(digest.period.until, digest.period.zone)
    deck = _wrapped(f"{phrases.deck(digest)}.")
    return [*_wrapped(phrases.title(digest).upper()), day, *deck, RULE]


def _text_heading(heading: str) -> list[str]:
    return [heading.upper(), RULE]


def _text_story(place: int, story: DigestStory, zone: str, several_topics: bool) -> list[str]:
    first = f"{place}. "
    rest = " " * len(first)
    lines = _wrapped(story.headline, first=first, rest=rest)
    lines += _wrapped(" · ".join(phrases.byline(story, zone)), rest=rest)
    if story.extract:
        lines += ["", *_wrapped(story.extract, rest=rest), ""]
    for each in story.topics:
        about = f"{phrases.topic_title(each.topic)}: " if several_topics else ""
        lines += _wrapped(f"Score {phrases.score(each.score)}: {about}{each.why}", rest=rest)
    if story.marks:
        lines += _wrapped(phrases.sentence(story.marks), rest=rest)
    lines += [rest + _text_link(story.url)]
    for other in phrases.reprints(story):
        lines += [*_wrapped(f"Reprinted by {other.outlet}:", rest=rest), rest + _text_link(other.url)]
    return lines


def _text_near_miss(near_miss: NearMiss) -> list[str]:
    told = (
        f"{near_miss.headline} ({near_miss.outlet}, {phrases.score(near_miss.score)}"
        f" of {phrases.score(near_miss.threshold)})"
    )
    return [*_wrapped(told, first="- ", rest="  "), f"  {_text_link(near_miss.url)}"]


def _text_fact(fact: phrases.Fact) -> list[str]:
    lines = _wrapped(f"{fact.label}: {fact.text}")
    lines += [f"{count:>12} {counted}" for count, counted in fact.figures]
    lines += [line for name in fact.names for line in _wrapped(name, first="  - ", rest="    ")]
    return [*lines, *_text_command(fact.command)]


def _text_command(command: str) -> list[str]:
    """Ready to be copied to a shell, also where it needs two lines."""
    first, mark, rest = f"    $ {command}".partition(" --since")
    whole = f"{first}{mark}{rest}"
    return [whole] if len(whole) <= TEXT_WIDTH else [f"{first} \\", f"       {mark}{rest}"]


def _text_link(url: str) -> str:
    """On a line of its own, never wrapped: terminals make a link of it."""
    return phrases.link(url) or words.squeeze(words.clean(url))


def _wrapped(text: str, *, first: str | None = None, rest: str = "") -> list[str]:
    """The text in lines of at most 72 columns; a word is parted only where it is longer than a line."""
    lines: list[str] = []
    line, fresh = rest if first is None else first, True
    room = TEXT_WIDTH - len(rest)
    for piece in (piece for word in text.split() for piece in _pieces(word, room)):
        longer = f"{line}{piece}" if fresh else f"{line} {piece}"
        if fresh or _columns(longer) <= TEXT_WIDTH:
            line, fresh = longer, False
        else:
            lines.append(line)
            line = f"{rest}{piece}"
    return [*lines, line]


def _pieces(word: str, room: int) -> Iterator[str]:
    """A word, in parts of at most `room` columns: Chinese and Japanese come without blanks."""
    piece, used = "", 0
    for character in word:
        width = _columns(character)
        if used + width > room:
            yield piece
            piece, used = "", 0
        piece, used = piece + character, used + width
    yield piece


def _columns(text: str) -> int:
    """How wide a terminal shows the text (Unicode's UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(_column_count(character) for character in text)


def _column_count(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
