"""What the data say of each claim of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.statistics.adjusted import Effect

Verdict = Literal["supported", "contradicted", "undecided", "negligible", "not_estimable"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One claim and what came of it.

    Args:
        statement: by language.
        kind: `share` of a yes/no, or `mean` of a number.
        unit: of a KPI that is a variable, such as `money` or `days`; empty where it is not known.
        verdict: `negligible` says that whatever difference there is does not matter.
        effect: adjusted for the confounders; None where it cannot be estimated.
        raw: the same without adjusting; None where nothing was adjusted for.
        customers_who: that the effect rests on; `customers_rest` those they are compared with.
        left_out: the share of the customers compared that no customer of the other side is like.
        strata: groups of like customers that have both sides.
        p_adjusted: the p-value over all claims of the plan (Holm).
        smallest: the smallest difference that 80 % of such samples would show.
        needed: customers on both sides that would decide an undecided claim in 80 % of such samples.
        notes: what a reader of the verdict should know; of a claim that cannot be estimated, why.
    """

    key: str
    statement: Mapping[Language, str]
    who: str
    compared_with: str | None
    kpi: str
    kind: Literal["share", "mean"]
    unit: str
    expect: str
    adjust_for: tuple[str, ...]
    matters_from: float | None
    verdict: Verdict
    effect: Effect | None
    raw: Effect | None
    customers_who: int
    customers_rest: int
    left_out: float
    strata: int
    p_adjusted: float | None
    smallest: float | None
    needed: int | None
    notes: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data; figures are None where there are none."""
        return {
            "key": self.key,
            "statement": dict(self.statement),
            "who": self.who,
            "compared_with": self.compared_with,
            "kpi": self.kpi,
            "kind": self.kind,
            "unit": self.unit,
            "expect": self.expect,
            "adjust_for": list(self.adjust_for),
            "matters_from": self.matters_from,
            "verdict": self.verdict,
            **_flat(self.effect),
            **{f"raw_{name}": _flat(self.raw)[name] for name in ("difference", "low", "high")},
            "p_adjusted": self.p_adjusted,
            "customers_who": self.customers_who,
            "customers_rest": self.customers_rest,
            "left_out": self.left_out,
            "strata": self.strata,
            "smallest": self.smallest,
            "needed": self.needed,
            "notes": [
                {"code": each.code, "level": each.level, "figures": dict(each.figures)} for each in self.notes
            ],
        }


@dataclass(frozen=True, slots=True)
class HypothesesResult:
    """The claims of a plan, in its order."""

    hypotheses: tuple[Hypothesis, ...]

    def to_dict(self) -> dict[str, Any]:
        """`hypotheses`: a dict a claim."""
        return {"hypotheses": [each.to_dict() for each in self.hypotheses]}

    def to_arrow(self) -> pa.Table:
        """One row a claim."""
        rows = []
        for each in self.hypotheses:
            row = each.to_dict()
            row["statement"] = each.statement["en"]
            row["adjust_for"] = ", ".join(each.adjust_for)
            rows.append({name: row[name] for name in SCHEMA.names})
        return pa.Table.from_pylist(rows, schema=SCHEMA)


SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("key", "statement", "verdict", "kpi", "kind", "unit", "who")),
        *((name, pa.string()) for name in ("compared_with", "expect", "adjust_for")),
        *((name, pa.float64()) for name in ("value_who", "value_rest", "difference", "low", "high")),
        *((name, pa.float64()) for name in ("ratio", "ratio_low", "ratio_high", "p", "p_adjusted")),
        *((name, pa.float64()) for name in ("raw_difference", "raw_low", "raw_high")),
        *((name, pa.int64()) for name in ("customers_who", "customers_rest", "strata")),
        *((name, pa.float64()) for name in ("left_out", "matters_from", "smallest")),
        ("needed", pa.int64()),
    ]
)


def _flat(effect: Effect | None) -> dict[str, float | None]:
    """An effect's figures under the names they are stored with."""
    names = {
        "value_who": "who",
        "value_rest": "rest",
        "difference": "value",
        **{name: name for name in ("low", "high", "ratio", "ratio_low", "ratio_high", "p")},
    }
    return {stored: None if effect is None else getattr(effect, name) for stored, name in names.items()}
