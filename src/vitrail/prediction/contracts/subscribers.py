"""Subscribers of a customers' table as counts: how long they stay, what they pay, what is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine import Engine, Query, expression, finite, sql
from vitrail.engine.sql import literal
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.prediction.contracts.tenures import Tenures
from vitrail.statistics.welch import Moments

Array = npt.NDArray[np.float64]

LONGEST = 10_000
"""Periods; whoever stayed longer has a tenure written in another unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Contracts:
    """What a table of subscribers says, as counts and exact sums.

    Args:
        tenures: whole periods stayed; who left within their first period has stayed 1.
        staying, leaving: the amounts a period of those still here, and of those who left.
        paid: by whole periods stayed, what those still here pay a period; shape (periods + 1,).
        passed_over: rows whose duration is missing, negative or beyond `LONGEST`.
    """

    tenures: Tenures
    staying: Moments
    leaving: Moments
    paid: Array
    passed_over: int

    @property
    def amounts(self) -> Moments:
        """Of those still here; of all who were, where nobody is left."""
        return self.staying if self.tenures.leavers < self.tenures.customers else self.leaving


def check_amount(engine: Engine, rows: Query, amount: exp.Expr, name: str, place: str = "") -> None:
    """Refuse a column of amounts none of whose values is a number.

    Args:
        rows: one row a subscriber; `amount`: an expression over them, called `name`.

    Raises:
        DataError: there are values, and none can be read.
    """
    counted = sql(
        "select count($x) as filled,"
        " count(try_cast(cast($x as varchar) as decimal(18, 4))) as numbers from $t",
        x=amount,
        t=rows.subquery("rows"),
    )
    [figures] = engine.records(counted)
    if figures["filled"] and not figures["numbers"]:
        raise DataError(Finding("contract_amount_no_number", "error", place, {"name": name}))


def load_contracts(
    engine: Engine, rows: Query, duration: exp.Expr, left: exp.Expr, amount: exp.Expr | None
) -> Contracts:
    """Count subscribers by tenure.

    Args:
        rows: one row a subscriber.
        duration, amount: expressions over them, numbers or their text; `left`: a condition.
    """
    paid = expression("try_cast($x as decimal(18, 4))", x=amount) if amount else literal(None)
    query = sql(
        """
        select periods, gone, count(*) as customers, count(paid) as payers,
            coalesce(sum(paid), 0)::decimal(38, 4) as total,
            coalesce(sum(cast(paid * 10000 as hugeint) * cast(paid * 10000 as hugeint)), 0) as squares
        from (select case when length >= 0 and length <= $longest
                    then greatest(cast(floor(length) as integer), cast(gone as integer)) end as periods,
                gone, paid
            from (select $length as length, coalesce($left, false) as gone,
                    cast($paid as decimal(18, 4)) as paid
                from $rows))
        group by periods, gone order by periods, gone
        """,
        length=finite(expression("try_cast($x as double)", x=duration)),
        left=left,
        paid=paid,
        longest=LONGEST,
        rows=rows.subquery("rows"),
    )
    found = engine.records(query)
    known = [row for row in found if row["periods"] is not None]
    longest = max((row["periods"] for row in known), default=0)
    lost, kept, due = [0] * (longest + 1), [0] * (longest + 1), np.zeros(longest + 1)
    sums = {True: Moments(0, Fraction(0), Fraction(0)), False: Moments(0, Fraction(0), Fraction(0))}
    for row in known:
        (lost if row["gone"] else kept)[row["periods"]] = row["customers"]
        if not row["gone"]:
            due[row["periods"]] = float(row["total"])
        own = sums[row["gone"]]
        squares = Fraction(int(row["squares"]), 10**8)
        sums[row["gone"]] = Moments(
            own.count + row["payers"], own.total + Fraction(row["total"]), own.squares + squares
        )
    passed_over = sum(row["customers"] for row in found if row["periods"] is None)
    tenures = Tenures(tuple(lost[1:]), tuple(kept))
    return Contracts(tenures, sums[False], sums[True], due, passed_over)


def compile_remaining(
    payments: Array, duration: exp.Expr, left: exp.Expr, amount: exp.Expr, margin: Decimal
) -> exp.Expr:
    """The margin still to come of each subscriber, as SQL; NULL for those who left, and without a tenure."""
    known = exp.Array(expressions=[literal(round(float(each), 8)) for each in payments])
    return expression(
        "case when coalesce($left, false) then null "
        "when try_cast($duration as double) between 0 and $longest then "
        "round(try_cast($amount as double) * $margin * list_extract($known, "
        "least(cast(floor(try_cast($duration as double)) as bigint) + 1, $most)), 2) end",
        longest=LONGEST,
        left=left,
        duration=duration,
        amount=amount,
        margin=float(margin),
        known=known,
        most=len(payments),
    )
