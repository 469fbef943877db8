"""Segmentations written to a run's `segmentations.json` and read back, expressions included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlglot import exp, parse_one

from vitrail.segments.model import Segment, Segmentation


def dump_segmentation(each: Segmentation, render: Callable[[exp.Expr], str]) -> dict[str, Any]:
    """A fitted segmentation as plain data; `render` writes an expression as SQL."""
    return {
        "key": each.key,
        "method": each.method,
        "label": dict(each.label),
        "partition": each.partition,
        "variables": list(each.variables),
        "scales": dict(each.scales),
        "cuts": {name: [str(cut) for cut in cuts] for name, cuts in each.cuts.items()},
        "scores": {name: render(score) for name, score in each.scores.items()},
        "segments": [
            {"key": s.key, "label": dict(s.label), "meaning": dict(s.meaning), "tone": s.tone}
            for s in each.segments
        ],
        "members": {key: render(condition) for key, condition in each.members.items()},
        "depends_on": list(each.depends_on),
        "sql": render(each.expression),
    }


def load_segmentation(data: Mapping[str, Any]) -> Segmentation:
    """The segmentation that `dump_segmentation` wrote.

    >>> from vitrail.engine import sql
    >>> assign = sql("case when order_count > 3 then 'big' else 'small' end")
    >>> each = Segmentation("size", "rules", {}, (), ("order_count",), assign=assign)
    >>> load_segmentation(dump_segmentation(each, lambda tree: tree.sql("duckdb"))) == each
    True
    """
    return Segmentation(
        key=data["key"],
        method=data["method"],
        label=data["label"],
        segments=tuple(Segment(**segment) for segment in data["segments"]),
        variables=tuple(data["variables"]),
        scores={name: parse_one(text, dialect="duckdb") for name, text in data["scores"].items()},
        scales=data["scales"],
        cuts={name: tuple(Decimal(cut) for cut in cuts) for name, cuts in data["cuts"].items()},
        assign=parse_one(data["sql"], dialect="duckdb") if data["partition"] else None,
        members={key: parse_one(text, dialect="duckdb") for key, text in data["members"].items()},
        depends_on=tuple(data["depends_on"]),
    )
