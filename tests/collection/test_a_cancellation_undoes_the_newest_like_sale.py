"""`refunds: match` against the definition: last in, first out, one for one, done by hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.collection.refunds.matching import match_lines
from vitrail.collection.refunds.signs import takes_back
from vitrail.collection.refunds.undoing import compile_matches
from vitrail.engine import DuckDB, sql

COLUMNS = ("customer_id", "ordered_at", "order_id", "product_id", "quantity", "unit_price", "amount")
MONEY = pa.decimal128(18, 4)
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("ordered_at", pa.timestamp("us")),
        ("order_id", pa.string()),
        ("product_id", pa.string()),
        ("quantity", MONEY),
        ("unit_price", MONEY),
        ("amount", MONEY),
        ("kept", pa.bool_()),
    ]
)
Line = tuple[str, int, str, str | None, int, int, bool]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=1) as engine:
        yield engine


def match_by_hand(lines: list[Line]) -> set[tuple[int, bool]]:
    """Row numbers of lines that undo one another: (row, whether it is the sale)."""
    stacks: dict[tuple[object, ...], list[int]] = defaultdict(list)
    undone: set[tuple[int, bool]] = set()
    order = sorted(range(len(lines)), key=lambda i: (lines[i][1], lines[i][4] < 0, lines[i][2]))
    for row in order:
        customer, _, _, product, quantity, price, kept = lines[row]
        if not kept:
            continue
        stack = stacks[customer, product, abs(quantity), price]
        if quantity > 0:
            stack.append(row)
        elif stack:
            undone |= {(row, False), (stack.pop(), True)}
    return undone


def match(engine: DuckDB, lines: list[Line]) -> set[tuple[int, bool]]:
    register(engine, lines)
    query = compile_matches("lines", COLUMNS, takes_back(COLUMNS), sql("kept"))
    return {(row["line"], row["undone"]) for row in engine.records(query)}


def register(engine: DuckDB, lines: list[Line]) -> None:
    rows = [
        {
            "customer_id": customer,
            "ordered_at": dt.datetime(2025, 1, 1) + dt.timedelta(hours=at),
            "order_id": order,
            "product_id": product,
            "quantity": Decimal(quantity),
            "unit_price": Decimal(price),
            "amount": Decimal(quantity * price),
            "kept": kept,
        }
        for customer, at, order, product, quantity, price, kept in lines
    ]
    engine.register("drawn", pa.Table.from_pylist(rows, schema=SCHEMA))
    engine.create("lines", sql("select * from drawn"))


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.integers(0, 6),
            st.integers(0, 10**6).map(str),
            st.sampled_from(["x", "y", None]),
            st.sampled_from([-2, -1, -1, 1, 1, 2]),
            st.sampled_from([3, 5]),
            st.sampled_from([True, True, True, False]),
        ),
        max_size=30,
        unique_by=lambda line: line[2],
    )
)
def test_any_sales_and_cancellations_are_matched_as_brackets_close(engine: DuckDB, lines: list[Line]) -> None:
    assert match(engine, lines) == match_by_hand(lines)


def match_numbered_by_hand(lines: list[Line]) -> set[tuple[int, bool]]:
    """The same where what is not kept is called off: of one number first, called off before kept."""
    undone: set[tuple[int, bool]] = set()

    def go_round(own: bool, taken: Callable[[Line], bool]) -> None:
        left = [row for row, line in enumerate(lines) if taken(line) and row not in dict(undone)]
        for number in sorted({lines[row][2] for row in left}) if own else [None]:
            rows = [row for row in left if number in (None, lines[row][2])]
            found = match_by_hand([(*lines[row][:6], True) for row in rows])
            undone.update((rows[at], undone_sale) for at, undone_sale in found)

    go_round(True, lambda line: line[4] < 0 or not line[6])
    go_round(True, lambda line: line[6])
    go_round(False, lambda line: line[6])
    go_round(False, lambda line: (line[4] < 0) == line[6])
    return undone


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.integers(0, 10**6),
            st.sampled_from("1234"),
            st.sampled_from("xy"),
            st.sampled_from([-1, -1, 1, 1, 1]),
            st.sampled_from([3, 5]),
            st.booleans(),
        ),
        max_size=30,
        unique_by=lambda line: line[1],
    ),
    st.randoms(),
)
def test_a_refund_undoes_a_sale_of_its_own_number_first(
    engine: DuckDB, lines: list[Line], chance: Random
) -> None:
    chance.shuffle(lines)
    register(engine, lines)
    negative = takes_back(COLUMNS)
    off, back = sql("quantity < 0 or not kept"), sql("(quantity < 0) = kept")
    match_lines(engine, "pairs", "lines", COLUMNS, negative, sql("kept"), off, back)
    told = {(row["line"], row["undone"]) for row in engine.records(sql("select * from pairs"))}
    assert told == match_numbered_by_hand(lines)


def sale(at: int, quantity: int = 1, price: int = 5, order: str = "", kept: bool = True) -> Line:
    return ("a", at, order or f"{at:02}{quantity}", "x", quantity, price, kept)


@pytest.mark.parametrize(
    ("lines", "undone"),
    [
        pytest.param([sale(1), sale(2), sale(3, -1)], {(1, True), (2, False)}, id="the newest of two sales"),
        pytest.param([sale(1, -1), sale(2)], set(), id="a cancellation before any sale undoes nothing"),
        pytest.param(
            [sale(1, -1), sale(1)], {(0, False), (1, True)}, id="in one second the sale comes first"
        ),
        pytest.param([sale(1, 3), sale(2, -1)], set(), id="a partial return has no like sale"),
        pytest.param([sale(1), sale(2, -1, 4)], set(), id="nor has one at another price"),
        pytest.param(
            [sale(1), sale(2, -1), sale(3, -1, order="again")],
            {(0, True), (1, False)},
            id="a sale is undone once",
        ),
        pytest.param(
            [sale(1), sale(2), sale(3, -1), sale(4, -1)],
            {(0, True), (1, True), (2, False), (3, False)},
            id="two undo two, the newest first",
        ),
        pytest.param(
            [sale(1, kept=False), sale(2, -1)], set(), id="a line taken out before cannot be undone"
        ),
    ],
)
def test_matching_is_last_in_first_out(
    engine: DuckDB, lines: list[Line], undone: set[tuple[int, bool]]
) -> None:
    assert match_by_hand(lines) == undone
    assert match(engine, lines) == undone


def test_files_without_products_are_matched_on_customer_and_amount(engine: DuckDB) -> None:
    moments = [dt.datetime(2025, 1, day) for day in (1, 2, 3, 4)]
    amounts = [Decimal(each) for each in (20, 30, -20, -30)]
    table = pa.table({"customer_id": ["a", "a", "a", "b"], "ordered_at": moments, "amount": amounts})
    engine.register("drawn", table)
    engine.create("lines", sql("select * from drawn"))
    columns = ("customer_id", "ordered_at", "amount")
    query = compile_matches("lines", columns, takes_back(columns), sql("true"))
    assert {(row["line"], row["undone"]) for row in engine.records(query)} == {(0, True), (2, False)}
