"""Ways of writing days and moments, proposed from the different cells of a column and its name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vitrail.collection.values.moment_styles import (
    CLOCK,
    MONTHS,
    WEEKDAY,
    EpochStyle,
    MomentStyle,
    SerialStyle,
)

_DATE = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<sep>[/.-])(?P<b>[0-9]{1,2})(?P=sep)(?P<c>[0-9]{1,4})(?P<rest>[^0-9].*)?", re.DOTALL
)
_COMPACT = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})(?P<rest>[^0-9].*)?"
_DAY_FIRST = re.compile(r"[0-9]{1,2}(?:er|st|nd|rd|th)?[ -]+(?P<month>[^\W\d]+)\.?[ -]+" + _YEAR, re.DOTALL)
_MONTH_FIRST = re.compile(r"(?P<month>[^\W\d]+)\.?[ -][0-9]{1,2}(?:st|nd|rd|th)?,?[ -]+" + _YEAR, re.DOTALL)
_TIME = re.compile(
    r"[0-9]{1,2}(?::| ?h ?)[0-9]{1,2}(?P<seconds>:[0-9]{2})?(?P<fraction>\.[0-9]+)?"
    r"(?P<half>\s?[AaPp]\.?[Mm]\.?)?"
)
_DOTTED = re.compile(r"^([0-9]{1,2})\.([0-9]{2})\.([0-9]{2})(?=\D|$)")
_WEEKDAY = re.compile(rf"^(?i:{WEEKDAY})\b\.?,? +(?=\w)")
_CLOCK = re.compile(rf"(?<=[0-9mM.]) (?:{CLOCK})$")
_ZONE = re.compile(r"(?P<letters> ?(?:Z|UTC|GMT))$|(?P<offset> ?[+-][0-9]{2}:?(?:[0-9]{2})?)$")
_TIME_NAME = re.compile(
    r"(?i:date|time|created|updated|purchased|paid|jour|heure)"
    r"|(?i:(?:^|[\W_])(?:at|on|day|le|ts|dt)$)|[a-z](?:At|On)$"
)
_MONTH_NAME = re.compile("|".join(MONTHS))
_A_PART = 0.05
"""Of the different cells: fewer that are written in another way are slips of the pen, and refused."""


def propose_moments(cells: Sequence[str]) -> tuple[MomentStyle, ...]:
    """The commonest way of writing days, with its rival where day and month could change places.

    Beside `2025-03-04`, which every way reads, it is the other one if a part of the cells are so written.
    """
    styles: Counter[MomentStyle] = Counter()
    for cell in cells:
        if style := date_style(cell):
            styles[style] += 1
    if not styles:
        return ()
    families: Counter[tuple[str, str, bool]] = Counter()
    for style, count in styles.items():
        families[(style.order, style.separator, style.short_year)] += count
    beside = [f for f, n in families.items() if f[0] == "dmy" and not f[2] and n >= _A_PART * len(cells)]
    iso = ("ymd", "-", False)
    usual = [f for f in beside if all(other in (f, iso) or n < families[f] for other, n in families.items())]
    order, separator, short = max(sorted(usual or families), key=lambda family: families[family])
    alike = {
        s: n for s, n in styles.items() if (s.order, s.separator, s.short_year) == (order, separator, short)
    }
    timed = {style: n for style, n in alike.items() if style.time}
    style = max(sorted(timed or alike, key=lambda s: s.name), key=lambda s: alike[s])
    if usual and not timed and (hours := [s for s in styles if s.separator == "-" and s.time and not s.zone]):
        style = replace(style, time=max(sorted(s.time for s in hours), key=len))
    return (style, replace(style, order="mdy")) if order == "dmy" else (style,)


def date_style(cell: str) -> MomentStyle | None:
    """The way `cell` writes a day or moment (day first where either could be), None if it is none."""
    if found := _DATE.fullmatch(cell):
        first, last = len(found["a"]), len(found["c"])
        if first == 4 and last <= 2:
            day = MomentStyle("ymd", found["sep"])
        elif first <= 2 and last in (2, 4) and max(int(found["a"]), int(found["b"])) <= 31:
            day = MomentStyle("dmy", found["sep"], short_year=last == 2)
        else:
            return None
    elif found := _DAY_FIRST.fullmatch(cell := _WEEKDAY.sub("", cell)) or _MONTH_FIRST.fullmatch(cell):
        month = _plain(found["month"])
        if not _MONTH_NAME.fullmatch(month):
            return None
        year = "y" * len(found["year"])
        letters = "mmmm" if len(month) > 3 and len(year) == 4 else "mmm"
        dashes = "-" in cell[: found.start("year")]
        if found.re is _MONTH_FIRST:
            words = f"mmm-dd-{year}" if dashes else f"{letters} dd, {year}"
        else:
            words = f"dd-mmm-{year}" if dashes else f"dd {letters} {year}"
        day = MomentStyle("words", words=words, short_year=len(year) == 2)
    else:
        return None
    return _timed(day, found["rest"] or "")


def _timed(day: MomentStyle, rest: str) -> MomentStyle | None:
    """`day` with the time that `rest` of the cell shows; None where it is no time."""
    join = "T" if rest.startswith("T") else " "
    rest, zone = _CLOCK.sub("", re.sub("^ - ", "", rest)).lstrip("T, \u00a0à"), ""
    if found := _ZONE.search(rest):
        rest = rest[: found.start()]
        letters = found["letters"]
        spaced = " " if (found["offset"] or " ")[0] == " " else ""
        zone = ("Z" if letters.strip() == "Z" else " UTC") if letters else f"{spaced}+hh:mm"
    if not rest:
        return day
    found = _TIME.fullmatch(_DOTTED.sub(r"\1:\2:\3", rest.strip()))
    if not found:
        return None
    time = (
        "hh:mm"
        + (":ss" if found["seconds"] else "")
        + (".fff" if found["fraction"] and found["seconds"] else "")
    )
    half = " am" if found["half"] and not found["fraction"] else ""
    return replace(day, join=join, time=time + half, zone=zone if not half else "")


def propose_counted(
    name: str, cells: Sequence[str], wanted: bool
) -> tuple[MomentStyle | EpochStyle | SerialStyle, ...]:
    """Days and moments written as mere numbers: `20250304`, Unix time, Excel's days."""
    styles: list[MomentStyle | EpochStyle | SerialStyle] = []
    if all(_COMPACT.fullmatch(cell) for cell in cells):
        styles.append(MomentStyle("ymd", ""))
    numbers = [
        float(cell.replace(",", ".")) for cell in cells if re.fullmatch("[0-9]{1,14}(?:[.,][0-9]+)?", cell)
    ]
    if len(numbers) < len(cells) or not numbers:
        return tuple(styles)
    low, high = min(numbers), max(numbers)
    if low >= 631_152_000 and high <= 4_102_444_800:
        styles.append(EpochStyle("seconds"))
    if low >= 631_152_000_000 and high <= 4_102_444_800_000:
        styles.append(EpochStyle("milliseconds"))
    if low >= 10_000 and high <= 73_050 and (wanted or names_time(name)):
        styles.append(SerialStyle())
    return tuple(styles)


def names_time(name: str) -> bool:
    """Whether a column's name says that it holds days or moments."""
    return bool(_TIME_NAME.search(name))


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
