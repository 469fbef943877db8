"""How often a member has more than another: published tests, recovery, invariants, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vitrail.statistics.superiority import estimate_superiority, needed_members, smallest_superiority

COUNTS = st.lists(st.integers(0, 30), min_size=2, max_size=12)


def spread(counts: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


def test_effect_and_p_value_are_those_of_mann_and_whitney_with_ties() -> None:
    members, others = [3, 9, 14, 20, 8], [30, 41, 22, 19, 3]
    found = estimate_superiority(members, others)
    known = stats.mannwhitneyu(spread(members), spread(others), use_continuity=False, method="asymptotic")
    assert found is not None
    assert found.value == pytest.approx(known.statistic / (sum(members) * sum(others)), abs=1e-12)
    assert found.p == pytest.approx(known.pvalue, rel=1e-9)


def test_the_interval_is_brunner_and_munzels() -> None:
    members, others = [3, 9, 14, 20, 8], [30, 41, 22, 19, 3]
    found = estimate_superiority(members, others)
    known = stats.brunnermunzel(spread(others), spread(members))  # its statistic is (value - 0.5) / error
    assert found is not None
    error = (found.value - 0.5) / known.statistic
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 108) * error, rel=0.002)


def test_the_published_example_of_brunner_and_munzel_is_met() -> None:
    # Pain scores after surgery: Brunner & Munzel 2000, as in the documentation of several packages.
    one = [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1]
    two = [3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4]
    found = estimate_superiority(
        np.bincount(two, minlength=6).tolist(), np.bincount(one, minlength=6).tolist()
    )
    assert found is not None
    assert found.value == pytest.approx(0.788961, abs=1e-6)
    assert (found.low, found.high) == (pytest.approx(0.595217, abs=0.002), pytest.approx(0.982705, abs=0.002))


@given(COUNTS, COUNTS)
def test_turning_the_sides_round_turns_the_effect_round(one: list[int], other: list[int]) -> None:
    size = max(len(one), len(other))
    one, other = one + [0] * (size - len(one)), other + [0] * (size - len(other))
    forth, back = estimate_superiority(one, other), estimate_superiority(other, one)
    if forth is None or back is None:
        assert min(sum(one), sum(other)) < 2
        return
    assert forth.value == pytest.approx(1 - back.value, abs=1e-9)
    assert forth.low == pytest.approx(1 - back.high, abs=1e-9)
    assert forth.p == pytest.approx(back.p, abs=1e-9)
    assert 0 <= forth.low <= forth.value + 1e-12 <= forth.high + 2e-12 <= 1 + 3e-12


def test_sides_that_do_not_overlap_keep_an_honest_bound() -> None:
    found = estimate_superiority([0, 20], [100, 0])
    assert found is not None
    assert (found.value, found.low, found.high) == (1.0, pytest.approx(1 - 3 / 20), 1.0)


def test_where_all_are_equal_there_is_no_difference() -> None:
    found = estimate_superiority([20], [100])
    assert found is not None and (found.value, found.low, found.high, found.p) == (0.5, 0.5, 0.5, 1.0)


def test_one_member_has_no_variance() -> None:
    assert estimate_superiority([1], [50]) is None


def test_the_members_needed_are_those_that_show_it() -> None:
    assert needed_members(10) is None
    needed = needed_members(500, value=0.6)
    assert needed is not None and smallest_superiority(needed, 500) == pytest.approx(0.6, abs=0.001)
    assert smallest_superiority(0, 500) is None
