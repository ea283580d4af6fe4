"""A page in, an article out: each status on pages written for it."""

from __future__ import annotations

import asyncio
import pickle
import time
from datetime import date, timedelta

import pytest
from support.pages import PARAGRAPHS, TAIL, TITLE, URL, news, page

from monitor.articles.extract import extract
from monitor.model.article import Article, BodyStatus, FeedKnowledge, Method
from monitor.workers import Workers

ENTRY = FeedKnowledge(title=TITLE, summary=PARAGRAPHS[0], author="Ada Quill")
DETECTOR_OF_ROBOTS = (
    "Researchers taught a robot to verify whether you are a human by the way you walk, and the harbour was"
    " the first place to try it, with four thousand passengers who had agreed to be filmed on the gangway."
)


def read(
    source: str | bytes, url: str = URL, known: FeedKnowledge | None = ENTRY, content_type: str | None = None
) -> Article:
    body = source.encode() if isinstance(source, str) else source
    return extract(body, url=url, content_type=content_type, known=known)


def test_an_article_comes_whole_with_all_that_the_page_tells():
    head = '<link rel="canonical" href="/news/ferry">'
    linked = news(datePublished="2026-11-24T08:00:00Z", author={"name": "Ada Quill"})

    article = read(page(linked=linked, head=head))

    assert article.status is BodyStatus.FULL
    assert article.text == "\n".join(PARAGRAPHS)
    assert article.title == TITLE
    assert article.author == "Ada Quill"
    assert article.published_on == date(2026, 11, 24)
    assert article.language == "en"
    assert article.site_name == "The Gazette"
    assert article.canonical_url == "https://gazette.example/news/ferry"
    assert article.method is Method.TRAFILATURA
    assert article.evidence


@pytest.mark.parametrize("known", [ENTRY, None], ids=["listed by a feed", "from nowhere"])
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(page(), id="plain"),
        pytest.param(page(clutter=40), id="much around it"),
        pytest.param(page(paragraphs=PARAGRAPHS[:1]), id="a short report"),
        pytest.param(page(linked=news(isAccessibleForFree=False)), id="marked as not free, but whole"),
        pytest.param(
            page(after='<div class="paywall hidden">Already a subscriber?</div>'), id="a wall that is not up"
        ),
        pytest.param(page(head='<meta name="robots" content="noindex">'), id="noindex"),
        pytest.param(page(head='<meta property="og:type" content="website">'), id="og:type website"),
        pytest.param(page(paragraphs=[DETECTOR_OF_ROBOTS, *PARAGRAPHS]), id="about robots"),
        pytest.param(
            page(
                title="Cookies, consent and our partners: what the new privacy policy law wants",
                paragraphs=PARAGRAPHS * 2,
            ),
            id="about cookies",
        ),
        pytest.param(page(title="Error 404: the town's lost page"), id="about a page not found"),
    ],
)
def test_a_whole_article_is_never_called_anything_else(source, known):
    assert read(source, known=known).status is BodyStatus.FULL


CHALLENGE = """<html><head><title>Just a moment...</title></head><body>
<h1>gazette.example</h1><p>Verifying you are human. This may take a few seconds.</p>
<p>gazette.example needs to review the security of your connection before proceeding.</p>
<script>window._cf_chl_opt={cvId: '3'};</script></body></html>"""
DENIED = """<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>
<p>You don't have permission to access this page on this server. Reference #18.2d351ab8</p></body></html>"""
CONSENT = """<html><head><title>Before you continue</title></head><body><div><h1>Your privacy</h1>
<p>We and our 842 partners store and/or access information on a device, such as cookies, and process
personal data for personalised advertising and content. Some of our partners do so on the basis of legitimate
interest. You may give your consent or manage your choices at any time in our privacy policy.</p>
<button>Accept all</button><button>Reject all</button></div></body></html>"""
GONE = """<html><head><title>Page not found - The Gazette</title></head><body><h1>Sorry!</h1>
<p>The page you were looking for has moved, or it never was there. Try our front page or use the search.</p>
</body></html>"""
SCRIPT_ONLY = """<html><head><title>The Gazette</title></head><body><div id="root"></div>
<script src="/app.js"></script></body></html>"""


