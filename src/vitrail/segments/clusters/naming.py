"""Names that people give at a glance: "Frequent, small baskets".

Model: a segment's difference in a variable is its centre's distance from the mean of all, in standard
    deviations. It is named after its two greatest differences; where two segments would then have the same
    name, after three, then four; what is still the same is numbered. The key is the English name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vitrail.i18n.formats import LANGUAGES, Language
from vitrail.i18n.texts import sentences, text
from vitrail.segments.words import translate

#: Differences smaller than this, in standard deviations, do not name anybody.
NOTABLE = 0.3
FEWEST_PHRASES, MOST_PHRASES = 2, 4
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class Name:
    """A segment's key, and its label by language."""

    key: str
    label: Mapping[str, str]


def name_clusters(
    differences: Sequence[Mapping[str, float]],
    yes_no: Mapping[str, bool],
    taken: Collection[str] = (),
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Name, ...]:
    """A name for each cluster, no two the same.

    Args:
        differences: of each cluster, variable → distance from the mean in standard deviations.
        yes_no: which variables are a yes or no.
        taken: keys that others have.
        words: what the plan calls a variable, by language, for the labels; keys go by its column.

    >>> names = name_clusters([{"order_count": 2.0}, {"order_count": -1.0}], {"order_count": False})
    >>> [name.key for name in names], names[0].label["fr"]
    (['frequent', 'occasional'], 'Fréquents')
    """
    ranked = [_rank(each) for each in differences]
    phrases = [FEWEST_PHRASES] * len(ranked)
    keys = [""] * len(ranked)
    while True:
        chosen = [each[:count] for each, count in zip(ranked, phrases, strict=True)]
        keys = [_key(_label(each, yes_no, {})["en"]) for each in chosen]
        unclear = [keys.count(key) > 1 or key in taken for key in keys]
        longer = [
            min(count + 1, MOST_PHRASES) if doubt else count
            for count, doubt in zip(phrases, unclear, strict=True)
        ]
        if longer == phrases:
            break
        phrases = longer
    names: list[Name] = []
    for key, each in zip(keys, chosen, strict=True):
        label = _label(each, yes_no, words or {})
        used = {*taken, *(name.key for name in names)}
        number = next(n for n in range(1, len(used) + 2) if (f"{key}_{n}" if n > 1 else key) not in used)
        if number > 1:
            label = {language: f"{said} ({number})" for language, said in label.items()}
        names.append(Name(f"{key}_{number}" if number > 1 else key, label))
    return tuple(names)


def tell_variable(variable: str, language: Language, words: Mapping[str, Mapping[str, str]]) -> str:
    """A variable's name in running text: the plan's, the catalogue's, or its column's."""
    if variable in words:
        return words[variable][language]
    code = f"variable_{variable}"
    if code in sentences():
        said = text(code, language)
        return said[:1].lower() + said[1:]
    return variable.replace("_", " ")


def _rank(differences: Mapping[str, float]) -> list[tuple[str, float]]:
    """The notable differences, the greatest first; of equal ones, by name."""
    notable = [(name, each) for name, each in differences.items() if abs(each) >= NOTABLE]
    return sorted(notable, key=lambda each: (-round(abs(each[1]), 6), each[0]))


def _label(
    ranked: Sequence[tuple[str, float]],
    yes_no: Mapping[str, bool],
    words: Mapping[str, Mapping[str, str]],
) -> dict[str, str]:
    if not ranked:
        return translate("cluster_middling")
    label: dict[str, str] = {}
    for language in LANGUAGES:
        said = ", ".join(
            _phrase(name, each, yes_no.get(name, False), language, words) for name, each in ranked
        )
        label[language] = said[:1].upper() + said[1:]
    return label


def _phrase(
    variable: str,
    difference: float,
    yes_no: bool,
    language: Language,
    words: Mapping[str, Mapping[str, str]],
) -> str:
    side = "high" if difference > 0 else "low"
    own = f"cluster_{side}_{variable}"
    if own in sentences():
        return text(own, language)
    code = f"cluster_{'yes' if difference > 0 else 'no'}" if yes_no else f"cluster_{side}"
    return text(code, language, name=tell_variable(variable, language, words))


def _key(label: str) -> str:
    """A label as a key of the plan."""
    key = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")
    key = key[:LONGEST_KEY].strip("_")
    return key if key[:1].isalpha() else f"segment_{key}".strip("_")
