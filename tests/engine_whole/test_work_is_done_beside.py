"""Work beside a body sees the same tables; both are done when the body ends, and neither hides a fault."""

import threading
import time

import pytest

from vitrail.engine import DuckDB, Engine, sql
from vitrail.errors import DataError

COUNT = sql("select count(*) as rows from numbers")


def make_numbers(engine: Engine) -> str:
    engine.create("numbers", sql("select unnest(range(1000)) as n"))
    return "made"


def test_what_is_made_beside_is_there_when_the_body_ends() -> None:
    with DuckDB() as engine:
        with engine.beside(make_numbers) as numbers:
            engine.create("letters", sql("select 'a' as letter"))
        assert numbers.result() == "made"
        assert engine.records(COUNT) == [{"rows": 1000}]
        assert engine.records(sql("select letter from letters")) == [{"letter": "a"}]


def test_a_fault_beside_is_the_bodys() -> None:
    def fail(engine: Engine) -> None:
        engine.create("others", sql("select cast('x' as integer) as n"))

    with DuckDB() as engine, pytest.raises(DataError), engine.beside(fail):
        make_numbers(engine)


@pytest.mark.parametrize("begun", [True, False])
def test_a_body_that_fails_ends_what_is_done_beside(begun: bool) -> None:
    failed = threading.Event()

    def last(engine: Engine) -> None:
        if not begun:  # no statement is under way when the body fails
            failed.wait()
        engine.records(
            sql("select sum(a.n + b.n + c.n) as s from numbers a, numbers b, numbers c, numbers d")
        )

    start = time.process_time()
    with DuckDB() as engine:
        make_numbers(engine)
        with pytest.raises(ZeroDivisionError), engine.beside(last):
            while begun and time.process_time() - start < 0.1:  # until the work is under way
                engine.records(COUNT)
            failed.set()
            raise ZeroDivisionError
        assert engine.records(COUNT) == [{"rows": 1000}]