@pytest.mark.parametrize("known", [ENTRY, None], ids=["listed by a feed", "from nowhere"])
@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param(CHALLENGE, BodyStatus.BLOCKED, id="a challenge"),
        pytest.param(DENIED, BodyStatus.BLOCKED, id="access denied"),
        pytest.param(CONSENT, BodyStatus.CONSENT, id="a consent page"),
        pytest.param(GONE, BodyStatus.GONE, id="a soft 404"),
        pytest.param(SCRIPT_ONLY, BodyStatus.FAILED, id="nothing but a script"),
        pytest.param("", BodyStatus.FAILED, id="an empty body"),
        pytest.param("%PDF-1.7", BodyStatus.NOT_ARTICLE, id="a PDF"),
    ],
)
def test_what_stands_in_an_articles_place_is_known_as_such_and_gives_no_text(source, status, known):
    article = read(source, known=known)

    assert article.status is status
    assert article.evidence
    assert article.text == ""
    assert article.title is None
    assert article.canonical_url is None
    assert article.method is Method.NONE


def test_a_consent_page_is_known_by_its_address_in_any_language():
    source = page(title="Magánszféra", paragraphs=["Kérjük, válasszon, mielőtt tovább olvasna. " * 4])

    assert read(source, "https://consent.gazette.example/v2/collect?x=1").status is BodyStatus.CONSENT


FRONT = page(
    title="The Gazette",
    paragraphs=(),
    head='<meta property="og:type" content="website">',
    after="".join(
        f'<h2><a href="/n/{n}/a-story">{line}</a></h2><p>{line}.</p>' for n, line in enumerate(TAIL * 6)
    ),
)


@pytest.mark.parametrize("known", [ENTRY, None], ids=["listed by a feed", "from nowhere"])
@pytest.mark.parametrize(
    ("source", "url"),
    [
        pytest.param(FRONT, "https://gazette.example/", id="the front page after a redirect"),
        pytest.param(FRONT, "https://gazette.example/category/harbour", id="a section"),
        pytest.param(
            page(
                title="Sea rope, 30 m",
                paragraphs=["Strong.", "In stock."],
                linked={"@type": "Product", "name": "Sea rope"},
                head='<meta property="og:type" content="product">',
            ),
            "https://gazette.example/shop/sea-rope",
            id="a product",
        ),
        pytest.param(
            page(title="Ada Quill", paragraphs=["Writes on ferries."], linked={"@type": "ProfilePage"}),
            "https://gazette.example/authors/ada-quill",
            id="an author's page",
        ),
    ],
)
def test_a_listing_or_product_is_no_article(source, url, known):
    article = read(source, url, known)

    assert article.status is BodyStatus.NOT_ARTICLE
    assert article.text == ""


def test_another_page_than_the_feed_meant_is_no_article():
    other = FeedKnowledge(
        title="Parliament exempts volunteer developers from licensing rules",
        summary="Lawmakers settled late on Thursday on exemptions for volunteers who publish software.",
    )

    assert read(page(), known=other).status is BodyStatus.NOT_ARTICLE


TEASED = [PARAGRAPHS[0], PARAGRAPHS[1][:90].rstrip() + "…"]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        pytest.param(page(paragraphs=TEASED), BodyStatus.TEASER, id="breaks off"),
        pytest.param(
            page(paragraphs=[PARAGRAPHS[0], "Continue reading"]), BodyStatus.TEASER, id="continue reading"
        ),
        pytest.param(
            page(paragraphs=PARAGRAPHS[:1], linked=news(isAccessibleForFree=False)),
            BodyStatus.PAYWALL,
            id="short and marked as not free",
        ),
        pytest.param(
            page(paragraphs=TEASED, after="<div><p>Subscribe to continue reading this story</p></div>"),
            BodyStatus.PAYWALL,
            id="breaks off at a wall",
        ),
        pytest.param(
            page(paragraphs=TEASED, after='<div class="c-paywall"><p>Bereits Abonnent?</p></div>'),
            BodyStatus.PAYWALL,
            id="breaks off at a wall in another language",
        ),
    ],
)
def test_the_beginning_of_an_article_is_known_as_such_and_keeps_its_text(source, status):
    article = read(source)

    assert article.status is status
    assert article.text.startswith(PARAGRAPHS[0])
    assert "Subscribe" not in article.text


