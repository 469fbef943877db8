"""The part of a new plan that cuts customers known by their file alone: no source has orders.

By its columns: classes of a value, the kinds that one of few words tells (a contract, an offer), groups of
like customers. What stands behind a `#` is an example over columns that are there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial

from sqlglot import exp

from vitrail import i18n
from vitrail.collection.guessing.headers import fold
from vitrail.collection.guessing.names import name_score
from vitrail.collection.readings import plain_name
from vitrail.collection.values import ColumnReport
from vitrail.engine import Engine, column, sql
from vitrail.plan.names import BUILT_IN_VARIABLES, IDENTIFIER
from vitrail.variables.kpis import YES
from vitrail.workspace.drafting import DraftedSource, Line, aligned

_WORTH = frozenset({"mrr", "arr", "arpa", "arpu", "ltv", "clv"})
_KINDS = frozenset(
    {"contract", "contrat", "plan", "offer", "offre", "formule", "tier", "subscription", "abonnement", "type"}
)
_MOST_KINDS = 6
_MOST_NUMBERS = 5
_YES = frozenset({*YES, "1.0"})
_LEFT = re.compile("churn|left|exited|parti|resili|attrition")
_STAYED = re.compile("tenure|anciennete|duration|duree")


def draft_cuts(engine: Engine, source: DraftedSource, language: i18n.Language) -> list[str]:
    """The blocks `segmentations`, then examples of what else the file can tell."""
    say = partial(i18n.text, language=language)
    own = _own_columns(source)
    numbers = [name for name, report in own.items() if _is_measure(report)]
    worth = max(numbers, key=lambda name: _worth(own[name].column), default=None)
    if worth is not None and not _worth(own[worth].column):
        worth = None
    kinds = _find_kinds(engine, source, own, any_name=worth is None and len(numbers) < 2)
    lines: list[Line] = [("segmentations:", say("draft_segmentations"))]
    if worth:
        lines.append((f"  value: {{method: abc, variable: {worth}}}", say("draft_abc_register")))
    for name, values in kinds.items():
        lines += _draft_rules(name, values, say)
    groups = ", ".join(name for name in numbers[:_MOST_NUMBERS])
    if len(numbers) >= 2:
        mark = "" if len(lines) == 1 else "# "
        lines.append((f"  {mark}groups: {{method: clusters, variables: [{groups}]}}", say("draft_clusters")))
    blocks = [aligned(lines)] if any(not text.lstrip().startswith("#") for text, _ in lines[1:]) else []
    if not blocks:
        blocks = [aligned([(f"# {text}", said) for text, said in lines] + _EXAMPLE)]
    return [*blocks, *_draft_questions(engine, source, own, next(iter(kinds), None), language)]


_EXAMPLE: list[Line] = [
    ("#   kinds:", ""),
    ("#     method: rules", ""),
    ("#     segments: {some: {when: country = 'FR'}, others: {otherwise: true}}", ""),
]


def _own_columns(source: DraftedSource) -> Mapping[str, ColumnReport]:
    """The columns that are nothing but the file's own, by the name a plan gives them."""
    mapped = {each.source for each in source.guess.columns.values()}
    found = {plain_name(name): report for name, report in source.reports.items() if name not in mapped}
    return {
        name: report
        for name, report in found.items()
        if IDENTIFIER.fullmatch(name) and name not in BUILT_IN_VARIABLES
    }


def _is_measure(report: ColumnReport) -> bool:
    return (
        report.reading.kind == "number" and report.distinct > 10 and not (report.unique and report.is_integer)
    )


def _worth(name: str) -> float:
    return 1.0 if set(fold(name).split()) & _WORTH else max(name_score("amount", name) - 0.6, 0.0)


def _find_kinds(
    engine: Engine, source: DraftedSource, own: Mapping[str, ColumnReport], any_name: bool
) -> dict[str, list[str]]:
    """One column of few different texts and what it holds: one whose name says a kind, or any."""
    few = [name for name, report in own.items() if 2 <= report.distinct <= _MOST_KINDS]
    few = [name for name in few if own[name].reading.kind == "text"]
    named = [name for name in few if set(name.split("_")) & _KINDS]
    for name in [*named, *(few if any_name else ())][:1]:
        values = _load_values(engine, source, own[name].column)
        if len({_key(each) for each in values}) == len(values) >= 2:
            return {name: values}
    return {}


def _load_values(engine: Engine, source: DraftedSource, name: str) -> list[str]:
    """The different texts of a column that has few."""
    rows = source.read.relation.subquery("rows")
    template = (
        "select distinct trim($x::varchar) as value from $rows where trim($x::varchar) <> '' order by 1"
    )
    return [row["value"] for row in engine.records(sql(template, x=column(name), rows=rows))]


def _key(value: str) -> str:
    """A value as the key of a segment: `Month-to-month` is `month_to_month`."""
    key = plain_name(value)[:40].strip("_")
    return key if IDENTIFIER.fullmatch(key) else f"kind_{key}".strip("_")


def _draft_rules(name: str, values: list[str], say: Callable[[str], str]) -> list[Line]:
    lines: list[Line] = [
        (f"  {say('draft_by')}_{name[:50]}:", say("draft_rules_register")),
        ("    method: rules", ""),
        ("    segments:", ""),
    ]
    for value in values:
        when = json.dumps(_equals(name, value), ensure_ascii=False)
        lines.append(
            (f"      {_key(value)}: {{label: {json.dumps(value, ensure_ascii=False)}, when: {when}}}", "")
        )
    rest = json.dumps(say("draft_others"), ensure_ascii=False)
    return [*lines, (f"      others: {{label: {rest}, otherwise: true}}", "")]


def _equals(name: str, value: str) -> str:
    """
    >>> _equals("contract", "Two year")
    "contract = 'Two year'"
    """
    return f"{name} = {exp.Literal.string(value).sql('duckdb')}"


def _draft_questions(
    engine: Engine,
    source: DraftedSource,
    own: Mapping[str, ColumnReport],
    kind: str | None,
    language: i18n.Language,
) -> list[str]:
    """What a file that tells who left can answer, as a comment: why people leave, how long they stay."""
    left = next((name for name, each in own.items() if _LEFT.search(name) and each.distinct == 2), None)
    if left is None:
        return []
    yes = [each for each in _load_values(engine, source, own[left].column) if each.casefold() in _YES]
    if len(yes) != 1:
        return []
    number = own[left].reading.kind == "number"
    said = json.dumps(f"{left} = {yes[0]}" if number else _equals(left, yes[0]), ensure_ascii=False)
    say = partial(i18n.text, language=language)
    lines: list[Line] = [("# drivers:", say("draft_drivers")), (f"#   leaving: {{kpi: {said}}}", "")]
    stayed = next((name for name, each in own.items() if _STAYED.search(name) and _is_measure(each)), None)
    if stayed and kind:
        survival = f"survival: {{duration: {stayed}, left: {said}}}"
        lines += [("# cohorts:", say("draft_survival")), (f"#   stay: {{by: {kind}, {survival}}}", "")]
    return [aligned(lines)]
