from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import browser
from support.digests import COVERAGE, HOSTILE, MORNING, QUIET, TOPIC, crowded, story

from monitor.digest.render import HTML_BYTES, SUBJECT_LENGTH, TEXT_WIDTH, render_html, render_text, subject

ALL = {"morning": MORNING, "quiet": QUIET, "hostile": HOSTILE, "crowded": crowded(60)}
every_digest = pytest.mark.parametrize("digest", ALL.values(), ids=ALL.keys())


class Page(HTMLParser):
    """What a test asks about a page: its tags with attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]

    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]


# ---- subject


def test_the_subject_has_date_count_and_strongest_headline():
    assert subject(MORNING) == f"25 Nov 2026, 4 stories: {MORNING.stories[0].headline}"
    assert subject(QUIET) == "25 Nov 2026: nothing on open-source AI policy"
    assert subject(replace(MORNING, stories=MORNING.stories[:1])).startswith("25 Nov 2026, 1 story: ")


@given(st.text(max_size=300))
def test_a_subject_is_one_short_line_whatever_the_headline(headline):
    found = subject(replace(MORNING, stories=(story(1, headline),)))

    assert len(found) <= SUBJECT_LENGTH
    assert not any(unicodedata.category(character) == "Cc" for character in found)


# ---- HTML


@every_digest
def test_a_page_holds_no_script_and_nothing_remote(digest):
    page = Page(render_html(digest, unsubscribe_url="https://monitor.example/out"))

    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "form", "svg", "video", "base"}
    attributes = {name for _, own in page.tags for name in own}
    assert not {
        name for name in attributes if name.startswith("on") or name in ("src", "srcset", "background")
    }
    assert "url(" not in render_html(digest)
    assert "@import" not in render_html(digest)


@every_digest
def test_every_link_is_http(digest):
    links = Page(render_html(digest, unsubscribe_url="javascript:alert(1)")).links()

    assert all(re.match(r"https?://", link) for link in links)


def test_text_from_the_web_is_shown_as_it_was_written():
    page = Page(render_html(HOSTILE))

    assert "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>bold</b>{{ 7*7 }}" in page.text


def test_a_story_without_a_page_has_a_headline_and_no_link():
    page = Page(render_html(HOSTILE))

    assert "A link that runs code" in page.text
    assert "A story without a page" in page.text


@every_digest
def test_headings_can_be_walked_without_a_gap(digest):
    levels = Page(render_html(digest)).headings()

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_titles_are_isolated_and_name_their_language():
    page = Page(render_html(MORNING))

    titles = [attributes for tag, attributes in page.tags if tag == "h3"]
    assert [title.get("lang") for title in titles] == ["en", "de", "en", "ar"]
    assert all(title["dir"] == "auto" for title in titles)
    assert ("html", {"lang": "en", "dir": "ltr"}) in page.tags


def test_layout_tables_are_not_read_out_as_tables():
    page = Page(render_html(MORNING))

    bars = [attributes for tag, attributes in page.tags if tag == "table" and attributes.get("width") == "44"]
    assert bars
    assert all(bar["role"] == "presentation" and bar["aria-hidden"] == "true" for bar in bars)


def test_a_story_shows_all_that_is_known_of_it():
    text = " ".join(Page(render_html(MORNING)).text.split())

    first = MORNING.stories[0]
    assert first.headline in text
    assert first.extract in text
    assert first.topics[0].why in text
    assert "Daily Ledger, and 2 reprints · 24 Nov, 08:00" in text
    assert "Reprinted by Harbour Gazette, Northern Courier" in text
    assert "Also on this: Small labs welcome the exemption" in text
    assert "Judged on the teaser." in text
    assert "in German" in text
    assert "0.47 of 0.50" in text


def test_a_day_without_stories_is_a_page_that_says_so():
    text = Page(render_html(QUIET)).text

    assert "Nothing on open-source AI policy in 1,284 articles from 61 feeds." in text
    assert "Flagged stories" not in text
    assert "City council" in text


def test_a_list_with_several_topics_has_a_section_for_each():
    other = story(9, "Regulator fines a data broker", topic="data-protection", score=0.9)
    coverage = replace(COVERAGE, topics=(f"{TOPIC}, 1, 0.5", "data-protection, 1, 0.5"))
    page = Page(render_html(replace(MORNING, stories=(other, *MORNING.stories), coverage=coverage)))

    assert page.text.index("data protection") < page.text.rindex("Regulator fines")
    assert page.headings().count(2) == 4  # two topics, near misses, what was looked at


@pytest.mark.parametrize("count", [30, 150, 3000])
def test_a_page_stays_below_the_size_that_mail_clients_cut(count):
    html = render_html(crowded(count))

    assert len(html.encode()) < HTML_BYTES


def test_what_does_not_fit_in_full_is_one_line_with_its_link():
    digest = crowded(120)
    page = Page(render_html(digest))

    links = page.links()
    assert [each.headline for each in digest.stories if each.headline not in page.text] == []
    assert all(each.url in links for each in digest.stories)


def test_what_does_not_fit_at_all_is_counted():
    digest = crowded(3000)
    page = Page(render_html(digest))

    shown = sum(each.url in set(page.links()) for each in digest.stories)
    assert 100 < shown < 3000
    assert f"{3000 - shown:,} more stories, each with its link, in the text part" in page.text


# ---- text


@every_digest
def test_the_text_names_every_story_with_its_link(digest):
    text = render_text(digest)
    joined = re.sub(r"\s+", "", text)

    for each in digest.stories:
        assert re.sub(r"\s+", "", each.headline) in joined
        assert each.url in text


@every_digest
def test_the_text_is_wrapped_but_for_addresses_and_commands(digest):
    for line in render_text(digest, unsubscribe_url="https://monitor.example/out").splitlines():
        columns = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)
        alone = line.strip().startswith(("http", "$", "--since", "Unsubscribe: http"))
        assert columns <= TEXT_WIDTH or alone, line
        assert line == line.rstrip()


def test_the_text_reads_like_a_letter():
    text = render_text(MORNING, unsubscribe_url="https://monitor.example/out")

    assert text.startswith(
        "OPEN-SOURCE AI POLICY\nWednesday, 25 November 2026\n4 stories in 1,284 articles from 61 feeds.\n"
    )
    assert (
        "3. Small labs welcome the exemption, security agencies do not\n"
        "   The Open Wire · 24 Nov, 10:00\n"
        "\n"
        "   “We can keep publishing,” said the founder of a six-person lab whose\n"
        "   models run in hospitals. Two security agencies warned in a joint\n"
        "   letter that weights, once out, cannot be called back.\n"
        "\n"
        "   Score 0.71: published weights and a regulator’s exemption; close to\n"
        "   the seed in publish, labs, risk\n"
        "   Judged on the teaser.\n"
        "   https://theopenwire.example/2026/11/24/story-3\n"
    ) in text
    assert "       1,002 read in full\n" in text
    assert "    $ monitor digest --to policy-desk \\\n        --since 2026" in text
    assert text.endswith("Unsubscribe: https://monitor.example/out\n")


@settings(max_examples=50)
@given(st.text(max_size=200), st.text(max_size=40), st.text(max_size=200))
def test_no_text_breaks_a_page_or_a_letter(headline, outlet, why):
    digest = replace(MORNING, stories=(story(1, headline, outlet, why=why, extract=why),))

    assert "<h3" in render_html(digest)
    assert render_text(digest)


# ---- in a browser

needs_browser = pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
looks = pytest.mark.parametrize("width", [320, 600, 1000])
schemes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])

# The lowest contrast of any text on the page with what is painted behind it (WCAG 2.2, 1.4.3), and
# whatever sticks out of the page.
FAULTS = """(window, document) => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(window.getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let lowest = [99, ""];
  const walk = document.createTreeWalker(document.body, 4);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const own = text.parentElement;
    if (!text.data.trim() || !own.offsetParent || own.closest("style")) continue;
    const [a, b] = [rgb(window.getComputedStyle(own).color), behind(own)];
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < lowest[0]) lowest = [ratio, text.data.trim().slice(0, 60)];
  }
  const out = [...document.body.querySelectorAll("*")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width && (box.right > window.innerWidth + 1 || box.left < -1);
  });
  return {
    lowest, background: window.getComputedStyle(document.body).backgroundColor,
    width: document.documentElement.scrollWidth, out: out.map((node) => node.outerHTML.slice(0, 80)),
  };
}"""


@needs_browser
@looks
@schemes
def test_nothing_sticks_out_and_everything_can_be_read(width, dark, tmp_path):
    pages = [render_html(digest) for digest in ALL.values()]

    answers = browser.ask(pages, FAULTS, width=width, dark=dark, work=tmp_path)

    for name, answer in zip(ALL, answers, strict=True):
        assert answer["width"] <= width, name
        assert answer["out"] == [], name
        assert answer["lowest"][0] >= 4.5, (name, answer["lowest"])
        assert (answer["background"] == "rgb(23, 22, 20)") is dark


@needs_browser
def test_a_page_can_be_drawn(tmp_path):
    target = tmp_path / "digest.png"

    browser.picture(render_html(MORNING), target, width=600, height=900, work=tmp_path)

    assert target.read_bytes().startswith(b"\x89PNG")
