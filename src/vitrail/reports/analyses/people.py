"""Who and where customers are: the age pyramid, and places, each by segment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from vitrail.charts import Bar, chart_bars
from vitrail.charts.heatmap import Heat, HeatLabel, render_heatmap
from vitrail.charts.pyramid import AgeBand, Side, render_pyramid
from vitrail.charts.theme import HALF
from vitrail.reports.analyses.compared import (
    MOST_COMPARED,
    Compared,
    Picture,
    Rows,
    Table,
    by_key,
    draw_both,
    list_compared,
)
from vitrail.reports.analyses.part import Part
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

_PLACES = ("department", "region", "country")
_SURE = 0.05
LEAST_KNOWN = 30  # known ages of a segment, from which its shares are drawn
_WIDEST = 640  # of a pyramid, in pixels


def tell_ages(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The age pyramid of the report; None where no age is known."""
    rows, totals = by_key(content["rows"]), {row["segment"]: row for row in content["totals"]}
    whole = totals.get(None)
    if whole is None or not whole["known"]:
        return None
    compared = [each for each in list_compared(content, run, words) if each.key in totals]
    own = [row for row in rows[None] if row["band"] is not None]
    recorded = {row["gender"] for row in own if row["customers"]}
    both = {"woman", "man"} <= recorded
    title = words.text("ages_title_both" if both else "ages_title")
    bands = list(dict.fromkeys(row["band"] for row in own))
    pyramid = _draw_pyramid(own, bands, whole["known"], both, title, words)
    heat = (
        _draw_ages(rows, totals, bands, compared[: MOST_COMPARED + 1], words) if len(compared) > 1 else None
    )
    return Part(
        title,
        _ages_note(own, whole, both, words),
        words.text("ages_note_median", median=round(whole["median"])) if whole["median"] is not None else "",
        {
            "picture": pyramid,
            "segments_title": words.text("ages_by_segment"),
            "segments": heat,
            "unsure": words.text("ages_dashed", least=LEAST_KNOWN)
            if any(totals[each.key]["known"] < LEAST_KNOWN for each in compared[: MOST_COMPARED + 1])
            else "",
            "table": _ages_table(own, title, whole["known"], words),
            "segments_table": _totals_table(totals, compared, words) if len(compared) > 1 else None,
        },
    )


def _ages_note(own: Rows, whole: Mapping[str, Any], both: bool, words: Words) -> str:
    figures = {"known": whole["known"], "customers": whole["customers"]}
    notes = [words.text("ages_note", share=whole["known"] / whole["customers"], **figures)]
    if whole["median"] is not None:
        notes.append(words.text("ages_note_median", median=round(whole["median"])))
    if whole["left_out"]:
        notes.append(words.text("ages_note_left_out", left_out=whole["left_out"]))
    others = sum(row["customers"] for row in own if row["gender"] not in ("woman", "man"))
    if both and others:
        notes.append(words.text("ages_note_gender", others=others))
    return " ".join(notes)


def _draw_pyramid(
    own: Rows, bands: Sequence[str], known: int, both: bool, title: str, words: Words
) -> Picture:
    genders = ("woman", "man") if both else (None,)
    drawn = []
    for band in bands:
        sides = []
        for gender in genders:
            count = sum(
                row["customers"] for row in own if row["band"] == band and gender in (None, row["gender"])
            )
            named = words.text(f"ages_{gender}") if gender else words.text("pictures_everyone")
            said = words.text(
                "ages_bar", band=_band(band), gender=named, customers=count, share=count / known
            )
            sides.append(Side(count, words.share(count / known), said))
        drawn.append(AgeBand(_band(band), tuple(sides)))
    headings = [words.text("ages_woman"), words.text("ages_man")] if both else [""]
    draw = partial(render_pyramid, title, drawn, headings, words.text("ages_axis"))
    return draw_both(lambda width: draw(min(width, _WIDEST)))


def _band(band: str) -> str:
    return clean(band.replace("-", "–"), 20)


def _draw_ages(
    rows: Mapping[str | None, Rows],
    totals: Mapping[str | None, Mapping[str, Any]],
    bands: Sequence[str],
    shown: Sequence[Compared],
    words: Words,
) -> Picture:
    """The share of each band among the members of known age."""
    counts = {
        (each.key, band): sum(row["customers"] for row in rows.get(each.key, ()) if row["band"] == band)
        for each in shown
        for band in bands
    }
    shares = {
        at: count / totals[at[0]]["known"] if totals[at[0]]["known"] else None for at, count in counts.items()
    }
    sure = [share for (key, _), share in shares.items() if totals[key]["known"] >= LEAST_KNOWN]
    deepest = max((share for share in sure if share is not None), default=0) or 1
    cells = []
    for each in shown:
        line = []
        for band in bands:
            share, known = shares[each.key, band], totals[each.key]["known"]
            if share is None:
                line.append(Heat(None, "", words.text("ages_cell_unknown", segment=each.name)))
                continue
            figures = {"share": share, "customers": counts[each.key, band], "known": known}
            said = words.text("ages_cell", segment=each.name, band=_band(band), **figures)
            depth = share / deepest if known >= LEAST_KNOWN else None
            line.append(Heat(depth, words.number(100 * share, 0), said))
        cells.append(line)
    title, axis = words.text("ages_by_segment"), words.text("ages_by_segment_axis")
    columns = [HeatLabel(_band(band)) for band in bands]
    return draw_both(
        partial(render_heatmap, title, [each.label for each in shown], columns, cells, axis=axis)
    )


