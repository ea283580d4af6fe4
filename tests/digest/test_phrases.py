from __future__ import annotations

from dataclasses import replace

import pytest
from support.digests import COVERAGE, MORNING, QUIET

from monitor.digest import phrases


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("open-source-ai-policy", "open-source AI policy"),
        ("eu-ai-act", "EU AI act"),
        ("open_source", "open source"),
        ("llms", "llms"),
        ("Paid news", "Paid news"),
    ],
)
def test_a_topics_name_reads_as_words(name, title):
    assert phrases.topic_title(name) == title


def test_a_day_without_stories_is_told_in_one_line():
    assert phrases.deck(QUIET) == "Nothing on open-source AI policy in 1,284 articles from 61 feeds"


def test_the_page_of_a_list_with_several_topics_bears_the_lists_name():
    several = replace(MORNING, coverage=replace(COVERAGE, topics=("a-b, 1, 0.5", "c, 1, 0.5")))

    assert phrases.title(MORNING) == "Open-source AI policy"
    assert phrases.title(several) == "Policy desk"
    assert phrases.looked_for(replace(several, stories=())) == "a b or c"


def test_times_are_the_readers():
    assert phrases.period(MORNING) == "24 Nov, 07:00 to 25 Nov, 07:00 (Europe/Brussels time)"
    assert phrases.day(MORNING.period.until, "Pacific/Auckland") == "Wednesday, 25 November 2026"
    assert phrases.day(MORNING.period.until, "America/Los_Angeles") == "Tuesday, 24 November 2026"


@pytest.mark.parametrize(
    ("code", "name"), [("de", "German"), ("pt-BR", "Portuguese"), ("en", ""), (None, "")]
)
def test_a_language_is_named_where_it_is_not_the_pages(code, name):
    assert phrases.language(code) == name


@pytest.mark.parametrize("code", ['en"><script>', "english", "", None, "x" * 40, "e"])
def test_what_is_no_language_tag_is_none(code):
    assert phrases.language_tag(code) == ""


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "entry:7/abc",
        "",
        "//x",
        "file:///etc/hosts",
        "https://x/" + "a" * 9000,
    ],
)
def test_only_an_http_address_is_a_link(url):
    assert phrases.link(url) == ""


def test_the_figures_add_up_and_each_fact_names_its_command():
    facts = {fact.label: fact for fact in phrases.facts(MORNING)}

    assert facts["Feeds"].text == "61 checked, 1,391 new entries, 2 failing, 1 asking for a person"
    assert sum(int(count.replace(",", "")) for count, _ in facts["Articles"].figures) == 1284
    assert facts["Failing"].names[0].startswith("Harbour Gazette")
    assert facts["Looked for"].names == ("open-source-ai-policy, version 4f1c09ab, threshold 0.50",)
    assert all(fact.command.startswith("monitor ") for fact in facts.values())
    assert facts["Period"].command == (
        "monitor digest --to policy-desk --since 2026-11-24T06:00:00Z --until 2026-11-25T06:00:00Z"
    )


def test_articles_without_a_status_are_counted_so_that_the_sum_holds():
    coverage = replace(COVERAGE, articles=10, articles_by_status=(("full", 6), ("novel_status", 1)))
    facts = {fact.label: fact for fact in phrases.facts(replace(MORNING, coverage=coverage))}

    assert facts["Articles"].figures == (
        ("6", "read in full"),
        ("1", "novel_status"),
        ("3", "without a status"),
    )


def test_many_failing_feeds_are_counted_and_not_dropped_in_silence():
    coverage = replace(COVERAGE, feeds_failing=tuple(f"Feed {count}" for count in range(40)))
    facts = {fact.label: fact for fact in phrases.facts(replace(MORNING, coverage=coverage))}

    assert facts["Failing"].names[-1] == "and 25 more"


def test_undelivered_mail_is_told():
    coverage = replace(COVERAGE, undelivered=("other@example.org: 550 no such user",))
    facts = {fact.label: fact for fact in phrases.facts(replace(MORNING, coverage=coverage))}

    assert facts["Mail not delivered"].names == ("other@example.org: 550 no such user",)
