"""What the members of each segment bought, as the portfolio compares it, and whether they still buy."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.insight.groups import Groups
from vitrail.plan import shift
from vitrail.profile import compile_product_amount
from vitrail.segments.model import no_order_condition

STILL_BUYING, RETURNED, LEAST_GAPS, LONG_DAYS = 0.5, 0.9, 30, 365
"""A segment still buys where at least so many of its members have ordered within the days in which so many
returns happened; within a year where fewer returns than the third tell."""
ORDERS_STRATA = (1, 2, 3, 5, 9, 17)
"""The least number of orders of each stratum of customers who are alike: 1, 2, 3–4, 5–8, 9–16, 17 or more."""


@dataclass(slots=True)
class Bought:
    """What one segment bought of one item: its buyers by stratum of orders, and what they spent on it."""

    buyers: dict[int, int]
    amount: Decimal


def choose_items(engine: Engine, lines: Mapping[str, str]) -> str | None:
    """Categories where there are two or more, else products."""
    if "category" in lines:
        several = sql("select count(distinct category) > 1 as several from order_lines")
        if engine.records(several)[0]["several"]:
            return "category"
    return "product_id" if "product_id" in lines else None


def compile_bought(lines: Mapping[str, str], of: str, within: str | None, as_of: dt.date) -> Query:
    """One row a customer and item bought: `item`, and `amount` net of returns.

    Args:
        lines: the columns of `order_lines`; `of` the one that names what is bought.
        within: how recent purchases must be; None for all.
    """
    since = expression("ordered_at >= $since", since=shift(as_of, within, -1)) if within else exp.true()
    query: Query = sql(
        """
        select customer_id, $of as item, cast(sum($amount) as decimal(38, 4)) as amount
        from order_lines where $of is not null and $since
        group by customer_id, $of having bool_or($amount >= 0)
        """,
        of=_item(lines, of),
        amount=compile_product_amount(lines),
        since=since,
    )
    return query


def _item(lines: Mapping[str, str], of: str) -> exp.Expr:
    item: exp.Expr = sql("$of" if lines.get(of) == "VARCHAR" else "cast($of as varchar)", of=column(of))
    return item


def load_bought(
    engine: Engine, most: int, groups: Groups
) -> tuple[dict[str | None, dict[int, int]], dict[tuple[str | None, str], Bought], tuple[str, ...], int]:
    """Members by segment and stratum, what they bought by segment and item, the items by buyers.

    Reads the working table `portfolio_bought`, as `compile_bought` makes it.

    Returns:
        the three, and how many items there are in all; of these, the `most` with the most buyers are told.
    """
    has = engine.columns(sql("select * from $table", table=exp.to_table(groups.table)))
    buyer = sql("not $none", none=no_order_condition(has))
    stratum = exp.Case()
    for least in reversed(ORDERS_STRATA[1:]):
        stratum = stratum.when(sql("order_count >= $least", least=least), exp.Literal.number(least))
    graded = stratum.else_(exp.Literal.number(1)) if "order_count" in has else exp.Literal.number(1)
    counted = exp.select(groups.key.as_("_key"), graded.as_("stratum"), sql("count(*)").as_("customers"))
    counted = counted.from_(groups.table).where(buyer).group_by("all")
    members: dict[str | None, dict[int, int]] = defaultdict(dict)
    for row in engine.records(groups.roll_up(counted, ["stratum"], ["customers"])):
        members[row["segment"] or None][row["stratum"]] = int(row["customers"])
    top = engine.records(
        sql(
            """
            select item, count(*) as buyers, count(*) over () as items
            from portfolio_bought group by item order by buyers desc, item limit $most
            """,
            most=most,
        )
    )
    kept = exp.select(groups.key.as_("_key"), graded.as_("stratum"), "portfolio_bought.item")
    kept = kept.select(sql("count(*)").as_("buyers"), sql("sum(portfolio_bought.amount)").as_("amount"))
    kept = kept.from_("portfolio_bought").join(
        groups.table, on=sql("portfolio_bought.customer_id = $id", id=column("customer_id", groups.table))
    )
    wanted = column("item", "portfolio_bought").isin(*(row["item"] for row in top)) if top else exp.false()
    kept = kept.where(wanted, buyer).group_by("all")
    bought: dict[tuple[str | None, str], Bought] = {}
    for row in engine.records(groups.roll_up(kept, ["stratum", "item"], ["buyers", "amount"])):
        own = bought.setdefault((row["segment"] or None, row["item"]), Bought({}, Decimal(0)))
        own.buyers[row["stratum"]] = int(row["buyers"])
        own.amount += row["amount"]
    return dict(members), bought, tuple(row["item"] for row in top), int(top[0]["items"]) if top else 0


def load_patience(engine: Engine) -> int:
    """The days within which nine returns in ten happened."""
    if "gap_days" not in engine.columns(sql("select * from orders")):
        return LONG_DAYS
    query = sql("select count(*) as gaps, quantile_cont(gap_days, $part) as days from orders", part=RETURNED)
    found = engine.records(query.where(sql("gap_days > 0")))[0]
    return round(found["days"]) if found["gaps"] >= LEAST_GAPS else LONG_DAYS


def load_buying(engine: Engine, groups: Groups, days: int) -> dict[str | None, bool]:
    """By segment, whether it still buys; empty where nothing tells when its members last ordered."""
    has = engine.columns(sql("select * from $table", table=exp.to_table(groups.table)))
    if "recency_days" not in has:
        return {}
    recent = sql("count(case when recency_days <= $days then 1 end)", days=days)
    counted = exp.select(groups.key.as_("_key"), sql("count(*)").as_("customers"), recent.as_("recent"))
    counted = counted.from_(groups.table).where(sql("not $none", none=no_order_condition(has)))
    rows = engine.records(groups.roll_up(counted.group_by("all"), [], ["customers", "recent"]))
    return {row["segment"] or None: row["recent"] >= STILL_BUYING * row["customers"] for row in rows}


def load_names(engine: Engine, lines: Mapping[str, str], of: str, items: Collection[str]) -> dict[str, str]:
    """The items by their names; of products the greatest of those they go by."""
    if of != "product_id" or "product_name" not in lines or not items:
        return {item: item for item in items}
    query = sql(
        "select $of as item, max(product_name) as name from order_lines where $chosen group by 1",
        of=_item(lines, of),
        chosen=_item(lines, of).isin(*items),
    )
    named = {row["item"]: row["name"] for row in engine.records(query)}
    return {item: named.get(item) or item for item in items}
