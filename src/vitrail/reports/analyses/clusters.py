"""Segments found in the data: what kind they are, how stable, what tells them apart, what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from vitrail.charts import Bar, chart_bars
from vitrail.charts.stability import Steadiness, chart_stability
from vitrail.charts.theme import HALF
from vitrail.plan.names import UNPLACED
from vitrail.reports.analyses.part import Part
from vitrail.reports.conditions import Labels
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean
from vitrail.segments.clusters.findings import tell_bound, tell_figure, tell_kind

MONEY = ("total_amount", "mean_order_amount", "median_order_amount", "amount_365d")
_QUALITIES = ("stability", "structureless", "silhouette", "explained", "smallest", "valley")


def tell_clusters(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The part on clusters; none where no segmentation found any."""
    drawings: list[Drawing] = []
    told = [
        _tell(each, place, run, words, drawings)
        for place, each in enumerate(content["clusters"])
        if each["segments"]
    ]
    if not told:
        return None
    return Part(
        title=words.text("clusters_title"),
        note=words.text("clusters_note"),
        verdict=" ".join(words.text("clusters_kind_of", **each) for each in told),
        content={"clusters": told},
        drawings=tuple(drawings),
    )


def _tell(
    each: Mapping[str, Any], place: int, run: ReportedRun, words: Words, drawings: list[Drawing]
) -> dict[str, Any]:
    name = clean(each["label"][words.language])
    drawings.append(_draw_stability(each, f"clusters-{place}-stability", name, words))
    drawings.append(_draw_sizes(each, f"clusters-{place}-sizes", name, words))
    labels = run.labels
    variables = [scale["variable"] for scale in each["scales"]]
    verdict = tell_kind(each)
    doubted = "_doubted" if each["kind"] == "natural" and verdict["doubt"][words.language] else ""
    segments = [_tell_segment(segment, each, variables, words, labels) for segment in each["segments"]]
    return {
        "name": name,
        "kind": words.text(f"clusters_kind_{each['kind']}{doubted}"),
        "verdict": words.html(f"clusters_{each['kind']}", **verdict),
        "bound": _tell_bound(each["bound"], words),
        "opinion": _tell_opinion(each["opinion"], each["count"], words),
        "chosen": words.text(f"clusters_chosen_{each['chosen']}", count=each["count"]),
        "stability": drawings[-2].name,
        "sizes": drawings[-1].name,
        "segments": segments,
        "rows": [
            {
                "name": words.variable(variable, labels),
                "average": _figure(variable, each["average"][variable], each, words, labels),
                "cells": [segment["cells"][at] for segment in segments],
            }
            for at, variable in enumerate(variables)
        ],
        "counts": {
            "columns": [words.text(f"clusters_column_{name}") for name in ("count", *_QUALITIES)],
            "rows": [_tell_count(quality, each["count"], words) for quality in each["qualities"]],
        },
        "preparation": [_tell_scale(scale, each, labels, words) for scale in each["scales"]],
        "left_out": [
            words.text(f"clusters_{why}", names=[words.variable(variable, labels)])
            for variable, why in each["left_out"].items()
        ],
        "basis": words.text(
            "clusters_basis", fitted=each["fitted"], studied=each["studied"], customers=each["customers"]
        ),
        "unplaced": _tell_unplaced(each, words),
        "history": _tell_history(each, words),
    }


def tell_new_verdict(each: Mapping[str, Any], words: Words) -> str:
    """How the verdict on clusters differs from that of the run before; empty where it does not."""
    earlier = each["earlier"] or {}
    if not each["segments"] or earlier.get("kind", each["kind"]) == each["kind"]:
        return ""
    return words.text(
        "clusters_new_verdict",
        name=clean(each["label"][words.language]),
        before=words.text(f"clusters_kind_{earlier['kind']}"),
        now=words.text(f"clusters_kind_{each['kind']}"),
        as_of=dt.date.fromisoformat(earlier["as_of"]),
    )


def _draw_stability(each: Mapping[str, Any], name: str, title: str, words: Words) -> Drawing:
    points = [
        Steadiness(
            quality["count"],
            quality["stability"],
            quality["structureless_low"],
            quality["structureless_high"],
            quality["count"] == each["count"],
            words.text(
                "clusters_said_stability",
                count=quality["count"],
                stability=round(quality["stability"], 2),
                low=round(quality["structureless_low"], 2),
                high=round(quality["structureless_high"], 2),
            ),
        )
        for quality in each["qualities"]
    ]
    names = (words.text("clusters_line_data"), words.text("clusters_line_nothing"))
    across, up = words.text("clusters_axis_count"), words.text("clusters_axis_stability")
    return Drawing(
        name,
        words.text("clusters_picture_stability", name=title),
        HALF,
        partial(chart_stability, points, across, up, names),
    )


def _draw_sizes(each: Mapping[str, Any], name: str, title: str, words: Words) -> Drawing:
    total = max(sum(each["placed"].values()), 1)
    bars = []
    for segment in each["segments"]:
        share = segment["customers"] / total
        figure = f"{words.number(segment['customers'])} · {words.share(share, 0)}"
        bars.append(
            Bar(clean(segment["label"][words.language], 60), segment["customers"], figure, segment["tone"])
        )
    return Drawing(
        name,
        words.text("clusters_picture_sizes", name=title),
        HALF,
        partial(chart_bars, bars, words.text("report_column_customers")),
    )


