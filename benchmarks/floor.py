"""The floor: what a run gives, in hand-written DuckDB SQL, as fast as its author could make it.

It knows what a general program has to find out: the names and types of the columns, that nothing is refused,
cancelled or taken back, that order ids are unique. It leaves the same Parquet files (profile, memberships,
segments, monthly, funnel) and nothing else: no check of the input, no fingerprint, no sentences.

    python -m benchmarks.floor generated.parquet orders_1m.parquet folder
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

#: The rows of each file by the columns used below.
_SOURCES = {
    "generated.parquet": "create view lines as select *, quantity * unit_price as amount from '{file}'",
    "generated.csv": """
        create temp table lines as select *, quantity * unit_price as amount
        from read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '"', columns = {{
                'customer_id': 'varchar', 'order_id': 'varchar', 'ordered_at': 'timestamp',
                'product_id': 'varchar', 'category': 'varchar', 'quantity': 'integer',
                'unit_price': 'decimal(10,2)', 'country': 'varchar'}})
    """,
    "retail.parquet": """
        create temp table lines as select CustomerID as customer_id, InvoiceNo as order_id,
            InvoiceDate as ordered_at, StockCode as product_id, cast(null as varchar) as category,
            Quantity as quantity, UnitPrice as unit_price, Country as country,
            cast(Quantity * UnitPrice as decimal(18, 4)) as amount
        from '{file}' where CustomerID is not null and Quantity > 0 and UnitPrice > 0
    """,
}

_ORDERS = """
create temp table orders as
with summed as (
    select customer_id, order_id, min(ordered_at) as moment, sum(amount)::decimal(18, 4) as amount,
        sum(quantity)::bigint as quantity, max(country) as country
    from lines group by customer_id, order_id
)
select *, moment::date as day,
    nullif(moment::date - lag(moment::date) over (partition by customer_id order by moment), 0) as gap
from summed
"""

_PROFILE = """
create temp table profile as
with by_orders as (
    select customer_id,
        ('{as_of}'::date - max(day))::int as recency_days,
        count(*) as order_count,
        sum(amount)::decimal(38, 4) as total_amount,
        round(sum(amount) / count(*), 4)::decimal(38, 4) as mean_order_amount,
        median(amount)::decimal(38, 4) as median_order_amount,
        ('{as_of}'::date - min(day))::int as first_order_days,
        median(gap) as days_between_orders,
        arg_max(gap, day) filter (gap is not null)::int as last_gap_days,
        sum(quantity)::decimal(38, 4) as item_count,
        0::double as refund_share,
        mode(isodow(moment) order by moment desc, isodow(moment)) as usual_weekday,
        mode(hour(moment) order by moment desc, hour(moment)) as usual_hour,
        coalesce(sum(amount) filter (day >= '{as_of}'::date - 365), 0)::decimal(38, 4) as amount_365d,
        count(*) filter (day >= '{as_of}'::date - 365) as orders_365d,
        sum(amount) filter (day >= '{as_of}'::date - 180) as amount_180d,
        sum(amount) filter (day >= '{as_of}'::date - 360) as amount_360d,
        arg_max(country, moment) as country
    from orders group by customer_id
), by_products as (
    select customer_id, count(*) as distinct_products, max((amount, product_id))[2] as favourite_product
    from (select customer_id, product_id, sum(amount) as amount from lines group by all) group by all
), by_categories as (
    select customer_id, max((amount, category))[2] as favourite_category
    from (
        select customer_id, category, sum(amount) as amount from lines where category is not null group by all
    ) group by all
)
select by_orders.* exclude (amount_180d, amount_360d),
    ((2 * coalesce(amount_180d, 0) - coalesce(amount_360d, 0)) / nullif(amount_360d, 0))::double
        as amount_trend,
    order_count = 1 as is_one_time, distinct_products, favourite_product, favourite_category
from by_orders join by_products using (customer_id) left join by_categories using (customer_id)
"""

#: `{table}` has the six variables that the segments are made of; scores stand in `r`, `f`, `m`.
_SEGMENTED = """
select *,
    case when r = 5 and f >= 4 then 'champions' when r >= 3 and f >= 4 then 'loyal'
        when r >= 4 and f >= 2 then 'potential_loyalists' when r = 5 then 'new' when r = 4 then 'promising'
        when r = 3 and f = 3 then 'need_attention' when r = 3 then 'about_to_sleep'
        when f = 5 then 'cant_lose' when f >= 3 then 'at_risk' else 'hibernating' end as value,
    case when total_amount >= {a} then 'a' when total_amount >= {b} then 'b' else 'c' end as revenue,
    case when recency_days >= {lost} then 'lost' when recency_days >= {dormant} then 'dormant'
        when recency_days >= {at_risk} then 'at_risk' when first_order_days < {new} then 'new'
        when last_gap_days >= {dormant} then 'won_back' when order_count >= {loyal} then 'loyal'
        else 'active' end as lifecycle
