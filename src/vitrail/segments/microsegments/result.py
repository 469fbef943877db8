"""What a search for micro-segments found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.segments.microsegments.coding import Condition
from vitrail.statistics.adjusted import Effect


@dataclass(frozen=True, slots=True)
class Microsegment:
    """A group found on one half of the customers and confirmed on the other.

    Args:
        when: the condition, ready for a rule of the plan.
        customers: in the group, of both halves; `share` of all customers looked at.
        revenue: what they spent; None where no amount is known.
        effect: its KPI against everybody else's, on the confirming half alone.
        confirmed_on: customers of the group in that half.
        p_adjusted: of no difference, over all candidates of the run (Holm).
    """

    conditions: tuple[Condition, ...]
    when: str
    customers: int
    share: float
    revenue: Decimal | None
    effect: Effect
    confirmed_on: int
    p_adjusted: float

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        names = {"value_group": "who", "value_rest": "rest", "difference": "value"}
        names |= {name: name for name in ("low", "high", "ratio", "ratio_low", "ratio_high", "p")}
        return {
            "when": self.when,
            "conditions": [
                {
                    "variable": each.variable,
                    "operator": each.operator,
                    "value": float(each.value) if isinstance(each.value, Decimal) else each.value,
                    "unit": each.unit,
                }
                for each in self.conditions
            ],
            "customers": self.customers,
            "share": self.share,
            "revenue": self.revenue,
            **{stored: getattr(self.effect, name) for stored, name in names.items()},
            "p_adjusted": self.p_adjusted,
            "confirmed_on": self.confirmed_on,
        }


@dataclass(frozen=True, slots=True)
class MicrosegmentSearch:
    """One search of the plan.

    Args:
        label: the KPI's name by language; empty where the plan gives none.
        kind: `share` of a yes/no, `mean` of a number.
        unit: of a KPI that is a variable, such as `money`; empty where it is not known.
        customers: looked at; `searched` of them in the half (or sample of it) searched.
        value: the KPI over all of them.
        conditions: single conditions tried; candidates: groups carried over to the other half.
        groups: those confirmed, the clearest first.
        left_out: variables that no condition may be about, each with the reason and what it is related to.
        notes: what a reader should know; of a search that could not be made, why.
    """

    key: str
    label: Mapping[Language, str]
    kpi: str
    kind: str
    unit: str
    look_for: str
    customers: int
    searched: int
    value: float | None
    conditions: int
    candidates: int
    groups: tuple[Microsegment, ...]
    left_out: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "key": self.key,
            "label": dict(self.label),
            "kpi": self.kpi,
            "kind": self.kind,
            "unit": self.unit,
            "look_for": self.look_for,
            "customers": self.customers,
            "searched": self.searched,
            "value": self.value,
            "conditions": self.conditions,
            "candidates": self.candidates,
            "groups": [each.to_dict() for each in self.groups],
            "left_out": [_plain(each) for each in self.left_out],
            "notes": [_plain(each) for each in self.notes],
        }


@dataclass(frozen=True, slots=True)
class MicrosegmentsResult:
    """The searches of a plan, in its order."""

    searches: tuple[MicrosegmentSearch, ...]

    def to_dict(self) -> dict[str, Any]:
        """`searches`: a dict a search."""
        return {"searches": [each.to_dict() for each in self.searches]}

    def to_arrow(self) -> pa.Table:
        """One row a confirmed group."""
        rows = [
            {"search": search.key, "kpi": search.kpi, "kind": search.kind}
            | {name: value for name, value in group.to_dict().items() if name != "conditions"}
            for search in self.searches
            for group in search.groups
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)


SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("search", "kpi", "kind", "when")),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("revenue", pa.decimal128(38, 4)),
        *((name, pa.float64()) for name in ("value_group", "value_rest", "difference", "low", "high")),
        *((name, pa.float64()) for name in ("ratio", "ratio_low", "ratio_high", "p", "p_adjusted")),
        ("confirmed_on", pa.int64()),
    ]
)


def _plain(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "level": finding.level, "figures": dict(finding.figures)}
