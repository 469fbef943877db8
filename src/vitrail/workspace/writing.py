"""A run's files: what was found, written in key order so that the same run gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from vitrail import i18n
from vitrail.collection.files import FilesRead, explain_refusal
from vitrail.engine import Engine, column, sql
from vitrail.engine.sql import literal
from vitrail.findings import Finding
from vitrail.insight.description import describe_segments
from vitrail.insight.months import build_months
from vitrail.plan import Plan
from vitrail.profile import compile_variable
from vitrail.segments.memberships import compile_memberships
from vitrail.segments.stored import dump_segmentation
from vitrail.workspace.dating import compile_dated
from vitrail.workspace.exporting import plain
from vitrail.workspace.segmenting import Segmented, profile_columns, profile_tables

_NO_MEMBERSHIPS = sql(
    "select '' as customer_id, '' as segmentation, '' as segment, cast(null as date) as since limit 0"
)
FINDINGS = pa.schema([(name, pa.string()) for name in ("code", "level", "place", "message", "figures")])


def write_tables(engine: Engine, segmented: Segmented, folder: Path) -> None:
    """Write what the engine has whole: customers and their segments, who was set aside, the months."""
    segmentations, dating = segmented.segmentations, segmented.dating
    engine.view("segmented_since", compile_dated(engine, dating, segmented.collected.as_of))
    since = [f"{key}_since" for key in dating.told]
    memberships = compile_memberships(segmentations, since, "segmented_since") or _NO_MEMBERSHIPS
    engine.write_parquet(
        memberships, folder / "memberships.parquet", ["segmentation", "segment", "customer_id"]
    )
    names = [*profile_columns(segmented.variables)]
    names += [name for each in segmentations for name in (each.key, *each.scores)]
    profile = exp.select(*(column(name) for name in names)).from_("segmented")
    engine.write_parquet(profile, folder / "profile.parquet", ["customer_id"])
    months = build_months(engine, segmentations)
    if months is not None:
        engine.write_parquet(months, folder / "monthly.parquet", ["segmentation", "segment", "month"])
    aside = exp.select("customer_id", "step", "rows").from_("set_aside")
    engine.write_parquet(aside, folder / "set_aside.parquet", ["customer_id", "step"])


def write_segments(engine: Engine, plan: Plan, segmented: Segmented, folder: Path) -> pa.Table:
    """Write the segments with their figures, and return them."""
    products = "sales" if "product_id" in segmented.collected.line_columns else None
    as_of = segmented.collected.as_of
    segments = describe_segments(engine, segmented.segmentations, as_of, "segmented", plan.language, products)
    _write(segments, folder / "segments.parquet")
    return segments


def write_results(engine: Engine, plan: Plan, segmented: Segmented, folder: Path) -> None:
    """Write the other Parquet and JSON files of a run, all but the manifest and the reports."""
    _write(segmented.collected.funnel, folder / "funnel.parquet")
    _write(_explained(segmented.collected.refused, plan.language), folder / "refused.parquet")
    _write(findings_table(segmented.findings, plan.language), folder / "findings.parquet")
    described = [dump_segmentation(each, engine.render) for each in segmented.segmentations]
    _write_json(described, folder / "segmentations.json")
    variables = _describe_variables(engine, segmented)
    _write_json(variables, folder / "variables.json")


def _describe_variables(engine: Engine, segmented: Segmented) -> list[dict[str, Any]]:
    """The variables as `variables.json` has them."""
    tables, as_of = profile_tables(segmented.collected), literal(segmented.collected.as_of)
    return [
        {
            "name": each.name,
            "family": each.family,
            "unit": each.unit,
            "custom": each.custom,
            "source": each.grain,
            "label": {language: each.label_in(language) for language in i18n.LANGUAGES},
            "meaning": {language: each.meaning_in(language) for language in i18n.LANGUAGES},
            "sql": engine.render(compile_variable(tables, each, as_of)),
        }
        for each in segmented.variables
    ]


def findings_table(findings: Iterable[Finding], language: i18n.Language) -> pa.Table:
    """Findings as `findings.parquet` has them, the gravest first."""
    grave = {"error": 0, "warning": 1, "info": 2}
    ordered = sorted(findings, key=lambda each: grave[each.level])
    rows = [
        {
            "code": each.code,
            "level": each.level,
            "place": each.place,
            "message": each.message(language),
            "figures": json.dumps(dict(each.figures), default=plain, ensure_ascii=False, sort_keys=True),
        }
        for each in ordered
    ]
    return pa.Table.from_pylist(rows, schema=FINDINGS)


def describe_sources(plan: Plan, sources: Mapping[str, FilesRead]) -> list[dict[str, Any]]:
    """The sources as the manifest has them: every file with its records and fingerprint."""
    return [
        {
            "name": name,
            "table": plan.sources[name].table,
            "rows": read.accepted,
            "files": [
                {
                    "file": file.file,
                    "format": file.format,
                    "encoding": file.encoding,
                    "records": file.records,
                    "accepted": file.accepted,
                    "refused": file.refused,
                    "fingerprint": file.fingerprint,
                }
                for file in read.files
            ],
        }
        for name, read in sources.items()
    ]


def _explained(refused: pa.Table, language: i18n.Language) -> pa.Table:
    messages = [
        explain_refusal(row["reason"], json.loads(row["detail"]), language) for row in refused.to_pylist()
    ]
    return refused.append_column("message", pa.array(messages, pa.string()))


def _write(table: pa.Table, file: Path) -> None:
    pq.write_table(table, file, compression="zstd")


def _write_json(value: Any, file: Path) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
