"""Titles and texts: plain where plain is due, harmless where HTML is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.markup import as_html, looks_like_html, safe_html, title_text

BASE = "https://example.org/news/1"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("A <b>bold</b> claim", "A bold claim"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T &amp;#8217;s", "AT&T ’s"),
        ("&lt;em&gt;Why&lt;/em&gt;?", "Why?"),
        ("A<br/>B\n  C", "A B C"),
        ("Using vector<T> and <title>", "Using vector<T> and <title>"),
        ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ("x<!-- y -->z", "xz"),
        ("tab\there \x1b[31mred\x00", "tab here red"),
        ("", ""),
    ],
)
def test_a_title_is_what_a_reader_sees(written: str, plain: str) -> None:
    assert title_text(written) == plain


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        pytest.param("<p>a <b>b</b></p>", "<p>a <b>b</b></p>", id="kept"),
        pytest.param("a<script>alert(1)</script>b", "ab", id="script goes, text after stays"),
        pytest.param("<foo>a<bar>b</bar>c</foo>", "abc", id="unknown tags go, text stays"),
        pytest.param('<p onclick="x()" style="y" class="z">a</p>', "<p>a</p>", id="attributes"),
        pytest.param('<a href="../2">a</a>', '<a href="https://example.org/2">a</a>', id="relative link"),
        pytest.param('<a href="javascript:x">a</a>', "<a>a</a>", id="javascript"),
        pytest.param('<a href="java&#10;script:x">a</a>', "<a>a</a>", id="hidden javascript"),
        pytest.param('<img src="data:image/png;base64,x" alt="y">', '<img alt="y">', id="data"),
        pytest.param("a<!-- b -->c<?php d ?>", "ac", id="comments and instructions"),
        pytest.param("a & b &lt; c", "a &amp; b &lt; c", id="no markup"),
        pytest.param("</div>a</div><p>b", "a<p>b</p>", id="unbalanced"),
        pytest.param("<p>a\x00b</p>", "<p>ab</p>", id="NUL"),
        pytest.param("<iframe src='//x'></iframe>", "", id="nothing left"),
    ],
)
def test_html_keeps_its_text_and_loses_what_acts(html: str, safe: str) -> None:
    assert safe_html(html, BASE) == safe


@given(st.text(alphabet="<>/=\"' abpscripthref:&;#!-\x00", max_size=200))
def test_sanitised_html_stays_as_it_is_when_sanitised_again(html: str) -> None:
    once = safe_html(html, BASE)

    assert "<script" not in once.lower()
    assert safe_html(once, BASE) == safe_html(safe_html(once, BASE), BASE)


def test_text_as_html_shows_its_signs() -> None:
    assert as_html("a < b & c") == "a &lt; b &amp; c"


@pytest.mark.parametrize(
    ("text", "html"),
    [("<p>a</p>", True), ("a &amp; b", True), ("a<br>b", True), ("a < b & c", False), ("vector<T>", False)],
)
def test_a_text_with_known_tags_or_entities_is_html(text: str, html: bool) -> None:
    assert looks_like_html(text) is html


@pytest.mark.parametrize(
    "hostile", ["<div>" * 200_000, "<foo>x</foo>" * 80_000, "<!--" * 200_000, "&" * 500_000]
)
def test_hostile_html_takes_linear_time(hostile: str) -> None:
    started = time.perf_counter()

    safe_html(hostile, BASE), title_text(hostile), looks_like_html(hostile)

    assert time.perf_counter() - started < 10
