"""What may happen to a customer within a time: who is asked, and to whom it happened.

Both are read off the same tables at any day, so that a window of the past is asked exactly what is asked
today. Who is asked depends on what was known on that day alone: of those with orders, whoever ordered since
the day that `past_profile` looks back to. What was never bought before is never bought in the whole record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from vitrail.engine import Query, expression, sql
from vitrail.engine.conditions import parse_condition
from vitrail.findings import Finding
from vitrail.plan import PropensitySpec, shift
from vitrail.prediction.base import PredictionContext
from vitrail.prediction.propensity.past import PREFIX

_NEEDS: Mapping[str, str] = {"new_category": "category"}
_OWN: Mapping[str, tuple[str, ...]] = {"upsell": ("spent_before",), "new_category": ("categories_before",)}


@dataclass(frozen=True, slots=True)
class Question:
    """A propensity of the plan, ready to be asked of any day.

    Args:
        product, bought: its conditions over order lines.
        among: its condition over the profile.
    """

    spec: PropensitySpec
    product: exp.Expr
    bought: exp.Expr
    among: exp.Expr

    @property
    def own(self) -> tuple[str, ...]:
        """What the question itself compares with, as a column of those asked.

        Whoever spent little before will spend more than before: a model must tell more than that.
        """
        return _OWN.get(self.spec.target, ())

    @property
    def baseline(self) -> tuple[str, ...]:
        """What a model must beat: how long ago the last order was (or signing up), and `own`."""
        return ("signup_days" if self.spec.target == "conversion" else "recency_days", *self.own)

    def asked(self, day: dt.date) -> Query:
        """The customers of whom it is asked on `day`: `customer_id` and `own`, one row each."""
        start = shift(day, self.spec.within, -1)
        query: Query = sql(
            _ASKED[self.spec.target], start=start, product=self.product, bought=self.bought, **_PAST
        )
        if self.spec.among is None:
            return query
        chosen: Query = sql(
            "select * from $asked semi join (select customer_id from $profile where $among) "
            "using (customer_id)",
            asked=query.subquery("asked"),
            among=self.among,
            profile=_PAST["profile"],
        )
        return chosen

    def met(self, day: dt.date, until: dt.date) -> Query:
        """To whom it happened from `day` until before `until`: `customer_id`, by all that is known today."""
        query: Query = sql(
            _MET[self.spec.target],
            day=day,
            until=until,
            start=shift(day, self.spec.within, -1),
            product=self.product,
            **{f"past_{name}": table for name, table in _PAST.items()},
        )
        return query

    def rows(self, day: dt.date, until: dt.date) -> Query:
        """`past_profile` of those asked on `day`, and `happened`: whether it did by `until`."""
        met = sql("met.customer_id is not null")
        happened = sql("not $met", met=met) if self.spec.target == "churn" else met
        query: Query = sql(
            "select described.*, $happened as happened from $described "
            "left join $met on met.customer_id = described.customer_id",
            happened=happened,
            described=self.described(day).subquery("described"),
            met=self.met(day, until).subquery("met"),
        )
        return query

    def described(self, day: dt.date) -> Query:
        """`past_profile` of those asked on `day`, and `own`."""
        query: Query = sql(
            "select * from $profile join $asked using (customer_id)",
            profile=_PAST["profile"],
            asked=self.asked(day).subquery("asked"),
        )
        return query


def read_question(context: PredictionContext, key: str, spec: PropensitySpec) -> Question:
    """The question of a propensity, its conditions compiled.

    Raises:
        ConditionError: a condition is refused, or names a column that does not exist.
    """
    place, lines = context.plan.place, context.collected.line_columns
    profile = ("customer_id", *(each.name for each in context.variables))

    def read(name: str, columns: tuple[str, ...]) -> exp.Expr:
        text = getattr(spec, name)
        if text is None:
            return exp.true()
        tree = parse_condition(text, columns, place(f"predictions.{key}.{name}"))
        return expression("coalesce($told, false)", told=tree)

    return Question(spec, read("product", lines), read("bought", lines), read("among", profile))


def check_needs(context: PredictionContext, key: str, spec: PropensitySpec) -> list[Finding]:
    """What the question needs and the data do not have."""
    collected, place = context.collected, context.plan.place(f"predictions.{key}")
    need = _NEEDS.get(spec.target)
    if need is not None and need not in collected.line_columns:
        return [Finding("propensity_needs_column", "warning", place, {"name": key, "column": need})]
    if spec.target == "conversion" and "signed_up_at" not in collected.customer_columns:
        return [Finding("propensity_needs_register", "warning", place, {"name": key})]
    return []


_PAST = {name: exp.to_table(f"{PREFIX}{name}") for name in ("orders", "known_lines", "customers", "profile")}

_BUYERS = "select distinct customer_id from $orders where is_purchase"

_ASKED: Mapping[str, str] = {
    "churn": f"{_BUYERS} and day >= $start",
    "next_purchase": _BUYERS,
    "conversion": "select customer_id from $customers as c where signed_up_at is not null "
    "and customer_id not in (select customer_id from $known_lines where amount >= 0)",
    "upsell": "select customer_id, sum(amount) as spent_before from $orders where day >= $start "
    "group by customer_id "
    "having sum(amount) > 0",
    "new_category": "select customer_id, count(distinct category) as categories_before from $known_lines "
    f"where category is not null and amount >= 0 and customer_id in ({_BUYERS}) group by customer_id",
    "product": f"select customer_id from ({_BUYERS}) as buyers where customer_id in "
    "(select customer_id from $known_lines where $bought and amount >= 0) and customer_id not in "
    "(select customer_id from $known_lines where $product and amount >= 0)",
}  # fmt: skip
"""By target, who is asked: of those known on the day, `$start` being one span before it."""

_WINDOW = "ordered_at >= $day and ordered_at < $until"
_ORDERED = "select distinct customer_id from orders where is_purchase and day >= $day and day < $until"

_MET: Mapping[str, str] = {
    "churn": _ORDERED,
    "next_purchase": _ORDERED,
    "conversion": _ORDERED,
    "upsell": "select a.customer_id from (select customer_id, sum(amount) as spent from orders "
    "where day >= $day and day < $until group by customer_id) as a join (select customer_id, "
    "sum(amount) as spent from $past_orders where day >= $start group by customer_id) as b "
    "on a.customer_id = b.customer_id where a.spent > b.spent",
    "new_category": "select distinct customer_id from order_lines as l "
    f"where {_WINDOW} and category is not null and amount >= 0 and not exists (select 1 from "
    "$past_known_lines as b where b.customer_id = l.customer_id and b.category = l.category)",
    "product": f"select distinct customer_id from order_lines where {_WINDOW} and $product and amount >= 0",
}  # fmt: skip
"""By target, to whom it happened in the window; of churn, to whom it did not."""
