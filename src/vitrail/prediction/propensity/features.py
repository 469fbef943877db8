"""The profile's variables as numbers that a model weighs, each an SQL expression over a profile.

Model: amounts and counts, which are skewed, by the logarithm of 1 and how many tenths of the median they are
    (sign kept), so that no unit matters; numbers drawn in to the 1st and 99th percentile of what was learned
    from; a missing number is the median, with a column of its own that says so where one in a hundred is
    missing; categories by a column for each of their frequent values.
Assumes: that a variable means the same on another day.

Everything is settled on the customers learned from, and said as SQL, so that the same expressions serve those
learned from, those tested on, and all customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.collection.model import TABLES
from vitrail.engine import Engine, column, expression, finite, sql
from vitrail.engine.kinds import is_number, is_text
from vitrail.engine.sql import literal
from vitrail.variables import AGEING, PERSONAL, Variable

Array = npt.NDArray[np.float64]
Kind = Literal["number", "truth", "category"]

MOST_LEVELS, FEWEST_OF_LEVEL, LEVEL_SHARE, MISSING_SHARE = 8, 30, 0.01, 0.01

#: What changes with what is predicted, or has nearly a value a person.
PASSED_OVER = PERSONAL | {"city", "signed_up_at", "accepts_marketing", "favourite_product"}


@dataclass(frozen=True, slots=True)
class Feature:
    """A variable as columns of numbers."""

    name: str
    kind: Kind
    columns: tuple[exp.Expr, ...]


def choose_features(
    variables: Sequence[Variable], types: Mapping[str, str], asked: Sequence[str] | None = None
) -> dict[str, Kind]:
    """The variables a model may learn from, by name.

    Args:
        types: the SQL type of each column of the profile.
        asked: those that the plan names; any of the profile's.
    """
    known = TABLES["customers"].columns
    found: dict[str, Kind] = {}
    wanted = None if asked is None else {name.casefold() for name in asked}
    for each in variables:
        foreign = each.grain == "customers" and each.name not in known and each.name not in AGEING
        default = each.name not in PASSED_OVER and not foreign
        if default if wanted is None else each.name.casefold() in wanted:
            kind = _kind(types.get(each.name, ""), each.unit)
            if kind is not None:
                found[each.name] = kind
    return found


def _kind(sql_type: str, unit: str) -> Kind | None:
    if sql_type == "BOOLEAN":
        return "truth"
    if is_text(sql_type) or unit in ("weekday", "hour"):
        return "category"
    return "number" if is_number(sql_type) else None


def fit_features(engine: Engine, table: str, chosen: Mapping[str, Kind]) -> tuple[Feature, ...]:
    """The columns of each variable, settled on the rows of `table`; one that does not vary has none."""
    numbers = [name for name, kind in chosen.items() if kind != "category"]
    stats = _load_stats(engine, table, numbers)
    features = []
    for name, kind in chosen.items():
        columns = _levels(engine, table, name) if kind == "category" else _number(name, kind, stats)
        if columns:
            features.append(Feature(name, kind, columns))
    return tuple(features)


def load_matrix(
    engine: Engine, table: str, features: Sequence[Feature]
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The rows of `table` as numbers, shape (rows, columns), and their `happened`, in key order."""
    columns = compile_columns(features)
    query = exp.select(*(exp.alias_(each, f"c{i}") for i, each in enumerate(columns)), "happened")
    rows = engine.arrow(query.from_(table).order_by("customer_id"))
    happened = np.asarray(rows.column("happened").to_numpy(zero_copy_only=False), dtype=bool)
    if not columns:
        return np.empty((rows.num_rows, 0)), happened
    return np.column_stack([rows.column(f"c{i}").to_numpy() for i in range(len(columns))]), happened


def keep_distinct(features: Sequence[Feature], matrix: Array) -> tuple[tuple[Feature, ...], Array]:
    """Without the variables that repeat an earlier one in every row (orders of the year, of a young shop)."""
    seen: set[bytes] = set()
    kept, columns, start = [], [], 0
    for each in features:
        own = matrix[:, start : start + len(each.columns)]
        start += len(each.columns)
        mark = np.ascontiguousarray(own).tobytes()
        if mark not in seen:
            seen.add(mark)
            kept.append(each)
            columns.append(own)
    return tuple(kept), np.column_stack(columns) if columns else matrix


