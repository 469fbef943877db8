"""How likely each customer is to do something, from orders: `vitrail.propensity(orders, "churn")`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, column
from vitrail.findings import Finding
from vitrail.library.orders import Common, segmented_orders
from vitrail.library.results import FrameResult
from vitrail.plan import PropensitySpec, parse_block
from vitrail.prediction.base import Prediction


@dataclass(frozen=True, slots=True, repr=False)
class PropensityResult(FrameResult):
    """A propensity, and how it fared.

    Args:
        customers: `customer_id` and the probability, of those it is asked of; no rows where it is of no use.
        status: `useful`, `not_useful` or `not_estimable`.
        column: the probability's name, `p_churn_90d`.
        content: how it was made and checked: `auc`, `baseline`, `gain`, `calibration`, `groups`, `drivers` …
        findings: what a person should know, the reason where it is of no use among them.
        as_of: the day it speaks of.
    """

    customers: pa.Table
    status: str
    column: str
    content: Mapping[str, Any] = field(repr=False)
    findings: tuple[Finding, ...]
    as_of: dt.date
    language: i18n.Language = "en"

    @property
    def useful(self) -> bool:
        """Whether it tells better than recency alone."""
        return self.status == "useful"

    def to_arrow(self) -> pa.Table:
        """The probabilities as an Arrow table."""
        return self.customers

    def to_dict(self) -> dict[str, Any]:
        """How it was made and checked, as plain data."""
        return {"status": self.status, "column": self.column, **self.content}

    def _headline(self) -> str:
        if self.status == "not_estimable":
            return f"{self.column} as of {self.as_of}: not estimable"
        auc, base = self.content["auc"]["value"], self.content["baseline"]["auc"]["value"]
        return f"{self.column} as of {self.as_of}: {self.status}, AUC {auc:.3f} (baseline {base:.3f})"

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        groups = [
            {
                "group": place,
                **{name: each[name] for name in ("customers", "predicted_share", "share", "lift")},
            }
            for place, each in enumerate(_named(self.content), start=1)
        ]
        names = ("group", "customers", "predicted_share", "share", "lift")
        labels = {name: i18n.text(f"propensity_table_{name}", self.language) for name in names}
        return render_table(groups, labels, self.language, caption=self._headline())


def propensity(
    orders: Any,
    target: str = "churn",
    within: str = "90 days",
    as_of: dt.date | str = "latest",
    *,
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    customers: Any = None,
    refunds: str = "match",
    currency: str | None = None,
    language: i18n.Language = "en",
    clean: Mapping[str, Any] | None = None,
    **options: Any,
) -> PropensityResult:
    """How likely each customer is to do something within a time, learned and tested on earlier windows.

    Args:
        orders: a dataframe of orders or order lines.
        target: `churn`, `next_purchase`, `conversion`, `upsell`, `new_category` or `product`.
        within: how far ahead, `90 days`.
        as_of: the day the figures speak of; rows from then on do not exist. `latest`: after the newest row.
        name: of the probability's column, between `p_` and the span; the target unless given.
        columns: model column → column of `orders`; recognised where not given.
        customers: a dataframe with a row a customer, if there is one.
        refunds: `match`, `net` or `drop`, as in the plan.
        currency: of the amounts (ISO 4217); `language`: of messages.
        clean: what is cleaned, as in the plan: `{"zero_price": "keep"}` counts orders that cost nothing.
        options: `product`, `bought`, `among`, `features`, `model`, as in the plan's reference.

    Raises:
        VitrailError: a column is not recognised, an option is wrong, nothing is left.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [10, 20, 30],
    ...                    "ordered_at": [dt.datetime(2025, 1, day) for day in (1, 2, 3)]})
    >>> result = propensity(orders, "churn", within="30 days", as_of="2025-01-04")
    >>> result.status, result.content["reason"], result.content["figures"]["have"]
    ('not_estimable', 'propensity_short_history', 3)
    """
    key = name or target
    given = {"method": "propensity", "target": target, "within": within, **options}
    spec = parse_block(PropensitySpec, given, "propensity")
    common = Common(
        columns=columns,
        customers=customers,
        refunds=refunds,
        currency=currency,
        language=language,
        clean=clean,
    )
    with segmented_orders("propensity", orders, as_of, common, {"predictions": {key: spec}}) as found:
        made = found.segmented.predictions[0]
        return PropensityResult(
            customers=_chances(found.engine, made),
            status=made.content["status"],
            column=made.content["column"],
            content={key: value for key, value in made.content.items() if key not in ("status", "column")},
            findings=made.findings,
            as_of=found.as_of,
            language=language,
        )


def _chances(engine: DuckDB, made: Prediction) -> pa.Table:
    name = made.content["column"]
    if not made.variables:
        return pa.schema([("customer_id", pa.string()), (name, pa.float64())]).empty_table()
    return engine.arrow(exp.select("customer_id", column(name)).from_(made.table).order_by("customer_id"))


def _named(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups of the trial, the probability named as the share it is."""
    return [{**each, "predicted_share": each["predicted"]} for each in content.get("groups", ())]
