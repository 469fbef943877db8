"""The interval of a rank effect holds it, however large the effect and small the group."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from vitrail.statistics.superiority import estimate_superiority

pytestmark = pytest.mark.science

SIZES = ((10, 1000), (20, 200), (30, 1000), (100, 100), (50, 500), (500, 500), (1000, 10))
TRUE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97)
ROUNDS = 400
CUTS = np.array([-0.5, 0.3, 1.0, 1.6])


def draw(kind, true, members, others, random):
    """Figures of members and of others, and the superiority they were drawn with."""
    if kind == "skewed":  # exponential, members of another scale
        return random.exponential(true / (1 - true), members), random.exponential(1, others), true
    if kind == "heavy":  # Pareto tails without a mean
        member = (1 - random.random(members) ** ((1 - true) / true)) ** -1.0
        return member, (1 - random.random(others)) ** -1.0, true
    if kind == "mixed":  # some members are above everybody, the rest like the others
        above = 10 * (random.random(members) < 2 * true - 1)
        return above + random.random(members), random.random(others), true
    width = {"wide": 3.0, "narrow": 1 / 3}.get(kind, 1.0)
    shift = stats.norm.ppf(true) * np.hypot(1, width)
    member, other = random.normal(shift, width, members), random.normal(size=others)
    if kind != "grades":
        return member, other, true
    own, rest = (np.diff([0, *stats.norm.cdf(CUTS - at), 1]) for at in (shift, 0.0))
    true = float(own @ (rest.cumsum() - rest / 2))
    return np.searchsorted(CUTS, member), np.searchsorted(CUTS, other), true


@pytest.mark.parametrize("kind", ["normal", "wide", "narrow", "skewed", "heavy", "grades", "mixed"])
def test_the_interval_holds_the_effect(kind: str) -> None:
    random = np.random.default_rng(31)
    shares = []
    for (members, others), true in itertools.product(SIZES, TRUE):
        held = 0
        for _ in range(ROUNDS):
            member, other, exact = draw(kind, true, members, others, random)
            grades = np.unique(np.concatenate([member, other]), return_inverse=True)[1]
            own, rest = (
                np.bincount(part, minlength=grades.max() + 1).tolist()
                for part in (grades[:members], grades[members:])
            )
            found = estimate_superiority(own, rest)
            assert found is not None
            held += found.low - 1e-9 <= exact <= found.high + 1e-9
        shares.append(held / ROUNDS)
    print(kind, f"least {min(shares):.3f}, mean {np.mean(shares):.3f}")
    assert min(shares) >= 0.91  # 0.95 less four standard errors of so many rounds
    assert np.mean(shares) >= 0.945
