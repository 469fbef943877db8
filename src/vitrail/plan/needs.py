"""What in a plan only orders can tell, where no source of it feeds any."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.columns import list_expressions
from vitrail.plan.document import Plan

_OF_ORDERS = ("lifetime_value", "propensity")
"""Predictions that are made from orders."""


def check_orders_needed(plan: Plan, of_orders: Collection[str]) -> list[Finding]:
    """A finding, at its line, for each part of the plan that has nothing to work on without orders.

    Args:
        of_orders: the variables that only orders tell.

    >>> from vitrail.plan import parse_block
    >>> shop = {"version": 1, "name": "Shop", "segmentations": {"value": {"method": "rfm"}}}
    >>> [each.figures["name"] for each in check_orders_needed(parse_block(Plan, shop, "plan"), [])]
    ['method: rfm']
    """
    needy: dict[str, str] = {}
    for key, segmentation in plan.segmentations.items():
        if segmentation.method in ("rfm", "lifecycle"):
            needy[f"segmentations.{key}"] = f"method: {segmentation.method}"
    for key, variable in plan.variables.items():
        needy[f"variables.{key}"] = f"of: {variable.of}"
    for key, prediction in plan.predictions.items():
        if prediction.method in _OF_ORDERS:
            needy[f"predictions.{key}"] = f"method: {prediction.method}"
    for key, cohort in plan.cohorts.items():
        if cohort.survival is None:
            needy[f"cohorts.{key}"] = f"cohorts: {key}"
    for path, tree, _ in list_expressions(plan):
        if ".".join(path.split(".")[:2]) in needy:
            continue
        named = sorted({each.name.casefold() for each in tree.find_all(exp.Column)} & set(of_orders))
        needy |= {path: named[0]} if named else {}
    return [
        Finding("plan_needs_orders", "error", plan.place(path), {"name": name})
        for path, name in needy.items()
    ]
