"""Days and moments as exports write them.

A style is the order of day, month and year. Where the day or the month comes first and the year has four
digits, `2025-03-04` is read as well, for it can mean one day only. The time of day in its name says what is
expected, to read that fastest; any time the module knows is read. A cell that carries an offset (`Z`,
`+02:00`, ` UTC`) is moved to the plan's time zone; one that carries none is already there.

A year has four digits unless the style says two: then 69 to 99 are 1969 to 1999, and 00 to 68 are 2000 to
2068, as POSIX has it. Years before 1000 are spoiled: they are slips of the pen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from vitrail.engine import expression

Order = Literal["dmy", "mdy", "ymd", "words"]

TIMES = {
    "": "",
    "hh:mm": "%H:%M",
    "hh:mm:ss": "%H:%M:%S",
    "hh:mm:ss.fff": "%H:%M:%S.%f",
    "hh:mm am": "%I:%M %p",
    "hh:mm:ss am": "%I:%M:%S %p",
}
WEEKDAY = (
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mer|jeu|ven|sam|dim"
    "|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)
CLOCK = "[ECMP][SD]T|CES?T|BST|WES?T|EES?T"
ZONES = {"": "", "Z": "Z", " UTC": " UTC", "+hh:mm": "%z", " +hh:mm": " %z"}
WORDS = {
    "dd mmm yyyy": "%d %b %Y",
    "dd mmmm yyyy": "%d %B %Y",
    "dd-mmm-yyyy": "%d-%b-%Y",
    "mmm dd, yyyy": "%b %d, %Y",
    "mmmm dd, yyyy": "%B %d, %Y",
    "mmm-dd-yyyy": "%b-%d-%Y",
    "dd mmm yy": "%d %b %y",
    "dd-mmm-yy": "%d-%b-%y",
    "mmm dd, yy": "%b %d, %y",
    "mmm-dd-yy": "%b-%d-%y",
}

MONTHS = (
    "jan(?:v|vier|uary)?",
    "f(?:eb|ev)(?:r|rier|ruary)?",
    "mar(?:s|ch)?",
    "a(?:pr|vr)(?:il)?",
    "ma[iy]",
    "jun|june|juin",
    "jul|july|juil|juillet",
    "a(?:ug|ugust|ou|out)",
    "sep(?:t|tembre|tember)?",
    "oct(?:obre|ober)?",
    "nov(?:embre|ember)?",
    "dec(?:embre|ember)?",
)
"""The names of each month in English and French, whole and short, without accents, as regular expressions."""

_ENGLISH = (("fev", "feb"), ("avr", "apr"), ("mai", "may"), ("juin", "jun"), ("juil", "jul"), ("aou", "aug"))
_NAME = f"({'|'.join(MONTHS)})"
_DAY_FIRST = rf"^([0-9]{{1,2}})(?:er|st|nd|rd|th)?[ -]+{_NAME}\.?[ -]+([0-9]{{4}}|[0-9]{{2}})([^0-9]|$)"
_MONTH_FIRST = rf"^{_NAME}\.?[ -]+([0-9]{{1,2}})(?:st|nd|rd|th)?[ -]+([0-9]{{4}}|[0-9]{{2}})([^0-9]|$)"
_FOUND = "\x01"
"""Stands before a month's name once it is recognised, so that no other word is cut short."""


