"""A seed becomes figures; its tail and its text never travel."""

from __future__ import annotations

import json
from datetime import date

import pytest

from monitor.errors import ConfigError, UsageError
from monitor.relevance.seed import SeedArticle, build_profile, cut_tail, load_profile, save_profile

DAY = date(2026, 11, 25)
TEXT = (
    "The school kitchen will cook without meat on two days a week from March. Parents of the school argued "
    "about the kitchen for a year. The canteen serves four hundred lunches a day, and lunches without meat "
    "cost less. A cook said that the lentil soup was the favourite lunch of the youngest pupils. The council "
    "pays for the canteen and asked the kitchen to buy vegetables from farms near the town. Farms near the "
    "town have signed up. The lentil soup stays on the menu."
)
TAIL = (
    "\n\nRelated Posts\n\nGuitarist Zebulon Returns: The Comeback That Left Stadiums Weeping Again\n\n"
    "In the glow of a thousand lanterns, the guitarist walked on stage in his guitarist's boots and…"
)
ARTICLE = SeedArticle(title="School canteen drops meat twice a week", text=TEXT)


def test_a_profile_keeps_what_the_seed_is_about_strongest_first():
    profile = build_profile([ARTICLE], DAY)
    terms = [term for term, _ in profile.terms]

    assert {"canteen", "lentil soup", "kitchen"} <= set(terms[:12])
    assert [weight for _, weight in profile.terms] == sorted((w for _, w in profile.terms), reverse=True)


def test_the_tail_of_a_seed_changes_nothing():
    with_tail = SeedArticle(title=ARTICLE.title, text=TEXT + TAIL)

    assert cut_tail(with_tail.text) == TEXT
    assert build_profile([with_tail], DAY).fingerprint == build_profile([ARTICLE], DAY).fingerprint


def test_several_seeds_make_one_profile():
    other = SeedArticle(title="Hospital kitchen follows the school", text=TEXT.replace("school", "hospital"))

    profile = build_profile([ARTICLE, other], DAY)

    assert len(profile.vectors) == len(profile.sources) == 2
    assert "hospital" in dict(profile.terms)


def test_a_profile_survives_its_file_and_the_file_holds_no_sentence(tmp_path):
    profile = build_profile([ARTICLE], DAY)
    path = tmp_path / "profile.json"

    save_profile(profile, path)

    assert load_profile(path) == profile
    assert "lentil soup was" not in path.read_text()


def test_provenance_says_what_it_was_made_of():
    [source] = build_profile([ARTICLE], DAY).sources

    assert (source.title, len(source.sha256)) == (ARTICLE.title, 64)
    assert source.words == len(f"{ARTICLE.title} {TEXT}".split())


@pytest.mark.parametrize(
    "articles", [[], [SeedArticle(title="Too short", text="Nine words are not enough.")]]
)
def test_what_says_too_little_is_refused(articles):
    with pytest.raises(UsageError):
        build_profile(articles, DAY)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda content: content.pop("terms"), id="no terms"),
        pytest.param(lambda content: content.update(terms={}), id="empty terms"),
        pytest.param(lambda content: content.update(terms={"a": "b"}), id="weight that is no number"),
        pytest.param(
            lambda content: content.update(terms={"a": float("nan")}), id="weight that is not finite"
        ),
        pytest.param(lambda content: content.update(vectors=["AAAA"]), id="short vector"),
        pytest.param(lambda content: content.update(vectors=["not base64!"]), id="bad base64"),
        pytest.param(lambda content: content.update(format=99), id="another format"),
        pytest.param(lambda content: content.update(model="another"), id="another model"),
        pytest.param(lambda content: content.update(made_on="yesterday"), id="bad date"),
        pytest.param(lambda content: content.update(sources=[7]), id="bad source"),
    ],
)
def test_a_broken_profile_is_named_with_the_mend(tmp_path, spoil):
    path = tmp_path / "profile.json"
    save_profile(build_profile([ARTICLE], DAY), path)
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))

    with pytest.raises(ConfigError, match="seed build") as caught:
        load_profile(path)

    assert caught.value.where == str(path)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"3"])
def test_a_file_that_is_no_profile_is_an_error_for_people(tmp_path, body):
    path = tmp_path / "profile.json"
    path.write_bytes(body)

    with pytest.raises(ConfigError):
        load_profile(path)


def test_a_missing_profile_is_an_error_for_people(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_profile(tmp_path / "none.json")
