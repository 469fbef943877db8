"""Codes that files write in several ways, read as one where the files themselves tell that they are one.

A program writes a code in its own way: with zeros in front or without (`00123`, `123`), as a number
(`123.0`), in capitals. Reading all as `code` joins them. It must not make one of two, which whoever has each
code once decides: a register of its customers, orders of their numbers. Where that keeps codes apart which
would be one, or where nobody knows them and one file has both, they stay as they are written. That is said,
as it is where so few are lost that all others had better be joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from vitrail.collection.files.relation import compile_relation
from vitrail.collection.values.blanks import without_apostrophe
from vitrail.collection.values.readings import KeyStyle, Reading, TextStyle
from vitrail.engine import Engine, Query, column, sql
from vitrail.findings import Finding
from vitrail.workspace.drafting import DraftedSource, scalar

ENOUGH = 0.1
"""From this share of values that are known on the other side, two columns tell the same thing."""

MOST = 0.5

_FEW = 0.001
_MOST_FILES = 50  # that are looked at one by one


def share_keys(engine: Engine, ours: tuple[DraftedSource, str], theirs: tuple[DraftedSource, str]) -> float:
    """The share of our different values of a model column that they know."""
    query = sql(
        "select coalesce(avg(case when r.k is not null then 1 else 0 end), 0) as share"
        " from $ours as s left join $theirs as r on s.k = r.k",
        ours=_keys(*ours).subquery(),
        theirs=_keys(*theirs).subquery(),
    )
    return float(engine.records(query)[0]["share"])


def count_keys(engine: Engine, source: DraftedSource, key: str) -> int:
    """How many different values a model column has."""
    query = exp.select(sql("count(*)").as_("count")).from_(_keys(source, key).subquery("keys_"))
    return int(engine.records(query)[0]["count"])


def read_one_way(
    engine: Engine,
    others: Sequence[DraftedSource],
    owners: Sequence[DraftedSource],
    key: str,
    joined: bool = False,
) -> tuple[list[DraftedSource], list[Finding]]:
    """Sources with a code read alike in all, where more of it is known then; none where it is not.

    Args:
        others: who bear the codes, such as orders those of their customers.
        owners: who have each code once: where two of theirs would be one, nothing changes, and it is said.
        joined: whether they share enough as they are written, so that any code more is worth it.
    """
    if not all(key in each.guess.columns for each in (*others, *owners)):
        return [], []
    plain = [share_keys(engine, (each, key), (owners[0], key)) for each in others]
    if min(plain) == 1:
        return [], []
    owner = (_as_code(owners[0], key), key)
    alike = [share_keys(engine, (_as_code(each, key), key), owner) for each in others]
    if not any(after > before for before, after in zip(plain, alike, strict=True)):
        return [], []
    if not joined:
        shares = (alike[0], share_keys(engine, owner, (_as_code(others[0], key), key)))
        if shares[0] < ENOUGH or max(shares) < MOST:
            return [], []
    return _as_codes(engine, others, owners, key)


def read_sales_one_way(
    engine: Engine, sales: Sequence[DraftedSource], registers: Sequence[DraftedSource]
) -> tuple[list[DraftedSource], list[Finding]]:
    """Sales with customers' codes read alike, where files write many each in its own way; none otherwise.

    Where one file writes codes that are alike in several ways, they stay, and it is said how many there are.

    Args:
        registers: those that know the customers, which are read alike too.
    """
    key = "customer_id"
    if all(_writes_one_way(each, key) for each in sales) and len(sales) == 1:
        return [], []
    files = [each for source in sales for each in _keys_by_file(source, key)]
    written = [
        sql("select $at as file, k from $keys", at=at, keys=each.subquery("k"))
        for at, each in enumerate(files)
    ]
    counted = sql(
        """
        with written as ($written), codes as (select file, k, $code as code from written),
        own as (select file, count(*) as forms, count(distinct code) as codes from codes group by file)
        select count(distinct k) as forms, count(distinct code) as codes,
            (select sum(forms - codes)::bigint from own) as within, (select min(codes) from own) as fewest
        from codes
        """,
        written=exp.union(*written, distinct=False) if len(written) > 1 else written[0],
        code=KeyStyle().compile(column("k")),
    )
    found = engine.records(counted)[0]
    joined = found["forms"] - found["codes"]
    if not joined:
        return [], []
    if not found["within"] and joined >= ENOUGH * found["fewest"]:
        return _as_codes(engine, sales, registers, key)
    return [], [_tell("init_codes_alike", sales[0], key, {"codes": joined})]


def _as_codes(
    engine: Engine, others: Sequence[DraftedSource], owners: Sequence[DraftedSource], key: str
) -> tuple[list[DraftedSource], list[Finding]]:
    """All with the key read as a code; none where many codes of an owner would be another's, which is said.

    Where few would, they are, and that is said.
    """
    aligned = [_as_code(each, key) for each in others]
    for each in owners:
        code, written = _as_code(each, key), count_keys(engine, each, key)
        if lost := written - count_keys(engine, code, key):
            few = lost <= _FEW * written
            said = _tell("init_codes_merged" if few else "init_codes_collide", each, key, {"codes": lost})
            if not few:
                return [], [said]
            code = replace(code, guess=replace(code.guess, findings=(*code.guess.findings, said)))
        aligned.append(code)
    return aligned, []


def _writes_one_way(source: DraftedSource, key: str) -> bool:
    """Whether the column holds whole numbers of a database: a code has no second way of being written."""
    native = source.reports[source.guess.columns[key].source].reading.native
    return "INT" in native


def _tell(code: str, source: DraftedSource, key: str, figures: dict[str, object]) -> Finding:
    name = source.guess.columns[key].source
    figures |= {"column": name, "source": source.guess.name, "written": f"{scalar(name)}: code"}
    return Finding(code, "warning", source.guess.name, figures)


def _keys(source: DraftedSource, key: str, rows: Query | None = None) -> Query:
    """The different values of a key column, as the collection will write them; of `rows` if given."""
    name = source.guess.columns[key].source
    reading = source.guess.readings.get(name) or Reading(
        TextStyle(), native=source.reports[name].reading.native
    )
    value = without_apostrophe(reading.expression(column(name)))
    email = source.guess.columns.get("email")
    value = sql("lower($value)", value=value) if email and email.source == name else value
    keys = exp.select(value.as_("k")).distinct().from_((rows or source.read.relation).subquery("rows_"))
    query: Query = exp.select("k").from_(keys.subquery("keys_")).where("k is not null")
    return query


def _keys_by_file(source: DraftedSource, key: str) -> list[Query]:
    """The same, of each of the source's files; of all together where their rows are made of several."""
    name, parts = source.guess.columns[key].source, source.read.parts
    if not 1 < len(parts) <= _MOST_FILES or source.joined or source.fill_down:
        return [_keys(source, key)]
    return [_keys(source, key, compile_relation([part.scan], [name])) for part in parts]


def _as_code(source: DraftedSource, key: str) -> DraftedSource:
    name = source.guess.columns[key].source
    reason = Finding("guess_one_way", "info", key)
    columns = {**source.guess.columns, key: replace(source.guess.columns[key], reason=reason)}
    readings = {**source.guess.readings, name: replace(source.reports[name].reading, style=KeyStyle())}
    return replace(source, guess=replace(source.guess, columns=columns, readings=readings))
