"""Pictures: the vitrail, and charts with Vega-Altair. Each picture speaks the reader's language.

A `chart_…` function returns an Altair chart; `render_…` returns SVG. Colours follow the segment's tone.
"""

from vitrail.charts.bars import Bar, chart_bars
from vitrail.charts.curve import chart_curve
from vitrail.charts.monthly import chart_monthly
from vitrail.charts.svg import render_charts
from vitrail.charts.vitrail import Pane, Vitrail, render_vitrail

__all__ = [
    "Bar",
    "Pane",
    "Vitrail",
    "chart_bars",
    "chart_curve",
    "chart_monthly",
    "render_charts",
    "render_vitrail",
]
