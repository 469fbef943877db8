"""What all charts share: type, rules and the language of their axes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vitrail.charts.colours import PAGE
from vitrail.i18n.formats import NARROW_NO_BREAK_SPACE, Language, currency_sign

if TYPE_CHECKING:
    import altair as alt

FONT = "Arial, sans-serif"  # what widths are measured in; a family not installed costs time for every text
WIDE, HALF, NARROW = 1000, 500, 340  # widths in pixels: the page, half of it, a phone


def chart_config() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart."""
    page = PAGE["light"]
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "padding": 2,
        "axis": {
            "aria": False,
            "labelLimit": 0,
            "labelColor": page["soft"],
            "titleColor": page["soft"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": page["line"],
            "domainColor": page["lead"],
            "tickColor": page["line"],
            "titlePadding": 8,
        },
        "text": {"aria": False, "color": page["ink"], "fontSize": 12},
        "header": {"labelColor": page["ink"], "labelFontSize": 12},
    }


def hold(rows: Sequence[Any]) -> alt.InlineData:
    """The rows of a chart, as a tuple: Altair copies a list at each step of a chart's making."""
    import altair as alt

    return alt.InlineData(values=tuple(rows))


def limit_text(letters: int, pixels_a_letter: float, room: int) -> int:
    """The most pixels that texts of so many letters may take: `room`, or 0 for no limit where all fit.

    A text with a limit is measured again and again, and measuring is most of what a chart costs.
    """
    return room if letters * pixels_a_letter > room else 0


def number_locale(language: Language, currency: str | None = None) -> dict[str, Any]:
    """How charts write numbers (a d3 format locale): French groups with narrow no-break spaces."""
    sign = currency_sign(currency) if currency else ""
    if language == "fr":
        thin = NARROW_NO_BREAK_SPACE
        return {
            "decimal": ",",
            "thousands": thin,
            "grouping": [3],
            "currency": ["", f"{thin}{sign}"],
            "percent": f"{thin}%",
            "minus": "−",
        }
    return {"decimal": ".", "thousands": ",", "grouping": [3], "currency": [sign, ""], "minus": "−"}


def money_unit(largest: float | Decimal) -> tuple[int, str]:
    """The unit an axis of money counts in: its size, and the code of its name.

    >>> money_unit(2500), money_unit(1_461_756)
    ((1, 'chart_unit_one'), (1000, 'chart_unit_thousand'))
    """
    if largest >= 5_000_000:
        return 1_000_000, "chart_unit_million"
    if largest >= 10_000:
        return 1_000, "chart_unit_thousand"
    return 1, "chart_unit_one"
