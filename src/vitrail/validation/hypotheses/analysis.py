"""Every claim of a plan held against the data: compiled, estimated, then judged together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from vitrail.engine import Engine, Query
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.errors import PlanError
from vitrail.findings import Finding, Level
from vitrail.plan import HypothesisSpec, by_language
from vitrail.plan.expressions import check_columns
from vitrail.segments import Segmentation
from vitrail.segments.rules import segment_conditions
from vitrail.statistics.adjusted import Effect, estimate_effect
from vitrail.statistics.multiplicity import adjust_holm
from vitrail.validation.hypotheses.result import HypothesesResult, Hypothesis
from vitrail.validation.hypotheses.strata import Counts, Question, Strata, load_strata
from vitrail.validation.hypotheses.verdicts import find_needed, find_smallest, judge
from vitrail.variables.kpis import compile_kpi
from vitrail.variables.lineage import find_order_counted, find_relatives

Lineage = Mapping[str, frozenset[str]]

LEAST_CUSTOMERS = {"share": 10, "mean": 20}
"""Customers needed on each side, by the kind of KPI."""
ORDER_COUNT = "order_count"
LEFT_OUT = 0.2
"""The share of customers like nobody on the other side from which a verdict is qualified."""


def prepare_hypotheses(
    engine: Engine,
    specs: Mapping[str, HypothesisSpec],
    segmentations: Sequence[Segmentation] = (),
    place: Callable[[str], str] = lambda path: path,
    table: str = "segmented",
    units: Mapping[str, str] | None = None,
    lineage: Lineage | None = None,
) -> Callable[[], tuple[HypothesesResult, tuple[Finding, ...]]]:
    """Make ready to hold the claims against the customers of `table`.

    Args:
        specs: by name, as the plan has them.
        segmentations: those whose segments conditions may name, their columns being in `table`.
        place: says where in the plan a path such as `hypotheses.quiet.kpi` is written.
        table: a row a customer.
        units: of its columns, such as `money` or `days`, where they are known.
        lineage: what they are made of, where that is known.

    Returns:
        What holds them: the claims with their verdicts, and what a person should know of the run.

    Raises:
        PlanError: a condition, KPI or confounder does not suit the data; all such faults at once.
    """
    segments = dict(segment_conditions({each.key: each for each in segmentations}))
    rows: Query = exp.select(exp.Star()).from_(table)
    questions: dict[str, Question] = {}
    faults: list[Finding] = []
    for key, spec in specs.items():
        try:
            questions[key] = _compile(engine, key, spec, rows, segments, place)
        except PlanError as error:
            faults += error.findings
    if faults:
        raise PlanError(faults)
    return partial(_hold, engine, specs, questions, place, units or {}, lineage or {})


def _hold(
    engine: Engine,
    specs: Mapping[str, HypothesisSpec],
    questions: Mapping[str, Question],
    place: Callable[[str], str],
    units: Mapping[str, str],
    lineage: Lineage,
) -> tuple[HypothesesResult, tuple[Finding, ...]]:
    """Every claim estimated, then all judged together."""
    measured = [_measure(engine, questions[key], lineage) for key in specs]
    estimated = [each.effect for each in measured if each.effect is not None]
    adjusted = iter(adjust_holm([effect.p for effect in estimated]))
    hypotheses = tuple(
        _conclude(
            key,
            spec,
            questions[key],
            each,
            next(adjusted) if each.effect else None,
            len(estimated),
            _unit(questions[key], units),
        )
        for (key, spec), each in zip(specs.items(), measured, strict=True)
    )
    findings = (
        replace(note, place=place(f"hypotheses.{each.key}"))
        for each in hypotheses
        for note in each.notes
        if note.level == "warning"
    )
    return HypothesesResult(hypotheses), tuple(findings)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was estimated of a claim, before the others are known."""

    strata: Strata
    effect: Effect | None
    raw: Effect | None
    left_out: float
    notes: tuple[Finding, ...]


def _compile(
    engine: Engine,
    key: str,
    spec: HypothesisSpec,
    rows: Query,
    segments: Mapping[str, exp.Expr],
    place: Callable[[str], str],
) -> Question:
    columns = engine.columns(rows)
    faults: list[Finding] = []
    conditions: dict[str, exp.Expr] = {}
    for name in ("who", "compared_with"):
        text, at = getattr(spec, name), place(f"hypotheses.{key}.{name}")
        if text is not None:
            try:
                conditions[name] = parse_condition(text, columns, at, segments)
                faults += check_types(engine, conditions[name], rows, at)
            except PlanError as error:
                faults += error.findings
    at = place(f"hypotheses.{key}.adjust_for")
    for confounder in spec.adjust_for:
        faults += check_columns(exp.column(confounder), columns, at)
    exact = {name.casefold(): name for name in columns}
    confounders = [exact[name.casefold()] for name in spec.adjust_for if name.casefold() in exact]
    try:
        kpi = compile_kpi(engine, spec.kpi, rows, place(f"hypotheses.{key}.kpi"), segments)
        for name in sorted(set(kpi.columns) & set(confounders)):
            faults.append(Finding("hypothesis_adjusts_for_kpi", "error", at, {"name": name}))
    except PlanError as error:
        faults += error.findings
    if faults:
        raise PlanError(faults)
    return Question(
        rows, conditions["who"], conditions.get("compared_with"), kpi, tuple(dict.fromkeys(confounders))
    )


