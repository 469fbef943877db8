"""What counts as an empty cell.

A cell of a text column is blank when nothing is written in it: `NA`, `NO` and `-` are text there, since they
are somebody's identifier or country. What programs write for none (`NOBODY`) is nothing in every mapped
column but people's names. A cell of any other column is blank too when it holds one of `MARKS`,
the ways in which spreadsheets, databases and people write "missing"; a day may also be `0000-00-00`, which is
how MySQL, and so PrestaShop, writes none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from vitrail.engine import expression

MARKS = (
    "",
    "-",
    "--",
    "—",
    "NULL",
    "(NULL)",
    "\\N",
    "NONE",
    "NIL",
    "NA",
    "N/A",
    "#N/A",
    "<NA>",
    "NAN",
    "NAT",
    "N.A.",
    "ND",
    "N/D",
    "NC",
    "N/C",
)
"""Compared without surrounding space, in capitals."""

NOBODY = ("NULL", "null", "(null)", "\\N", "None", "NaN", "nan", "<NA>", "#N/A", "N/A")
"""What programs write for none in a text; other words of `MARKS` may be somebody's identifier or country."""

NO_DAY = ("0000-00-00", "0000-00-00 00:00", "0000-00-00 00:00:00", "00/00/0000")

SPACES = " \t\r\n\u00a0\u2009\u202f\ufeff"
"""Every space an export is known to leave around a value: ordinary, no-break, thin, narrow no-break."""

_SPACE = r"[\s\x{a0}\x{2009}\x{202f}\x{feff}]*"
_ANY = f"(?i){_SPACE}(?:{'|'.join(map(re.escape, MARKS))}){_SPACE}"
_DAY = f"(?i){_SPACE}(?:{'|'.join(map(re.escape, MARKS + NO_DAY))}){_SPACE}"
_EDGES = r"^[\s\x{a0}\x{2009}\x{202f}\x{feff}]|[\s\x{a0}\x{2009}\x{202f}\x{feff}]$"


def trim_text(column: exp.Expr) -> exp.Expr:
    """The text of `column` without the spaces around it; few cells have any, so they are looked for."""
    return expression(
        "case when $plain then $x when regexp_matches($x, $edges) then trim($x, $spaces) else $x end",
        x=column,
        plain=is_plain(column),
        edges=_EDGES,
        spaces=SPACES,
    )


def is_plain(column: exp.Expr) -> exp.Expr:
    """True where a text begins and ends with a character of ASCII that is no space, as most do."""
    return expression("$x between '!' and '~' and array_extract($x, -1) between '!' and '~'", x=column)


def is_empty(column: exp.Expr) -> exp.Expr:
    """True where nothing is written: the blank cells of a text column."""
    return expression("$x is null or '' = trim($x, $spaces)", x=column, spaces=SPACES)


def is_missing(column: exp.Expr, day: bool = False) -> exp.Expr:
    """True where nothing is written, or a mark that says so: the blank cells of any column but text."""
    # a pattern and not IN (...): DuckDB turns IN into a join over all rows, even where a CASE needs a few
    return expression(
        "$x is null or regexp_full_match($x, $pattern)", x=column, pattern=_DAY if day else _ANY
    )


def without_marks(text: exp.Expr) -> exp.Expr:
    """The text, NULL where it is what a program writes for none (`NOBODY`)."""
    return expression("case when not $nobody then $x end", x=text, nobody=is_one_of(text, NOBODY))


def without_apostrophe(text: exp.Expr) -> exp.Expr:
    """The text without the apostrophe by which exports tell a spreadsheet that digits are text: `'05668`."""
    return expression(
        "case when $marked and regexp_matches($x, '^.[+]?[0-9]') then substr($x, 2) else $x end",
        x=text,
        marked=has_apostrophe(text),
    )


def has_apostrophe(column: exp.Expr) -> exp.Expr:
    """True where a text begins with an apostrophe."""
    return expression("$x >= '''' and $x < '('", x=column)  # a range, which a file's statistics may answer


def is_one_of(column: exp.Expr, words: Sequence[str], any_case: bool = False) -> exp.Expr:
    """True where the text is one of `words`; longer texts, which are most, are not compared.

    Args:
        any_case: whether capitals are as good as small letters; `words` are small then.
    """
    # not IN, nor list_contains: DuckDB turns both into a join over all rows, even of scans that need no text
    return expression(
        "case when strlen($x) > $longest then false else list_position($words, $text) is not null end",
        x=column,
        text=exp.Lower(this=column) if any_case else column,
        longest=max(len(word.encode()) for word in words),
        words=exp.Array(expressions=[exp.Literal.string(word) for word in words]),
    )
