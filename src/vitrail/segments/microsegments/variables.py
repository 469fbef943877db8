"""The variables that conditions may be about: not the KPI's own, nor its relatives, nor names of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.engine import Engine, Query
from vitrail.engine.kinds import is_number, is_text
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.plan import MicrosegmentsSpec
from vitrail.plan.expressions import check_columns
from vitrail.segments.model import Segmentation
from vitrail.variables import PERSONAL
from vitrail.variables.kpis import Kpi
from vitrail.variables.lineage import PURCHASES, find_order_made, find_relatives


@dataclass(frozen=True, slots=True)
class Chosen:
    """The variables of a search.

    Args:
        names: in the order of the profile.
        segmentations: those of them that are segmentations: their segments, and whether these overlap.
        left_out: the others that the search could have had, each with the reason.
    """

    names: tuple[str, ...]
    segmentations: Mapping[str, tuple[Sequence[str], bool]]
    left_out: tuple[Finding, ...]


def choose_variables(
    engine: Engine,
    rows: Query,
    spec: MicrosegmentsSpec,
    kpi: Kpi,
    key: str,
    segmentations: Mapping[str, Segmentation],
    lineage: Mapping[str, frozenset[str]],
    place: str,
) -> Chosen:
    """Choose from the columns of `rows`. Unless the plan lists them: no segmentations and no scores.

    Raises:
        PlanError: a variable of the plan is not there.
    """
    types = engine.columns(rows)
    faults = [
        fault
        for name in (*spec.variables, *spec.leave_out)
        for fault in check_columns(exp.column(name), types, place)
    ]
    if faults:
        raise PlanError(faults)
    exact = {name.casefold(): name for name in types}
    listed = [exact[name.casefold()] for name in spec.variables]
    aside = {exact[name.casefold()] for name in spec.leave_out} | {key}
    scores = {score for each in segmentations.values() for score in each.scores}
    names = listed or [
        name for name in types if name not in PERSONAL and name not in segmentations and name not in scores
    ]
    names = [name for name in dict.fromkeys(names) if name not in aside]
    related = find_relatives(kpi.columns, names, lineage)
    left_out = [
        Finding("microsegment_is_kpi", "info", "", {"name": name})
        if name in kpi.columns
        else Finding("microsegment_related", "info", "", {"name": name, "names": list(with_)})
        for name, with_ in related.items()
    ]
    if "recency_days" in names and "first_order_days" not in related:
        # both are the same where there was one purchase only: together they tell of a number of purchases
        asked = [name for name in kpi.columns if PURCHASES in lineage.get(name, ())]
        if asked and "first_order_days" in names:
            related["first_order_days"] = tuple(asked)
            figures = {"name": "first_order_days", "names": asked}
            left_out.append(Finding("microsegment_related", "info", "", figures))
    made = find_order_made(kpi.columns, names, lineage, averages=kpi.kind == "share")
    counting = {name for name in made if PURCHASES in lineage[name] and name not in related}
    left_out += [Finding("microsegment_of_orders", "info", "", {"name": name}) for name in sorted(counting)]
    kept = []
    for name in names:
        if name in related or name in counting:
            continue
        if name in segmentations or _is_compared(types[name]):
            kept.append(name)
        else:
            left_out.append(Finding("microsegment_kind", "info", "", {"name": name, "kind": types[name]}))
    return Chosen(
        tuple(kept),
        {
            name: ([segment.key for segment in each.segments], not each.partition)
            for name, each in segmentations.items()
            if name in kept
        },
        tuple(left_out),
    )


def _is_compared(kind: str) -> bool:
    return kind == "BOOLEAN" or is_number(kind) or is_text(kind)
