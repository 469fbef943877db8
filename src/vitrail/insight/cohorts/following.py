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
from vitrail.i18n import LANGUAGES
from vitrail.insight.cohorts.calendar import (
    Observed,
    Period,
    key_period,
    number_period,
    start_period,
)
from vitrail.insight.cohorts.cell import Cell
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
from vitrail.insight.cohorts.triangle import build_starts, load_cells, load_sizes
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
    sizes = load_sizes(engine)
    if groups is None:
        places = {key_period(period, number): number for number in sizes}
    else:
        places = {key: groups.index(key) for key in order_groups(base, spec.by, groups)}
    not_new = _find_not_new(sizes) if spec.by == "first_order" else None
    compared = [key for key, number in places.items() if number != not_new and key not in ("", "*")]
    at, uncompared, found = _choose_at([sizes.get(places[key], {}) for key in compared], spec, base, clock)
    cells, moments = load_cells(engine, period, clock.now, clock.last, MOST_PERIODS, by_start, adopted, at)
    cohorts = [
        Cohort(
            key,
            name_group(base, spec.by, key) if groups is not None else dict.fromkeys(LANGUAGES, key),
            start_period(period, number) if groups is None else None,
            sum(sizes.get(number, {}).values()),
            tuple(cells.get(number, ())),
        )
        for key, number in places.items()
    ]
    if not_new is not None:
        findings.append(Finding("cohorts_not_new", "info", figures={"start": start_period(period, not_new)}))
    counted = [cohort for cohort in cohorts if places[cohort.key] != not_new]
    table = CohortTable(
        name=name,
        label=name_block(base, name, spec, period),
        by=spec.by,
        by_label=name_by(base, spec.by, period),
        by_start=by_start,
        period=period,
        until=observed.until,
        cohorts=tuple(cohorts),
        whole=() if base.overlap(spec.by) else tuple(_add_up(counted)),
        comparisons=(),
        at=at,
        uncompared=uncompared,
        not_new=None if not_new is None else key_period(period, not_new),
        adopted_label=label_texts(spec.adopted_label, spec.adopted or "")
        if spec.adopted is not None
        else None,
    )
    if at is not None:
        spent = {key: moments[places[key]] for key in compared if places[key] in moments}
        table = replace(table, comparisons=_compare(table, at, spent))
    return table, findings + found


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


def _add_up(cohorts: Sequence[Cohort]) -> list[Cell]:
    """All cohorts together, period by period, over their complete cells.

    What a customer has brought since the start is the sum over periods of the mean in each, of those who have
    lived through it (Nelson's mean cumulative function): no total jumps because young cohorts leave it.
    """
    found: dict[int, list[Cell]] = {}
    for cohort in cohorts:
        for cell in cohort.cells:
            if cell.complete:
                found.setdefault(cell.period, []).append(cell)
    whole, spent, ordered = [], Fraction(0), Fraction(0)
    for period, cells in sorted(found.items()):
        customers = sum(cell.customers for cell in cells)
        revenue, orders = (
            sum((cell.revenue for cell in cells), Decimal(0)),
            sum(cell.orders for cell in cells),
        )
        spent += Fraction(revenue) / customers
        ordered += Fraction(orders, customers)
        to_date = spent * customers
        whole.append(
            Cell(
                period,
                True,
                customers,
                sum(cell.active for cell in cells),
                revenue,
                Decimal(to_date.numerator) / to_date.denominator,
                orders,
                ordered * customers,
                None if cells[0].adopted is None else sum(cell.adopted or 0 for cell in cells),
            )
        )
    return whole


def _find_not_new(sizes: Mapping[int, Mapping[int, int]]) -> int | None:
    """The first cohort where it is half as big again as usual: customers of before the data are in it."""
    customers = [sum(starts.values()) for starts in sizes.values()]
    if len(customers) < 4:
        return None
    usual = median(customers[1:-1])
    return next(iter(sizes)) if customers[0] > 1.5 * usual + 3 * usual**0.5 else None


def _choose_at(
    sizes: Sequence[Mapping[int, int]], spec: CohortSpec, base: Base, clock: _Clock
) -> tuple[int | None, str, list[Finding]]:
    """The period to compare at: the plan's, else the latest up to the usual one that enough lived through.

    Enough: two cohorts of the least size a comparison takes. Where there is none, why not.

    Args:
        sizes: of each cohort to be compared, how many of its customers began in each period.
    """
    by_start = spec.by in START_GROUPS
    if not by_start and is_circular(base, spec.by):
        return None, "circular", [Finding("cohorts_circular", "warning")]
    if base.overlap(spec.by):
        return None, "overlap", []

    def count_enough(at: int) -> int:
        lived = [sum(n for start, n in starts.items() if start + at < clock.now) for starts in sizes]
        return sum(customers >= LEAST_CUSTOMERS for customers in lived) if at <= MOST_PERIODS else 0

    usual = USUAL_PERIODS[clock.period]
    most = spec.at or (usual if by_start else usual * (3 if clock.period == "week" else 2))
    for at in range(most, 0, -1) if spec.at is None else (most,):
        if count_enough(at) >= 2:
            return at, "", []
    figures = {"have": count_enough(1), "need": 2, "least": LEAST_CUSTOMERS}
    return None, "short", [Finding(f"cohorts_not_compared_{clock.period}", "info", figures=figures)]


def _compare(table: CohortTable, at: int, spent: Mapping[str, Moments]) -> tuple[Comparison, ...]:
    """The cohorts by each measure; `spent`: what their customers spent up to the end of the period."""
    counted = {
        each.key: cell
        for each in table.cohorts
        for cell in each.cells
        if each.key in spent and cell.period == at
    }
    retained = {key: (cell.active, cell.customers) for key, cell in counted.items()}
    comparisons: list[Comparison] = [*compare_shares("retention", at, retained)]
    if table.adopted_label is not None:
        adopted = {key: (cell.adopted or 0, cell.customers) for key, cell in counted.items()}
        comparisons += compare_shares("adoption", at, adopted)
    return (*comparisons, *compare_means("revenue", at, spent))
