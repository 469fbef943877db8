"""From a KPI and a table of customers to the variables that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from vitrail.engine import Engine, Query, sql
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.insight.drivers.counting import Counted, count_customers, load_sample
from vitrail.insight.drivers.levels import describe_levels
from vitrail.insight.drivers.ranking import Separation, estimate_separation, rank_groups
from vitrail.insight.drivers.recommending import recommend_variables
from vitrail.insight.drivers.redundancy import group_alike
from vitrail.insight.drivers.result import Drivers, Ranked, Verdict
from vitrail.statistics.multiplicity import adjust_holm
from vitrail.variables.kpis import Kpi, compile_again
from vitrail.variables.leakage import SUSPICIOUS, Refusal, check_leak, check_orders
from vitrail.variables.lineage import find_order_counted, find_order_made, find_relatives

LEVEL = 0.01
"""The share of bases without any driver in which chance makes one of the variables look like one, at most."""

LEAST_OF_EACH = 50
LEAST_CUSTOMERS = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a table of customers.

    Args:
        key: its name, and its place in findings.
        label: its name for people, by language.
        text: the KPI as it was written.
        variables: the columns to rank.
        customer: what tells customers apart; its hash decides folds and samples.
        lineage: what columns are made of; one without it is made of itself.
        seed: of folds, samples and shuffles.
        listed: whether a person named the variables: then those that separate suspiciously well, or go with
            the number of orders by arithmetic, may be recommended, with the caution.
    """

    key: str
    label: Mapping[Language, str]
    text: str
    kpi: Kpi
    variables: tuple[str, ...]
    customer: exp.Expr
    lineage: Mapping[str, frozenset[str]]
    seed: int = 0
    listed: bool = False


def find_drivers(engine: Engine, rows: Query, question: Question) -> Drivers:
    """The variables that matter for the KPI; a gate says what is missing where nothing can be said.

    Args:
        rows: one row a customer.
    """
    kpi, names = question.kpi, sorted(question.variables)
    relatives = find_relatives(kpi.columns, names, question.lineage)
    refused = [_refuse(name, common, question) for name, common in relatives.items()]
    asked = [name for name in names if name not in relatives]
    tied = find_order_made(kpi.columns, asked, question.lineage)
    again = _count_again(engine, rows, question, tied)
    counted = count_customers(engine, rows, kpi, asked, question.customer, question.seed)
    yes = counted.groups[1] if kpi.kind == "share" else None
    known: dict[str, Any] = {
        "key": question.key,
        "label": question.label,
        "kpi": question.text,
        "kind": kpi.kind,
        "customers": counted.customers,
        "unknown": counted.unknown,
        "yes": yes,
        "base": yes / counted.customers if yes is not None and counted.customers else None,
        "aside": dict(sorted(counted.aside.items())),
    }
    gate = _check_gates(question, counted)
    if gate:
        return Drivers(**known, refused=tuple(refused), gate=gate)
    found = {name: estimate_separation(own, name, question.seed) for name, own in counted.counts.items()}
    for name, separation in found.items():
        leak = check_leak(name, counted.counts[name].sum(axis=0), separation.value, name in tied)
        if leak is None and name in again:
            leak = check_orders(name, again[name])
        refused += [leak] if leak else []
    leaky = {each.variable for each in refused}
    order = sorted((name for name in found if name not in leaky), key=lambda name: (-found[name].value, name))
    adjusted = dict(zip(order, adjust_holm([found[name].p for name in order]), strict=True))
    base = Drivers(**known, refused=tuple(refused))
    return _complete(engine, question, base, counted, order, found, adjusted)


def _count_again(
    engine: Engine, rows: Query, question: Question, tied: Sequence[str]
) -> dict[str, NDArray[np.int64]]:
    """By variable made of the orders that the KPI depends on: customers by level, and who ordered again.

    Being missing is a level like any other. Empty where orders are not counted.
    """
    if not tied or "order_count" not in engine.columns(rows):
        return {}
    known = exp.select("*").from_(rows.subquery("rows")).where(sql("$y is not null", y=question.kpi.value))
    counted = count_customers(engine, known, compile_again(), tied, question.customer, question.seed)
    by_level = {name: own.sum(axis=0) for name, own in counted.counts.items()}
    return {name: np.vstack([np.zeros_like(own[:1]), own]) for name, own in by_level.items()}


def _complete(
    engine: Engine,
    question: Question,
    base: Drivers,
    counted: Counted,
    order: Sequence[str],
    found: Mapping[str, Separation],
    adjusted: Mapping[str, float],
) -> Drivers:
    """`base` with its ranked variables, their groups and the recommended set."""
    codings = {coding.name: coding for coding in counted.codings}
    sample = load_sample(engine, counted)
    places = [at for at, coding in enumerate(counted.codings) if coding.name in adjusted]
    kept = [counted.codings[at] for at in places]
    groups = group_alike(kept, sample.levels[:, places]) if kept else ()
    alike = {name: group for group in groups for name in group}
    best = {name: min(group, key=order.index) for name, group in alike.items()}
    drivers = [name for name in order if adjusted[name] <= LEVEL and found[name].value > 0.5]
    suspicious = {name for name in drivers if found[name].value >= SUSPICIOUS}
    by_count = set(find_order_counted(question.kpi.columns, drivers, question.lineage, averages=True))
    passed_over = set() if question.listed else suspicious | by_count
    candidates = [name for name in drivers if name not in passed_over]
    weights = rank_groups(np.array(counted.groups, dtype=np.float64)[None, None])
    excluded = {name: {*alike[name], *find_relatives([name], drivers, question.lineage)} for name in drivers}
    steps = recommend_variables(sample, counted.codings, candidates, excluded, weights.tolist())
    chosen = {step.variable for step in steps}

    def judge(name: str) -> Verdict:
        if name in chosen:
            return "recommended"
        if name not in drivers:
            return "chance"
        if name in passed_over:
            return "suspicious" if name in suspicious else "counted"
        return "alike" if best[name] != name else "driver"

    ranked = tuple(
        Ranked(
            name,
            codings[name].kind,
            judge(name),
            found[name],
            adjusted[name],
            best[name],
            describe_levels(codings[name], counted.counts[name], counted.moments.get(name)),
            name in suspicious,
            name in by_count,
        )
        for name in order
    )
    known = {name: getattr(base, name) for name in base.__slots__}
    return Drivers(**known | {"ranked": ranked, "recommended": steps, "sampled": len(sample.folds)})


def _refuse(name: str, common: tuple[str, ...], question: Question) -> Refusal:
    if name in question.kpi.columns:
        return Refusal(name, "drivers_leak_kpi", {"kpi": question.text})
    return Refusal(name, "drivers_leak_definition", {"names": list(common)})


def _check_gates(question: Question, counted: Counted) -> Finding | None:
    """What is missing, and by how much."""
    place = question.key
    if question.kpi.kind == "share":
        no, yes = counted.groups
        for code, have in (("drivers_few_yes", yes), ("drivers_few_no", no)):
            if have < LEAST_OF_EACH:
                return Finding(code, "warning", place, {"have": have, "need": LEAST_OF_EACH})
    elif counted.customers < LEAST_CUSTOMERS:
        figures = {"have": counted.customers, "need": LEAST_CUSTOMERS}
        return Finding("drivers_few_customers", "warning", place, figures)
    elif len(counted.groups) < 2:
        return Finding("drivers_kpi_constant", "warning", place)
    if not counted.codings:
        return Finding("drivers_no_variables", "warning", place)
    return None
