"""The cleaning funnel counted: rows and money at each step, in one scan of the recorded lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.cleaning import STEPS
from vitrail.collection.refunds.signs import given_back, net_amount
from vitrail.engine import Engine, expression, sql

FUNNEL = pa.schema(
    [
        ("source", pa.string()),
        ("step", pa.string()),
        ("rows", pa.int64()),
        ("amount", pa.decimal128(38, 4)),
        ("removed", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps, and what the same scan tells of the lines that exist at the as-of date.

    Args:
        table: one row a source and step (see `FUNNEL`): `read`, what each step takes out, `returned` (money
            that kept orders gave back, no rows), `kept`; then, not removed, the `refunds` that are
            subtracted and the `duplicates` that are kept.
        data_until: the newest moment.
        has_refunds: whether anything is taken back.
        has_hours: whether orders have a time of day.
    """

    table: pa.Table
    data_until: dt.datetime | None
    has_refunds: bool
    has_hours: bool

    def taken(self, source: str) -> set[str]:
        """The steps that took a line of `source` out."""
        return {row["step"] for row in self.table.to_pylist() if row["source"] == source and row["removed"]}


def count_steps(engine: Engine, columns: Collection[str], as_of: dt.date) -> Funnel:
    """Count `recorded_lines` by source and step."""
    steps = engine.records(
        sql(
            """
            select source, step, count(*) as rows, sum(amount) as amount,
                count(*) filter (where amount < 0) as refunds,
                sum(amount) filter (where amount < 0) as refunded,
                sum($given_back) as given_back,
                max(ordered_at) filter (where ordered_at < $as_of) as until,
                bool_or(ordered_at < $as_of and ordered_at <> date_trunc('day', ordered_at)) as hours,
                bool_or((amount < 0 or step = 'cancelled' or $given_back > 0)
                        and (step is null or step in ('voided', 'cancelled'))) as taken_back
            from recorded_lines group by source, step order by source
            """,
            as_of=as_of,
            given_back=given_back(columns),
        )
    )
    rows: list[dict[str, object]] = []
    for source in dict.fromkeys(step["source"] for step in steps):
        own = {step["step"]: step for step in steps if step["source"] == source}

        def add(name: str, count: int, amount: object, removed: bool, source: str = source) -> None:
            rows.append(
                {"source": source, "step": name, "rows": count, "amount": amount or 0, "removed": removed}
            )

        add("read", sum(s["rows"] for s in own.values()), sum(s["amount"] or 0 for s in own.values()), False)
        for name in STEPS:
            if name in own:
                add(name, own[name]["rows"], own[name]["amount"], True)
        kept = own.get(None)
        returned = kept["given_back"] if kept else 0
        if returned:
            add("returned", 0, returned, True)
        add("kept", kept["rows"] if kept else 0, (kept["amount"] or 0) - returned if kept else 0, False)
        if kept and kept["refunds"]:
            add("refunds", kept["refunds"], kept["refunded"], False)
    return Funnel(
        table=pa.Table.from_pylist(rows, schema=FUNNEL),
        data_until=max((s["until"] for s in steps if s["until"] is not None), default=None),
        has_refunds=any(s["taken_back"] for s in steps),
        has_hours=any(s["hours"] for s in steps),
    )


def hash_order() -> exp.Expr:
    """What rows of one order have in common, in a number that is quick to compare."""
    return expression("hash(customer_id, order_id)")


def count_duplicates(engine: Engine, funnel: pa.Table, numbered: bool) -> pa.Table:
    """The funnel with a row for the kept lines that equal an earlier one in every column of their file.

    Makes the working table `repeated_rows`: the rows that are there several times.

    Args:
        numbered: whether sources number their orders; a repeated row has then an `order_hash`.
    """
    query: exp.Select = sql(
        "select source, _row_hash, count(*) - 1 as more from kept_lines "
        "group by source, _row_hash having count(*) > 1"
    )
    if numbered:
        query = query.select(sql("any_value($order_hash) as order_hash", order_hash=hash_order()))
    engine.create("repeated_rows", query)
    repeated = engine.records(
        sql("select source, sum(more)::bigint as rows from repeated_rows group by source order by source")
    )
    rows = [
        {"source": each["source"], "step": "duplicates", "rows": each["rows"], "removed": False}
        for each in repeated
    ]
    return pa.concat_tables([funnel, pa.Table.from_pylist(rows, schema=FUNNEL)])


def take_out_nobodys(engine: Engine, funnel: pa.Table, columns: Collection[str]) -> pa.Table:
    """The funnel without the kept lines of customers who have no purchase: refunds of what came before.

    They are in nobody's figures, of the register or not, so they are a step of their own, `no_purchase`, and
    `order_lines` is made anew without them. Reads `kept_lines` and `orders`.
    """
    engine.create(
        "nobodys",
        sql(
            """
            select customer_id, source, count(*) as rows, sum($net) as amount
            from kept_lines anti join (select distinct customer_id from orders) as buyers using (customer_id)
            group by customer_id, source
            """,
            net=net_amount(columns),
        ),
    )
    found = engine.records(
        sql("select source, sum(rows)::bigint as rows, sum(amount) as amount from nobodys group by source")
    )
    if not found:
        return funnel
    engine.view("order_lines", sql("select * from kept_lines anti join nobodys using (customer_id)"))
    nobodys = {row["source"]: row for row in found}
    rows = []
    for row in funnel.to_pylist():
        own = nobodys.get(row["source"])
        if own and row["step"] == "kept":
            rows.append({**row, "step": "no_purchase", **own, "removed": True})
        if own and row["step"] in ("kept", "refunds"):
            row |= {"rows": row["rows"] - own["rows"], "amount": row["amount"] - own["amount"]}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=FUNNEL)
