from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.digests import HOSTILE, MORNING, story

from monitor.digest.message import mailbox, message
from monitor.digest.render import render_html, render_text

DATE = datetime(2026, 11, 25, 6, tzinfo=UTC)
UNSUBSCRIBE = "https://monitor.example/out?list={list}&who={recipient}&sig=" + "0123456789abcdef" * 6


def mail(digest=MORNING, to="reader@example.org", sender="Desk <desk@example.org>", unsubscribe=None):
    """As it arrives: through bytes."""
    made = message(digest, to, sender, "<a1b2@example.org>", DATE, unsubscribe)
    return message_from_bytes(made.as_bytes(), policy=policy.default), made.as_bytes()


def test_a_mail_has_both_forms_and_the_headers_of_a_list():
    parsed, _ = mail(unsubscribe=UNSUBSCRIBE)

    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed["From"] == "Desk <desk@example.org>"
    assert parsed["To"] == "reader@example.org"
    assert parsed["Subject"].startswith("25 Nov 2026, 4 stories: ")
    assert parsed["Date"] == "Wed, 25 Nov 2026 06:00:00 +0000"
    assert parsed["Message-ID"] == "<a1b2@example.org>"
    assert parsed["List-Id"] == "<policy-desk.example.org>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_unsubscribe_address_stays_one_word():
    _, raw = mail(to="a+b@example.org", unsubscribe=UNSUBSCRIBE)

    link = (
        "https://monitor.example/out?list=policy-desk&who=a%2Bb%40example.org&sig=" + "0123456789abcdef" * 6
    )
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in raw


@pytest.mark.parametrize(
    "template", ["mailto:out@example.org?subject={list}", "http://monitor.example/{recipient}"]
)
def test_one_click_is_promised_over_https_only(template):
    parsed, _ = mail(unsubscribe=template)

    assert parsed["List-Unsubscribe"]
    assert parsed["List-Unsubscribe-Post"] is None


def test_without_an_address_to_unsubscribe_at_none_is_named():
    parsed, raw = mail()

    assert parsed["List-Unsubscribe"] is None
    assert b"nsubscribe" not in raw


def test_both_forms_arrive_as_they_were_rendered():
    parsed, raw = mail()

    assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == render_text(MORNING)
    assert parsed.get_body(("html",)).get_content().replace("\r\n", "\n").strip() == render_html(MORNING)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("reader@example.org", "", "reader@example.org"),
        ("Reader <reader@example.org>", "Reader", "reader@example.org"),
        ('"Reader, Second" <reader@example.org>', "Reader, Second", "reader@example.org"),
        ("Zoë <zoë@bücher.example>", "Zoë", "zoë@xn--bcher-kva.example"),
        ('"two words"@example.org', "", '"two words"@example.org'),
        ("evil\r\nBcc: all@example.org", "", '"evil Bcc: all"@example.org'),
    ],
)
def test_an_address_is_read_with_or_without_a_name(written, name, address):
    found = mailbox(written)

    assert (found.display_name, found.addr_spec) == (name, address)


def test_an_international_domain_needs_no_special_server():
    parsed, raw = mail(to="Zoë <zoe@bücher.example>")

    assert parsed["To"].addresses[0].addr_spec == "zoe@xn--bcher-kva.example"
    assert parsed["To"].addresses[0].display_name == "Zoë"
    assert raw.isascii()


def test_an_international_address_is_written_in_utf8():
    _, raw = mail(to="zoë@example.org")

    assert "To: zoë@example.org".encode() in raw


def test_headers_from_the_web_cannot_end_a_header():
    digest = replace(
        MORNING, to="desk\r\nBcc: all@example.org", stories=(story(1, "Alert\r\nBcc: all@example.org"),)
    )
    parsed, _ = mail(digest, to="r@example.org\nBcc: all@example.org")

    assert parsed["Bcc"] is None
    assert "Bcc" in parsed["Subject"]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20), st.text(max_size=30))
def test_no_name_or_title_breaks_a_mail(headline, list_name, name, template):
    digest = replace(MORNING, to=list_name, stories=(story(1, headline),))

    parsed, _ = mail(digest, to=f"{name} <reader@example.org>", unsubscribe=f"https://x.example/{template}")

    assert set(parsed.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted"),
        *("List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type"),
    }
    assert len(list(parsed.iter_parts())) == 2


def test_hostile_titles_arrive_as_text():
    parsed, _ = mail(HOSTILE)

    assert "<script>alert(1)" in parsed.get_body(("plain",)).get_content()
    assert "<script>" not in parsed.get_body(("html",)).get_content()
