"""Names of readings, as people write them in `read:`.

A number is named by the number 1234.56 written its way (`1 234,56 €`), a day by its pattern (`dd/mm/yyyy`, in
French also `jj/mm/aaaa`), a boolean by its two words.
"""

from __future__ import annotations

import difflib
import re

from vitrail.collection.values.moment_styles import TIMES, WORDS, ZONES, EpochStyle, MomentStyle, SerialStyle
from vitrail.collection.values.number_styles import TOKENS, CentsStyle, NumberStyle, currency_pattern
from vitrail.collection.values.readings import (
    BOOLEANS,
    BooleanStyle,
    KeyStyle,
    Reading,
    Style,
    TextStyle,
)
from vitrail.errors import PlanError
from vitrail.findings import Finding

EXAMPLES = (
    "text",
    "code",
    "dd/mm/yyyy",
    "mm/dd/yyyy hh:mm",
    "yyyy-mm-dd",
    "yyyy-mm-dd hh:mm:ss",
    "yyyy-mm-ddThh:mm:ssZ",
    "dd.mm.yyyy",
    "dd-mm-yyyy",
    "dd/mm/yy",
    "mm/dd/yyyy",
    "dd/mm/yyyy hh:mm",
    "yyyymmdd",
    "dd mmm yyyy",
    "unix seconds",
    "unix milliseconds",
    "excel days",
    "1234.56",
    "1234,56",
    "1 234,56",
    "1 234,56 €",
    "1,234.56",
    "1.234,56",
    "1'234.56",
    "12.5 %",
    "cents",
    *BOOLEANS,
)
"""Names to show and to compare a misspelt one with."""

_MONEY = currency_pattern(TOKENS)
_NUMBER = re.compile(
    rf"(?P<before>{_MONEY})? ?1(?P<group>[ '’.,]?)234(?:(?P<mark>[.,])[0-9]*)?"
    rf" ?(?P<after>{_MONEY})?(?P<percent>%)?"
)
_PERCENT = re.compile(r"[0-9]+(?P<mark>[.,])?[0-9]* ?%")
_DAY = re.compile(r"(dd?|mm?|yyyy|yy)([-/. ]?)(dd?|mm?)\2(dd?|yyyy|yy)")
_TIME = re.compile(r"h{1,2}:mm(?P<seconds>:ss)?(?P<fraction>[.,](?:f+|s+))?(?P<half> ?(?:am|pm|am/pm))?")
_ZONE = re.compile(r"(?P<name>z|utc| utc| ?\+hh:?mm)$")


def load_reading(name: str, place: str = "", timezone: str = "UTC") -> Reading:
    """The reading called `name`; cells with an offset are moved to `timezone`.

    >>> load_reading("jj/mm/aaaa hh:mm").name, load_reading("1 234,56€").name
    ('dd/mm/yyyy hh:mm', '1 234,56 €')

    Raises:
        PlanError: there is no such reading; the finding stands at `place`.
    """
    tidy = re.sub(r"[\s\u00a0\u202f]+", " ", name).strip()
    style = _load_plain(tidy.lower()) or _load_number(tidy) or _load_moment(tidy.lower())
    if style is None:
        close = difflib.get_close_matches(tidy.lower(), EXAMPLES, n=1, cutoff=0.6)
        code = "reading_unknown_close" if close else "reading_unknown"
        figures = {"name": name, "examples": [*EXAMPLES[:5], "1 234,56", "1,234.56", "yes/no"]}
        raise PlanError(Finding(code, "error", place, figures | ({"close": close[0]} if close else {})))
    return Reading(style, timezone)


def _load_plain(name: str) -> Style | None:
    if name == "text":
        return TextStyle()
    if name in BOOLEANS:
        return BooleanStyle(name)
    named: tuple[Style, ...] = (
        KeyStyle(),
        EpochStyle("seconds"),
        EpochStyle("milliseconds"),
        SerialStyle(),
        CentsStyle(),
    )
    return next((style for style in named if style.name == name), None)


def _load_number(name: str) -> Style | None:
    found = _NUMBER.fullmatch(name)
    if not found:
        percent = _PERCENT.fullmatch(name)
        return NumberStyle("," if percent["mark"] == "," else ".", percent=True) if percent else None
    group = found["group"].replace("’", "'")
    mark = found["mark"] or ("," if group == "." else ".")
    currency = found["before"] or found["after"] or ""
    if group == mark or (found["before"] and found["after"]) or (currency and found["percent"]):
        return None
    return NumberStyle(
        "," if mark == "," else ".", group, currency, bool(found["before"]), bool(found["percent"])
    )


def _load_moment(name: str) -> Style | None:
    name = name.replace("jj", "dd").replace("aaaa", "yyyy").replace("aa", "yy")
    for words in sorted(WORDS, key=len, reverse=True):
        if name.startswith(words):
            day = MomentStyle("words", words=words, short_year=not words.endswith("yyyy"))
            return _with_time(day, name[len(words) :])
    for compact in ("yyyymmdd", "ddmmyyyy"):
        if name.startswith(compact):
            order = "ymd" if compact[0] == "y" else "dmy"
            return _with_time(MomentStyle(order, ""), name[len(compact) :])  # type: ignore[arg-type]
    found = _DAY.match(name)
    if not found or not found[2]:
        return None
    letters = found[1][0] + found[3][0] + found[4][0]
    short = "yyyy" not in (found[1], found[4])
    if letters not in ("dmy", "mdy", "ymd"):
        return None
    return _with_time(MomentStyle(letters, found[2], short), name[found.end() :])  # type: ignore[arg-type]


def _with_time(day: MomentStyle, rest: str) -> MomentStyle | None:
    """`day` with the time and offset that `rest` names, or None where it names none."""
    if not rest:
        return day
    join = "T" if rest[0] == "t" else " "
    rest = rest.lstrip(", t")
    zone = ""
    if found := _ZONE.search(rest):
        rest = rest[: found.start()]
        written = found["name"]
        zone = "Z" if written == "z" else " UTC" if "utc" in written else written.replace("+hhmm", "+hh:mm")
    found = _TIME.fullmatch(rest)
    if not found or zone not in ZONES:
        return None
    time = "hh:mm" + (":ss" if found["seconds"] else "") + (".fff" if found["fraction"] else "")
    time += " am" if found["half"] else ""
    if time not in TIMES:
        return None
    return MomentStyle(day.order, day.separator, day.short_year, day.words, join, time, zone)
