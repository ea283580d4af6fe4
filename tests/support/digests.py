"""Digests to look at: a usual morning, a day without stories, one full of what the web does to pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model.digest import (
    Coverage,
    Digest,
    DigestArticle,
    DigestStory,
    FlaggedArticle,
    NearMiss,
    Period,
    TopicScore,
)

PERIOD = Period(
    since=datetime(2026, 11, 24, 6, tzinfo=UTC),
    until=datetime(2026, 11, 25, 6, tzinfo=UTC),
    zone="Europe/Brussels",
)
TOPIC = "open-source-ai-policy"


def article(outlet: str, title: str, *, hour: int = 8, role: str | None = None, id: int = 1) -> DigestArticle:
    name = "".join(c for c in outlet.lower() if c.isascii() and c.isalnum()) or "outlet"
    return DigestArticle(
        url=f"https://{name}.example/2026/11/24/story-{id}",
        outlet=outlet,
        title=title,
        published_at=PERIOD.since + timedelta(hours=hour),
        role=role,
        article_id=id,
    )


def story(
    id: int,
    headline: str,
    outlet: str = "Daily Ledger",
    *,
    score: float = 0.8,
    why: str = "",
    extract: str = "",
    marks: tuple[str, ...] = (),
    reprinted_by: tuple[str, ...] = (),
    language: str | None = "en",
    related: tuple[int, ...] = (),
    topic: str = TOPIC,
) -> DigestStory:
    first = article(outlet, headline, hour=id % 20, role="original" if reprinted_by else None, id=id)
    others = tuple(
        article(name, headline, role="reprint", id=id * 1000 + place)
        for place, name in enumerate(reprinted_by, start=1)
    )
    return DigestStory(
        id=id,
        headline=headline,
        url=first.url,
        outlets=(outlet, *reprinted_by),
        reprints=len(others),
        related=related,
        extract=extract,
        topics=(TopicScore(topic=topic, score=score, why=why),),
        marks=marks,
        articles=(first, *others),
        language=language,
        published_at=first.published_at,
    )


COVERAGE = Coverage(
    feeds_checked=61,
    feeds_failing=(
        "Harbour Gazette: no answer within 30 s, for 2 days",
        "Bulletin of the Standards Office: 503 Service Unavailable",
    ),
    feeds_need_person=("Old Town Weekly: gone (410) since 21 Nov",),
    entries_new=1_391,
    articles=1_284,
    articles_by_status=(
        ("full", 1_002),
        ("teaser", 117),
        ("paywall", 96),
        ("consent", 21),
        ("blocked", 18),
        ("gone", 9),
        ("not_article", 14),
        ("failed", 7),
    ),
    judged_on=(("body", 1_002), ("feed_text", 128), ("teaser", 101), ("title", 53)),
    topics=("open-source-ai-policy, version 4f1c09ab, threshold 0.50",),
)

MORNING = Digest(
    to="policy-desk",
    period=PERIOD,
    stories=(
        story(
            1,
            "Lawmakers drop licence duty for freely published model weights after night of talks",
            "Daily Ledger",
            score=0.94,
            extract="Developers who publish the weights of a model for anyone to use and change will not "
            "need a licence, negotiators agreed shortly after two in the morning. The duty stays for "
            "providers who sell access, and regulators must report on its effects within three years.",
            why="open model weights, a licence duty and lawmakers within one paragraph; "
            "close to the seed in weights, licence, developers, exemption",
            reprinted_by=("Harbour Gazette", "Northern Courier"),
            related=(3,),
        ),
        story(
            2,
            "Ministerium will offene Sprachmodelle in allen Behörden bevorzugen",
            "Rheinblick",
            score=0.87,
            extract="Ausschreibungen des Bundes sollen künftig Modelle bevorzugen, deren Gewichte und "
            "Trainingsdaten offenliegen. Ausnahmen müssen die Behörden schriftlich begründen.",
            why="offene Modelle, Behörden und Ausschreibungen in einem Absatz",
            language="de",
        ),
        story(
            3,
            "Small labs welcome the exemption, security agencies do not",
            "The Open Wire",
            score=0.71,
            extract="“We can keep publishing,” said the founder of a six-person lab whose models run in "
            "hospitals. Two security agencies warned in a joint letter that weights, once out, cannot be "
            "called back.",
            why="published weights and a regulator’s exemption; close to the seed in publish, labs, risk",
            marks=("judged on the teaser",),
            related=(1,),
        ),
        story(
            4,
            "وزارة الاتصالات تنشر مسودة سياسة للنماذج مفتوحة المصدر",
            "صوت الميناء",
            score=0.58,
            extract="تدعو المسودة إلى نشر أوزان النماذج التي تمولها الدولة خلال عام واحد.",
            why="open-source models and a ministry’s draft policy",
            language="ar",
            marks=("judged on the feed's text",),
        ),
    ),
    near_misses=(
        NearMiss(
            headline="City council to publish its chatbot’s prompts",
            url="https://townhall.example/prompts",
            outlet="Town Hall Notes",
            topic=TOPIC,
            score=0.47,
            threshold=0.5,
        ),
        NearMiss(
            headline="Foundation names new head of AI",
            url="https://foundation.example/news/head",
            outlet="Foundation News",
            topic=TOPIC,
            score=0.44,
            threshold=0.5,
        ),
    ),
    coverage=COVERAGE,
)

QUIET = replace(MORNING, stories=())

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>bold</b>{{ 7*7 }}"

HOSTILE = Digest(
    to='desk"><script>',
    period=PERIOD,
    stories=(
        story(1, ATTACK, ATTACK, extract=ATTACK, why=ATTACK, marks=(ATTACK,), reprinted_by=(ATTACK,)),
        story(2, LONG_WORD, LONG_WORD, extract=LONG_WORD, why=LONG_WORD),
        story(
            3,
            "开源人工智能模型的监管政策草案公布" * 10,
            "南方科技",
            extract="草案要求公开模型权重。" * 25,
            language="zh",
        ),
        replace(story(4, "A link that runs code"), url="javascript:alert(1)"),
        replace(story(5, "A story without a page"), url="entry:7/abc"),
        replace(story(6, "A link with a quote"), url='https://x.example/a"onmouseover="alert(1)'),
        story(7, "Language that breaks out", language='en"><script>'),
    ),
    near_misses=(
        NearMiss(
            headline=ATTACK, url="data:text/html,x", outlet=ATTACK, topic=ATTACK, score=0.4, threshold=0.5
        ),
    ),
    coverage=replace(
        COVERAGE, feeds_failing=tuple(f"{ATTACK} {count}" for count in range(40)), undelivered=(LONG_WORD,)
    ),
)


def crowded(count: int) -> Digest:
    """A digest of so many stories, each with all that a story can have."""
    sample = MORNING.stories[0]
    stories = tuple(
        replace(
            story(
                place, f"Story {place}: {sample.headline}", extract=sample.extract, why=sample.topics[0].why
            ),
            marks=("judged on the teaser",),
        )
        for place in range(1, count + 1)
    )
    return replace(MORNING, stories=stories)


def row(
    *,
    article: int = 1,
    story: int = 1,
    score: float = 0.8,
    flagged: bool = True,
    topic: str = TOPIC,
    role: str | None = None,
    title: str = "A headline",
    outlet: str = "Daily Ledger",
    url: str = "",
    judged_on: str = "body",
    why: str = "",
    passage: str = "",
    text: str = "",
    language: str | None = "en",
    published_at: datetime | None = PERIOD.since + timedelta(hours=3),
    first_seen_at: datetime = PERIOD.since + timedelta(hours=4),
) -> FlaggedArticle:
    """A row as the store hands it to the composer."""
    return FlaggedArticle(
        article_id=article,
        story_id=story,
        url=url or f"https://news.example/{article}",
        title=title,
        outlet=outlet,
        language=language,
        published_at=published_at,
        first_seen_at=first_seen_at,
        role=role,
        topic=topic,
        score=score,
        flagged=flagged,
        judged_on=judged_on,
        why=why,
        passage=passage,
        text=text,
    )
