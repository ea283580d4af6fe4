"""Charsets: the letters that were meant, whatever header and declaration claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.intake.charset import charset_of, decode


def read(body: bytes, content_type: str | None = None) -> str:
    return decode(body, charset_of(body, content_type))


THAI = "สำนักงานส่งเสริมอุตสาหกรรมซอฟต์แวร์แห่งชาติ ขอเรียนเชิญทุกท่านที่สนใจ " * 3


@pytest.mark.parametrize(
    ("text", "codec", "content_type"),
    [
        pytest.param("<r>é</r>", "utf-8", None, id="UTF-8"),
        pytest.param("<r>é</r>", "utf-8-sig", "text/xml; charset=iso-8859-1", id="a mark beats the header"),
        pytest.param("<r>é</r>", "utf-16", None, id="UTF-16 with a mark"),
        pytest.param("<r>é</r>", "utf-16-le", None, id="UTF-16 without"),
        pytest.param("<r>é</r>", "utf-32-be", None, id="UTF-32"),
        pytest.param(
            "<r>été</r>", "utf-8", "text/xml; charset=iso-8859-1", id="a server's default is no proof"
        ),
        pytest.param("<r>£“x”</r>", "cp1252", "text/xml; charset=windows-1252", id="header"),
        pytest.param(
            '<?xml version="1.0" encoding="iso-8859-2"?><r>łó</r>', "iso8859-2", None, id="declaration"
        ),
        pytest.param(
            '<?xml version="1.0" encoding="iso-8859-1"?><r>“x”</r>', "cp1252", None, id="as browsers do"
        ),
        pytest.param('<?xml version="1.0" encoding="gb2312"?><r>开源模型</r>', "gb18030", None, id="Chinese"),
        pytest.param('<?xml version="1.0" encoding="euc-kr"?><r>똠방각하</r>', "cp949", None, id="Korean"),
        pytest.param(
            '<?xml version="1.0" encoding="iso-2022-jp"?><r>日本</r>', "iso2022-jp", None, id="7 bits"
        ),
        pytest.param(f"<r>{THAI}</r>", "cp874", None, id="undeclared"),
    ],
)
def test_the_letters_come_out_as_they_were_meant(text: str, codec: str, content_type: str | None) -> None:
    assert read(text.encode(codec), content_type) == text


def test_a_stray_byte_in_utf8_is_read_as_windows_1252_and_harms_nothing_else() -> None:
    assert read("<r>été ".encode() + b"\x93x\x94</r>") == "<r>été “x”</r>"


@pytest.mark.parametrize("claim", ["utf-99", "idna", "base64", "unicode-escape", "\x00", "'\"<"])
def test_a_charset_that_does_not_exist_is_not_believed(claim: str) -> None:
    assert read("<r>é</r>".encode("cp1252"), f"text/xml; charset={claim}") == "<r>é</r>"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_break_it(body: bytes, content_type: str) -> None:
    read(body, content_type)
