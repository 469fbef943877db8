"""Journeys: what customers buy first, second, third, and whether there is a next order at all.

Model: a customer's orders in the order of their moments (then of their numbers) are steps; a step is the
    category, product or whatever else most of the order's money went to, the channel, or the order's size.
    Whoever has no next order is either *no further order yet* (their last is `patience` days old or more) or
    *too recent to tell*; the two are never added up. The share that returns within `patience` is that of the
    customers whose order is at least so old, so that those who had no time to return are in neither part.
Assumes: the first order in the data is the first there was. Patience, unless given, is the time within
    which nine in ten of the returns seen between these steps happened; those later than the data reach are
    not among them, so that on short histories it is short.
Source: the two ends are right-censoring as in Kalbfleisch & Prentice, "The statistical analysis of failure
    time data", 2nd edition, 2002, section 1.3; the interval of a share is Wilson's (1927).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.findings import Finding
from vitrail.insight.buying import load_names
from vitrail.insight.groups import Groups, by_segment
from vitrail.insight.steps import choose_bands, choose_steps, compile_order_steps
from vitrail.plan import shift
from vitrail.plan.pictures import BASKET, JourneysSpec
from vitrail.statistics.shares import wilson_interval

LEAST_GAPS = 30  # returns from which patience can be told
QUANTILE = 0.9
VALUE, OTHER, MISSING, STOPPED, RECENT = "value", "other", "missing", "no_further_order", "too_recent"
"""What a step can be: a value by its name, the rarer values together, none recorded, and the two ends."""

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),  # null: everyone
        ("step", pa.int64()),  # of the source, from 1
        ("source_kind", pa.string()),
        ("source", pa.string()),
        ("target_kind", pa.string()),
        ("target", pa.string()),
        ("customers", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class JourneysResult:
    """How customers go from one order to the next.

    Args:
        of: what tells orders apart.
        orders: how many of each customer are followed.
        customers: customers with an order.
        first_day: the day of the first order there is.
        patience_days: the days after which one speaks of no further order; None where too few returned.
        gaps: the returns it was told from; 0 where it was given.
        bands: of baskets, the amounts that open the second, third … band.
        values: the values told apart, the most frequent first, with their names.
        links: rows as in `SCHEMA`.
        returns: by segment and step: customers whose order is old enough (`told`), of whom `returned`.
    """

    of: str
    orders: int
    customers: int
    first_day: dt.date | None
    patience_days: int | None
    gaps: int
    bands: tuple[Decimal, ...]
    values: Mapping[str, str]
    groups: Groups
    links: tuple[dict[str, Any], ...]
    returns: tuple[dict[str, Any], ...]

    def to_arrow(self) -> pa.Table:
        """One row a segment, step, source and target: how many customers went from one to the other."""
        return pa.Table.from_pylist(list(self.links), schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        names = ("of", "orders", "customers", "first_day", "patience_days", "gaps", "links", "returns")
        plain = {name: getattr(self, name) for name in names}
        return {**plain, "bands": list(self.bands), "values": dict(self.values), **self.groups.to_dict()}


def analyse_journeys(
    engine: Engine, spec: JourneysSpec, groups: Groups, as_of: dt.date
) -> tuple[JourneysResult | None, tuple[Finding, ...]]:
    """From one order to the next, from `orders` and `order_lines`; None where nobody ordered."""
    orders, lines = (engine.columns(exp.select("*").from_(table)) for table in ("orders", "order_lines"))
    of = spec.of or choose_steps(engine, lines)
    bands = choose_bands(engine) if of == BASKET else ()
    engine.create("journey_steps", compile_order_steps(orders, lines, of, spec.orders, bands))
    try:
        patience, gaps = _choose_patience(engine, spec, as_of)
        head = engine.records(
            sql("select min(day) as day, count(distinct customer_id) as customers from journey_steps")
        )[0]
        if not head["customers"]:
            return None, ()
        values = _load_values(engine, len(bands) + 1 if of == BASKET else spec.most, of)
        rows = engine.records(compile_links(groups, values, as_of, patience, spec.orders))
        links = tuple(_links(rows, groups, values))
        returns = _load_returns(engine, groups, as_of, patience, spec.orders)
    finally:
        engine.drop("journey_steps")
    customers, first_day = int(head["customers"]), head["day"]
    findings = () if patience is not None else (_patience_unknown(gaps),)
    result = JourneysResult(
        of, spec.orders, customers, first_day, patience, gaps, bands, values, groups, links, returns
    )
    return result, findings


def _patience_unknown(gaps: int) -> Finding:
    return Finding("journeys_patience_unknown", "info", "", {"have": gaps, "need": LEAST_GAPS})


def _choose_patience(engine: Engine, spec: JourneysSpec, as_of: dt.date) -> tuple[int | None, int]:
    """The days of patience, and the returns it is told from (none where it is given)."""
    if spec.patience:
        return (as_of - shift(as_of, spec.patience, -1)).days, 0
    found = engine.records(
        sql(
            """
            select count(*) as gaps, quantile_cont(gap, $part) as days
            from (select day - lag(day) over (partition by customer_id order by position) as gap
                from journey_steps) as gaps
            where gap > 0
            """,
            part=QUANTILE,
        )
    )[0]
    return (math.floor(found["days"]) + 1 if found["gaps"] >= LEAST_GAPS else None), int(found["gaps"])


def _load_values(engine: Engine, most: int, of: str) -> dict[str, str]:
    """The most frequent values, the most frequent first, by their names; the bands of baskets by size."""
    rows = engine.records(
        sql(
            """
            select value, count(*) as steps from journey_steps where value is not null
            group by value order by steps desc, value limit $most
            """,
            most=most,
        )
    )
    values = [row["value"] for row in rows]
    if of == BASKET:
        return {value: value for value in sorted(values)}
    return load_names(engine, engine.columns(sql("select * from order_lines")), of, values)


def compile_links(
    groups: Groups,
    values: Collection[str],
    as_of: dt.date,
    patience: int | None,
    most: int,
    table: str = "journey_steps",
) -> Query:
    """Customers by `segment`, `step`, coded `source` and `target`.

    A code is `=` and a value, or one of the kinds. A customer with fewer than `most` steps ends in one of the
    two ends; all customers have a link from step 1.
    """
    step = sql(
        "case when value is null then $missing when $known then '=' || value else $other end",
        missing=MISSING,
        other=OTHER,
        known=column("value").isin(*values) if values else exp.false(),
    )
    waited = sql("date_diff('day', max(day), $as_of) >= $patience", as_of=as_of, patience=patience)
    path = sql(
        """
        list($step order by position)
            || case when count(*) >= $most then [] when $waited then [$stopped] else [$recent] end
        """,
        step=step,
        most=most,
        waited=waited if patience is not None else exp.false(),
        stopped=STOPPED,
        recent=RECENT,
    )
    paths = exp.select("customer_id", path.as_("path")).from_(table).group_by("customer_id")
    grouped = exp.select(groups.key.as_("_key"), "paths.path", sql("count(*)").as_("customers"))
    grouped = grouped.from_(paths.subquery("paths")).join(
        groups.table, on=sql("paths.customer_id = $id", id=column("customer_id", groups.table))
    )
    pairs = sql(
        """
        select _key, step, path[step] as source, path[step + 1] as target, sum(customers) as customers
        from (select *, unnest(range(1, len(path))) as step from $grouped) as pairs
        group by _key, step, source, target
        """,
        grouped=grouped.group_by("all").subquery("grouped"),
    )
    return groups.roll_up(pairs, ["step", "source", "target"], ["customers"])


def _links(
    rows: Sequence[Mapping[str, Any]], groups: Groups, values: Collection[str]
) -> Iterator[dict[str, Any]]:
    """The links in the order of segments, steps and values, their codes read."""
    places = {
        code: at for at, code in enumerate([*(f"={v}" for v in values), OTHER, MISSING, STOPPED, RECENT])
    }
    key = groups.segmentation.key if groups.segmentation else None
    own = by_segment(rows)
    for segment in (None, *groups.segments):
        ordered = sorted(
            own.get(segment, ()), key=lambda row: (row["step"], places[row["source"]], places[row["target"]])
        )
        for row in ordered:
            link = {"segmentation": key, "segment": segment, "step": int(row["step"])}
            for side in ("source", "target"):
                code = row[side]
                link |= (
                    {f"{side}_kind": VALUE, side: code[1:]}
                    if code[0] == "="
                    else {f"{side}_kind": code, side: None}
                )
            yield link | {"customers": int(row["customers"])}


def _load_returns(
    engine: Engine, groups: Groups, as_of: dt.date, patience: int | None, most: int
) -> tuple[dict[str, Any], ...]:
    """By segment and step: of customers whose order is old enough, how many returned within patience."""
    if patience is None:
        return ()
    steps = sql(
        """
        select customer_id, position, day, lead(day) over (partition by customer_id order by position) as next
        from journey_steps
        """
    )
    summed = exp.select(
        groups.key.as_("_key"),
        sql("steps.position").as_("step"),
        sql("count(*)").as_("told"),
        sql("count(*) filter (where date_diff('day', steps.day, steps.next) < $days)", days=patience).as_(
            "returned"
        ),
    ).from_(steps.subquery("steps"))
    summed = summed.join(
        groups.table, on=sql("steps.customer_id = $id", id=column("customer_id", groups.table))
    ).where(
        sql("steps.position < $most", most=most),
        sql("date_diff('day', steps.day, $as_of) >= $days", as_of=as_of, days=patience),
    )
    rows = by_segment(engine.records(groups.roll_up(summed.group_by("all"), ["step"], ["told", "returned"])))
    found = []
    for segment in (None, *groups.segments):
        for row in sorted(rows.get(segment, ()), key=lambda row: int(row["step"])):
            told, returned = int(row["told"]), int(row["returned"])
            low, high = wilson_interval(returned, told)
            figures = {"step": int(row["step"]), "told": told, "returned": returned}
            found.append({"segment": segment, **figures, "share": returned / told, "low": low, "high": high})
    return tuple(found)
