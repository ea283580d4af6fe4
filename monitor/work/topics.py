"""From the configuration's topics to those that judge and those that are stored."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.config import TopicSection
from monitor.relevance.topics import TopicSpec


def topic_specs(sections: Iterable[TopicSection]) -> tuple[TopicSpec, ...]:
    """What the configuration says of each topic, in the form that travels to the workers."""
    return tuple(
        TopicSpec.from_config(section.model_dump(exclude_none=True)) for section in sections
    )
