"""What a propensity goes by: how much worse it tells without each variable, and which way that one points.

Model: a variable's weight is how much AUC is lost on the customers tested when its values are shuffled among
    them; its direction is what happened to the third of customers with the least of it and to the third with
    the most (of a category: to its frequent values).
Assumes: variables that say the same share their weight, so each may look lighter than it is; nothing here
    says that one causes the other.
Source: Breiman, "Random forests", Machine Learning 45, 2001 (permutation importance); Fisher, Rudin and
    Dominici, "All models are wrong, but many are useful", Journal of Machine Learning Research 20, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.prediction.propensity.discrimination import estimate_discrimination
from vitrail.prediction.propensity.features import Feature, Kind, fit_features, load_matrix
from vitrail.prediction.propensity.models import Model
from vitrail.variables.leakage import FORETELLS

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

TOLD, REPEATS, MOST_ROWS, SEED = 6, 5, 20_000, 29
LEAST_WEIGHT = 0.001
MOST_LEVELS_TOLD = 4


def describe_drivers(
    engine: Engine,
    table: str,
    features: Sequence[Feature],
    model: Model,
    matrix: Array,
    happened: Truth,
) -> list[dict[str, Any]]:
    """The heaviest variables on the customers tested, the heaviest first.

    Args:
        table: the customers tested, with their variables and `happened`.
        matrix: their columns, shape (rows, columns); `happened`: shape (rows,).
    """
    weights = weigh_features(features, model, matrix, happened)
    heaviest = sorted(features, key=lambda each: (-weights[each.name], each.name))[:TOLD]
    return [
        {
            "variable": each.name,
            "weight": weights[each.name],
            "groups": _levels(engine, table, each.name)
            if each.kind == "category"
            else _thirds(engine, table, each.name),
        }
        for each in heaviest
        if weights[each.name] >= LEAST_WEIGHT
    ]


def weigh_features(
    features: Sequence[Feature], model: Model, matrix: Array, happened: Truth
) -> dict[str, float]:
    """By variable, the AUC lost when its columns are shuffled among customers, together, mean of repeats."""
    if len(matrix) > MOST_ROWS:
        kept = np.sort(np.random.default_rng(SEED).permutation(len(matrix))[:MOST_ROWS])
        matrix, happened = matrix[kept], happened[kept]
    if not 0 < happened.sum() < len(happened):
        return {each.name: 0.0 for each in features}
    whole = estimate_discrimination(model.score(matrix), happened).auc
    random = np.random.default_rng(SEED)
    orders = [random.permutation(len(matrix)) for _ in range(REPEATS)]
    weights, start = {}, 0
    for each in features:
        own = slice(start, start + len(each.columns))
        start = own.stop
        lost = []
        for order in orders:
            shuffled = matrix.copy()
            shuffled[:, own] = matrix[order][:, own]
            lost.append(whole - estimate_discrimination(model.score(shuffled), happened).auc)
        weights[each.name] = float(np.mean(lost))
    return weights


def find_foretelling(engine: Engine, table: str, chosen: Mapping[str, Kind]) -> dict[str, float]:
    """The variables that tell what happens all but perfectly, each with its AUC: they contain the answer.

    Nothing known beforehand does that; a column written afterwards does.
    """
    leaks = {}
    for name, kind in chosen.items():
        feature = fit_features(engine, table, {name: kind})
        if not feature:
            continue
        matrix, happened = load_matrix(engine, table, feature)
        if not 0 < happened.sum() < len(happened):
            return {}
        scores = _best_score(matrix, happened)
        auc = estimate_discrimination(scores, happened).auc
        if max(auc, 1 - auc) >= FORETELLS:
            leaks[name] = max(auc, 1 - auc)
    return leaks


def _best_score(matrix: Array, happened: Truth) -> Array:
    """The one number that a variable's columns give: itself, or of a category the share of each value."""
    if matrix.shape[1] == 1:
        return np.asarray(matrix[:, 0])
    values, place = np.unique(matrix, axis=0, return_inverse=True)
    if len(values) > 50:
        return np.asarray(matrix[:, 0])
    place = place.ravel()
    return np.asarray((np.bincount(place, happened) / np.bincount(place))[place])


def _thirds(engine: Engine, table: str, name: str) -> list[dict[str, Any]]:
    """What happened to those with the least and those with the most of a number."""
    x = sql("cast($x as double)", x=column(name))
    cuts = engine.records(
        sql("select quantile_cont($x, [0.333333, 0.666667]) as cuts from $t", x=x, t=exp.to_table(table))
    )[0]["cuts"]
    if not cuts:
        return []
    low, high = float(cuts[0]), float(cuts[1])
    above = "$x >= $high" if high > low else "$x > $high"
    rows = engine.records(
        sql(
            "select side, count(*) as customers, count(*) filter (where happened) as happened, "
            "min(x) as least, max(x) as most from (select $x as x, happened, case when $x <= $low "
            f"then 'low' when {above} then 'high' end as side from $t) as sides where side is not null "
            "group by side order by side desc",
            x=x,
            low=low,
            high=high,
            t=exp.to_table(table),
        )
    )
    return [_group(row, {"side": row["side"], "least": row["least"], "most": row["most"]}) for row in rows]


def _levels(engine: Engine, table: str, name: str) -> list[dict[str, Any]]:
    """What happened to the customers of each of the most frequent values, the highest share first."""
    rows = engine.records(
        sql(
            "select cast($x as varchar) as level, count(*) as customers, "
            "count(*) filter (where happened) as happened from $t where $x is not null group by 1 "
            "order by customers desc, level limit $most",
            x=column(name),
            t=exp.to_table(table),
            most=MOST_LEVELS_TOLD,
        )
    )
    groups = [_group(row, {"level": row["level"]}) for row in rows]
    return sorted(groups, key=lambda each: (-each["share"], each["level"]))


def _group(row: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {**own, "customers": row["customers"], "share": row["happened"] / row["customers"]}
