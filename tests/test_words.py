"""Words: what is cut, folded and counted, and that every character of a text is accounted for."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.words import clean, fold, plain, sentences, squeeze, tokens


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a\x1b[31mred\x1b[0m", "ared", id="colour"),
        pytest.param("a\x1b]0;title\x07b", "ab", id="window title"),
        pytest.param("a\x9b31mb", "ab", id="8-bit sequence"),
        pytest.param("a\x1bb\x00c\x7fd\x85e", "abcd\ne", id="control characters"),
        pytest.param("a\u202ecod.exe\u202c", "acod.exe", id="bidi override"),
        pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="line ends"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and newline stay"),
        pytest.param("a\ud800b", "ab", id="lone surrogate"),
        pytest.param("naïve — “quoted” 开源 🙂", "naïve — “quoted” 开源 🙂", id="letters stay"),
    ],
)
def test_nothing_that_steers_a_terminal_passes(text: str, left: str) -> None:
    assert clean(text) == left


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_clean_text_is_clean_and_can_be_stored(text: str) -> None:
    left = clean(text)

    assert clean(left) == left
    left.encode("utf-8")
    assert not set(left) & {"\x00", "\x1b", "\x9b", "\r", "\u202e"}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("“It’s”", '"it\'s"'),
        ("open‑source – now", "open-source - now"),
        ("soft\u00adware\u200b", "software"),
        ("ﬁne Ｗｉｄｅ", "fine wide"),
        ("e\u0301", "é"),
    ],
)
def test_texts_that_read_alike_fold_alike(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Open-source AI's GPT-4", ["open", "source", "ai", "s", "gpt", "4"]),
        ("Open‑source", ["open", "source"]),
        ("l’intelligence artificielle", ["l", "intelligence", "artificielle"]),
        ("soft\u00adware", ["software"]),
        ("cafe\u0301 noir", ["café", "noir"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("开源 AI模型", ["开", "源", "ai", "模", "型"]),
        ("snake_case", ["snake", "case"]),
        ("... — !", []),
    ],
)
def test_a_word_is_what_a_reader_would_call_one(text: str, words: list[str]) -> None:
    assert [token.text for token in tokens(text)] == words


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    found = tokens(text)

    assert all(fold(text[token.start : token.end]) == token.text for token in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Jones met J. Smith. They talked.", ["Dr. Jones met J. Smith.", "They talked."]),
        ("The U.S. Senate voted. It passed.", ["The U.S. Senate voted.", "It passed."]),
        (
            "See No. 5 of 3.5 pages. He said no. Then left.",
            ["See No. 5 of 3.5 pages.", "He said no.", "Then left."],
        ),
        ("“Quite so.” He left.", ["“Quite so.”", "He left."]),
        ("A headline\nThe text", ["A headline", "The text"]),
        ("他说。好。", ["他说。", "好。"]),
        ("e.g. this one, i.e. that", ["e.g. this one, i.e. that"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@given(st.text(alphabet="ab .!?\n”'A1。"))
def test_sentences_lose_nothing(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; two</p><p>three</p>", "One & two\nthree"),
        ("one<br>two", "one\ntwo"),
        ("a <b>b</b>old<script>alert(1)</script><style>p{}</style> word", "a bold word"),
        ("no  markup\n here", "no markup here"),
        ("AT&amp;T", "AT&T"),
        ("5 < 6", "5 < 6"),
        ("a<!-- hidden -->b", "ab"),
        ("<p>before\x00after", "beforeafter"),
        ("<ul><li>1</li><li>2</li></ul>", "1\n2"),
        ("", ""),
        ("<img src='x'>", ""),
    ],
)
def test_html_reads_as_a_person_sees_it(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text(alphabet=st.sampled_from("<>/abp& ;!-\"'\x00#1x")))
def test_no_markup_is_too_broken_to_read(html: str) -> None:
    plain(html)


def test_squeeze_leaves_single_blanks() -> None:
    assert squeeze(" a \n\t b\u00a0c ") == "a b c"


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("<div>" * 100_000, id="deep"),
        pytest.param("<" * 300_000, id="never closed"),
        pytest.param("<a href='" * 50_000, id="quotes"),
        pytest.param("." * 300_000, id="dots"),
        pytest.param("\x1b]" * 100_000, id="escapes"),
        pytest.param("a." * 150_000, id="initials"),
    ],
)
def test_hostile_text_takes_linear_time(hostile: str) -> None:
    started = time.perf_counter()

    plain(hostile), sentences(hostile), tokens(hostile), clean(hostile), fold(hostile)

    assert time.perf_counter() - started < 5
