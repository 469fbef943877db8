"""Orders under the person or company whose account they name, where a register says whose it is.

Some shops open an account for each order (Olist), some companies buy under several. A register with an
`account_id` beside its `customer_id` tells whose each account is: a line that names the account is counted
for the customer. Of several customers that an account is given to, the newest sign-up decides, then the
greatest code; an account that no register knows stays a customer of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from vitrail.collection.joining import unite
from vitrail.collection.mapping import ACCOUNT, MappedSource
from vitrail.collection.pairing import Lines, table_of
from vitrail.engine import Engine, Query, sql

OWNERS = "account_owners"
"""One row an account: its `owner`, when it ordered last (`_last`), whether several own it (`shared`)."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What is to be told of accounts.

    Args:
        register: the first source that says whose accounts are.
        customers: those of kept lines.
        unknown: as many of them as no register knows: accounts that stay customers of their own.
        shared: accounts that the registers give to several customers.
    """

    register: str
    customers: int
    unknown: int
    shared: int


def tells_accounts(source: MappedSource) -> bool:
    """Whether a source is a register that says whose accounts are."""
    return source.table == "customers" and ACCOUNT in source.columns


def name_owners(
    engine: Engine, mapped: Sequence[MappedSource], lines: Sequence[Lines], as_of: dt.date
) -> list[Lines]:
    """The lines under the owners of their accounts: new tables, of as many lines; and `OWNERS`.

    Those given, where no register tells owners.
    """
    registers = [(table_of(each.name), each.columns) for each in mapped if tells_accounts(each)]
    if not registers:
        return list(lines)
    engine.create(OWNERS, _compile_owners(registers, lines, as_of))
    return [_under_owners(engine, each) for each in lines]


def _compile_owners(
    registers: Sequence[tuple[str, Sequence[str]]], lines: Sequence[Lines], as_of: dt.date
) -> Query:
    united, names = unite(registers)
    owned = exp.select("*").from_(united.subquery("register"))
    owned = owned.where("_account is not null and customer_id is not null")
    signed: exp.Expr = exp.null()
    if "signed_up_at" in names:
        signed = exp.column("signed_up_at")
        owned = owned.where(sql("signed_up_at is null or signed_up_at < $as_of", as_of=as_of))
    ordered: Query = sql("select cast(null as varchar) as _account, cast(null as timestamp) as _last limit 0")
    if lines:
        tables = [(each.table, ("customer_id", "ordered_at")) for each in lines]
        ordered = sql(
            "select customer_id as _account, max(ordered_at) as _last from $lines "
            "where ordered_at < $as_of group by customer_id",
            lines=unite(tables)[0].subquery("lines"),
            as_of=as_of,
        )
    query: Query = sql(
        "select _account, o.customer_id as owner, ordered._last, "
        "min(o.customer_id) over own <> max(o.customer_id) over own as shared "
        "from $owned left join $ordered using (_account) window own as (partition by _account) "
        "qualify row_number() over (partition by _account "
        "order by $signed desc nulls last, o.customer_id desc) = 1",
        owned=owned.subquery("o"),
        ordered=ordered.subquery("ordered"),
        signed=signed,
    )
    return query


def _under_owners(engine: Engine, lines: Lines) -> Lines:
    table = f"{lines.table}_owned"
    named = sql(
        "select l.* replace (coalesce(o.owner, l.customer_id) as customer_id) "
        "from $lines as l left join $owners as o on o._account = l.customer_id",
        lines=exp.to_table(lines.table),
        owners=exp.to_table(OWNERS),
    )
    engine.create(table, named)
    return replace(lines, table=table, stored=True, several=table if lines.several else None)


def count_accounts(engine: Engine, mapped: Sequence[MappedSource]) -> Accounts | None:
    """What is to be told of accounts, of `kept_lines` and `customers`; None where no register tells any."""
    register = next((each.name for each in mapped if tells_accounts(each)), None)
    if register is None:
        return None
    counted = sql(
        "select count(*) as customers, count(*) filter (where c.customer_id is null) as unknown, "
        "(select count(*) filter (where shared) from $owners) as shared "
        "from (select distinct customer_id from kept_lines) as k "
        "left join customers as c on c.customer_id = k.customer_id",
        owners=exp.to_table(OWNERS),
    )
    return Accounts(register, **engine.records(counted)[0])
