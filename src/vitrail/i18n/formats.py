"""Numbers, money, shares and dates as English and French write them. Babel knows the rules (CLDR).

Two things are ours: a currency is shown by its own sign (`£`, not `£GB`), and the first of the month is
`1ᵉʳ` in French.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from functools import cache
from typing import Any, Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

_LOCALES = {"en": "en_GB", "fr": "fr_FR"}
NARROW_NO_BREAK_SPACE = "\u202f"
_YEAR = 365.25
_COUNTRY_NAMES = {
    "eire": "IE",
    "rsa": "ZA",
    "usa": "US",
    "uk": "GB",
    "u.k.": "GB",
    "u.s.a.": "US",
}  # as exports write
_SEPARATORS = {
    "en": str.maketrans({"-": "−"}),
    "fr": str.maketrans({",": NARROW_NO_BREAK_SPACE, ".": ",", "-": "−"}),
}  # where Python's own differ; Babel is slow for the ten thousand numbers of a report
_NO_NUMBER = {"en": "no number", "fr": "aucun nombre"}  # infinite, or the result of 0 / 0
_NO_COUNTRY = {"unspecified": {"en": "not specified", "fr": "non précisé"}}
_COUNTS = {
    "en": (
        "zero", "one", "two", "three", "four", "five", "six",
        "seven", "eight", "nine", "ten", "eleven", "twelve",
    ),
    "fr": (
        "zéro", "un", "deux", "trois", "quatre", "cinq", "six",
        "sept", "huit", "neuf", "dix", "onze", "douze",
    ),
}  # fmt: skip


@cache
def _locale(language: Language) -> Any:
    from babel import Locale

    return Locale.parse(_LOCALES[language])


def number(value: int | float | Decimal, language: Language, digits: int | None = None) -> str:
    """A number with grouped thousands and `digits` decimals (default: none for an int, up to 2 else); a zero
    bears no sign.

    >>> number(4338, "en"), number(Decimal("0.5"), "en", 1), number(float("inf"), "en")
    ('4,338', '0.5', 'no number')
    >>> number(-0.004, "en", 0)
    '0'
    >>> number(1234.5, "fr", 1).replace("\u202f", "_")
    '1_234,5'
    """
    if not _is_finite(value):
        return _NO_NUMBER[language]
    if digits is None:
        digits = 0 if isinstance(value, int) or value == int(value) else 2
    return f"{Decimal(str(value)):z,.{digits}f}".translate(_SEPARATORS[language])


def _is_finite(value: int | float | Decimal) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) or math.isfinite(value)


def percent(share: float | Decimal, language: Language, digits: int = 1) -> str:
    """A share in [0, 1] as a percentage.

    >>> percent(0.483, "en"), percent(0.483, "fr").replace("\u202f", "_")
    ('48.3%', '48,3_%')
    """
    if not _is_finite(share):
        return _NO_NUMBER[language]
    text = number(Decimal(str(share)) * 100, language, digits)
    return f"{text}{NARROW_NO_BREAK_SPACE}%" if language == "fr" else f"{text}%"


def money(
    value: int | float | Decimal, currency: str | None, language: Language, digits: int | None = None
) -> str:
    """An amount in `currency` (ISO 4217, or None for a bare number).

    By default in whole units from 1,000 on, and never below 100, so that small amounts line up.

    >>> money(Decimal("4303872.1"), "GBP", "en"), money(Decimal("12.5"), "GBP", "en"), money(34, "EUR", "en")
    ('£4,303,872', '£12.50', '€34.00')
    >>> money(Decimal("1234.56"), "EUR", "fr", 2).replace("\u202f", "_")
    '1_234,56_€'
    """
    if not _is_finite(value):
        return _NO_NUMBER[language]
    if digits is None:
        size = abs(float(value))
        whole = value == int(value) and not (currency and 0 < size < 100)
        digits = 0 if size >= 1000 or whole else 2
    text = number(value, language, digits)
    if not currency:
        return text
    sign = currency_sign(currency)
    if language == "fr":
        return f"{text}{NARROW_NO_BREAK_SPACE}{sign}"
    minus, figure = ("−", text[1:]) if text.startswith("−") else ("", text)
    return f"{minus}{sign}{figure}" if len(sign) == 1 else f"{minus}{sign} {figure}"


def price(value: Decimal, currency: str | None, language: Language) -> str:
    """An amount that somebody is to pay, told to the smallest coin.

    >>> price(Decimal("1072.4"), "GBP", "en"), price(Decimal(173), "JPY", "en")
    ('£1,072.40', '¥173')
    """
    exponent = currency_unit(currency).as_tuple().exponent
    whole = value == value.to_integral_value()
    return money(value, currency, language, 0 if whole else -int(exponent))


@cache
def currency_unit(currency: str | None) -> Decimal:
    """The smallest amount people pay in a currency; a hundredth of what has none.

    >>> currency_unit("EUR"), currency_unit("JPY")
    (Decimal('0.01'), Decimal('1'))
    """
    from babel.numbers import get_currency_precision

    return Decimal(1).scaleb(-get_currency_precision(currency)) if currency else Decimal("0.01")


@cache
def currency_sign(currency: str) -> str:
    """The sign people write for a currency: `£`, `€`, `$`, `CHF`.

    >>> currency_sign("GBP"), currency_sign("CHF")
    ('£', 'CHF')
    """
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(currency, locale="en"))


def day(value: dt.date, language: Language, style: Literal["short", "long"] = "short") -> str:
    """A day, as digits (`short`) or in words (`long`).

    >>> day(dt.date(2011, 12, 1), "fr"), day(dt.date(2011, 12, 1), "fr", "long")
    ('01/12/2011', '1ᵉʳ décembre 2011')
    >>> day(dt.date(2011, 12, 1), "en", "long")
    '1 December 2011'
    """
    from babel.dates import format_date

    if style == "short":
        return str(format_date(value, "dd/MM/yyyy", locale=_locale(language)))
    text = str(format_date(value, "d MMMM yyyy", locale=_locale(language)))
    return text.replace("1 ", "1ᵉʳ ", 1) if language == "fr" and value.day == 1 else text


def month(
    value: dt.date, language: Language, style: Literal["long", "short", "narrow"] = "long", year: bool = True
) -> str:
    """A month, in full, short or as its initial.

    >>> month(dt.date(2011, 12, 1), "fr"), month(dt.date(2011, 12, 1), "fr", "short", year=False)
    ('décembre 2011', 'déc.')
    """
    from babel.dates import format_date

    pattern = {"long": "LLLL", "short": "LLL", "narrow": "LLLLL"}[style] + (" yyyy" if year else "")
    return str(format_date(value, pattern, locale=_locale(language)))


def moment(value: dt.datetime, language: Language) -> str:
    """A day and the time of it.

    >>> moment(dt.datetime(2011, 12, 9, 12, 50), "fr").replace("\u202f", "_").replace("\xa0", "_")
    '9 décembre 2011, 12_h_50'
    """
    clock = f"{value.hour}\u202fh\u202f{value.minute:02d}" if language == "fr" else f"{value:%H:%M}"
    return f"{day(value.date(), language, 'long')}, {clock}"


def duration_days(days: int | float, language: Language) -> str:
    """A number of days with its unit.

    >>> duration_days(1, "en"), duration_days(12, "en"), duration_days(1, "fr")
    ('1 day', '12 days', '1\xa0jour')
    """
    one, many = ("jour", "jours") if language == "fr" else ("day", "days")
    return (
        f"{number(days, language)}{chr(0xA0) if language == 'fr' else ' '}{plural(days, language, one, many)}"
    )


def span(days: int, language: Language) -> str:
    """A silence of so many days at least; in whole years from two on, rounded down so that it stays true.

    >>> span(729, "en"), span(1814, "en"), span(1814, "fr")
    ('729 days', '4 years', '4 ans')
    """
    count, (one, many) = (days, ("jour", "jours") if language == "fr" else ("day", "days"))
    if days >= 2 * _YEAR:
        count, (one, many) = (int(days / _YEAR), ("an", "ans") if language == "fr" else ("year", "years"))
    return f"{number(count, language)} {plural(count, language, one, many)}"


def country(name: str, language: Language) -> str:
    """A country named in English, French or by its ISO code, in `language`; any other name as it stands.

    >>> country("United Kingdom", "fr"), country("de", "en"), country("EIRE", "fr")
    ('Royaume-Uni', 'Germany', 'Irlande')
    >>> country("Unspecified", "fr")
    'non précisé'
    """
    folded = name.strip().casefold()
    if folded in _NO_COUNTRY:
        return _NO_COUNTRY[folded][language]
    code = _country_codes().get(folded)
    return str(_locale(language).territories[code]) if code else name


@cache
def _country_codes() -> dict[str, str]:
    """Every name of a country, folded, → its ISO 3166 code."""
    codes: dict[str, str] = dict(_COUNTRY_NAMES)
    for language in LANGUAGES:
        for code, name in _locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes[name.casefold()] = codes[code.casefold()] = code
    return codes


def word(count: int, language: Language) -> str:
    """A small count in letters, as running text writes it; digits beyond twelve.

    >>> word(7, "fr"), word(7, "en"), word(13, "en")
    ('sept', 'seven', '13')
    """
    words = _COUNTS[language]
    return words[count] if 0 <= count < len(words) else number(count, language)


def plural(count: int | float | Decimal, language: Language, one: str, many: str) -> str:
    """The form of a noun after `count`: French says zero in the singular, English in the plural.

    >>> plural(0, "en", "row", "rows"), plural(0, "fr", "ligne", "lignes")
    ('rows', 'ligne')
    """
    single = abs(float(count)) < 2 if language == "fr" else count == 1
    return one if single else many
