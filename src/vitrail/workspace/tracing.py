"""`vitrail show refused`, `set_aside`, `funnel`: what became of every record of the files."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vitrail import i18n
from vitrail.collection.collecting import collect
from vitrail.collection.files import explain_refusal
from vitrail.collection.tracing import trace_set_aside
from vitrail.engine import DuckDB
from vitrail.errors import PlanError, SourceError, UsageError
from vitrail.findings import Finding
from vitrail.plan import Plan, plan_hash
from vitrail.store import Run
from vitrail.workspace.running import MEMORY_LIMIT, read_sources
from vitrail.workspace.writing import describe_sources


def list_records(
    folder: Path, load: Callable[[], Plan], run: Run, name: str, language: i18n.Language
) -> pa.Table:
    """What became of the records that a run read: each by its file, line and reason.

    Args:
        load: gives the plan, which only `set_aside` needs.
        name: one of `lookup.RECORDS`: `funnel` (`source`, `step`, `rows`, `amount`, `removed`), `refused`
            (`source`, `file`, `line`, `reason`, `detail`, `message`), or `set_aside`, which is read from the
            files again, as of the day of the run (see `trace_set_aside`; and `message`).

    Raises:
        UsageError: the plan or a file is no longer what the run read; no source has orders.
    """
    if name == "set_aside":
        try:
            return _trace(folder, load(), run, language)
        except (PlanError, SourceError) as error:
            needed = Finding("set_aside_needs_files", "error")
            raise UsageError((*error.findings, needed)) from error
    table = pq.ParquetFile(run.file(f"{name}.parquet")).read()
    if name == "funnel":
        return table
    messages = [
        explain_refusal(row["reason"], json.loads(row["detail"]), language) for row in table.to_pylist()
    ]
    return table.set_column(table.column_names.index("message"), "message", pa.array(messages, pa.string()))


def _trace(folder: Path, plan: Plan, run: Run, language: i18n.Language) -> pa.Table:
    if plan_hash(plan) != run.manifest["plan"]["hash"]:
        raise UsageError(Finding("set_aside_plan_changed", "error"))
    with (
        tempfile.TemporaryDirectory(prefix="vitrail-") as scratch,
        DuckDB(plan.memory_limit or MEMORY_LIMIT, plan.threads, Path(scratch) / "spill") as engine,
    ):
        sources = read_sources(engine, plan, folder, Path(scratch))
        now = _fingerprints(describe_sources(plan, sources))
        was = _fingerprints(run.manifest["sources"])
        if changed := sorted(name for name in {*was, *now} if was.get(name) != now.get(name)):
            raise UsageError(Finding("set_aside_file_changed", "error", figures={"files": changed}))
        collected = collect(engine, plan, sources, dt.date.fromisoformat(run.manifest["as_of"]))
        if not collected.has_orders:
            raise UsageError(Finding("set_aside_no_orders", "error"))
        aside = pq.read_table(run.file("set_aside.parquet")).to_pylist()
        people = [row["customer_id"] for row in aside if row["step"] == "refunds"]
        table = trace_set_aside(engine, plan, sources, people)
    steps = table["step"].to_pylist()
    names = {} if "voided" in steps else {"cancelled": "cancelled_alone"}
    messages = [i18n.text(f"report_step_{names.get(each, each)}", language) for each in steps]
    return table.add_column(4, "message", pa.array(messages, pa.string()))


def _fingerprints(sources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {file["file"]: file["fingerprint"] for source in sources for file in source["files"]}