def find_unused(
    asked: Sequence[str], chosen: Mapping[str, Kind], fitted: Sequence[Feature], kept: Sequence[Feature]
) -> dict[str, list[str]]:
    """The variables that a plan names and a model does not learn from, by the reason.

    Args:
        chosen: those that can be numbers; `fitted`: those that vary; `kept`: those that repeat no other.

    Returns:
        `kind`: neither a number, a yes/no nor text; `values`: one value for all, or none that is frequent
        enough; `repeats`: the same as another in every row.
    """
    known = {name.casefold(): name for name in chosen}
    told: dict[str, list[str]] = {"kind": [], "values": [], "repeats": []}
    for name in dict.fromkeys(asked):
        variable = known.get(name.casefold())
        if variable is None:
            told["kind"].append(name)
        elif variable not in {each.name for each in fitted}:
            told["values"].append(variable)
        elif variable not in {each.name for each in kept}:
            told["repeats"].append(variable)
    return {reason: names for reason, names in told.items() if names}


def compile_columns(features: Sequence[Feature]) -> list[exp.Expr]:
    """The columns of all features, in order."""
    return [each for feature in features for each in feature.columns]


def _value(name: str) -> exp.Expr:
    """A number that is none counts as missing."""
    return finite(expression("cast($x as double)", x=column(name)))


def _load_stats(engine: Engine, table: str, names: Sequence[str]) -> Mapping[str, Any]:
    figures: list[exp.Expr] = [sql("count(*)").as_("rows")]
    for i, name in enumerate(names):
        x = _value(name)
        figures.append(sql("count($x)", x=x).as_(f"filled_{i}"))
        figures.append(sql("quantile_cont($x, [0.01, 0.5, 0.99])", x=x).as_(f"cuts_{i}"))
        figures.append(sql("[min($x), max($x)]", x=x).as_(f"ends_{i}"))
    record = engine.records(exp.select(*figures).from_(table))[0]
    found: dict[str, Any] = {"rows": record["rows"]}
    for i, name in enumerate(names):
        found[name] = {key: record[f"{key}_{i}"] for key in ("filled", "cuts", "ends")}
    return found


def _number(name: str, kind: Kind, stats: Mapping[str, Any]) -> tuple[exp.Expr, ...]:
    rows, own = stats["rows"], stats[name]
    filled = own["filled"]
    if not filled:
        return ()
    missing = _missing(name, filled, rows)
    low, middle, high = own["cuts"]
    if kind == "truth" or low == high:
        low, high = own["ends"]
    if low == high:
        return missing
    skewed = kind == "number" and (high - middle) > 2 * (middle - low)
    drawn = expression("least(greatest($x, $low), $high)", x=_value(name), low=float(low), high=float(high))
    if not skewed:
        return (expression("coalesce($x, $middle)", x=drawn, middle=float(middle)), *missing)
    unit = float(abs(middle) or high - low) / 10
    usual = float(np.sign(middle) * np.log1p(abs(middle) / unit))
    shape = "coalesce(sign($x) * ln(1 + abs($x) / $unit), $usual)"
    return (expression(shape, x=drawn, unit=unit, usual=usual), *missing)


def _missing(name: str, filled: int, rows: int) -> tuple[exp.Expr, ...]:
    share = 1 - filled / rows
    if not MISSING_SHARE <= share <= 1 - MISSING_SHARE:
        return ()
    return (expression("case when $x is null then 1.0::double else 0.0::double end", x=_value(name)),)


def _levels(engine: Engine, table: str, name: str) -> tuple[exp.Expr, ...]:
    """A column a frequent value (missing counts as one); none where one value is all there is."""
    text = expression("cast($x as varchar)", x=column(name))
    counted = sql(
        "select $text as level, count(*) as customers, sum(count(*)) over () as rows from $table group by 1 "
        "order by customers desc, level nulls last limit $most",
        text=text,
        table=exp.to_table(table),
        most=MOST_LEVELS + 1,
    )
    found = engine.records(counted)
    frequent = [
        each for each in found if each["customers"] >= max(FEWEST_OF_LEVEL, LEVEL_SHARE * float(each["rows"]))
    ]
    if len(frequent) == len(found):
        frequent = frequent[:-1]  # the last one is told by the others
    return tuple(
        expression(
            "case when $text is not distinct from $level then 1.0::double else 0.0::double end",
            text=text,
            level=literal(each["level"]),
        )
        for each in frequent[:MOST_LEVELS]
    )
