"""Customers whose codes are written in several ways, and those with several rows in the register: counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.collection.accounts import tells_accounts
from vitrail.collection.files import FilesRead
from vitrail.collection.joining import unite
from vitrail.collection.mapping import MappedSource
from vitrail.collection.pairing import table_of
from vitrail.collection.values.blanks import NOBODY, is_one_of
from vitrail.collection.values.readings import KeyStyle, Reading, TextStyle
from vitrail.engine import Engine, column, sql
from vitrail.plan import Plan


@dataclass(frozen=True, slots=True)
class Codes:
    """What reading codes alike (`read: code`) made of them.

    Args:
        sources: whose customers are read so.
        forms: the ways in which their codes are written.
        customers: what these became.
        several: customers whom one source writes in several ways.
    """

    sources: tuple[str, ...]
    forms: int
    customers: int
    several: int


@dataclass(frozen=True, slots=True)
class Doubled:
    """Customers with several rows in the registers, of which one counts.

    Args:
        source: the first register.
        customers: how many they are.
        rows: those they have.
        refusing: those who accept marketing in one row and refuse it in another, and so refuse it.
    """

    source: str
    customers: int
    rows: int
    refusing: int


def count_codes(
    engine: Engine, plan: Plan, mapped: Sequence[MappedSource], sources: Mapping[str, FilesRead]
) -> Codes | None:
    """What became of codes that are read alike; None where no source's customers are."""
    alike = [each for each in mapped if _is_read_alike(plan, each)]
    if not alike:
        return None
    forms = []
    for each in alike:
        spec = plan.sources[each.name]
        name = spec.columns["customer_id"]
        form = Reading(TextStyle(), native=each.readings[name].native).expression(column(name))
        rows = sources[each.name].relation.subquery("rows_")
        words = [word.strip().upper() for word in (*NOBODY, *spec.clean.nobody)]
        forms.append(
            sql(
                "select $name as source, form from $written where form is not null and not $nobody",
                name=each.name,
                written=exp.select(form.as_("form")).distinct().from_(rows).subquery("written"),
                nobody=is_one_of(sql("upper(form)"), words),
            )
        )
    counted = sql(
        """
        with codes as (select source, form, $code as code from $forms)
        select count(distinct form) as forms, count(distinct code) as customers,
            (select count(*) from (select 1 from codes group by source, code having count(*) > 1)) as several
        from codes
        """,
        code=KeyStyle().compile(column("form")),
        forms=(exp.union(*forms, distinct=False) if len(forms) > 1 else forms[0]).subquery("forms"),
    )
    return Codes(tuple(each.name for each in alike), **engine.records(counted)[0])


def _is_read_alike(plan: Plan, source: MappedSource) -> bool:
    name = plan.sources[source.name].columns.get("customer_id")
    return name is not None and isinstance(source.readings[name].style, KeyStyle)


def count_doubled(engine: Engine, mapped: Sequence[MappedSource], as_of: dt.date) -> Doubled | None:
    """The customers with several rows in the registers, beside `customers`; None where nobody has.

    Of accounts nothing is told: several are one person's as they should be.
    """
    registers = [each for each in mapped if each.table == "customers"]
    if not registers or any(map(tells_accounts, mapped)):
        return None
    united, names = unite([(table_of(each.name), each.columns) for each in registers])
    rows = exp.select("*").from_(united.subquery("register")).where("customer_id is not null")
    if "signed_up_at" in names:
        rows = rows.where(sql("signed_up_at is null or signed_up_at < $as_of", as_of=as_of))
    beyond = sql(
        "select (select count(*) from $rows) - (select count(*) from customers) as beyond",
        rows=rows.subquery("r"),
    )
    if not engine.records(beyond)[0]["beyond"]:
        return None
    agreed = "accepts_marketing" in names
    counted = sql(
        """
        with doubled as (
            select count(*) as rows, $refusing as refusing from $rows group by customer_id having count(*) > 1
        )
        select count(*) as customers, sum(rows)::bigint as rows, count_if(refusing) as refusing from doubled
        """,
        rows=rows.subquery("r"),
        refusing=sql("min(accepts_marketing) <> max(accepts_marketing)") if agreed else exp.false(),
    )
    return Doubled(registers[0].name, **engine.records(counted)[0])
