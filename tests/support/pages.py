"""Pages as outlets serve them: an article in the middle, everything else around it. All written here."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

PARAGRAPHS = (
    "The harbour council voted on Tuesday to keep the old ferry terminal open for another two"
    " winters, after engineers told it that the steel under the pier had corroded far less than a"
    " survey had suggested.",
    "Mayor Ilse Varga said the decision would save the town about four million crowns, money that she"
    " wants to spend on a second bus line to the northern islands instead of a new car park behind the"
    " fish market.",
    "Opponents of the plan, among them the pilots' association, warned that the terminal's single"
    " crane has no spare parts left and that a breakdown in February would cut off three villages for"
    " at least a week.",
    "The council will publish the engineers' report in full next month and has promised a public"
    " hearing before any contract is signed, a step that residents had asked for in a petition with"
    " two thousand names.",
    "Ferries carried almost six hundred thousand passengers last year, a tenth more than in the year"
    " before, and the operator expects the number to grow again once the ring road is closed for"
    " repairs in spring.",
)
TITLE = "Harbour council keeps the old ferry terminal open"
URL = "https://gazette.example/news/2026/11/24/harbour-council-keeps-ferry-terminal-open"
TAIL = (
    "Ten beaches where the locals really swim in July",
    "Actress seen with mystery companion at the film gala",
    "Quiz: how well do you know the capitals of the south?",
    "The best vacuum cleaners of the year, tested by our team",
)


def page(
    *,
    title: str = TITLE,
    paragraphs: Sequence[str] = PARAGRAPHS,
    head: str = "",
    linked: dict[str, Any] | None = None,
    after: str = "",
    clutter: int = 1,
    lang: str = "en",
) -> str:
    """An article page. `clutter` repeats what stands around the text: 40 make a page of some 200 kB."""
    body = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    data = f'<script type="application/ld+json">{json.dumps(linked)}</script>' if linked is not None else ""
    links = "".join(f'<li><a href="/desk/{n}/some-page-{n}">Desk {n}</a></li>' for n in range(12 * clutter))
    stories = "".join(
        f'<li><a href="/life/{n}/story-number-{n}">{line}</a></li>' for n, line in enumerate(TAIL * clutter)
    )
    script = f"<script>var a{clutter} = '<p>not a paragraph</p>'; {'x();' * 900 * clutter}</script>"
    return f"""<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)} | The Gazette</title>
<meta property="og:site_name" content="The Gazette">{head}{data}{script}</head>
<body><header><a href="/">The Gazette</a><nav><ul>{links}</ul></nav></header>
<div class="cookie-banner"><p>We use cookies. <button>Accept all</button></p></div>
<main><article><h1>{html.escape(title)}</h1>
<div class="share"><a href="https://social.example/share">Share this on Facebook</a></div>
{body}{after}</article></main>
<aside><h2>Related Posts</h2><ul>{stories}</ul></aside>
<section class="comments"><h3>Comments</h3><p>First!</p></section>
<footer><p>Copyright The Gazette. All rights reserved.</p></footer></body></html>"""


def news(**fields: Any) -> dict[str, Any]:
    """JSON-LD of a news article."""
    return {"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, **fields}