def test_a_feed_that_carries_much_more_than_the_page_shows_the_page_to_be_a_teaser():
    known = FeedKnowledge(title=TITLE, content="\n".join(PARAGRAPHS))

    assert read(page(paragraphs=PARAGRAPHS[:1]), known=known).status is BodyStatus.TEASER


def test_the_pages_own_article_body_serves_where_the_markup_holds_next_to_nothing():
    linked = news(articleBody="\n".join(PARAGRAPHS))
    source = f"<html><head><title>{TITLE}</title></head><body><div id='app'>Loading</div></body></html>"
    source = source.replace(
        "</head>", page(linked=linked).partition("<head>")[2].partition("</head>")[0] + "</head>"
    )

    article = read(source)

    assert article.status is BodyStatus.FULL
    assert article.method is Method.JSON_LD
    assert article.text == "\n".join(PARAGRAPHS)


def test_the_language_is_that_of_the_text_whatever_the_template_says():
    german = (
        "Der Hafenrat hat am Dienstag beschlossen, das alte Fährterminal noch zwei Winter offen zu halten.",
        "Die Bürgermeisterin sagte, die Entscheidung spare der Stadt vier Millionen Kronen.",
    )

    assert read(page(title="Hafenrat", paragraphs=german, lang="en"), known=None).language == "de"


def test_control_and_direction_characters_do_not_come_out():
    article = read(page(title="Ferry\u202e stays", paragraphs=[f"\x1b[31m{PARAGRAPHS[0]}", *PARAGRAPHS[1:]]))

    assert "\x1b" not in article.text
    assert "\u202e" not in (article.title or "")


@pytest.mark.parametrize("url", ["", "http://[", "/home/page.html", "javascript:void(0)"])
def test_a_page_without_a_readable_address_is_read_all_the_same(url):
    assert read(page(), url).status is BodyStatus.FULL


def test_two_readings_of_one_page_are_the_same():
    assert read(page(clutter=5)) == read(page(clutter=5))


def test_a_broken_page_is_read_as_far_as_it_goes():
    whole = page()

    article = read(whole[: whole.index(PARAGRAPHS[4]) + 60])

    assert article.text.startswith(PARAGRAPHS[0])


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("words<br>" * 24_000, id="breaks"),
        pytest.param('<a href="/x/y">five words in this link</a> ' * 24_000, id="links"),
        pytest.param("<p>" + "word and word " * 200_000 + "</p>", id="one paragraph"),
        pytest.param("<p>" + "2026-11-24 " * 250_000 + "</p>", id="dates"),
        pytest.param("<table>" + ("<tr>" + "<td>cell</td>" * 100 + "</tr>") * 100 + "</table>", id="cells"),
        pytest.param('<script type="application/ld+json">' + '{"@graph":[' * 30_000 + "</script>", id="data"),
        pytest.param("<h1>Another heading here</h1>" * 10_000, id="headings"),
        pytest.param("<p>" + "…" * 1_000_000 + "</p>", id="ellipses"),
    ],
)
def test_no_page_within_the_limits_takes_five_seconds(after):
    started = time.process_time()

    article = read(page(after=after))

    assert time.process_time() - started < 5
    assert PARAGRAPHS[0] in article.text


def test_a_page_of_hostile_size_is_read_within_its_deadline_in_a_worker():
    source = page(after="<div><b>" * 60_000 + "<p>x</p>" * 200_000).encode()

    async def work() -> Article:
        async with Workers(count=1, task_timeout=timedelta(seconds=10)) as workers:
            return await workers.run(read, source)

    started = time.monotonic()
    article = asyncio.run(work())

    assert time.monotonic() - started < 15
    assert article.text.startswith(PARAGRAPHS[0])
    assert pickle.loads(pickle.dumps(article)) == article
