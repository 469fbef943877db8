"""The vitrail: areas are values, panes cover the frame, the same figures give the same picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.charts import Pane, render_vitrail
from vitrail.charts.panes import Polygon, fit_panes, polygon_area
from vitrail.charts.vitrail import MOST_PANES

WIDTH, HEIGHT = 760.0, 450.0
RETAIL = (4303872.0, 2210653.0, 586237.0, 23359.0, 53539.0, 141276.0, 249849.0, 539260.0, 119807.0, 683557.0)

values = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=14).map(
    lambda found: tuple(value / sum(found) for value in found)
)


def holds(polygon: Polygon, x: float, y: float) -> bool:
    turns = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return all((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0 for (x0, y0), (x1, y1) in turns)


@settings(max_examples=25)
@given(values)
def test_areas_are_in_proportion_to_the_values(parts: tuple[float, ...]) -> None:
    panes = fit_panes(parts, WIDTH, HEIGHT)
    for part, pane in zip(parts, panes, strict=True):
        assert polygon_area(pane) == pytest.approx(part * WIDTH * HEIGHT, rel=0.01)


@settings(max_examples=15)
@given(values)
def test_panes_cover_the_frame_and_do_not_overlap(parts: tuple[float, ...]) -> None:
    panes = fit_panes(parts, WIDTH, HEIGHT)
    assert sum(map(polygon_area, panes)) == pytest.approx(WIDTH * HEIGHT, rel=1e-9)
    for x, y in ((WIDTH * (i + 0.53) / 23, HEIGHT * (j + 0.51) / 17) for i in range(23) for j in range(17)):
        assert sum(holds(pane, x, y) for pane in panes) == 1


def test_real_shares_are_met_to_a_ten_thousandth() -> None:
    for value, pane in zip(RETAIL, fit_panes(RETAIL, WIDTH, HEIGHT), strict=True):
        assert polygon_area(pane) == pytest.approx(value / sum(RETAIL) * WIDTH * HEIGHT, rel=1e-4)


def test_many_equal_panes_and_one_giant_among_dwarfs_are_met_too() -> None:
    for parts in ((1.0,) * 60, (1000.0, *((0.5,) * 30))):
        for value, pane in zip(parts, fit_panes(parts, WIDTH, HEIGHT), strict=True):
            assert polygon_area(pane) == pytest.approx(value / sum(parts) * WIDTH * HEIGHT, rel=0.01)


def test_the_same_values_give_the_same_panes() -> None:
    first = fit_panes(RETAIL, WIDTH, HEIGHT)
    fit_panes.cache_clear()
    assert fit_panes(RETAIL, WIDTH, HEIGHT) == first


def test_nothing_gives_no_pane_and_a_value_that_is_not_positive_is_refused() -> None:
    assert fit_panes((), WIDTH, HEIGHT) == ()
    for wrong in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            fit_panes((1.0, wrong), WIDTH, HEIGHT)


def pane(name: str, value: float, mark: str = "1", tone: str = "loyal") -> Pane:
    return Pane(name, mark, tone, value, "12 %", f"{name}: {value}")


def test_the_picture_says_each_pane_in_words() -> None:
    drawn = render_vitrail([pane("Fidèles", 3, "1"), pane("Nouveaux", 1, "2", "new")], "what it is", 760, 450)
    root = ET.fromstring(drawn.svg)
    assert root.attrib["aria-label"] == "what it is"
    links = [each for each in root if each.tag == "a"]
    assert [each.attrib["aria-label"] for each in links] == ["Fidèles: 3", "Nouveaux: 1"]
    assert drawn.marked == ()


def test_a_pane_too_small_for_its_name_bears_its_mark_and_is_listed() -> None:
    drawn = render_vitrail([pane("Big", 100), pane("A very long name indeed", 1, "2")], "", 760, 450)
    assert [each.mark for each in drawn.marked] == ["2"]
    assert ">A very" not in drawn.svg and ">2</text>" in drawn.svg


def test_zero_negative_and_invisible_values_are_said_to_be_left_out() -> None:
    drawn = render_vitrail([pane("a", 10**6), pane("b", 0), pane("c", -5), pane("d", 1)], "", 760, 450)
    assert [each.name for each in drawn.undrawn] == ["b", "c", "d"]
    assert drawn.svg.count("<polygon") == 1


def test_two_hundred_segments_share_the_last_pane() -> None:
    rest = pane("140 others", 140.0, "…")
    drawn = render_vitrail([pane(f"s{i}", 1.0, str(i)) for i in range(200)], "", 760, 450, rest)
    assert drawn.svg.count("<polygon") == MOST_PANES
    assert "140 others" in drawn.svg


def test_names_with_markup_stay_text() -> None:
    drawn = render_vitrail([pane("<b onload='x'>&\"", 1)], "<script>", 760, 450)
    assert "<b" not in drawn.svg and "<script" not in drawn.svg
    ET.fromstring(drawn.svg)


def test_labels_stay_inside_the_frame() -> None:
    drawn = render_vitrail(
        [pane(f"Segment {i}", value, str(i)) for i, value in enumerate(RETAIL)], "", 760, 450
    )
    for x, y in re.findall(r'<t(?:ext|span)[^>]* x="([\d.]+)" y="([\d.]+)"', drawn.svg):
        assert 0 < float(x) < 760 and 0 < float(y) < 450
