"""Small groups that stand out: searched on one half of the customers, confirmed on the other.

Model: see `search` for how candidates are found. On the other half each candidate is tested once against
    everybody else, among customers who are in the same earlier candidates (strata, as for a hypothesis,
    by `vitrail.statistics.adjusted`); the p-values of all candidates of the run are corrected by Holm,
    and only those at most 5 % are told. Each condition must earn its place here too: those who meet all
    others but not this one must differ from the group (5 %, uncorrected), and the difference from
    everybody else must be at least half the one tested, lest it be that of earlier groups. The search
    needs no correction, since it shares no customer with the test; and the effect told, against everybody
    else, is that of the confirming half, so it is not flattered by having been chosen.
Assumes: customers are independent of one another, so that one half says nothing of the other by itself.
Source: Holm, 1979; on honest estimates from a second sample, Athey and Imbens, "Recursive partitioning for
    heterogeneous causal effects", PNAS 113, 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from vitrail.engine import Engine, Query
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.plan import MicrosegmentsSpec, by_language
from vitrail.segments.microsegments.coding import Condition, code_variables
from vitrail.segments.microsegments.confirming import Candidate, confirm_groups, weigh_groups
from vitrail.segments.microsegments.halves import Population, load_population, load_sample
from vitrail.segments.microsegments.leaks import check_codings, load_again
from vitrail.segments.microsegments.result import MicrosegmentSearch, MicrosegmentsResult
from vitrail.segments.microsegments.search import Sample, Search, find_groups
from vitrail.segments.microsegments.variables import choose_variables
from vitrail.segments.model import Segmentation
from vitrail.segments.rules import segment_conditions
from vitrail.statistics.multiplicity import adjust_holm
from vitrail.variables.kpis import Kpi, compile_kpi

LEAST_CUSTOMERS = 200
LEAST_OF_EACH = 20
SMALLEST_GROUP, SMALLEST_SHARE = 50, 0.01


def prepare_microsegments(
    engine: Engine,
    specs: Mapping[str, MicrosegmentsSpec],
    segmentations: Sequence[Segmentation] = (),
    lineage: Mapping[str, frozenset[str]] | None = None,
    place: Callable[[str], str] = lambda path: path,
    table: str = "segmented",
    key: str = "customer_id",
    units: Mapping[str, str] | None = None,
) -> Callable[[], tuple[MicrosegmentsResult, tuple[Finding, ...]]]:
    """Make ready for the searches of a plan over the customers of `table`.

    Args:
        specs: by name, as the plan has them.
        segmentations: those whose segments conditions may name, their columns being in `table`.
        lineage: what each column is made of (`vitrail.variables.lineage`); a column without it, of itself.
        place: says where in the plan a path such as `microsegments.leavers.kpi` is written.
        table: a row a customer.
        key: the column that names the customer; it decides who is in which half.
        units: of the columns, such as `money` or `days`, where they are known.

    Returns:
        What makes them: the confirmed groups of each search, and what a person should know of the run.

    Raises:
        PlanError: a KPI, condition or variable does not suit the data; all such faults at once.
    """
    known = {each.key: each for each in segmentations}
    base = _Base(engine, table, key, known, lineage or {}, units or {}, place)
    compiled: dict[str, tuple[Kpi, exp.Expr | None]] = {}
    faults: list[Finding] = []
    for name, spec in specs.items():
        try:
            compiled[name] = _compile(base, name, spec)
        except PlanError as error:
            faults += error.findings
    if faults:
        raise PlanError(faults)
    return partial(_make, base, specs, compiled)


def _make(
    base: _Base, specs: Mapping[str, MicrosegmentsSpec], compiled: Mapping[str, tuple[Kpi, exp.Expr | None]]
) -> tuple[MicrosegmentsResult, tuple[Finding, ...]]:
    """Every search, then the candidates of all judged together."""
    made = [_search(base, name, spec, *compiled[name]) for name, spec in specs.items()]
    tests = [candidate.p for each in made for candidate in each.candidates]
    adjusted = iter(adjust_holm(tests))
    searches = tuple(
        replace(
            each.search,
            groups=confirm_groups(
                each.candidates, [next(adjusted) for _ in each.candidates], each.search.customers, each.most
            ),
        )
        for each in made
    )
    findings = tuple(
        replace(note, place=base.place(f"microsegments.{each.key}"))
        for each in searches
        for note in each.notes
        if note.level == "warning"
    )
    return MicrosegmentsResult(searches), findings


@dataclass(frozen=True, slots=True)
class _Base:
    engine: Engine
    table: str
    key: str
    segmentations: Mapping[str, Segmentation]
    lineage: Mapping[str, frozenset[str]]
    units: Mapping[str, str]
    place: Callable[[str], str]

    @property
    def rows(self) -> Query:
        query: Query = exp.select(exp.Star()).from_(self.table)
        return query

    @property
    def segments(self) -> dict[str, exp.Expr]:
        return dict(segment_conditions(self.segmentations))


@dataclass(frozen=True, slots=True)
class _Made:
    """A search before the candidates of all searches are judged together."""

    search: MicrosegmentSearch
    candidates: tuple[Candidate, ...] = ()
    most: int = 0


def _compile(base: _Base, name: str, spec: MicrosegmentsSpec) -> tuple[Kpi, exp.Expr | None]:
    faults: list[Finding] = []
    among = None
    if spec.among is not None:
        at = base.place(f"microsegments.{name}.among")
        try:
            among = parse_condition(spec.among, base.engine.columns(base.rows), at, base.segments)
            faults += check_types(base.engine, among, base.rows, at)
        except PlanError as error:
            faults += error.findings
    try:
        at = base.place(f"microsegments.{name}.kpi")
        kpi = compile_kpi(base.engine, spec.kpi, base.rows, at, base.segments)
    except PlanError as error:
        faults += error.findings
    if faults:
        raise PlanError(faults)
    return kpi, among


def _search(base: _Base, name: str, spec: MicrosegmentsSpec, kpi: Kpi, among: exp.Expr | None) -> _Made:
    population = load_population(base.engine, base.table, base.key, kpi, among, spec.seed)
    place = base.place(f"microsegments.{name}.variables")
    chosen = choose_variables(
        base.engine, base.rows, spec, kpi, base.key, base.segmentations, base.lineage, place
    )
    search = MicrosegmentSearch(
        key=name,
        label=by_language(spec.label, {}),
        kpi=spec.kpi,
        kind=kpi.kind,
        unit=base.units.get(kpi.columns[0], "") if kpi.kind == "mean" else "",
        look_for=spec.look_for,
        customers=population.customers,
        searched=0,
        value=population.mean if population.customers else None,
        conditions=0,
        candidates=0,
        groups=(),
        left_out=chosen.left_out,
        notes=_note_missing(population),
    )
    refusal = _refuse(population, kpi)
    if refusal:
        return _Made(replace(search, notes=(refusal, *search.notes)))
    least = spec.least_customers or max(SMALLEST_GROUP, round(SMALLEST_SHARE * population.customers))
    codings = code_variables(base.engine, population.rows, chosen.names, chosen.segmentations, least)
    sample = load_sample(base.engine, population, codings, kpi)
    again = load_again(base.engine, base.table, base.key, kpi, codings, base.lineage, among, spec.seed)
    leaks = check_codings(sample, codings, kpi, again)
    kept = [i for i in range(len(codings)) if i not in leaks]
    codings = tuple(codings[i] for i in kept)
    sample = Sample(sample.codes[kept], sample.kpi)
    search = replace(
        search,
        searched=len(sample.kpi),
        conditions=sum(len(each.conditions) for each in codings),
        left_out=(*search.left_out, *leaks.values()),
    )
    if not codings:
        nothing = Finding("microsegment_no_variables", "warning")
        return _Made(replace(search, notes=(nothing, *search.notes)))
    sign = {"higher": 1, "lower": -1, "different": 0}[spec.look_for]
    scale = len(sample.kpi) / population.customers
    greatest = spec.greatest_share * len(sample.kpi)
    wanted = Search(sign, least * scale, greatest, 2 * spec.most, spec.most_conditions)
    groups = [
        tuple(_name_unit(codings[u].conditions[i], base.units) for u, i in group)
        for group in find_groups(sample, codings, wanted)
    ]
    columns = base.engine.columns(base.rows)
    parse = partial(parse_condition, columns=columns, place="", segments=base.segments)
    candidates = weigh_groups(base.engine, population, groups, kpi, sign, parse)
    return _Made(replace(search, candidates=len(candidates)), candidates, spec.most)


def _refuse(population: Population, kpi: Kpi) -> Finding | None:
    """Why no search is made, by the first gate that fails."""
    if population.customers < LEAST_CUSTOMERS:
        figures = {"have": population.customers, "need": LEAST_CUSTOMERS}
        return Finding("microsegment_few_customers", "warning", "", figures)
    if population.least == population.greatest:
        return Finding("microsegment_constant", "warning", "", {"customers": population.customers})
    rarer = min(population.yes, population.customers - population.yes)
    if kpi.kind == "share" and rarer < LEAST_OF_EACH:
        return Finding("microsegment_few_yes", "warning", "", {"have": rarer, "need": LEAST_OF_EACH})
    return None


def _note_missing(population: Population) -> tuple[Finding, ...]:
    if not population.missing:
        return ()
    return (Finding("microsegment_kpi_missing", "info", "", {"customers": population.missing}),)


def _name_unit(condition: Condition, units: Mapping[str, str]) -> Condition:
    return replace(condition, unit=units.get(condition.variable, ""))
