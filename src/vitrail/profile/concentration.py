"""One customer that holds a great share of all orders or of all revenue: often an account, no customer.

Walk-in sales booked on one code (« client comptoir »), a marketplace that orders for its buyers, tests: such
an account is the best customer of every scale, and its segment tells of nothing else.

Model: the greatest share of one customer in the orders, and in the revenue of those with a positive total.
Assumes: from 50 buyers on, no single one holds a tenth. In ordinary bases the first holds 0.3 to 9 %: 3.1 %
of the revenue of Online Retail (4,338 buyers), 2.7 % of CDNOW's (2,357), 9.0 % of the French buyers of the
former alone (87) and 8.7 % of the German ones (94). Among fewer than 50 a tenth is usual: a fifth among 30.
"""

from __future__ import annotations

from vitrail.engine import Engine, sql
from vitrail.findings import Finding

LEAST_BUYERS = 50
GREAT_SHARE = 0.1


def check_concentration(engine: Engine, place: str) -> tuple[Finding, ...]:
    """Whether one customer of `profile` holds a great share; who it is, is not told."""
    [row] = engine.records(
        sql(
            """
            with greatest as (
                select count(*) filter (where order_count > 0) as buyers,
                    max(order_count) as most_orders, max(total_amount) as most_spent,
                    max(order_count) / nullif(sum(order_count), 0) as orders,
                    max(total_amount) / nullif(sum(greatest(total_amount, 0)), 0) as revenue
                from profile
            )
            select buyers, coalesce(orders, 0)::double as orders, coalesce(revenue, 0)::double as revenue,
                (select count(*) from profile
                    where order_count = most_orders and total_amount = most_spent) as alike
            from greatest
            """
        )
    )
    great = {name: row[name] for name in ("orders", "revenue") if row[name] >= GREAT_SHARE}
    if row["buyers"] < LEAST_BUYERS or not great:
        return ()
    figures = {"customers": row["buyers"]}
    if len(great) == 2 and row["alike"]:
        return (Finding("one_customer_both", "warning", place, {**figures, **great}),)
    return tuple(
        Finding(f"one_customer_{name}", "warning", place, {**figures, "share": share})
        for name, share in great.items()
    )
