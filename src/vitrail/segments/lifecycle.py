"""Lifecycle: where each customer stands, by the base's own buying rhythm.

Model: a customer is, the first that fits: lost, dormant or at risk, by the days since the last order; new,
    less than `new_days` after the first order; won back, where the gap before the last order had made
    them dormant or lost; loyal, from `loyal_orders` orders on; else active. Unless the plan gives them, the
    thresholds are read off the gap before the last order, over the customers who came back: a share of them
    came back within q days, and the threshold is the day after. So "at risk" says: three in four of those
    who came back had done so by now. The shares are in `RETURNED`; `loyal_orders` is the median
    number of orders of those who came back, at least 3.
Assumes: one rhythm for the whole base (a base that mixes weekly and yearly buyers should be cut first), and
    a record that is long against it: gaps longer than the record cannot be seen, so a short record makes
    the thresholds short. Customers without an order have a segment of their own.
Source: the empirical distribution of inter-purchase times; Reinartz & Kumar, "On the profitability of
    long-life customers in a noncontractual setting", Journal of Marketing 64(4), 2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.engine import sql
from vitrail.findings import Finding
from vitrail.plan.names import NO_ORDER
from vitrail.segments.base import Base
from vitrail.segments.model import Segmentation
from vitrail.segments.words import name_segment, name_segmentation, no_order_segment, translate

if TYPE_CHECKING:
    from vitrail.plan import LifecycleSpec

RETURNED: Mapping[str, float] = {
    "new_days": 0.5,
    "at_risk_days": 0.75,
    "dormant_days": 0.9,
    "lost_days": 0.975,
}
"""The share of returning customers that had come back before each threshold."""

DEFAULTS: Mapping[str, int] = {
    "new_days": 30,
    "at_risk_days": 90,
    "dormant_days": 180,
    "lost_days": 365,
    "loyal_orders": 3,
}
"""What stands where too few customers came back to show a rhythm."""

FEWEST_RETURNED = 30
FEWEST_LOYAL_ORDERS = 3
VARIABLES = ("recency_days", "first_order_days", "last_gap_days", "order_count")


def compile_lifecycle(key: str, spec: LifecycleSpec, base: Base) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Fit the thresholds of a lifecycle and compile it."""
    thresholds, findings = fit_thresholds(key, spec, base)
    conditions = {
        NO_ORDER: base.no_order,
        "lost": sql("recency_days >= $lost_days", **thresholds),
        "dormant": sql("recency_days >= $dormant_days", **thresholds),
        "at_risk": sql("recency_days >= $at_risk_days", **thresholds),
        "new": sql("first_order_days < $new_days", **thresholds),
        "won_back": sql("last_gap_days >= $dormant_days", **thresholds),
        "loyal": sql("order_count >= $loyal_orders", **thresholds),
    }
    case = exp.Case()
    for name, condition in conditions.items():
        case = case.when(condition, exp.Literal.string(name))
    segments = tuple(
        name_segment(name, None, translate(f"lifecycle_{name}_meaning", **thresholds), position)
        for position, name in enumerate(("new", "active", "loyal", "at_risk", "dormant", "lost", "won_back"))
    )
    if base.buyers < base.customers:
        segments = (*segments, no_order_segment())
    days = {name: Decimal(value) for name, value in thresholds.items()}
    segmentation = Segmentation(
        key=key,
        method=spec.method,
        label=name_segmentation(spec.label, key, spec.method),
        segments=segments,
        variables=VARIABLES,
        cuts={
            "recency_days": (days["at_risk_days"], days["dormant_days"], days["lost_days"]),
            "first_order_days": (days["new_days"],),
            "last_gap_days": (days["dormant_days"],),
            "order_count": (days["loyal_orders"],),
        },
        assign=case.else_(exp.Literal.string("active")),
    )
    return segmentation, findings


def fit_thresholds(key: str, spec: LifecycleSpec, base: Base) -> tuple[dict[str, int], tuple[Finding, ...]]:
    """The five thresholds: the plan's where it gives them, else the base's rhythm, else `DEFAULTS`.

    Thresholds in days never cross: one that is read off the base stays between those the plan gives.
    """
    given = {name: value for name in DEFAULTS if (value := getattr(spec, name)) is not None}
    if len(given) == len(DEFAULTS):
        return given, ()
    shares = exp.Array(expressions=[sql("$share", share=share) for share in RETURNED.values()])
    found = base.record(
        {
            "returned": sql("count(*)"),
            "gaps": sql("quantile_disc(last_gap_days, $shares)", shares=shares),
            "orders": sql("quantile_disc(order_count, 0.5)"),
            "record": sql("max(first_order_days)"),
        },
        sql("last_gap_days is not null"),
    )
    returned: int = found["returned"]
    if returned < FEWEST_RETURNED:
        fitted = dict(DEFAULTS)
        figures = {"returned": returned, "least": FEWEST_RETURNED, **_ordered(fitted | given, given)}
        finding = Finding("lifecycle_few_returned", "warning", key, figures)
    else:
        days = (int(gap) + 1 for gap in found["gaps"])
        fitted = dict(zip(RETURNED, days, strict=True))
        fitted["loyal_orders"] = max(FEWEST_LOYAL_ORDERS, int(found["orders"]))
        applied = _ordered(fitted | given, given)
        figures = {"returned": returned, **{name: fitted[name] for name in RETURNED}}
        figures |= {f"{name}_from": applied[f"{name}_days"] for name in ("at_risk", "dormant", "lost")}
        code = "lifecycle_rhythm_part_given" if set(given) & set(RETURNED) else "lifecycle_rhythm"
        finding = Finding(code, "info", key, figures)
        if "lost_days" not in given and found["record"] < 2 * applied["lost_days"]:
            short = {"days": found["record"], "lost_days": applied["lost_days"]}
            return applied, (finding, Finding("lifecycle_short_record", "warning", key, short))
    return _ordered(fitted | given, given), (finding,)


def _ordered(thresholds: Mapping[str, int], given: Mapping[str, int]) -> dict[str, int]:
    """Thresholds with those not given moved between the given ones around them."""
    ordered = dict(thresholds)
    names = list(RETURNED)
    for before, name in pairwise(names):
        if name not in given:
            ordered[name] = max(ordered[name], ordered[before])
    for after, name in pairwise(reversed(names)):
        if name not in given:
            ordered[name] = min(ordered[name], ordered[after])
    return ordered
