"""The built-in variables: what each is computed from, and the SQL that computes it.

Each expression is an aggregate over one customer's rows of a working table (its *grain*):

    orders      one row an order: `day`, `amount` (net of what the order gave back), `is_purchase`, `gap_days`
                (days since the order day before, NULL on the same day), and the order's fields
    products    one row a product the customer bought: `name`, `amount` spent on it
    categories  one row a category: `name`, `amount`
    refunds     every recorded sale and refund, also those taken out: `sold`, `taken_back`
    customers   the customer's row of the register; the expression is no aggregate
    predictions what the plan's predictions computed for the customer; likewise

Names and meanings for people are sentences `variable_<name>` and `variable_<name>_meaning`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from vitrail import i18n
from vitrail.engine import column, sql

Grain = Literal["orders", "products", "categories", "refunds", "customers", "order_lines", "predictions"]

TREND_DAYS = 180


@dataclass(frozen=True, slots=True)
class Words:
    """A variable's name and meaning, by language."""

    label: Mapping[i18n.Language, str]
    meaning: Mapping[i18n.Language, str]


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of the profile.

    Args:
        name: its column.
        family: its kind for people (`value`, `behavioural`, `geographic` …).
        unit: `days`, `orders`, `money`, `share`, `years`, or empty.
        grain: the working table it sums up.
        expression: over that table; `$as_of` is the as-of date.
        needs: columns of `orders` or `customers` without which it is absent.
        words: name and meaning for people by language, where they are no sentences of the catalogue.
        without_orders: its value for a customer who never ordered.
        custom: written in the plan.
    """

    name: str
    family: str
    unit: str
    grain: Grain
    expression: str | exp.Expr
    needs: tuple[str, ...] = ()
    words: Words | None = None
    without_orders: str | None = None
    custom: bool = False

    def compile(self, as_of: exp.Expr) -> exp.Expr:
        """The expression at an as-of date."""
        if isinstance(self.expression, exp.Expr):
            return self.expression.copy()
        tree: exp.Expr = sql(self.expression, as_of=as_of)
        return tree

    def label_in(self, language: i18n.Language) -> str:
        """Its name for people."""
        return self.words.label[language] if self.words else i18n.text(f"variable_{self.name}", language)

    def meaning_in(self, language: i18n.Language) -> str:
        """What it says, in one sentence."""
        return (
            self.words.meaning[language]
            if self.words
            else i18n.text(f"variable_{self.name}_meaning", language)
        )


def _usual(value: str) -> str:
    """The most frequent value over purchases; of equals that of the newest order, then the least.

    `mode` gives, of equally frequent values, the one it meets first.
    """
    return f"mode({value} order by ordered_at desc, {value}) filter (where is_purchase)"


_MONEY = "decimal(38, 4)"
_COUNT = "count(*) filter (where is_purchase)"
_RECENT = f"coalesce(sum(amount) filter (where day >= $as_of - {TREND_DAYS}), 0)"
_BEFORE = (
    f"coalesce(sum(amount) filter (where day < $as_of - {TREND_DAYS} "
    f"and day >= $as_of - {2 * TREND_DAYS}), 0)"
)
_OFF = "sum(case when amount < 0 then -abs(discount_amount) else abs(discount_amount) end)"
_FAVOURITE = "(max({'amount': amount, 'value': name}) filter (where not is_charge))['value']"

BUILT_IN: tuple[Variable, ...] = (
    Variable(
        "recency_days", "behavioural", "days", "orders",
        "cast(date_diff('day', max(day) filter (where is_purchase), $as_of) as integer)",
    ),
    Variable("order_count", "behavioural", "orders", "orders", _COUNT, without_orders="0"),
    Variable(
        "total_amount", "value", "money", "orders", f"cast(sum(amount) as {_MONEY})", without_orders="0"
    ),
    Variable(
        "mean_order_amount", "value", "money", "orders",
        f"cast(round(sum(amount) / {_COUNT}, 4) as {_MONEY})",
    ),
    Variable(
        "median_order_amount", "value", "money", "orders",
        f"cast(median(amount) filter (where is_purchase) as {_MONEY})",
    ),
    Variable(
        "first_order_days", "behavioural", "days", "orders",
        "cast(date_diff('day', min(day) filter (where is_purchase), $as_of) as integer)",
    ),
    Variable("days_between_orders", "behavioural", "days", "orders", "median(gap_days)"),
    Variable(
        "last_gap_days", "behavioural", "days", "orders",
        "cast(max({'day': day, 'gap': gap_days}) filter (where gap_days is not null)['gap'] as integer)",
    ),
    Variable(
        "item_count", "behavioural", "items", "orders", f"cast(sum(quantity) as {_MONEY})",
        needs=("quantity",), without_orders="0",
    ),
    Variable(
        "distinct_products", "behavioural", "products", "products", "count(*)",
        needs=("product_id",), without_orders="0",
    ),
    Variable(
        "favourite_category", "behavioural", "", "categories", _FAVOURITE, needs=("category",),
    ),
    Variable(
        "favourite_product", "behavioural", "", "products", _FAVOURITE, needs=("product_id",),
    ),
    Variable(
        "refund_share", "behavioural", "share", "refunds",
        "case when sum(sold) > 0 then cast(sum(taken_back) / sum(sold) as double) end",
    ),
    Variable(
        "discount_share", "value", "share", "orders",
        f"case when sum(amount) >= 0 and {_OFF} >= 0 and sum(amount) + {_OFF} > 0 "
        f"then cast({_OFF} / (sum(amount) + {_OFF}) as double) end",
        needs=("discount_amount",),
    ),
    Variable("usual_weekday", "behavioural", "weekday", "orders", _usual("isodow(ordered_at)")),
    Variable("usual_hour", "behavioural", "hour", "orders", _usual("hour(ordered_at)"), needs=("hour",)),
    Variable("usual_channel", "behavioural", "", "orders", _usual("channel"), needs=("channel",)),
    Variable(
        "usual_payment_method", "behavioural", "", "orders", _usual("payment_method"),
        needs=("payment_method",),
    ),
    Variable(
        "amount_365d", "value", "money", "orders",
        f"cast(coalesce(sum(amount) filter (where day >= $as_of - 365), 0) as {_MONEY})", without_orders="0",
    ),
    Variable(
        "orders_365d", "behavioural", "orders", "orders",
        "count(*) filter (where is_purchase and day >= $as_of - 365)", without_orders="0",
    ),
    Variable(
        "amount_trend", "value", "trend", "orders",
        f"cast(case when {_RECENT} >= 0 and {_BEFORE} >= 0"
        f" then ({_RECENT} - {_BEFORE}) / nullif({_RECENT} + {_BEFORE}, 0) end as double)",
    ),
    Variable("is_one_time", "behavioural", "", "orders", f"{_COUNT} = 1", without_orders="false"),
)  # fmt: skip

#: Fields of an order that also describe the customer; the register comes first, then the newest order.
PLACES = ("country", "region", "city", "postal_code")

#: All fields of an order that describe the customer.
OF_THE_CUSTOMER = (*PLACES, "email", "accepts_marketing")

_DERIVED = {
    "birth_date": Variable(
        "age_years", "demographic", "years", "customers",
        "case when birth_date <= $as_of and birth_date > $as_of - interval 121 year "
        "then cast(extract(year from age(cast($as_of as timestamp), birth_date)) as integer) end",
        needs=("birth_date",),
    ),
    "signed_up_at": Variable(
        "signup_days", "account", "days", "customers",
        "cast(date_diff('day', cast(signed_up_at as date), $as_of) as integer)", needs=("signed_up_at",),
    ),
}  # fmt: skip

KNOWN = (*BUILT_IN, *_DERIVED.values())
"""All variables whose making is known by their name alone."""

#: Variables of the register that time changes.
AGEING = frozenset(each.name for each in _DERIVED.values())

PERSONAL = frozenset(
    {"customer_id", "email", "first_name", "last_name", "phone", "company", "birth_date", "postal_code"}
)
"""Columns that name a person rather than tell a kind of customer: no analysis takes one unless asked."""

OF_ORDERS = frozenset({"orders", "products", "categories", "refunds", "order_lines"})
"""The grains that sum up what a customer ordered."""

_FAMILIES = {
    "gender": "demographic", "birth_date": "demographic", "company": "firmographic",
    "acquisition_channel": "account", "accepts_marketing": "account", "signed_up_at": "account",
}  # fmt: skip


def built_in_variables(
    available: Collection[str], has_refunds: bool, words: Mapping[str, Words]
) -> tuple[Variable, ...]:
    """The built-in variables that the data can carry, and where and how to reach the customer.

    Args:
        available: the columns of order lines, and `hour` where orders have a time of day.
        has_refunds: whether anything was ever taken back; where not, the share taken back is zero.
        words: of the model's columns.
    """
    carried = [each for each in BUILT_IN if set(each.needs) <= set(available)]
    if not has_refunds:
        carried = [
            replace(each, grain="orders", expression="cast(0 as double)") if each.grain == "refunds" else each
            for each in carried
        ]
    places = [
        Variable(
            name, "geographic" if name in PLACES else "account", "", "orders",
            f"max({{'at': ordered_at, 'value': {name}}}) filter (where {name} is not null)['value']", (name,),
            words=words[name],
        )
        for name in OF_THE_CUSTOMER
        if name in available
    ]  # fmt: skip
    return (*carried, *places)


def own_variables(customer_columns: Iterable[str], words: Mapping[str, Words]) -> tuple[Variable, ...]:
    """The columns of the register as variables, and what follows from them (age, days since sign-up).

    Args:
        customer_columns: the columns of `customers`.
        words: of the model's columns; a column it does not know goes by its own name.
    """
    variables = []
    columns = [*customer_columns]
    derived = {each.name for source, each in _DERIVED.items() if source in columns}
    for name in columns:
        if name == "customer_id" or name in derived:
            continue
        family = "geographic" if name in PLACES else _FAMILIES.get(name, "account")
        own: Mapping[i18n.Language, str] = {"en": name, "fr": name}
        known = words.get(name, Words(own, own))
        variables.append(Variable(name, family, "", "customers", column(name), words=known))
        if name in _DERIVED:
            variables.append(_DERIVED[name])
    return tuple(variables)
