"""The customers' register: made beside the orders, or alone where no source has any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.accounts import OWNERS, name_owners, tells_accounts
from vitrail.collection.collected import Collected
from vitrail.collection.funnel import FUNNEL
from vitrail.collection.joining import unite
from vitrail.collection.mapping import ACCOUNT, MappedSource
from vitrail.collection.newest import find_newest
from vitrail.collection.pairing import Unpaired, table_of
from vitrail.engine import Engine, Query, column, sql
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan

_NO_LINES = sql(
    "select '' as customer_id, cast(null as timestamp) as ordered_at, cast(0 as decimal(38, 4)) as amount, "
    "cast(0 as ubigint) as _row_hash, cast(null as varchar) as step, '' as source limit 0"
)
_HARDLY_ANY = 0.1


def make_register(engine: Engine, mapped: Sequence[MappedSource], as_of: dt.date) -> tuple[str, ...]:
    """Make `customers` where a source feeds it; returns its columns."""
    registers = [(table_of(each.name), each.columns) for each in mapped if each.table == "customers"]
    if not registers:
        return ()
    customers, columns = _compile_customers(registers, as_of, any(map(tells_accounts, mapped)))
    engine.create("customers", customers)
    return columns


def _compile_customers(
    tables: Sequence[tuple[str, Sequence[str]]], as_of: dt.date, accounts: bool
) -> tuple[Query, tuple[str, ...]]:
    """One row a customer of the register, as it stood at `as_of`.

    Of several rows with one `customer_id` the newest sign-up wins, then the account that ordered last, then
    the greatest by its columns, so that the choice never depends on the order of rows. Who refused marketing
    in any of them has refused it.
    """
    united, names = unite(tables)
    if accounts:
        united, names = _own_accounts(united), tuple(name for name in names if name != ACCOUNT)
    there = {*names, "_last"} if accounts else {*names}
    ranked = [name for name in ("signed_up_at", "_last", *names) if name in there - {"customer_id"}]
    values = {name: column(name) for name in names}
    if "accepts_marketing" in names:
        values["accepts_marketing"] = sql("min(accepts_marketing) over (partition by customer_id)")
    query = exp.select(*(value.as_(name) for name, value in values.items())).from_(
        united.subquery("register")
    )
    query = query.where("customer_id is not null")
    if "signed_up_at" in names:
        query = query.where(sql("signed_up_at is null or signed_up_at < $as_of", as_of=as_of))
    window: exp.Window = sql("row_number() over (partition by customer_id order by customer_id)")
    window.args["order"].set(
        "expressions",
        [exp.Ordered(this=column(n), desc=True, nulls_first=False) for n in ranked]
        or [exp.Ordered(this=column("customer_id"))],
    )
    return query.qualify(sql("$window = 1", window=window)), names


def _own_accounts(register: Query) -> Query:
    """The rows of the register, each under its account's owner where it names no customer."""
    query: Query = sql(
        "select r.* replace (coalesce(r.customer_id, o.owner, r._account) as customer_id), o._last "
        "from $register left join $owners as o on o._account = r._account",
        register=register.subquery("r"),
        owners=exp.to_table(OWNERS),
    )
    return query


def collect_registers(
    engine: Engine, plan: Plan, mapped: Sequence[MappedSource], refused: pa.Table, as_of: dt.date | None
) -> Collected:
    """Sources that are all registers of customers: the tables of lines are there, and empty.

    The newest sign-up tells the day.

    Raises:
        DataError: no day is given, and the registers tell none; another day than the plan's is asked for, and
            nothing tells who was a customer then.
    """
    told = plan.as_of if isinstance(plan.as_of, dt.date) else None
    day, ahead = as_of or told, None
    dated = [table_of(each.name) for each in mapped if "signed_up_at" in each.columns]
    if as_of is not None and as_of != told and not dated:
        raise DataError(Finding("register_undated", "error", plan.place("as_of"), {"as_of": as_of}))
    if day is None:
        newest, ahead, _ = find_newest(engine, dated, "signed_up_at") if dated else (None, None, None)
        if newest is None:
            raise DataError(Finding("no_day_without_orders", "error", plan.place("as_of")))
        day = newest + dt.timedelta(days=1)
    name_owners(engine, mapped, (), day)
    engine.create("recorded_lines", _NO_LINES)
    engine.view("order_lines", exp.select("*").from_("recorded_lines"))
    return Collected(
        as_of=day,
        data_until=None,
        line_columns=(),
        customer_columns=make_register(engine, mapped, day),
        has_refunds=False,
        has_hours=False,
        funnel=FUNNEL.empty_table(),
        refused=refused,
        unpaired=Unpaired(),
        ahead=ahead,
    )


def find_strangers(engine: Engine) -> tuple[str, ...]:
    """The sources of whose kept lines the register knows the customers of hardly any."""
    known = sql(
        "select source, count(*) filter (where customer_id in (select customer_id from customers)) / count(*)"
        " as share from kept_lines group by source order by source"
    )
    return tuple(row["source"] for row in engine.records(known) if row["share"] < _HARDLY_ANY)
