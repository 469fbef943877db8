"""A difference adjusted by strata: against regression by hand, the exact test, coverage, refusals."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from vitrail.statistics.adjusted import Side, estimate_effect
from vitrail.statistics.exact import MOST_EXACT_VARIANCE, exact_p
from vitrail.statistics.shares import estimate_share_difference


def sides(treated, value, stratum):
    """The sums of both sides over the strata that have both."""
    count = stratum.max() + 1

    def sums(chosen):
        return np.array(
            [
                np.bincount(stratum[chosen], minlength=count),
                np.bincount(stratum[chosen], value[chosen], minlength=count),
                np.bincount(stratum[chosen], value[chosen] ** 2, minlength=count),
            ],
            dtype=float,
        )

    one, two = sums(treated), sums(~treated)
    both = (one[0] > 0) & (two[0] > 0)
    return Side(*one[:, both]), Side(*two[:, both])


def hc2(treated, value, stratum):
    """The coefficient of `treated` and its HC2 error, from the regression with a dummy a stratum."""
    design = np.column_stack([treated, stratum[:, None] == np.unique(stratum)]).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    slope = inverse @ design.T @ value
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    meat = (design * ((value - design @ slope) ** 2 / (1 - leverage))[:, None]).T @ design
    return slope[0], math.sqrt((inverse @ meat @ inverse)[0, 0])


def test_the_difference_and_its_error_are_those_of_a_regression_with_an_effect_of_each_stratum():
    chance = np.random.default_rng(1)
    stratum = chance.integers(0, 12, 400)
    treated = chance.random(400) < 0.1 + 0.05 * stratum
    value = chance.normal(size=400) * (1 + treated) + stratum + 0.3 * treated
    slope, error = hc2(treated, value, stratum)
    found = estimate_effect(*sides(treated, value, stratum), "mean")
    assert found.value == pytest.approx(slope, abs=1e-10)
    assert found.error >= error * (1 - 1e-9)
    half = (found.high - found.low) / 2
    assert half / error == pytest.approx(1.97, abs=0.03)  # Student's quantile at these degrees of freedom


def test_one_stratum_of_shares_is_newcombe():
    one, two = Side(*np.array([[70.0], [56.0], [56.0]])), Side(*np.array([[80.0], [48.0], [48.0]]))
    found, plain = estimate_effect(one, two, "share"), estimate_share_difference(56, 70, 48, 80)
    assert (found.value, found.low, found.high) == (plain.value, plain.low, plain.high)


def test_the_exact_test_of_one_stratum_is_that_of_fisher():
    scipy = pytest.importorskip("scipy.stats")
    for size, side, yes, seen in ((100, 30, 20, 10), (1000, 20, 10, 2), (50_000, 700, 3000, 60)):
        law = scipy.hypergeom(size, yes, side)
        expected = min(1, 2 * min(law.cdf(seen), law.sf(seen - 1)))
        given = (np.array([float(part)]) for part in (size, side, yes))
        assert exact_p(*given, seen) == pytest.approx(expected, rel=1e-9)


def test_the_exact_test_of_several_strata_adds_up_every_table():
    size, side, yes = np.array([6.0, 5.0]), np.array([3.0, 2.0]), np.array([2.0, 3.0])

    def chance(n, m, d, k):
        return math.comb(m, k) * math.comb(n - m, d - k) / math.comb(n, d)

    law = dict.fromkeys(range(6), 0.0)
    for i, j in product(range(3), range(3)):
        law[i + j] += chance(6, 2, 3, i) * chance(5, 3, 2, j)
    for seen in range(5):
        below, above = (sum(p for k, p in law.items() if test(k)) for test in (seen.__ge__, seen.__le__))
        assert exact_p(size, side, yes, seen) == pytest.approx(min(1, 2 * min(below, above)))


def test_the_exact_test_and_its_normal_tail_meet():
    size = 4.05 * MOST_EXACT_VARIANCE * 4
    half = np.array([size / 2])
    seen = size / 4 + 2.5 * math.sqrt(size / 16)
    normal = exact_p(np.array([size]), half, half, seen)
    smaller = 3.95 * MOST_EXACT_VARIANCE * 4
    half = np.array([smaller / 2])
    assert exact_p(np.array([smaller]), half, half, round(smaller / 4 + 2.5 * math.sqrt(smaller / 16))) == (
        pytest.approx(normal, rel=0.05)
    )


@pytest.mark.parametrize("kind", ["share", "mean"])
def test_intervals_hold_the_truth_as_often_as_they_say(kind):
    chance = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        stratum = chance.integers(0, 10, 500)
        treated = chance.random(500) < 0.1 + 0.06 * stratum
        base = 0.1 + 0.05 * stratum
        value = chance.normal(base) if kind == "mean" else (chance.random(500) < base).astype(float)
        found = estimate_effect(*sides(treated, value, stratum), kind)
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / 400 <= 0.985


def test_a_few_huge_amounts_do_not_make_a_difference():
    chance = np.random.default_rng(3)
    false = 0
    for _ in range(400):
        value = chance.lognormal(0, 2, 2000)
        treated = chance.random(2000) < 0.03
        false += estimate_effect(*sides(treated, value, np.zeros(2000, int)), "mean").p <= 0.05
    assert false / 400 <= 0.05


def test_nothing_that_varies_is_no_estimate():
    same = Side(np.array([30.0]), np.array([30.0]), np.array([30.0]))
    assert estimate_effect(same, same, "share") is None
    assert estimate_effect(same, same, "mean") is None


def test_sides_that_are_each_constant_still_have_an_interval():
    one = Side(np.array([30.0]), np.array([30.0]), np.array([30.0]))
    two = Side(np.array([40.0]), np.array([0.0]), np.array([0.0]))
    for kind in ("share", "mean"):
        found = estimate_effect(one, two, kind)
        assert found.value == 1 and found.low < 1 and found.p < 1e-6
