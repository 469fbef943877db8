"""Orders to measure with: one row an order line, the same rows at every call, made by DuckDB in seconds.

A tenth as many customers as rows and 2.5 lines an order on average. A quarter of the customers buy once, the
keenest 300 times. Each comes, buys and leaves again within three years; October is twice as busy as April,
the evening busier than the morning. Five thousand products, a few of which sell most, in twelve categories;
twelve countries, half of the customers in one.

    python -m benchmarks.generate 1000000 benchmarks/data/orders_1m.parquet
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_DRAW = """
create temp macro draw(x, salt) as (hash(x * 16 + salt) >> 11) / 9007199254740992.0;
create temp macro pick(u, names) as names[1 + floor(u * len(names))::int];
"""

#: Ten lines make four orders, of 1, 2, 3 and 4 lines.
_LINES = """
copy (
    with drawn as (
        select i, i // 10 * 4 + [0, 1, 1, 2, 2, 2, 3, 3, 3, 3][1 + i % 10] as order_no
        from range({rows}) as lines(i)
    ), placed as (
        select i, order_no,
            -- the first orders give every customer one; the others go to few by a cut power law
            (case when order_no < {customers} then order_no
                else floor({customers} * (pow(0.3 + 0.7 * draw(order_no, 1), 6) - 0.000729) / 0.999271)
            end)::bigint as customer_no,
            floor(5000 * pow(draw(i, 2), 2))::int as product_no
        from drawn
    ), timed as (
        select *,
            -- where the order stands in the customer's own time, which begins and ends within three years
            1050 * (draw(customer_no, 3) * 0.95
                + (1 - draw(customer_no, 3) * 0.95) * sqrt(draw(customer_no, 4)) * draw(order_no, 5)) as days
        from placed
    )
    select
        'C' || lpad(customer_no::varchar, 8, '0') as customer_id,
        'O' || lpad(order_no::varchar, 9, '0') as order_id,
        timestamp '2023-01-01'
            + to_days(floor(days + 20 - 20 * cos(2 * pi() * (days - 50) / 365.25))::int)
            + to_seconds(floor(86399 * (0.3 + 0.7 * pow(draw(order_no, 6), 0.7)))::bigint) as ordered_at,
        'P' || lpad(product_no::varchar, 5, '0') as product_id,
        pick(draw(product_no, 7), ['books', 'music', 'games', 'garden', 'kitchen', 'bath', 'beauty', 'shoes',
            'sport', 'toys', 'office', 'pets']) as category,
        1 + floor(5 * pow(draw(i, 8), 3))::int as quantity,
        (3 + floor(9700 * pow(draw(product_no, 9), 4)) / 100)::decimal(10, 2) as unit_price,
        pick(pow(draw(customer_no, 10), 3.6), ['France', 'Germany', 'United Kingdom', 'Spain',
            'Italy', 'Belgium', 'Netherlands', 'Switzerland', 'Austria', 'Portugal', 'Ireland', 'Sweden'
        ]) as country
    from timed
    order by ordered_at, order_id, product_id, quantity
) to '{file}' ({options})
"""


def generate_orders(rows: int, file: Path) -> Path:
    """Write `rows` order lines to a `.parquet` or `.csv` file, unless it is there already."""
    if file.exists():
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    options = "format parquet, compression zstd" if file.suffix == ".parquet" else "format csv, header"
    with duckdb.connect() as connection:
        connection.execute(_DRAW)
        connection.execute(_LINES.format(rows=rows, customers=rows // 10, file=part, options=options))
    part.rename(file)
    return file


if __name__ == "__main__":
    print(generate_orders(int(sys.argv[1]), Path(sys.argv[2])))
