"""What a line takes back, by its signs and by the money that a kept sale gave back."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from vitrail.engine import column, sql


def takes_back(columns: Collection[str]) -> exp.Expr:
    """The condition that the line takes something back: a negative quantity or a negative amount."""
    signs = [
        sql("coalesce($value < 0, false)", value=column(n)) for n in ("quantity", "amount") if n in columns
    ]
    return exp.or_(exp.false(), *signs)


def lacks_minus(columns: Collection[str]) -> exp.Expr | None:
    """The condition that an amount has no minus though its quantity has: None where a file tells but one.

    A price with the minus has turned the amount already.
    """
    if not {"quantity", "amount"} <= {*columns}:
        return None
    price = sql("coalesce(unit_price, 0) >= 0") if "unit_price" in columns else exp.true()
    told: exp.Expr = sql("coalesce(quantity < 0 and amount > 0 and $price, false)", price=price)
    return told


def given_back(columns: Collection[str]) -> exp.Expr:
    """The money that a sale gave back, as its file says beside it; 0 where nothing says so."""
    back: exp.Expr = sql("coalesce(refunded_amount, 0)" if "refunded_amount" in columns else "0")
    return back


def net_amount(columns: Collection[str]) -> exp.Expr:
    """What is left of the line's amount once that is taken off."""
    net: exp.Expr = sql("amount - coalesce(refunded_amount, 0)" if "refunded_amount" in columns else "amount")
    return net
