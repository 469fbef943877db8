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
from vitrail.engine import Engine, column, expression, finite, sql
from vitrail.engine.kinds import is_float, is_number, is_text
from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.i18n.formats import LANGUAGES
from vitrail.plan.expressions import check_columns
from vitrail.plan.kpis import read_kpi
from vitrail.variables import OF_ORDERS, PERSONAL
from vitrail.variables.kpis import compile_kpi, find_yes_no

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

_NOT_ASKED = PERSONAL | {"city", "region", "favourite_product"}
_NOT_MEASURED = PERSONAL | {"is_one_time"}

CLOCKED = {"usual_weekday": ("weekend", "$x >= 6"), "usual_hour": ("evening", "$x >= 18")}


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
        return is_number(self.kind)

    @property
    def is_text(self) -> bool:
        return is_text(self.kind)

    @property
    def is_float(self) -> bool:
        return is_float(self.kind)


def choose_measures(engine: Engine, table: str, columns: Mapping[str, Column]) -> tuple[Measure, ...]:
    """The measures that the customers of `table` carry, in the order of its columns.

    A text of yes and no is one measure, and so is a number of 0 and 1 that counts nothing (it has no unit).

    Args:
        columns: those that may be measured; segmentations and scores are not among them.
    """
    answered = [each for each in columns.values() if each.is_text and each.name not in _NOT_ASKED]
    plain = [each.name for each in columns.values() if each.is_number and not each.unit]
    yes_no = _find_yes_no(engine, table, [*(each.name for each in answered), *plain])
    answers = _load_answers(engine, table, [each for each in answered if each.name not in yes_no])
    found: list[Measure] = []
    for each in columns.values():
        if each.name in answers:
            found += (_answer(each, answer) for answer in answers[each.name])
        elif each.name not in _NOT_MEASURED and each.grain != "predictions":
            measure = _measure(each, columns, yes_no)
            found += [measure] if measure is not None else []
    return tuple(found)


def _find_yes_no(engine: Engine, table: str, names: Sequence[str]) -> dict[str, exp.Expr]:
    found = find_yes_no(engine, exp.select("*").from_(table), names)
    return {name: expression("$x = 1", x=value) for name, value in found.items()}


def _measure(each: Column, columns: Mapping[str, Column], yes_no: Mapping[str, exp.Expr]) -> Measure | None:
    """A column as a measure; None where it is neither a number nor a yes/no."""
    if each.name in CLOCKED and each.is_number:
        key, condition = CLOCKED[each.name]
        asked = expression(condition, x=column(each.name))
        label = {language: i18n.text(f"validation_measure_{key}", language) for language in LANGUAGES}
        return Measure(key, (each.name,), "yes_no", asked, label)
    if each.name in yes_no or each.kind == "BOOLEAN":
        value = _of_buyers(each, yes_no.get(each.name, column(each.name)), columns)
        return Measure(each.name, (each.name,), "yes_no", value, each.label)
    if each.is_number:
        number = column(each.name)
        value = _of_buyers(each, finite(number) if each.is_float else number, columns)
        return Measure(each.name, (each.name,), "number", value, each.label, each.unit)
    return None


def read_kpis(
    engine: Engine,
    table: str,
    columns: Mapping[str, Column],
    kpis: Sequence[str],
    segments: Mapping[str, exp.Expr],
    place: Place,
) -> tuple[tuple[Measure, ...], list[Finding]]:
    """The KPIs of the plan as measures: numbers, yes/no, the common answers of a text, conditions.

    Args:
        segments: by reference (`value.champions`), the condition that a segment is.

    Returns:
        them, and what the data have against the others.
    """
    found: dict[str, Measure] = {}
    faults: list[Finding] = []
    for number, kpi in enumerate(kpis):
        try:
            asked = _asked(engine, table, kpi, columns, segments, place(f"validation.kpis.{number}"))
            found |= {each.key: each for each in asked}
        except ConditionError as error:
            faults += error.findings
    return tuple(found.values()), faults


def _asked(
    engine: Engine,
    table: str,
    kpi: str,
    columns: Mapping[str, Column],
    segments: Mapping[str, exp.Expr],
    place: str,
) -> list[Measure]:
    read = read_kpi(kpi)
    if not isinstance(read, exp.Column):
        found = compile_kpi(engine, kpi, exp.select("*").from_(table), place, segments)
        label = dict.fromkeys(LANGUAGES, kpi)
        return [Measure(kpi, found.columns, "yes_no", expression("$x = 1", x=found.value), label)]
    faults = check_columns(read, columns, place)
    if faults:
        raise ConditionError(faults)
    each = next(own for own in columns.values() if own.name.casefold() == read.name.casefold())
    yes_no = _find_yes_no(engine, table, [each.name])
    if each.is_text and each.name not in yes_no:
        return [_answer(each, answer) for answer in _load_answers(engine, table, [each])[each.name]]
    measure = _measure(each, columns, yes_no)
    if measure is None:
        figures = {"name": each.name, "kind": each.kind}
        raise ConditionError(Finding("validation_kpi_kind", "error", place, figures))
    return [measure]


def _answer(each: Column, answer: str) -> Measure:
    label = {}
    for language, name in each.label.items():
        said = i18n.formats.country(answer, language) if each.name == "country" else answer
        label[language] = i18n.text("validation_measure_answer", language, variable=name, answer=said)
    text = (
        column(each.name)
        if each.kind == "VARCHAR"
        else expression("cast($x as varchar)", x=column(each.name))
    )
    asked = expression("$x = $answer", x=text, answer=answer)
    return Measure(f"{each.name} = {answer}", (each.name,), "yes_no", asked, label)


def _of_buyers(each: Column, value: exp.Expr, columns: Mapping[str, Column]) -> exp.Expr:
    if each.grain in OF_ORDERS and "order_count" in columns:
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
