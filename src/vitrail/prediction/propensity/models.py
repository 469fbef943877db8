"""The two models of a propensity: weights on the logit scale, and boosted trees where they clearly do better.

Model: a logistic regression whose weights are drawn towards zero (ridge), by as much as predicts best on
    parts of the customers kept aside in turn; or gradient boosting over histograms of the same columns.
Assumes: customers independent; for the first, effects that add up on the logit scale.
Source: le Cessie and van Houwelingen, "Ridge estimators in logistic regression", Applied Statistics 41, 1992;
    Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29, 2001.
    Fitted by scikit-learn, on one thread, so that the number of threads does not show in the last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine.sql import expression, literal
from vitrail.prediction.propensity.calibration import inverse_logit
from vitrail.prediction.propensity.discrimination import compare_discrimination
from vitrail.statistics.threads import one_thread

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
Kind = Literal["logistic", "trees"]

FOLDS, SEED = 5, 17
PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)  # the inverse of the pull towards zero
FEWEST_FOR_TREES = 1_000
CLEARLY_BETTER = 0.01


class Model(Protocol):
    """Columns to scores on the logit scale."""

    @property
    def kind(self) -> Kind:
        """Which model it is."""

    def score(self, matrix: Array) -> Array:
        """The score of each row, shape (rows,)."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """Weights of the columns."""

    intercept: float
    weights: tuple[float, ...]
    kind: Kind = "logistic"

    def score(self, matrix: Array) -> Array:
        scores: Array = (
            matrix @ np.asarray(self.weights) + self.intercept
            if self.weights
            else np.full(len(matrix), self.intercept)
        )
        return scores

    def compile(self, columns: list[exp.Expr]) -> exp.Expr:
        """The score as SQL over the SQL of the columns."""
        score: exp.Expr = literal(self.intercept)
        for weight, each in zip(self.weights, columns, strict=True):
            if weight:
                score = exp.Add(this=score, expression=expression("$w * $x", w=literal(weight), x=each))
        return score


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees; they live in the process that fitted them."""

    estimator: Any
    kind: Kind = "trees"

    def score(self, matrix: Array) -> Array:
        with one_thread():
            scores: Array = self.estimator.decision_function(matrix)
        return scores


@dataclass(frozen=True, slots=True)
class Developed:
    """A model, and the score of each customer by a model made without them, shape (n,)."""

    model: Model
    aside: Array


def develop_model(matrix: Array, happened: Truth, kind: Literal["auto", "logistic", "trees"]) -> Developed:
    """The model of these customers.

    Args:
        matrix: shape (n, columns); `happened`: shape (n,), of both kinds at least `FOLDS` each.
    """
    with one_thread():
        if kind == "trees":
            return _develop_trees(matrix, happened)
        plain = _develop_logistic(matrix, happened)
        if kind == "logistic" or min(happened.sum(), (~happened).sum()) < FEWEST_FOR_TREES:
            return plain
        trees = _develop_trees(matrix, happened)
        gain = compare_discrimination(trees.aside, plain.aside, happened)
        return trees if gain.low > 0 and gain.value >= CLEARLY_BETTER else plain


def _folds(happened: Truth) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Each part of the customers in turn: those learned from, those kept aside; both kinds in each."""
    place = np.empty(len(happened), dtype=int)
    order = np.random.default_rng(SEED).permutation(len(happened))
    for kind in (True, False):
        own = order[happened[order] == kind]
        place[own] = np.arange(len(own)) % FOLDS
    for fold in range(FOLDS):
        yield np.flatnonzero(place != fold), np.flatnonzero(place == fold)


def _aside(matrix: Array, happened: Truth, fit: Callable[[Array, Truth], Model]) -> Array:
    scores = np.empty(len(happened))
    for learned, kept in _folds(happened):
        scores[kept] = fit(matrix[learned], happened[learned]).score(matrix[kept])
    return scores


def _develop_logistic(matrix: Array, happened: Truth) -> Developed:
    tried = []
    for penalty in PENALTIES:
        scores = _aside(matrix, happened, lambda x, y, c=penalty: _fit_logistic(x, y, c))  # type: ignore[misc]
        chances = inverse_logit(scores)
        loss = -float(np.mean(np.log(np.where(happened, chances, 1 - chances))))
        tried.append((round(loss, 10), penalty, scores))
    _, best, scores = min(tried, key=lambda each: each[:2])
    return Developed(_fit_logistic(matrix, happened, best), scores)


def _fit_logistic(matrix: Array, happened: Truth, penalty: float) -> Logistic:
    from sklearn.linear_model import LogisticRegression

    spread = matrix.std(axis=0)
    varying = spread > 1e-12
    centre = matrix.mean(axis=0)
    weights = np.zeros(matrix.shape[1])
    if not varying.any():
        share = float(happened.mean())
        return Logistic(float(np.log(share / (1 - share))), tuple(weights))
    scaled = (matrix[:, varying] - centre[varying]) / spread[varying]
    model = LogisticRegression(C=penalty, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(scaled, happened)
    weights[varying] = model.coef_[0] / spread[varying]
    weights = np.array([float(f"{each:.10g}") for each in weights])
    intercept = float(model.intercept_[0]) - float(weights @ np.where(varying, centre, 0.0))
    return Logistic(float(f"{intercept:.10g}"), tuple(float(each) for each in weights))


def _develop_trees(matrix: Array, happened: Truth) -> Developed:
    return Developed(_fit_trees(matrix, happened), _aside(matrix, happened, _fit_trees))


def _fit_trees(matrix: Array, happened: Truth) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    estimator = HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=120,
        max_leaf_nodes=15,
        min_samples_leaf=50,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )
    return Trees(estimator.fit(matrix, happened))
