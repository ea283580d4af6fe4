"""What both forms of a digest say in words: dates in the reader's zone, counts, coverage.

Pure. Layout is `render`'s affair. English, whatever the machine's locale is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor import urls, words
from monitor.digest.extracts import shortened
from monitor.model.digest import Coverage, Digest, DigestArticle, DigestStory

# fmt: off
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
# fmt: on
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# Of the languages that the watched outlets write in; any other shows its code.
# fmt: off
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}
# fmt: on

# How topics' names, which are plain slugs, are written in running text.
CAPITALS = re.compile(r"\b(ai|eu|uk|us|un|ip|it|llm|gpu|api)s?\b")
COMPOUNDS = re.compile(r"\b(open|closed) (source|weight|data|science|web)(?= \w)")

# In the order of the contract, as a reader would say them.
STATUSES = {
    "full": "read in full",
    "teaser": "only a teaser to be had",
    "paywall": "behind a paywall",
    "consent": "behind a consent page",
    "blocked": "behind a bot wall",
    "refused": "not ours to fetch (robots.txt or address guard)",
    "gone": "gone",
    "not_article": "no article",
    "failed": "failed, to be tried again",
    "pending": "not read yet",
}
JUDGED_ON = {
    "body": "the whole text",
    "feed_text": "the feed’s own text",
    "teaser": "a teaser",
    "title": "the title alone",
}

# A link that no browser or mail client would follow to its end.
LONGEST_LINK = urls.MAX_LENGTH
MOST_NAMED = 15  # feeds or addresses in one line of the coverage; the command beside it lists all
NAME_LENGTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the coverage: what it is about, its figures or names, and the command behind them."""

    label: str
    command: str
    text: str = ""
    figures: tuple[tuple[str, str], ...] = ()  # count and what was counted; they add up to the text's
    names: tuple[str, ...] = ()


# ---- figures and dates


def number(count: int) -> str:
    return f"{count:,}"


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """'1 story', '1,284 articles', 'no near misses'."""
    noun = singular if count == 1 else plural or f"{singular}s"
    return f"{number(count) if count else 'no'} {noun}"


def day(moment: datetime, zone: str) -> str:
    """'Wednesday, 25 November 2026'."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}"


def short_day(moment: datetime, zone: str) -> str:
    """'25 Nov 2026'."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[local.month - 1][:3]} {local.year}"


def when(moment: datetime, zone: str) -> str:
    """'25 Nov, 07:00'; the reader knows the year."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[local.month - 1][:3]}, {local:%H:%M}"


def period(digest: Digest) -> str:
    since, until, zone = digest.period.since, digest.period.until, digest.period.zone
    return f"{when(since, zone)} to {when(until, zone)} ({zone} time)"


def score(value: float) -> str:
    return f"{value:.2f}"


# ---- names


def topic_title(name: str) -> str:
    """'open-source-ai-policy' as it stands in a sentence: 'open-source AI policy'."""
    spaced = words.squeeze(words.clean(name).replace("-", " ").replace("_", " "))
    joined = COMPOUNDS.sub(r"\1-\2", spaced)
    return CAPITALS.sub(lambda found: found[0].upper() if not found[0].endswith("s") else found[0], joined)


def topic_names(digest: Digest) -> tuple[str, ...]:
    """The topics that were looked for, by name; the coverage lists them as 'name, version, threshold'."""
    looked_for = [line.partition(",")[0].strip() for line in digest.coverage.topics]
    found = [topic.topic for story in digest.stories for topic in story.topics]
    return tuple(dict.fromkeys(filter(None, looked_for + found)))


def title(digest: Digest) -> str:
    """What stands at the head of the page: the topic, or the list's name where it has several."""
    names = topic_names(digest)
    name = topic_title(names[0] if len(names) == 1 else digest.to)
    return name[:1].upper() + name[1:]


def looked_for(digest: Digest) -> str:
    """'open-source AI policy', 'open-source AI policy or data protection'."""
    names = [topic_title(name) for name in topic_names(digest)]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or digest.to


def deck(digest: Digest) -> str:
    """The day in one line, also on a day without stories."""
    coverage = digest.coverage
    source = f"in {counted(coverage.articles, 'article')} from {counted(coverage.feeds_checked, 'feed')}"
    if not digest.stories:
        return f"Nothing on {looked_for(digest)} {source}"
    return f"{counted(len(digest.stories), 'story', 'stories')} {source}"


