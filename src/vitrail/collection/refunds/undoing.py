"""Which sale a cancellation undoes.

*Model.* A cancellation undoes the newest earlier line of the same customer, product, unit price and
(opposite) quantity that nothing else has undone: last in, first out, one for one, as brackets close. Files
without products are matched on customer and amount.
*Assumes.* A cancellation is booked for the same quantity and price as its sale. A partial return has no
such original; it stays and is subtracted.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from vitrail.collection.ties import tell_apart
from vitrail.engine import Query, column, sql


def compile_matches(
    lines: str, columns: Collection[str], cancelling: exp.Expr, kept: exp.Expr, own: bool = False
) -> Query:
    """The rows of working table `lines` that undo one another.

    Args:
        lines: a stored table with `customer_id`, `ordered_at`, `amount`, and what else a file has.
        columns: its columns.
        cancelling: the condition that tells a cancelling line (negative).
        kept: the condition that nothing else takes a line out; only such lines are matched.
        own: whether a cancellation undoes only a sale of its own order number.

    Returns:
        A query of two columns: `line` (the table's row id) and `undone` (true for the sale, false for
        the cancellation).
    """
    keys = ["customer_id", *(name for name in ("product_id",) if name in columns)]
    if own:
        keys.append("order_id")
        kept = exp.and_(kept, sql("order_id is not null"))
    sizes = [name for name in ("quantity", "unit_price", "amount") if name in columns]
    marked = exp.select("*", sql("rowid").as_("_line"), cancelling.as_("_cancelling"))
    marked = marked.select(*(sql("abs($size)", size=column(name)).as_(f"_{name}") for name in sizes))
    marked = marked.from_(lines).where(kept)
    names = [column(name) for name in (*keys, *(f"_{name}" for name in sizes))]
    touched = exp.select(*names).from_("marked").where(column("_cancelling")).distinct()
    joined = exp.and_(
        *(sql("$a is not distinct from $b", a=column(n.name, "m"), b=column(n.name, "t")) for n in names)
    )
    order = ["order_id"] if "order_id" in columns and not own else []
    told = sorted({*columns} - {*keys, "ordered_at"})
    candidates = (
        exp.select(*(column(n.name, "m") for n in names), "m.ordered_at", "m._cancelling", "m._line")
        .select(*(column(name, "m") for name in told))
        .from_(exp.to_table("marked").as_("m"))
        .join(exp.to_table("touched").as_("t"), on=joined, join_type="semi")
    )
    sequence: list[exp.Expr] = [
        exp.Ordered(this=column(each)) for each in ("ordered_at", "_cancelling", *order)
    ]
    sequence += [*tell_apart(told), exp.Ordered(this=column("_line"))]

    def over(window: exp.Window, partition: list[exp.Column]) -> exp.Expr:
        window.set("partition_by", [each.copy() for each in partition])
        window.args["order"].set("expressions", [each.copy() for each in sequence])
        return window

    depth = over(
        sql(
            "sum(case when _cancelling then -1 else 1 end) over "
            "(order by 1 rows between unbounded preceding and current row)"
        ),
        names,
    )
    # A sale opens the bracket it reaches, a cancellation closes the bracket it leaves; on one level they
    # alternate, so a cancellation's sale is its neighbour.
    level = sql("$depth + case when _cancelling then 1 else 0 end", depth=depth)
    levels = exp.select("*", level.as_("level")).from_("candidates")
    bracket = [*names, column("level")]
    return (
        exp.select(column("_line").as_("line"), sql("not _cancelling").as_("undone"))
        .from_("levels")
        .qualify(
            exp.case()
            .when(
                column("_cancelling"), over(sql("lag(not _cancelling, 1, false) over (order by 1)"), bracket)
            )
            .else_(over(sql("lead(_cancelling, 1, false) over (order by 1)"), bracket))
        )
        .with_("marked", as_=marked)
        .with_("touched", as_=touched)
        .with_("candidates", as_=candidates)
        .with_("levels", as_=levels)
    )
