"""How concentrated revenue is: the share of it that the best customers bring.

Source: M. O. Lorenz, "Methods of measuring the concentration of wealth", 1905; drawn from the best customer
down, as ABC analysis does.
"""

from __future__ import annotations

from dataclasses import dataclass

from vitrail.engine import Engine, column, sql

_ALIKE = 0.02  # shares between which no eye tells on a curve
POINTS = 80  # steps along each axis; a curve has at most two points a step, and one a class


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The best `customers` (a share) bring `value` (a share); `segment` ends here, if given."""

    customers: float
    value: float
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve, over the customers whose value is positive; `left_out` are the others.

    Args:
        top_fifth: the share of value that the best 20 % of the curve's customers bring.
        buyers_fifth: that of all buyers (see `load_top_fifth`), where the curve cannot be told from theirs.
    """

    points: tuple[CurvePoint, ...]
    customers: int
    left_out: int
    top_fifth: float | None
    buyers_fifth: float | None = None


def load_curve(engine: Engine, variable: str = "total_amount", segmentation: str | None = None) -> Curve:
    """Read the curve of `variable` from the working table `profile`, at most 200 points.

    Equal values give the same curve whatever their order.

    Args:
        segmentation: mark where each of its segments ends along the curve.
    """
    has = engine.columns(sql("select * from profile"))
    if variable not in has:
        return Curve((), 0, 0, None)
    segment = column(segmentation) if segmentation in has and segmentation else sql("null::varchar")
    rows = engine.records(
        sql(
            """
            with positive as (
              select $value as value, $segment::varchar as segment from profile where $value > 0),
            summed as (
              select segment, row_number() over best as place, sum(value) over best as reached,
                count(*) over () as customers, sum(value) over () as total
              from positive window best as (order by value desc, segment rows unbounded preceding)),
            shares as (
              select segment, place, customers, place / customers as part,
                reached::double / total::double as value,
                max(place) over (partition by segment) = place and segment is not null as ends from summed),
            steps as (
              select *, lead(floor(part * $points)) over (order by place) as next_part,
                lead(floor(value * $points)) over (order by place) as next_value from shares)
            select part as customers, value, case when ends then segment end as segment,
              customers as counted,
              place = ceil(customers * 0.2) as fifth
            from steps
            where next_part is null or next_part > floor(part * $points)
              or next_value > floor(value * $points)
              or ends or place = ceil(customers * 0.2) or place = 1
            order by place
            """,
            value=column(variable),
            segment=segment,
            points=POINTS,
        )
    )
    everyone = int(engine.records(sql("select count(*) as n from profile"))[0]["n"])
    counted = int(rows[0]["counted"]) if rows else 0
    fifth = next((float(row["value"]) for row in rows if row["fifth"]), None)
    points = tuple(CurvePoint(row["customers"], row["value"], row["segment"]) for row in rows)
    buyers = load_top_fifth(engine, variable)
    alike = buyers is not None and fifth is not None and abs(buyers - fifth) < _ALIKE
    return Curve(points, counted, everyone - counted, fifth, buyers if alike else None)


def load_top_fifth(engine: Engine, variable: str = "total_amount") -> float | None:
    """The share of the whole that the fifth of buyers with the greatest values bring.

    Over all buyers, those at zero or below too. None where nothing is there to share, or where losses make
    the best ones bring more than the whole.
    """
    has = engine.columns(sql("select * from profile"))
    if variable not in has:
        return None
    row = engine.records(
        sql(
            """
            select sum(value) filter (where place <= ceil(buyers * 0.2))::double as best,
              sum(value)::double as whole
            from (select $value as value, count(*) over () as buyers,
                    row_number() over (order by $value desc) as place
                  from profile where $bought and $value is not null)
            """,
            value=column(variable),
            bought=sql("order_count > 0" if "order_count" in has else "true"),
        )
    )[0]
    if not row["whole"] or row["whole"] < 0 or row["best"] > row["whole"]:
        return None
    return float(row["best"] / row["whole"])
