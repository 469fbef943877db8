"""Mixtures: each cluster a population of its own, for numbers and yes/no answers together.

Model: a row comes from one of k populations; within each, numbers are Gaussian and yes/no variables
    Bernoulli, independent of one another (latent profiles and classes). A row belongs to the most probable.
Assumes: within a cluster the variables have nothing more to do with one another.
Source: McLachlan & Peel, "Finite Mixture Models", 2000; Lazarsfeld & Henry, "Latent Structure Analysis",
    1968. The fit (EM) is StepMix's: Morin et al., "StepMix", Journal of Statistical Software 113, 2025.

StepMix is installed with `pip install vitrail[mixtures]`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.segments.clusters.partition import Fit, Partition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitrail.segments.clusters.partition import Rows

#: No variable spreads less than this within a cluster, as a share of its range: a spike is no population.
LEAST_SPREAD = 0.01
LEAST_SHARE = 1e-4


def load_mixtures() -> Any:
    """StepMix's estimator.

    Raises:
        UsageError: it is not installed, or cannot be imported; says how to install it.
    """
    try:
        return import_module("stepmix").StepMix
    except (ImportError, AttributeError):
        raise UsageError(Finding("clusters_no_mixtures", "error")) from None


def fit_mixtures(yes_no: Sequence[bool]) -> Fit:
    """The way of clustering rows whose columns are yes/no (0 or 1) where `yes_no` says so, else numbers."""
    estimator = load_mixtures()
    numbers = [index for index, each in enumerate(yes_no) if not each]
    answers = [index for index, each in enumerate(yes_no) if each]

    def fit(
        rows: Rows,
        count: int,
        seed: int,
        weights: Rows | None = None,
        starts: int = 10,
    ) -> Partition:
        import numpy as np

        measured = {}
        if numbers:
            measured["numbers"] = {"model": "gaussian_diag", "n_columns": len(numbers)}
        if answers:
            measured["answers"] = {"model": "binary", "n_columns": len(answers)}
        model = estimator(
            n_components=count,
            measurement=measured,
            n_init=min(starts, 3),
            max_iter=200,
            abs_tol=1e-6,
            random_state=seed,
            verbose=0,
            progress_bar=0,
        )
        ordered = rows[:, [*numbers, *answers]]
        shares = np.asarray(model.fit(ordered, sample_weight=weights).predict_proba(ordered))
        return _as_partition(shares, rows, weights, yes_no)

    return fit


def _as_partition(shares: Rows, rows: Rows, weights: Rows | None, yes_no: Sequence[bool]) -> Partition:
    """The last maximisation step, written as costs: means, spreads and sizes under the memberships found."""
    import numpy as np

    if weights is not None:
        shares = shares * weights[:, None]
    sizes = shares.sum(axis=0).clip(LEAST_SHARE)
    centres = shares.T @ rows / sizes[:, None]
    spreads = np.sqrt(np.maximum(shares.T @ np.square(rows) / sizes[:, None] - np.square(centres), 0))
    spreads = spreads.clip(LEAST_SPREAD)
    answers = np.asarray(yes_no)
    odds = centres.clip(LEAST_SHARE, 1 - LEAST_SHARE)
    linear = np.where(answers, np.log1p(-odds) - np.log(odds), -centres / spreads**2)
    quadratic = np.where(answers, 0.0, 0.5 / spreads**2)
    constants = np.where(
        answers, -np.log1p(-odds), 0.5 * np.square(centres / spreads) + np.log(spreads * np.sqrt(2 * np.pi))
    )
    constant = constants.sum(axis=1) - np.log(sizes / sizes.sum())
    partition = Partition(centres, 0.0, constant, linear, quadratic)
    costs = partition.costs(rows)
    least = costs.min(axis=1)
    logs = np.log(np.exp(least[:, None] - costs).sum(axis=1)) - least
    loss = -float(logs.sum() if weights is None else logs @ weights)
    return Partition(centres, loss, constant, linear, quadratic)
