"""From one order to the next: a Sankey diagram of all customers, one a segment, and who comes back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.sankey import Flow, Stop, render_sankey
from vitrail.charts.theme import NARROW
from vitrail.reports.analyses.compared import (
    MOST_COMPARED,
    Compared,
    Rows,
    Table,
    by_key,
    draw_both,
    list_compared,
    tell_interval,
)
from vitrail.reports.analyses.part import Part
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

_TITLES = {"category": "category", "product_id": "product", "channel": "channel", "basket": "basket"}
_TONES = {"other": "rest", "missing": "lost", "no_further_order": "asleep", "too_recent": "no_order"}
_RAMPS = {
    2: ("potential", "champions"),
    3: ("potential", "loyal", "champions"),
    4: ("promising", "potential", "loyal", "champions"),
}
_ENDS = ("no_further_order", "too_recent")


def tell_journeys(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The part of the report; None where nobody ordered."""
    links = by_key(content["links"])
    if not links.get(None):
        return None
    compared = list_compared(content, run, words)
    title = words.text(f"journeys_title_{_TITLES.get(content['of'], 'other')}", of=clean(content["of"], 40))
    own = [each for each in compared[1 : MOST_COMPARED + 1] if links.get(each.key)]
    names = name_values(content, words)
    draw = partial(_draw, content, names, words)
    returns = _tell_returns(content, words)
    return Part(
        title,
        _note(content, words),
        returns or "",
        {
            "picture": draw_both(partial(draw, links[None], title)),
            "told": returns,
            "how": _tell_patience(content, words),
            "segments": [(each, Markup(draw(links[each.key], each.name, NARROW))) for each in own],
            "returns": _returns_table(content, compared, words),
            "table": _links_table(links, compared, names, words),
        },
    )


def _note(content: Mapping[str, Any], words: Words) -> str:
    figures = {"orders": content["orders"], "customers": content["customers"]}
    figures["first"] = dt.date.fromisoformat(content["first_day"])
    if content["patience_days"] is None:
        return words.text("journeys_note_unknown", **figures)
    return words.text("journeys_note", patience=content["patience_days"], **figures)


def _tell_returns(content: Mapping[str, Any], words: Words) -> Markup | None:
    returns = {row["step"]: row for row in content["returns"] if row["segment"] is None}
    first, second = returns.get(1), returns.get(2)
    if first is None:
        return None
    figures = {
        "patience": content["patience_days"],
        **{name: first[name] for name in ("share", "low", "high")},
    }
    if second is None:
        return words.html("journeys_returns_first", **figures)
    return words.html("journeys_returns", again=second["share"], **figures)


def _tell_patience(content: Mapping[str, Any], words: Words) -> str:
    if content["patience_days"] is None:
        return ""
    code = "journeys_patience_told" if content["gaps"] else "journeys_patience_given"
    return words.text(code, patience=content["patience_days"], gaps=content["gaps"])


def name_values(content: Mapping[str, Any], words: Words) -> dict[str, str]:
    """What each value of a step is called, by its code (see `code_value`)."""
    if content["of"] == "basket":
        cuts = [Decimal(str(cut)) for cut in content["bands"]]
        named = {f"={at}": _band(cuts, at, words) for at in range(len(cuts) + 1)}
    else:
        named = {f"={value}": clean(name, 60) for value, name in content["values"].items()}
        if content["of"] == "country":
            named = {code: words.country(name) for code, name in named.items()}
    return {**named, **{kind: words.text(f"journeys_{kind}") for kind in _TONES}}


def _band(cuts: Sequence[Decimal], at: int, words: Words) -> str:
    if not cuts:
        return words.text("journeys_band_only")
    if at == 0:
        return words.text("journeys_band_under", to=cuts[0])
    if at == len(cuts):
        return words.text("journeys_band_from", from_amount=cuts[-1])
    return words.text("journeys_band_between", from_amount=cuts[at - 1], to=cuts[at])