@dataclass(frozen=True, slots=True)
class MomentStyle:
    """A way of writing days and moments.

    Args:
        order: of day, month and year; `words` where the month is a name.
        separator: between them: `/`, `.`, `-`, space, or empty (`yyyymmdd`).
        short_year: the year has two digits.
        words: for `words`, the form expected, a key of `WORDS`.
        join: between day and time: a space, or `T`.
        time: the time expected, a key of `TIMES`; empty for days.
        zone: the offset expected, a key of `ZONES`.
    """

    order: Order
    separator: str = "-"
    short_year: bool = False
    words: str = "dd mmm yyyy"
    join: str = " "
    time: str = ""
    zone: str = ""

    @property
    def name(self) -> str:
        """As the plan writes it: `dd/mm/yyyy hh:mm`."""
        if self.order == "words":
            day = self.words
        else:
            parts = {"d": "dd", "m": "mm", "y": "yy" if self.short_year else "yyyy"}
            day = self.separator.join(parts[letter] for letter in self.order)
        return f"{day}{self.join}{self.time}{self.zone}" if self.time else day

    @property
    def is_day(self) -> bool:
        """Whether the style expects no time of day."""
        return not self.time

    def compile(self, column: exp.Expr, timezone: str) -> exp.Expr:
        """TIMESTAMP in `timezone`, DATE for a style of days; NULL where the cell is not of this style."""
        # Reading a cell in vain is dear, and no moment is shorter than 1/1/25: blanks are left out first. The
        # rare forms stand in a CASE of their own, or DuckDB would work out their parts for every row.
        filled = expression("case when length($x) >= 6 then $x end", x=column)
        moment = expression(
            "coalesce($expected, case when length($x) >= 6 and length($x) <= 60 then $any end)",
            x=column,
            expected=self._expected_form(filled, timezone),
            any=self._any_form(column, timezone),
        )
        return expression("cast($moment as date)", moment=moment) if self.is_day else moment

    def pattern(self) -> str:
        """The regular expression of the cells this style can read, where the month is a number."""
        parts = {"d": "(?:0?[1-9]|[12][0-9]|3[01])", "m": "(?:0?[1-9]|1[0-2])"}
        parts["y"] = "[0-9]{2}" if self.short_year else "[0-9]{4}"
        gap = self.separator.replace(".", r"\.")
        return r"\s*" + gap.join(parts[letter] for letter in self.order) + r"(?:[^0-9](?:.|\n)*)?"

    def _day_format(self) -> str:
        if self.order == "words":
            return WORDS[self.words]
        parts = {"d": "%d", "m": "%m", "y": "%y" if self.short_year else "%Y"}
        return self.separator.join(parts[letter] for letter in self.order)

    def _expected_form(self, column: exp.Expr, timezone: str) -> exp.Expr:
        form = self._day_format() + (self.join + TIMES[self.time] if self.time else "")
        read = expression("try_strptime($x, $form)", x=column, form=form + ZONES[self.zone])
        if "%z" in ZONES[self.zone]:
            read = _localised(read, timezone)
        elif self.zone:
            read = _shifted(read, timezone)
        return self._guarded(column, read)

    def _any_form(self, column: exp.Expr, timezone: str) -> exp.Expr:
        """Every time of day and offset, once the cell is tidied into one way of writing them."""
        text = _tidied(column)
        day = self._day_format()
        if self.order == "words":
            text, day = _with_short_month(text), "%d %b %Y"
        days = [day, "%Y-%m-%d"] if self.order in ("dmy", "mdy") and not self.short_year else [day]
        forms = [f"{day} {time}".rstrip() for day in days for time in TIMES.values()]
        zones = [f"{form}%z" for form in forms if form.endswith(("%M", "%S", "%f"))]
        local = expression("try_strptime($x, $forms)", x=text, forms=_texts(forms))
        zoned = expression("try_strptime($x, $forms)", x=text, forms=_texts(zones))
        either = expression("coalesce($local, $zoned)", local=local, zoned=_localised(zoned, timezone))
        return self._guarded(column, either)

    def _guarded(self, column: exp.Expr, moment: exp.Expr) -> exp.Expr:
        """`moment` where the year has the digits it must have."""
        if self.short_year and self.order != "words":
            return moment
        if not self.separator and self.order != "words":
            return expression(
                "case when regexp_matches($x, '^\\s*[0-9]{8}([^0-9]|$)') then $moment end",
                x=column,
                moment=moment,
            )
        # greatest() leaves NULL out; a CASE would read every cell twice
        return expression(
            "nullif(greatest($moment, $before), $before)",
            moment=moment,
            before=expression("timestamp '0999-12-31'"),
        )


@dataclass(frozen=True, slots=True)
class EpochStyle:
    """Seconds or milliseconds since 1970-01-01 00:00 UTC, for moments from 1900 to 2199."""

    unit: Literal["seconds", "milliseconds"] = "seconds"

    @property
    def name(self) -> str:
        """As the plan writes it."""
        return f"unix {self.unit}"

    def compile(self, column: exp.Expr, timezone: str) -> exp.Expr:
        """TIMESTAMP in `timezone`; NULL where the cell is no such number."""
        scale = 1_000_000 if self.unit == "seconds" else 1_000
        count = expression("case when $x <> '' then try_cast($x as double) end", x=column)
        moment = expression(
            "case when $n >= $first and $n < $last then make_timestamp(cast($n * $scale as bigint)) end",
            n=count,
            first=-2_208_988_800_000_000 // scale,
            last=7_258_118_400_000_000 // scale,
            scale=scale,
        )
        return _shifted(moment, timezone)