from (select *, {r} as r, {f} as f, {m} as m from {table})
"""

#: Every customer's past: its variables after each order, on the last day before each change time brings.
_PAST = """(
    select customer_id, point, (point - day)::int as recency_days,
        (point - first_day)::int as first_order_days, order_count, total_amount, last_gap_days
    from (
        select *, unnest([until, day + {at_risk} - 1, day + {dormant} - 1, day + {lost} - 1,
            first_day + {new} - 1, {recencies}]) as point
        from (
            select customer_id, day, count(*) over history as order_count,
                sum(amount) over history as total_amount, min(day) over history as first_day,
                last_value(gap ignore nulls) over history as last_gap_days,
                coalesce(lead(day) over (partition by customer_id order by day), '{as_of}') as until
            from orders window history as (partition by customer_id order by day rows unbounded preceding)
        ) where until > day
    ) where point > day and point <= until
)"""

_SINCE = """
create temp table since as
select customer_id,
    coalesce(max(point) filter (past.value <> now.value), min(first_day)) + 1 as value,
    coalesce(max(point) filter (past.revenue <> now.revenue), min(first_day)) + 1 as revenue,
    coalesce(max(point) filter (past.lifecycle <> now.lifecycle), min(first_day)) + 1 as lifecycle
from ({past}) as past
    join (select customer_id, value, revenue, lifecycle, '{as_of}'::date - first_order_days as first_day
          from segmented) as now using (customer_id)
group by customer_id
"""

_FIGURES = """
with figures as (
    select {segmentation} as segmentation, coalesce(value, revenue, lifecycle) as segment,
        count(*) as customers, sum(total_amount) as revenue_, min(recency_days) as recency, {sums}
    from segmented group by grouping sets ((value), (revenue), (lifecycle), ())
), countries as (
    select segmentation, segment,
        list({{'name': country, 'share': n / everyone}} order by n desc, country)[:5] as top_countries
    from (
        select {segmentation} as segmentation, coalesce(value, revenue, lifecycle) as segment, country,
            count(*) as n, sum(n) over (partition by segmentation, segment) as everyone
        from segmented group by grouping sets ((value, country), (revenue, country), (lifecycle, country))
    ) group by all
), sold as (
    select value, revenue, lifecycle, product_id, sum(amount) as amount
    from lines join segmented using (customer_id) group by all
), products as (
    select segmentation, segment,
        list({{'name': product_id, 'amount': total}} order by total desc, product_id)[:5] as top_products
    from (
        select {segmentation} as segmentation, coalesce(value, revenue, lifecycle) as segment, product_id,
            sum(amount) as total
        from sold group by grouping sets ((value, product_id), (revenue, product_id), (lifecycle, product_id))
        qualify row_number() over (partition by segmentation, segment order by total desc, product_id) <= 5
    ) group by all
)
select f.segmentation, f.segment, f.customers, f.customers / a.customers as share, f.revenue_ as revenue,
    f.revenue_ / a.revenue_ as revenue_share, {welch}, '{as_of}'::date - f.recency::int as last_order_on,
    top_countries, top_products
from figures as f
    left join countries using (segmentation, segment) left join products using (segmentation, segment)
    join (from figures where segment is null) as a on true
where f.segment is not null order by f.segmentation, f.segment
"""
_SEGMENTATION = """case when grouping(value) = 0 then 'value' when grouping(revenue) = 0 then 'revenue'
    when grouping(lifecycle) = 0 then 'lifecycle' end"""
_DESCRIBED = ("recency_days", "order_count", "total_amount", "mean_order_amount", "days_between_orders")
_SUMS = """count({v}) as n_{v}, avg({v}) as mean_{v}, median({v}) as median_{v},
    sum({v}::double) as s_{v}, sum({v}::double * {v}) as q_{v}"""
_WELCH = """f.mean_{v}, f.median_{v},
    f.mean_{v} - (a.s_{v} - f.s_{v}) / nullif(a.n_{v} - f.n_{v}, 0) as difference_{v},
    1.96 * sqrt((f.q_{v} - f.s_{v} * f.s_{v} / f.n_{v}) / nullif(f.n_{v}, 0) / nullif(f.n_{v} - 1, 0)
        + (a.q_{v} - f.q_{v} - pow(a.s_{v} - f.s_{v}, 2) / nullif(a.n_{v} - f.n_{v}, 0))
        / nullif(a.n_{v} - f.n_{v}, 0) / nullif(a.n_{v} - f.n_{v} - 1, 0)) as half_{v}"""

_MONTHLY = """
with months as (
    select date_trunc('month', day)::date as month, value, revenue, lifecycle,
        sum(amount) as amount, count(*) as orders
    from orders join segmented using (customer_id) group by all
)
select {segmentation} as segmentation, coalesce(value, revenue, lifecycle) as segment, month,
    sum(amount)::decimal(38, 4) as revenue, sum(orders)::bigint as orders
