"""Charsets: what header, meta tag and bytes say when they do not agree."""

from __future__ import annotations

import pytest

from monitor.articles.charset import decoded

GERMAN = "Die Bürgermeisterin lässt prüfen, ob die Fähre über den Förde-Hafen größer werden müßte. " * 20
JAPANESE = "港の評議会は火曜日、古いフェリーターミナルをさらに二冬の間維持することを決めた。" * 20
RUSSIAN = "Совет порта решил во вторник сохранить старый паромный терминал ещё на две зимы. " * 20


def html(text: str, meta: str = "") -> str:
    return f"<html><head>{meta}<title>x</title></head><body><p>{text}</p></body></html>"


def meta(charset: str) -> str:
    return f'<meta charset="{charset}">'


@pytest.mark.parametrize(
    ("text", "real", "header", "in_page"),
    [
        pytest.param(GERMAN, "utf-8", None, "", id="UTF-8 that nobody names"),
        pytest.param(GERMAN, "utf-8", "text/html; charset=ISO-8859-1", "", id="UTF-8 that the header denies"),
        pytest.param(GERMAN, "utf-8", None, "iso-8859-1", id="UTF-8 that the meta tag denies"),
        pytest.param(GERMAN, "utf-8-sig", "text/html; charset=latin1", "latin1", id="a BOM outranks all"),
        pytest.param(GERMAN, "utf-16", "text/html", "", id="UTF-16 with a BOM"),
        pytest.param(GERMAN, "cp1252", "text/html; charset=iso-8859-1", "", id="latin-1 by header"),
        pytest.param(
            GERMAN, "cp1252", "text/html; charset=utf-8", "windows-1252", id="the header lies, meta is right"
        ),
        pytest.param(GERMAN, "cp1252", "text/html; charset=utf-8", "utf-8", id="both lie"),
        pytest.param(RUSSIAN, "cp1251", 'text/html; charset="windows-1251"', "", id="quoted in the header"),
        pytest.param(RUSSIAN, "koi8-r", None, "koi8-r", id="by meta tag"),
        pytest.param(RUSSIAN, "cp1251", None, "", id="guessed from the bytes"),
        pytest.param(JAPANESE, "shift_jis", "text/html; charset=Shift_JIS", "", id="Shift JIS"),
        pytest.param(JAPANESE, "euc_jp", None, "euc-jp", id="EUC-JP"),
        pytest.param(
            JAPANESE, "iso2022_jp", "text/html; charset=iso-2022-jp", "", id="seven bits, looks like ASCII"
        ),
        pytest.param(GERMAN, "utf-8", "text/html; charset=nonsense", "no-such", id="claims nobody knows"),
        pytest.param(GERMAN, "utf-8", "text/html; charset=base64", "", id="a codec that is no charset"),
    ],
)
def test_a_page_is_read_in_the_charset_it_is_really_in(text, real, header, in_page):
    body = html(text, meta(in_page) if in_page else "").encode(real)

    assert text in decoded(body, header)


def test_a_few_broken_bytes_do_not_cost_the_charset():
    body = html(GERMAN).encode("utf-8").replace("ü".encode(), b"\xfc", 1)

    text = decoded(body, "text/html; charset=utf-8")

    assert "größer" in text
    assert text.count("\ufffd") == 1


def test_a_body_cut_inside_a_letter_stays_utf8():
    assert "lässt prüfen" in decoded(GERMAN.encode("utf-8")[:-1] + b"\xc3", "text/html; charset=utf-8")


@pytest.mark.parametrize("body", [b"", b"\xff", bytes(range(256)), b"\xfe\xff\xd8", b"\x00" * 50])
def test_no_bytes_make_it_fail(body):
    assert isinstance(decoded(body, "text/html; charset=utf-7"), str)
