"""How a column of text becomes typed values: the reading, and its name in the plan's `read:` block."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from vitrail.collection.values.blanks import is_empty, is_missing, trim_text
from vitrail.collection.values.moment_styles import EpochStyle, MomentStyle, SerialStyle
from vitrail.collection.values.number_styles import CentsStyle, NumberStyle
from vitrail.engine import expression, finite

Kind = Literal["text", "number", "day", "moment", "boolean"]

BOOLEANS: dict[str, tuple[str, str]] = {
    "yes/no": ("yes", "no"),
    "oui/non": ("oui", "non"),
    "true/false": ("true", "false"),
    "vrai/faux": ("vrai", "faux"),
    "y/n": ("y", "n"),
    "o/n": ("o", "n"),
    "1/0": ("1", "0"),
}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Text as it is, without the spaces around it, each accent one character with its letter (NFC)."""

    name: str = "text"


@dataclass(frozen=True, slots=True)
class KeyStyle:
    """A code that files write in several ways: in capitals, and a number without zeros before or `.0`."""

    name: str = "code"

    def compile(self, column: exp.Expr) -> exp.Expr:
        """VARCHAR, the one way of writing: `00123`, `'00123`, `123.0` and `123` are 123; `cmd-1` is CMD-1."""
        return expression(
            "coalesce(nullif(regexp_extract($x, '^['']?0*([0-9]+)([.]0+)?$', 1), ''), upper($x))",
            x=expression("nullif(nfc_normalize($x), '')", x=trim_text(column)),
        )

    def read(self, cell: str) -> str:
        """The same in Python.

        >>> [KeyStyle().read(cell) for cell in ("00123", "'00123", "123.0", "cmd-1", "000")]
        ['123', '123', '123', 'CMD-1', '0']
        """
        number = re.fullmatch(r"'?0*([0-9]+)([.]0+)?", cell.strip())
        return number[1] if number else unicodedata.normalize("NFC", cell.strip()).upper()


@dataclass(frozen=True, slots=True)
class BooleanStyle:
    """Two words for true and false, capitals or not."""

    name: str

    def compile(self, column: exp.Expr) -> exp.Expr:
        """BOOLEAN, NULL where the cell is neither word."""
        true, false = BOOLEANS[self.name]
        return expression(
            "case lower(trim($x)) when $true then true when $false then false end",
            x=column,
            true=true,
            false=false,
        )


