"""Decisions on values: status, retries, which text is judged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.articles.signs import Marks, Signs
from monitor.articles.status import best_text, retry_delay, status_of, status_of_answer, status_of_entry
from monitor.model.article import Article, BodyStatus, FeedKnowledge, JudgedOn, Method
from monitor.model.web import Answer, FetchOutcome

URL = "https://gazette.example/news/ferry"
WHOLE = {"characters": 4_000, "words": 700, "long_lines": 12, "broken_off": False, "slug_words": 5}


def signs(**changes) -> Signs:
    return Signs(**(WHOLE | changes))


def answer(outcome: FetchOutcome, **fields) -> Answer:
    return Answer(url=URL, final_url=URL, outcome=outcome, **fields)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"closed": True}, id="marked as not free"),
        pytest.param({"marks": Marks(wall="to continue reading")}, id="a wall in the template"),
        pytest.param(
            {"marks": Marks(challenge="captcha", consent="cookies", not_found="404")}, id="about walls"
        ),
        pytest.param({"characters": 300, "words": 50, "long_lines": 1}, id="short"),
        pytest.param(
            {"characters": 300, "long_lines": 1, "marks": Marks(wall_hint="already a subscriber")},
            id="short, with a hint",
        ),
        pytest.param(
            {"section": True, "og_type": "website", "link_share": 0.7}, id="in a section with many links"
        ),
        pytest.param({"shares_words": None, "slug_words": 1}, id="nothing to compare"),
        pytest.param({"home": True, "named_by_entry": True, "shares_words": True}, id="a site of one page"),
        pytest.param({"broken_off": True}, id="long, with an ellipsis at its end"),
    ],
)
def test_a_whole_article_keeps_its_status_whatever_else_the_page_shows(changes):
    assert status_of(signs(**changes))[0] is BodyStatus.FULL


def test_every_status_says_what_it_stands_on():
    for changes in (
        {},
        {"broken_off": True, "characters": 300},
        {"characters": 0, "words": 0, "long_lines": 0},
    ):
        assert all(status_of(signs(**changes))[1])


def test_a_page_without_text_is_tried_again_even_if_nothing_fits_the_entry():
    status, _ = status_of(signs(characters=0, words=0, long_lines=0, shares_words=False))

    assert status is BodyStatus.FAILED


def test_a_cut_text_of_any_length_is_a_paywalls_where_the_page_says_so():
    status, evidence = status_of(signs(broken_off=True, closed=True))

    assert status is BodyStatus.PAYWALL
    assert "isAccessibleForFree: false" in evidence


OUTCOMES = {
    FetchOutcome.NOT_MODIFIED: BodyStatus.FAILED,
    FetchOutcome.THROTTLED: BodyStatus.FAILED,
    FetchOutcome.GONE: BodyStatus.GONE,
    FetchOutcome.NOT_FOUND: BodyStatus.FAILED,
    FetchOutcome.FORBIDDEN: BodyStatus.BLOCKED,
    FetchOutcome.CLIENT_ERROR: BodyStatus.FAILED,
    FetchOutcome.SERVER_ERROR: BodyStatus.FAILED,
    FetchOutcome.TIMEOUT: BodyStatus.FAILED,
    FetchOutcome.UNREACHABLE: BodyStatus.FAILED,
    FetchOutcome.TLS: BodyStatus.FAILED,
    FetchOutcome.BROKEN: BodyStatus.FAILED,
    FetchOutcome.TOO_LARGE: BodyStatus.FAILED,
    FetchOutcome.REDIRECTS: BodyStatus.FAILED,
    FetchOutcome.BLOCKED: BodyStatus.REFUSED,
    FetchOutcome.BAD_ADDRESS: BodyStatus.FAILED,
}


@pytest.mark.parametrize("outcome", [outcome for outcome in FetchOutcome if outcome is not FetchOutcome.OK])
def test_every_answer_without_a_page_has_a_status_and_a_reason(outcome):
    article = status_of_answer(answer(outcome, error="so it was"))

    assert article is not None
    assert article.status is OUTCOMES[outcome]
    assert article.error == "so it was"
    assert status_of_answer(answer(outcome)).error


def test_a_page_that_came_has_no_status_yet():
    assert status_of_answer(answer(FetchOutcome.OK, body=b"x")) is None


def test_a_404_is_asked_once_more_after_an_hour_and_then_gone():
    not_found = answer(FetchOutcome.NOT_FOUND, status=404)

    first = status_of_answer(not_found, tries=1)
    second = status_of_answer(not_found, tries=2)

    assert first.status is BodyStatus.FAILED
    assert retry_delay(first.status, 1, not_found) == timedelta(hours=1)
    assert second.status is BodyStatus.GONE
    assert retry_delay(second.status, 2, not_found) is None


def test_payment_required_is_a_paywall():
    assert status_of_answer(answer(FetchOutcome.FORBIDDEN, status=402)).status is BodyStatus.PAYWALL


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("video/mp4", BodyStatus.NOT_ARTICLE), ("text/html", BodyStatus.FAILED), (None, BodyStatus.FAILED)],
)
def test_too_large_a_page_is_no_article_only_if_it_says_so(content_type, status):
    too_large = answer(FetchOutcome.TOO_LARGE, content_type=content_type)

    assert status_of_answer(too_large).status is status
    assert retry_delay(status, 1, too_large) is None


@pytest.mark.parametrize("status", [BodyStatus.FAILED, BodyStatus.BLOCKED])
def test_failed_and_blocked_pages_are_tried_five_times_at_growing_distance(status):
    waits = [retry_delay(status, tries, answer(FetchOutcome.SERVER_ERROR)) for tries in range(1, 7)]

    assert waits == [
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(hours=6),
        timedelta(hours=24),
        None,
        None,
    ]


def test_a_server_that_names_a_wait_is_asked_after_it():
    throttled = answer(FetchOutcome.THROTTLED, status=429, retry_after=timedelta(minutes=7))

    assert retry_delay(BodyStatus.FAILED, 1, throttled) == timedelta(minutes=7)
    assert retry_delay(BodyStatus.FAILED, 1, answer(FetchOutcome.THROTTLED)) == timedelta(minutes=15)


@pytest.mark.parametrize("status", sorted(set(BodyStatus) - {BodyStatus.FAILED, BodyStatus.BLOCKED}))
def test_no_other_status_is_tried_again(status):
    assert retry_delay(status, 1, answer(FetchOutcome.OK)) is None


KNOWN = FeedKnowledge(
    title="Ferry stays", summary="It stays.", content="It stays, and here is all of it.", language="en"
)
BARE = FeedKnowledge(title="Ferry stays")
BODY = "The council voted on Tuesday to keep the old ferry terminal open."


@pytest.mark.parametrize(
    ("article", "known", "body", "judged_on"),
    [
        pytest.param(Article(status=BodyStatus.FULL, text=BODY), KNOWN, BODY, JudgedOn.BODY, id="the body"),
        pytest.param(
            Article(status=BodyStatus.TEASER, text=BODY),
            KNOWN,
            BODY,
            JudgedOn.TEASER,
            id="a teaser with more",
        ),
        pytest.param(
            Article(status=BodyStatus.TEASER, text="It"),
            KNOWN,
            KNOWN.content,
            JudgedOn.FEED_TEXT,
            id="a teaser with less",
        ),
        pytest.param(None, KNOWN, KNOWN.content, JudgedOn.FEED_TEXT, id="no page yet"),
        pytest.param(None, FeedKnowledge(title="t", summary="s"), "s", JudgedOn.FEED_TEXT, id="the summary"),
        pytest.param(None, BARE, "", JudgedOn.TITLE, id="the title alone"),
        pytest.param(
            status_of_entry(KNOWN), KNOWN, KNOWN.content, JudgedOn.FEED_TEXT, id="an entry without a page"
        ),
    ],
)
def test_the_fullest_text_that_is_the_articles_is_judged(article, known, body, judged_on):
    text = best_text(article, known)

    assert text is not None
    assert (text.title, text.body, text.judged_on) == (known.title, body, judged_on)


@pytest.mark.parametrize("status", sorted(set(BodyStatus) - {BodyStatus.FULL, BodyStatus.TEASER}))
def test_the_text_of_a_wall_is_never_judged(status):
    article = Article(status=status, text="We value your privacy", title="Before you continue")

    text = best_text(article, KNOWN)

    assert text is not None
    assert (text.title, text.body) == (KNOWN.title, KNOWN.content)


def test_the_pages_title_and_language_serve_where_the_feed_has_none():
    article = Article(status=BodyStatus.FULL, text=BODY, title="From the page", language="da")

    text = best_text(article, FeedKnowledge())

    assert text is not None
    assert (text.title, text.language) == ("From the page", "da")


def test_nothing_at_all_is_no_text():
    assert best_text(None, FeedKnowledge()) is None


def test_an_entry_without_a_page_is_its_own_article():
    assert status_of_entry(KNOWN).method is Method.FEED_CONTENT
    assert status_of_entry(FeedKnowledge(title="t", summary="s")).method is Method.FEED_SUMMARY
    assert status_of_entry(BARE).status is BodyStatus.NOT_ARTICLE
