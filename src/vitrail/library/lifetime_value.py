"""Orders and revenue to come of each customer, from orders: `vitrail.lifetime_value(orders)`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import column
from vitrail.findings import Finding
from vitrail.library.orders import Common, segmented_orders
from vitrail.library.results import FrameResult
from vitrail.plan import LifetimeValueSpec, parse_block

_LIMITS = ("", "_low", "_high", "_least", "_most")


@dataclass(frozen=True, slots=True, repr=False)
class LifetimeValueResult(FrameResult):
    """What customers are expected to do, and how the prediction did when it was checked.

    Args:
        customers: one row a customer: `p_alive`, `expected_orders_…d`, `expected_amount_…d`, each followed by
            `_low` and `_high` (95 % for the expectation) and `_least` and `_most` (95 % for the customer).
        content: `model`, `log_likelihoods` (of each model fitted), `repeat_buying` and `spending` (parameters
            with intervals), `totals`, `holdout` (expected, happened, miss, weeks), `tenths`, `alive_map`.
        findings: what a person should know; the reasons where something is not estimated.
        as_of: the day it speaks of.
    """

    customers: pa.Table
    content: Mapping[str, Any] = field(repr=False)
    findings: tuple[Finding, ...]
    as_of: dt.date
    language: i18n.Language = "en"
    currency: str | None = None

    @property
    def parameters(self) -> dict[str, float]:
        """Of repeat buying (times in days) and of spending, as fitted."""
        fits = [self.content[name] for name in ("repeat_buying", "spending")]
        return {name: each["value"] for fit in fits if fit for name, each in fit["parameters"].items()}

    def to_arrow(self) -> pa.Table:
        """The customers as an Arrow table."""
        return self.customers

    def to_dict(self) -> dict[str, Any]:
        """How it was made and checked, as plain data."""
        return dict(self.content)

    def _headline(self) -> str:
        model = self.content["model"] or "not estimable"
        return f"lifetime value of {self.content['customers']} customers as of {self.as_of}: {model}"

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        variables = [name for name in self.customers.column_names[1:] if not name.endswith(_LIMITS[1:])]
        days = self.content["horizon_days"]
        measures = ("p_alive", "expected_orders", "expected_amount")
        labels = {"customer_id": "customer_id"} | {
            f"{name}_share" if name == "p_alive" else name: i18n.text(
                f"lifetime_{measure}", self.language, days=days
            )
            for name, measure in zip(variables, measures, strict=True)
        }
        rows = [{"p_alive_share": row["p_alive"], **row} for row in self.customers.slice(0, 20).to_pylist()]
        return render_table(rows, labels, self.language, caption=self._headline())


def lifetime_value(
    orders: Any,
    as_of: dt.date | str = "latest",
    *,
    model: str = "auto",
    horizon_days: int = 365,
    holdout_days: int | None = None,
    columns: Mapping[str, str] | None = None,
    customers: Any = None,
    refunds: str = "match",
    clean: Mapping[str, Any] | None = None,
    currency: str | None = None,
    language: i18n.Language = "en",
) -> LifetimeValueResult:
    """Who is still a customer, what will be ordered in a time to come, and what it will come to.

    Args:
        orders: a dataframe of orders or order lines.
        as_of: the day the figures speak of; rows from then on do not exist. `latest`: after the newest row.
        model: `bg_nbd`, `mbg_nbd`, `pareto_nbd` or `nbd`; `auto` keeps the likeliest of the first three.
        horizon_days: how far ahead.
        holdout_days: the last days kept aside for the check; a third of those observed unless given.
        columns: model column → column of `orders`; recognised where not given.
        customers: a dataframe with a row a customer, if there is one.
        refunds: `match`, `net` or `drop`, as in the plan.
        clean: what is cleaned, as in the plan: `{"zero_price": "keep"}` counts orders that cost nothing.
        currency: of the amounts (ISO 4217); `language`: of labels and messages.

    Raises:
        VitrailError: a column is not recognised, an option is wrong, nothing is left.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [10, 20, 30],
    ...                    "ordered_at": [dt.datetime(2025, 1, day) for day in (1, 2, 3)]})
    >>> result = lifetime_value(orders, as_of="2025-01-04")
    >>> result.content["model"], [finding.code for finding in result.findings]
    (None, ['lifetime_few_customers', 'lifetime_few_repeat_buyers', 'lifetime_few_days'])
    """
    options = {"method": "lifetime_value", "model": model, "horizon_days": horizon_days}
    spec = parse_block(LifetimeValueSpec, {**options, "holdout_days": holdout_days}, "lifetime_value")
    common = Common(
        columns=columns,
        customers=customers,
        refunds=refunds,
        currency=currency,
        language=language,
        clean=clean,
    )
    blocks = {"predictions": {"lifetime_value": spec}}
    with segmented_orders("lifetime_value", orders, as_of, common, blocks) as found:
        made = found.segmented.predictions[0]
        names = [f"{each.name}{limit}" for each in made.variables for limit in _LIMITS]
        rows = exp.select("customer_id", *(column(name) for name in names)).from_(made.table)
        return LifetimeValueResult(
            customers=found.engine.arrow(rows.order_by("customer_id")),
            content=made.content,
            findings=made.findings,
            as_of=found.as_of,
            language=language,
            currency=currency,
        )
