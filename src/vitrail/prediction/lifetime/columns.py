"""A lifetime value as columns of the profile: computed once a history, joined to each customer.

The amount of a customer is a multiple of γ + S, the same for all customers of a history; its error is the
square root of a + b w + c w², w = γ / (γ + S).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Query, column, sql
from vitrail.prediction.lifetime.estimating import LifetimeValue
from vitrail.prediction.lifetime.fitting import Fit
from vitrail.prediction.lifetime.outlook import Z

_LIMITS = ("low", "high", "least", "most")


def tabulate_histories(found: LifetimeValue) -> pa.Table:
    """What the columns are made of, one row a history."""
    histories, outlook = found.purchases.histories, found.outlook
    columns: dict[str, Any] = {
        "frequency": histories.frequency.astype(np.int32),
        "recency_days": histories.recency.astype(np.int32),
        "age_days": histories.age.astype(np.int32),
    }
    if outlook:
        columns |= {
            "expected_orders": outlook.orders,
            "expected_orders_low": outlook.orders_low,
            "expected_orders_high": outlook.orders_high,
            "expected_orders_least": outlook.least,
            "expected_orders_most": outlook.most,
        }
        alive = {
            "p_alive": outlook.p_alive,
            "p_alive_low": outlook.p_alive_low,
            "p_alive_high": outlook.p_alive_high,
        }
        columns |= {name: pa.array(each, mask=~outlook.judged) for name, each in alive.items()}
    if outlook and found.spend and found.spending:
        columns |= {
            "ratio": found.spend.mean,
            "ratio_least": found.spend.least,
            "ratio_most": found.spend.most,
            **_spend_error(found.spending.fit, histories.frequency, outlook.orders_error),
        }
    return pa.table(columns)


def _spend_error(fit: Fit, orders: np.ndarray[Any, Any], error: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The variance of the logarithm of an expected amount, as `a + b w + c w²` with w = γ / (γ + S)."""
    p, q, _ = fit.parameters
    shape = p * orders + q - 1
    slopes = np.stack([1 - p * orders / shape, -q / shape])
    own, mixed = fit.covariance[:2, :2], fit.covariance[:2, 2]
    constant = np.einsum("in,ij,jn->n", slopes, own, slopes) + error**2
    return {
        "error_a": constant,
        "error_b": 2 * mixed @ slopes,
        "error_c": np.full(len(orders), fit.covariance[2, 2]),
    }


def compile_columns(found: LifetimeValue, table: str, columns: tuple[str, ...]) -> Query:
    """The columns and their limits, one row a customer."""
    alive, orders, amount = columns
    given: dict[str, exp.Expr] = {
        f"{name}{'_' if limit else ''}{limit}": exp.null() for name in columns for limit in ("", *_LIMITS)
    }
    if found.outlook:
        for limit in ("", *_LIMITS):
            end = f"_{limit}" if limit else ""
            given[f"{orders}{end}"] = column(f"expected_orders{end}")
            if limit in ("", "low", "high"):
                given[f"{alive}{end}"] = column(f"p_alive{end}")
    if found.spend and found.spending:
        base = sql("($gamma + cast(spend as double))", gamma=float(found.spending.fit.parameters[2]))
        share = sql("$gamma / $base", gamma=float(found.spending.fit.parameters[2]), base=base)
        error = sql(
            "$z * sqrt(greatest(error_a + error_b * $share + error_c * $share * $share, 0))", z=Z, share=share
        )
        value = sql("ratio * $base", base=base)
        given[amount] = value
        given[f"{amount}_low"] = sql("$value * exp(-$error)", value=value, error=error)
        given[f"{amount}_high"] = sql("$value * exp($error)", value=value, error=error)
        given[f"{amount}_least"] = sql("ratio_least * $base", base=base)
        given[f"{amount}_most"] = sql("ratio_most * $base", base=base)
    rounded = [sql("cast(round($x, 6) as double)", x=value).as_(name) for name, value in given.items()]
    query: exp.Select = exp.select("customer_id", *rounded).from_(f"{table}_histories")
    return query.join(f"{table}_outlook", using=["frequency", "recency_days", "age_days"])


def compile_intervals(columns: tuple[str, ...], table: str) -> Query:
    """One row a customer and measure, of the measures that have a value."""
    parts = [
        exp.select(
            "customer_id",
            exp.alias_(exp.Literal.string(name), "measure"),
            column(name).as_("value"),
            *(column(f"{name}_{limit}").as_(limit) for limit in _LIMITS),
        )
        .from_(table)
        .where(sql("$value is not null", value=column(name)))
        for name in columns
    ]
    united: Query = parts[0]
    for part in parts[1:]:
        united = exp.union(united, part, distinct=False)
    return united
