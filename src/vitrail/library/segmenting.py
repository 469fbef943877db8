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
from vitrail.engine import column
from vitrail.findings import Finding
from vitrail.insight.description import describe_segments
from vitrail.library.orders import COMMON, Common, segmented_orders
from vitrail.library.results import FrameResult
from vitrail.plan import AbcSpec, LifecycleSpec, RfmSpec, RulesSpec, SegmentationSpec, parse_block
from vitrail.segments import Segmentation
from vitrail.workspace.segmenting import profile_columns


@dataclass(frozen=True, slots=True, repr=False)
class SegmentationResult(FrameResult):
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

    def _headline(self) -> str:
        sizes = dict(zip(*(self.segments[name].to_pylist() for name in ("label", "customers")), strict=True))
        return f"{self.customers.num_rows} customers as of {self.as_of}: {sizes}"

    def _render(self) -> str:
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
            `columns`, `customers`, `refunds`, `currency`, `language`, `clean` as in `profiles`.

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
    """Classes by cumulative share of a value: who brings the first 60 %, the next 30 %, the last 10 %.

    Args:
        orders, as_of: as in `rfm`.
        options: `variable` (`total_amount` unless given), `shares` by class, the first class first (fractions
            that sum to 1); and those of `profiles`.

    Raises:
        VitrailError: as in `rfm`.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "cy"], "amount": [60, 30, 10],
    ...                    "ordered_at": [dt.datetime(2025, 1, day) for day in (1, 2, 3)]})
    >>> abc(orders, as_of="2025-01-04").customers.column("abc").to_pylist()
    ['a', 'b', 'c']
    """
    return _segment("abc", AbcSpec, orders, as_of, options)


def lifecycle(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> SegmentationResult:
    """New, active, loyal, at risk, dormant, lost, won back, by the base's own rhythm.

    Args:
        orders, as_of: as in `rfm`.
        options: `new_days`, `at_risk_days`, `dormant_days`, `lost_days` and `loyal_orders`, each taken from
            the orders unless given; and those of `profiles`.

    Raises:
        VitrailError: as in `rfm`.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [60, 30, 10],
    ...                    "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2, 6)]})
    >>> days = {"new_days": 30, "at_risk_days": 60, "dormant_days": 90, "lost_days": 120}
    >>> lifecycle(orders, as_of="2025-06-15", **days).customers.column("lifecycle").to_pylist()
    ['won_back', 'lost']
    """
    return _segment("lifecycle", LifecycleSpec, orders, as_of, options)


def rules(
    orders: Any, segments: Mapping[str, Any], as_of: dt.date | str = "latest", **options: Any
) -> SegmentationResult:
    """Segments by SQL conditions over the variables of `profiles`; the first that holds is the customer's.

    Args:
        orders, as_of: as in `rfm`.
        segments: key → `{"when": condition}`, or `{"otherwise": True}` for all others; `label` if wanted.
        options: `overlapping` for customers in several segments; and those of `profiles`.

    Raises:
        VitrailError: as in `rfm`; a condition names no known variable, or is none.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [60, 30, 10],
    ...                    "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2, 6)]})
    >>> cut = {"back": {"when": "order_count > 1"}, "once": {"otherwise": True}}
    >>> rules(orders, cut, as_of="2025-06-15").customers.column("rules").to_pylist()
    ['back', 'once']
    """
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
    clean: Mapping[str, Any] | None = None,
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
        clean: what is cleaned, as in the plan: `{"zero_price": "keep"}` counts orders that cost nothing.

    Raises:
        VitrailError: a column is not recognised, nothing is left.

    >>> import pyarrow as pa
    >>> orders = pa.table({"client": ["ann", "bob", "ann"], "amount": [60, 30, 10],
    ...                    "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2, 6)]})
    >>> one = profiles(orders, as_of="2025-06-15", columns={"customer_id": "client"}).to_dict()[0]
    >>> one["customer_id"], one["order_count"], one["recency_days"], one["total_amount"]
    ('ann', 2, 14, Decimal('70.0000'))
    """
    common = Common(
        columns=columns,
        customers=customers,
        refunds=refunds,
        currency=currency,
        language=language,
        clean=clean,
    )
    return _compute("profiles", {}, orders, as_of, common)


def _segment(
    key: str, spec: type[Any], orders: Any, as_of: dt.date | str, options: Mapping[str, Any]
) -> SegmentationResult:
    own = {name: value for name, value in options.items() if name not in COMMON}
    common: Any = {name: value for name, value in options.items() if name in COMMON}
    parsed = parse_block(spec, {"method": key, **own}, key)
    return _compute(key, {key: parsed}, orders, as_of, common)


def _compute(
    function: str,
    segmentations: Mapping[str, SegmentationSpec],
    orders: Any,
    as_of: dt.date | str,
    common: Common,
) -> SegmentationResult:
    with segmented_orders(function, orders, as_of, common, {"segmentations": dict(segmentations)}) as found:
        segmented, engine, language = found.segmented, found.engine, common.get("language", "en")
        names = [*profile_columns(segmented.variables)]
        names += [name for each in segmented.segmentations for name in (*each.scores, each.key)]
        rows = exp.select(*(column(name) for name in names)).from_("segmented").order_by("customer_id")
        products = "sales" if "product_id" in segmented.collected.line_columns else None
        segments = describe_segments(
            engine, segmented.segmentations, found.as_of, "segmented", language, products
        )
        return SegmentationResult(
            customers=engine.arrow(rows),
            segments=segments,
            segmentation=segmented.segmentations[0] if segmented.segmentations else None,
            findings=found.notes,
            as_of=found.as_of,
            language=language,
            currency=common.get("currency"),
        )
