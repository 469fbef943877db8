"""Pairs: the error of a draw is that of the sign of each difference."""

from __future__ import annotations

import numpy as np
import pytest

from vitrail.statistics.adjusted import Side, estimate_effect
from vitrail.statistics.normal import normal_two_tails


def test_pairs_have_the_error_of_their_signs_drawn_at_random():
    pairs = np.ones(9)
    found = estimate_effect(Side(pairs, pairs * 5, pairs * 25), Side(pairs, pairs * 4, pairs * 16), "mean")
    assert found is not None
    assert found.value == pytest.approx(1.0)
    assert found.error == pytest.approx(1 / 3)  # nine differences of 1 with a sign drawn each: √9 / 9
    assert found.p == pytest.approx(normal_two_tails(3))
