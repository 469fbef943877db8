"""How much likelier members are to say yes: known odds, rare answers, coverage, turned sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vitrail.statistics.leaning import estimate_leaning, find_share, smallest_share


def test_the_effect_is_that_of_two_logistic_leanings_and_the_p_value_that_of_chi_square() -> None:
    found = estimate_leaning(40, 1000, 90, 9000)
    assert found is not None
    random = np.random.default_rng(1)
    shift = np.log(0.04 / 0.96) - np.log(0.01 / 0.99)
    members, others = random.logistic(shift, 1, 400_000), random.logistic(0, 1, 400_000)
    assert found.value == pytest.approx(np.mean(members > others), abs=0.003)
    known = stats.chi2_contingency([[40, 960], [90, 8910]], correction=False).pvalue
    assert found.p == pytest.approx(known, rel=0.02)


def test_few_yeses_are_judged_exactly() -> None:
    found = estimate_leaning(2, 15, 40, 4000)
    assert found is not None
    assert found.p == pytest.approx(2 * stats.hypergeom(4015, 42, 15).sf(1), rel=1e-9)


@pytest.mark.parametrize(("own", "rest"), [(0.01, 0.01), (0.04, 0.01), (0.3, 0.5), (0.98, 0.9)])
def test_the_interval_holds_the_true_share_in_95_cases_of_100(own: float, rest: float) -> None:
    random, held, sets = np.random.default_rng(2), 0, 1000
    ratio = own / (1 - own) / (rest / (1 - rest))
    truth = 0.5 if ratio == 1 else ratio * (ratio - 1 - np.log(ratio)) / (ratio - 1) ** 2
    for _ in range(sets):
        found = estimate_leaning(int(random.binomial(400, own)), 400, int(random.binomial(4000, rest)), 4000)
        assert found is not None
        held += found.low <= truth <= found.high
    assert held / sets == pytest.approx(0.95, abs=0.025)


@given(st.integers(0, 60), st.integers(0, 300))
def test_yes_and_no_say_the_same_the_other_way_round(yes: int, rest: int) -> None:
    forth, back = estimate_leaning(yes, 60, rest, 300), estimate_leaning(60 - yes, 60, 300 - rest, 300)
    assert forth is not None and back is not None
    assert forth.value == pytest.approx(1 - back.value, abs=1e-9)
    assert forth.low == pytest.approx(1 - back.high, abs=1e-9)
    assert forth.low <= forth.value <= forth.high


def test_the_least_share_that_matters_is_found_from_either_side() -> None:
    assert find_share(find_share(0.02, 0.6), 0.4) == pytest.approx(0.02)
    assert find_share(0.0, 0.6) == 0.0


def test_nobody_to_compare_gives_nothing_and_no_yes_at_all_no_difference() -> None:
    assert estimate_leaning(1, 1, 5, 10) is None
    none = estimate_leaning(0, 50, 0, 90)
    assert none is not None and (none.value, none.margin, none.p) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize("level", [0.05, 0.00125])
@pytest.mark.parametrize(
    ("rest", "members", "others"), [(0.0, 50, 1000), (0.02, 50, 1000), (0.3, 400, 400), (0.97, 50, 1000)]
)
def test_the_smallest_share_is_found_four_times_in_five(
    rest: float, members: int, others: int, level: float
) -> None:
    share, random = (
        smallest_share(round(rest * others), members, others, level=level),
        np.random.default_rng(3),
    )
    assert share is not None and (share < rest) == (rest > 0.9)
    draws = zip(random.binomial(members, share, 400), random.binomial(others, rest, 400), strict=True)
    tested = (estimate_leaning(int(yes), members, int(none), others) for yes, none in draws)
    assert np.mean([each is not None and each.p <= level for each in tested]) == pytest.approx(0.82, abs=0.08)


def test_no_share_is_found_where_nobody_could_show_it() -> None:
    assert smallest_share(150, 15, 300, level=1e-7) is None
