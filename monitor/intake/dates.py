"""The dates that feeds write, in whatever form, to a moment in UTC.

Lenient about form, strict about sense: there is no 31 February. Whether a date is plausible is for
those who use it to say.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# Longer is no date; keeps every pattern here cheap.
MAX_LENGTH = 120

ISO = re.compile(
    r"([+-]?\d{4})-?(?:(\d\d)(?:-?(\d\d))?|W(\d\d)(?:-?([1-7]))?|(\d{3}))?"
    r"(?:(?:T|t|\s+|-)\s*(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9})\d*)?)?)?)?"
    r"\s*(Z|z|[A-Za-z]{2,5}|(?:GMT|UTC)?\s*[+-−]\s*\d\d:?(?:\d\d)?(?::?\d\d)?)?"
)
CLOCK = re.compile(
    r"(?:(?P<before>오전|오후|上午|下午|午前|午後)\s*)?"
    r"(?<![\d.])(?P<hour>\d{1,2})(?:(?:\s?[:.h]\s?|時)(?P<minute>\d{1,2})(?:\s?[:.]\s?(?P<second>\d{1,2}))?(?:[.,]\d+)?(?!\d))?"
    r"(?:\s*(?P<after>a\.?m\b\.?|p\.?m\b\.?|πμ|μμ))?",
    re.IGNORECASE,
)
AFTERNOON = frozenset(["pm", "μμ", "오후", "下午", "午後"])
# Who writes the halves of the day so and leaves the zone out, means their own.
KOREA_AND_JAPAN = timezone(timedelta(hours=9))
CHINA = timezone(timedelta(hours=8))
HOMES: dict[str, tzinfo] = {
    "오전": KOREA_AND_JAPAN,
    "오후": KOREA_AND_JAPAN,
    "午前": KOREA_AND_JAPAN,
    "午後": KOREA_AND_JAPAN,
    "上午": CHINA,
    "下午": CHINA,
}
# Zones of the one place that writes the month first.
AMERICAN = frozenset(
    ["est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "akst", "akdt", "hst", "et", "ct", "mt", "pt"]
)
OFFSET = re.compile(
    r"(?:(?:GMT|UTC|UT)\s*)?(?<![\d/])(?P<sign>[+\-−])\s*(?P<hour>\d{1,2}):?(?P<minute>\d\d)?(?::?\d\d)?(?!\d)",
    re.IGNORECASE,
)
REGION = re.compile(r"[A-Z][A-Za-z_]+/[A-Z][A-Za-z_+\-0-9]+(?:/[A-Z][A-Za-z_]+)?")
WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"\d+")
NUMERIC = re.compile(r"(?<!\d)(\d{1,4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,4})(?!\d)")
COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})")

# Hours east of Greenwich. Ambiguous names mean what mail clients take them for (RFC 822 first).
ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "ist": 5.5, "cet": 1, "mez": 1,
    "met": 1, "cest": 2, "mesz": 2, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3,
    "sast": 2, "wat": 1, "eat": 3, "gst": 4, "pkt": 5, "wib": 7, "ict": 7, "hkt": 8, "sgt": 8, "awst": 8,
    "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "nst": -3.5, "ndt": -2.5, "ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "brt": -3, "brst": -2, "art": -3,
    "clt": -4, "a": -1, "n": 1, "m": -12, "y": 12,
}  # fmt: skip
# Names that say winter or summer by the date.
REGIONS = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver",
    "pt": "America/Los_Angeles", "at": "America/Halifax", "eastern": "America/New_York",
    "pacific": "America/Los_Angeles",
}  # fmt: skip

# Month names by their beginnings, folded: English, German, French, Spanish, Italian, Portuguese, Dutch,
# Nordic, Polish, Czech, Hungarian, Turkish, Indonesian, Romanian, Greek, Russian, Ukrainian.
MONTH_WORDS = (
    "jan gen ene jän januar sty led oca ian ιαν янв січ",
    "feb fev fév fev lut úno şub φεβ фев лют",
    "mar mär mrt maa már mac μαρ μάρ мар бер",
    "apr avr abr kwi dub ápr nis απρ апр кві",
    "may mai mag maj mei máj май мая μαι μαϊ μάι трав",
    "jun jui giu juin cze iun jún haz ιουν ιούν июн чер",
    "jul juil lug lip iul júl tem ιουλ ιούλ июл лип",
    "aug aoû ago aou sie srp ağu авг сер αυγ αύγ ogo out_",
    "sep set szept wrz eyl σεπ сен вер",
    "oct okt ott out paź eki οκτ окт жов",
    "nov lis kas νοε νοέ ноя",
    "dec dez déc dic des gru ara δεκ дек гру",
)
MONTHS = {word: number for number, words in enumerate(MONTH_WORDS, 1) for word in words.split()}
# Where the first three letters would mislead.
WHOLE_MONTHS = {
    "juin": 6, "juillet": 7, "juil": 7, "juni": 6, "juli": 7, "lipca": 7, "lipiec": 7, "listopada": 11,
    "listopad": 11, "leden": 1, "ledna": 1, "unora": 2, "února": 2, "brezna": 3, "března": 3, "dubna": 4,
    "kvetna": 5, "května": 5, "cervna": 6, "června": 6, "cervence": 7, "července": 7, "srpna": 8,
    "zari": 9, "září": 9, "rijna": 10, "října": 10, "prosince": 12, "maggio": 5, "mag": 5, "martie": 3,
    "marca": 3, "maja": 5, "mayıs": 5, "mart": 3, "ocak": 1, "kasım": 11, "aralık": 12, "листопада": 11,
    "липня": 7, "červenec": 7, "červen": 6,
}  # fmt: skip


def parse_date(text: str | None) -> datetime | None:
    """The moment that a feed's date names, in UTC; without a zone it is taken as UTC. None: no date in it.

    ISO 8601 in all its lengths, RFC 822 with the liberties that feeds take (names of months in many
    languages, one or two figures, 12-hour clocks, zones as offset, abbreviation or region, orders and
    separators of all kinds), and seconds or milliseconds since 1970.
    """
    if not text or len(text) > MAX_LENGTH or not (text := " ".join(text.split())):
        return None
    try:
        return _from_epoch(text) or _from_iso(text) or _from_words(text)
    except (ValueError, OverflowError):  # 31 February, hour 25, year 0
        return None


def _from_epoch(text: str) -> datetime | None:
    found = EPOCH.fullmatch(text)
    if not found:
        return None
    return datetime.fromtimestamp(int(found[1]) if found[1] else int(found[2]) / 1000, UTC)


def _from_iso(text: str) -> datetime | None:
    found = ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, week, weekday, ordinal, hour, minute, second, _, zone = found.groups()
    if not 1000 <= int(year) <= 2999:
        return None  # '26112020', '0312': figures in another order
    if week:
        when = date.fromisocalendar(int(year), int(week), int(weekday or 1))
    elif ordinal:
        when = date(int(year), 1, 1) + timedelta(days=int(ordinal) - 1)
    else:
        when = date(int(year), int(month or 1), int(day or 1))
    return _moment(when, (int(hour or 0), int(minute or 0), int(second or 0)), _zone(zone or ""))


def _from_words(text: str) -> datetime | None:
    """A date whose parts are told by what they look like, in any order."""
    time, half, rest = _take_time(text)
    zone, rest = _take_zone(rest)
    american = half in ("am", "pm") or _abbreviation(rest) in AMERICAN
    when = _day_in(rest, month_first=american)
    return _moment(when, time, zone or HOMES.get(half, UTC)) if when else None


def _take_time(text: str) -> tuple[tuple[int, int, int], str, str]:
    """Hour, minute and second, the word for the half of the day, and the text without them."""
    for found in CLOCK.finditer(text):
        half = (found["before"] or found["after"] or "").lower().replace(".", "")
        if half or ":" in found[0] or "h" in found[0]:
            hour = int(found["hour"])
            if half in AFTERNOON:
                hour = hour % 12 + 12
            elif half and hour == 12:
                hour = 0
            time = hour, int(found["minute"] or 0), int(found["second"] or 0)
            return time, half, f"{text[: found.start()]} {text[found.end() :]}"
    return (0, 0, 0), "", text


def _take_zone(text: str) -> tuple[tzinfo | None, str]:
    """The zone, and the text without it, so that its figures are not taken for a day or year."""
    if (found := REGION.search(text)) and (region := _region(found[0])):
        return region, text.replace(found[0], " ")
    for found in OFFSET.finditer(text):
        # '26-06-2020' has no offset: one stands apart, after the date.
        apart = found[0][0] in "GUgu" or text[: found.start()][-1:] in (" ", ")", ":", "")
        if apart and (found["minute"] or found[0][0] in "GUgu" or len(found["hour"]) == 2):
            return _zone(found[0]), f"{text[: found.start()]} {text[found.end() :]}"
    abbreviation = _abbreviation(text)
    return (_zone(abbreviation) if abbreviation else None), text


def _abbreviation(text: str) -> str:
    """The last word that is a zone's; single letters only where they close the text."""
    for word in reversed(WORD.findall(text)):
        if word.isupper() and (word.lower() in ZONES or word.lower() in REGIONS):
            return str(word.lower()) if len(word) > 1 or text.rstrip().endswith(" " + word) else ""
    return ""


