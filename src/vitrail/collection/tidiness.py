"""Columns of native text looked at once: whether cells are to be trimmed, and whether some are empty.

Such a column is read again at every scan, so one look pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from vitrail.collection.values import Reading
from vitrail.collection.values.blanks import is_plain
from vitrail.engine import Engine, Query, column, expression

_Key = TypeVar("_Key")


def look_at_texts(
    engine: Engine,
    relation: Query,
    readings: Mapping[str, Reading],
    faults: Mapping[str, exp.Expr],
) -> Mapping[str, Reading]:
    """The readings, knowing of each column of native text whether it is tidy and complete.

    Most columns have plain cells only, which is cheap to tell; the others are looked at closely.

    Args:
        relation: the records of the source.
        faults: by column, what else a cell must not be for it to be tidy.
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
            exp.alias_(expression("count_if($fault) > 0", fault=fault), f"found_{number}")
            for number, fault in enumerate(faults.values())
        ]
        found = engine.records(exp.select(*looks).from_(relation.subquery("source")))[0].values()
        return {fault for fault, seen in zip(faults, found, strict=True) if seen}

    def or_other(source: str, fault: exp.Expr) -> exp.Expr:
        return exp.or_(fault, faults[source]) if source in faults else fault

    def told(template: str, source: str) -> exp.Expr:
        return expression(template, read=texts[source].expression(column(source)), cell=column(source))

    odd = find({s: or_other(s, expression("($p) is not true", p=is_plain(column(s)))) for s in texts})
    untidy = {("untidy", s): or_other(s, told("$read is distinct from $cell", s)) for s in odd}
    found = find({**untidy, **{("empty", s): told("$read is null", s) for s in odd}})
    return {
        **readings,
        **{
            s: replace(each, tidy=("untidy", s) not in found, complete=("empty", s) not in found)
            for s, each in texts.items()
        },
    }
