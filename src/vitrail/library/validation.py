"""The five criteria on a dataframe with a row a customer and a column a segmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import Engine, column, expression, sql
from vitrail.engine.duckdb import DuckDB
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.i18n.formats import LANGUAGES
from vitrail.library.clusters import ClusteredTable
from vitrail.library.frames import CUSTOMERS, check_language, find_columns, list_names, register_customers
from vitrail.library.results import FrameResult
from vitrail.library.segmenting import SegmentationResult
from vitrail.plan import Plan, StrategySpec, ValidationSpec, check_conditions, parse_block
from vitrail.plan.faults import choose
from vitrail.validation import CRITERIA, Card, Customers, ValidationResult, check_action, prepare_validation
from vitrail.validation.cuts import Cut, read_cuts
from vitrail.validation.measures import Column
from vitrail.variables import BUILT_IN, KNOWN
from vitrail.variables.lineage import trace_lineage

_SYMBOLS = {"pass": "✓", "weak": "≈", "fail": "✗", "not_estimable": "?"}


@dataclass(frozen=True, slots=True, repr=False)
class Validation(FrameResult):
    """The verdicts on every segment.

    Args:
        result: cards, comparisons, overlap, coverage, merges.
        findings: what a person should know.
    """

    result: ValidationResult
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"

    def card(self, reference: str) -> Card:
        """The card of a segment such as `segment.gold`.

        Raises:
            KeyError: there is no such segment.
        """
        return self.result.card(reference)

    def check_action(self, reference: str) -> tuple[Finding, ...]:
        """A warning for each criterion that a segment fails."""
        return check_action(self.result, reference)

    def compared(self) -> pa.Table:
        """One row a segment and measure: the effect with its interval and its p-values."""
        return self.result.compared()

    def to_arrow(self) -> pa.Table:
        """One row a segment and criterion."""
        return self.result.to_arrow()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return self.result.to_dict()

    def _headline(self) -> str:
        return "\n".join(
            f"{card.reference}: "
            + ", ".join(f"{name} {each.verdict.replace('_', ' ')}" for name, each in card.judgements.items())
            for card in self.result.cards
        )

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        said: dict[str, str] = {name: i18n.text(f"validation_{name}", self.language) for name in CRITERIA}
        labels = {"segment": i18n.text("report_column_segment", self.language)}
        labels |= {"customers": i18n.text("report_column_customers", self.language), **said}
        rows = [
            {"segment": card.label[self.language], "customers": card.customers}
            | {
                name: f"{_SYMBOLS[each.verdict]} "
                + i18n.text(f"validation_verdict_{each.verdict}", self.language)
                for name, each in card.judgements.items()
            }
            for card in self.result.cards
        ]
        return render_table(rows, labels, self.language)


def validate(
    customers: Any,
    segment: str | Sequence[str] | None = None,
    *,
    formed_by: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    value: str | None = None,
    strategies: Mapping[str, Mapping[str, Any]] | None = None,
    language: i18n.Language = "en",
    **options: Any,
) -> Validation:
    """Whether segments are distinct, measurable, accessible, substantial and actionable.

    Args:
        customers: a dataframe with a row a customer (a `customer_id` that comes twice is refused), or what
            `vitrail.rfm` and its like return.
        segment: the column that says in which segment each customer is (a list of segments where they
            overlap), or several such columns. Needed unless `customers` is a result of Vitrail's.
        formed_by: the columns the segments were made from, by segmentation where there are several: they and
            whatever says the same are no evidence of a difference. Not known unless given.
        value: the column of what each customer is worth; `total_amount` if there is one.
        strategies: by reference, such as `segment.gold`: `goal`, `actions`, `channel`, `success`.
        language: of names and messages.
        options: `kpis`, `channels`, `minimum_customers`, `alpha` … as under `validation` in the plan.

    Raises:
        VitrailError: a column is not known, an option is wrong.

    >>> import pyarrow as pa
    >>> customers = pa.table({"tier": ["gold", "basic"] * 200, "visits": [9, 2, 8, 3] * 100})
    >>> found = validate(customers, segment="tier", formed_by=[])
    >>> found.card("tier.gold").judgements["distinct"].verdict
    'pass'
    """
    check_language(language)
    spec = parse_block(ValidationSpec, options, "validation")
    plans = {
        key: parse_block(StrategySpec, dict(each), f"strategies.{key}")
        for key, each in (strategies or {}).items()
    }
    with DuckDB() as engine:
        if segment is None and isinstance(customers, SegmentationResult | ClusteredTable):
            if customers.segmentation is None:
                raise UsageError(Finding("validation_no_segment", "error", "segment"))
            table, key = _rows(customers)
            known = register_customers(engine, table, key)
            columns = _columns(
                engine, (customers.segmentation.key, *customers.segmentation.scores), known.key
            )
            cuts = read_cuts([customers.segmentation], columns)
        else:
            table = customers.customers if isinstance(customers, SegmentationResult) else customers
            known = register_customers(engine, table)
            keys = find_columns("segment", list_names(segment), known.columns)
            if not keys:
                raise UsageError(Finding("validation_no_segment", "error", "segment"))
            columns = _columns(engine, keys, known.key)
            cuts = tuple(_cut(engine, each, formed_by, columns) for each in keys)
        _check_spec(spec, columns, value)
        _check_segments(list(plans), [f"{cut.key}.{name}" for cut in cuts for name in cut.segments])
        seen = Customers(
            table=CUSTOMERS,
            columns=columns,
            lineage=trace_lineage(each for each in KNOWN if each.name in columns),
            own=frozenset(columns) - {each.name for each in BUILT_IN},
            value=value or ("total_amount" if "total_amount" in columns else None),
            key=known.identity,
        )
        result, findings = prepare_validation(engine, seen, cuts, spec, plans, language=language)()
    return Validation(result, findings, language)


def _rows(result: SegmentationResult | ClusteredTable) -> tuple[pa.Table, str | None]:
    """The customers of a result with their segments, and the column that names them."""
    if isinstance(result, SegmentationResult):
        return result.customers, None
    table, segments = result.given, result.rows.column(result.segmentation.key)
    others = [name for name in table.column_names if name.casefold() != result.segmentation.key]
    named = result.rows.column_names[0]
    table = table.select(others).append_column(result.segmentation.key, segments)
    return table, named if named in others else None


def _columns(engine: Engine, segmentations: Sequence[str], key: str | None) -> dict[str, Column]:
    """What may be measured: the catalogue's words for columns it knows, their own names for the others."""
    known = {each.name: each for each in BUILT_IN}
    found = {}
    for name, kind in engine.columns(exp.select("*").from_(CUSTOMERS)).items():
        if name in segmentations or name == key:
            continue
        each = known.get(name)
        label = {language: each.label_in(language) if each else name for language in LANGUAGES}
        found[name] = Column(name, kind, label, each.unit if each else "", each.grain if each else "")
    return found


