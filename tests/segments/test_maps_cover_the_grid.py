"""The default map, on every grid a plan can ask for."""

from __future__ import annotations

from itertools import product

import pytest

from vitrail.plan.names import RFM_SEGMENTS
from vitrail.segments.maps import DEFAULT_MAP, scale_map
from vitrail.segments.words import name_segment


@pytest.mark.parametrize("levels", [{"r": r, "f": f} for r, f in product(range(2, 12), repeat=2)])
def test_each_cell_is_in_exactly_one_segment(levels):
    cells = scale_map(levels)
    for r, f in product(range(1, levels["r"] + 1), range(1, levels["f"] + 1)):
        scores = {"r": r, "f": f}
        takers = [
            key
            for key, each in cells.items()
            if all(low <= scores[axis] <= high for axis, (low, high) in each.spans.items())
        ]
        assert len(takers) == 1, (scores, takers)


def test_five_scores_leave_the_map_as_it_is():
    assert scale_map({"r": 5, "f": 5}) == DEFAULT_MAP


def test_the_best_cell_is_champions_and_the_worst_is_hibernating_on_every_grid():
    for scores in range(2, 12):
        cells = scale_map({"r": scores, "f": scores})
        assert cells["champions"].spans["r"][1] == cells["champions"].spans["f"][1] == scores
        assert cells["hibernating"].spans["r"][0] == cells["hibernating"].spans["f"][0] == 1


def test_the_plan_knows_these_segments_by_the_same_names():
    assert tuple(DEFAULT_MAP) == RFM_SEGMENTS


def test_every_segment_has_a_name_a_meaning_and_a_colour_of_its_own():
    segments = [name_segment(key, None, None, 0) for key in RFM_SEGMENTS]
    for language in ("en", "fr"):
        assert len({each.label[language] for each in segments}) == len(segments)
        assert all(each.meaning[language] for each in segments)
    assert [each.tone for each in segments] == [
        *("champions", "loyal", "potential", "new", "promising"),
        *("attention", "sleepy", "at_risk", "critical", "asleep"),
    ]
