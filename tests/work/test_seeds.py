"""Seed profiles made from files, and described."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.pages import PARAGRAPHS, TITLE, page

from monitor.config import FetchSection
from monitor.errors import UsageError
from monitor.relevance.seed import load_profile
from monitor.work.seeds import build_from, describe


def article(folder: Path) -> Path:
    file = folder / "seed.txt"
    file.write_text("\n".join((TITLE, "", *PARAGRAPHS)))
    return file


def test_a_profile_is_built_from_a_text_whose_first_line_is_its_title(tmp_path: Path) -> None:
    out = tmp_path / "harbours.json"

    fingerprint = build_from([str(article(tmp_path))], FetchSection(), out)

    profile = load_profile(out)
    assert profile.fingerprint == fingerprint
    assert [source.title for source in profile.sources] == [TITLE]
    assert PARAGRAPHS[0] not in out.read_text()
    assert describe(out)["fingerprint"] == fingerprint


def test_the_same_articles_give_the_same_profile_as_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "seed.html").write_text(page())

    build_from([str(article(tmp_path))], FetchSection(), tmp_path / "one.json")
    build_from([str(tmp_path / "seed.html")], FetchSection(), tmp_path / "two.json")

    one, two = (dict(load_profile(tmp_path / name).terms) for name in ("one.json", "two.json"))
    assert one.keys() == two.keys()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        build_from([str(article(tmp_path))], FetchSection(), tmp_path / "none" / "x.json")


def test_the_shipped_profile_is_described_without_its_articles_text() -> None:
    told = describe(None)

    assert told["sources"]
    assert told["terms"]
    assert told["vectors"] > 0
