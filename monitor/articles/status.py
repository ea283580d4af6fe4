"""What kind of page was this, which text is judged, when is it tried again? Values in, values out.

Everything that had to be looked at was gathered in `signs.py`. Precision comes first: a whole article that is
called something else is lost, a listing that passes as an article costs one verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.articles.signs import Signs
from monitor.model.article import Article, BodyStatus, FeedKnowledge, JudgedOn, Method, Text
from monitor.model.web import Answer, FetchOutcome

StatusAndWhy = tuple[BodyStatus, tuple[str, ...]]

SHORT_WALL = 1_200  # characters; what is longer under a bot wall's or banner's name is an article about one
SHORT_TEASER = 1_500  # characters; the longest beginning seen that breaks off and is no more
SHORT_WALLED = 800  # characters; what a paywall leaves where nothing else shows that the text is cut
FEW_PARAGRAPHS = 3  # fewer than so many, under an error page's heading, are no article
FEED_IS_FULLER = 2  # times as long as the page's text, the feed's own text shows that the page gives a part
LIST_LINES = 8  # none of 267 real news pages has so many without one of two lines of print
LISTING_FROM = 4  # marks from which on a page is no article
RETRIES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
NOT_FOUND_AGAIN = timedelta(hours=1)  # a page that a feed lists may not be published everywhere yet


def status_of(signs: Signs) -> StatusAndWhy:
    """The body status of a page that was read, and what it stands on, for people."""
    other = _something_else(signs)
    if other is not None:
        return other
    if not signs.characters and not (signs.home or signs.claims_listing):
        return BodyStatus.FAILED, ("no text could be read from the page",)
    listing = list(_listing_marks(signs))
    if sum(weight for weight, _ in listing) >= LISTING_FROM:
        return BodyStatus.NOT_ARTICLE, tuple(mark for weight, mark in listing if weight > 0)
    return _how_much(signs)


def _something_else(signs: Signs) -> StatusAndWhy | None:
    """A wall, a banner, an error page, another page than the feed meant: never taken for the article."""
    if signs.shares_words and signs.named_by_entry and signs.long_lines:
        return None
    marks = signs.marks
    if signs.characters < SHORT_WALL:
        if marks.challenge and not (signs.claims_article and signs.long_lines):
            return BodyStatus.BLOCKED, (f"a bot wall: {marks.challenge}",)
        if marks.consent and not (signs.claims_article and signs.shares_words):
            return BodyStatus.CONSENT, (f"a consent page: {marks.consent}",)
        if marks.not_found and not signs.claims_article and signs.long_lines < FEW_PARAGRAPHS:
            return BodyStatus.GONE, (f"an error page: {marks.not_found}",)
    if signs.lines >= LIST_LINES and not signs.long_lines:
        return BodyStatus.NOT_ARTICLE, (
            f"{signs.lines} lines and no paragraph among them: captions, links, a list",
        )
    if signs.characters and signs.shares_words is False:
        return BodyStatus.NOT_ARTICLE, ("hardly a rare word of the feed's entry is in the page",)
    return None


def _listing_marks(signs: Signs) -> Iterator[tuple[int, str]]:
    """For (positive) and against (negative) a listing, product, profile or form instead of an article."""
    if signs.home:
        yield 3, "the site's front page"
    if signs.claims_listing:
        yield 2, "calls itself a listing, product or profile in JSON-LD"
    if signs.og_type.startswith(("product", "profile")):
        yield 2, f"og:type {signs.og_type}"
    elif signs.og_type == "website":
        yield 1, "og:type website"
    if signs.section:
        yield 2, "a section in the address"
    if signs.link_share > 0.8:
        yield 2, "more than 80 % of its words are links"
    elif signs.link_share > 0.6:
        yield 1, "more than 60 % of its words are links"
    if signs.long_lines == 0:
        yield 2, "no paragraph of two lines"
    elif signs.long_lines >= 5:
        yield -2, "paragraphs"
    if signs.claims_article:
        yield -3, "calls itself an article"
    if signs.dated and signs.signed:
        yield -1, "dated and signed"
    if signs.slug_words >= 4 or signs.dated_path:
        yield -2, "an article's address"
    elif signs.slug_words <= 1:
        yield 1, "no headline in the address"
    if signs.named_by_entry:
        yield -3, "the feed's title is its heading"


def _how_much(signs: Signs) -> StatusAndWhy:
    """All of it or only the beginning; short alone is no teaser: whole reports may have 300 characters."""
    size = f"{signs.characters:,} characters"
    breaks_off = ("breaks off",) if signs.broken_off else ()
    wall = "isAccessibleForFree: false" if signs.closed else signs.marks.wall
    if wall and (signs.broken_off or signs.characters < SHORT_WALLED):
        return BodyStatus.PAYWALL, (wall, *breaks_off, size)
    if signs.marks.wall_hint and signs.broken_off:
        return BodyStatus.PAYWALL, (signs.marks.wall_hint, *breaks_off, size)
    if signs.broken_off and signs.characters < SHORT_TEASER:
        return BodyStatus.TEASER, (*breaks_off, size)
    if signs.feed_characters > FEED_IS_FULLER * signs.characters:
        return BodyStatus.TEASER, (size, f"the feed itself carries {signs.feed_characters:,}")
    return BodyStatus.FULL, (f"{signs.words:,} words", f"{signs.long_lines} paragraphs")


def status_of_answer(answer: Answer, tries: int = 1) -> Article | None:
    """The article that an answer without a readable page makes; None where there is a page to read.

    `tries` counts this request: a first 404 is `failed` and asked once more, a second one is `gone`.
    """
    if answer.outcome is FetchOutcome.OK:
        return None
    status = _status_without_page(answer, tries)
    reason = answer.error or answer.outcome.value.replace("_", " ")
    return Article(status=status, evidence=(reason,), error=reason)


def status_of_entry(known: FeedKnowledge) -> Article:
    """The article that an entry without a page makes: its own text in the feed is all there ever is."""
    method = Method.FEED_CONTENT if known.content else Method.FEED_SUMMARY if known.summary else Method.NONE
    return Article(
        status=BodyStatus.FULL if known.content or known.summary else BodyStatus.NOT_ARTICLE,
        method=method,
        evidence=("the entry names no page; its own text is the article",),
    )


def _status_without_page(answer: Answer, tries: int) -> BodyStatus:
    match answer.outcome:
        case FetchOutcome.GONE:
            return BodyStatus.GONE
        case FetchOutcome.NOT_FOUND:
            return BodyStatus.GONE if tries > 1 else BodyStatus.FAILED
        case FetchOutcome.FORBIDDEN:
            return BodyStatus.PAYWALL if answer.status == 402 else BodyStatus.BLOCKED
        case FetchOutcome.BLOCKED:
            return BodyStatus.REFUSED
        case FetchOutcome.TOO_LARGE if not _may_be_html(answer.content_type):
            return BodyStatus.NOT_ARTICLE
        case _:
            return BodyStatus.FAILED


def _may_be_html(content_type: str | None) -> bool:
    return not content_type or "html" in content_type.lower() or "text/plain" in content_type.lower()


def retry_delay(status: BodyStatus, tries: int, answer: Answer | None) -> timedelta | None:
    """How long to wait before the page is asked for again; None: never. `tries` counts the one just made."""
    if status not in (BodyStatus.FAILED, BodyStatus.BLOCKED) or not 1 <= tries <= len(RETRIES):
        return None
    outcome = answer.outcome if answer is not None else None
    if outcome in (FetchOutcome.TOO_LARGE, FetchOutcome.BAD_ADDRESS):
        return None
    if outcome is FetchOutcome.NOT_FOUND:
        return NOT_FOUND_AGAIN
    if outcome is FetchOutcome.THROTTLED and answer is not None and answer.retry_after is not None:
        return answer.retry_after
    return RETRIES[tries - 1]


def best_text(article: Article | None, known: FeedKnowledge) -> Text | None:
    """The text that is judged: the body, else the feed's own, else the title; never a wall's or banner's."""
    title = known.title or (article.title if article is not None else None) or ""
    language = (article.language if article is not None else None) or known.language
    feed_text = max(known.content, known.summary, key=len).strip()
    body, judged_on = feed_text, JudgedOn.FEED_TEXT
    if article is not None and article.status is BodyStatus.FULL and article.text:
        body, judged_on = article.text, JudgedOn.BODY
    elif article is not None and article.status is BodyStatus.TEASER and len(article.text) >= len(feed_text):
        body, judged_on = article.text, JudgedOn.TEASER
    if not body:
        judged_on = JudgedOn.TITLE
    return Text(title=title, body=body, judged_on=judged_on, language=language) if title or body else None
