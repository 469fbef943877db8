"""Numbers as people write them, read exactly.

The decimal mark decides everything. Under `.` the cell `1,234` can only be a thousand and more, under `,`
only one and a bit; spaces and apostrophes can only group. So a style is a decimal mark; the grouping mark in
its name says which cells are expected, to read those fastest, and any well-formed grouping is read. What is
not well formed (`12,5` under a decimal point, `1 23`) is spoiled, never guessed.

Signs may stand before, after (`12.50-`) or around as in accounts (`(12.50)`); `12.50 CR` is a credit, which
takes from a sale, and `12.50 DR` the sale. Out comes DECIMAL(18,4), half
away from zero beyond the fourth decimal; a number with more than 14 whole digits is spoiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from vitrail.engine import expression

Mark = Literal[".", ","]

CURRENCIES = {
    "€": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD",
    "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "MX$": "MXN", "R$": "BRL", "¥": "JPY", "₹": "INR", "₽": "RUB",
    "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND", "฿": "THB", "₴": "UAH", "₱": "PHP", "zł": "PLN",
    "Kč": "CZK", "Ft": "HUF", "Fr": "CHF", "FCFA": "XOF", "DH": "MAD",
}  # fmt: skip
"""What people write beside an amount, and the ISO 4217 code it stands for, or usually does."""

ISO_CURRENCIES = frozenset((
    "AED", "ARS", "AUD", "BGN", "BHD", "BIF", "BRL", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CZK", "DKK",
    "DZD", "EGP", "EUR", "GBP", "GHS", "HKD", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "ISK", "JOD", "JPY",
    "KES", "KMF", "KRW", "KWD", "KZT", "LBP", "LYD", "MAD", "MGA", "MUR", "MXN", "MYR", "NGN", "NOK", "NZD",
    "OMR", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SEK", "SGD", "THB", "TND",
    "TRY", "TWD", "UAH", "USD", "UYU", "VND", "XAF", "XOF", "XPF", "ZAR",
))  # fmt: skip

WITHOUT_CENTS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
"""Currencies that have no hundredth."""

WITH_THOUSANDTHS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
"""Currencies whose smallest unit is the thousandth."""

TOKENS = tuple(sorted({*CURRENCIES, *ISO_CURRENCIES, "kr"}, key=lambda token: (-len(token), token)))

_GAP = "[ \t\u00a0\u2009\u202f]*"
_GROUPS = {" ": "[ \u00a0\u2009\u202f]", "'": "['’]", ",": ",", ".": r"\."}
_STRIPPED = {" ": (" ", "\u00a0", "\u202f", "\u2009"), "'": ("'", "’"), ",": (",",), ".": (".",), "": ()}


def currency_pattern(tokens: tuple[str, ...] = TOKENS) -> str:
    """A regular expression (RE2 and Python's) for one of `tokens`."""
    return "(?:" + "|".join(token.replace("$", r"\$") for token in tokens) + ")"


def currency_code(token: str) -> str:
    """The ISO 4217 code of what is written beside an amount; empty where it could be several.

    >>> currency_code("€"), currency_code("CHF"), currency_code("kr")
    ('EUR', 'CHF', '')
    """
    return token if token in ISO_CURRENCIES else CURRENCIES.get(token, "")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """A way of writing numbers.

    Args:
        mark: the decimal mark.
        group: the mark expected between thousands: empty, space, apostrophe, or the other of `.` and `,`.
        currency: the sign or code expected beside the number; another one is spoiled. Empty: any is read.
        before: the currency stands before the number.
        percent: every cell is a percentage; `12 %` is 0.12.
    """

    mark: Mark = "."
    group: str = ""
    currency: str = ""
    before: bool = False
    percent: bool = False

    @property
    def name(self) -> str:
        """As the plan writes it: `1 234,56 €`."""
        number = f"1{self.group}234{self.mark}56"
        if self.percent:
            return f"{number} %"
        if not self.currency:
            return number
        if self.before:
            return f"{self.currency}{number}" if len(self.currency) == 1 else f"{self.currency} {number}"
        return f"{number} {self.currency}"

    def compile(self, column: exp.Expr) -> exp.Expr:
        """DECIMAL(18,4), NULL where the cell is blank or no number of this style."""
        if self.percent:
            return expression(
                "try_cast($whole * cast(0.01 as decimal(3, 2)) as decimal(18, 4))",
                whole=self._any_form(column, "decimal(26, 8)"),
            )
        return expression(
            "coalesce($expected, $any)",
            expected=self._expected_form(column),
            any=self._any_form(column, "decimal(18, 4)"),
        )

    def compile_rounded(self, column: exp.Expr) -> exp.Expr:
        """True where the cell has more than four decimals, so that reading it rounds."""
        mark = "[.]" if self.mark == "." else ","
        return expression("regexp_matches($x, $pattern)", x=column, pattern=f"{mark}[0-9]{{4}}[0-9]*[1-9]")

    def _expected_form(self, column: exp.Expr) -> exp.Expr:
        """The quick way, for the cells the name describes."""
        if not self.group and not self.currency:
            if self.mark == ".":
                return expression(
                    "case when $x <> '' and not contains($x, '_') then try_cast($x as decimal(18, 4)) end",
                    x=column,
                )
            return expression(
                "case when $x <> '' and not contains($x, '.') and not contains($x, '_') then"
                " try_cast(replace($x, ',', '.') as decimal(18, 4)) end",
                x=column,
            )
        money = currency_pattern((self.currency,)) if self.currency else ""
        pattern = f"-?{self._body((self.group,))}"
        if self.currency:
            gap = _GROUPS[" "] + "?"
            pattern = f"-?{money}{gap}{pattern[2:]}" if self.before else f"{pattern}{gap}{money}"
        digits = column
        stripped = dict.fromkeys(_STRIPPED[self.group])
        if self.currency:
            stripped |= dict.fromkeys((*_STRIPPED[" "], self.currency))
        for text in stripped:
            digits = expression("replace($x, $text, '')", x=digits, text=text)
        if self.mark == ",":
            digits = expression("replace($x, ',', '.')", x=digits)
        return expression(
            "case when regexp_full_match($x, $pattern) then try_cast($digits as decimal(18, 4)) end",
            x=column,
            pattern=pattern,
            digits=digits,
        )

    def _any_form(self, column: exp.Expr, type_: str) -> exp.Expr:
        """Every well-formed way of writing a number with this decimal mark."""
        kept = "[^0-9.]" if self.mark == "." else "[^0-9,]"
        digits = expression("regexp_replace($x, $kept, '', 'g')", x=column, kept=kept)
        if self.mark == ",":
            digits = expression("replace($x, ',', '.')", x=digits)
        return expression(
            "case when $x <> '' and regexp_full_match($x, $pattern) then"
            " try_cast(concat(case when regexp_matches($x, $minus) then '-' else '' end, $digits) as "
            f"{type_}) end",
            minus="[-−–(]|[Cc][Rr]",
            x=column,
            pattern=self.pattern(),
            digits=digits,
        )

    def pattern(self) -> str:
        """The regular expression of every cell this style reads."""
        body = self._body(("", " ", "'", "," if self.mark == "." else "."))
        if self.percent:
            return f"{_GAP}[-+−–]?{_GAP}{body}{_GAP}%{_GAP}"
        money = f"{_GAP}{currency_pattern(self._tokens())}{_GAP}"
        signed = f"[-+−–]?(?:{money})?{_GAP}{body}(?:{money})?"
        return (
            f"{_GAP}(?:{signed}|{money}[-+−–]{_GAP}{body}|{body}(?:{money})?{_GAP}[-−–]"
            f"|(?:{money})?{body}(?:{money})?{_GAP}(?:[CcDd][Rr])"
            f"|(?:{money})?\\({_GAP}(?:{money})?{body}(?:{money})?{_GAP}\\)(?:{money})?){_GAP}"
        )

    def _tokens(self) -> tuple[str, ...]:
        """Every way of writing this style's currency; of any currency if it names none."""
        code = currency_code(self.currency)
        same = tuple(token for token in TOKENS if code and currency_code(token) == code)
        return same or ((self.currency,) if self.currency else TOKENS)

    def _body(self, groups: tuple[str, ...]) -> str:
        mark = r"\." if self.mark == "." else ","
        grouped = "".join(f"|[1-9][0-9]{{0,2}}(?:{_GROUPS[group]}[0-9]{{3}})+" for group in groups if group)
        return f"(?:(?:[0-9]+{grouped})(?:{mark}[0-9]*)?|{mark}[0-9]+)"


@dataclass(frozen=True, slots=True)
class CentsStyle:
    """Whole numbers of the currency's hundredth, as payment services hand amounts to programs.

    Where a column tells the currency, they are of its smallest unit (see `whole_units`).
    """

    name: str = "cents"

    def compile(self, column: exp.Expr) -> exp.Expr:
        """DECIMAL(18,4), NULL where the cell is no whole number."""
        return expression(
            "case when $x <> '' and regexp_full_match($x, '\\s*-?[0-9]+\\s*') then"
            " try_cast(try_cast($x as decimal(26, 8)) * cast(0.01 as decimal(3, 2)) as decimal(18, 4)) end",
            x=column,
        )


def whole_units(hundredths: exp.Expr, currency: exp.Expr) -> exp.Expr:
    """What was read as hundredths, in whole units where the row's currency has none, or has thousandths."""
    none, thousandths = (
        exp.Array(expressions=[exp.Literal.string(code) for code in sorted(codes)])
        for codes in (WITHOUT_CENTS, WITH_THOUSANDTHS)
    )
    return expression(
        "case when list_contains($none, upper($currency)) then try_cast($x * 100 as decimal(18, 4))"
        " when list_contains($thousandths, upper($currency)) then cast($x * 0.1 as decimal(18, 4))"
        " else $x end",
        x=hundredths,
        currency=currency,
        none=none,
        thousandths=thousandths,
    )
