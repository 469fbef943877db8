"""What builds an earlier day's profile reads and writes that day's tables, and is stopped at any other."""

from __future__ import annotations

import pytest

from vitrail.engine import DuckDB, sql
from vitrail.prediction.propensity.past import _PastEngine

READ = [
    "select n from orders",
    "select o.n from orders as o",
    "select orders.n from orders",
    "with ours as (select n from orders) select n from ours",
]


@pytest.fixture
def elsewhere():
    with DuckDB() as engine:
        engine.create("orders", sql("select 'today' as n"))
        engine.create("past_orders", sql("select 'then' as n"))
        engine.create("refunds_of_today", sql("select 'today' as n"))
        yield _PastEngine(engine)


@pytest.mark.parametrize("query", READ)
def test_tables_of_a_profile_are_those_of_then(elsewhere, query):
    assert elsewhere.records(sql(query)) == [{"n": "then"}]


def test_a_table_it_does_not_know_is_refused_and_not_read_as_it_is_today(elsewhere):
    with pytest.raises(LookupError, match="refunds_of_today"):
        elsewhere.records(sql("select n from orders join refunds_of_today using (n)"))
    with pytest.raises(LookupError, match="refunds_of_today"):
        elsewhere.create("refunds_of_today", sql("select 1 as n"))
