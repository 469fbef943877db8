"""Clusters as one SQL expression over profile columns: the key of the cluster that costs a customer least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.engine import sql
from vitrail.plan.names import NO_ORDER, UNPLACED
from vitrail.segments.base import Base
from vitrail.segments.clusters.preparation import Scale, write_double
from vitrail.segments.clusters.sampling import Readable

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Partition


def compile_nearest(
    base: Base,
    readable: Mapping[str, Readable],
    scales: Sequence[Scale],
    partition: Partition,
    keys: Sequence[str],
) -> exp.Expr:
    """The segment's key: of no order, of missing values, or of the cluster of least cost.

    The least of a list of (cost, key): in a customer without an order or with a missing value, the first
    two cost less than any cluster. Equal costs go to the key that comes first in the alphabet.

    Args:
        scales: of the partition's columns, in their order.
    """
    values = [scale.expression(readable[scale.variable].value) for scale in scales]
    missing = [sql("$x is null", x=readable[scale.variable].value) for scale in scales if scale.fill is None]
    options = [_option(sql("case when $none then -2e300 else 2e300 end", none=base.no_order), NO_ORDER)]
    if missing:
        unplaced = sql("case when $missing then -1e300 else 1e300 end", missing=exp.or_(*missing))
        options.append(_option(unplaced, UNPLACED))
    for index, key in enumerate(keys):
        options.append(_option(_cost(partition, index, values), key))
    least = exp.ArrayMin(this=exp.Array(expressions=options))
    return exp.Dot(this=least, expression=exp.to_identifier("segment"))


def _option(cost: exp.Expr, key: str) -> exp.Expr:
    option: exp.Expr = sql("{'cost': $cost, 'segment': $key}", cost=cost, key=key)
    return option


def _cost(partition: Partition, index: int, values: Sequence[exp.Expr]) -> exp.Expr:
    """The cost of a cluster, over prepared values."""
    total: exp.Expr = write_double(float(partition.constant[index]))
    for place, value in enumerate(values):
        linear = write_double(float(partition.linear[index, place]))
        total = exp.Add(this=total, expression=sql("$a * $x", a=linear, x=value))
        square = 0.0 if partition.quadratic is None else float(partition.quadratic[index, place])
        if square:
            total = exp.Add(this=total, expression=sql("$q * $x * $x", q=write_double(square), x=value))
    return total
