"""Slips of writing in an expression: signs, quotes and words of prose, or of another language."""

from __future__ import annotations

import re

from vitrail.findings import Finding
from vitrail.plan.expressions.naming import finding

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_CURLY = re.compile(
    r"(?<!\w)(?:‘([^’]*)’|[‚’]([^‘’]*)[‘’]|[“„”]([^“”]*)[“”]|«\s*([^»]*?)\s*»|‹\s*([^›]*?)\s*›)"
)
_SIGNS = {"=>": ">=", "=<": "<=", "≥": ">=", "≤": "<=", "≠": "<>"}
_WORDS = {"et": "and", "ou": "or", "non": "not", "dans": "in", "entre": "between", "est": "is"}
_COMMA = re.compile(r"(?<![\w.,])\d+,\d+(?![\w,])")


def find_sign(text: str) -> Finding | None:
    """A quote or a sign that no expression can hold, with what to write instead.

    >>> find_sign("amount => 3").figures
    {'name': '=>', 'right': '>='}
    """
    bare = _without_texts(text)
    if curly := _CURLY.search(bare):
        return finding("expression_curly_quotes", name=next(filter(None, curly.groups()), "…")[:80])
    for sign, right in _SIGNS.items():
        if sign in bare:
            return finding("expression_written", name=sign, right=right)
    return None


def find_slip(text: str) -> Finding | None:
    """What may have kept an expression from being read, with what to write instead.

    >>> find_slip("amount > 1 et channel = 'web'").figures
    {'name': 'et', 'right': 'and'}
    """
    bare = _without_texts(text)
    if comma := _COMMA.search(bare):
        return finding("plan_decimal_comma", got=comma[0], right=comma[0].replace(",", "."))
    for word in re.findall(r"\w+", bare.casefold()):
        if word in _WORDS:
            return finding("expression_written", name=word, right=_WORDS[word])
    return None


def _without_texts(text: str) -> str:
    """The expression without what stands between straight quotes."""
    return _QUOTED.sub("''", text)
