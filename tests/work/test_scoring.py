"""Judging a text that somebody hands in."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from support.cycles import HARBOURS, LOOPBACK
from support.faultserver import FaultServer
from support.pages import PARAGRAPHS, TITLE, page

from monitor.config import FetchSection
from monitor.errors import UsageError
from monitor.model.article import JudgedOn
from monitor.relevance.topics import load_topic
from monitor.work.scoring import judge_text, text_of
from monitor.work.topics import topic_specs

FETCH = FetchSection(allow_hosts=LOOPBACK, timeout=timedelta(seconds=1), starts_per_second=500)
TOPIC = load_topic(topic_specs([HARBOURS])[0])


def test_a_text_is_judged_on_its_body_and_one_without_on_its_title() -> None:
    whole = judge_text(TITLE, "\n".join(PARAGRAPHS), None, TOPIC)
    bare = judge_text(TITLE, " \n", None, TOPIC)

    assert (whole.judged_on, whole.flagged) == (JudgedOn.BODY, True)
    assert bare.judged_on is JudgedOn.TITLE


def test_plain_text_stands_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text("\ufeffThe pier.\n\nIt stays.", encoding="utf-8")

    text = text_of(str(file), FETCH, "A title")

    assert (text.title, text.body) == ("A title", "The pier.\n\nIt stays.")


def test_html_is_extracted_first_from_a_file_stdin_or_the_web(
    tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page())
    url = server.page("/news/harbour-council-keeps-terminal", page())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(page().encode())))

    for source in (str(file), "-", url):
        text = text_of(source, FETCH, "")

        assert TITLE in text.title
        assert PARAGRAPHS[0] in text.body
        assert "Related Posts" not in text.body


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"", "no text", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0", "binary", id="a picture"),
        pytest.param("Café".encode("latin-1"), "UTF-8", id="another charset"),
        pytest.param(b"<html><body></body></html>", "no article text", id="an empty page"),
    ],
)
def test_what_holds_no_text_is_a_sentence(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    with pytest.raises(UsageError, match=fault):
        text_of(str(file), FETCH, "")


def test_an_address_that_gives_no_page_is_a_sentence(server: FaultServer) -> None:
    with pytest.raises(UsageError, match="404"):
        text_of(server.url("/status/404"), FETCH, "")
