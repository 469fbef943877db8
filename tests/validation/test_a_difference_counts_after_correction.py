"""A difference counts only after both corrections: within its segment, and over all comparisons."""

from __future__ import annotations

import pytest

from vitrail.statistics.superiority import Superiority
from vitrail.validation.comparing import Comparison

LARGE = Superiority(0.7, 0.6, 0.8, 0.001)


@pytest.mark.parametrize(
    ("p_within", "p_adjusted", "found"),
    [(0.04, 0.2, False), (0.2, 0.04, False), (0.04, 0.04, True), (0.04, None, True), (None, 0.04, False)],
)
def test_a_difference_counts_where_both_corrections_let_it(p_within, p_adjusted, found):
    each = Comparison("rfm", "a", "spent", "kpi", 90, 90, 2.0, 1.0, LARGE, p_adjusted, p_within)
    assert each.is_found(0.05) is found
    assert each.is_large(0.05, 0.56) is found