def language(code: str | None) -> str:
    """The language's name; '' for English, in which the page around it is written, and for none."""
    base = (code or "").lower().partition("-")[0]
    return "" if base in ("", "en") else LANGUAGES.get(base, base if re.fullmatch("[a-z]{2,3}", base) else "")


def language_tag(code: str | None) -> str:
    """A value for `lang`; '' where the code is none."""
    return code if code and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", code) else ""


def link(url: str) -> str:
    """An address that may be a link; '' for everything that is not plain http(s)."""
    found = urls.absolute(url)
    return found if found and len(found) <= LONGEST_LINK else ""


# ---- a story


def byline(story: DigestStory, zone: str) -> tuple[str, ...]:
    """Outlet, time, language: what is known of them."""
    others = story.reprints
    outlet = story.outlets[0] if story.outlets else urls.host(story.url)
    told = f"{outlet}, and {counted(others, 'reprint')}" if others else outlet
    published = when(story.published_at, zone) if story.published_at else ""
    tongue = language(story.language)
    return tuple(filter(None, (told, published, f"in {tongue}" if tongue else "")))


def reprints(story: DigestStory) -> tuple[DigestArticle, ...]:
    """The reports behind the first."""
    return story.articles[1:]


def sentence(marks: Sequence[str]) -> str:
    """'Judged on the teaser.'"""
    told = ", ".join(marks)
    return f"{told[:1].upper()}{told[1:]}."


# ---- coverage


def command(digest: Digest) -> str:
    """What shows this digest again."""
    since, until = _iso(digest.period.since), _iso(digest.period.until)
    return f"monitor digest --to {shlex.quote(digest.to)} --since {since} --until {until}"


def facts(digest: Digest) -> list[Fact]:
    """What was looked at and what was not, each with the command that shows what is behind it."""
    coverage = digest.coverage
    listing = f"monitor articles list --since {_iso(digest.period.since)}"
    several = [
        Fact(label="Period", text=period(digest), command=command(digest)),
        Fact(label="Feeds", text=_feeds(coverage), command="monitor feeds list"),
        _names("Failing", coverage.feeds_failing, "monitor feeds show URL"),
        _names("Ask for a person", coverage.feeds_need_person, "monitor feeds show URL"),
        Fact(label="Articles", text=_articles(coverage), figures=_by_status(coverage), command=listing),
        Fact(label="Judged on", figures=_figures(coverage.judged_on, JUDGED_ON), command="monitor why URL"),
        _names("Looked for", coverage.topics, "monitor topics list", most=len(coverage.topics)),
        _names("Mail not delivered", coverage.undelivered, "monitor doctor"),
    ]
    return [fact for fact in several if fact.text or fact.figures or fact.names]


def _feeds(coverage: Coverage) -> str:
    failing, waiting = len(coverage.feeds_failing), len(coverage.feeds_need_person)
    told = [
        f"{number(coverage.feeds_checked)} checked",
        counted(coverage.entries_new, "new entry", "new entries"),
        f"{number(failing)} failing" if failing else "none failing",
        f"{number(waiting)} asking for a person" if waiting else "",
    ]
    return ", ".join(filter(None, told))


def _articles(coverage: Coverage) -> str:
    return f"{number(coverage.articles)} new, of which" if coverage.articles else "none new"


def _by_status(coverage: Coverage) -> tuple[tuple[str, str], ...]:
    """In the contract's order; they add up to the number of articles."""
    by_status = dict(coverage.articles_by_status)
    ordered = [(status, by_status.pop(status)) for status in STATUSES if status in by_status]
    rest = coverage.articles - sum(count for _, count in coverage.articles_by_status)
    return _figures([*ordered, *by_status.items(), ("without a status", max(rest, 0))], STATUSES)


def _figures(counts: Iterable[tuple[str, int]], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((number(count), names.get(key, key)) for key, count in counts if count)


def _names(label: str, names: Sequence[str], command: str, most: int = MOST_NAMED) -> Fact:
    shown = [shortened(words.squeeze(words.clean(name)), NAME_LENGTH) for name in names[:most]]
    if len(names) > most:
        shown.append(f"and {number(len(names) - most)} more")
    return Fact(label=label, names=tuple(shown), command=command)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
