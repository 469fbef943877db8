"""What the plan computes of a file's columns equals plain arithmetic on its cells; its faults have a line."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vitrail.errors import SourceError, VitrailError

PLAN = """currency: EUR
sources:
  sales:
    file: sales.csv
    table: order_lines
    columns: {{customer_id: who, order_id: id, ordered_at: day, product_name: item{mapped}}}
    {rest}
"""
NORTHWIND = """who,id,day,item,Quantity,UnitPrice,Discount
VINET,10248,1996-07-04,Queso Cabrales,12,14.00,0
VINET,10248,1996-07-04,Singaporean Hokkien,10,9.80,0
VINET,10248,1996-07-04,Mozzarella,5,34.80,0
TOMSP,10249,1996-07-05,Tofu,9,18.60,0
TOMSP,10249,1996-07-05,Dried Apples,40,42.40,0
HANAR,10250,1996-07-08,Jack's,10,7.70,0
HANAR,10250,1996-07-08,Manjimup,35,42.40,0.15
HANAR,10250,1996-07-08,Louisiana,15,16.80,0.15
"""
NET = """computed:
      amount: quantity * unit_price * (1 - discount)
      discount_amount: Quantity * UnitPrice * Discount
"""


def told(base: Any) -> list[tuple[str, str]]:
    with pytest.raises(VitrailError) as refused:
        base.run()
    return [(finding.code, finding.place) for finding in refused.value.findings]


def test_northwind_s_orders_have_their_published_amounts(make_base: Callable[..., Any]) -> None:
    """Orders 10248 to 10250 of the sample database, by its view of subtotals."""
    plan = PLAN.format(mapped=", quantity: Quantity, unit_price: UnitPrice", rest=NET)
    profile = make_base(plan, {"sales.csv": NORTHWIND}).run().profile
    spent = {who: row["total_amount"] for who, row in profile.items()}
    assert spent == {"VINET": Decimal("440"), "TOMSP": Decimal("1863.4"), "HANAR": Decimal("1552.6")}
    assert profile["HANAR"]["discount_share"] == pytest.approx(260.4 / 1813)
    assert profile["HANAR"]["favourite_product"] == "Manjimup"


WAYS = {
    "debit and credit": (
        "Débit;Crédit",
        "1 234,50;|;34,50|10,00;0,00",
        "coalesce(debit, 0) - coalesce(credit, 0)",
        1210,
    ),
    "a share with its sign": (
        "PU;Rem.",
        "100,00;15,00 %|50,00;|10,00;0 %",
        "pu * (1 - coalesce(rem, 0))",
        145,
    ),
    "prices per hundred": ("Qté;Prix", "250;12,00|50;1,00|1;0,00", "qte * prix / 100", "30.5"),
    "great amounts": ("Qté;Prix", "9000000;9000000,00", "qte * prix * (1 - 0.5)", 40500000000000),
    "less shipping": ("Total;Port", "20,00;4,90|9,90;0,00|5,00;5,00", "total - port", 25),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_column_is_read_before_it_is_computed_with(make_base: Callable[..., Any], way: Any) -> None:
    header, cells, formula, revenue = way
    lines = [f"a;{number};2025-02-0{number};x;{row}" for number, row in enumerate(cells.split("|"), 1)]
    file = "\n".join([f"who;id;day;item;{header}", *lines])
    rest = f'computed: {{amount: "{formula}"}}\n    clean: {{zero_price: keep}}\n    refunds: net'
    profile = make_base(PLAN.format(mapped="", rest=rest), {"sales.csv": file}).run().profile
    assert profile["a"]["total_amount"] == Decimal(revenue)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 500),
            st.decimals("0.01", "9999", places=2),
            st.decimals("0", "100", places=2) | st.none(),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_percentage_is_taken_off_as_plain_decimals_would(
    make_base: Callable[..., Any], lines: list[Any]
) -> None:
    rows = [f"a,{n},2025-01-01,x,{q},{p},{'' if d is None else d}" for n, (q, p, d) in enumerate(lines)]
    rest = 'computed: {amount: "quantity * unit_price * (1 - coalesce(rebate, 0) / 100)"}'
    plan = PLAN.format(mapped=", quantity: q, unit_price: p", rest=f"{rest}\n    read: {{rebate: '1234.56'}}")
    base = make_base(
        plan + "    clean: {zero_price: keep}\n",
        {"sales.csv": "\n".join(["who,id,day,item,q,p,rebate", *rows])},
    )
    cent = Decimal("0.0001")
    each = [(q * p * (1 - (d or 0) / Decimal(100))).quantize(cent, ROUND_HALF_UP) for q, p, d in lines]
    assert base.run().funnel["kept"][1] == sum(each)


def test_what_an_order_repeats_is_counted_before_it_is_computed_with(make_base: Callable[..., Any]) -> None:
    file = "who,id,day,item,q,p,off,total\na,1,2025-01-01,x,2,10,5,15\na,1,2025-01-01,y,1,20,5,15\n"
    file += "b,2,2025-01-02,x,1,10,0,10\n"
    less = "computed: {amount: quantity * unit_price - discount_amount}\n    once_an_order: [discount_amount]"
    plan = PLAN.format(mapped=", quantity: q, unit_price: p, discount_amount: 'off'", rest=less)
    assert make_base(plan, {"sales.csv": file}).run().funnel["kept"] == (3, Decimal(45))
    whole = "computed: {amount: total - off}\n    once_an_order: [amount]"
    plan = PLAN.format(mapped="", rest=whole)
    assert make_base(plan, {"sales.csv": file}).run().funnel["kept"][1] == Decimal(20)


@pytest.mark.parametrize(
    ("formula", "amount"),
    [
        ("q // 2.5 * p", "12"),  # the engine’s own would divide eight by three
        ("p // 0.1", "40"),
        ("p - (-q // 2) - (-q % p)", "11.5"),  # at or below; with the sign of what is divided
        ("q * 1e-5 * p * 1000", "0.3"),
        ("q * 0.001 * p * 0.01 * 100000", "30"),
        ("half * half * 10000", "0.25"),
        ('q * p - "remise %"', "20"),
    ],
)
def test_every_step_keeps_its_decimals(make_base: Callable[..., Any], formula: str, amount: str) -> None:
    plan = PLAN.format(mapped="", rest=f"computed:\n      amount: {formula}")
    file = {"sales.csv": "who,id,day,item,q,p,half,Remise %,Remise €\na,1,2025-01-01,x,7.5,4,0.005,10,1\n"}
    assert make_base(plan, file).run().funnel["kept"][1] == Decimal(amount)


@pytest.mark.parametrize("made", ["amount: concat(q, ',', p)", "amount: q / 0", "ordered_at: concat(q, p)"])
def test_what_comes_to_nothing_on_every_row_is_refused_at_its_line(
    make_base: Callable[..., Any], made: str
) -> None:
    mapped = "" if made.startswith("amount") else ", amount: p"
    plan = PLAN.format(mapped=mapped, rest=f"computed:\n      {made}")
    plan = plan.replace(", ordered_at: day", "") if mapped else plan
    file = {"sales.csv": "who,id,day,item,q,p\na,1,2025-01-01,x,7.5,4\nb,2,2025-01-02,x,3.5,2\n"}
    assert told(make_base(plan, file)) == [("computed_nothing", "vitrail.yml:10")]


def test_a_name_of_several_columns_is_asked_in_full(make_base: Callable[..., Any]) -> None:
    file = "who,id,day,item,q,p,Remise %,Remise €\na,1,2025-01-01,x,2,10,50,1\n"
    for rest in ("computed: {amount: q * p - remise}", "computed: {amount: q * p}\n    keep: remise > 0"):
        with pytest.raises(SourceError) as refused:
            make_base(PLAN.format(mapped="", rest=rest), {"sales.csv": file}).run()
        (fault,) = refused.value.findings
        assert fault.code == "name_of_several_columns"
        assert fault.figures["columns"] == ["Remise %", "Remise €"]
    register = "  people: {file: people.csv, table: customers, columns: {customer_id: code}}\n"
    plan = PLAN.format(mapped="", rest="computed: {amount: q * p}\n") + register
    people = make_base(plan, {"sales.csv": file, "people.csv": "code,Score %,Score €\na,50,1\n"}).run()
    assert (people.profile["a"]["score %"], people.profile["a"]["score €"]) == (50, 1)


def test_a_cell_that_cannot_be_read_refuses_its_record(make_base: Callable[..., Any]) -> None:
    plan = PLAN.format(mapped=", quantity: Quantity, unit_price: UnitPrice", rest=NET)
    base = make_base(plan, {"sales.csv": NORTHWIND.replace("18.60,0\n", "18.60,a lot\n")}).run()
    assert base.funnel["unreadable"][0] == 1 and base.profile["TOMSP"]["total_amount"] == 1696


def test_more_taken_off_than_there_is_is_told_at_its_line(make_base: Callable[..., Any]) -> None:
    plan = PLAN.format(mapped=", quantity: Quantity, unit_price: UnitPrice", rest=NET)
    base = make_base(plan, {"sales.csv": NORTHWIND.replace(",0.15", ",15")}).run()
    (told,) = [each for each in base.rows("findings.parquet") if each["code"] == "computed_amount_turned"]
    assert (told["level"], told["place"].rpartition(":")[2]) == ("warning", "10") and '"rows": 2' in told[
        "figures"
    ]


def test_two_names_put_together_are_the_customer(make_base: Callable[..., Any]) -> None:
    plan = PLAN.format(
        mapped=", amount: worth", rest="computed: {customer_id: \"concat_ws(' ', first, last)\"}"
    )
    plan = plan.replace("customer_id: who, ", "")
    file = "first,last,id,day,item,worth\nAnn, Lee ,1,2025-01-01,x,10\n"
    file += ",Bo,2,2025-01-01,x,20\n,,3,2025-01-01,x,30\n"
    profile = make_base(plan, {"sales.csv": file}).run().profile
    assert {who: row["total_amount"] for who, row in profile.items()} == {"Ann Lee": 10, "Bo": 20}


FAULTS = {
    "amount: quantity * unit_price * (1 - discont)": "expression_unknown_column_near",
    "amont: quantity * unit_price": "computed_no_model_column_near",
    "amount: quantity * item": "does_not_fit_types",
    "amount: true": "computed_no_number",
    "amount: quantity > 2 and unit_price": "computed_no_number",
    "amount: read_csv('/etc/passwd')": "expression_function",
    "amount: (select 1)": "expression_query",
    "amount: sum(unit_price)": "expression_aggregate_here",
    "amount: quantity; drop table orders": "expression_semicolon",
    "amount: random()": "expression_chance",
    "quantity: unit_price": "plan_computed_twice",
}


@pytest.mark.parametrize("formula", FAULTS)
def test_what_cannot_be_computed_is_told_at_its_line(make_base: Callable[..., Any], formula: str) -> None:
    name, text = formula.split(": ", 1)
    plan = PLAN.format(
        mapped=", quantity: Quantity, unit_price: UnitPrice", rest=f'computed:\n      {name}: "{text}"'
    )
    ((code, place),) = told(make_base(plan, {"sales.csv": NORTHWIND}))
    assert (code, place.rpartition(":")[2]) == (FAULTS[formula], "9" if name == "quantity" else "10")


def test_a_step_that_two_amounts_share_may_overflow_in_a_row_and_refuses_no_other(
    make_base: Callable[..., Any],
) -> None:
    share = "quantity * quantity * quantity * unit_price"
    rest = f"computed: {{amount: {share} * (1 - d), discount_amount: {share} * d}}"
    file = f"who,id,day,item,q,p,d\na,1,2025-01-01,x,2,10,0.5\nb,2,2025-01-02,x,{'9' * 14},{'9' * 14},0.5\n"
    plan = PLAN.format(mapped=", quantity: q, unit_price: p", rest=rest)
    funnel = make_base(plan, {"sales.csv": file}).run().funnel
    assert funnel["kept"] == (1, Decimal(40)) and funnel["no_amount"][0] == 1
