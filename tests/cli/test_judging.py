from __future__ import annotations

import json
from pathlib import Path

import pytest

RELEVANT = (
    "The senate committee voted to exempt open source AI models from the licensing bill. "
    "Developers who publish open weights would not need a licence under the new law. "
) * 4
HTML = (
    "<html><head><title>Senate exempts open models</title></head><body><article>"
    f"<h1>Senate exempts open models</h1><p>{RELEVANT}</p></article></body></html>"
)


@pytest.fixture
def article(tmp_path: Path) -> str:
    (tmp_path / "article.txt").write_text(RELEVANT)
    return "article.txt"


# ---- score


def test_a_file_is_judged_with_reasons(article, run):
    ran = run("score", article, "--title", "Senate exempts open models")
    record = run("score", article, "--title", "Senate exempts open models", "--json").record

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{record['score']:.4f}  flagged (threshold ")
    assert record["flagged"] is True
    assert record["id"] == article
    assert record["reasons"]


def test_html_is_read_as_a_page(run):
    Path("page.html").write_text(HTML)

    assert run("score", "page.html", "--json").record["flagged"] is True


def test_an_address_is_fetched(run, server):
    url = server.page("/story", HTML)
    Path("config.toml").write_text('[fetch]\nallow_hosts = ["127.0.0.1"]')

    ran = run("score", url, "--json")

    assert ran.record["flagged"] is True
    assert ran.record["id"] == url


def test_stdin_is_judged_too(run):
    assert run("score", "-", "--json", stdin=RELEVANT).record["flagged"] is True


def test_score_and_inspect_need_neither_configuration_nor_database(article, run, tmp_path):
    run("score", article)
    run("inspect", "page", article)
    run("score", "--batch", stdin='{"title": "x", "text": "y"}\n')

    assert [path.name for path in tmp_path.iterdir()] == ["article.txt"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (("missing.txt",), "No such file"),
        ((".",), "Is a directory"),
        (("binary",), "this is a binary file"),
        (("latin",), "neither UTF-8 text nor HTML"),
        (("empty",), "there is no text in it"),
        (("http://127.0.0.1:1/",), "127.0.0.1"),
        (("http://",), "is not an http address"),
        ((), "name a file or an address"),
        (("binary", "--topic", "open-source-ai-polcy"), "did you mean 'open-source-ai-policy'?"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence_and_exit_2(source, said, run):
    Path("binary").write_bytes(b"\x7fELF\0\0\0\1" * 100)
    Path("latin").write_bytes("Zürich ist schön".encode("latin-1"))
    Path("empty").write_text(" \n")

    ran = run("score", *source)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_binary_on_stdin_is_said(run):
    assert "stdin: this is a binary file" in run("score", "-", stdin=b"\x89PNG\0\0").err


def test_the_first_configured_topic_is_taken_unless_another_is_named(article, run):
    Path("config.toml").write_text(
        '[[topics]]\nname = "harbours"\nterms = ["harbour"]\n[[topics]]\nname = "votes"\nterms = ["senate^9"]'
    )

    assert run("score", article, "--json").record["topic"] == "harbours"
    assert run("score", article, "--json", "--topic", "votes").record["topic"] == "votes"
    assert run("score", article, "--json", "--topic", "open-source-ai-policy").record["flagged"] is True


# ---- evaluate


def labelled(*lines: object) -> str:
    Path("labelled.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return "labelled.jsonl"


GOOD = {"title": "Senate exempts open models", "text": RELEVANT}
BAD = {
    "title": "Gale warning",
    "text": "The first storm of the winter nears the coast, says the weather office.",
}


@pytest.mark.parametrize(("yes", "no"), [(True, False), (1, 0), ("true", "false"), ("1", "0")])
def test_labels_may_be_written_in_several_ways(yes, no, run):
    file = labelled({**GOOD, "label": yes}, {**BAD, "label": no, "language": "en"})

    record = run("evaluate", file, "--json").record

    assert (record["articles"], record["relevant"], record["average_precision"]) == (2, 1, 1.0)
    assert {"threshold", "precision", "recall", "f1", "flagged", "stories_a_day", "in_use"} == set(
        record["thresholds"][0]
    )
    assert sum(row["in_use"] for row in record["thresholds"]) == 1
    assert all(row["stories_a_day"] is None for row in record["thresholds"])


def test_stories_a_day_come_from_the_database_where_there_is_one(run, reading):
    record = run("evaluate", labelled({**GOOD, "label": 1}, {**BAD, "label": 0}), "--json").record

    assert record["thresholds"][0]["stories_a_day"] > 0


def test_the_figures_can_be_read(run):
    ran = run("evaluate", labelled({**GOOD, "label": 1}, {**BAD, "label": 1}, {**BAD, "label": 0}))

    assert (ran.code, ran.err) == (0, "")
    assert "average precision" in ran.out
    assert "<- in use" in ran.out
    assert "missed:" in ran.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"title": "x", "text": "y", "label": 1}\nnonsense', "labelled.jsonl, line 2: this is not JSON"),
        ('{"title": "x", "text": "y"}', "line 1: a line needs 'title', 'text' and 'label'"),
        ('{"title": "x", "text": "y", "label": "maybe"}', "is neither true nor false"),
        ('["x"]', "line 1"),
        ("", "there is no labelled text in it"),
        ('{"title": "x", "text": "y", "label": 0}', "relevant"),
    ],
)
def test_a_line_that_is_no_label_is_named(content, said, run):
    Path("labelled.jsonl").write_text(content)

    ran = run("evaluate", "labelled.jsonl")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err


def test_a_missing_file_is_said(run):
    assert "No such file" in run("evaluate", "missing.jsonl").err
    assert run("evaluate", "missing.jsonl").code == 2


def test_own_labels_are_measured(run, copied):
    flagged = [one["url"] for one in run("articles", "list", "--flagged", "--json").records]
    others = [one["url"] for one in run("articles", "list", "--json").records if one["url"] not in flagged]

    without = run("evaluate")
    run("articles", "label", flagged[0], "relevant")
    run("articles", "label", others[0], "irrelevant")
    record = run("evaluate", "--json").record

    assert (without.code, "`monitor articles label` makes them" in without.err) == (2, True)
    assert (record["articles"], record["relevant"]) == (2, 1)


# ---- seed


def test_a_profile_is_built_and_shown(article, run):
    Path("seed.txt").write_text("Senate exempts open models\n" + RELEVANT)

    built = run("seed", "build", "seed.txt", "--out", "profile.json", "--json")
    shown = run("seed", "show", "profile.json", "--json").record

    assert built.record == {"out": "profile.json", "profile": shown["fingerprint"]}
    assert shown["sources"][0]["title"] == "Senate exempts open models"
    assert shown["terms"]
    assert RELEVANT[:60] not in Path("profile.json").read_text()
    assert "from: Senate exempts open models (sha256 " in run("seed", "show", "profile.json").out


def test_a_profile_that_was_built_serves_a_topic(run):
    Path("seed.txt").write_text("Senate exempts open models\n" + RELEVANT)
    run("seed", "build", "seed.txt", "--out", "profile.json")
    Path("config.toml").write_text('[[topics]]\nname = "mine"\nprofile = "profile.json"')

    assert run("score", "seed.txt", "--json").record["topic"] == "mine"


def test_the_shipped_profile_is_shown(run):
    assert run("seed", "show", "--json").record["sources"][0]["sha256"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("seed build missing.txt --out x.json", "No such file"),
        ("seed build short.txt --out x.json", "short.txt"),
        ("seed build long.txt --out missing/x.json", "cannot be written"),
        ("seed show missing.json", "No such file"),
        ("seed show short.txt", "is not JSON"),
    ],
)
def test_what_is_no_seed_is_said(line, said, run):
    Path("short.txt").write_text("too short")
    Path("long.txt").write_text(RELEVANT)

    ran = run(*line.split())

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
    assert not Path("x.json").exists()
