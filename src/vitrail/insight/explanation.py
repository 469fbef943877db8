"""Why a customer is in its segments: since when, which values earned which scores, which conditions hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import DuckDB, sql
from vitrail.i18n.formats import currency_unit
from vitrail.insight.changes import Change, find_changes
from vitrail.insight.lookup import memberships, profile, segmentations
from vitrail.segments import Segment, Segmentation
from vitrail.store import Run
from vitrail.variables import AGEING


@dataclass(frozen=True, slots=True)
class Reason:
    """A value that decides, and the interval it falls in.

    Args:
        value: of the customer; None where it is not known.
        low, high: the interval of equal scores or class: `low <= value < high`; None where it is open.
        score: the score it earns, and `scale`, the number of scores; None for methods without scores.
    """

    variable: str
    value: Any
    low: Decimal | None = None
    high: Decimal | None = None
    score: int | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A segment's condition, as SQL over the profile, and whether the customer meets it."""

    segment: str
    sql: str
    met: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The customer in one segmentation: one segment, or for overlapping segments any number."""

    segmentation: Segmentation
    segments: tuple[Segment, ...]
    since: dt.date | None
    reasons: tuple[Reason, ...]
    conditions: tuple[Condition, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A customer explained, as of the run's date.

    Args:
        profile: its row of the profile.
        places: one for each segmentation.
    """

    customer_id: str
    as_of: dt.date
    currency: str | None
    profile: Mapping[str, Any]
    places: tuple[Place, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: segments by key, expressions as SQL."""
        places = {}
        for each in self.places:
            changes = [asdict(change) | {"segment": change.segment.key} for change in each.changes]
            places[each.segmentation.key] = {
                "segments": [segment.key for segment in each.segments],
                "since": each.since,
                "reasons": [asdict(reason) for reason in each.reasons],
                "conditions": [asdict(condition) for condition in each.conditions],
                "changes": changes,
            }
        return {
            "customer_id": self.customer_id,
            "as_of": self.as_of,
            "currency": self.currency,
            "profile": dict(self.profile),
            "segmentations": places,
        }


def explain_customer(run: Run, customer: str) -> Explanation:
    """Explain a customer of a run.

    Raises:
        UsageError: there is no such customer in the run.
    """
    row = profile(run, customer)
    values: dict[str, Any] = row.to_pylist()[0]
    as_of = dt.date.fromisoformat(run.manifest["as_of"])
    known = segmentations(run)
    held = memberships(run, values["customer_id"])
    with DuckDB() as engine:
        constant = {each["name"] for each in run.variables() if each["source"] == "customers"} - AGEING
        unit = currency_unit(run.manifest["plan"]["currency"])
        changes = find_changes(engine, row, tuple(known.values()), as_of, constant, unit)
        places = []
        for each in known.values():
            inside = tuple(s for s in each.segments if f"{each.key}.{s.key}" in held)
            dates = [held[f"{each.key}.{s.key}"]["since"] for s in inside]
            places.append(
                Place(
                    each,
                    inside,
                    dates[0] if dates else None,
                    _reasons(each, values),
                    _conditions(engine, each, row),
                    changes.get(each.key, ()),
                )
            )
    return Explanation(values["customer_id"], as_of, run.manifest["plan"]["currency"], values, tuple(places))


def _reasons(segmentation: Segmentation, values: Mapping[str, Any]) -> tuple[Reason, ...]:
    scores = dict(zip(segmentation.scales, segmentation.scores, strict=False))
    reasons = []
    for name in segmentation.variables:
        value = values.get(name)
        cuts = sorted(set(segmentation.cuts.get(name, ())))
        low = high = None
        if value is not None and cuts:
            low = max((cut for cut in cuts if cut <= value), default=None)
            high = min((cut for cut in cuts if cut > value), default=None)
        score = values.get(scores[name]) if name in scores else None
        reasons.append(Reason(name, value, low, high, score, segmentation.scales.get(name)))
    return tuple(reasons)


def _conditions(engine: DuckDB, segmentation: Segmentation, row: pa.Table) -> tuple[Condition, ...]:
    """The conditions of rules, with whether the customer meets each; scores and cuts speak for the others."""
    if segmentation.method != "rules":
        return ()
    conditions = dict(segmentation.members)
    if isinstance(segmentation.assign, exp.Case):
        conditions = {branch.args["true"].name: branch.this for branch in segmentation.assign.args["ifs"]}
    if not conditions:
        return ()
    engine.register("customer", row)
    met = [
        sql("coalesce($condition, false)", condition=each).as_(f"met_{index}")
        for index, each in enumerate(conditions.values())
    ]
    answers = engine.records(exp.select(*met).from_("customer"))[0].values()
    return tuple(
        Condition(key, engine.render(each), bool(answer))
        for (key, each), answer in zip(conditions.items(), answers, strict=True)
    )