Style = (
    TextStyle | KeyStyle | BooleanStyle | NumberStyle | CentsStyle | MomentStyle | EpochStyle | SerialStyle
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a column are read. `load_reading` makes one from its name.

    Args:
        style: the way of writing.
        timezone: of the plan, where cells that carry an offset are moved to.
        native: the SQL type of the column when it is not text (Parquet, JSON). A type of the reading's own
            kind passes through; any other is read as the text it would be written as.
        tidy: the column's text was looked at whole: no cell is empty or has spaces around it; where it names
            customers, none is a word for nobody either.
        complete: the column was looked at whole: every cell holds a value.

    >>> reading = Reading(NumberStyle(","))
    >>> reading.kind, reading.name
    ('number', '1234,56')
    """

    style: Style
    timezone: str = "UTC"
    native: str = "VARCHAR"
    tidy: bool = False
    complete: bool = False

    @property
    def name(self) -> str:
        """As the plan writes it."""
        return self.style.name

    @property
    def kind(self) -> Kind:
        """What the values are: decides the type of `expression`."""
        match self.style:
            case TextStyle() | KeyStyle():
                return "text"
            case BooleanStyle():
                return "boolean"
            case NumberStyle() | CentsStyle():
                return "number"
            case MomentStyle(time=""):
                return "day"
        return "moment"

    def over(self, native: str) -> Reading:
        """The same reading of a column whose SQL type is `native`."""
        return replace(self, native=native.upper())

    def expression(self, column: exp.Expr) -> exp.Expr:
        """The typed value: VARCHAR, DECIMAL(18,4), DATE, TIMESTAMP or BOOLEAN; NULL if blank or spoiled."""
        if self._passes_through:
            return self._pass_through(column)
        text = self._as_text(column)
        match self.style:
            case TextStyle() if self.tidy or self.native != "VARCHAR":
                return text
            case TextStyle():
                return expression("nullif(nfc_normalize($x), '')", x=trim_text(text))
            case MomentStyle() | EpochStyle():
                return self.style.compile(text, self.timezone)
        return self.style.compile(text)

    def blank(self, column: exp.Expr) -> exp.Expr:
        """True where the cell holds no value: see `vitrail.collection.values.blanks`."""
        if self.native in ("FLOAT", "DOUBLE"):
            return expression("$x is null or isnan($x)", x=column)
        if self.native != "VARCHAR":
            return expression("$x is null", x=column)
        if self.kind == "text":
            return is_empty(column)
        return is_missing(column, day=self.kind in ("day", "moment"))

    def spoiled(self, column: exp.Expr) -> exp.Expr:
        """True where the cell is not blank and yet cannot be read; never NULL."""
        if self.kind == "text":
            return expression("false")
        return expression(
            "case when $value is null then not $blank else false end",
            value=self.expression(column),
            blank=self.blank(column),
        )

    def rounded(self, column: exp.Expr) -> exp.Expr:
        """True where a number has more decimals than the four that are kept; false for other kinds."""
        if not isinstance(self.style, NumberStyle):
            return expression("false")
        if self._passes_through:
            return expression("abs($x - try_cast($x as decimal(18, 4))) > 1e-9", x=column)
        return self.style.compile_rounded(self._as_text(column))

    @property
    def _passes_through(self) -> bool:
        if isinstance(self.style, CentsStyle):
            return False
        return self.kind != "text" and self.kind == native_kind(self.native, self.kind)

    def _pass_through(self, column: exp.Expr) -> exp.Expr:
        match self.kind:
            case "number":
                return expression("try_cast($x as decimal(18, 4))", x=column)
            case "day" | "moment":
                if "TIME ZONE" in self.native or self.native.startswith("TIMESTAMPTZ"):  # of nanoseconds
                    column = expression("timezone($timezone, $x)", timezone=self.timezone, x=column)
                return exp.cast(finite(column), "date" if self.kind == "day" else "timestamp")
        return expression("$x", x=column)

    def _as_text(self, column: exp.Expr) -> exp.Expr:
        """The text of a native value: a whole DOUBLE without `.0`, as 12346 and not 12346.0."""
        if self.native == "VARCHAR":
            return column
        if self.native in ("FLOAT", "DOUBLE"):
            return expression(
                "case when isnan($x) then null when $x = trunc($x) and abs($x) < 1e18"
                " then cast(cast($x as bigint) as varchar) else cast($x as varchar) end",
                x=column,
            )
        if self.native.startswith("DECIMAL"):
            return expression(
                "case when $x = trunc($x) then cast(trunc($x) as varchar) else cast($x as varchar) end",
                x=column,
            )
        return expression("cast($x as varchar)", x=column)


_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = (*_INTEGERS, *(f"U{name}" for name in _INTEGERS), "FLOAT", "DOUBLE", "BIGNUM")


def native_kind(native: str, wanted: Kind | None = None) -> Kind:
    """The kind of an SQL type's values; days and moments do for each other when `wanted` says so.

    >>> native_kind("DECIMAL(10,2)"), native_kind("TIMESTAMP"), native_kind("VARCHAR[]")
    ('number', 'moment', 'text')
    """
    if native in _NUMBERS or native.startswith("DECIMAL"):
        return "number"
    if native == "BOOLEAN":
        return "boolean"
    if native == "DATE" or native.startswith("TIMESTAMP"):
        natural: Kind = "day" if native == "DATE" else "moment"
        return wanted if wanted in ("day", "moment") else natural
    return "text"
