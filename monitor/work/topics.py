"""From the configuration's topics to those that judge and those that are stored."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from monitor.config import TopicSection
from monitor.model.specs import TopicVersion
from monitor.relevance.topics import SHIPPED, TopicSpec, define, describe, version_of


def topic_specs(sections: Iterable[TopicSection]) -> tuple[TopicSpec, ...]:
    """What the configuration says of each topic, in the form that travels to the workers."""
    return tuple(TopicSpec.from_config(table_of(section)) for section in sections)


def shipped_spec() -> TopicSpec:
    """The topic that comes with the program."""
    return TopicSpec(name=SHIPPED)


def table_of(section: TopicSection) -> dict[str, Any]:
    """The section as it was written, without what was left out."""
    return section.model_dump(by_alias=True, exclude_unset=True)


def topic_versions(specs: Iterable[TopicSpec]) -> tuple[TopicVersion, ...]:
    """Each topic as it stands now; reads rules and profile, loads no model."""
    return tuple(topic_version(spec) for spec in specs)


@lru_cache(maxsize=32)
def topic_version(spec: TopicSpec) -> TopicVersion:
    definition = define(spec)
    return TopicVersion(
        name=spec.name,
        version=version_of(definition),
        threshold=definition.threshold,
        definition=describe(spec),
    )


def thresholds_of(specs: Iterable[TopicSpec]) -> dict[str, float]:
    """Each topic's own threshold."""
    return {spec.name: define(spec).threshold for spec in specs}
