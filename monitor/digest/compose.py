"""Rows of flagged articles in, one digest out. Pure: no I/O, no clock, no settings.

Which articles belong to a period is the store's affair, how a digest looks is `render`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from monitor import urls, words
from monitor.digest.extracts import extract, shortened
from monitor.model.digest import (
    Coverage,
    Digest,
    DigestArticle,
    DigestStory,
    FlaggedArticle,
    NearMiss,
    Period,
    TopicScore,
)

NEAR_MISSES = 5
# Longer than any honest one; more is a mistake or an attack, and would push out the rest of the page.
HEADLINE_LENGTH = 250
OUTLET_LENGTH = 80
WHY_LENGTH = 300

MARKS = {
    "teaser": "judged on the teaser",
    "feed_text": "judged on the feed's text",
    "title": "judged on the title",
}


def compose(
    list_name: str,
    period: Period,
    rows: Sequence[FlaggedArticle],
    near: Sequence[FlaggedArticle],
    coverage: Coverage,
    *,
    thresholds: Mapping[str, float],
    related: Mapping[int, Sequence[int]] | None = None,
) -> Digest:
    """One digest for one list.

    `rows` are all articles of every story that is in, one row an article and topic; each story among
    them is listed, strongest first. `near` are rows below the threshold: the five strongest stories that
    are not listed anyway. `thresholds` names every topic of `near`; `related` is keyed by story id.
    """
    stories = [_story(story_id, of_story, related or {}) for story_id, of_story in _by_story(rows).items()]
    stories.sort(key=lambda story: (-story.topics[0].score, story.id))
    listed = {row.story_id for row in rows}
    return Digest(
        to=list_name,
        period=period,
        stories=tuple(stories),
        near_misses=_near_misses([row for row in near if row.story_id not in listed], thresholds),
        coverage=coverage,
    )


def _by_story(rows: Iterable[FlaggedArticle]) -> dict[int, list[FlaggedArticle]]:
    stories: dict[int, list[FlaggedArticle]] = defaultdict(list)
    for row in rows:
        stories[row.story_id].append(row)
    return stories


def _story(story_id: int, rows: list[FlaggedArticle], related: Mapping[int, Sequence[int]]) -> DigestStory:
    articles = _articles(rows)
    # A reprint that was not flagged itself says nothing about why. Where no row is flagged, the list asks
    # for less than the topic does, and all of them speak.
    judged = sorted([row for row in rows if row.flagged] or rows, key=_strength)
    headline = _headline(articles)
    return DigestStory(
        id=story_id,
        headline=headline,
        url=articles[0].url,
        outlets=tuple(dict.fromkeys(article.outlet for article in articles)),
        reprints=len(articles) - 1,
        related=tuple(related.get(story_id, ())),
        extract=_extract(judged, headline),
        topics=_topics(judged),
        marks=_marks(judged),
        articles=articles,
        language=next(row.language for row in rows if row.article_id == articles[0].article_id),
        published_at=articles[0].published_at,
    )


def _articles(rows: list[FlaggedArticle]) -> tuple[DigestArticle, ...]:
    """Each article of a story once, the original first, then as they came out."""
    ordered = sorted(rows, key=_age)
    return tuple({row.article_id: _article(row) for row in ordered}.values())


def _article(row: FlaggedArticle) -> DigestArticle:
    return DigestArticle(
        url=row.url,
        outlet=_one_line(row.outlet, OUTLET_LENGTH) or urls.host(row.url) or "unknown outlet",
        title=_one_line(row.title, HEADLINE_LENGTH),
        published_at=row.published_at,
        role=row.role,
        article_id=row.article_id,
    )


def _headline(articles: Sequence[DigestArticle]) -> str:
    """The original's title; where it has none a reprint's, else the address."""
    titles = (article.title for article in articles)
    return next(filter(None, titles), _one_line(articles[0].url, HEADLINE_LENGTH) or "(no title)")


def _topics(judged: list[FlaggedArticle]) -> tuple[TopicScore, ...]:
    """Each topic with its strongest verdict; `judged` is sorted by strength."""
    strongest: dict[str, FlaggedArticle] = {}
    for row in judged:
        strongest.setdefault(row.topic, row)
    return tuple(
        TopicScore(topic=row.topic, score=row.score, why=_one_line(row.why, WHY_LENGTH))
        for row in strongest.values()
    )


def _marks(judged: list[FlaggedArticle]) -> tuple[str, ...]:
    """What a reader should know about the verdict: nothing where any of the reports was read in full."""
    if any(row.judged_on not in MARKS for row in judged):
        return ()
    return (MARKS[judged[0].judged_on],)


def _extract(judged: list[FlaggedArticle], headline: str) -> str:
    """From the strongest report that has anything to quote."""
    found = (extract(row, headline) for row in judged)
    return next(filter(None, found), "")


def _near_misses(rows: list[FlaggedArticle], thresholds: Mapping[str, float]) -> tuple[NearMiss, ...]:
    strongest: dict[int, FlaggedArticle] = {}
    for row in sorted(rows, key=_strength):
        strongest.setdefault(row.story_id, row)
    return tuple(_near_miss(row, thresholds) for row in list(strongest.values())[:NEAR_MISSES])


def _near_miss(row: FlaggedArticle, thresholds: Mapping[str, float]) -> NearMiss:
    article = _article(row)
    return NearMiss(
        headline=_headline([article]),
        url=article.url,
        outlet=article.outlet,
        topic=row.topic,
        score=row.score,
        threshold=thresholds[row.topic],
    )


def _strength(row: FlaggedArticle) -> tuple[float, bool, int, str]:
    """Sort key: strongest first, the original before its reprints; never a tie."""
    return -row.score, row.role == "reprint", row.article_id, row.topic


def _age(row: FlaggedArticle) -> tuple[bool, float, float, int]:
    """Sort key: the original, then by when a report came out, or was first seen where it does not say."""
    claimed = row.published_at or row.first_seen_at
    return row.role != "original", claimed.timestamp(), row.first_seen_at.timestamp(), row.article_id


def _one_line(text: str, length: int) -> str:
    return shortened(words.squeeze(words.clean(text)), length)
