"""Every segment of every segmentation held against the five criteria: a few scans, then arithmetic on their
sums.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, column, expression
from vitrail.errors import ConditionError
from vitrail.findings import Finding, Level
from vitrail.i18n import Language
from vitrail.plan import StrategySpec, ValidationSpec
from vitrail.validation.accessible import (
    check_channels,
    compile_channels,
    compile_reach,
    judge_accessible,
    measure_reach,
)
from vitrail.validation.actionable import find_levers, judge_actionable
from vitrail.validation.alike import find_averages
from vitrail.validation.comparing import Comparison, assign_parts, compare_segments
from vitrail.validation.coverage import Coverage, measure_coverage
from vitrail.validation.cuts import Cut
from vitrail.validation.distinct import judge_distinct
from vitrail.validation.grading import load_grades
from vitrail.validation.measurable import compile_checks, count_infinite, judge_measurable
from vitrail.validation.measures import Column, Measure, Place, choose_measures, read_kpis
from vitrail.validation.merging import propose_merges
from vitrail.validation.model import CRITERIA, Card
from vitrail.validation.obsolete import Earlier, Obsolete, find_obsolete
from vitrail.validation.overlap import measure_overlap
from vitrail.validation.result import ValidationResult
from vitrail.validation.standing import Among
from vitrail.validation.substantial import judge_substantial, smallest_gain
from vitrail.validation.sums import Sums, load_sums

MOST_NAMED = 8
"""How many segments a finding names."""

_VALUE = "revenue"


@dataclass(frozen=True, slots=True)
class Customers:
    """The customers whose segments are judged.

    Args:
        table: their table, a row a customer, a column a segmentation.
        columns: what may be measured of them.
        lineage: the facets of each column.
        own: columns of the plan's own, and predictions: an action can follow them.
        value: the column of what each is worth, if there is one.
        stale_days: days from the newest row of the data to the as-of date; None where that is not known.
        segments: by reference (`value.champions`), the condition that a segment is: KPIs may ask for it.
        key: what tells a customer from the others.
    """

    table: str
    columns: Mapping[str, Column]
    lineage: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    value: str | None = None
    stale_days: int | None = None
    segments: Mapping[str, exp.Expr] = field(default_factory=dict)
    key: exp.Expr = field(default_factory=lambda: column("customer_id"))


def prepare_validation(
    engine: Engine,
    customers: Customers,
    cuts: Sequence[Cut],
    spec: ValidationSpec,
    strategies: Mapping[str, StrategySpec] | None = None,
    earlier: Earlier | None = None,
    language: Language = "en",
    currency: str | None = None,
    place: Place = lambda path: path,
) -> Callable[[], tuple[ValidationResult, tuple[Finding, ...]]]:
    """Make ready to judge every segment, and each segmentation as a whole; what it gives judges them.

    Args:
        strategies: by reference, such as `value.champions`.
        earlier: what the run before said; None for a first run.
        language, currency: of the sentences in the result's table.
        place: says where the plan has a path.

    Raises:
        ConditionError: a KPI or a channel of the spec does not suit the data; all of them at once.
    """
    table, columns = customers.table, customers.columns
    wanted, faults = read_kpis(engine, table, columns, spec.kpis or (), customers.segments, place)
    faults += check_channels(engine, table, columns, spec.channels, place)
    if faults:
        raise ConditionError(faults)
    kpis = None if spec.kpis is None else wanted
    return partial(_judge, engine, customers, cuts, spec, kpis, strategies or {}, earlier, language, currency)


def _judge(
    engine: Engine,
    customers: Customers,
    cuts: Sequence[Cut],
    spec: ValidationSpec,
    kpis: Sequence[Measure] | None,
    strategies: Mapping[str, StrategySpec],
    earlier: Earlier | None,
    language: Language,
    currency: str | None,
) -> tuple[ValidationResult, tuple[Finding, ...]]:
    measures, asked = _measures(engine, customers, cuts, kpis)
    channels = compile_channels(spec.channels, customers.columns)
    counted = {each.key: _exact(each, customers.columns) for each in measures}
    infinite = count_infinite(engine, customers.table, customers.columns)
    counted |= compile_checks(tuple(cuts), customers.columns, infinite) | compile_reach(channels)
    if customers.value:
        counted[_VALUE] = _finite(column(customers.value), customers.columns[customers.value])
    sums = load_sums(engine, customers.table, cuts, counted)
    defining = {name for cut in cuts for name in cut.defining or ()}
    formed = [i for i, each in enumerate(measures) if set(each.variables) & defining]
    averages = _find_averages(customers, measures)
    grades = load_grades(engine, customers.table, cuts, measures, customers.key, formed, averages)
    known = (customers.lineage, grades.correlations, averages)
    parts = {cut.key: assign_parts(cut, measures, asked, *known) for cut in cuts}
    comparisons = compare_segments(cuts, measures, parts, grades, sums)
    tested = sum(each.part.role == "kpi" and each.effect is not None for each in comparisons)
    alike = {key: frozenset(name for name, each in own.items() if each.alike) for key, own in parts.items()}
    among = {cut.key: Among(cut, grades, tested, alike[cut.key]) for cut in cuts}
    judge = _Judge(customers, spec, strategies, sums, measures, comparisons, channels, among)
    cards = tuple(judge.judge(cut, segment) for cut in cuts for segment in cut.segments)
    result = ValidationResult(
        cards=cards,
        comparisons=comparisons,
        measures=measures,
        overlap=measure_overlap(cuts, sums),
        coverage=measure_coverage(cuts, sums),
        crowding=propose_merges(cuts, measures, grades, sums, spec.guideline),
        obsolete=find_obsolete(engine, customers.table, cuts, cards, earlier) if earlier else (),
        cuts=tuple(cuts),
        thresholds=_thresholds(spec, earlier, grades.compared),
        language=language,
        currency=currency,
    )
    whole = (*_check_whole(result, earlier), *_check_infinite(infinite, customers))
    return result, (*_check_cards(cards), *whole)


def _measures(
    engine: Engine, customers: Customers, cuts: Sequence[Cut], wanted: Sequence[Measure] | None
) -> tuple[tuple[Measure, ...], frozenset[str]]:
    """All measures, and the keys of those that may be KPIs: the plan's, or all.

    What formed a segmentation is measured in any case: to find what says the same, and levers.
    """
    if wanted is None:
        every = choose_measures(engine, customers.table, customers.columns)
        return every, frozenset(each.key for each in every)
    made_of = {cut.key: cut.defining for cut in cuts if cut.defining}
    wanted = [replace(each, variables=_trace(each.variables, made_of)) for each in wanted]
    defining = {name for cut in cuts for name in cut.defining or ()}
    own = {
        name: each for name, each in customers.columns.items() if name in defining or name == "order_count"
    }
    more = [each for each in choose_measures(engine, customers.table, own) if set(each.variables) & defining]
    keys = frozenset(each.key for each in wanted)
    return (*wanted, *(each for each in more if each.key not in keys)), keys


def _find_averages(customers: Customers, measures: Sequence[Measure]) -> frozenset[str]:
    """The measures that are compared at equal numbers of orders, where segments are made from orders."""
    if "order_count" not in customers.columns:
        return frozenset()
    return frozenset(each.key for each in measures if find_averages(each.variables, customers.lineage))


def _trace(names: Iterable[str], made_of: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Variables, those that formed a segmentation in its place."""
    return tuple(dict.fromkeys(each for name in names for each in made_of.get(name, (name,))))


