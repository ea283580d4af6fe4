"""What the parser or the extractor makes of some bytes, as records. Nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor import clock
from monitor.config import FetchSection
from monitor.errors import UsageError
from monitor.model.feed import Feed
from monitor.model.web import Answer, FetchOutcome

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bytes with what is known of where they came from."""

    body: bytes
    url: str
    content_type: str | None = None


def from_job(job: Mapping[str, Any]) -> Source:
    """A line of a batch: {"path", "url"?, "content_type"?}. Raises UsageError."""
    path = job.get("path")
    if not isinstance(path, str):
        raise UsageError("a line needs the key 'path'", "batch")
    return Source(
        body=read_file(Path(path)),
        url=str(job.get("url") or ""),
        content_type=str(job["content_type"]) if job.get("content_type") else None,
    )


def from_file(path: str) -> Source:
    return Source(body=read_file(Path(path)), url="")


def from_web(url: str, section: FetchSection, *, as_feed: bool) -> Source:
    """The bytes behind an address, fetched as the monitor would. Raises UsageError with what happened."""
    answer = asyncio.run(fetch(url, section, as_feed=as_feed))
    if answer.outcome is not FetchOutcome.OK:
        raise UsageError(answer.error or f"the server answered {answer.status}", url)
    return Source(body=answer.body, url=answer.final_url, content_type=answer.content_type)


async def fetch(url: str, section: FetchSection, *, as_feed: bool) -> Answer:
    from monitor.work.tools import open_web

    async with open_web(section) as web:
        if as_feed:
            return await web.get_feed(Feed(id=0, url=url, original_url=url), clock.now())
        return await web.get_page(url)


def read_file(path: Path) -> bytes:
    """A file's bytes; a missing file or a folder is a UsageError with a sentence."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", str(path), "name a file that exists") from None


def refuse_binary(body: bytes, where: str) -> None:
    """Pictures, archives, programs: a UsageError with a sentence. UTF-16 announces itself by its mark."""
    if b"\0" in body[:8192] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError("this is a binary file", where, "name a text, a feed or a page")


def inspect_feed(source: Source) -> Record:
    """`inspect feed`: title and entries; `error` where it is no feed."""
    from monitor.intake.parse import parse

    document = parse(source.body, url=source.url, content_type=source.content_type)
    record: Record = {
        "title": document.title,
        "entries": [
            {
                "id": entry.id,
                "title": entry.title,
                "link": entry.link,
                "published": iso(entry.published_at),
                "author": entry.author,
                "summary": entry.summary,
                "content": entry.content,
            }
            for entry in document.entries
        ],
    }
    return with_error(record, document.error)


def inspect_page(source: Source) -> Record:
    """`inspect page`: text, title, author, date, language, status and the evidence for it."""
    from monitor.articles.extract import extract

    article = extract(source.body, url=source.url, content_type=source.content_type, known=None)
    record: Record = {
        "text": article.text,
        "title": article.title,
        "author": article.author,
        "date": article.published_on.isoformat() if article.published_on else None,
        "language": article.language,
        "status": str(article.status),
        "method": str(article.method),
        "site_name": article.site_name,
        "canonical_url": article.canonical_url,
        "evidence": list(article.evidence),
    }
    return with_error(record, article.error)


def with_error(record: Record, error: str | None) -> Record:
    return {**record, "error": error} if error else record


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
