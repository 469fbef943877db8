"""The report: one self-contained HTML page that tells a run, in the reader's language."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup

from vitrail.charts.colours import colour_variables, known_tone
from vitrail.charts.textures import texture_patterns, texture_rules
from vitrail.engine import DuckDB, Engine
from vitrail.findings import Finding
from vitrail.i18n import Language, plain
from vitrail.insight.base import (
    BaseFigures,
    load_base,
    load_countries,
    load_recent_amounts,
    load_shortest_silence,
)
from vitrail.insight.curve import Curve, load_curve, load_top_fifth
from vitrail.insight.grid import load_grid
from vitrail.insight.groups import choose_main
from vitrail.insight.story import QUIET_TONES, tell_story
from vitrail.plan import shift
from vitrail.reports import drawings, grid, months, sections, windows
from vitrail.reports.advice import list_goals, tell_advice, tell_order
from vitrail.reports.analyses import tell_analyses
from vitrail.reports.analyses.clusters import tell_new_verdict
from vitrail.reports.analyses.part import Part
from vitrail.reports.methods import tell_meaning, tell_method, tell_shared_names
from vitrail.reports.notes import list_notes
from vitrail.reports.run import ReportedRun, SegmentationRow, load_reported
from vitrail.reports.words import Words, clean
from vitrail.store import Run, open_run

YEAR_DAYS = 366  # data of a year at most say nothing of the last 12 months that their total does not


def render_report(run_folder: Path, language: Language) -> bytes:
    """The report of a finished run as one HTML page in UTF-8; no request leaves it.

    Args:
        run_folder: a folder of `.vitrail/runs`.

    Raises:
        StoreError: the folder holds no run, or a file in it cannot be read.
    """
    with DuckDB() as engine:
        stored = open_run(run_folder)
        run = load_reported(engine, stored)
        words = Words(language, run.currency)
        context = _describe(engine, stored, run, words)
    style, script = Markup(_style()), Markup(_asset("report.js"))
    page = _template().render(
        context,
        style=style,
        patterns=Markup(texture_patterns()),
        script=script,
        script_hash=_fingerprint(script),
        w=words,
        language=language,
    )
    return plain(str(page)).encode()


def _describe(engine: Engine, stored: Run, run: ReportedRun, words: Words) -> dict[str, Any]:
    """Everything the template shows."""
    main = choose_main(run.segmentations)
    ordered = [each for each in run.segmentations if each is not main]
    base = load_base(engine, run.as_of) if run.has_profile else None
    countries = load_countries(engine) if run.has_profile else ()
    curves = _load_curves(engine, run)
    validation = stored.analysis("validation")
    predictions = (stored.analysis("predictions") or {}).get("predictions", ())
    names = {f"predictions.{each['key']}": each["label"] for each in predictions}
    notes, readings = list_notes(run, names, words)
    parts = tell_analyses(stored, run, words)
    recent = _load_recent(engine, run, main, base)
    asked = [drawing for part in parts.values() for drawing in part.drawings]
    charts = drawings.draw_charts(run, words, main, curves, countries, asked)
    return {
        "run": run,
        "main": main,
        "others": ordered,
        "base": base,
        "plan_name": clean(run.plan_name),
        "freshness": sections.tell_freshness(run, words),
        "story": _tell(engine, run, base, main, words, curves, countries),
        "windows": windows.draw_windows(main, words) if main and main.partition else (),
        "advice": tell_advice(run, main, words, validation, recent),
        "advice_order": tell_order(run, main, words, validation, recent),
        "goals": list_goals(run, words),
        "grave": [each for each in notes if each.level != "info"],
        "notes": [each for each in notes if each.level == "info"],
        "readings": readings,
        "meaning_of": lambda each, segment: tell_meaning(each, segment, run, words),
        "method_note": lambda each: tell_method(each, run, words),
        "shared_names": lambda each: tell_shared_names(each, main, words),
        "charts": {name: Markup(svg) for name, svg in charts.items()},
        "parts": parts,
        "new_verdicts": [
            said
            for each in (stored.analysis("clusters") or {}).get("clusters", ())
            if (said := tell_new_verdict(each, words))
        ],
        "analysed": bool(ordered or countries or "" in curves or parts.keys() - {"validation", "migrations"}),
        "terms": _list_terms(parts, base is None or base.has_orders),
        "earlier_day": shift(run.as_of, "3 months", -1).isoformat(),
        "cut_verdict": lambda each: sections.tell_cut(each, words),
        "country_name": lambda each: drawings.name_country(each, words),
        "country_rows": [
            (drawings.name_country(each, words), words.money(each.revenue, 0)) for each in countries
        ],
        "curves": curves,
        "curve_variable": lambda each: drawings.curve_variable(each, run, words),
        "countries": countries,
        "grids": {
            each.key: grid.lay_grid(each, load_grid(engine, each.key) if run.has_profile else (), words)
            for each in run.segmentations
            if each.method == "rfm"
        },
        "partial": months.unfinished_month(run),
        "last_day": run.as_of - dt.timedelta(days=1),
        "months": months.list_monthly_revenue(run, main, words) if main else None,
        "series": months.choose_series(run, main) if main else ((), 0),
        "funnel": sections.list_funnel(run, words),
        "refused": sections.tell_refused(run, words),
        "portraits_of": {each.key: sections.list_portraits(each, words) for each in run.segmentations},
        "thresholds_of": {each.key: grid.list_thresholds(each, run, words) for each in run.segmentations},
        "row_id": windows.row_id,
        "segmentation_id": windows.segmentation_id,
        "known_tone": known_tone,
        "clean": clean,
    }


def _list_terms(parts: Mapping[str, Part], has_orders: bool) -> list[str]:
    """The terms that the page explains: of its figures, and of tables of statistics where it has some."""
    tables = {"p": {"microsegments", "hypotheses", "cohorts"}, "silhouette": {"clusters"}}
    return [
        "customer",
        *(("revenue", "recency") if has_orders else ()),
        *("median", "interval"),
        *(term for term, names in tables.items() if names & parts.keys()),
    ]


def _load_recent(
    engine: Engine, run: ReportedRun, main: SegmentationRow | None, base: BaseFigures | None
) -> dict[str, dict[str, Decimal]]:
    """What each segment bought in the last 12 months; nothing where the data go back no further."""
    if base is None or base.first_order_on is None or (run.as_of - base.first_order_on).days <= YEAR_DAYS:
        return {}
    planned = {name.split(".")[0] for name in run.strategies}
    return {
        each.key: load_recent_amounts(engine, each.key, each.partition)
        for each in run.segmentations
        if each is main or each.key in planned
    }


def _load_curves(engine: Engine, run: ReportedRun) -> dict[str, Curve]:
    """The curve of each ABC segmentation; of revenue alone where there is none."""
    if not run.has_profile:
        return {}
    wanted = {
        each.key: (each.variables or ("total_amount",))[0]
        for each in run.segmentations
        if each.method == "abc"
    }
    curves = {key: load_curve(engine, variable, key) for key, variable in wanted.items()}
    return {**curves, "": load_curve(engine)} if "total_amount" not in wanted.values() else curves


def _tell(
    engine: Engine,
    run: ReportedRun,
    base: BaseFigures | None,
    main: SegmentationRow | None,
    words: Words,
    curves: dict[str, Curve],
    countries: Any,
) -> list[Markup]:
    if base is None:
        return []
    partition = main if main and main.partition else None
    quiet = (
        [segment.key for segment in partition.segments if segment.tone in QUIET_TONES] if partition else []
    )
    silence = load_shortest_silence(engine, partition.key, quiet) if partition else None
    curve = next(
        (
            curves[each.key]
            for each in run.segmentations
            if each.key in curves and "total_amount" in each.variables
        ),
        curves.get(""),
    )
    told: tuple[Finding, ...] = tell_story(
        base,
        partition.segments if partition else (),
        words.language,
        run.currency,
        silence,
        load_top_fifth(engine) if curve else None,
        countries,
        regular=partition is not None and partition.method == "rfm",
    )
    return [words.finding(finding) for finding in told]


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vitrail.reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html")


def _asset(name: str) -> str:
    return resources.files("vitrail.reports").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The style sheet after the colours of both themes; print takes the light one."""

    def block(theme: Any) -> str:
        return ":root{" + ";".join(f"{name}:{value}" for name, value in colour_variables(theme).items()) + "}"

    dark = f"@media screen and (prefers-color-scheme:dark){{{block('dark')}}}"
    print_only = f"@media print{{{texture_rules()}}}"
    return f"{block('light')}\n{dark}\n{_asset('report.css')}\n{print_only}"


def _fingerprint(script: str) -> str:
    """The hash by which the page's security policy knows its one script."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
