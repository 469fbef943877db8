"""What a finished run is asked: segments, members, profiles, variables. Each answer is a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.values.readings import KeyStyle
from vitrail.engine import DuckDB, Query, column, sql
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.insight.absences import KNOWN, explain_absence
from vitrail.plan.names import nearest
from vitrail.segments import Segment, Segmentation
from vitrail.segments.stored import load_segmentation
from vitrail.store import Run, damaged


def segments(run: Run, segmentation: str | None = None) -> pa.Table:
    """The segments with their figures, all or those of one segmentation.

    Raises:
        UsageError: there is no such segmentation.
    """
    query = _rows(run, "segments.parquet")
    if segmentation is not None:
        check_segmentation(run, segmentation)
        query = query.where(column("segmentation").eq(segmentation))
    return _ask(query)


def members(run: Run, reference: str) -> pa.Table:
    """Who is in a segment such as `value.champions`: their profiles, and since when they are in it.

    Raises:
        UsageError: there is no such segment.
    """
    segmentation, segment = check_reference(run, reference)
    query: Query = sql(
        "select p.customer_id, m.since, p.* exclude (customer_id) from $members as m "
        "join $profiles as p using (customer_id) "
        "where m.segmentation = $segmentation and m.segment = $segment order by p.customer_id",
        members=_scan(run, "memberships.parquet"),
        profiles=_scan(run, "profile.parquet"),
        segmentation=segmentation,
        segment=segment,
    )
    return _ask(query)


def check_consent(members: pa.Table) -> tuple[Finding, ...]:
    """How many of a list refuse to be written to, and of how many it is not known whether they agree.

    >>> [(each.code, each.figures["customers"])
    ...  for each in check_consent(pa.table({"accepts_marketing": [True, False, None, False]}))]
    [('consent_refused', 2), ('consent_unknown', 1)]
    """
    import pyarrow.compute as pc

    if "accepts_marketing" not in members.column_names:
        return ()
    agreed = members.column("accepts_marketing")
    if not pa.types.is_boolean(agreed.type):
        return ()
    refused, unknown = pc.sum(pc.invert(agreed)).as_py() or 0, agreed.null_count
    counts = {"consent_refused": refused, "consent_unknown": unknown}
    return tuple(
        Finding(code, "warning", figures={"customers": count, "column": "accepts_marketing"})
        for code, count in counts.items()
        if count
    )


def profile(run: Run, customer: str | None = None) -> pa.Table:
    """The unified profiles, or one.

    Raises:
        UsageError: there is no such customer in this run.
    """
    query = _rows(run, "profile.parquet")
    if customer is None:
        return _ask(query)
    found = _ask(query.where(column("customer_id").eq(name_customer(run, customer))))
    if found.num_rows == 0:
        raise UsageError(_absent(run, customer))
    return found


def name_customer(run: Run, customer: str) -> str:
    """The code by which a run knows a customer: as given, or the only one that `read: code` makes the same.

    Files write `00123`, `123.0` or `Ada@Example.org` where the run has `123` and `ada@example.org`.
    """
    files = ("profile.parquet", "set_aside.parquet")
    known = [exp.select("customer_id").from_(_rows(run, file).subquery("rows_")) for file in files]
    codes = exp.select("customer_id").distinct().from_(exp.union(*known, distinct=False).subquery("known"))
    if _ask(codes.where(column("customer_id").eq(customer))).num_rows:
        return customer
    code, given = KeyStyle().compile, exp.Literal.string(customer)
    same = _ask(codes.where(code(column("customer_id")).eq(code(given))).limit(2)).column(0).to_pylist()
    return str(same[0]) if len(same) == 1 else customer


def explain_profile(run: Run, customer: str) -> tuple[Finding, ...]:
    """Why somebody whom a customers' file knows has no purchase, though the files have lines of theirs."""
    lines = _set_aside(run, name_customer(run, customer))
    return (Finding("customer_without_purchase", "info", figures=lines),) if lines else ()


def memberships(run: Run, customer: str) -> dict[str, dict[str, Any]]:
    """A customer's segment in each segmentation: `segment` and `since`; overlapping segments as lists."""
    rows = _ask(_rows(run, "memberships.parquet").where(column("customer_id").eq(customer))).to_pylist()
    return {f"{row['segmentation']}.{row['segment']}": row for row in rows}


def variables(run: Run) -> pa.Table:
    """How many customers have a value of each variable: `name`, `customers`."""
    with DuckDB() as engine:
        rows = _rows(run, "profile.parquet")
        names = [name for name in engine.columns(rows) if name != "customer_id"]
        counts = [sql("count($value)", value=column(name)).as_(f"n{i}") for i, name in enumerate(names)]
        row = engine.records(exp.select(*counts).from_(rows.subquery("profile")))[0]
    return pa.table({"name": names, "customers": pa.array(list(row.values()), pa.int64())})


def segmentations(run: Run) -> dict[str, Segmentation]:
    """The run's fitted segmentations by name."""
    return {each["key"]: load_segmentation(each) for each in run.segmentations()}


RECORDS = ("funnel", "refused", "set_aside")
"""The tables that tell what became of the files' records."""


def analyses(run: Run) -> list[str]:
    """The analyses that a run holds, by name."""
    return sorted(file.stem for file in run.folder.glob("*.parquet") if file.with_suffix(".json").exists())


def analysis(run: Run, name: str, entry: str | None = None) -> pa.Table:
    """The figures of an analysis, a row each: all, or those of one entry, which the first column names.

    Raises:
        UsageError: the run does not hold it, or it has no such entry.
    """
    known = analyses(run)
    if name not in known:
        if name in KNOWN:
            raise UsageError(explain_absence(run, name))
        raise UsageError(_unknown("analysis_unknown", name, sorted({*known, *KNOWN, *RECORDS})))
    return choose_entry(_ask(_rows(run, f"{name}.parquet")), entry)


