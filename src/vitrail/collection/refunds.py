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


def compile_matches(lines: str, columns: Collection[str], cancelling: exp.Expr, kept: exp.Expr) -> Query:
    """The rows of working table `lines` that undo one another.

    Args:
        lines: a stored table with `customer_id`, `ordered_at`, `amount`, and what else a file has.
        columns: its columns.
        cancelling: the condition that tells a cancelling line (negative).
        kept: the condition that nothing else takes a line out; only such lines are matched.

    Returns:
        A query of two columns: `line` (the table's row id) and `undone` (true for the sale, false for
        the cancellation).
    """
    keys = ["customer_id", *(name for name in ("product_id",) if name in columns)]
    sizes = [name for name in ("quantity", "unit_price", "amount") if name in columns]
    marked = exp.select("*", sql("rowid").as_("_line"), cancelling.as_("_cancelling"))
    marked = marked.select(*(sql("abs($size)", size=column(name)).as_(f"_{name}") for name in sizes))
    marked = marked.from_(lines).where(kept)
    names = [column(name) for name in (*keys, *(f"_{name}" for name in sizes))]
    touched = exp.select(*names).from_("marked").where(column("_cancelling")).distinct()
    joined = exp.and_(
        *(sql("$a is not distinct from $b", a=column(n.name, "m"), b=column(n.name, "t")) for n in names)
    )
    order = [column("order_id", "m")] if "order_id" in columns else []
    candidates = (
        exp.select(*(column(n.name, "m") for n in names), "m.ordered_at", "m._cancelling", "m._line", *order)
        .select(tell_apart(columns, "m").as_("_words"))
        .from_(exp.to_table("marked").as_("m"))
        .join(exp.to_table("touched").as_("t"), on=joined, join_type="semi")
    )
    last = [*(column(each.name) for each in order), column("_words"), column("_line")]
    sequence = [exp.Ordered(this=each) for each in (column("ordered_at"), column("_cancelling"), *last)]

    def over(value: str, partition: list[exp.Column], rows: str = "") -> exp.Expr:
        window: exp.Window = sql(f"{value} over (order by _cancelling{rows})")
        window.set("partition_by", [each.copy() for each in partition])
        window.args["order"].set("expressions", [each.copy() for each in sequence])
        return window

    running = " rows between unbounded preceding and current row"
    depth = over("sum(case when _cancelling then -1 else 1 end)", names, running)
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
            .when(column("_cancelling"), over("lag(not _cancelling, 1, false)", bracket))
            .else_(over("lead(_cancelling, 1, false)", bracket))
        )
        .with_("marked", as_=marked)
        .with_("touched", as_=touched)
        .with_("candidates", as_=candidates)
        .with_("levels", as_=levels)
    )
