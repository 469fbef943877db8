"""Pictures drawn by hand: whole, readable, well formed whatever the words and figures."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest

from vitrail.charts.colours import PAGE, TONES, Theme, contrast
from vitrail.charts.heatmap import FULL, HUE, Heat, HeatLabel, render_heatmap
from vitrail.charts.pyramid import AgeBand, Side, render_pyramid
from vitrail.charts.ranges import Range, render_ranges
from vitrail.charts.sankey import Flow, Stop, render_sankey

NASTY = '<script>"&\u202e'


def stop(key: str, value: float, end: bool = False) -> Stop:
    return Stop(key, key, value, str(value), f"{key}: {value}", "other_1", end)


def blend(over: str, under: str, opacity: float) -> str:
    parts = [
        round(opacity * int(over[at : at + 2], 16) + (1 - opacity) * int(under[at : at + 2], 16))
        for at in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_figure_reads_on_every_shade_of_a_heat_map(theme: Theme) -> None:
    page, hue = PAGE[theme], TONES[theme][HUE]
    for step in range(11):
        shade = blend(hue, page["paper"], FULL * step / 10)
        assert contrast(page["ink"], shade) >= 4.5, step


@pytest.mark.parametrize("width", [340, 1000])
def test_a_heat_map_stays_inside_its_frame_and_says_every_cell(width: int) -> None:
    rows = [HeatLabel(NASTY, "1", "champions"), HeatLabel("a very long name " * 8)]
    columns = [HeatLabel(f"column {n}", above="2025" if n == 0 else "") for n in range(24)]
    cells = [[Heat(n / 23, f"{n}000", f"{NASTY} {n}", "▲") for n in range(24)], [Heat(None, "", "?")] * 24]
    svg = render_heatmap(NASTY, rows, columns, cells, width, axis="percent " * 40)
    root = ElementTree.fromstring(svg)
    assert sum("data-said" in node.attrib for node in root.iter()) == 48
    for node in root.iter("rect"):
        assert float(node.attrib["x"]) + float(node.attrib["width"]) <= width


def test_the_bands_of_a_sankey_fill_the_nodes_they_join() -> None:
    columns = [[stop("a", 60), stop("b", 40)], [stop("a", 50), stop("end", 50, end=True)]]
    flows = [
        Flow(0, "a", "a", 30, "x"),
        Flow(0, "a", "end", 30, "x"),
        Flow(0, "b", "a", 20, "x"),
        Flow(0, "b", "end", 20, "x"),
    ]
    root = ElementTree.fromstring(render_sankey("t", ["1", "2"], columns, flows, 1000))
    nodes = [
        (float(n.attrib["x"]), float(n.attrib["y"]), float(n.attrib["height"])) for n in root.iter("rect")
    ]
    heights = {name: high for name, (_, _, high) in zip("abcd", nodes, strict=True)}
    assert heights["a"] / heights["b"] == pytest.approx(1.5, rel=0.01)
    starts = []
    for path in root.iter("path"):
        numbers = [float(each) for each in re.findall(r"-?\d+\.\d", path.attrib["d"])]
        starts.append((numbers[1], numbers[-1]))
    first = sorted(starts)[:2]
    assert first[0][0] == pytest.approx(nodes[0][1], abs=0.1)
    assert first[0][1] == pytest.approx(first[1][0], abs=0.1), "bands of a node touch"
    assert first[1][1] == pytest.approx(nodes[0][1] + heights["a"], abs=0.2), "and fill it"


@pytest.mark.parametrize("width", [340, 1000])
def test_a_sankey_keeps_small_nodes_apart_and_escapes_names(width: int) -> None:
    columns = [[stop(NASTY, 10_000), stop("small", 1)], [stop("x", 1), stop("y", 1), stop("z", 9_999)]]
    flows = [Flow(0, NASTY, "z", 9_999, NASTY), Flow(0, NASTY, "x", 1, ""), Flow(0, "small", "y", 1, "")]
    root = ElementTree.fromstring(render_sankey(NASTY, ["1", "2"], columns, flows, width))
    places = sorted(float(n.attrib["y"]) for n in root.iter("rect") if float(n.attrib["x"]) > 0)
    assert all(later - earlier >= 12 for earlier, later in itertools.pairwise(places))


def test_a_sankey_of_nobody_is_an_empty_frame() -> None:
    ElementTree.fromstring(render_sankey("t", ["1"], [[]], [], 340))


def test_a_pyramid_has_its_sides_on_one_scale() -> None:
    bands = [
        AgeBand("20–29", (Side(10, "10", "w"), Side(5, "5", "m"))),
        AgeBand("30–39", (Side(0, "0", "w"), Side(20, "20", "m"))),
    ]
    root = ElementTree.fromstring(render_pyramid(NASTY, bands, ["Women", "Men"], "customers", 340))
    wide = [float(n.attrib["width"]) for n in root.iter("rect")]
    assert wide[0] == 0.5 and wide[1] == pytest.approx(2 * wide[2], rel=0.01) == pytest.approx(
        4 * wide[3], rel=0.01
    )


def test_one_side_alone_is_a_set_of_bars() -> None:
    root = ElementTree.fromstring(render_pyramid("t", [AgeBand("1", (Side(1, "1", "s"),))], [""], "n", 340))
    assert len(list(root.iter("rect"))) == 1


def test_ranges_say_their_figures_in_order() -> None:
    each = Range("Ann", "1", "champions", 2, 5, 9, "5", NASTY)
    root = ElementTree.fromstring(
        render_ranges(
            "t", [each, Range("All", "", None, 0, 0, 0, "0", "s")], "days", [(0, "0"), (5, "5")], 340
        )
    )
    assert len([n for n in root.iter() if "data-said" in n.attrib]) == 2
