"""The portfolio: what share of each segment ever bought each category, product or service.

Model: the penetration of an item in a segment is the share of its members, customers with an order, who
    bought it. It is compared with all other customers: difference of shares with Newcombe's 95 % interval,
    Benjamini and Hochberg's adjusted p over every segment and item. *Under-used* (*over-used*) is said only
    where the whole interval is below (above) zero and the adjusted p is below 5 %. A segment that orders
    less buys less of everything, so the difference is told again among customers with as many orders
    (`vitrail.statistics.adjusted`, over strata of orders): `beyond_orders` says that it is still there.
    Potential: the members who do not have the item × what a buyer of the item spends on it. It is an upper
    bound, since it takes every one of them to buy, and to spend as present buyers do; with it stands what
    would come if the segment bought as often as the others. A segment still buys where half of its members
    or more have ordered within the days that nine returns in ten take (a year where too few returned): what
    others lack is no gap to fill before they are won back.
Assumes: customers buy independently; a buyer's mean spend is known from enough buyers: the segment's own, or
    the whole base's where the segment has too few.
Source: Newcombe, Statistics in Medicine 17, 1998; Benjamini & Hochberg, JRSS B 57, 1995; Mantel & Haenszel,
    Journal of the National Cancer Institute 22, 1959.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pyarrow as pa

from vitrail.engine import Engine, sql
from vitrail.findings import Finding
from vitrail.insight.buying import (
    Bought,
    choose_items,
    compile_bought,
    load_bought,
    load_buying,
    load_names,
    load_patience,
)
from vitrail.insight.groups import Groups
from vitrail.plan.pictures import PortfolioSpec
from vitrail.statistics.adjusted import Effect, Side, estimate_effect
from vitrail.statistics.multiplicity import adjust_benjamini_hochberg
from vitrail.statistics.shares import estimate_share_difference

LEVEL = 0.05
SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),  # null: everyone
        ("item", pa.string()),
        ("name", pa.string()),
        ("members", pa.int64()),
        ("buyers", pa.int64()),
        ("penetration", pa.float64()),
        ("others", pa.int64()),
        ("others_buyers", pa.int64()),
        ("others_penetration", pa.float64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("p", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("verdict", pa.string()),
        ("like_difference", pa.float64()),
        ("like_difference_low", pa.float64()),
        ("like_difference_high", pa.float64()),
        ("like_p_adjusted", pa.float64()),
        ("like_share", pa.float64()),
        ("beyond_orders", pa.bool_()),
        ("without", pa.int64()),
        ("amount", pa.decimal128(38, 4)),
        ("spend", pa.float64()),
        ("spend_of", pa.string()),
        ("potential", pa.float64()),
        ("gap", pa.float64()),
        ("still_buying", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class PortfolioResult:
    """Who buys what.

    Args:
        of: the column of order lines that names what is bought.
        items: how many there are in all; the table holds those with the most buyers.
        members: customers with an order, in the window if there is one.
        rows: one a segment and item, as in `SCHEMA`; everyone first, segments in plan order, items by buyers.
        within: how recent purchases must be; None for all.
        least_buyers: those of a segment from which their own spend is taken.
        still_buying_days: within which half of a segment's members have ordered where it still buys.
    """

    of: str
    items: int
    members: int
    groups: Groups
    rows: tuple[dict[str, Any], ...]
    within: str | None
    least_buyers: int
    still_buying_days: int

    def to_arrow(self) -> pa.Table:
        """One row a segment and item."""
        return pa.Table.from_pylist(list(self.rows), schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        names = ("of", "items", "members", "within", "least_buyers", "still_buying_days")
        head = {name: getattr(self, name) for name in names}
        return {**head, **self.groups.to_dict(), "rows": list(self.rows)}


def analyse_portfolio(
    engine: Engine, spec: PortfolioSpec, groups: Groups, as_of: dt.date
) -> tuple[PortfolioResult | None, tuple[Finding, ...]]:
    """Who buys what, from `order_lines` and the segmented profile; None where lines name nothing bought."""
    lines = engine.columns(sql("select * from order_lines"))
    of = spec.of or choose_items(engine, lines)
    if of is None:
        return None, ()
    engine.create("portfolio_bought", compile_bought(lines, of, spec.within, as_of))
    try:
        members, bought, items, count = load_bought(engine, spec.most, groups)
        days = load_patience(engine)
        buying = load_buying(engine, groups, days)
    finally:
        engine.drop("portfolio_bought")
    if not items:
        return None, ()
    names = load_names(engine, lines, of, items)
    rows = tuple(_rows(spec, groups, members, bought, names, buying))
    everyone = sum(members.get(None, {}).values())
    return PortfolioResult(of, count, everyone, groups, rows, spec.within, spec.least_buyers, days), ()


def _rows(
    spec: PortfolioSpec,
    groups: Groups,
    members: Mapping[str | None, Mapping[int, int]],
    bought: Mapping[tuple[str | None, str], Bought],
    names: Mapping[str, str],
    buying: Mapping[str | None, bool],
) -> list[dict[str, Any]]:
    nothing, everyone = Bought({}, Decimal(0)), members.get(None, {})
    rows = []
    for segment in (None, *groups.segments):
        for item, name in names.items():
            own, base = bought.get((segment, item), nothing), bought.get((None, item), nothing)
            row = _compare(own, base, members.get(segment, {}), everyone)
            row |= _potential(spec, own, base, row)
            key = groups.segmentation.key if groups.segmentation else None
            row["still_buying"] = buying.get(segment)
            rows.append({"segmentation": key, "segment": segment, "item": item, "name": name, **row})
    for sign in ("", "like_"):
        _adjust([row for row in rows if row[f"{sign}p"] is not None], sign)
    for row in rows:
        side = _side(row, "")
        verdict = {-1: "under_used", 1: "over_used", 0: "like_others", None: "not_estimable"}[side]
        row["verdict"] = verdict if row["segment"] is not None else None
        row["beyond_orders"] = _side(row, "like_") == side if side else None
    return rows


def _adjust(rows: Sequence[dict[str, Any]], sign: str) -> None:
    adjusted = adjust_benjamini_hochberg([row[f"{sign}p"] for row in rows])
    for row, p in zip(rows, adjusted, strict=True):
        row[f"{sign}p_adjusted"] = p


def _side(row: Mapping[str, Any], sign: str) -> int | None:
    """Whether a difference is surely below (-1) or above (1) zero, or neither; None where it is not known."""
    p, low, high = (row[f"{sign}{name}"] for name in ("p_adjusted", "difference_low", "difference_high"))
    if p is None:
        return None
    return 0 if p >= LEVEL or low <= 0 <= high else -1 if high < 0 else 1


def _compare(
    own: Bought, base: Bought, members: Mapping[int, int], everyone: Mapping[int, int]
) -> dict[str, Any]:
    """A segment's share of buyers against all other customers', and again at like numbers of orders."""
    count, buyers = sum(members.values()), sum(own.buyers.values())
    others, others_buyers = sum(everyone.values()) - count, sum(base.buyers.values()) - buyers
    difference = estimate_share_difference(buyers, count, others_buyers, others)
    like, covered = _compare_alike(own, base, members, everyone)
    return {
        "members": count,
        "buyers": buyers,
        "penetration": buyers / count if count else None,
        "others": others,
        "others_buyers": others_buyers,
        "others_penetration": others_buyers / others if others else None,
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "p": difference.p,
        "p_adjusted": None,
        "like_p": like.p if like else None,
        "like_p_adjusted": None,
        "like_difference": like.value if like else None,
        "like_difference_low": like.low if like else None,
        "like_difference_high": like.high if like else None,
        "like_share": covered / count if count else None,
    }


def _compare_alike(
    own: Bought, base: Bought, members: Mapping[int, int], everyone: Mapping[int, int]
) -> tuple[Effect | None, int]:
    """The comparison among customers with as many orders, and how many members have others alike."""
    shared = [each for each in everyone if 0 < members.get(each, 0) < everyone[each]]
    if not shared:
        return None, 0
    counts, all_counts = (np.array([float(of[each]) for each in shared]) for of in (members, everyone))
    buyers, all_buyers = (np.array([float(of.buyers.get(each, 0)) for each in shared]) for of in (own, base))
    rest = all_buyers - buyers
    effect = estimate_effect(Side(counts, buyers, buyers), Side(all_counts - counts, rest, rest), "share")
    return effect, int(counts.sum())


def _potential(spec: PortfolioSpec, own: Bought, base: Bought, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the members without the item would spend at most, and up to the others' share of buyers."""
    enough = row["buyers"] >= spec.least_buyers
    model, buyers = (own, row["buyers"]) if enough else (base, sum(base.buyers.values()))
    spend = float(model.amount / buyers) if buyers else None
    without = row["members"] - row["buyers"]
    short = -cast(float, row["difference"]) * row["members"] if row["difference"] is not None else None
    paid = max(spend, 0.0) if spend is not None else None
    return {
        "without": without,
        "amount": own.amount,
        "spend": spend,
        "spend_of": "segment" if enough else "everyone",
        "potential": None if paid is None else without * paid,
        "gap": None if paid is None or short is None else max(short, 0.0) * paid,
    }
