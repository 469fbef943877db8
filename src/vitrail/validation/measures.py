"""What segments are compared on: the numbers and yes/no of the profile, and its most common answers.

A measure is a number, or a yes/no: a yes/no of the profile, a condition of the plan, or one answer of a
variable with few (`usual_channel` is `web`). Weekdays and hours, which have no order, are asked as "at the
weekend" and "in the evening". What sums up orders counts for customers who have ordered: the zero of people
who never did is no small purchase.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlglot import exp

from vitrail import i18n
from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.engine.conditions import check_types
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.i18n.formats import LANGUAGES
from vitrail.plan.kpis import read_kpi

Kind = Literal["number", "yes_no"]
Place = Callable[[str], str]

MOST_ANSWERS = 4
"""How many answers of a variable are measures of their own, the most common first."""
RAREST, COMMONEST = 0.02, 0.98
"""An answer rarer or commoner than this says nothing."""

MOST_DISTINCT = 20
"""A text with more answers than this is not asked about, unless it is in `ANSWERED`."""

ANSWERED = (
    "usual_channel",
    "usual_payment_method",
    "favourite_category",
    "acquisition_channel",
    "country",
    "gender",
)
"""The variables whose answers are compared one by one, however many they are."""

_NOT_ASKED = frozenset(
    {"email", "first_name", "last_name", "phone", "company", "city", "region", "postal_code"}
    | {"favourite_product"}
)

CLOCKED = {"usual_weekday": ("weekend", "$x >= 6"), "usual_hour": ("evening", "$x >= 18")}

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U", "DECIMAL", "FLOAT", "DOUBLE")
_NOT_MEASURED = frozenset({"customer_id", "postal_code", "phone", "is_one_time"})
_OF_ORDERS = frozenset({"orders", "products", "categories", "refunds", "order_lines"})


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing segments are compared on.

    Args:
        key: its name, unique: a variable, `variable = answer`, or a condition of the plan.
        variables: the columns of the profile it is made of.
        kind: a number or a yes/no.
        expression: over the profile; NULL where a customer has none.
        label: its name for people, by language.
        unit: of the variable, as in the catalogue.
    """

    key: str
    variables: tuple[str, ...]
    kind: Kind
    expression: exp.Expr
    label: Mapping[Language, str]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the profile that may be measured.

    Args:
        kind: its SQL type.
        label: its name for people, by language.
        grain: the table it sums up, as in the catalogue; empty where that is not known.
    """

    name: str
    kind: str
    label: Mapping[Language, str]
    unit: str = ""
    grain: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind.startswith(_NUMBERS)

    @property
    def is_text(self) -> bool:
        return self.kind == "VARCHAR" or self.kind.startswith("ENUM")

    @property
    def is_float(self) -> bool:
        return self.kind in ("DOUBLE", "FLOAT")


def choose_measures(
    engine: Engine, table: str, columns: Mapping[str, Column], kpis: Sequence[str] | None = None
) -> tuple[Measure, ...]:
    """The measures that the customers of `table` carry, in the order of its columns.

    Args:
        columns: those that may be measured; segmentations and scores are not among them.
        kpis: the plan's own, instead of all: columns, or conditions.
    """
    if kpis is not None:
        asked = [each for kpi in kpis for each in _asked(engine, table, kpi, columns)]
        return _drop_doubles(asked)
    found: list[Measure] = []
    answered = [each for each in columns.values() if each.is_text and each.name not in _NOT_ASKED]
    answers = _load_answers(engine, table, answered)
    for each in columns.values():
        if each.name in answers:
            found += (_answer(each, answer) for answer in answers[each.name])
        elif each.name not in _NOT_MEASURED and each.grain != "predictions":
            measure = _measure(each, columns)
            found += [measure] if measure is not None else []
    return tuple(found)


def _measure(each: Column, columns: Mapping[str, Column]) -> Measure | None:
    """A column as a measure; None where it is neither a number nor a yes/no."""
    if each.name in CLOCKED and each.is_number:
        key, condition = CLOCKED[each.name]
        asked = expression(condition, x=column(each.name))
        label = {language: i18n.text(f"validation_measure_{key}", language) for language in LANGUAGES}
        return Measure(key, (each.name,), "yes_no", asked, label)
    if each.kind == "BOOLEAN":
        return Measure(each.name, (each.name,), "yes_no", _of_buyers(each, columns), each.label)
    if each.is_number:
        return Measure(each.name, (each.name,), "number", _of_buyers(each, columns), each.label, each.unit)
    return None


def check_kpis(
    engine: Engine, table: str, columns: Mapping[str, Column], kpis: Sequence[str], place: Place
) -> list[Finding]:
    """What the data have against KPIs of the plan: a column of another kind, a condition that is none."""
    findings = []
    rows: Query = exp.select("*").from_(table)
    for number, kpi in enumerate(kpis):
        tree, at = _named(kpi, columns), place(f"validation.kpis.{number}")
        if not isinstance(tree, exp.Column):
            findings += check_types(engine, tree, rows, at)
        elif not (each := columns[tree.name]).is_number and not each.is_text and each.kind != "BOOLEAN":
            figures = {"name": each.name, "kind": each.kind}
            findings.append(Finding("validation_kpi_kind", "error", at, figures))
    return findings


def _named(kpi: str, columns: Mapping[str, Column]) -> exp.Expr:
    """The tree of a KPI, its columns by their exact names."""
    exact = {name.casefold(): name for name in columns}

    def named(node: exp.Expr) -> exp.Expr:
        return column(exact[node.name.casefold()]) if isinstance(node, exp.Column) else node

    return read_kpi(kpi).transform(named)


def _asked(engine: Engine, table: str, kpi: str, columns: Mapping[str, Column]) -> list[Measure]:
    """A KPI of the plan: a number or yes/no, the common answers of a text, or a condition."""
    tree = _named(kpi, columns)
    if isinstance(tree, exp.Column) and (each := columns[tree.name]).is_text:
        return [_answer(each, answer) for answer in _load_answers(engine, table, [each])[each.name]]
    if isinstance(tree, exp.Column) and (measure := _measure(columns[tree.name], columns)) is not None:
        return [measure]
    names = tuple(dict.fromkeys(found.name for found in tree.find_all(exp.Column)))
    return [Measure(kpi, names, "yes_no", tree, dict.fromkeys(LANGUAGES, kpi))]


def _drop_doubles(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    return tuple({each.key: each for each in measures}.values())


def _answer(each: Column, answer: str) -> Measure:
    label = {
        language: i18n.text("validation_measure_answer", language, variable=name, answer=answer)
        for language, name in each.label.items()
    }
    text = (
        column(each.name)
        if each.kind == "VARCHAR"
        else expression("cast($x as varchar)", x=column(each.name))
    )
    asked = expression("$x = $answer", x=text, answer=answer)
    return Measure(f"{each.name} = {answer}", (each.name,), "yes_no", asked, label)


def _of_buyers(each: Column, columns: Mapping[str, Column]) -> exp.Expr:
    value = expression("case when isfinite($x) then $x end" if each.is_float else "$x", x=column(each.name))
    if each.grain in _OF_ORDERS and "order_count" in columns:
        return expression("case when order_count > 0 then $x end", x=value)
    return value


def _load_answers(engine: Engine, table: str, columns: Sequence[Column]) -> dict[str, list[str]]:
    """The most common answers of each variable, the commonest first; of equals the least."""
    if not columns:
        return {}
    counted = [
        sql(
            "select $name as name, cast($x as varchar) as answer, count(*) as customers,"
            " sum(count(*)) over () as known, count(*) over () as answers"
            " from $table where $x is not null group by all order by customers desc, answer limit $most",
            name=each.name,
            x=column(each.name),
            table=exp.to_table(table),
            most=MOST_ANSWERS,
        ).subquery()
        for each in columns
    ]
    queries = [exp.select("*").from_(each) for each in counted]
    query = queries[0] if len(queries) == 1 else exp.union(*queries, distinct=False)
    found: dict[str, list[str]] = {each.name: [] for each in columns}
    for row in _ordered(engine.records(query)):
        few = row["name"] in ANSWERED or row["answers"] <= MOST_DISTINCT
        if few and RAREST <= row["customers"] / row["known"] <= COMMONEST:
            found[row["name"]].append(row["answer"])
    return found


def _ordered(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from sorted(rows, key=lambda row: (row["name"], -row["customers"], row["answer"]))
