"""The written world: it holds what the demo promises, and a slip in a file is an error."""

from __future__ import annotations

import pytest

from monitor.demo.content import Access, BlockKind, load_clutter, load_outlets, parse_article

OUTLETS = load_outlets()
ARTICLES = [article for outlet in OUTLETS for article in outlet.articles]
BY_KEY = {article.key: article for article in ARTICLES}
FRONT = '+++\nheadline = "H"\nsection = "S"\nsummary = "s"\nhours_ago = 1\n+++\n'
WIRE = "harbour-ledger/model-hub-ordered-to-check-downloads"


def text_of(key: str) -> str:
    article = BY_KEY[key]
    return " ".join([article.headline, article.summary, *(block.plain for block in article.blocks)])


def test_the_world_has_outlets_feeds_and_formats_enough():
    feeds = [feed for outlet in OUTLETS for feed in outlet.feeds]

    assert len(OUTLETS) >= 6
    assert len(feeds) >= 8
    assert {feed.format for feed in feeds} == {"rss", "rdf", "atom", "json"}


def test_the_first_edition_alone_has_more_than_forty_pages():
    readable = {Access.FULL, Access.TEASER, Access.CONSENT}

    pages = [a for a in ARTICLES if a.edition == 1 and not a.linkless and a.access in readable]

    assert len(pages) >= 44


def test_about_ten_different_stories_are_relevant():
    stories = {article.body_of or article.key for article in ARTICLES if article.relevant}

    assert 10 <= len(stories) <= 12


def test_a_relevant_story_does_without_the_words_open_source():
    text = text_of("northgate-post/ministers-split-over-downloadable-weights").lower()

    assert BY_KEY["northgate-post/ministers-split-over-downloadable-weights"].relevant
    assert "open source" not in text.replace("-", " ")


def test_relevant_stories_come_in_more_than_one_language():
    languages = {outlet.language for outlet in OUTLETS for article in outlet.articles if article.relevant}

    assert languages >= {"en", "de", "es"}


def test_a_wire_text_stands_word_for_word_in_three_outlets_and_later_in_a_fourth():
    printed = [article for article in ARTICLES if WIRE in (article.key, article.body_of)]

    assert len({article.blocks for article in printed}) == 1
    assert len({article.headline for article in printed}) == 4
    assert sorted(article.edition for article in printed) == [1, 1, 1, 2]
    assert len({article.outlet for article in printed}) == 4


@pytest.mark.parametrize("article", [pytest.param(a, id=a.key) for a in ARTICLES if a.access is Access.FULL])
def test_an_article_is_as_long_as_news_is(article):
    assert 110 <= article.words <= 600


@pytest.mark.parametrize("article", [pytest.param(a, id=a.key) for a in ARTICLES])
def test_every_article_names_who_wrote_it_and_what_it_is_about(article):
    assert article.author or article.agency
    assert article.headline
    assert article.summary
    assert article.section
    assert article.blocks


@pytest.mark.parametrize("outlet", [pytest.param(outlet, id=outlet.key) for outlet in OUTLETS])
def test_every_language_has_its_clutter_with_gossip_beside_headlines_on_topic(outlet):
    clutter = load_clutter(outlet.language)
    rail = " ".join(clutter.rail).lower()

    assert "adelheid" in rail
    assert any(word in rail for word in ("open source", "código abierto"))
    assert set(clutter.words) == set(load_clutter("en").words)


def test_a_body_is_cut_into_headings_quotes_and_paragraphs():
    body = "One **bold** word.\n\n## Then\n\n> Said.\n"

    article = parse_article(FRONT + body, outlet="o", slug="s")

    assert [block.kind for block in article.blocks] == [
        BlockKind.PARAGRAPH,
        BlockKind.HEADING,
        BlockKind.QUOTE,
    ]
    assert article.blocks[0].plain == "One bold word."


def test_a_misspelt_key_in_front_matter_is_an_error():
    text = FRONT.replace("headline", "headlien") + "Text.\n"

    with pytest.raises(TypeError, match="headlien"):
        parse_article(text, outlet="o", slug="s")
