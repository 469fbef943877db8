"""What cells hold, told by their form: e-mail, URL, telephone, French postal code, country, currency.

Looked for among a few hundred different cells of a column. Shares of several kinds may overlap: `75001` is a
number and a French postal code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from vitrail.collection.values.number_styles import ISO_CURRENCIES

_PATTERNS = {
    "email": re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}"),
    "url": re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE),
    "phone": re.compile(
        r"(?:\+|00)[0-9][0-9 .()\u00a0/-]{6,18}[0-9]"
        r"|0[1-9](?:[ .\u00a0-]?[0-9]{2}){4}"
        r"|\([0-9]{3}\) ?[0-9]{3}-[0-9]{4}"
    ),
    "postal_code_fr": re.compile(r"(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}"),
    "digits": re.compile(r"[0-9]+"),
    "whole_float": re.compile(r"[0-9]+\.0"),
    "shortened": re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,2}"),
    "code": re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9#_./-]{2,40}"),
    "words": re.compile(r"[^\W\d_][^\d@]*"),
}


def measure_contents(cells: Sequence[str]) -> dict[str, float]:
    """The share of `cells` that each kind of content recognises, for kinds found at all.

    >>> measure_contents(["ada@example.org", "FR"]) == {"email": 0.5, "words": 0.5, "country": 0.5}
    True
    """
    if not cells:
        return {}
    texts = [cell.strip() for cell in cells]
    counts = {kind: sum(map(bool, map(p.fullmatch, texts))) for kind, p in _PATTERNS.items()}
    if counts["words"]:
        countries = _countries()
        counts["country"] = sum(text.casefold() in countries for text in texts)
        counts["currency"] = sum(text.upper() in ISO_CURRENCIES for text in texts)
    return {kind: count / len(texts) for kind, count in counts.items() if count}


@cache
def _countries() -> frozenset[str]:
    """Country codes (ISO 3166-1 alpha-2), names in English and French from CLDR, usual other names."""
    from babel import Locale

    names: set[str] = {"uk", "eire", "usa", "great britain", "rsa", "channel islands", "korea", "russie"}
    for language in ("en", "fr"):
        territories: Mapping[str, str] = Locale.parse(language).territories
        for code, name in territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"):
                names |= {code.casefold(), name.casefold()}
    return frozenset(names)