from months group by grouping sets ((month, value), (month, revenue), (month, lifecycle))
order by segmentation, segment, month
"""

_FUNNEL = """
select count(*) as rows, sum(amount) as amount, count(*) - count(distinct hash(lines)) as duplicates
from lines
"""


def main(source: str, file: Path, folder: Path) -> None:
    """Compute everything from `file`, one of `_SOURCES`, and leave the results in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    run = duckdb.connect().execute
    run(_SOURCES[source].format(file=file))

    def write(query: str, name: str) -> None:
        run(f"copy ({query}) to '{folder / name}.parquet' (format parquet, compression zstd)")

    as_of = run("select max(ordered_at)::date + 1 from lines").fetchone()[0]
    write(_FUNNEL, "funnel")
    run(_ORDERS)
    run(_PROFILE.format(as_of=as_of))

    r, f, m = (_fit_cuts(run, name) for name in ("recency_days", "order_count", "total_amount"))
    gaps, orders = run("""
        select quantile_disc(last_gap_days, [0.5, 0.75, 0.9, 0.975]), quantile_disc(order_count, 0.5)
        from profile where last_gap_days is not null
    """).fetchone()
    a, b = run("""
        select min(x) filter (running <= 0.6 * total), min(x) filter (running <= 0.9 * total) from (
            select total_amount as x, sum(total_amount) over (order by total_amount desc) as running,
                sum(total_amount) over () as total from profile where total_amount > 0)
    """).fetchone()
    cuts = {"a": a, "b": b, "loyal": max(3, orders)}
    cuts |= {name: days + 1 for name, days in zip(("new", "at_risk", "dormant", "lost"), gaps, strict=True)}
    cuts |= {
        "r": _score("recency_days", r, "<", 5),
        "f": _score("order_count", f, ">="),
        "m": _score("total_amount", m, ">="),
    }
    run("create temp table segmented as " + _SEGMENTED.format(table="profile", **cuts))
    past = _PAST.format(as_of=as_of, recencies=", ".join(f"day + {cut - 1}" for cut in r), **cuts)
    run(_SINCE.format(as_of=as_of, past=_SEGMENTED.format(table=past, **cuts)))

    write(
        "select * exclude (r, f, m), r as value_r, f as value_f, m as value_m from segmented"
        " order by customer_id",
        "profile",
    )
    members = " union all ".join(
        f"select customer_id, '{key}' as segmentation, segmented.{key} as segment, since.{key} as since"
        " from segmented join since using (customer_id)"
        for key in ("lifecycle", "revenue", "value")
    )
    write(f"{members} order by segmentation, segment, customer_id", "memberships")
    sums = ", ".join(_SUMS.format(v=name) for name in _DESCRIBED)
    welch = ", ".join(_WELCH.format(v=name) for name in _DESCRIBED)
    write(_FIGURES.format(as_of=as_of, sums=sums, welch=welch, segmentation=_SEGMENTATION), "segments")
    write(_MONTHLY.format(segmentation=_SEGMENTATION), "monthly")


def _score(variable: str, cuts: list[Any], compare: str, best: int = 0) -> str:
    """1 to 5 by the cuts; with `best`, less is better."""
    scores = [best - i for i in range(4)] if best else [5, 4, 3, 2]
    ordered = cuts if best else cuts[::-1]
    cases = " ".join(
        f"when {variable} {compare} {cut} then {score}" for cut, score in zip(ordered, scores, strict=True)
    )
    return f"case {cases} else 1 end"


def _fit_cuts(run: Any, variable: str) -> list[Any]:
    """Four quantile cuts, each the least value above its quantile; beyond a tie, the values are cut anew."""
    cuts: list[Any] = []
    while len(cuts) < 4:
        kept = f"from profile where {variable} >= {cuts[-1]}" if cuts else "from profile"
        size = run(f"select count(*) {kept}").fetchone()[0]
        shares = [(i * (size - 1) // (5 - len(cuts)) + 0.5) / size for i in range(1, 5 - len(cuts))]
        found = run(f"select quantile_disc({variable}, {shares}) {kept}").fetchone()[0]
        least = ", ".join(f"min({variable}) filter ({variable} > {quantile})" for quantile in found)
        above = run(f"select {least} from profile").fetchone()
        stuck = next((i for i, cut in enumerate(above) if cut in above[i + 1 :]), len(above))
        cuts += above[: stuck + 1]
    return cuts


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
