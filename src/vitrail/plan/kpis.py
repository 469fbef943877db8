"""A KPI of the plan: a column by its name, or a condition that is true or false of each customer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator
from sqlglot import exp

from vitrail.plan.expressions import read_condition
from vitrail.plan.fields import check_expression

_NAME = re.compile(r'\s*(?:"(?P<quoted>[^"]{1,200})"|(?P<plain>[^\W\d]\w{0,199}))\s*')
_TRUTHS = ("true", "false", "null")


@lru_cache(maxsize=1024)
def read_kpi(text: str) -> exp.Expr:
    """The tree of a KPI: a column alone, or a condition; it is shared, so copy it first.

    Raises:
        ConditionError: with every fault found.

    >>> read_kpi("total_amount").sql("duckdb"), read_kpi("Churn = 'Yes'").sql("duckdb")
    ('total_amount', "Churn = 'Yes'")
    """
    found = _NAME.fullmatch(text)
    if found and (found["quoted"] or found["plain"].casefold() not in _TRUTHS):
        name = found["quoted"] or found["plain"]
        return exp.column(exp.to_identifier(name, quoted=bool(found["quoted"])))
    return read_condition(text)


Kpi = Annotated[str, BeforeValidator(check_expression(read_kpi))]
"""A number or a yes/no of each customer: `total_amount`, or a condition such as `recency_days > 90`."""