def _ages_table(own: Rows, title: str, known: int, words: Words) -> Table:
    genders = [
        gender
        for gender in ("woman", "man", "other", "unknown")
        if any(row["gender"] == gender for row in own)
    ]
    found = {(row["band"], row["gender"]): row["customers"] for row in own}
    counted = [words.text(f"ages_{each}") for each in genders] if len(genders) > 1 else []
    counted = counted or [words.text("pictures_column_customers")]
    head = (words.text("ages_column_band"), *counted, words.text("pictures_column_share"))
    rows = []
    for band in dict.fromkeys(row["band"] for row in own):
        counts = [found.get((band, gender), 0) for gender in genders]
        rows.append((_band(band), *map(words.number, counts), words.share(sum(counts) / known)))
    return Table(title, head, tuple(rows))


def _totals_table(
    totals: Mapping[str | None, Mapping[str, Any]], compared: Sequence[Compared], words: Words
) -> Table:
    head = (
        "report_column_segment",
        "pictures_column_customers",
        "ages_column_known",
        "pictures_column_share",
        "ages_column_median",
    )
    rows = tuple(
        (
            each.name,
            words.number(own["customers"]),
            words.number(own["known"]),
            words.share(own["known"] / own["customers"]) if own["customers"] else "–",
            words.number(own["median"], 1),
        )
        for each in compared
        for own in (totals[each.key],)
    )
    return Table(words.text("ages_by_segment"), tuple(words.text(code) for code in head), rows)


def tell_regions(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """Where customers are; None where there are not two places."""
    rows = by_key(content["rows"])
    whole = [row for row in rows.get(None, ()) if row["kind"] != "unknown"]
    if len(whole) < 2:
        return None
    compared = [each for each in list_compared(content, run, words) if each.key in rows]
    of = content["of"] if content["of"] in _PLACES else "other"
    title = words.text(f"regions_title_{of}")
    names = [_place(row, content["of"], words) for row in whole]
    bars = [
        Bar(
            clean(name, 28),
            row["customers"],
            f"{words.number(row['customers'])} ({words.share(row['share'])})",
        )
        for name, row in zip(names, whole, strict=True)
    ]
    figures = {"known": content["known"], "customers": content["customers"], "places": content["places"]}
    shown = sum(row["kind"] == "place" for row in whole)
    note = words.text("regions_note", shown=shown, share=content["known"] / content["customers"], **figures)
    tests = sum(row["p_adjusted"] is not None for row in content["rows"])
    drawn = compared[: MOST_COMPARED + 1]
    return Part(
        title,
        note,
        words.text(
            "regions_verdict", name=names[0], customers=whole[0]["customers"], share=whole[0]["share"]
        ),
        {
            "name": "places",
            "segments_title": words.text("regions_by_segment"),
            "signs": words.text("pictures_signs", tests=tests) if tests else "",
            "segments": _draw_places(rows, names, drawn, words) if len(compared) > 1 else None,
            "shown": drawn[1:],
            "table": _places_table(rows, names, compared, words),
        },
        (Drawing("places", title, HALF, partial(chart_bars, bars, words.text("regions_axis"))),),
    )


def _place(row: Mapping[str, Any], of: str, words: Words) -> str:
    if row["kind"] == "other":
        return words.text("regions_other")
    code, name = row["place"], row["name"]
    if of == "country" or (of == "department" and code == name):
        return words.country(name)
    return clean(f"{name} ({code})" if of == "department" else name, 60)


def _draw_places(
    rows: Mapping[str | None, Rows], names: Sequence[str], shown: Sequence[Compared], words: Words
) -> Picture:
    """Shares by place and segment; the square root keeps a country that holds most from hiding the others."""
    own = {each.key: [row for row in rows[each.key] if row["kind"] != "unknown"] for each in shown}
    deepest = max((row["share"] or 0 for each in own.values() for row in each), default=0) or 1
    cells = []
    for at, name in enumerate(names):
        line = []
        for each in shown:
            row = own[each.key][at]
            known = sum(other["customers"] for other in own[each.key])
            share = row["share"]
            if share is None:
                line.append(Heat(None, "", each.name))
                continue
            figures = {"name": name, "segment": each.name, "share": share, "customers": row["customers"]}
            said = words.text("regions_cell", known=known, **figures)
            figure = words.number(100 * share, 0 if share >= 0.0995 or not share else 1)
            line.append(Heat(math.sqrt(share / deepest), figure, said, _sign(row)))
        cells.append(line)
    everyone = HeatLabel(words.text("pictures_everyone_short"), strong=True)
    columns = [each.label if each.key else everyone for each in shown]
    title, axis = words.text("regions_by_segment"), words.text("regions_heat_axis")
    return draw_both(
        partial(render_heatmap, title, [HeatLabel(name) for name in names], columns, cells, axis=axis)
    )


def _sign(row: Mapping[str, Any]) -> str:
    if row["p_adjusted"] is None or row["p_adjusted"] >= _SURE or row["segment"] is None:
        return ""
    if row["difference_low"] > 0:
        return "▲"
    return "▼" if row["difference_high"] < 0 else ""


def _places_table(
    rows: Mapping[str | None, Rows],
    names: Sequence[str],
    compared: Sequence[Compared],
    words: Words,
) -> Table:
    lines = []
    for each in compared:
        for row, name in zip(rows[each.key], [*names, words.text("regions_unknown")], strict=False):
            figures = (
                words.number(row["customers"]),
                words.share(row["share"]),
                words.money(row["revenue"], 0),
            )
            lines.append((each.name, name, *figures))
    head = (
        "report_column_segment",
        "regions_column_place",
        "pictures_column_customers",
        "pictures_column_share",
        "regions_column_revenue",
    )
    title = words.text("regions_by_segment")
    return Table(title, tuple(words.text(code) for code in head), tuple(lines), words=2)
