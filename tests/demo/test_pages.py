"""Pages: cluttered as real ones are, different from outlet to outlet, and never broken by their own text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.demo.content import Access, load_clutter, load_outlets
from monitor.demo.pages import Link, PageView, body_html, inline, local_date, render_article, slugify

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
OUTLETS = {outlet.key: outlet for outlet in load_outlets()}
WITH_ARTICLES = [pytest.param(outlet, id=outlet.key) for outlet in OUTLETS.values() if outlet.articles]


def view_of(outlet, article=None) -> PageView:
    return PageView(
        outlet=outlet,
        article=article or outlet.articles[-1],
        home="http://outlet.example",
        canonical_url="http://outlet.example/here",
        published_at=NOON,
        siblings=(Link(title="Another of ours", url="http://outlet.example/another"),),
        feed_links=(Link(title="Feed", url="http://outlet.example/feed"),),
    )


@pytest.mark.parametrize("outlet", WITH_ARTICLES)
def test_a_page_is_as_heavy_as_pages_are(outlet):
    article = next(a for a in outlet.articles if a.access is Access.FULL)

    page = render_article(view_of(outlet, article))

    assert 15_000 < len(page.encode()) < 60_000


@pytest.mark.parametrize("outlet", WITH_ARTICLES)
def test_a_page_carries_rail_comments_cookie_banner_and_sign_up(outlet):
    article = next(a for a in outlet.articles if a.access is Access.FULL)
    clutter = load_clutter(outlet.language)

    page = render_article(view_of(outlet, article))

    assert sum(slugify(title) in page or title in page for title in clutter.rail) >= 5
    assert sum(name in page for name, _ in clutter.comments) >= 3
    assert 'class="comment' in page
    assert "consent" in page
    assert "data-newsletter" in page or "newsletter.php" in page


def test_outlets_share_no_more_than_two_a_template():
    templates = [outlet.template for outlet in OUTLETS.values() if outlet.articles]

    assert len(set(templates)) >= 8
    assert all(templates.count(template) <= 2 for template in templates)


@pytest.mark.parametrize("outlet", WITH_ARTICLES)
def test_markup_in_a_headline_is_text(outlet):
    article = replace(
        outlet.articles[-1], access=Access.FULL, headline='</script><img src=x onerror="alert(1)">'
    )

    page = render_article(view_of(outlet, article))

    assert "<img src=x" not in page
    assert page.count("</script>") == page.count("<script")


def test_a_teaser_says_so_to_people_and_to_programs():
    outlet = OUTLETS["circuit-statute"]
    teaser = next(article for article in outlet.articles if article.access is Access.TEASER)

    page = render_article(view_of(outlet, teaser))

    assert '"isAccessibleForFree": false' in page
    assert load_clutter("en").words["subscribe_title"] in page


def test_a_consent_page_holds_nothing_of_the_article():
    outlet = OUTLETS["fanal-du-midi"]
    article = next(article for article in outlet.articles if article.access is Access.CONSENT)

    page = render_article(view_of(outlet, article))

    assert load_clutter("fr").words["cookie_text"].partition("'")[0] in page
    assert article.headline not in page
    assert article.blocks[0].plain not in page


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "25 November 2026, 12:00"),
        ("de", "25. November 2026, 12:00 Uhr"),
        ("fr", "Publié le 25 novembre 2026 à 12:00"),
        ("es", "25 de noviembre de 2026, 12:00"),
    ],
)
def test_dates_are_printed_as_each_language_does(language, text):
    assert local_date(NOON, language) == text


def test_bold_run_ins_are_set_and_all_else_is_escaped():
    assert inline("**Butter & bread** <now>") == "<strong>Butter &amp; bread</strong> &lt;now&gt;"


def test_a_body_for_feeds_has_one_element_a_block():
    article = next(a for a in OUTLETS["harbour-ledger"].articles if a.slug == "opinion-inspect-to-govern")

    html = body_html(article)

    assert html.count("<p>") + html.count("<h2>") + html.count("<blockquote>") == len(article.blocks)
