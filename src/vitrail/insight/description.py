"""What each segment is like: size, money, means and medians, how it differs, where and what it buys.

Model: the difference of a variable is the mean in the segment less the mean of all other customers, with the
    95 % Welch interval (`vitrail.statistics.welch`), over the customers who have the variable.
Repeatable: sums and sums of squares are taken over whole numbers (`vitrail.engine.whole`), so that figures do
    not depend on the order of rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, Whole, choose_whole, column, expression, sql
from vitrail.i18n import Language
from vitrail.insight.rankings import Sold, load_top_countries, load_top_products
from vitrail.segments import Segmentation
from vitrail.segments.base import Base, load_base
from vitrail.segments.memberships import compile_members
from vitrail.statistics.welch import Moments, estimate_difference

DESCRIBED = ("recency_days", "order_count", "total_amount", "mean_order_amount", "days_between_orders")
"""The variables a segment is described by, where the profile has them."""


def describe_segments(
    engine: Engine,
    segmentations: Sequence[Segmentation],
    as_of: dt.date,
    table: str,
    language: Language = "en",
    products: str | None = None,
) -> pa.Table:
    """One row a segment, in plan order, those that hold nobody included: the columns of `segments.parquet`.

    Means, medians and differences are over customers who have ordered.

    One scan a segmentation for the figures, however many segments it has.

    Args:
        as_of: the day that `recency_days` counts from.
        table: the profile with its segmentation columns.
        language: of the labels.
        products: a table of `customer_id`, `product_name` (or `product_id`) and `amount`, if there is one.
    """
    base = load_base(engine, table)
    units = _choose_units(base)
    read = [name for name in dict.fromkeys((*DESCRIBED, "country")) if name in base.columns]
    everyone = exp.select(exp.null().as_("segment"), *(column(name) for name in read)).from_(table)
    whole = _load_figures(base, units, everyone, medians=False).get(None, _nobody(units))
    best_sellers = load_top_products(engine, segmentations, table, products) if products else {}
    rows = []
    for each in segmentations:
        members = compile_members(each, table, read)
        figures = _load_figures(base, units, members)
        countries = load_top_countries(engine, members) if "country" in base.columns else {}
        for segment in each.segments:
            found = figures.get(segment.key, _nobody(units))
            sold = best_sellers.get((each.key, segment.key), Sold([], None))
            rows.append(
                {
                    "segmentation": each.key,
                    "segment": segment.key,
                    "label": segment.label[language],
                    **_describe(found, whole, as_of),
                    "top_countries": [
                        {"name": name, "share": customers / found.customers}
                        for name, customers in countries.get(segment.key, ())
                    ],
                    "countries_known": found.located / found.customers
                    if found.customers and "country" in base.columns
                    else None,
                    "top_products": [{"name": name, "amount": amount} for name, amount in sold.first],
                    "products_known": sold.known,
                }
            )
    return pa.Table.from_pylist(rows, schema=_schema(units))


@dataclass(frozen=True, slots=True)
class _Figures:
    """The sums of one segment; `moments` and `medians` by variable, `located` whose country is known."""

    customers: int
    located: int
    revenue: Any
    recency_days: int | None
    moments: Mapping[str, Moments]
    medians: Mapping[str, float | None]


def _nobody(units: Mapping[str, Whole]) -> _Figures:
    return _Figures(0, 0, 0, None, {name: Moments(0, Fraction(0), Fraction(0)) for name in units}, {})


def _describe(segment: _Figures, whole: _Figures, as_of: dt.date) -> dict[str, Any]:
    known = None not in (segment.revenue, whole.revenue)  # no sum of money has more than 34 digits
    row: dict[str, Any] = {
        "customers": segment.customers,
        "share": segment.customers / whole.customers if whole.customers else None,
        "revenue": segment.revenue if known else None,
        "revenue_share": float(Fraction(segment.revenue) / Fraction(whole.revenue))
        if known and whole.revenue
        else None,
    }
    for name, moments in segment.moments.items():
        difference = estimate_difference(moments, whole.moments[name] - moments)
        row |= {
            f"mean_{name}": float(moments.mean) if moments.count else None,
            f"median_{name}": segment.medians.get(name),
            f"difference_{name}": difference.value,
            f"difference_{name}_low": difference.low,
            f"difference_{name}_high": difference.high,
        }
    last = segment.recency_days
    return row | {"last_order_on": None if last is None else as_of - dt.timedelta(days=last)}


def _choose_units(base: Base) -> dict[str, Whole]:
    """How each described variable becomes whole numbers."""
    present = [name for name in DESCRIBED if name in base.columns]
    sizes = {name: sql("max(abs($x))::double", x=base.value(name)) for name in present}
    greatest = base.record(sizes) if sizes else {}
    units = {}
    for name in present:
        kind, most = base.columns[name], greatest[name]
        exact = int(kind.rstrip(")").rpartition(",")[2]) if "," in kind else 0
        units[name] = choose_whole(
            most, most, base.customers, decimals=None if base.is_float(name) else exact
        )
    return units


def _of_buyers(base: Base, name: str) -> exp.Expr:
    """A variable of those who have ordered: a zero of people who never did is no small purchase."""
    if "order_count" not in base.columns:
        return base.value(name)
    return expression("case when order_count > 0 then $x end", x=base.value(name))


def _load_figures(
    base: Base, units: Mapping[str, Whole], members: Query, medians: bool = True
) -> dict[str | None, _Figures]:
    """The figures of each `segment` of `members`: one scan."""
    scaled = {name: unit.compile(_of_buyers(base, name)) for name, unit in units.items()}
    sums: dict[str, exp.Expr] = {
        "customers": sql("count(*)"),
        "located": sql("count($x)", x=_column(base, "country")),
        "revenue": sql(
            "try_cast(coalesce(sum($x), 0) as decimal(38, 4))"
            if "total_amount" in base.columns
            else "null::decimal(38, 4)",
            x=_column(base, "total_amount"),
        ),
        "recency": sql("min($x)::bigint", x=_column(base, "recency_days")),
    }
    for name, value in scaled.items():
        sums[f"count_{name}"] = sql("count($x)", x=value)
        sums[f"total_{name}"] = sql("coalesce(sum($x), 0)", x=value)
        sums[f"squares_{name}"] = sql("coalesce(sum($x::hugeint * $x), 0)", x=value)
        if medians:
            sums[f"median_{name}"] = sql("quantile_cont($x, 0.5)::double", x=_of_buyers(base, name))
    query = exp.select("segment", *(exp.alias_(value, name) for name, value in sums.items()))
    records = base.engine.records(query.from_(members.subquery("members")).group_by("segment"))
    return {record["segment"]: _read_figures(record, units) for record in records}


def _read_figures(record: Mapping[str, Any], units: Mapping[str, Whole]) -> _Figures:
    moments = {
        name: Moments(
            record[f"count_{name}"],
            unit.read_sum(record[f"total_{name}"]),
            unit.read_squares(record[f"squares_{name}"]),
        )
        for name, unit in units.items()
    }
    medians = {name: record.get(f"median_{name}") for name in units}
    return _Figures(
        record["customers"], record["located"], record["revenue"], record["recency"], moments, medians
    )


def _column(base: Base, name: str) -> exp.Expr:
    return column(name) if name in base.columns else exp.null()


def _schema(units: Mapping[str, Whole]) -> pa.Schema:
    figures = [
        (name, pa.float64())
        for variable in units
        for name in (
            f"mean_{variable}",
            f"median_{variable}",
            f"difference_{variable}",
            f"difference_{variable}_low",
            f"difference_{variable}_high",
        )
    ]
    money = pa.decimal128(38, 4)
    return pa.schema(
        [
            ("segmentation", pa.string()),
            ("segment", pa.string()),
            ("label", pa.string()),
            ("customers", pa.int64()),
            ("share", pa.float64()),
            ("revenue", money),
            ("revenue_share", pa.float64()),
            *figures,
            ("last_order_on", pa.date32()),
            ("top_countries", pa.list_(pa.struct([("name", pa.string()), ("share", pa.float64())]))),
            ("countries_known", pa.float64()),
            ("top_products", pa.list_(pa.struct([("name", pa.string()), ("amount", money)]))),
            ("products_known", pa.float64()),
        ]
    )