def choose_entry(table: pa.Table, entry: str | None) -> pa.Table:
    """The rows of one entry, which the first column names; all of them for None.

    Raises:
        UsageError: there is no such entry.
    """
    import pyarrow.compute as pc

    if entry is None:
        return table
    entries = [str(each) for each in pc.unique(table.column(0)).to_pylist()]
    if entry not in entries:
        raise UsageError(_unknown("entry_unknown", entry, entries))
    return table.filter(pc.equal(table.column(0), entry))


def check_segmentation(run: Run, name: str) -> Segmentation:
    """The segmentation of that name.

    Raises:
        UsageError: there is none; says which there are, and of what a segment is a part.
    """
    known = segmentations(run)
    if name not in known:
        if "." in name:
            key, _ = check_reference(run, name)
            raise UsageError(_called("segmentation_by_segment", name, [key]))
        if keys := [each.key for each in known.values() if _is_called(each, name)]:
            raise UsageError(_called("segmentation_by_label", name, keys))
        if keys := [
            each.key for each in known.values() if any(_is_called(part, name) for part in each.segments)
        ]:
            raise UsageError(_called("segmentation_by_segment", name, keys))
        raise UsageError(_unknown("segmentation_unknown", name, list(known)))
    return known[name]


def check_reference(run: Run, reference: str) -> tuple[str, str]:
    """The two parts of a reference such as `value.champions`.

    Raises:
        UsageError: there is no such segment; says which there are.
    """
    segments = {
        f"{each.key}.{segment.key}": (each.key, segment)
        for each in segmentations(run).values()
        for segment in each.segments
    }
    known = {each: (key, segment.key) for each, (key, segment) in segments.items()}
    own = [each for each, (key, _) in known.items() if key == reference]
    if own:
        figures = {"name": reference, "options": own, "suggestion": own[0]}
        raise UsageError(Finding("segment_is_segmentation", "error", figures=figures))
    if reference not in known:
        if called := [each for each, (_, segment) in segments.items() if _is_called(segment, reference)]:
            raise UsageError(_called("segment_by_label", reference, called))
        raise UsageError(_unknown("segment_unknown", reference, list(known)))
    return known[reference]


def _absent(run: Run, customer: str) -> Finding:
    """Why a customer has no profile: none of its lines was kept, or the files do not name it."""
    lines = _set_aside(run, name_customer(run, customer))
    return Finding("customer_set_aside", "error", figures=lines) if lines else _stranger(run, customer)


def _set_aside(run: Run, customer: str) -> dict[str, Any]:
    """The lines of a customer without a purchase left, and the steps that took them; empty where none are."""
    rows = _ask(_rows(run, "set_aside.parquet").where(column("customer_id").eq(customer))).to_pylist()
    steps = [
        f"report_step_{'no_purchase' if row['step'] == 'refunds' else row['step']}"  # none is left to refund
        for row in rows
    ]
    lines = sum(row["rows"] for row in rows)
    return {"customer": customer, "rows": lines, "steps": steps} if rows else {}


def _stranger(run: Run, customer: str) -> Finding:
    """Who the files do not name: the same code written otherwise, or how codes look, never another's code."""
    found = sql(
        r"""
        with codes as (
            select customer_id, $bare_id as bare, $bare_typed as typed, regexp_replace(regexp_replace(
                regexp_replace(customer_id, '\p{Lu}', 'A', 'g'), '\p{Ll}', 'a', 'g'), '\p{N}', '9', 'g')
                as shape
            from $profiles
        )
        select min(customer_id) filter (where bare = typed and typed <> '') as same,
            (select shape from codes group by shape order by count(*) desc, shape limit 1) as shape
        from codes
        """,
        bare_id=_bare(column("customer_id")),
        bare_typed=_bare(exp.Literal.string(customer)),
        profiles=_scan(run, "profile.parquet"),
    )
    row = _ask(found).to_pylist()[0]
    if row["same"] is not None:
        figures = {"customer": customer, "suggestion": row["same"]}
        return Finding("customer_unknown_near", "error", figures=figures)
    return Finding("customer_unknown", "error", figures={"customer": customer, "shape": row["shape"]})


def _bare(code: exp.Expr) -> exp.Expr:
    """A code without its capitals, signs, spaces and the zeros that fill its numbers."""
    letters = sql(r"regexp_replace(lower($code), '[^\p{L}\p{N}]', '', 'g')", code=code)
    bare: exp.Expr = sql(r"regexp_replace($letters, '(^|\p{L})0+', '\1', 'g')", letters=letters)
    return bare


def _is_called(what: Segment | Segmentation, name: str) -> bool:
    """Whether people call it `name`, in either language, whatever its capitals."""
    return name.strip().casefold() in {label.casefold() for label in what.label.values()}


def _called(code: str, name: str, options: list[str]) -> Finding:
    return Finding(code, "error", figures={"name": name, "options": options, "suggestion": options[0]})


def _unknown(code: str, name: str, options: list[str]) -> Finding:
    near = nearest(name, options)
    figures = {"name": name, "options": options, "suggestion": near or ""}
    return Finding(f"{code}_near" if near else code, "error", figures=figures)


def _scan(run: Run, name: str) -> exp.Expr:
    path: Path = run.file(name)
    if not path.exists():
        raise damaged(run.run_id, name)
    return exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(path))])


def _rows(run: Run, name: str) -> exp.Select:
    return exp.select("*").from_(exp.Table(this=_scan(run, name)))


def _ask(query: Query) -> pa.Table:
    with DuckDB() as engine:
        return engine.arrow(query)
