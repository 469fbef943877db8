"""What data could carry: every variable known by name, and the columns that bring it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vitrail.collection.model import TABLES
from vitrail.findings import Finding
from vitrail.variables import BUILT_IN, Variable, Words, built_in_variables, own_variables

_CLOCK = "ordered_at (hh:mm)"
"""What `usual_hour` needs: an order's moment, not only its day."""


def model_words() -> dict[str, Words]:
    """The names and meanings of what the customer model knows of a person."""
    return {name: Words(each.label, each.meaning) for name, each in TABLES["customers"].columns.items()}


def possible_variables() -> list[Variable]:
    """Every variable that data could carry, once."""
    words = model_words()
    needed = {name for each in BUILT_IN for name in each.needs}
    known = (*built_in_variables({*needed, *words}, True, words), *own_variables(words, words))
    return list({each.name: each for each in known}.values())


def needed_columns(variable: Variable) -> list[str]:
    """The columns of the customer model that would bring a variable."""
    return [_CLOCK if name == "hour" else name for name in variable.needs or (variable.name,)]


def tell_what_brings(findings: Iterable[Finding], profile: Collection[str]) -> list[Finding]:
    """The findings, those of a name that the catalogue has and the data do not with the column to map.

    Args:
        profile: the columns that the profile has: a name among them is out of place, not absent.
    """
    absent = {each.name: needed_columns(each) for each in possible_variables() if each.name not in profile}
    return [
        Finding("expression_absent", each.level, each.place, {"name": name, "columns": absent[name]})
        if each.code.startswith("expression_unknown_column")
        and (name := str(each.figures["name"]).casefold()) in absent
        else each
        for each in findings
    ]
