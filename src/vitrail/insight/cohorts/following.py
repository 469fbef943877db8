"""One block of cohorts followed by their orders: who is in them, their triangle, how they compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from statistics import median

from sqlglot import exp

from vitrail.engine import Engine, sql
from vitrail.engine.conditions import parse_condition
from vitrail.findings import Finding
from vitrail.insight.cohorts.calendar import (
    Observed,
    Period,
    key_period,
    number_period,
    start_period,
)
from vitrail.insight.cohorts.comparison import LEAST_CUSTOMERS, Comparison, compare_means, compare_shares
from vitrail.insight.cohorts.members import (
    Base,
    compile_members,
    is_circular,
    name_block,
    name_by,
    name_group,
    order_groups,
)
from vitrail.insight.cohorts.results import Cohort, CohortTable
from vitrail.insight.cohorts.triangle import Cell, build_starts, load_cells
from vitrail.plan.cohorts import START_GROUPS, CohortSpec
from vitrail.segments.words import label_texts
from vitrail.statistics.welch import Moments

MOST_GROUPS = 12
MOST_VALUES = 500
MOST_PERIODS = 120
USUAL_PERIODS: Mapping[Period, int] = {"week": 4, "month": 3, "quarter": 2}
"""The period at which cohorts by start are compared; others at twice that, weeks at three times."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """The calendar of a block: its periods, the first that is not over, the last observed."""

    period: Period
    now: int
    last: int


def follow_cohorts(
    engine: Engine,
    name: str,
    spec: CohortSpec,
    base: Base,
    observed: Observed,
    period: Period,
    place: str,
) -> tuple[CohortTable | None, list[Finding]]:
    """The table of one block, and what a person should know; no table where groups are too many.

    Raises:
        ConditionError: a condition of the block is refused.
    """
    day_before = observed.until.toordinal() - 1
    clock = _Clock(
        period,
        number_period(period, observed.until),
        number_period(period, observed.until.fromordinal(day_before)),
    )
    by_start = spec.by in START_GROUPS
    members = compile_members(base, spec, place)
    groups: list[str] | None = None
    findings: list[Finding] = []
    if not by_start:
        groups, findings = _choose_groups(engine, members)
        if not groups:
            return None, findings
    without = build_starts(engine, members, period, clock.last, groups)
    if without:
        findings.append(Finding("cohorts_without_start", "info", figures={"customers": without}))
    adopted = None
    if spec.adopted is not None:
        adopted = parse_condition(spec.adopted, base.line_columns, place)
    cells = load_cells(engine, period, clock.now, clock.last, MOST_PERIODS, by_start, adopted)
    table = _lay_table(engine, name, spec, base, clock, observed, groups, cells)
    compared, found = _compare(engine, table, spec, base, clock, groups)
    return compared, findings + found


def _choose_groups(engine: Engine, members: exp.Query) -> tuple[list[str], list[Finding]]:
    """The groups, the biggest first, small ones together as `*`; none where there are far too many."""
    sizes = engine.records(
        sql(
            "select cohort, count(*) as customers from $members where start_day is not null group by 1"
            " order by 2 desc, 1 limit $most",
            members=members.subquery("members"),
            most=MOST_VALUES + 1,
        )
    )
    if len(sizes) > MOST_VALUES:
        return [], [Finding("cohorts_many_values", "warning", figures={"most": MOST_VALUES})]
    keys = [row["cohort"] for row in sizes]
    if len(sizes) <= MOST_GROUPS:
        return keys, []
    kept = keys[: MOST_GROUPS - 1]
    figures = {"groups": len(sizes), "kept": len(kept), "others": len(sizes) - len(kept)}
    return [*kept, "*"], [Finding("cohorts_others_together", "info", figures=figures)]


def _lay_table(
    engine: Engine,
    name: str,
    spec: CohortSpec,
    base: Base,
    clock: _Clock,
    observed: Observed,
    groups: Sequence[str] | None,
    cells: Mapping[int, Sequence[Cell]],
) -> CohortTable:
    cohorts: list[Cohort] = []
    if groups is None:
        for number in sorted(cells):
            key, own = key_period(clock.period, number), tuple(cells[number])
            labels = {"en": key, "fr": key}
            cohorts.append(Cohort(key, labels, start_period(clock.period, number), own[0].customers, own))
    else:
        sizes = {
            row["cohort"]: row["n"]
            for row in engine.records(sql("select cohort, count(*) as n from cohort_starts group by 1"))
        }
        for key in order_groups(base, spec.by, groups):
            place = groups.index(key)
            label, own = name_group(base, spec.by, key), tuple(cells.get(place, ()))
            cohorts.append(Cohort(key, label, None, sizes.get(place, 0), own))
    not_new = _find_not_new(cohorts) if spec.by == "first_order" else None
    adopted = label_texts(spec.adopted_label, spec.adopted or "") if spec.adopted is not None else None
    return CohortTable(
        name=name,
        label=name_block(base, name, spec, clock.period),
        by=spec.by,
        by_label=name_by(base, spec.by, clock.period),
        by_start=groups is None,
        period=clock.period,
        until=observed.until,
        cohorts=tuple(cohorts),
        whole=() if base.overlap(spec.by) else tuple(_add_up([c for c in cohorts if c.key != not_new])),
        comparisons=(),
        at=None,
        not_new=not_new,
        adopted_label=adopted,
    )


def _add_up(cohorts: Sequence[Cohort]) -> list[Cell]:
    """All cohorts together, period by period, over their complete cells."""
    found: dict[int, list[Cell]] = {}
    for cohort in cohorts:
        for cell in cohort.cells:
            if cell.complete:
                found.setdefault(cell.period, []).append(cell)
    return [
        Cell(
            period,
            True,
            sum(cell.customers for cell in cells),
            sum(cell.active for cell in cells),
            sum((cell.revenue for cell in cells), Decimal(0)),
            sum((cell.revenue_to_date for cell in cells), Decimal(0)),
            sum(cell.orders for cell in cells),
            sum(cell.orders_to_date for cell in cells),
            None if cells[0].adopted is None else sum(cell.adopted or 0 for cell in cells),
        )
        for period, cells in sorted(found.items())
    ]


def _find_not_new(cohorts: Sequence[Cohort]) -> str | None:
    """The first cohort where it is half as big again as usual: customers of before the data are in it."""
    sizes = [cohort.customers for cohort in cohorts]
    if len(sizes) < 4:
        return None
    usual = median(sizes[1:-1])
    return cohorts[0].key if sizes[0] > 1.5 * usual + 3 * usual**0.5 else None


def _compare(
    engine: Engine,
    table: CohortTable,
    spec: CohortSpec,
    base: Base,
    clock: _Clock,
    groups: Sequence[str] | None,
) -> tuple[CohortTable, list[Finding]]:
    """The table with its comparisons, or with the reason why there are none."""
    findings = []
    if table.not_new is not None:
        findings.append(Finding("cohorts_not_new", "info", figures={"start": table.cohorts[0].start}))
    if not table.by_start and is_circular(base, spec.by):
        finding = Finding("cohorts_circular", "warning")
        return replace(table, uncompared="circular"), [*findings, finding]
    if base.overlap(spec.by):
        return replace(table, uncompared="overlap"), findings
    named = [each for each in table.cohorts if each.key not in (table.not_new, "", "*")]
    at, counted = _choose_at(named, table, spec)
    if at is None:
        return replace(table, uncompared="short"), [*findings, _too_short(named, table)]
    retained = {key: (cell.active, cell.customers) for key, cell in counted.items()}
    comparisons: list[Comparison] = [*compare_shares("retention", at, retained)]
    if table.adopted_label is not None:
        adopted = {key: (cell.adopted or 0, cell.customers) for key, cell in counted.items()}
        comparisons += compare_shares("adoption", at, adopted)
    moments = _load_moments(engine, at, clock)
    places = {
        each.key: number_period(clock.period, each.start) if each.start else (groups or []).index(each.key)
        for each in named
    }
    comparisons += compare_means("revenue", at, {key: moments[places[key]] for key in counted})
    return replace(table, comparisons=tuple(comparisons), at=at), findings


def _choose_at(
    cohorts: Sequence[Cohort], table: CohortTable, spec: CohortSpec
) -> tuple[int | None, dict[str, Cell]]:
    """The period to compare at: the plan's, else the latest up to the usual one that enough lived through.

    Enough: two cohorts of the least size a comparison takes.
    """
    usual = USUAL_PERIODS[table.period]
    most = spec.at or (usual if table.by_start else usual * (3 if table.period == "week" else 2))
    for at in range(most, 0, -1) if spec.at is None else (most,):
        counted = {
            each.key: cell for each in cohorts for cell in each.cells if cell.period == at and cell.complete
        }
        enough = [key for key, cell in counted.items() if cell.customers >= LEAST_CUSTOMERS]
        if len(enough) >= 2:
            return at, counted
    return None, {}


def _too_short(cohorts: Sequence[Cohort], table: CohortTable) -> Finding:
    complete = {
        each.key
        for each in cohorts
        for cell in each.cells
        if cell.period == 1 and cell.complete and cell.customers >= LEAST_CUSTOMERS
    }
    figures = {"have": len(complete), "need": 2, "least": LEAST_CUSTOMERS}
    return Finding(f"cohorts_not_compared_{table.period}", "info", figures=figures)


def _load_moments(engine: Engine, at: int, clock: _Clock) -> dict[int, Moments]:
    """By cohort, what those who have lived through period `at` spent up to its end; summed in cents."""
    rows = engine.records(
        sql(
            """
            with spent as (
              select cohort, cast(cast(sum(amount) as decimal(18, 4)) as decimal(18, 2)) as amount
              from cohort_orders where start + $at < $now and period <= $at group by number, cohort),
            sums as (
              select cohort, sum(amount) as total, sum(cast(amount as decimal(38, 2)) * amount) as squares
              from spent group by cohort),
            sizes as (
              select cohort, count(*) as n from cohort_starts where start + $at < $now group by cohort)
            select cohort, n, coalesce(total, 0) as total, coalesce(squares, 0) as squares
            from sizes left join sums using (cohort)
            """,
            at=at,
            now=clock.now,
        )
    )
    return {
        row["cohort"]: Moments(row["n"], Fraction(row["total"]), Fraction(row["squares"])) for row in rows
    }
