"""A generated news site for the benchmarks: hosts on loopback, feeds, pages of realistic size and clutter.

Everything is made from a seed, so two runs measure the same bytes. Served by a process of its own, so that
its work is not counted as ours.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection

SUBJECTS = (
    "council ministry harbour committee agency court union company senate board museum school clinic "
    "regulator parliament foundation laboratory developer researcher commission city region village team"
).split()
VERBS = (
    "approves delays rejects reviews opens closes extends publishes questions funds cancels renames audits "
    "defends measures repairs sells buys licenses limits praises doubts moves counts"
).split()
THINGS = (
    "budget bridge timetable model weights licence software exemption act harvest stadium library tunnel "
    "dataset chip archive festival ferry tariff vaccine orchard parade drill standard report pipeline"
).split()
TAILS = (
    "after a long night of talks; despite a warning from its own experts; for the third time this year; "
    "while neighbours look on; under rules that few have read; as the deadline passes; with little debate; "
    "before the summer recess; over the protests of small firms; to the surprise of its members"
).split("; ")


@dataclass(frozen=True)
class Site:
    """All that the server serves: bodies by (host, path), content type by ending."""

    hosts: tuple[str, ...]
    bodies: dict[tuple[str, str], bytes]

    @property
    def pages(self) -> list[bytes]:
        return [body for (_, path), body in self.bodies.items() if path.startswith("/story/")]


def make_site(hosts: int, articles: int, now: datetime, *, pages: bool = True, new: int = 0) -> Site:
    """`hosts` outlets with `articles` entries each; `new` of them are fresh since an edition without."""
    names = tuple(f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(hosts))
    bodies: dict[tuple[str, str], bytes] = {}
    for host in names:
        stories = [Story(host, number) for number in range(new, articles + new)]
        bodies[host, "/feed.xml"] = feed(host, stories, now).encode()
        if pages:
            bodies |= {(host, story.path): story.page().encode() for story in stories}
    return Site(hosts=names, bodies=bodies)


class Story:
    """One article; the same host and number always give the same words."""

    def __init__(self, host: str, number: int) -> None:
        self._dice = random.Random(f"{host} {number}")
        self.number = number
        self.host = host
        self.path = f"/story/{number}-{'-'.join(self._sentence().lower().split()[:6])}"
        self.title = self._sentence()
        self.paragraphs = [self._paragraph() for _ in range(self._dice.randint(8, 22))]

    def _sentence(self) -> str:
        pick = self._dice.choice
        return f"The {pick(SUBJECTS)} {pick(VERBS)} the {pick(THINGS)} {pick(TAILS)}".replace("  ", " ")

    def _paragraph(self) -> str:
        return ". ".join(self._sentence() for _ in range(self._dice.randint(2, 5))) + "."

    def page(self) -> str:
        """60 to 200 kB: much of it scripts and styles, then navigation, rails, comments, and the article."""
        dice = self._dice
        body = "\n".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        script = "".join(
            f'var k{n}={{"a":"{self._sentence()}","n":{n}}};' for n in range(dice.randint(250, 1600))
        )
        return PAGE.format(
            title=self.title,
            host=self.host,
            path=self.path,
            day=f"2026-11-{1 + self.number % 24:02d}T08:00:00Z",
            style="".join(f".c{n}{{margin:{n % 7}px;color:#{n * 7919 % 4096:03x}}}" for n in range(400)),
            script=script,
            nav="".join(
                f'<li class="nav-item"><a href="/s/{n}">{dice.choice(SUBJECTS)}</a></li>' for n in range(120)
            ),
            rail="".join(self._card() for _ in range(dice.randint(30, 90))),
            comments="".join(self._comment() for _ in range(dice.randint(5, 30))),
            body=body,
        )

    def _card(self) -> str:
        return (
            f'<div class="card card--s"><a class="card__link" href="/story/{self._dice.randint(0, 9999)}">'
            f'<img src="/i/{self._dice.randint(0, 9999)}.jpg" alt=""><h3>{self._sentence()}</h3></a>'
            f'<span class="card__time">{self._dice.randint(1, 23)} hours ago</span></div>'
        )

    def _comment(self) -> str:
        reader = f'<div class="comment-author">reader {self._dice.randint(1, 99)}</div>'
        return f'<li class="comment">{reader}<p>{self._sentence()}.</p></li>'


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | {host}</title>
<link rel="canonical" href="{path}"><meta property="og:type" content="article">
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{day}">
<meta name="author" content="Staff"><style>{style}</style>
<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}",
"datePublished":"{day}"}}</script>
<script>{script}</script></head><body><header><nav><ul>{nav}</ul></nav></header>
<main><article><h1>{title}</h1><div class="byline">By Staff</div><div class="article-body">{body}</div>
<div class="share"><a href="#">Share</a><a href="#">Mail</a></div></article>
<aside class="related"><h2>Related</h2>{rail}</aside>
<section id="comments"><ul>{comments}</ul></section></main>
<footer><ul>{nav}</ul></footer></body></html>"""


def feed(host: str, stories: list[Story], now: datetime) -> str:
    """RSS 2.0 with a summary an entry, newest first."""
    items = "".join(
        f"<item><title>{story.title}</title><link>http://{host}:PORT{story.path}</link>"
        f"<guid isPermaLink='false'>{host}-{story.number}</guid>"
        f"<pubDate>{format_datetime(now - timedelta(minutes=10 * (200 - story.number)))}</pubDate>"
        f"<description>{story.paragraphs[0]}</description></item>"
        for story in reversed(stories)
    )
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>{host}</title>"
        f"<link>http://{host}:PORT/</link><description>news</description>{items}</channel></rss>"
    )


@contextmanager
def served(editions: list[Site]) -> Iterator[tuple[int, Connection]]:
    """The port, and a pipe that takes the number of the edition to serve."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(editions, theirs), daemon=True)
    process.start()
    port = ours.recv()
    try:
        yield port, ours
    finally:
        process.terminate()
        process.join()


def serve(editions: list[Site], pipe: Connection) -> None:
    asyncio.run(serve_forever(editions, pipe))


async def serve_forever(editions: list[Site], pipe: Connection) -> None:
    """HTTP/1.1 with keep-alive; ETag is the edition, If-None-Match gives 304 where the body is the same."""
    current = 0
    port = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                host = writer.get_extra_info("sockname")[0]
                path = head.split(b" ", 2)[1].decode()
                body = editions[current].bodies.get((host, path))
                etag = f'"{hash((body, host))}"' if body else ""
                if body is None:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                elif etag.encode() in head:
                    writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode())
                else:
                    kind = "application/rss+xml" if path.endswith(".xml") else "text/html; charset=utf-8"
                    body = body.replace(b"PORT", str(port).encode()) if path.endswith(".xml") else body
                    writer.write(
                        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                        f"ETag: {etag}\r\n\r\n".encode()
                        + body
                    )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    pipe.send(port)
    loop = asyncio.get_running_loop()
    while True:
        current = await loop.run_in_executor(None, pipe.recv)
        pipe.send(current)