def code_value(row: Mapping[str, Any], side: str) -> str:
    return f"={row[side]}" if row[f"{side}_kind"] == "value" else str(row[f"{side}_kind"])


def _draw(
    content: Mapping[str, Any], names: Mapping[str, str], words: Words, links: Rows, title: str, width: int
) -> str:
    """The Sankey diagram of one group."""
    values: list[Counter[str]] = [Counter() for _ in range(content["orders"])]
    for row in links:
        if row["step"] == 1:
            values[0][code_value(row, "source")] += row["customers"]
        values[row["step"]][code_value(row, "target")] += row["customers"]
    whole, small = sum(values[0].values()), width <= NARROW
    steps = [words.text(f"journeys_step_{at + 1}") for at in range(len(values))]
    columns = [
        [_stop(code, values[at][code], whole, steps[at], names, words) for code in names if values[at][code]]
        for at in range(len(values))
    ]
    headings = [words.text(f"journeys_short_{at + 1}") for at in range(len(values))] if small else steps
    flows = [_flow(row, values[row["step"] - 1], names, words, small) for row in links]
    return render_sankey(title, headings, [each for each in columns if each], flows, width)


def _stop(code: str, count: int, whole: int, step: str, names: Mapping[str, str], words: Words) -> Stop:
    tone = _TONES.get(code) or _tone(code, names)
    said = words.text("journeys_node", step=step, name=names[code], customers=count, share=count / whole)
    return Stop(code, names[code], count, words.number(count), said, tone, end=code in _ENDS)


def _tone(code: str, names: Mapping[str, str]) -> str:
    """Baskets from the palest to the deepest, as they grow; other values take the ordered set."""
    values = [name for name in names if name not in _TONES]
    sizes = values == [f"={at}" for at in range(len(values))]
    ramp = _RAMPS.get(len(values), ()) if sizes else ()
    at = values.index(code)
    return ramp[at] if ramp else f"other_{at % 8 + 1}"


def _flow(
    row: Mapping[str, Any], sources: Mapping[str, int], names: Mapping[str, str], words: Words, small: bool
) -> Flow:
    source, target, count = code_value(row, "source"), code_value(row, "target"), row["customers"]
    figures = {"source": names[source], "target": names[target], "share": count / sources[source]}
    said = "" if small else words.text("journeys_flow", customers=count, **figures)
    return Flow(row["step"] - 1, source, target, count, said)


def _returns_table(content: Mapping[str, Any], compared: Sequence[Compared], words: Words) -> Table | None:
    returns = by_key(content["returns"])
    rows = tuple(
        (
            each.name,
            words.text(f"journeys_step_{row['step']}"),
            words.number(row["told"]),
            words.number(row["returned"]),
            words.share(row["share"]),
            tell_interval(row["low"], row["high"], words),
        )
        for each in compared
        for row in returns.get(each.key, ())
    )
    head = (
        words.text("report_column_segment"),
        words.text("journeys_column_step"),
        words.text("journeys_column_told"),
        words.text("journeys_column_returned"),
        words.text("pictures_column_share"),
        words.text("pictures_column_interval"),
    )
    return Table(words.text("journeys_figures_returns"), head, rows, words=2) if rows else None


def _links_table(
    links: Mapping[str | None, Rows], compared: Sequence[Compared], names: Mapping[str, str], words: Words
) -> Table:
    rows = tuple(
        (
            each.name,
            words.text(f"journeys_step_{row['step']}"),
            names[code_value(row, "source")],
            names[code_value(row, "target")],
            words.number(row["customers"]),
        )
        for each in compared[:1]
        for row in links.get(each.key, ())
    )
    head = (
        words.text("report_column_segment"),
        words.text("journeys_column_step"),
        words.text("journeys_column_source"),
        words.text("journeys_column_target"),
        words.text("pictures_column_customers"),
    )
    return Table(words.text("journeys_figures_links"), head, rows, words=4)
