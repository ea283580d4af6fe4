"""Which articles carry the same report, and which of them is the original. Pure: rows in, a placement out.

First version: the same words. Abridged and edited copies, and other reports on the same event, come later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.model.story import Candidate, Placement, StoryMember
from monitor.words import fold, squeeze

# Shorter texts may be the same by form ('The market is closed today'): they need the same title too.
LEAST_WORDS = 60


def decide(article: Candidate, members: Sequence[StoryMember]) -> Placement:
    """Place an article among stored ones; `members` may hold others than those that match, and itself."""
    same = [
        member
        for member in members
        if member.article_id != article.article_id and same_report(article, member)
    ]
    if not same:
        return Placement(story_id=None)
    stories = {member.story_id for member in same}
    if article.story_id is not None:
        stories.add(article.story_id)
    joined, *merged = sorted(stories)
    all_of_it: list[Candidate | StoryMember] = [article, *same]
    outlets = {member.site for member in same} | {article.site}
    return Placement(
        story_id=joined,
        merged_story_ids=tuple(merged),
        original_id=min(all_of_it, key=_age).article_id,
        reason=f"the same {article.words} words in {len(same) + 1} articles of {len(outlets)} outlets",
    )


def same_report(article: Candidate, member: StoryMember) -> bool:
    """Whether both have the same text; of texts too short to be sure, the same title as well."""
    if article.text_hash is None or article.text_hash != member.text_hash:
        return False
    return article.words >= LEAST_WORDS or fold(squeeze(article.title)) == fold(squeeze(member.title))


def _age(article: Candidate | StoryMember) -> tuple[datetime, int]:
    """The earliest published is the original, where nothing is said the first seen; then the first stored."""
    return article.published_at or article.first_seen_at, article.article_id
