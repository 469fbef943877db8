"""How well a column's name fits each column of the customer model, from 0 to 1.

A pattern is a set of concepts with a weight (`patterns.toml`). It fits a header that has all its concepts;
what else the header says weakens it: a concept of another matter to 75 %, an unknown word to 88 %, a concept
that speaks against the column to 15 %.

>>> name_score("customer_id", "N° client"), name_score("amount", "Montant TTC")
(1.0, 0.99)
>>> name_score("ordered_at", "Date de naissance") < 0.2 < name_score("ordered_at", "Created at")
True
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from vitrail.collection.guessing.headers import read_header

_OTHER_MATTER = 0.75
_UNKNOWN_WORD = 0.88
_AGAINST = 0.15


@lru_cache(maxsize=65536)
def name_score(model_column: str, header: str) -> float:
    """The fit of the name `header` to `model_column`, in [0, 1]; 0 where no pattern fits."""
    said = read_header(header)
    best = 0.0
    for concepts, weight in _patterns()[model_column].items():
        if concepts <= said.concepts:
            for extra in said.concepts - concepts:
                weight *= _weakening(model_column, extra)
            best = max(best, weight * _UNKNOWN_WORD ** len(said.unknown))
    return round(best, 4)


def _weakening(model_column: str, concept: str) -> float:
    rule = _rules()[model_column]
    if concept in rule.get("against", ()):
        return _AGAINST
    return 1.0 if concept in rule.get("free", ()) else _OTHER_MATTER


@cache
def _rules() -> dict[str, Any]:
    text = resources.files("vitrail.collection.guessing").joinpath("patterns.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _patterns() -> dict[str, dict[frozenset[str], float]]:
    return {
        model_column: {frozenset(words.split()): weight for words, weight in rule["patterns"].items()}
        for model_column, rule in _rules().items()
    }
