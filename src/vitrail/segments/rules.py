"""Rules: segments by conditions over variables, scores and other segments.

Model: ordered rules put each customer in the first segment whose condition is true, and the rest in the
    `otherwise` segment; overlapping rules put each customer in every segment whose condition is true. A
    condition that is NULL, because a value is missing, is not true. All rules are one CASE, or one list:
    one scan, however many they are. A rule that nobody is in is told.
Assumes: nothing is fitted; the thresholds are the plan's, and mean what its author meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.engine import Engine, Query
from vitrail.engine.conditions import check_comparisons, check_types, parse_condition
from vitrail.errors import DataError, PlanError
from vitrail.findings import Finding
from vitrail.i18n.formats import LANGUAGES
from vitrail.plan.expressions import segments_named
from vitrail.plan.names import NO_ORDER
from vitrail.segments.base import Base
from vitrail.segments.model import Segment, Segmentation, apply_segmentations
from vitrail.segments.words import name_segment, name_segmentation, translate

if TYPE_CHECKING:
    from vitrail.plan import RulesSpec, SegmentationSpec


def compile_rules(
    key: str,
    spec: RulesSpec,
    base: Base,
    compiled: Mapping[str, Segmentation],
    place: Callable[[str], str],
) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Compile ordered or overlapping rules.

    Args:
        compiled: the segmentations that the conditions may speak of.
        place: says where in the plan a path is written.

    Raises:
        PlanError: with the faults of all conditions.
    """

    def at(name: str) -> str:
        return place(f"segmentations.{key}.segments.{name}.when")

    columns = [*base.columns, *(score for each in compiled.values() for score in each.scores)]
    known = dict(segment_conditions(compiled))
    conditions: dict[str, exp.Expr] = {}
    faults: list[Finding] = []
    for name, rule in spec.segments.items():
        if rule.when is not None:
            try:
                conditions[name] = parse_condition(rule.when, columns, at(name), known)
            except PlanError as error:
                faults += error.findings
    if not faults:
        faults = _check_types(conditions, base, compiled, at)
    if faults:
        raise PlanError(faults)
    used = {
        found.name.casefold() for condition in conditions.values() for found in condition.find_all(exp.Column)
    }
    segmentation = Segmentation(
        key=key,
        method=spec.method,
        label=name_segmentation(spec.label, key, spec.method),
        segments=_name_rules(spec),
        variables=tuple(name for name in base.columns if name.casefold() in used),
        assign=None if spec.overlapping else _first_match(spec, conditions),
        members=conditions if spec.overlapping else {},
        depends_on=tuple(name for name in compiled if name in used),
    )
    return segmentation, ()


def find_needs(spec: RulesSpec) -> tuple[str, ...]:
    """The segmentations that the conditions speak of, in order of first mention."""
    named = (name for rule in spec.segments.values() if rule.when for name in segments_named(rule.when))
    return tuple(dict.fromkeys(name.partition(".")[0] for name in named))


def _check_types(
    conditions: Mapping[str, exp.Expr],
    base: Base,
    compiled: Mapping[str, Segmentation],
    at: Callable[[str], str],
) -> list[Finding]:
    """What the engine has against the conditions: all at once, one by one only if there is something.

    They are also tried on one row: a text that is no number shows only when it is compared with one.
    """
    if not conditions:
        return []
    faults = [
        each for name, tree in conditions.items() for each in check_comparisons(tree, base.columns, at(name))
    ]
    if faults:
        return faults
    profile: Query = exp.select(exp.Star()).from_(base.table)
    rows = apply_segmentations(list(compiled.values()), profile)
    if _is_computed(exp.select(*conditions.values()).from_(rows.subquery("rows")), base):
        return []
    return [fault for name, tree in conditions.items() for fault in _check_type(tree, base, rows, at(name))]


def _is_computed(conditions: Query, base: Base) -> bool:
    try:
        base.engine.records(conditions.limit(1))
        return set(base.engine.columns(conditions).values()) == {"BOOLEAN"}
    except DataError:
        return False


def _check_type(tree: exp.Expr, base: Base, rows: Query, place: str) -> list[Finding]:
    faults = check_types(base.engine, tree, rows, place)
    if not faults:
        try:
            base.engine.records(exp.select(tree).from_(rows.subquery("rows")).limit(1))
        except DataError as error:
            faults = [Finding(each.code, each.level, place, each.figures) for each in error.findings]
    return faults


def segment_conditions(compiled: Mapping[str, Segmentation]) -> Iterator[tuple[str, exp.Expr]]:
    """By reference (`value.champions`), the condition on the segmented profile that a segment is."""
    for key, segmentation in compiled.items():
        for segment in segmentation.segments:
            yield f"{key}.{segment.key}", segmentation.contains(segment.key)
        if segmentation.method != "rules":
            yield f"{key}.{NO_ORDER}", segmentation.contains(NO_ORDER)


def find_empty_rules(
    engine: Engine,
    specs: Mapping[str, SegmentationSpec],
    segmentations: Sequence[Segmentation],
    table: str,
    place: Callable[[str], str],
) -> Iterator[Finding]:
    """A finding, at its line, for each rule that nobody of `table`, the segmented profile, is in."""
    held = {
        (each.key, name): exp.Max(this=each.contains(name))
        for each in segmentations
        if (spec := specs[each.key]).method == "rules"
        for name, rule in spec.segments.items()
        if rule.when is not None
    }
    if not held:
        return
    columns = [exp.alias_(anyone, f"held_{index}") for index, anyone in enumerate(held.values())]
    (found,) = engine.records(exp.select(*columns).from_(table))
    for (key, name), anyone in zip(held, found.values(), strict=True):
        if not anyone:
            at = place(f"segmentations.{key}.segments.{name}.when")
            yield Finding("rule_holds_nobody", "warning", at, {"segment": f"{key}.{name}"})


def _first_match(spec: RulesSpec, conditions: Mapping[str, exp.Expr]) -> exp.Expr:
    *_, last = spec.segments
    rest = exp.Literal.string(last)
    if not conditions:
        return rest
    case = exp.Case()
    for name, condition in conditions.items():
        case = case.when(condition, exp.Literal.string(name), copy=False)
    return case.else_(rest, copy=False)


def _name_rules(spec: RulesSpec) -> tuple[Segment, ...]:
    """Segments named by the plan; the meaning of a rule is its condition, as written."""
    return tuple(
        name_segment(
            name,
            rule.label,
            translate("segment_otherwise_meaning")
            if rule.when is None
            else dict.fromkeys(LANGUAGES, rule.when),
            position,
        )
        for position, (name, rule) in enumerate(spec.segments.items())
    )