def _day_in(text: str, *, month_first: bool) -> date | None:
    month = next((m for word in WORD.findall(text) if (m := _month(word))), None)
    numbers = NUMBER.findall(text)
    if month and numbers:
        return _day_and_year(month, numbers)
    if found := NUMERIC.search(text):
        return _numeric_day(found, month_first=month_first)
    found = COMPACT.search(text)
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _numeric_day(found: re.Match[str], *, month_first: bool) -> date:
    first, second, third = int(found[1]), int(found[2]), int(found[3])
    if len(found[1]) >= 3:
        return date(first, second, third)
    year = _year(found[3])
    # Day first, as most of the world writes, unless that makes no sense or the rest is American.
    if second > 12 or (month_first and first <= 12):
        return date(year, first, second)
    return date(year, second, first)


def _day_and_year(month: int, numbers: list[str]) -> date:
    year_at = next((i for i, number in enumerate(numbers) if len(number) == 4), None)
    if year_at is not None:
        days = [int(n) for i, n in enumerate(numbers) if i != year_at and len(n) <= 2]
        return date(int(numbers[year_at]), month, days[0] if days else 1)
    if len(numbers) == 1:
        raise ValueError("no year")
    return date(_year(numbers[1]), month, int(numbers[0]))


def _year(figures: str) -> int:
    """RFC 2822, 4.3: two figures below 50 are this century, three count from 1900."""
    year = int(figures)
    if len(figures) >= 4:
        return year
    return year + (2000 if year < 50 and len(figures) <= 2 else 1900)


