"""Who buys what: the share of buyers by segment, what is under-used, and what could come of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.heatmap import Heat, HeatLabel, render_heatmap
from vitrail.reports.analyses.compared import (
    MOST_COMPARED,
    Compared,
    Rows,
    Table,
    draw_both,
    list_compared,
)
from vitrail.reports.analyses.differences import write_bounds, write_p
from vitrail.reports.analyses.part import Part
from vitrail.reports.analyses.propensities import tell_span
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

MOST_TOLD = 5
_SIGNS = {"under_used": "▼", "over_used": "▲"}
_TITLES = {"category": "category", "product_id": "product"}


def tell_portfolio(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The part of the report; None where nothing is bought by name."""
    rows: Rows = content["rows"]
    if not rows:
        return None
    compared = list_compared(content, run, words)
    items = list(dict.fromkeys(row["item"] for row in rows))
    found = {(row["segment"], row["item"]): row for row in rows}
    title = words.text(f"portfolio_title_{_TITLES.get(content['of'], 'other')}")
    compared = [each for each in compared if found.get((each.key, items[0]), {}).get("members")]
    shown = compared[: MOST_COMPARED + 1]
    names = [HeatLabel(clean(found[None, item]["name"], 60)) for item in items]
    deepest = max((row["penetration"] or 0 for row in rows), default=0) or 1
    cells = [[_cell(found[each.key, item], each, deepest, words) for each in shown] for item in items]
    everyone = HeatLabel(words.text("pictures_everyone_short"), strong=True)
    columns = [each.label if each.key else everyone for each in shown]
    axis = words.text("portfolio_axis")
    code = "portfolio_note_within" if content["within"] else "portfolio_note"
    note = words.text(code, within=tell_span(content["within"] or "", words), members=content["members"])
    if len(items) < content["items"]:
        note += " " + words.text("portfolio_note_shown", shown=len(items), items=content["items"])
    tests = sum(row["p_adjusted"] is not None for row in rows)
    signs = words.text("portfolio_signs", tests=tests) if tests else words.text("pictures_signs_one")
    gaps = _tell_gaps(content, compared, words)
    return Part(
        title,
        f"{note} {signs}",
        gaps["gaps"][0] if gaps["gaps"] else gaps["none"] or gaps["turned"] or words.text("portfolio_even"),
        {
            "picture": draw_both(partial(render_heatmap, title, names, columns, cells, axis=axis)),
            "shown": shown[1:],
            "left": len(compared) - len(shown),
            "told": gaps,
            "table": _table(rows, compared, title, words),
        },
    )


def _cell(row: Mapping[str, Any], each: Compared, deepest: float, words: Words) -> Heat:
    name, share = clean(row["name"], 60), row["penetration"]
    if share is None:
        return Heat(None, "", words.text("portfolio_cell_unknown", name=name, segment=each.name))
    figures = {"name": name, "share": share, "buyers": row["buyers"], "members": row["members"]}
    others = row["others_penetration"]
    if each.key is None or others is None:
        said = words.text("portfolio_cell_everyone", **figures)
    else:
        said = words.text("portfolio_cell", segment=each.name, others=others, **figures)
    figure = words.number(100 * share, 0 if share >= 0.0995 or not share else 1)
    return Heat(share / deepest, figure, said, "" if _turns(row) else _SIGNS.get(row["verdict"] or "", ""))


def _turns(row: Mapping[str, Any]) -> bool:
    """Whether a sure difference points the other way among customers with as many orders."""
    return row["verdict"] in _SIGNS and (row["like_difference"] or 0) * row["difference"] < 0


def _tell_gaps(content: Mapping[str, Any], compared: list[Compared], words: Words) -> dict[str, Any]:
    """The gaps marked as such that fewer orders do not explain, of segments that still buy, the greatest
    first; and how many signs are not drawn because orders turn them round."""
    names = {each.key: each.name for each in compared}
    rows = [row for row in content["rows"] if row["segment"] in names]
    under = [row for row in rows if row["verdict"] == "under_used" and not _turns(row)]
    turned = sum(_turns(row) for row in rows)
    held = sorted((row for row in under if row["beyond_orders"]), key=lambda row: -(row["gap"] or 0))
    beyond = [row for row in held if row["still_buying"] is not False]
    gone = list(dict.fromkeys(names[row["segment"]] for row in held if row["still_buying"] is False))
    told: list[Markup] = [
        words.html(
            "portfolio_under_used_plain",
            segment=names[row["segment"]],
            item=clean(row["name"], 60),
            share=row["penetration"],
            others=row["others_penetration"],
            low=words.number(100 * row["difference_low"], 1),
            high=words.number(100 * row["difference_high"], 1),
            gap=row["gap"] or 0,
            without=row["without"],
            potential=row["potential"] or 0,
        )
        for row in beyond[:MOST_TOLD]
    ]
    return {
        "title": words.text("portfolio_under_used") if told else "",
        "gaps": told,
        "none": words.text("portfolio_none_buying", names=gone)
        if gone and not told
        else words.text("portfolio_none_beyond")
        if under and not told
        else "",
        "rule": " ".join(
            [
                words.text("portfolio_rule", days=content["still_buying_days"]),
                *([words.text("portfolio_rule_left", names=gone)] if gone else []),
            ]
        )
        if told
        else "",
        "turned": words.text("portfolio_turned", count=turned) if turned else "",
        "explained": words.text("portfolio_by_orders", count=len(under) - len(held))
        if told and len(under) > len(held)
        else "",
        "assumes": words.text("portfolio_assumes", least=content["least_buyers"]) if told else "",
    }


def _table(rows: Rows, compared: list[Compared], title: str, words: Words) -> Table:
    names = {each.key: each.name for each in compared}
    lines = tuple(
        (
            names[row["segment"]],
            clean(row["name"], 60),
            words.number(row["members"]),
            words.number(row["buyers"]),
            words.share(row["penetration"]),
            words.share(row["others_penetration"]),
            *(_tell_difference(row, sign, words) for sign in ("", "like_")),
            words.text(f"portfolio_verdict_{row['verdict']}{'_turned' if _turns(row) else ''}")
            if row["verdict"]
            else "–",
            words.money(row["potential"], 0),
        )
        for row in rows
        if row["segment"] in names
    )
    head = (
        words.text("report_column_segment"),
        words.text("portfolio_column_item"),
        words.text("pictures_column_customers"),
        words.text("portfolio_column_buyers"),
        words.text("pictures_column_share"),
        words.text("portfolio_column_others"),
        words.text("portfolio_column_difference"),
        words.text("portfolio_column_alike"),
        words.text("portfolio_column_verdict"),
        words.text("portfolio_column_potential"),
    )
    return Table(title, head, lines, words=2)


def _tell_difference(row: Mapping[str, Any], sign: str, words: Words) -> str:
    """Both bounds of a difference, and the p of its test over all comparisons."""
    p, low, high = (row[f"{sign}{name}"] for name in ("p_adjusted", "difference_low", "difference_high"))
    if p is None:
        return "–"
    interval = write_bounds(low, high, "share", "", words)
    return words.text("portfolio_difference", interval=interval, p=write_p(p, words))
