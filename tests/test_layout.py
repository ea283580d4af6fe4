"""The tree keeps its shape: tests mirror the program, and nothing in it is large."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST = 1_500_000  # bytes
WITHOUT_TEST = {"__init__.py", "__main__.py"}


def modules() -> list[str]:
    """All but `model/`, which is data without behaviour."""
    package = ROOT / "monitor"
    found = (path for path in package.rglob("*.py") if path.name not in WITHOUT_TEST)
    return sorted(
        str(path.relative_to(package)) for path in found if path.relative_to(package).parts[0] != "model"
    )


@pytest.mark.parametrize("module", modules())
def test_every_module_has_its_tests(module: str) -> None:
    mirrored = ROOT / "tests" / Path(module).with_name(f"test_{Path(module).name}")

    assert mirrored.is_file()


def test_no_file_of_the_program_is_large() -> None:
    folders = ("monitor", "tests", "docs", "migrations", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]

    assert not [path for path in files if path.stat().st_size > LARGEST]
