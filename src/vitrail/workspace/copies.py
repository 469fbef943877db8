"""Sheets of one book that repeat others: an overview beside its months would count every order twice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from vitrail.engine import Engine, Query, column
from vitrail.findings import Finding
from vitrail.workspace.grouping import Group

_FEWEST = 3


def leave_out_copies(engine: Engine, alike: Sequence[Group]) -> tuple[list[Group], list[Finding]]:
    """The groups of the same columns without those whose every row stands in another one; and what is left.

    Of two that are equal the first stays.
    """
    kept: list[Group] = []
    told: list[Finding] = []
    for group in sorted(alike, key=lambda each: -each.read.accepted):
        whole = next((each for each in kept if _stands_in(engine, group, each)), None)
        if whole is None:
            kept.append(group)
            continue
        figures = {"file": _said(group), "whole": _said(whole), "rows": group.read.accepted}
        told.append(Finding("init_copy_left_out", "warning", group.name, figures))
    return [each for each in alike if each in kept], told


def _stands_in(engine: Engine, group: Group, whole: Group) -> bool:
    if group.sheet is None or group.read.accepted < _FEWEST:
        return False
    names = group.read.columns
    rest = exp.except_(_rows(group, names), _rows(whole, names), distinct=False)
    counted = exp.select(exp.func("count", exp.Star()).as_("rows")).from_(rest.subquery("rest"))
    return int(engine.records(counted)[0]["rows"]) == 0


def _rows(group: Group, names: Sequence[str]) -> Query:
    return exp.select(*(column(name) for name in names)).from_(group.read.relation.subquery("rows_"))


def _said(group: Group) -> str:
    return f"{group.files} ({group.sheet})"
