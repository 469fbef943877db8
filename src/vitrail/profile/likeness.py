"""Customers whose codes differ only by capitals or by how their accents are stored: often one, written twice.

Codes are compared as they are written, for two may well be told apart by a capital (Salesforce's are). But a
person types `Ab12` and `AB12`, and two programs store `é` as one sign or as two: then one customer stands
twice, each half with fewer orders.
"""

from __future__ import annotations

from vitrail.engine import Engine, sql
from vitrail.findings import Finding


def check_likeness(engine: Engine, place: str) -> tuple[Finding, ...]:
    """How many customers of `profile` have a code that another has too, but for capitals and Unicode's form;
    who they are is not told."""
    [found] = engine.records(
        sql("select bool_or(customer_id <> upper(nfc_normalize(customer_id))) as may from profile")
    )
    if not found["may"]:
        return ()
    [row] = engine.records(
        sql(
            """
            select coalesce(sum(customers), 0)::bigint as customers, count(*) as codes
            from (select count(*) as customers from profile
                group by lower(nfc_normalize(customer_id)) having count(*) > 1) as alike
            """
        )
    )
    if not row["codes"]:
        return ()
    return (
        Finding("customers_alike", "warning", place, {"customers": row["customers"], "codes": row["codes"]}),
    )
