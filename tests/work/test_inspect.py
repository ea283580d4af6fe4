"""What parser and extractor make of files and addresses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.cycles import LOOPBACK, RSS, item, rss
from support.faultserver import FaultServer
from support.pages import PARAGRAPHS, TITLE, page

from monitor.config import FetchSection
from monitor.errors import UsageError
from monitor.work.inspect import (
    Source,
    from_file,
    from_job,
    from_web,
    inspect_feed,
    inspect_page,
    refuse_binary,
)

FETCH = FetchSection(allow_hosts=LOOPBACK, timeout=timedelta(seconds=1), starts_per_second=500)


def test_a_feed_is_told_entry_by_entry() -> None:
    odd = item("x", pubDate="Tue, 24 Nov 2026 08:00:00 +0100", link="/x", title="<b>X</b> &amp; Y")
    record = inspect_feed(Source(body=rss(odd).encode(), url="http://harbour.example/feed.xml"))

    (told,) = record["entries"]
    assert record["title"] == "Harbour News"
    assert (told["id"], told["published"]) == ("guid-x", "2026-11-24T07:00:00Z")
    assert told["link"] == "http://harbour.example/x"
    assert told["author"] is None
    assert "error" not in record


def test_what_is_no_feed_is_an_error_in_the_record() -> None:
    record = inspect_feed(Source(body=page().encode(), url=""))

    assert record["entries"] == []
    assert record["error"]


def test_a_page_is_told_with_its_status_and_the_evidence() -> None:
    url = "https://gazette.example/news/harbour-council-keeps-terminal"

    record = inspect_page(Source(body=page().encode(), url=url))

    assert (record["status"], record["language"]) == ("full", "en")
    assert TITLE in record["title"]
    assert PARAGRAPHS[0] in record["text"]
    assert record["evidence"]


def test_the_bytes_behind_an_address_are_fetched_as_the_monitor_would(server: FaultServer) -> None:
    feed = server.page("/feed.xml", rss(item(1)), content_type=RSS)

    source = from_web(feed, FETCH, as_feed=True)

    assert (source.content_type, source.url) == (RSS, feed)
    assert from_web(server.page("/a", page()), FETCH, as_feed=False).body == page().encode()


@pytest.mark.parametrize("path", ["/status/404", "/hang", "/loop"])
def test_an_address_that_gives_nothing_is_a_sentence(server: FaultServer, path: str) -> None:
    with pytest.raises(UsageError) as raised:
        from_web(server.url(path), FETCH, as_feed=False)

    assert raised.value.what
    assert raised.value.where == server.url(path)


def test_a_missing_file_and_a_folder_are_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="cannot be read"):
            from_file(str(path))


def test_a_line_of_a_batch_names_a_path(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(b"<rss/>")

    source = from_job({"path": str(tmp_path / "feed.xml"), "url": None, "content_type": ""})

    assert source == Source(body=b"<rss/>", url="", content_type=None)
    with pytest.raises(UsageError, match="'path'"):
        from_job({"url": "https://x.example"})


def test_binary_files_are_refused_and_utf_16_is_not() -> None:
    with pytest.raises(UsageError, match="binary"):
        refuse_binary(b"\x7fELF\0\0", "program")

    refuse_binary("<rss/>".encode("utf-16"), "feed.xml")
