"""Boilerplate around a text: 'Related Posts' and its like, with the teasers that follow, and sign-up lines.

Extraction leaves such blocks in; what they say about other stories must never count for this one. Works by
shape (a known heading, then lines that look like headlines or end in an ellipsis), not by any site's names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.words import fold

# What stands above a list of other stories, folded, in the languages of the shipped rules.
HEADINGS = r"""
    related(\ (posts?|articles?|stories|news|content|links|topics|reading|coverage))?
  | you\ (may|might)(\ also)?\ (like|enjoy|be\ interested\ in)
  | recommended(\ (for\ you|reading|stories|articles))?
  | more\ (from|stories|news|on\ this(\ story)?|like\ this|in\ this\ section)
  | (read|see|watch)\ (more|next|also) | also\ (read|on) | up\ next | what\ to\ read\ next | don't\ miss
  | keep\ reading | elsewhere\ on\ this\ site | in\ other\ news | most\ (popular|read|viewed|shared)
  | popular\ (posts|now|stories) | trending(\ now)? | (latest|top|other)\ (news|posts|stories)
  | editors?'?s?'?\ picks? | from\ our\ partners | (from\ )?around\ the\ web
  | (sponsored|promoted)(\ (content|stories))? | (previous|next)\ post | mehr\ (zum\ thema|dazu|aus)
  | lesen\ sie\ auch | auch\ interessant | das\ könnte\ (sie|dich)\ auch(\ interessieren)?
  | (verwandte|weitere|empfohlene)\ artikel | meistgelesen | weiterlesen | zum\ weiterlesen
  | articles\ (similaires|liés) | (à\ )?lire\ (aussi|également) | à\ lire\ également
  | sur\ le\ même\ sujet | vous\ aimerez\ aussi | les\ plus\ lus | dans\ la\ même\ rubrique
  | (artículos|noticias|entradas)\ relacionad[ao]s | (también\ )?te\ puede\ interesar | le[ae]\ también
  | lo\ más\ leído | más\ noticias | te\ recomendamos | (artigos|notícias|posts)\ relacionad[ao]s
  | (leia|veja)\ (também|mais) | (as\ )?mais\ lidas | (você\ também\ )?pode\ gostar
  | articoli\ correlati | leggi\ anche | (ti\ )?potrebbe\ interessar(ti|e) | i\ più\ letti
  | altri\ articoli | gerelateerde?(\ artikelen)? | lees\ (ook|meer) | meer\ over\ dit\ onderwerp
  | meest\ gelezen | bekijk\ ook
"""
# Lines that ask for something; they name topics ('our newsletter on AI policy') without reporting on any.
ASKING = r"""
    newsletter | sign\ up | subscribe | share\ (this|on) | follow\ us | enjoyed\ this | forward\ this
  | download\ our\ app | filed\ under | tags: | tagged | topics: | categories: | advertisement
  | newsletter\ abonnieren | abonnez | inscrivez | suscríbe(te|ase) | assine | iscriviti
  | schrijf\ je\ in | (teilen|partager|compartir|condividi)(:|$) | anzeige:? | publicité | publicidad
"""
LONGEST_HEADING = 60  # characters; 'Read more about how the ministry ...' is prose
MOST_NAME_WORDS = 4  # of an outlet or section: 'More from the Harbour Ledger'
LONGEST_ASKING = 240  # characters
FEWEST_PROSE_WORDS = 8  # a shorter line below a heading is a headline, whatever it ends in
FEWEST_TEASERS = 2  # pairs without a heading; one could be a paragraph that trails off

_ELLIPSIS = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])[\"'”’)\]]*\s*$")
_FULL_STOP = re.compile(r"[.?!:;]['\"”’»)\]]*\s*$")
_HEADING = re.compile(rf"\W*(?:{HEADINGS})(?!\w)", re.VERBOSE)
_ASKING = re.compile(rf"\W*(?:{ASKING})(?!\w)", re.VERBOSE)


def cut_tail(text: str) -> str:
    """The text without its boilerplate blocks, wherever they stand. Linear; idempotent on what it leaves.

    A block begins at a known heading and goes on while lines look like headlines or teasers; prose after it
    is kept, since extraction also leaves such blocks in the middle. Without a heading, only a run of
    headline-and-ellipsis pairs at the very end is cut.
    """
    kept: list[str] = []
    inside = False
    for line in text.split("\n"):
        if _is_heading(line):
            inside = not _is_inline_list(line)
        elif inside and line.strip() and not _is_teaser(line):
            inside = False
            kept.append(line)
        elif not inside and not _is_asking(line):
            kept.append(line)
    return "\n".join(_without_trailing_teasers(kept)).strip()


def _is_heading(line: str) -> bool:
    """Whether a line is a known heading, alone, with a name behind it, or with its list in the same line."""
    start = fold(line[: LONGEST_HEADING * 2])
    found = _HEADING.match(start)
    if not found:
        return False
    # 'Also on the Courier: a headline. Another.' is a whole block; 'Related legislation failed.' is prose.
    rest = start[found.end() : found.end() + LONGEST_HEADING].lstrip()
    name, mark, _ = rest.partition(":")
    if not rest or rest[0] in "|-" or (mark and len(name.split()) <= MOST_NAME_WORDS):
        return True
    return len(rest.split()) <= MOST_NAME_WORDS and not _FULL_STOP.search(line)


def _is_inline_list(line: str) -> bool:
    head, colon, rest = line.partition(":")
    return bool(colon) and len(head) <= LONGEST_HEADING and len(rest.split()) > 3


def _is_asking(line: str) -> bool:
    return len(line) <= LONGEST_ASKING and bool(_ASKING.match(fold(line)))


def _is_teaser(line: str) -> bool:
    words = line.split()
    if _ELLIPSIS.search(line) or len(words) < FEWEST_PROSE_WORDS or not _FULL_STOP.search(line):
        return True
    return _is_title_case(words)


def _is_title_case(words: Iterable[str]) -> bool:
    """Headline style: most longer words begin with a capital."""
    long = [word.strip("\"'“”‘’(") for word in words if len(word) > 3]
    return bool(long) and sum(word[:1].isupper() for word in long) > 0.7 * len(long)


def _without_trailing_teasers(lines: list[str]) -> list[str]:
    at = len(lines)
    teasers = 0
    while at > 0:
        line = lines[at - 1]
        if not line.strip():
            at -= 1
        elif _ELLIPSIS.search(line) and at > 1 and (above := _headline_above(lines, at - 1)) is not None:
            at = above
            teasers += 1
        else:
            break
    return lines[:at] if teasers >= FEWEST_TEASERS else lines


def _headline_above(lines: list[str], at: int) -> int | None:
    """The index of the headline that a teaser's first words belong to; None where there is none."""
    while at > 0:
        at -= 1
        if lines[at].strip():
            return at if _is_title_case(lines[at].split()) or not _FULL_STOP.search(lines[at]) else None
    return None