def _exact(measure: Measure, columns: Mapping[str, Column]) -> exp.Expr:
    """The measure as what can be summed exactly: a yes is 1, a number in binary becomes a decimal."""
    if measure.kind == "yes_no":
        return expression("case when $x then 1 else 0 end", x=measure.expression)
    return _finite(measure.expression, columns[measure.variables[0]])


def _finite(value: exp.Expr, read: Column) -> exp.Expr:
    """A number in binary as a decimal, none where it is infinite, not a number, or beyond 22 digits."""
    return expression("try_cast($x as decimal(28, 6))", x=value) if read.is_float else value


def _check_infinite(infinite: Mapping[str, int], customers: Customers) -> tuple[Finding, ...]:
    """A warning for each column some values of which are infinite or not numbers."""
    return tuple(
        Finding(
            "validation_infinite",
            "warning",
            name,
            {"variable": dict(customers.columns[name].label), "values": count},
        )
        for name, count in infinite.items()
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    customers: Customers
    spec: ValidationSpec
    strategies: Mapping[str, StrategySpec]
    sums: Sums
    measures: Sequence[Measure]
    comparisons: Sequence[Comparison]
    channels: Mapping[str, exp.Expr]
    among: Mapping[str, Among]

    def judge(self, cut: Cut, segment: str) -> Card:
        """The card of one segment."""
        spec, sums, name = self.spec, self.sums, (cut.key, segment)
        members = sums.sizes[name]
        strategy = self.strategies.get(f"{cut.key}.{segment}")
        by_key = {each.key: each for each in self.measures}
        own = [e for e in self.comparisons if (e.segmentation, e.segment) == name]
        levers = find_levers(own, by_key, self.customers.own, spec.alpha, spec.least_effect)
        reach = measure_reach(cut, segment, sums, self.channels)
        value = sums.totals[name, _VALUE] if self.customers.value else None
        sizes = (spec.minimum_customers, spec.minimum_value, spec.response_rate, spec.test_gain)
        stale = self.customers.stale_days
        columns = self.customers.columns
        judgements = (
            judge_distinct(
                own, by_key, self.among[cut.key], members, sums.customers, spec.alpha, spec.least_effect
            ),
            judge_measurable(cut, segment, sums, columns, stale, spec.fresh_days, spec.measurable),
            judge_accessible(cut, segment, sums, reach, strategy, spec.accessible),
            judge_substantial(members, value, *sizes),
            judge_actionable(members, strategy, levers, own, by_key),
        )
        return Card(
            segmentation=cut.key,
            segment=segment,
            label=cut.segments[segment],
            customers=members,
            share=members / sums.customers if sums.customers else 0.0,
            value=value,
            judgements=dict(zip(CRITERIA, judgements, strict=True)),
            reach=reach,
            levers=levers,
            smallest_gain=smallest_gain(members, spec.response_rate),
        )


def _thresholds(spec: ValidationSpec, earlier: Earlier | None, compared: int) -> dict[str, object]:
    names = (
        "alpha", "least_effect", "measurable", "fresh_days", "accessible", "minimum_customers",
        "minimum_value", "response_rate", "test_gain",
    )  # fmt: skip
    found: dict[str, object] = {name: getattr(spec, name) for name in names}
    found |= {"guideline": list(spec.guideline), "compared": compared}
    return found | {"earlier": earlier.as_of if earlier else None}


def _check_cards(cards: Sequence[Card]) -> tuple[Finding, ...]:
    """One finding a criterion that segments fail, with their names; one for what could not be told of any."""
    findings = []
    for criterion in CRITERIA:
        held = [card for card in cards if card.customers]
        failed = [card for card in held if card.judgements[criterion].verdict == "fail"]
        unknown = [card for card in held if card.judgements[criterion].verdict == "not_estimable"]
        if failed:
            figures = {
                "segments": len(failed),
                "judged": len(held) - len(unknown),
                "names": _shown([card.reference for card in failed]),
            }
            level: Level = "warning" if criterion in ("distinct", "measurable") else "info"
            findings.append(Finding(f"validation_failed_{criterion}", level, "", figures))
        if held and len(unknown) == len(held) and criterion != "actionable":
            each = unknown[0].judgements[criterion]
            findings.append(Finding(f"validation_unknown_{criterion}", "info", "", each.figures))
    return tuple(findings)


def _shown(names: Sequence[str]) -> list[str]:
    return [*names[:MOST_NAMED], *["…"] * (len(names) > MOST_NAMED)]


def _check_whole(result: ValidationResult, earlier: Earlier | None) -> list[Finding]:
    """Customers in no segment, and what is obsolete, folded; crowding is told where verdicts are shown."""
    findings: list[Finding] = []
    figures: dict[str, Any]
    whole: Coverage = result.coverage[-1]
    if whole.nowhere:
        figures = {"customers": whole.nowhere, "share": whole.nowhere / whole.customers}
        findings.append(Finding("validation_nowhere", "warning", "", figures))
    changed: list[Obsolete] = [each for each in result.obsolete if each.segment and each.change != "aged"]
    if changed:
        names = list(dict.fromkeys(f"{each.segmentation}.{each.segment}" for each in changed))
        figures = {"segments": len(names), "names": _shown(names)}
        if earlier is not None and earlier.cause:
            figures["day"] = dt.date.fromisoformat(earlier.as_of)
            findings.append(Finding(f"validation_obsolete_{earlier.cause}", "info", "", figures))
        else:
            findings.append(Finding("validation_obsolete", "warning", "", figures))
    return findings