@lru_cache(maxsize=512)
def _month(word: str) -> int | None:
    word = word.casefold()
    if word in WHOLE_MONTHS:
        return WHOLE_MONTHS[word]
    return next(
        (MONTHS[word[:size]] for size in (5, 4, 3) if len(word) >= size and word[:size] in MONTHS), None
    )


@lru_cache(maxsize=512)
def _zone(text: str) -> tzinfo:
    text = text.strip().lower()
    if text in REGIONS:
        return _region(REGIONS[text]) or UTC
    if text in ZONES:
        return timezone(timedelta(hours=ZONES[text]))
    found = re.search(r"([+\-−])\s*(\d{1,2}):?(\d\d)?(?::?(\d\d))?$", text)
    if not found:
        return UTC
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0), seconds=int(found[4] or 0))
    if ahead >= timedelta(hours=24):
        return UTC
    return timezone(ahead if found[1] == "+" else -ahead)


@lru_cache(maxsize=128)
def _region(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _moment(day: date, time: tuple[int, int, int], zone: tzinfo) -> datetime:
    hour, minute, second = time
    extra = timedelta(days=1) if (hour, minute, second) == (24, 0, 0) else timedelta(0)
    if extra:
        hour = 0
    local = datetime(day.year, day.month, day.day, hour, minute, min(second, 59), tzinfo=zone)
    return (local + extra).astimezone(UTC)
