"""An analysis as `vitrail show` writes it: codes and conditions in words, figures in their units."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from vitrail import i18n
from vitrail.cli.values import Described, say_value
from vitrail.i18n import formats
from vitrail.reports.analyses.differences import say_kpi, write_difference, write_signed
from vitrail.reports.analyses.hypotheses import round_up
from vitrail.reports.analyses.journeys import code_value, name_values
from vitrail.reports.analyses.triangles import name_cohort
from vitrail.reports.analyses.validation import say_figures
from vitrail.reports.conditions import say_condition
from vitrail.reports.run import load_labels
from vitrail.reports.words import Words
from vitrail.store import Run

Row = Mapping[str, Any]

_CODED = frozenset(
    {"criterion", "verdict", "kind", "gender", "part", "expect", "source_kind", "target_kind", "spend_of",
     "unit", "figure"}
)  # fmt: skip
_CONDITIONS = frozenset({"when", "who", "compared_with"})
_UNITS = {
    **dict.fromkeys(
        ("share", "retention", "adoption", "survival", "penetration", "others_penetration", "like_share",
         "left_out", "explained_share", "growth"), "share"),
    **dict.fromkeys(
        ("revenue", "revenue_per_customer", "cumulative_revenue_per_customer", "revenue_before",
         "revenue_after", "amount", "spend", "potential", "gap"), "money"),
    **dict.fromkeys(("difference", "like_difference"), "points"),
}  # fmt: skip
_OF_THE_KPI = frozenset(
    {"value_who", "value_rest", "value_group", "difference", "raw_difference", "raw", "smallest",
     "matters_from", "low_or_high"}
)  # fmt: skip
_SIZES = frozenset({"smallest", "matters_from"})  # of a difference, without a sign
_SHARES_OF = frozenset({"share", "smallest", "explained", "measurable", "accessible"})
_LEFT_TO_PROGRAMS = {
    "hypotheses": {"kind", "unit", "ratio", "ratio_low", "ratio_high", "p", "p_adjusted",
                   "raw_low", "raw_high", "strata"},
    "microsegments": {"kind"},
    "journeys": {"source_kind", "target_kind"},
    "refused": {"reason", "detail"},
    "set_aside": {"step"},
}  # fmt: skip


class Shown(Described):
    """The columns of an analysis: their names, and their values in words; what commands take stays."""

    def __init__(self, run: Run, analysis: str, language: i18n.Language) -> None:
        super().__init__(run, language)
        self._run, self._analysis = run, analysis
        self._words = Words(language, self.currency)

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return load_labels(self._run)

    @cached_property
    def _content(self) -> Mapping[str, Any]:
        return self._run.analysis(self._analysis) or {}

    @cached_property
    def _has_voided(self) -> bool:
        """Whether sales were undone: what is called off is told as what undid them then."""
        return "voided" in pq.read_table(self._run.file("funnel.parquet"))["step"].to_pylist()

    @cached_property
    def _values(self) -> Mapping[str, str]:
        return name_values(self._content, self._words)

    def hides(self, column: str) -> bool:
        """Whether a column is for those who ask for CSV or JSON: a code that the units of the figures or the
        names of the values tell already, a step on the way to a verdict."""
        return column in _LEFT_TO_PROGRAMS.get(self._analysis, ())

    def head(self, column: str) -> str:
        """A column's name, that of the analysis first."""
        own = f"shown_{self._analysis}_{column}"
        if own in i18n.sentences():
            return i18n.text(own, self.language)
        for end in ("low", "high"):
            base = column.removesuffix(f"_{end}")
            if base != column:
                return i18n.text(f"shown_{end}", self.language, name=self.head(base))
        return self._first(f"shown_column_{column}", otherwise=column)

    def tell(self, row: Row, column: str) -> str:
        """A cell of a row."""
        value, analysis = row[column], self._analysis
        if analysis == "journeys" and column in ("source", "target"):
            return self._values.get(code_value(row, column)) or say_value(value, self.language)
        if value is None or value == "":
            return self._first(f"{analysis}_{column}_none", f"shown_{column}_none", otherwise="–")
        if isinstance(value, str):
            return self._tell_text(row, column, value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value):
            return self._tell_figure(row, column, value)
        if column == "month" and isinstance(value, dt.date):
            return formats.month(value, self.language)
        return say_value(value, self.language, column)

    def _tell_text(self, row: Row, column: str, value: str) -> str:
        words, analysis = self._words, self._analysis
        if column in ("segment", "before", "after") and row.get("segmentation") in self._segmentations:
            return self.segment(row["segmentation"], value)
        if column in ("variable", "measure", "alike"):
            return self._first(f"shown_measure_{value}", otherwise=self.label(value))
        if column in _CODED:
            codes = (f"{analysis}_{column}_{value}", f"{analysis}_{value}", f"shown_{value}")
            return self._first(*codes, otherwise=value)
        if column in _CONDITIONS:
            return say_condition(value, words, self._labels) or value
        if column == "kpi":
            return say_kpi(value, words, self._labels) or value
        if column == "adjust_for":
            return ", ".join(self.label(each) for each in value.split(", "))
        if column == "statement":
            found = (each for each in self._content.get("hypotheses", ()) if each["key"] == row["key"])
            return next((str(each["statement"][self.language]) for each in found), value)
        if column == "step" and analysis == "funnel":
            return self._tell_step(row, value)
        if column in ("reason", "change") and analysis == "validation":
            return self._tell_verdict(row, column, value)
        if column == "cohort":
            found = (each for each in self._content.get("cohorts", ()) if each["name"] == row["cohorts"])
            table = next((each for each in found if value in {one["key"] for one in each["cohorts"]}), None)
            return name_cohort(table, value, words) if table else value
        if column in ("name", "place") and analysis == "regions" and self._content.get("of") == "country":
            return words.country(value)
        return value

    def _tell_step(self, row: Row, step: str) -> str:
        """A step of the cleaning, or what of the rows kept is told beside them."""
        if step == "cancelled" and not self._has_voided:
            step = "cancelled_alone"
        kind = "step" if row["removed"] or step in ("read", "kept") else "aside"
        return self._first(f"report_{kind}_{step}", otherwise=step)

    def _tell_verdict(self, row: Row, column: str, stored: str) -> str:
        """Why a verdict was given, or what would change it, in this language."""
        for card in self._content.get("cards", ()):
            if (card["segmentation"], card["segment"]) == (row["segmentation"], row["segment"]):
                judged = card["criteria"][row["criterion"]]
                return self._words.text(judged[column], **say_figures(judged["figures"], self._words))
        return stored

    def _tell_figure(self, row: Row, column: str, value: float | Decimal) -> str:
        words = self._words
        base = column.removesuffix("_low").removesuffix("_high")
        base = "low_or_high" if base in ("low", "high") else base
        if (self._analysis, column) == ("hypotheses", "needed"):
            return words.number(round_up(int(value)))
        if self._analysis in ("hypotheses", "microsegments") and base in _OF_THE_KPI:
            kind, unit = row["kind"], row.get("unit") or self._unit(row["kpi"])
            if base.startswith("value"):
                return words.figure(float(value), "share" if kind == "share" else unit)
            write = write_difference if base in _SIZES else write_signed
            return write(float(value), kind, unit, words)
        if column == "line":
            return str(value)
        if column in ("weekday", "month_of_year"):
            return (
                i18n.text(f"weekday_{value}", self.language)
                if column == "weekday"
                else formats.month(dt.date(2000, int(value), 1), self.language, year=False)
            )
        unit = _UNITS.get(base, "") or self._unit_of_row(row, column)
        if unit == "points":
            return write_signed(float(value), "share", "", words)
        if unit == "share":
            return words.figure(float(value), unit)
        if unit == "money":
            return words.money(value, 0 if value == int(value) else 2)
        return say_value(value, self.language, column)

    def _unit_of_row(self, row: Row, column: str) -> str:
        """The unit of a value that another column of the row tells of."""
        if self._analysis == "validation" and column in ("figure", "threshold"):
            return "share" if row["criterion"] in _SHARES_OF else ""
        if self._analysis == "clusters" and column == "value":
            figure = row["figure"]
            return (
                "share" if figure in _SHARES_OF else self._unit(row["variable"]) if figure == "centre" else ""
            )
        if self._analysis in ("comparison", "predictions") and column in (
            "value",
            "low",
            "high",
            "least",
            "most",
        ):
            return "share" if row.get("kind") == "share" else self._unit(row["measure"])
        return ""

    def _unit(self, variable: str | None) -> str:
        return self._labels.get(variable or "", {}).get("unit", "")

    def _first(self, *codes: str, otherwise: str) -> str:
        found = next((code for code in codes if code in i18n.sentences()), None)
        return i18n.text(found, self.language) if found else otherwise
