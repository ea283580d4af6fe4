"""The configuration's topics, in the forms that travel."""

from __future__ import annotations

import pickle

import pytest
from support.cycles import HARBOURS

from monitor.config.settings import TopicSection
from monitor.errors import ConfigError
from monitor.relevance.topics import SHIPPED
from monitor.work.topics import shipped_spec, thresholds_of, topic_specs, topic_version, topic_versions


def test_a_spec_travels_to_the_workers() -> None:
    (spec,) = topic_specs([HARBOURS])

    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(spec)


def test_every_change_makes_a_version() -> None:
    sections = [
        HARBOURS,
        HARBOURS.model_copy(update={"threshold": 0.6}),
        HARBOURS.model_copy(update={"terms": ("pier",)}),
    ]

    versions = [topic_versions(topic_specs([section]))[0].version for section in sections]

    assert len(set(versions)) == 3
    assert topic_version(topic_specs([HARBOURS])[0]).version == versions[0]


def test_a_topic_without_rules_of_its_own_is_the_shipped_one() -> None:
    assert topic_specs([TopicSection(name=SHIPPED)]) == (shipped_spec(),)


def test_each_topic_has_its_own_line() -> None:
    other = TopicSection(name="sky", terms=("comet",), threshold=0.7)

    assert thresholds_of(topic_specs([HARBOURS, other])) == {"harbours": 0.5, "sky": 0.7}


def test_a_rule_that_cannot_be_read_is_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigError):
        topic_versions(topic_specs([TopicSection(name="sky", terms=("(comet",), within=3)]))
