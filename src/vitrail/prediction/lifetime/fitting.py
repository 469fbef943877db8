"""Maximum likelihood for models of a few positive parameters.

Model: a log-likelihood of positive parameters, maximised over their logarithms by Newton's method. Where the
    surface is not concave the Hessian's eigenvalues are taken positive, and steps are halved until they rise.
Assumes: a smooth likelihood. Several starting points guard against a local maximum; a parameter that runs to
    the edge of what is looked at (e^±14 of its scale) is held there and named in `Fit.unbounded`, as is one
    that may be twenty times as large or as small without the likelihood telling (`find_unbounded`).
Source: Nocedal & Wright, Numerical Optimization, 2nd ed. 2006, sections 3.1 and 3.4. The covariance is the
    inverse of the observed information: Efron & Hinkley, Biometrika 65(3), 1978. The profile likelihood:
    Venzon & Moolgavkar, Applied Statistics 37(1), 1988.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vitrail.prediction.lifetime.histories import Floats, Histories
from vitrail.statistics.normal import normal_quantile

Derivatives = Callable[[Floats], tuple[float, Floats, Floats]]
"""From the logarithms of parameters: a log-likelihood, its gradient and its Hessian."""

EDGE = 14.0
MOST_STEPS = 200
ENOUGH = 1e-7
"""A step that raises the log-likelihood by less than this is the last."""
_SAMPLE = 20_000
TIMES = frozenset({"alpha", "beta", "gamma"})
"""Parameters in a unit, of time or money; the others are shapes."""
_FAR, _TOLD = 3.0, 1.92
_VAGUE, _REMOTE = 0.8, 4.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A model fitted by maximum likelihood.

    Args:
        model: `bg_nbd` …
        names: of the parameters.
        parameters: their values, shape (k,).
        log_likelihood: at its maximum.
        customers: how many it was fitted to.
        covariance: of the logarithms of the parameters, shape (k, k); zero in directions that the data leave
            flat, along which the predictions do not move either.
        unbounded: parameters that ran away: the data do not bound them, and they have no interval.
        steps: Newton steps taken.
    """

    model: str
    names: tuple[str, ...]
    parameters: Floats
    log_likelihood: float
    customers: int
    covariance: Floats
    unbounded: tuple[str, ...]
    steps: int

    @property
    def values(self) -> dict[str, float]:
        """The parameters by name."""
        return dict(zip(self.names, self.parameters.tolist(), strict=True))

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """The 95 % interval of each parameter that has one, symmetrical on its logarithm."""
        half = normal_quantile(0.975) * np.sqrt(np.diag(self.covariance))
        low, high = self.parameters * np.exp(-half), self.parameters * np.exp(half)
        known = ((i, name) for i, name in enumerate(self.names) if name not in self.unbounded)
        return {name: (float(low[i]), float(high[i])) for i, name in known}

    def spread(self, predict: Callable[[Floats], Floats]) -> Floats:
        """The standard error of what `predict` computes from the parameters, by the delta method.

        The columns of a square root of the covariance are the directions: the squares of the central
        differences of `predict` along them add up to its variance. Shape of what `predict` returns.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        logs, total = np.log(self.parameters), None
        for value, vector in zip(values, vectors.T, strict=True):
            if value > 0:
                root = float(np.sqrt(value))
                step = vector * root * min(1.0, 0.01 / root)
                moved = predict(np.exp(logs + step)) - predict(np.exp(logs - step))
                square = (moved * max(1.0, root / 0.01) / 2) ** 2
                total = square if total is None else total + square
        zero = np.zeros_like(predict(self.parameters)) if total is None else total
        return np.sqrt(zero)


class Fittable(Protocol):
    """A model of buying histories with a likelihood."""

    @property
    def name(self) -> str:
        """As the plan writes it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of its parameters; `alpha` and `beta` are times."""

    def derivatives(self, histories: Histories) -> Derivatives:
        """The log-likelihood, its gradient and Hessian, of the logarithms of the parameters."""


def fit_histories(model: Fittable, histories: Histories, starts: Sequence[Sequence[float]]) -> Fit:
    """Fit a model of buying; where there are very many histories, from where a sample of them leads.

    Args:
        starts: parameters to begin from, times in mean ages of the histories.

    Raises:
        ValueError: nobody came back.
    """
    histories.check_repeats()
    unit = [histories.scale if name in ("alpha", "beta") else 1.0 for name in model.names]
    begun = [[each * size for each, size in zip(start, unit, strict=True)] for start in starts]
    if len(histories) > 2 * _SAMPLE:
        sample = fit_histories(model, histories.part(slice(None, None, len(histories) // _SAMPLE)), starts)
        begun = [sample.parameters.tolist()]
    return fit_likelihood(model.name, model.names, model.derivatives(histories), begun, histories.total)


def fit_likelihood(
    model: str,
    names: Sequence[str],
    derivatives: Derivatives,
    starts: Sequence[Sequence[float]],
    customers: int,
    tries: int = 2,
) -> Fit:
    """The parameters under which the data are likeliest.

    Args:
        derivatives: from the logarithms of the parameters, shape (k,): the log-likelihood, its gradient
            and its Hessian with respect to them.
        starts: parameters to begin from; the likeliest `tries` are climbed from.
        customers: how many the likelihood speaks of.

    Raises:
        ValueError: nothing to begin from.
    """
    points = [np.log(np.asarray(start, dtype=np.float64)) for start in starts]
    if len(points) > tries:
        points = sorted(points, key=lambda point: -derivatives(point)[0])[:tries]
    best: tuple[float, Floats, Floats, NDArray[np.bool_], int] | None = None
    for point in points:
        found = _climb(derivatives, point)
        if best is None or found[0] > best[0] + 1e-7:
            best = found
    if best is None:
        raise ValueError("no starting point")
    value, logs, hessian, held, steps = best
    return Fit(
        model=model,
        names=tuple(names),
        parameters=np.exp(logs),
        log_likelihood=value,
        customers=customers,
        covariance=_invert(-hessian, ~held),
        unbounded=tuple(name for name, stuck in zip(names, held, strict=True) if stuck),
        steps=steps,
    )


def find_unbounded(fit: Fit, derivatives: Derivatives) -> Fit:
    """The fit, with the parameters named that the data do not bound.

    Such a one may be twenty times as large, or as small, the others following, at a loss of likelihood that
    95 % intervals allow. Looked for only where a parameter is far from 1 or its error is great.

    Args:
        derivatives: those it was fitted by.
    """
    logs, errors = np.log(fit.parameters), np.sqrt(np.diag(fit.covariance))
    shapes = np.array([name not in TIMES for name in fit.names])
    if not fit.unbounded and not ((errors > _VAGUE) | (shapes & (np.abs(logs) > _REMOTE))).any():
        return fit
    found = []
    for at, name in enumerate(fit.names):
        for way in (-_FAR, _FAR):
            moved = logs.copy()
            moved[at] += way
            reached = _climb(derivatives, moved, at)[0]
            if np.isfinite(reached) and fit.log_likelihood - reached < _TOLD:
                found.append(name)
                break
    return replace(fit, unbounded=tuple(name for name in fit.names if name in {*found, *fit.unbounded}))


def _climb(
    derivatives: Derivatives, start: Floats, fixed: int | None = None
) -> tuple[float, Floats, Floats, NDArray[np.bool_], int]:
    """Newton's method from one point: the value, where, the Hessian, which are at the edge, the steps.

    Args:
        fixed: the place of a parameter that stays where it starts.
    """
    low, high = start - EDGE, start + EDGE
    at = start
    value, slope, hessian = derivatives(at)
    held = np.zeros(len(at), dtype=bool)
    for step_number in range(1, MOST_STEPS + 1):
        held = ((at <= low) & (slope < 0)) | ((at >= high) & (slope > 0))
        if fixed is not None:
            held[fixed] = True
        free = np.flatnonzero(~held)
        if not len(free):
            break
        curvatures, directions = np.linalg.eigh(-hessian[np.ix_(free, free)])
        steepest = max(float(np.abs(curvatures).max()), 1e-12)
        along = directions.T @ slope[free]
        step = np.zeros_like(at)
        step[free] = directions @ (along / np.maximum(np.abs(curvatures), 1e-9 * steepest))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        rise = float(slope @ step)
        if rise < ENOUGH / 100:
            break
        length = 1.0
        while True:
            moved = np.clip(at + length * step, low, high)
            trial = derivatives(moved)
            if np.isfinite(trial[0]) and trial[0] >= value + 1e-4 * length * rise:
                break
            length /= 2
            if length < 1e-8:
                return value, at, hessian, held, step_number
        gained = trial[0] - value
        at, (value, slope, hessian) = moved, trial
        if gained < ENOUGH:
            break
    return value, at, hessian, held, step_number


def _invert(information: Floats, free: NDArray[np.bool_]) -> Floats:
    """The inverse over the free parameters and the directions in which the likelihood bends."""
    covariance = np.zeros_like(information)
    at = np.flatnonzero(free)
    if len(at):
        curvatures, directions = np.linalg.eigh(information[np.ix_(at, at)])
        bent = curvatures > 1e-4
        inverse = np.where(bent, 1 / np.where(bent, curvatures, 1.0), 0.0)
        covariance[np.ix_(at, at)] = (directions * inverse) @ directions.T
    return covariance
