"""What was found of the variables that matter for a KPI: ranked, alike, recommended, refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pyarrow as pa

from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.insight.drivers.levels import Level
from vitrail.insight.drivers.ranking import Separation
from vitrail.insight.drivers.recommending import Step
from vitrail.variables.leakage import Refusal

Verdict = Literal["recommended", "alike", "driver", "suspicious", "counted", "chance", "refused", "aside"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A variable with how well it separates customers.

    Args:
        verdict: `recommended`, `alike` (says nearly the same as a better one), `driver`, `suspicious` (so
            good that it may hold the answer), `counted` (goes with the number of orders by arithmetic; both:
            and not asked for by name), or `chance` (no better than chance).
        p_adjusted: for all the variables ranked, by Holm.
        group: the best variable of those that say nearly the same; itself where none is better.
        levels: what the KPI is at each level.
        suspicious: whether it separates so well that a person should make sure it was known before the KPI;
            of one asked for by name the verdict does not say so.
        counted: whether it goes with the number of orders that the KPI depends on, whatever customers do.
    """

    variable: str
    kind: str
    verdict: Verdict
    separation: Separation
    p_adjusted: float
    group: str
    levels: tuple[Level, ...]
    suspicious: bool = False
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Drivers:
    """The variables that matter for one KPI.

    Args:
        key: its name in the plan.
        label: its name for people, by language.
        kpi: as it was written.
        kind: `share` (yes or no) or `mean` (a number).
        customers: those whose KPI is known; `unknown`: the others.
        yes: those with the answer yes; None of a number.
        base: the share of yes among all of them; None of a number.
        ranked: best first.
        recommended: the set that separates best together, in the order it was chosen.
        sampled: customers that the set and the groups were found on.
        refused: variables that contain the answer.
        aside: variables that cannot be compared: `constant`, `identifier`, `kind`.
        gate: what is missing where the data cannot carry the question.
    """

    key: str
    label: Mapping[Language, str]
    kpi: str
    kind: Literal["share", "mean"]
    customers: int
    unknown: int
    yes: int | None
    base: float | None
    ranked: tuple[Ranked, ...] = ()
    recommended: tuple[Step, ...] = ()
    sampled: int = 0
    refused: tuple[Refusal, ...] = ()
    aside: Mapping[str, str] = field(default_factory=dict)
    gate: Finding | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know before using it: what is missing, too good to be believed
        unseen, or tied to the number of orders."""
        if self.gate:
            return (self.gate,)
        return tuple(
            Finding(f"drivers_{mark}", "info" if mark == "counted" else "warning", self.key, {"names": names})
            for mark in ("suspicious", "counted")
            if (names := [each.variable for each in self.ranked if getattr(each, mark)])
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """A row a variable: the ranked, the refused, those set aside."""
        steps = {step.variable: step for step in self.recommended}
        rows = [
            {
                "analysis": self.key,
                "variable": each.variable,
                "rank": rank,
                "verdict": each.verdict,
                "separation": each.separation.value,
                "separation_low": each.separation.low,
                "separation_high": each.separation.high,
                "explained_share": each.separation.explained_share,
                "p": each.separation.p,
                "p_adjusted": each.p_adjusted,
                "alike": each.group,
                "suspicious": each.suspicious,
                "gain": steps[each.variable].gain if each.variable in steps else None,
                "gain_low": steps[each.variable].low if each.variable in steps else None,
                "gain_high": steps[each.variable].high if each.variable in steps else None,
            }
            for rank, each in enumerate(self.ranked, start=1)
        ]
        refused = [(each.variable, "refused", each.code) for each in self.refused]
        aside = [(name, "aside", reason) for name, reason in self.aside.items()]
        for name, verdict, reason in (*refused, *aside):
            rows.append({"analysis": self.key, "variable": name, "verdict": verdict, "reason": reason})
        return rows


@dataclass(frozen=True, slots=True)
class DriversResult:
    """The variables that matter for each KPI of a plan, and the units of variables that have one."""

    analyses: tuple[Drivers, ...]
    units: Mapping[str, str] = field(default_factory=dict)

    def to_arrow(self) -> pa.Table:
        """A row an analysis and variable."""
        rows = [row for each in self.analyses for row in each.rows()]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {"analyses": [each.to_dict() for each in self.analyses], "units": dict(self.units)}


SCHEMA = pa.schema(
    [
        ("analysis", pa.string()),
        ("variable", pa.string()),
        ("rank", pa.int64()),
        ("verdict", pa.string()),
        ("separation", pa.float64()),
        ("separation_low", pa.float64()),
        ("separation_high", pa.float64()),
        ("explained_share", pa.float64()),
        ("p", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("alike", pa.string()),
        ("suspicious", pa.bool_()),
        ("gain", pa.float64()),
        ("gain_low", pa.float64()),
        ("gain_high", pa.float64()),
        ("reason", pa.string()),
    ]
)
"""The columns of `drivers.parquet`."""
