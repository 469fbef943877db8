"""A block that enters the plan is checked as the others are: no expression of it is left unread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, BeforeValidator

from vitrail.plan import Plan, check_conditions, parse_plan
from vitrail.plan.columns import list_expressions

EVERY = """\
version: 1
name: Shop
sources:
  orders:
    file: a.csv
    table: orders
    keep: nowhere > 1
    credits: nowhere > 1
    computed: {amount: nowhere * 2}
    clean: {cancelled: nowhere > 1, test_orders: nowhere > 1}
variables: {night: {of: orders, value: avg(nowhere), where: nowhere > 1}}
predictions:
  leaves: {method: propensity, target: churn, within: 90 days, among: nowhere > 1}
  takes: {method: propensity, target: product, within: 90 days, product: nowhere > 1, bought: nowhere > 1}
  worth: {method: contract_value, duration: nowhere, left: nowhere > 1}
segmentations: {care: {method: rules, segments: {far: {when: nowhere > 1}, rest: {otherwise: true}}}}
cohorts:
  starts: {where: nowhere > 1, adopted: nowhere > 1}
  stays: {by: nowhere, survival: {duration: nowhere, left: nowhere > 1}}
drivers: {d: {kpi: nowhere > 1, among: nowhere > 1}}
microsegments: {m: {kpi: nowhere > 1, among: nowhere > 1}}
hypotheses: {h: {statement: They return, who: nowhere > 1, compared_with: nowhere > 1, kpi: nowhere > 1}}
comparison: {measures: {one: {kpi: nowhere > 1}}}
validation: {kpis: [nowhere > 1], channels: {post: nowhere > 1}}
"""


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def is_expression(annotation: Any) -> bool:
    """Whether a text of the field is read as SQL before it is taken."""
    checks = [each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, BeforeValidator)]
    return any("check_expression" in each.func.__qualname__ for each in checks) or any(
        is_expression(part) for part in get_args(annotation)
    )


def expressions(model: type[BaseModel]) -> Iterator[tuple[type[BaseModel], str]]:
    for name, field in model.model_fields.items():
        checks = [each for each in field.metadata if isinstance(each, BeforeValidator)]
        found = any("check_expression" in each.func.__qualname__ for each in checks)
        if found or is_expression(field.annotation):
            yield model, name
        for inner in models(field.annotation):
            yield from expressions(inner)


def said(value: Any, path: str = "") -> Iterator[tuple[str, str, type[BaseModel], str]]:
    """Each text and name of the plan's expressions: its path, its text, the model and field it is of."""
    if isinstance(value, BaseModel):
        own = {name for model, name in expressions(type(value)) if model is type(value)}
        for name in type(value).model_fields:
            for at, text in leaves(getattr(value, name), f"{path}.{name}") if name in own else ():
                yield at.strip("."), text, type(value), name
            if name not in own:
                yield from said(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from said(each, f"{path}.{key}")


def leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, f"{path}.{key}")
    elif value is not None:
        yield path, value


def test_each_expression_of_each_block_is_read_and_its_names_are_checked() -> None:
    plan = parse_plan(EVERY.encode())
    found = list(said(plan))
    assert {(model, name) for _, _, model, name in found} == set(expressions(Plan)), "say it above too"
    read = {path for path, _, _ in list_expressions(plan)}
    assert {path for path, _, _, _ in found} <= read

    columns = ["recency_days"]
    faults = check_conditions(plan, columns, {"orders": columns, "order_lines": columns}, columns)
    unread = {path for path, _, table in list_expressions(plan) if table == "source"}
    lines = {plan.place(path) for path in read - unread}
    assert {fault.place for fault in faults if fault.figures["name"] == "nowhere"} == lines