@dataclass(frozen=True, slots=True)
class SerialStyle:
    """Days since 1899-12-30, with the time as a fraction: how Excel keeps dates, from 1900-03-01 to 2199."""

    name: str = "excel days"

    def compile(self, column: exp.Expr) -> exp.Expr:
        """TIMESTAMP to the second; NULL where the cell is no such number."""
        count = expression("case when $x <> '' then try_cast(replace($x, ',', '.') as double) end", x=column)
        return expression(
            "case when $n >= 61 and $n < 109575 then"
            " timestamp '1899-12-30' + to_seconds(cast(round($n * 86400) as bigint)) end",
            n=count,
        )


def _tidied(column: exp.Expr) -> exp.Expr:
    """One way of writing: ordinary spaces, no comma, weekday or `T`, `10:30` for `10h30`, offsets in digits.

    The letters of a zone other than UTC (`EST`, `CEST`) tell whose clock it is, and are left out.
    """
    text = expression(r"trim(regexp_replace($x, '[\s\x{a0}\x{2009}\x{202f},]+', ' ', 'g'))", x=column)
    for pattern, replacement in (
        (rf"^(?i:{WEEKDAY})\.? +", ""),
        (r"([0-9])(?:T| à | at | - )([0-9])", r"\1 \2"),
        (rf"([0-9]|[aApP]\.?[mM]\.?) (?:{CLOCK})$", r"\1"),
        (r"([0-9]) ?h ?([0-9])", r"\1:\2"),
        (r"( [0-9]{1,2})[.]([0-9]{2})[.]([0-9]{2})", r"\1:\2:\3"),
        (r"(:[0-9]{2})[.][0-9]+ ?([aApP]\.?[mM])", r"\1 \2"),
        (r"([.][0-9]{6})[0-9]+", r"\1"),
        (r"([0-9]) ?(?:Z|UTC|GMT)$", r"\1+00:00"),
        (r"(:[0-9.]+) ([+-][0-9:]+)$", r"\1\2"),
        (r"([0-9])([aApP])\.?[mM]\.?$", r"\1 \2m"),
    ):
        text = _replaced(text, pattern, replacement)
    return text


def _with_short_month(text: exp.Expr) -> exp.Expr:
    """`3 mars 2025 10:30` and `march 3 2025 10:30` as `3 mar 2025 10:30`."""
    text = expression("strip_accents(lower($x))", x=text)
    text = _replaced(text, _DAY_FIRST, rf"\1 {_FOUND}\2 \3\4")
    text = _replaced(text, _MONTH_FIRST, rf"\2 {_FOUND}\1 \3\4")
    for years, century in (("[0-5][0-9]|6[0-8]", "20"), ("69|[7-9][0-9]", "19")):
        text = _replaced(text, rf"^([0-9]+ {_FOUND}[a-z]+ )({years})([^0-9]|$)", rf"\1{century}\2\3")
    for french, english in _ENGLISH:
        text = expression("replace($x, $french, $english)", x=text, french=french, english=english)
    return _replaced(text, f"{_FOUND}([a-z]{{3}})[a-z]*", r"\1")


def _replaced(text: exp.Expr, pattern: str, replacement: str) -> exp.Expr:
    return expression(
        "regexp_replace($x, $pattern, $replacement)", x=text, pattern=pattern, replacement=replacement
    )


def _localised(moment: exp.Expr, timezone: str) -> exp.Expr:
    """TIMESTAMP WITH TIME ZONE as the clock of `timezone` shows it."""
    if timezone == "UTC":
        return expression("make_timestamp(epoch_us($moment))", moment=moment)
    return expression("timezone($timezone, $moment)", timezone=timezone, moment=moment)


def _shifted(moment: exp.Expr, timezone: str) -> exp.Expr:
    """TIMESTAMP in UTC as the clock of `timezone` shows it."""
    if timezone == "UTC":
        return moment
    return expression("timezone($timezone, timezone('UTC', $moment))", timezone=timezone, moment=moment)


def _texts(values: list[str]) -> exp.Expr:
    return exp.Array(expressions=[exp.Literal.string(value) for value in values])
