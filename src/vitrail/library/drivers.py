"""The variables that matter for a KPI, on any dataframe with a row a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, Query, column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.insight.drivers import Drivers, DriversResult, Question, Ranked, find_drivers
from vitrail.library.frames import check_language, check_one_row_each, find_key, to_arrow
from vitrail.plan.expressions import check_columns
from vitrail.variables import BUILT_IN
from vitrail.variables.kpis import compile_kpi
from vitrail.variables.lineage import trace_lineage

_SHOWN = ("variable", "separation", "interval", "verdict")


@dataclass(frozen=True, slots=True, repr=False)
class DriversOfFrame:
    """The variables that matter for one KPI of a dataframe.

    Args:
        drivers: all that was found: ranked, recommended, refused, set aside.
        language: of the words it shows.
    """

    drivers: Drivers
    language: i18n.Language = "en"

    @property
    def recommended(self) -> tuple[str, ...]:
        """The variables that separate best together, in the order they were chosen."""
        return tuple(step.variable for step in self.drivers.recommended)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is missing where the data cannot carry the question; what looks too good to be true."""
        return self.drivers.findings

    def to_arrow(self) -> pa.Table:
        """A row a variable: rank, verdict, separation with its interval, p, gain, reason of a refusal."""
        return DriversResult((self.drivers,)).to_arrow().drop_columns(["analysis"])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return self.drivers.to_dict()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `polars.DataFrame(result)` and `pandas.DataFrame.from_arrow(result)` work."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        if self.drivers.gate:
            return self.drivers.gate.message(self.language)
        named = {
            "recommended": self.recommended,
            "suspiciously good": [each.variable for each in self.drivers.ranked if each.suspicious],
            "refused": [each.variable for each in self.drivers.refused],
        }
        told = {word: ", ".join(names) for word, names in named.items()}
        return "; ".join(f"{word}: {names or 'none'}" for word, names in told.items())

    def _repr_html_(self) -> str:
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
        caption = " ".join(each.message(self.language) for each in self.findings)
        return render_table(rows, labels, self.language, caption)

    def _verdict(self, each: Ranked) -> str:
        verdict = i18n.text(f"drivers_verdict_{each.verdict}", self.language, name=each.group)
        if not each.suspicious or each.verdict == "suspicious":
            return verdict
        return i18n.text("drivers_verdict_to_check", self.language, verdict=verdict)


def drivers(
    frame: Any,
    kpi: str,
    *,
    variables: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
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
    table = to_arrow(frame)
    with DuckDB() as engine:
        engine.register("frame", table)
        rows: exp.Select = sql("select * from frame")
        columns = list(table.column_names)
        faults = [
            fault
            for place, names in (("variables", variables or ()), ("leave_out", leave_out), ("key", _one(key)))
            for name in names
            for fault in check_columns(column(name), columns, place)
        ]
        if faults:
            raise PlanError(faults)
        compiled = compile_kpi(engine, kpi, rows, "kpi")
        chosen: Query = rows
        if among is not None:
            chosen = rows.where(sql("coalesce($met, false)", met=parse_condition(among, columns, "among")))
        exact = {name.casefold(): name for name in columns}
        customer = exact[key.casefold()] if key else find_key(columns)
        check_one_row_each(engine, "frame", columns, customer)
        left_out = {exact[name.casefold()] for name in leave_out} | {customer}
        asked = [exact[name.casefold()] for name in variables] if variables else columns
        texts = [sql("cast($x as varchar)", x=column(name)) for name in columns]
        whole = sql("cast($row as varchar)", row=exp.Array(expressions=texts))
        question = Question(
            key="drivers",
            label={"en": kpi, "fr": kpi},
            text=kpi,
            kpi=compiled,
            variables=tuple(name for name in dict.fromkeys(asked) if name not in left_out),
            customer=whole if customer is None else column(customer),
            lineage=trace_lineage(each for each in BUILT_IN if each.name in columns),
            seed=seed,
            listed=bool(variables),
        )
        return DriversOfFrame(find_drivers(engine, chosen, question), language)


def _one(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)
