"""Columns of native text looked at once: whether cells are to be trimmed, and whether some are empty.

Such a column is read again at every scan, so one look pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from vitrail.collection.values import Reading
from vitrail.collection.values.blanks import is_one_of, is_plain
from vitrail.engine import Engine, Query, column, expression

_Key = TypeVar("_Key")


def look_at_texts(
    engine: Engine,
    relation: Query,
    readings: Mapping[str, Reading],
    customer: str | None,
    nobody: Sequence[str],
) -> Mapping[str, Reading]:
    """The readings, knowing of each column of native text whether it is tidy and complete.

    Most columns have plain cells only, which is cheap to tell; the others are looked at closely.

    Args:
        relation: the records of the source.
        customer: the column that names the customer.
        nobody: what that column writes for nobody, in small letters.
    """
    texts = {
        source: reading
        for source, reading in readings.items()
        if reading.kind == "text" and reading.native == "VARCHAR"
    }

    def find(faults: Mapping[_Key, exp.Expr]) -> set[_Key]:
        """The faults that any row has."""
        if not faults:
            return set()
        looks = [
            exp.alias_(expression("bool_or($fault)", fault=fault), f"found_{number}")
            for number, fault in enumerate(faults.values())
        ]
        found = engine.records(exp.select(*looks).from_(relation.subquery("source")))[0].values()
        return {fault for fault, seen in zip(faults, found, strict=True) if seen}

    def or_nobody(source: str, fault: exp.Expr) -> exp.Expr:
        if source != customer:
            return fault
        return exp.or_(fault, is_one_of(exp.Lower(this=column(source)), nobody))

    def told(template: str, source: str) -> exp.Expr:
        return expression(template, read=texts[source].expression(column(source)), cell=column(source))

    odd = find({s: or_nobody(s, expression("($p) is not true", p=is_plain(column(s)))) for s in texts})
    untidy = {("untidy", s): or_nobody(s, told("$read is distinct from $cell", s)) for s in odd}
    found = find({**untidy, **{("empty", s): told("$read is null", s) for s in odd}})
    return {
        **readings,
        **{
            s: replace(each, tidy=("untidy", s) not in found, complete=("empty", s) not in found)
            for s, each in texts.items()
        },
    }
