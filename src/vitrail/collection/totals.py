"""Lines of totals among the records: `31/01/2023;Sous-total 01;;8327,80` is the sum of a month, and no sale.

The word in the customer's column does not suffice, for a customer may be called so: the line must be built
as a total too. It has no order number where others have one, or lacks what every other line has, or its
amount is the sum of the lines above. Where only the word speaks, the line stays and is told of.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.filling import is_filled
from vitrail.collection.mapping import Doubtful
from vitrail.collection.refusals import REFUSED, SUBTOTAL
from vitrail.collection.values import Reading
from vitrail.engine import Engine, column, expression, sql
from vitrail.plan import SourceSpec

_WORD = r"(?i)(grand[- ]|sous[- ]?|sub[- ]?)?tota(l|ux|ls)\b.*"
_OF = (
    "g[ée]n[ée]r(al|aux)|ht|ttc|du|de|des|la|le|les|of|for|the|par|per|by|mois|month|mensuel|monthly|jour|day|"
    "daily|semaine|week|weekly|trimestre|quarter|ann[ée]e|an|year|p[ée]riode|period|exercice|page|clients?|"
    "customers?|factures?|invoices?|commandes?|orders?|ventes?|sales|caisse|magasin|store|shop|report|"
    "janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|"
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(jan|feb|f[ée]vr?|mar|apr|avr|jun|jui?l|aug|sept?|oct|nov|d[ée]c)\.?|[^\s]*[0-9][^\s]*|[-–:=/]"
)
_PURE = rf"(?i)(grand[- ]|sous[- ]?|sub[- ]?)?tota(l|ux|ls)\s*:?([\s-]+({_OF}))*\s*:?"
_USUAL_SHARE = 0.9
_FEWEST_SUMMED = 2
_NEAR = Decimal("0.01")


def says_total(name: str = "customer_id") -> exp.Expr:
    """True where the text of a column begins with the word total or subtotal; never NULL."""
    return expression(
        "case when $x between 'S' and 'U' or $x between 's' and 'u' or $x between 'G' and 'H' "
        "or $x between 'g' and 'h' then regexp_full_match($x, $word) else false end",  # most begin otherwise
        x=column(name),
        word=_WORD,
    )


def find_totals(
    engine: Engine, name: str, spec: SourceSpec, read: FilesRead, readings: Mapping[str, Reading]
) -> tuple[str | None, pa.Table, Doubtful | None]:
    """The totals of a source, of which some customer is called one.

    Returns:
        the working table of their `_row_hash`, None where there is none; the same as refusals by file and
        line; and the lines that may be totals and are kept.
    """
    who = spec.columns["customer_id"]
    amount: exp.Expr = exp.null()
    if money := spec.columns.get("amount"):
        amount = readings[money].expression(column(money))
    every = exp.Anonymous(this="hash", expressions=[column(each) for each in read.columns])
    rows, judged = f"totals_rows_{name}", f"totals_{name}"
    told = exp.select(
        sql("row_number() over () - 1").as_("ordinal"),
        every.as_("_row_hash"),
        readings[who].expression(column(who)).as_("customer_id"),
        exp.cast(amount, "decimal(38, 4)").as_("amount"),
        *(is_filled(each).as_(f"filled_{at}") for at, each in enumerate(read.columns)),
    )
    told = told.from_(read.relation.subquery("records"))
    engine.create(rows, exp.select("*", says_total().as_("word")).from_(told.subquery("told")))
    engine.create(judged, _judge(rows, _lacks(engine, rows, spec, read)))
    engine.drop(rows)
    totals = exp.select("ordinal").from_(judged).where("is_total").order_by("ordinal")
    ordinals = [row["ordinal"] for row in engine.records(totals)]
    located = [
        {"source": name, "file": file, "line": line, "reason": SUBTOTAL, "detail": "{}"}
        for file, line in read.locate(ordinals)
    ]
    refused = pa.Table.from_pylist(located, schema=REFUSED)
    return judged if ordinals else None, refused, _doubtful(engine, judged)


def _lacks(engine: Engine, rows: str, spec: SourceSpec, read: FilesRead) -> exp.Expr:
    """True where a line lacks what others have: its order number, or else what each of them has."""
    counts = [sql(f"count_if(filled_{at})").as_(f"filled_{at}") for at in range(len(read.columns))]
    found = engine.records(
        exp.select(sql("count(*)").as_("rows"), *counts).from_(rows).where("not word")
    )[0]  # fmt: skip
    if not found["rows"]:
        return exp.false()
    if order := spec.columns.get("order_id"):
        at = read.columns.index(order)
        if order != spec.columns["customer_id"] and found[f"filled_{at}"] >= _USUAL_SHARE * found["rows"]:
            return exp.not_(column(f"filled_{at}"))
    always = [at for at in range(len(read.columns)) if found[f"filled_{at}"] == found["rows"]]
    if not always:
        return exp.false()
    blanks = " + ".join(f"(not filled_{at})::integer" for at in always)
    return expression(f"{blanks} >= case when pure then 1 else 2 end")


def _judge(rows: str, lacks: exp.Expr) -> exp.Select:
    """The lines that say so, and whether each is a total; of a name of its own only if all are."""
    summed = sql(
        """
        select *,
            sum(amount) filter (where not word) over (partition by block) as own,
            count(*) filter (where not word) over (partition by block) as above,
            sum(amount) filter (where not word) over (order by ordinal) as whole
        from (
            select *, count_if(word) over (order by ordinal rows between unbounded preceding and 1 preceding)
                as block, regexp_full_match(customer_id, $pure) as pure
            from $rows
        )
        """,
        pure=_PURE,
        rows=exp.to_table(rows),
    )
    built = sql(
        """
        select *, coalesce($lacks, false) or coalesce(amount <> 0 and (
            (above >= $fewest and abs(amount - own) <= $near) or (above <> 1 and abs(amount - whole) <= $near)
        ), false) as built
        from $summed where word
        """,
        lacks=lacks,
        fewest=_FEWEST_SUMMED,
        near=_NEAR,
        summed=summed.subquery("summed"),
    )
    query: exp.Select = sql(
        """
        select ordinal, _row_hash, customer_id, amount, pure,
            built and (pure or bool_and(built) over (partition by customer_id)) as is_total
        from $built
        """,
        built=built.subquery("built"),
    )
    return query


def _doubtful(engine: Engine, judged: str) -> Doubtful | None:
    found = engine.records(
        sql(
            """
            select customer_id as label, count(*) as rows, sum(amount) as amount, bool_or(pure) as pure
            from $judged where not is_total group by 1 order by count(*) desc, 1
            """,
            judged=exp.to_table(judged),
        )
    )
    if not found:
        return None
    amounts = [row["amount"] for row in found if row["amount"] is not None]
    return Doubtful(
        sum(row["rows"] for row in found),
        sum(amounts, Decimal(0)) if amounts else None,
        found[0]["label"],
        any(row["pure"] for row in found),
    )
