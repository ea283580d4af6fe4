"""Judging a text that somebody hands in, without storing it."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from monitor.articles.extract import extract
from monitor.config import FetchSection
from monitor.errors import UsageError
from monitor.model.article import JudgedOn, Text
from monitor.model.verdict import Verdict
from monitor.model.web import FetchOutcome
from monitor.relevance.judge import judge
from monitor.relevance.topics import Topic
from monitor.work.inspect import fetch, read_file, refuse_binary

LOOKS_LIKE_HTML = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?<(!doctype|html|head|body|article|div|meta)\b", re.IGNORECASE
)


def judge_text(title: str, body: str, language: str | None, topic: Topic) -> Verdict:
    """The verdict on a text; one without a body is judged on its title."""
    judged_on = JudgedOn.BODY if body.strip() else JudgedOn.TITLE
    return judge(Text(title=title, body=body, judged_on=judged_on, language=language), topic)


def text_of(source: str, section: FetchSection, title: str) -> Text:
    """The text behind '-', a file or an address; HTML is extracted first. Raises UsageError."""
    if source == "-":
        return from_bytes(sys.stdin.buffer.read(), "", None, title, "stdin")
    if source.startswith(("http://", "https://")):
        answer = asyncio.run(fetch(source, section, as_feed=False))
        if answer.outcome is not FetchOutcome.OK:
            raise UsageError(answer.error or f"the server answered {answer.status}", source)
        return from_bytes(answer.body, answer.final_url, answer.content_type, title, source)
    return from_bytes(read_file(Path(source)), "", None, title, source)


def from_bytes(body: bytes, url: str, content_type: str | None, title: str, where: str) -> Text:
    """A page's article, or plain text as it stands."""
    if not url:
        refuse_binary(body, where)
    if url or LOOKS_LIKE_HTML.match(body[:2000]):
        article = extract(body, url=url, content_type=content_type, known=None)
        if not article.text:
            raise UsageError(f"there is no article text in it ({article.status})", where)
        return Text(
            title=title or article.title or "",
            body=article.text,
            judged_on=JudgedOn.BODY,
            language=article.language,
        )
    return Text(title=title, body=plain_text(body, where), judged_on=JudgedOn.BODY)


def plain_text(body: bytes, where: str) -> str:
    """UTF-8 text. Raises UsageError for what is binary or empty."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("this is neither UTF-8 text nor HTML", where, "save it as UTF-8 text") from None
    if not text.strip():
        raise UsageError("there is no text in it", where)
    return text
