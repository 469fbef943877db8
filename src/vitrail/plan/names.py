"""The names a plan may use, and those it may not give again."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from vitrail.i18n.texts import sentences

PLAN_FILE = "vitrail.yml"
"""The plan's name in a workspace."""

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")

RFM_SEGMENTS = (
    "champions",
    "loyal",
    "potential_loyalists",
    "new",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cant_lose",
    "hibernating",
)
"""The segments of the default RFM map."""

NO_ORDER = "no_order"
"""The segment of known customers who never ordered; any segmentation by orders may have it."""

UNPLACED = "unplaced"
"""The segment of customers who lack a value that clusters are made from."""

LIFECYCLE_SEGMENTS = ("new", "active", "loyal", "at_risk", "dormant", "lost", "won_back")
"""The segments of the lifecycle."""

BUILT_IN_VARIABLES = frozenset(
    {
        "customer_id",
        "recency_days",
        "order_count",
        "total_amount",
        "mean_order_amount",
        "median_order_amount",
        "first_order_days",
        "days_between_orders",
        "last_gap_days",
        "item_count",
        "distinct_products",
        "favourite_category",
        "favourite_product",
        "refund_share",
        "discount_share",
        "usual_weekday",
        "usual_hour",
        "usual_channel",
        "usual_payment_method",
        "amount_365d",
        "orders_365d",
        "amount_trend",
        "is_one_time",
        "age_years",
        "signup_days",
        "country",
        "region",
        "city",
        "postal_code",
        "email",
        "first_name",
        "last_name",
        "phone",
        "company",
        "birth_date",
        "gender",
        "signed_up_at",
        "acquisition_channel",
        "accepts_marketing",
    }
)
"""The columns a profile has by itself: no variable and no segmentation of a plan takes one of these names."""


def nearest(name: str, options: Iterable[str]) -> str | None:
    """The option a mistyped `name` most likely meant, if any is near; a variable also by its name for people.

    >>> nearest("recency_day", ["recency_days", "order_count"]), nearest("xyz", ["recency_days"])
    ('recency_days', None)
    >>> nearest("Commandes", ["recency_days", "order_count"]), nearest("pays", ["country"])
    ('order_count', 'country')
    """
    by_fold = {option.casefold(): option for option in options}
    labels = (f"variable_{option}" for option in by_fold)
    for code in labels:
        if name.casefold() in (each.casefold() for each in sentences().get(code, {}).values()):
            return by_fold[code.removeprefix("variable_")]
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None
