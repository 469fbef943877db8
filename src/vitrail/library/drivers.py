"""The variables that matter for a KPI, on any dataframe with a row a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, Query, sql
from vitrail.engine.conditions import parse_condition
from vitrail.findings import Finding
from vitrail.insight.drivers import Drivers, DriversResult, Question, Ranked, find_drivers
from vitrail.library.frames import (
    CUSTOMERS,
    check_language,
    check_text,
    find_columns,
    list_names,
    register_customers,
)
from vitrail.library.results import FrameResult
from vitrail.variables import KNOWN
from vitrail.variables.kpis import compile_kpi
from vitrail.variables.lineage import trace_lineage

_SHOWN = ("variable", "separation", "interval", "verdict")


@dataclass(frozen=True, slots=True, repr=False)
class DriversOfFrame(FrameResult):
    """The variables that matter for one KPI of a dataframe.

    Args:
        drivers: all that was found: ranked, recommended, refused, set aside.
        findings: what is missing where the data cannot carry the question; what looks too good to be true.
        language: of the words it shows.
    """

    drivers: Drivers
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"

    @property
    def recommended(self) -> tuple[str, ...]:
        """The variables that separate best together, in the order they were chosen."""
        return tuple(step.variable for step in self.drivers.recommended)

    def to_arrow(self) -> pa.Table:
        """A row a variable: rank, verdict, separation with its interval, p, gain, reason of a refusal."""
        return DriversResult((self.drivers,)).to_arrow().drop_columns(["analysis"])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return self.drivers.to_dict()

    def _headline(self) -> str:
        named = {
            "recommended": self.recommended,
            "suspiciously good": [each.variable for each in self.drivers.ranked if each.suspicious],
            "refused": [each.variable for each in self.drivers.refused],
        }
        told = {word: ", ".join(names) for word, names in named.items()}
        return "; ".join(f"{word}: {names or 'none'}" for word, names in told.items())

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        words = {name: i18n.text(f"drivers_column_{name}", self.language) for name in _SHOWN}
        rows = [
            {
                "variable": each.variable,
                "separation_share": each.separation.value,
                "interval_low_share": each.separation.low,
                "interval_high_share": each.separation.high,
                "verdict": self._verdict(each),
            }
            for each in self.drivers.ranked
        ]
        rows += [
            {
                "variable": each.variable,
                "verdict": i18n.text(each.code, self.language, **each.figures),
            }
            for each in self.drivers.refused
        ]
        labels = {
            "variable": words["variable"],
            "separation_share": words["separation"],
            "interval_low_share": words["interval"],
            "interval_high_share": "",
            "verdict": words["verdict"],
        }
        return render_table(rows, labels, self.language)

    def _verdict(self, each: Ranked) -> str:
        verdict = i18n.text(f"drivers_verdict_{each.verdict}", self.language, name=each.group)
        if not each.suspicious or each.verdict == "suspicious":
            return verdict
        return i18n.text("drivers_verdict_to_check", self.language, verdict=verdict)


def drivers(
    frame: Any,
    kpi: str,
    *,
    variables: str | Sequence[str] | None = None,
    leave_out: str | Sequence[str] = (),
    among: str | None = None,
    key: str | None = None,
    seed: int = 1,
    language: i18n.Language = "en",
) -> DriversOfFrame:
    """Which variables tell customers apart by a KPI, out of sample; which do no better than chance.

    Args:
        frame: a row a customer; anything that speaks Arrow. Columns called as Vitrail's variables are taken
            for them: those that tell of the KPI by the way they are made are refused.
        kpi: a column that is a number or a yes/no, or an SQL condition such as `Churn = 'Yes'`.
        variables: the columns to compare; all others unless given. One that separates suspiciously well is
            recommended only if it is given here.
        leave_out: columns that are not compared.
        among: an SQL condition: the customers to look at.
        key: the column that tells customers apart; its hash decides who is set against whom. Unless given,
            `customer_id` (also `CustomerID`), else the whole row.
        seed: decides the rest of it.

    Raises:
        VitrailError: the frame is not one, a column is not there, the KPI is neither a number nor a yes/no.

    >>> import pyarrow as pa
    >>> frame = pa.table({"customer_id": range(400), "plan": ["basic", "gold"] * 200,
    ...                   "churned": [number % 3 == 0 or number % 4 == 0 for number in range(400)]})
    >>> found = drivers(frame, "churned")
    >>> found.recommended, round(found.drivers.ranked[0].separation.value, 1)
    (('plan',), 0.7)
    """
    check_language(language)
    with DuckDB() as engine:
        given = register_customers(engine, frame, key)
        columns, customer = list(given.columns), given.key
        rows: exp.Select = exp.select("*").from_(CUSTOMERS)
        asked = find_columns("variables", list_names(variables), columns)
        left_out = {*find_columns("leave_out", list_names(leave_out), columns), customer}
        compiled = compile_kpi(engine, check_text("kpi", kpi), rows, "kpi")
        chosen: Query = rows
        if among is not None:
            chosen = rows.where(sql("coalesce($met, false)", met=parse_condition(among, columns, "among")))
        question = Question(
            key="drivers",
            label={"en": kpi, "fr": kpi},
            text=kpi,
            kpi=compiled,
            variables=tuple(name for name in dict.fromkeys(asked or columns) if name not in left_out),
            customer=given.identity,
            lineage=trace_lineage(each for each in KNOWN if each.name in columns),
            seed=seed,
            listed=bool(variables),
        )
        found = find_drivers(engine, chosen, question)
        return DriversOfFrame(found, found.findings, language)
