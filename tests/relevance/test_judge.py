"""The judge's promises: bounds, reasons, robustness, and a floor under its quality."""

from __future__ import annotations

import json
import math
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.article import JudgedOn, Text
from monitor.model.verdict import ReasonKind
from monitor.relevance.evaluate import at, figures
from monitor.relevance.judge import judge
from monitor.relevance.seed import SeedArticle, build_profile, save_profile
from monitor.relevance.signals import measure, read
from monitor.relevance.topics import TopicSpec, load_topic

STORIES = Path(__file__).parents[2] / "benchmarks" / "data" / "stories.jsonl"
PLAIN = (
    "Senators on Tuesday backed an exemption from the state's AI bill for developers who publish the weights "
    "of their models under an open licence. Closed labs had lobbied against it. Supporters of open-source AI "
    "said that secrecy would leave the field to a handful of firms."
)
FILLER = (
    "The market on the square was busy in the morning. Rain came at noon and the stalls closed early. "
    "A cyclist fell near the fountain and was helped up by two students. The mayor opened the new library. "
)
TAIL = (
    "\n\nRelated Posts\n\nLantern Light: The Fiddler's Farewell That Broke a Thousand Hearts in Tulsa\n\n"
    "On a stage of hay bales and string lights, the fiddler laid down his bow and the crowd…\n\n"
    "Senate Fight Over Open-Source AI Weights: What the Exemption Means for Closed Labs\n\n"
    "Lawmakers must now decide whether published models fall under the AI bill, and lobbyists…"
)


def text(body: str, title: str = "", judged_on: JudgedOn = JudgedOn.BODY) -> Text:
    return Text(title=title, body=body, judged_on=judged_on)


def shipped(body: str, title: str = ""):
    return judge(text(body, title), load_topic(TopicSpec()))


# ---- what is flagged


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(PLAIN, id="short"),
        pytest.param((PLAIN + "\n") * 3 + FILLER * 20, id="long, at the top"),
        pytest.param(FILLER * 15 + "\n" + PLAIN + "\n" + FILLER * 10, id="a paragraph in a round-up"),
    ],
)
def test_a_plain_case_is_flagged(body):
    assert shipped(body).flagged


def test_a_headline_alone_can_be_enough():
    assert shipped("", title="Parliament exempts open-source AI models from the AI Act").flagged


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(FILLER * 5, id="unrelated"),
        pytest.param("", id="empty"),
        pytest.param(
            "The lab released a model with open weights that tops the benchmark and runs on a laptop.",
            id="launch",
        ),
        pytest.param(
            "Ministers agreed on fines for AI that scores job seekers without telling them.", id="AI law"
        ),
        pytest.param("The city will move its office software to open source, the council ruled.", id="no AI"),
        pytest.param(FILLER + TAIL, id="on topic only in its tail"),
    ],
)
def test_what_lacks_a_side_of_the_matter_is_not_flagged(body):
    assert not shipped(body).flagged


def test_a_tail_of_other_headlines_moves_no_score():
    for body in (PLAIN, FILLER, PLAIN + FILLER * 10):
        assert abs(shipped(body + TAIL).score - shipped(body).score) <= 0.02


def test_quality_on_our_own_stories_does_not_fall():
    """The floor lies a little under what was measured on 2026-11-25: AP .976, precision .92, recall .94."""
    rows = [json.loads(line) for line in STORIES.read_text(encoding="utf-8").splitlines()]
    scored = [(shipped(row["text"], row["title"]).score, bool(row["label"])) for row in rows]

    found = at(scored, load_topic(TopicSpec()).threshold)

    assert len(rows) >= 130
    assert figures(scored).average_precision >= 0.95
    assert found.precision >= 0.85
    assert found.recall >= 0.85


# ---- what a verdict says


def test_reasons_say_what_met_where_and_how_much_it_counted():
    verdict = shipped(PLAIN, title="Open weights win an exemption")
    facets = next(reason for reason in verdict.reasons if reason.kind is ReasonKind.FACETS)

    assert facets.text.endswith("within one passage")
    assert facets.weight > 0
    assert facets.text in verdict.why
    assert "exemption" in " ".join(verdict.keywords).casefold()
    assert verdict.passage
    assert verdict.passage in PLAIN


def test_a_paragraph_in_a_long_text_is_quoted_in_the_reasons():
    verdict = shipped(FILLER * 15 + "\n" + PLAIN + "\n" + FILLER * 10)
    quoted = next(reason for reason in verdict.reasons if reason.kind is ReasonKind.PASSAGE)

    assert "Senators on Tuesday" in quoted.text
    assert verdict.passage.startswith("Senators on Tuesday")


def test_contributions_and_bias_add_up_to_the_score():
    topic = load_topic(TopicSpec())
    reading = read(text(PLAIN))
    values = measure(reading, topic.matcher.find(reading.words), topic).values

    logit = topic.model["bias"] + sum(topic.model.get(name, 0) * value for name, value in values.items())

    assert judge(text(PLAIN), topic).score == round(1 / (1 + math.exp(-logit)), 4)


