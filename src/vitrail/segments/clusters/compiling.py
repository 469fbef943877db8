"""Clusters as one SQL expression over profile columns: the key of the cluster that costs a customer least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.engine import sql
from vitrail.plan.names import NO_ORDER, UNPLACED
from vitrail.segments.base import Base
from vitrail.segments.clusters.preparation import Scale
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
        options.append(_option(_cost(partition, index, scales, values), key))
    least = exp.ArrayMin(this=exp.Array(expressions=options))
    return exp.Dot(this=least, expression=exp.to_identifier("segment"))


def _option(cost: exp.Expr, key: str) -> exp.Expr:
    option: exp.Expr = sql("{'cost': $cost, 'segment': $key}", cost=cost, key=key)
    return option


def _cost(partition: Partition, index: int, scales: Sequence[Scale], values: Sequence[exp.Expr]) -> exp.Expr:
    """The cost of a cluster, with the scaling to 0 and 1 worked into its figures."""
    constant = float(partition.constant[index])
    terms: list[exp.Expr] = []
    for place, (scale, value) in enumerate(zip(scales, values, strict=True)):
        linear = float(partition.linear[index, place])
        square = 0.0 if partition.quadratic is None else float(partition.quadratic[index, place])
        constant += -linear * scale.low / scale.width + square * (scale.low / scale.width) ** 2
        linear = linear / scale.width - 2 * square * scale.low / scale.width**2
        square = square / scale.width**2
        terms.append(sql("$a * $x", a=_figure(linear), x=value))
        if square:
            terms.append(sql("$q * $x * $x", q=_figure(square), x=value))
    total: exp.Expr = _figure(constant)
    for term in terms:
        total = exp.Add(this=total, expression=term)
    return total


def _figure(value: float) -> exp.Expr:
    """A double, written so that it is read back as the same."""
    written = exp.Literal.number(f"{abs(value):.15e}")
    return exp.Neg(this=written) if value < 0 else written
