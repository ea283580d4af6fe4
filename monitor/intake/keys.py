"""By what an entry of a feed is recognised the next time, and which entries of one feed are the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from monitor.model.feed import Entry, EntryKey, KeyKind
from monitor.urls import canonical


def identified(entries: Sequence[Entry], *, also_listed: frozenset[str] = frozenset()) -> tuple[Entry, ...]:
    """The entries with their keys, each entry once.

    A key identifies only where it stands once in the document: some feeds give every item the same guid,
    others link every item to the front page, and a shared key would make all but the first look known.
    So two entries with one guid and two links are two entries, known by their links; an entry left with
    neither is known by a hash of what it says. Only an entry that equals an earlier one in everything is
    dropped. `also_listed` holds guids and links of entries that were cut from the document beforehand.
    """
    distinct = list({_without_hash(entry): entry for entry in reversed(entries)}.values())[::-1]
    candidates = [_own_keys(entry) for entry in distinct]
    uses = Counter(key for keys in candidates for key in keys)
    return tuple(
        replace(entry, keys=_unique(keys, uses, also_listed) or (_hash_of(entry),))
        for entry, keys in zip(distinct, candidates, strict=True)
    )


def _without_hash(entry: Entry) -> Entry:
    return entry if entry.raw_hash is None else replace(entry, raw_hash=None)


def _own_keys(entry: Entry) -> tuple[EntryKey, ...]:
    """Strongest first: the guid as sent (it means something only within its feed), the canonical link."""
    keys = []
    if guid := (entry.id or "").strip():
        keys.append(EntryKey(kind=KeyKind.GUID, value=guid))
    if entry.link and (link := canonical(entry.link)):
        keys.append(EntryKey(kind=KeyKind.LINK, value=link))
    return tuple(keys)


def _unique(
    keys: tuple[EntryKey, ...], uses: Counter[EntryKey], also_listed: frozenset[str]
) -> tuple[EntryKey, ...]:
    return tuple(key for key in keys if uses[key] == 1 and key.value not in also_listed)


def _hash_of(entry: Entry) -> EntryKey:
    """Title and date; without both, what else the entry says."""
    said = [entry.title, entry.published_claimed or ""]
    if not all(said):
        said += [entry.id or "", entry.link or "", entry.summary, entry.content]
    digest = hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()
    return EntryKey(kind=KeyKind.TITLE_DATE, value=digest)
