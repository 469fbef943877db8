"""Since when each customer is in its segments: told from the orders, for the partitions that they tell of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.engine import Engine, Query, column
from vitrail.findings import Finding
from vitrail.insight.history import compile_since, find_boundaries, has_too_many_boundaries, replayable
from vitrail.segments import Segmentation
from vitrail.variables import AGEING, Variable


@dataclass(frozen=True, slots=True)
class Dating:
    """What can be dated, and from what.

    Args:
        replayed: the segmentations whose past the orders tell, in dependency order.
        constant: the variables taken as always so: those of the register.
    """

    replayed: tuple[Segmentation, ...] = ()
    constant: frozenset[str] = frozenset()

    @property
    def told(self) -> tuple[str, ...]:
        """The partitions that get a column `<key>_since`."""
        return tuple(each.key for each in self.replayed if each.partition)


def find_dating(segmentations: Sequence[Segmentation], variables: Iterable[Variable]) -> Dating:
    """Which memberships the orders date."""
    constant = frozenset(each.name for each in variables if each.grain == "customers") - AGEING
    return Dating(replayable(segmentations, constant), constant)


def compile_dated(engine: Engine, dating: Dating, as_of: dt.date) -> Query:
    """The table `segmented` with a column `<key>_since` of each partition told; makes the table `since`."""
    query = exp.select("segmented.*").from_("segmented")
    if dating.told:
        engine.create("since", compile_since(dating.replayed, dating.constant, as_of))
        query = query.select(*(column(f"{key}_since", "since") for key in dating.told))
        query = query.join("since", on="segmented.customer_id = since.customer_id", join_type="left")
    return query


def explain_undated(segmentations: Iterable[Segmentation], dating: Dating) -> tuple[Finding, ...]:
    """Why since when is not known: segments overlap, or read something whose past the orders do not tell."""
    findings = []
    for each in segmentations:
        if each.key in dating.told:
            continue
        code = "since_not_told" if each.partition else "since_not_told_overlapping"
        if each.partition and find_boundaries(each) and has_too_many_boundaries(each):
            code = "since_not_told_days"
        findings.append(Finding(code, "info", each.key, {"variables": list(each.variables)}))
    return tuple(findings)