def _measure(engine: Engine, question: Question, lineage: Lineage) -> _Measured:
    strata = load_strata(engine, question)
    counts, kind = strata.counts, question.kpi.kind
    notes = [*_tell_counts(counts, question), *_tell_shared(question, lineage)]
    own, others = (int(side.customers.sum()) for side in (strata.who, strata.rest))
    compared = counts.who + counts.rest
    left_out = 1 - (own + others) / compared if compared else 0.0
    refusal = _refuse(counts, own, others, kind)
    if refusal:
        return _Measured(strata, None, None, left_out, (refusal, *notes))
    effect = estimate_effect(strata.who, strata.rest, kind, strata.centre, strata.scale)
    if effect is None:
        constant = Finding("hypothesis_constant", "warning", figures={"customers": own + others})
        return _Measured(strata, None, None, left_out, (constant, *notes))
    raw = (
        estimate_effect(strata.all_who, strata.all_rest, kind, strata.centre, strata.scale)
        if question.confounders
        else None
    )
    if left_out > 0:
        level: Level = "warning" if left_out >= LEFT_OUT else "info"
        figures = {"share": left_out, "customers": compared - own - others}
        notes.insert(0, Finding("hypothesis_left_out", level, "", figures))
    return _Measured(strata, effect, raw, left_out, tuple(notes))


def _refuse(counts: Counts, own: int, others: int, kind: str) -> Finding | None:
    """Why nothing can be estimated, by the first gate that fails."""
    need = LEAST_CUSTOMERS[kind]
    for code, have in (("hypothesis_few_who", counts.who), ("hypothesis_few_rest", counts.rest)):
        if have < need:
            return Finding(code, "warning", figures={"have": have, "need": need})
    if min(own, others) < need:
        return Finding("hypothesis_no_overlap", "warning", figures={"have": min(own, others), "need": need})
    return None


def _tell_counts(counts: Counts, question: Question) -> list[Finding]:
    notes = []
    if counts.who_missing:
        names = sorted({found.name for found in question.who.find_all(exp.Column)})
        figures = {"customers": counts.who_missing, "names": names}
        notes.append(Finding("hypothesis_who_missing", "info", "", figures))
    for code, found in (
        ("hypothesis_kpi_missing", counts.kpi_missing),
        ("hypothesis_both_sides", counts.both),
    ):
        if found:
            notes.append(Finding(code, "info", "", {"customers": found}))
    notes += [
        Finding("hypothesis_confounder_missing", "info", "", {"name": name, "customers": missing})
        for name, missing in counts.confounders_missing.items()
        if missing
    ]
    return notes


def _tell_shared(question: Question, lineage: Lineage) -> list[Finding]:
    """A condition and a KPI over the same figure compare it with itself; where both go with the number of
    orders, whoever orders often is likelier to be on one side and to have more of the other."""
    named = {
        found.name
        for condition in (question.who, question.others)
        if condition is not None
        for found in condition.find_all(exp.Column)
    }
    kpi = question.kpi.columns
    shared = [name for name in kpi if name in named]
    if not shared:
        shared = sorted({*find_relatives(kpi, named, lineage), *find_relatives(named, kpi, lineage)})
    if shared:
        return [Finding("hypothesis_same_figure", "warning", "", {"names": shared})]
    own, others = (sorted(find_order_counted([ORDER_COUNT], names, lineage)) for names in (kpi, named))
    figures = {"names": others, "kpi": own}
    if not own or not others:
        return []
    if find_order_counted(kpi, named, lineage) or find_order_counted(named, kpi, lineage):
        return [Finding("hypothesis_orders", "warning", "", figures)]
    if ORDER_COUNT not in question.confounders:
        return [Finding("hypothesis_orders_adjust", "warning", "", figures)]
    return []


def _conclude(
    key: str,
    spec: HypothesisSpec,
    question: Question,
    measured: _Measured,
    p_adjusted: float | None,
    claims: int,
    unit: str,
) -> Hypothesis:
    strata, effect = measured.strata, measured.effect
    matters = float(spec.matters_from) if spec.matters_from is not None else None
    own, others = (int(side.customers.sum()) for side in (strata.who, strata.rest))
    verdict = (
        judge(effect, p_adjusted, spec.expect, matters, claims, strata.reach)
        if effect is not None and p_adjusted is not None
        else "not_estimable"
    )
    return Hypothesis(
        key=key,
        statement=by_language(spec.statement),
        who=spec.who,
        compared_with=spec.compared_with,
        kpi=spec.kpi,
        kind=question.kpi.kind,
        unit=unit,
        expect=spec.expect,
        adjust_for=question.confounders,
        matters_from=matters,
        verdict=verdict,
        effect=effect,
        raw=measured.raw,
        customers_who=own if effect else strata.counts.who,
        customers_rest=others if effect else strata.counts.rest,
        left_out=measured.left_out,
        strata=len(strata.who.customers),
        p_adjusted=p_adjusted,
        smallest=find_smallest(effect, claims) if effect else None,
        needed=find_needed(effect, own + others, claims, matters)
        if effect and verdict == "undecided"
        else None,
        notes=measured.notes,
    )


def _unit(question: Question, units: Mapping[str, str]) -> str:
    return units.get(question.kpi.columns[0], "") if question.kpi.kind == "mean" else ""