def _tell_segment(
    segment: Mapping[str, Any],
    each: Mapping[str, Any],
    variables: Sequence[str],
    words: Words,
    labels: Labels,
) -> dict[str, Any]:
    cells = []
    for variable in variables:
        difference = segment["difference"][variable]
        arrow = "▲" if difference >= 0.3 else "▼" if difference <= -0.3 else ""
        arrow *= 2 if abs(difference) >= 1 else 1
        cells.append(
            {
                "figure": _figure(variable, segment["centre"][variable], each, words, labels),
                "arrow": arrow,
                "side": "above" if difference > 0 else "below",
                "heat": min(round(abs(difference) * 45), 90) if arrow else 0,
            }
        )
    return {
        "name": clean(segment["label"][words.language], 80),
        "customers": words.number(segment["customers"]),
        "stability": words.number(round(segment["stability"], 2), 2),
        "cells": cells,
    }


def _figure(variable: str, value: float, each: Mapping[str, Any], words: Words, labels: Labels) -> str:
    """A typical value in the variable's unit: money as money, a share or a yes/no in percent."""
    if variable in MONEY and words.currency:
        return words.money(value, 0 if abs(value) >= 100 else 2)
    scale = next(scale for scale in each["scales"] if scale["variable"] == variable)
    return tell_figure(value, scale | {"unit": labels.get(variable, {}).get("unit")}, words.language)


def _tell_count(quality: Mapping[str, Any], chosen: int, words: Words) -> list[str]:
    count = words.number(quality["count"]) + (" ←" if quality["count"] == chosen else "")
    low, high = (words.number(round(quality[f"structureless_{end}"], 2), 2) for end in ("low", "high"))
    cells = [words.number(round(quality[figure], 2), 2) for figure in _QUALITIES]
    cells[1] = f"{low}–{high}"
    cells[3], cells[4] = words.share(quality["explained"], 0), words.share(quality["smallest"], 0)
    return [count, *cells]


def _tell_scale(
    scale: Mapping[str, Any], each: Mapping[str, Any], labels: Labels, words: Words
) -> dict[str, str]:
    variable = scale["variable"]
    code = "yes_no" if scale["yes_no"] else "linear" if scale["shift"] is None else "log"
    said = ""
    if not scale["yes_no"]:
        ends = (_unscale(scale, scale[end]) for end in ("low", "high"))
        low, high = (_figure(variable, value, each, words, labels) for value in ends)
        said = words.text("clusters_from_to", low=low, high=high)
    return {
        "variable": words.variable(variable, labels),
        "scale": words.text(f"clusters_scale_{code}"),
        "ends": said,
    }


def _unscale(scale: Mapping[str, Any], value: float) -> float:
    import math

    own = value if scale["shift"] is None else math.exp(value) - float(scale["shift"])
    return own + float(scale["origin"])


def _tell_opinion(opinion: Mapping[str, Any], count: int, words: Words) -> str:
    """What the second method sees: groups are the same only where it counts as many.

    >>> _tell_opinion({"groups": 3, "agreement": 0.96, "outside": 0.0}, 2, Words("en", None))
    'A second method, by density, sees nearly the same groups but counts 3 of them (agreement 0.96).'
    """
    if opinion["groups"] < 2:
        return words.text("clusters_opinion_none")
    groups, agreement = opinion["groups"], round(opinion["agreement"], 2)
    like = "other" if agreement < 0.8 else "same" if groups == count else "near"
    return words.text(
        f"clusters_opinion_{like}", groups=groups, outside=opinion["outside"], agreement=agreement
    )


def _tell_bound(bound: Mapping[str, Any], words: Words) -> str:
    said = tell_bound(bound)[words.language]
    return f"{said[:1].upper()}{said[1:]}."


def _tell_unplaced(each: Mapping[str, Any], words: Words) -> str:
    customers = each["placed"].get(UNPLACED, 0)
    return words.text("clusters_told_unplaced", customers=customers) if customers else ""


def _tell_history(each: Mapping[str, Any], words: Words) -> dict[str, Any] | None:
    """What became of the clusters of the run before."""
    if not each["earlier"]:
        return None
    labels = each["earlier"]["labels"] | {one["key"]: one["label"] for one in each["segments"]}

    def name(key: str) -> str:
        return clean(labels[key][words.language])

    said = []
    for segment in each["segments"]:
        moved = segment["transition"]
        said.append(
            words.text(
                f"cluster_now_{moved['fate']}",
                name=clean(segment["label"][words.language]),
                before=[name(key) for key in moved["earlier"]],
                kept=moved["kept"],
            )
        )
    said += [words.text("cluster_now_gone", name=name(gone["earlier"][0])) for gone in each["gone"]]
    as_of = dt.date.fromisoformat(each["earlier"]["as_of"])
    return {"title": words.text("clusters_history", as_of=as_of), "said": said}
