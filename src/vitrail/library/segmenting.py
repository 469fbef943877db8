"""Segmentations of a dataframe of orders: `vitrail.rfm(orders, as_of="2011-12-10")`.

Columns are recognised as in a file, or named by `columns`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.collection.audit import check_collection
from vitrail.engine import DuckDB, column
from vitrail.findings import Finding
from vitrail.insight.description import describe_segments
from vitrail.library.frames import read_frame, recognise_frame
from vitrail.plan import (
    AbcSpec,
    LifecycleSpec,
    Plan,
    RfmSpec,
    RulesSpec,
    SegmentationSpec,
    parse_block,
)
from vitrail.segments import Segmentation
from vitrail.workspace.computing import compute, profile_columns


@dataclass(frozen=True, slots=True, repr=False)
class SegmentationResult:
    """A base cut into segments.

    Args:
        customers: one row a customer: the profile, the scores, the segment in the last column.
        segments: one row a segment, with its figures.
        segmentation: how it was cut: scores, cuts, expressions; None for a profile alone.
        findings: what a person should know.
        as_of: the day the figures speak of.
    """

    customers: pa.Table
    segments: pa.Table
    segmentation: Segmentation | None
    findings: tuple[Finding, ...]
    as_of: dt.date
    language: i18n.Language = "en"
    currency: str | None = None

    def to_arrow(self) -> pa.Table:
        """The customers as an Arrow table."""
        return self.customers

    def to_dict(self) -> list[dict[str, Any]]:
        """The customers as a list of dicts."""
        rows: list[dict[str, Any]] = self.customers.to_pylist()
        return rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `polars.DataFrame(result)` and `pandas.DataFrame.from_arrow(result)` work."""
        return self.customers.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        sizes = dict(zip(*(self.segments[name].to_pylist() for name in ("label", "customers")), strict=True))
        return f"{self.customers.num_rows} customers as of {self.as_of}: {sizes}"

    def _repr_html_(self) -> str:
        from vitrail.reports.notebook import render_segments, render_table

        if self.segmentation is None:
            rows = self.customers.slice(0, 20).to_pylist()
            return render_table(rows, {name: name for name in self.customers.column_names}, self.language)
        return render_segments(self.segments, self.language, self.currency)


def rfm(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> SegmentationResult:
    """Recency, frequency, monetary: scores 1 to 5 (5 the best), and the segments they make.

    Args:
        orders: a dataframe of orders or order lines.
        as_of: the day the figures speak of; rows from then on do not exist. `latest`: after the newest row.
        options: of the method (`scores`, `thresholds`, `segments` … as in the plan's reference), and
            `columns`, `customers`, `refunds`, `currency`, `language` as in `profiles`.

    Raises:
        VitrailError: a column is not recognised, an option is wrong, nothing is left.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [10, 20, 30],
    ...                    "ordered_at": [dt.datetime(2025, 1, day) for day in (1, 2, 3)]})
    >>> result = rfm(orders, as_of="2025-01-04", scores=3)
    >>> result.customers.select(["customer_id", "recency_days", "rfm_r"]).to_pylist()[0]
    {'customer_id': 'ann', 'recency_days': 1, 'rfm_r': 3}
    """
    return _segment("rfm", RfmSpec, orders, as_of, options)


def abc(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> SegmentationResult:
    """Classes by cumulative share of a value (`variable`, `shares`); see `rfm` for the rest."""
    return _segment("abc", AbcSpec, orders, as_of, options)


def lifecycle(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> SegmentationResult:
    """New, active, loyal, at risk, dormant, lost, won back (`new_days` …); see `rfm` for the rest."""
    return _segment("lifecycle", LifecycleSpec, orders, as_of, options)


def rules(
    orders: Any, segments: Mapping[str, Any], as_of: dt.date | str = "latest", **options: Any
) -> SegmentationResult:
    """Segments by SQL conditions, as under `method: rules` in the plan; see `rfm` for the rest."""
    return _segment("rules", RulesSpec, orders, as_of, {**options, "segments": segments})


def profiles(
    orders: Any,
    as_of: dt.date | str = "latest",
    *,
    columns: Mapping[str, str] | None = None,
    customers: Any = None,
    refunds: str = "match",
    currency: str | None = None,
    language: i18n.Language = "en",
) -> SegmentationResult:
    """One row a customer with every variable the orders carry.

    Args:
        orders: a dataframe of orders or order lines.
        as_of: the day the figures speak of.
        columns: model column → column of `orders`; recognised where not given.
        customers: a dataframe with a row a customer, if there is one.
        refunds: `match`, `net` or `drop`, as in the plan.
        currency: of the amounts (ISO 4217), for display.
        language: of labels and messages.

    Raises:
        VitrailError: a column is not recognised, nothing is left.
    """
    common = {
        "columns": columns,
        "customers": customers,
        "refunds": refunds,
        "currency": currency,
        "language": language,
    }
    return _compute({}, orders, as_of, common)


_COMMON = ("columns", "customers", "refunds", "currency", "language")


def _segment(
    key: str, spec: type[Any], orders: Any, as_of: dt.date | str, options: Mapping[str, Any]
) -> SegmentationResult:
    own = {name: value for name, value in options.items() if name not in _COMMON}
    common = {name: value for name, value in options.items() if name in _COMMON}
    parsed = parse_block(spec, {"method": key, **own}, key)
    return _compute({key: parsed}, orders, as_of, common)


def _compute(
    segmentations: Mapping[str, SegmentationSpec],
    orders: Any,
    as_of: dt.date | str,
    common: Mapping[str, Any],
) -> SegmentationResult:
    language, currency = common.get("language", "en"), common.get("currency")
    with DuckDB() as engine:
        frames = {"orders": orders, "customers": common.get("customers")}
        reads = {name: read_frame(engine, name, frame) for name, frame in frames.items() if frame is not None}
        sources = {}
        for name, read in reads.items():
            given = common.get("columns") if name == "orders" else None
            sources[name] = recognise_frame(engine, name, read, given, common.get("refunds", "match"))
        options = {"version": 1, "name": "", "language": language, "currency": currency, "as_of": as_of}
        options |= {"sources": sources, "segmentations": dict(segmentations)}
        plan = parse_block(Plan, options, "vitrail")
        computed = compute(engine, plan, reads)
        names = [*profile_columns(computed.variables)]
        names += [name for each in computed.segmentations for name in (*each.scores, each.key)]
        rows = exp.select(*(column(name) for name in names)).from_("segmented").order_by("customer_id")
        products = "sales" if "product_id" in computed.collected.line_columns else None
        segments = describe_segments(
            engine, computed.segmentations, computed.collected.as_of, "segmented", language, products
        )
        return SegmentationResult(
            customers=engine.arrow(rows),
            segments=segments,
            segmentation=computed.segmentations[0] if computed.segmentations else None,
            findings=(*computed.findings, *check_collection(computed.collected, reads, plan)),
            as_of=computed.collected.as_of,
            language=language,
            currency=currency,
        )