def test_a_score_is_compared_as_it_is_stored():
    score = shipped(PLAIN).score

    assert judge(text(PLAIN), load_topic(TopicSpec(threshold=score))).flagged
    assert not judge(text(PLAIN), load_topic(TopicSpec(threshold=round(score + 0.0001, 4)))).flagged


def test_an_excluded_term_takes_a_text_out_and_says_so():
    verdict = judge(text(PLAIN), load_topic(TopicSpec(exclude=("closed labs",))))

    assert (verdict.score, verdict.flagged) == (0.0, False)
    assert verdict.why == "excluded by 'closed labs'"


def test_a_required_group_without_a_hit_takes_a_text_out_and_says_so():
    verdict = judge(text(PLAIN), load_topic(TopicSpec(require=(("senators",), ("Brussels", "Geneva")))))

    assert verdict.score == 0.0
    assert verdict.why == "nothing of: Brussels or Geneva"


# ---- topics of another make

LUNCH = (
    "The school canteen will serve lentil soup on two days a week. Parents argued about the canteen for a "
    "year. The cook said lunches without meat cost less, and lentil soup was what the pupils liked best. "
    "The council pays for the canteen and wants the kitchen to buy from farms near the town."
)


def test_a_topic_of_terms_only_adds_up_their_weights():
    topic = load_topic(TopicSpec(name="lunch", terms=("canteen^2", "lentil soup^2", "title:school")))

    assert judge(text(LUNCH), topic).flagged
    assert not judge(text("A canteen burnt down."), topic).flagged
    assert judge(text(LUNCH), topic).keywords[:2] == ("canteen", "lentil soup")


def test_a_topic_of_a_profile_only_knows_its_own_kind(tmp_path):
    path = tmp_path / "lunch.json"
    save_profile(build_profile([SeedArticle(title="Soup at school", text=LUNCH)], date(2026, 11, 25)), path)
    topic = load_topic(TopicSpec(name="lunch", profile=str(path)))

    like = judge(text("The canteen of the second school will cook lentil soup too, the council said."), topic)

    assert like.flagged
    assert like.similarity > 0.3
    assert "like the seed in" in like.why
    assert not judge(text(FILLER), topic).flagged
    assert not judge(text(PLAIN), topic).flagged


def test_two_topics_judge_the_same_texts_without_touching_each_other(tmp_path):
    path = tmp_path / "lunch.json"
    save_profile(build_profile([SeedArticle(title="Soup at school", text=LUNCH)], date(2026, 11, 25)), path)
    policy = load_topic(TopicSpec())
    lunch = load_topic(
        TopicSpec(
            name="lunch", profile=str(path), facets=(("food", ("soup", "lunch*")), ("place", ("canteen",)))
        )
    )

    flagged = [[judge(text(body), topic).flagged for topic in (policy, lunch)] for body in (PLAIN, LUNCH)]

    assert flagged == [[True, False], [False, True]]
    assert judge(text(LUNCH), lunch).topic_version == lunch.version != policy.version


# ---- bounds, sameness, cost


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=600), st.text(max_size=80))
def test_any_text_gets_a_score_between_0_and_1(body, title):
    verdict = shipped(body, title)

    assert 0.0 <= verdict.score <= 1.0
    assert 0.0 <= verdict.similarity <= 1.0
    assert verdict.score == round(verdict.score, 4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*PLAIN.split(), ".", "\n", "Open Weights", "Gesetz"]), max_size=120))
def test_reasons_point_into_the_text_they_are_about(words):
    one = text(" ".join(words), title="Open-source AI bill")
    reading = read(one)

    for reason in judge(one, load_topic(TopicSpec())).reasons:
        field = reading.title if reason.field == "title" else reading.body
        assert reason.start is None or 0 <= reason.start < len(field)


def test_the_same_text_always_gets_the_same_verdict():
    first = shipped(PLAIN, "Open weights")
    load_topic.cache_clear()

    assert shipped(PLAIN, "Open weights") == first


@pytest.mark.parametrize(
    "piece", [".", " ", "\n", "a", "Related Posts\n", "“", "open ", "… ", "weights. ", "\u0301"]
)
def test_no_text_is_slow_to_judge_however_odd(piece):
    topic = load_topic(TopicSpec())
    one = text(piece * (300_000 // len(piece)))

    started = time.process_time()
    judge(one, topic)

    assert time.process_time() - started < 2.0


def test_a_megabyte_is_judged_in_seconds_and_ten_times_the_text_costs_about_ten_times_as_much():
    topic = load_topic(TopicSpec())
    seconds = []
    for size in (100_000, 1_000_000):
        one = text((PLAIN + "\n" + FILLER) * (size // len(PLAIN + FILLER)))
        started = time.process_time()
        judge(one, topic)
        seconds.append(time.process_time() - started)

    assert seconds[1] < 3.0  # 0.9 s on an idle core; the bar leaves room for a busy one
    assert seconds[1] < 25 * seconds[0]
