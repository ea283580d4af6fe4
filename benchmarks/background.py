"""Makes monitor/relevance/background.json: how common words are, and what all texts' vectors share.

    python benchmarks/background.py PAGES.jsonl.xz [OUT]

PAGES holds one page a line with `title` and `text` (plain or xz). Only figures leave it: document
frequencies of words in at least four pages, and one mean vector.
"""

from __future__ import annotations

import base64
import json
import lzma
import struct
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

from monitor.relevance.vectors import LONGEST, MODEL, embed
from monitor.words import tokens

FEWEST_PAGES = 4  # rarer words are mostly names and slips
LONGEST_WORD = 24  # characters
MADE_HOW = (
    "document frequencies (folded words in at least 4 documents) and mean embedding of the first 2,000 "
    "characters of pages from public benchmarks for text extraction and page classification (news, blogs, "
    "guides; mostly English, few on AI). Figures only, no text."
)


def main() -> None:
    source = Path(sys.argv[1])
    out = Path(sys.argv[2] if len(sys.argv) > 2 else "monitor/relevance/background.json")
    opened = lzma.open if source.suffix == ".xz" else open
    with opened(source, "rt", encoding="utf-8") as lines:
        pages = [f"{page['title']}\n{page['text']}" for page in map(json.loads, lines)]
    figures = {
        "documents": len(pages),
        "made_on": date.today().isoformat(),  # a script's stamp, no program's clock
        "made_how": MADE_HOW,
        "model": MODEL,
        "centre": packed_mean(pages),
        "words_by_frequency": words_by_frequency(pages),
    }
    out.write_text(json.dumps(figures, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{len(pages)} pages, {out.stat().st_size / 1000:.0f} kB")


def packed_mean(pages: list[str]) -> str:
    mean = sum(embed([page[:LONGEST]])[0] for page in pages) / len(pages)
    return base64.b64encode(struct.pack(f"<{len(mean)}e", *map(float, mean))).decode()


def words_by_frequency(pages: list[str]) -> dict[str, str]:
    """Words parted by blanks, under the number of pages that hold them: half the size of a plain map."""
    frequencies: Counter[str] = Counter()
    for page in pages:
        words = {token.text for token in tokens(page)}
        frequencies.update(word for word in words if word.isalpha() and 1 < len(word) <= LONGEST_WORD)
    grouped: defaultdict[int, list[str]] = defaultdict(list)
    for word, count in frequencies.items():
        if count >= FEWEST_PAGES:
            grouped[count].append(word)
    return {str(count): " ".join(sorted(grouped[count])) for count in sorted(grouped, reverse=True)}


if __name__ == "__main__":
    main()