def _cut(
    engine: Engine,
    key: str,
    formed_by: Sequence[str] | Mapping[str, Sequence[str]] | None,
    columns: Mapping[str, Column],
) -> Cut:
    kind = engine.columns(exp.select(column(key)).from_(CUSTOMERS))[key]
    partition = not kind.endswith("[]")
    each = column(key) if partition else expression("unnest($x)", x=column(key))
    rows = engine.records(
        sql(
            "select distinct cast(segment as varchar) as segment from (select $x as segment from $t)"
            " where segment is not null order by 1",
            x=each,
            t=exp.to_table(CUSTOMERS),
        )
    )
    names = [row["segment"] for row in rows]
    given = formed_by.get(key) if isinstance(formed_by, Mapping) else formed_by
    if given is not None:
        given = find_columns("formed_by", list_names(given), list(columns))
    return Cut(
        key=key,
        label=dict.fromkeys(LANGUAGES, key),
        segments={name: dict.fromkeys(LANGUAGES, name) for name in names},
        partition=partition,
        defining=None if given is None else tuple(given),
    )


def _check_segments(references: Sequence[str], known: Sequence[str]) -> None:
    """Refuse strategies for segments that there are not, all at once."""
    faults = [
        choose("plan_unknown_segment", "strategies", {"name": each, "options": list(known)})
        for each in references
        if each not in known
    ]
    if faults:
        raise UsageError(faults)


def _check_spec(spec: ValidationSpec, columns: Mapping[str, Column], value: str | None) -> None:
    plan = Plan(version=1, name="", validation=spec)
    plan.tell_places(lambda path: path.removeprefix("validation."))
    faults = check_conditions(plan, profile=list(columns))
    if value is not None and (value not in columns or not columns[value].is_number):
        numbers = sorted(name for name, each in columns.items() if each.is_number)
        faults.append(choose("frame_no_number", "value", {"name": value, "options": numbers}))
    if faults:
        raise UsageError(faults)
