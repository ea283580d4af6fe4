from __future__ import annotations

from pathlib import Path

import pytest

RELEVANT = "The bill exempts open weights models from licensing, a senator said of the law."


def test_the_list_counts_what_was_judged_and_flagged(run, reading):
    (record,) = run("topics", "list", "--json").records

    assert set(record) == {
        "name", "state", "version", "threshold", "since", "articles_judged", "articles_flagged",
    }  # fmt: skip
    assert record["name"] == "open-source-ai-policy"
    assert record["state"] == "active"
    assert record["articles_flagged"] == reading.once.record["flagged"]
    assert record["articles_judged"] >= record["articles_flagged"] > 0


def test_the_list_can_be_read_on_eighty_columns(run, reading, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    lines = run("topics", "list").out.splitlines()

    assert len(lines) == 3
    assert lines[2].startswith("open-source-ai-policy  active")


def test_a_topic_that_vanished_from_the_file_is_paused(run, fresh):
    run("topics", "list")
    with fresh.config.open("a") as config:
        config.write('\n[[topics]]\nname = "harbours"\nterms = ["harbour"]\n')

    states = {record["name"]: record["state"] for record in run("topics", "list", "--json").records}

    assert states == {"open-source-ai-policy": "paused", "harbours": "active"}


def test_a_topic_is_put_in_words(run):
    ran = run("topics", "check", "open-source-ai-policy")
    record = run("topics", "check", "open-source-ai-policy", "--json").record

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("open-source-ai-policy, version ")
    assert set(record) == {"topic", "version", "threshold", "rules"}


@pytest.mark.parametrize("text", [(RELEVANT,), ("-",)])
def test_a_topic_is_tried_on_a_text(text, run):
    record = run("topics", "check", "open-source-ai-policy", *text, "--json", stdin=RELEVANT).record
    ran = run("topics", "check", "open-source-ai-policy", *text, stdin=RELEVANT)

    assert record["flagged"] is True
    assert "flagged (threshold" in ran.out


def test_a_topic_of_ones_own_is_checked_before_it_is_used(run):
    Path("config.toml").write_text('[[topics]]\nname = "harbours"\nterms = ["harbour^3", "title:ferry"]\n')

    assert "harbour^3" in run("topics", "check", "harbours").out
    assert run("topics", "check", "harbours", "The harbour opened.", "--json").record["keywords"]


@pytest.mark.parametrize(
    ("config", "name", "said"),
    [
        ("", "open-source-ai-polcy", "did you mean 'open-source-ai-policy'?"),
        ("", "zzz", "there is open-source-ai-policy"),
        ('[[topics]]\nname = "x"\nterms = ["a NEAR/x b"]', "x", "config.toml, [[topics]] 'x'"),
        ('[[topics]]\nname = "x"\nterms = ["a (b)"]', "x", "config.toml, [[topics]] 'x'"),
        ('[[topics]]\nname = "x"', "x", "has nothing to look for"),
    ],
)
def test_a_bad_rule_or_name_is_one_sentence_and_exit_2(config, name, said, run):
    Path("config.toml").write_text(config)

    ran = run("topics", "check", name)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
