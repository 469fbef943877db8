"""Orders without numbers, with their lines, on a first row only, in several currencies, with a register."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from vitrail.collection.model import TABLES
from vitrail.errors import ConditionError, DataError
from vitrail.profile.orders import compile_orders, order_columns

ORDERS = "file: orders.csv, table: orders, columns: {customer_id: who, ordered_at: at, amount: total%s}"


@pytest.fixture(scope="module")
def profiles(make_base: Callable[..., Any]) -> Callable[..., dict[str, dict[str, Any]]]:
    def profiles(plan: str, **files: str) -> dict[str, dict[str, Any]]:
        base = make_base(plan, {f"{name}.csv": text for name, text in files.items()}).run()
        found: dict[str, dict[str, Any]] = base.profile
        steps = base.funnel
        removed = {step: rows for step, (rows, _) in steps.items() if step not in ("refunds", "duplicates")}
        assert removed.pop("read") == sum(removed.values()), "read is kept and removed"
        return found

    return profiles


def test_without_order_numbers_each_row_of_orders_is_an_order(profiles: Callable[..., Any]) -> None:
    found = profiles(
        f"sources:\n  shop: {{{ORDERS % ''}}}",
        orders="who,at,total\nann,2025-01-02,10\nann,2025-01-02,20\nbob,2025-01-02,5\n",
    )
    assert (found["ann"]["order_count"], found["ann"]["median_order_amount"]) == (2, 15)
    assert found["bob"]["is_one_time"]


def test_lines_without_order_numbers_are_one_order_if_of_one_customer_and_moment(
    profiles: Callable[..., Any],
) -> None:
    found = profiles(
        "sources:\n  shop: {file: lines.csv, table: order_lines, columns: "
        "{customer_id: who, ordered_at: at, amount: total, product_id: what}}",
        lines="who,at,total,what\nann,2025-01-02 10:00,10,p\nann,2025-01-02 10:00,20,q\n"
        "ann,2025-01-02 11:00,30,p\nbob,2025-01-02 10:00,5,p\n",
    )
    assert (found["ann"]["order_count"], found["ann"]["mean_order_amount"]) == (2, 30)
    assert found["bob"]["order_count"] == 1


def test_a_row_that_lacks_its_order_number_is_not_lumped_with_the_others(
    profiles: Callable[..., Any],
) -> None:
    found = profiles(
        f"sources:\n  shop: {{{ORDERS % ', order_id: number'}}}",
        orders="who,number,at,total\nann,,2025-01-02,10\nann,,2025-03-02,20\nann,7,2025-04-02,5\nbob,,2025-01-02,5\n",
    )
    assert (found["ann"]["order_count"], found["ann"]["last_gap_days"]) == (3, 31)
    assert found["bob"]["total_amount"] == 5


JOINED = """
sources:
  orders: {file: orders.csv, table: orders, columns: {customer_id: who, order_id: number, ordered_at: at%s}}
  lines: {file: lines.csv, table: order_lines, columns: {order_id: number, product_id: what%s}}
"""


def test_orders_joined_with_lines_count_what_an_order_states_once(profiles: Callable[..., Any]) -> None:
    found = profiles(
        JOINED % (", discount_amount: off, refunded_amount: back", ", quantity: units, unit_price: price"),
        orders="who,number,at,off,back\nann,1,2025-01-02,4,\nann,2,2025-02-02,2,3\nbob,3,2025-01-05,0,0\n",
        lines="number,what,units,price\n1,p,2,5\n1,q,1,30\n1,r,1,8\n2,p,1,5\n2,p,1,5\n3,q,1,30\n",
    )
    ann = found["ann"]
    assert (ann["order_count"], ann["item_count"], ann["distinct_products"]) == (2, 6, 3)
    assert ann["total_amount"] == 48 + 10 - 3
    assert ann["discount_share"] == pytest.approx(6 / (55 + 6))
    assert ann["refund_share"] == pytest.approx(3 / 58)
    assert found["bob"]["total_amount"] == 30


def test_a_total_that_only_orders_know_is_counted_once(profiles: Callable[..., Any]) -> None:
    register = "  people: {file: people.csv, table: customers, columns: {customer_id: who}}\n"
    found = profiles(
        JOINED % (", amount: total", ", quantity: units") + register,
        people="who\nann\nbob\nfred\n",
        orders="who,number,at,total\nann,1,2025-01-02,50\nann,2,2025-02-02,20\nbob,3,2025-01-05,7\n",
        lines="number,what,units\n1,p,2\n1,q,1\n2,p,1\n",
    )
    assert (found["ann"]["total_amount"], found["ann"]["order_count"], found["ann"]["item_count"]) == (
        70,
        2,
        4,
    )
    assert found["bob"]["total_amount"] == 7, "an order without lines stays"
    bought = {who: (row["item_count"], row["distinct_products"]) for who, row in found.items()}
    assert bought == {"ann": (4, 2), "bob": (None, None), "fred": (0, 0)}, "not known is not none"


@pytest.mark.parametrize(("fields", "kept"), [("every_row", 2), ("first_row", 3)])
def test_a_line_that_costs_nothing_is_free_unless_its_order_states_the_total(
    profiles: Callable[..., Any], fields: str, kept: int
) -> None:
    found = profiles(
        f"sources:\n  lines: {{file: lines.csv, table: order_lines, order_fields: {fields}, columns: {{"
        "customer_id: who, order_id: number, ordered_at: at, product_id: what, quantity: units, "
        "amount: worth}}",
        lines="who,number,at,what,units,worth\nann,1,2025-01-02,p,1,9\nann,1,2025-01-02,q,1,0\n"
        "ann,2,2025-02-02,p,1,9\n",
    )
    assert (found["ann"]["item_count"], found["ann"]["total_amount"]) == (kept, 18)


def test_an_order_exported_twice_does_not_double_its_lines(profiles: Callable[..., Any]) -> None:
    found = profiles(
        JOINED % ("", ", amount: total"),
        orders="who,number,at\nann,1,2025-01-02\nann,1,2025-01-02\nbob,3,2025-01-05\n",
        lines="number,what,total\n1,p,20\n1,q,10\n3,p,5\n",
    )
    assert (found["ann"]["total_amount"], found["ann"]["order_count"]) == (30, 1)


def test_what_the_plan_says_of_orders_and_of_their_lines_both_holds(profiles: Callable[..., Any]) -> None:
    plan = JOINED.replace(
        "number, ordered_at: at%s}", "number, ordered_at: at%s}, refunds: net, keep: customer_id <> 'eve'"
    )
    plan = plan.replace("what%s}", "what%s}, refunds: drop, clean: {zero_price: keep}, keep: amount <> 3")
    found = profiles(
        plan % ("", ", amount: total"),
        orders="who,number,at\nann,1,2025-01-02\nbob,2,2025-01-05\neve,3,2025-01-05\n",
        lines="number,what,total\n1,p,20\n1,q,-5\n1,r,3\n2,p,0\n3,p,9\n",
    )
    assert {who: row["total_amount"] for who, row in found.items()} == {"ann": 20, "bob": 0}


def test_a_refused_condition_is_shown_on_its_line(profiles: Callable[..., Any]) -> None:
    plan = f"sources:\n  shop:\n    {{{ORDERS % ''},\n    keep: amonut > 3}}"
    with pytest.raises(ConditionError) as refusal:
        profiles(plan, orders="who,at,total\nann,2025-01-02,10\n")
    assert refusal.value.findings[0].place == "vitrail.yml:6"


def test_lines_take_the_currency_of_their_order(profiles: Callable[..., Any]) -> None:
    found = profiles(
        "currency: EUR\nrates: {USD: 0.5}\n" + JOINED % (", currency: money", ", amount: total"),
        orders="who,number,at,money\nann,1,2025-01-02,USD\nbob,3,2025-01-05,EUR\n",
        lines="number,what,total\n1,p,20\n1,q,10\n3,p,5\n",
    )
    assert (found["ann"]["total_amount"], found["bob"]["total_amount"]) == (15, 5)


FIRST_ROW = """
sources:
  orders:
    file: orders.csv
    table: order_lines
    order_fields: first_row
    columns: {customer_id: Email, email: Email, order_id: Name, ordered_at: Created at, product_name: Item,
              quantity: Units, unit_price: Price, status: State, refunded_amount: Back%s}
"""


@pytest.mark.parametrize("total", [True, False], ids=["the order's total", "quantity and price"])
def test_fields_on_an_orders_first_row_hold_for_all_its_rows(
    profiles: Callable[..., Any], total: bool
) -> None:
    found = profiles(
        FIRST_ROW % (", amount: Total" if total else ""),
        orders="Name,Email,State,Total,Created at,Units,Item,Price,Back\n"
        "#1,Ann@x.fr,paid,50,2025-01-02 10:00:00,1,Cup,20,0\n#1,,,,,3,Pen,10,\n"
        "#2,ann@x.fr,partially_refunded,40,2025-02-02 10:00:00,1,Cup,10,25\n#2,,,,,3,Pen,10,\n"
        "#3,bob@x.fr,refunded,10,2025-02-02 10:00:00,1,Cup,10,10\n#3,,,,,1,Pen,10,\n"
        "#4,cleo@x.fr,paid,10,2025-02-02 10:00:00,1,Cup,10,0\n",
    )
    assert found.keys() == {"ann@x.fr", "cleo@x.fr"}, "a refunded order is no purchase, on none of its rows"
    ann = found["ann@x.fr"]
    assert (ann["order_count"], ann["item_count"], ann["distinct_products"]) == (2, 8, 2)
    assert ann["total_amount"] == 50 + 40 - 25
    assert ann["favourite_product"] == "Pen"


@pytest.mark.parametrize(
    ("settled", "missing"), [("currency: EUR", {"USD", "GBP"}), ("rates: {USD: 0.5, GBP: 1.25}", {"EUR"})]
)
def test_several_currencies_without_a_rate_are_refused_by_name(
    profiles: Callable[..., Any], settled: str, missing: set[str]
) -> None:
    plan = f"{settled}\nsources:\n  shop: {{{ORDERS % ', currency: money'}}}"
    rows = "who,at,total,money\nann,2025-01-02,10,EUR\nann,2025-01-03,10,usd\nbob,2025-01-02,5,GBP\n"
    with pytest.raises(DataError) as refusal:
        profiles(plan, orders=rows)
    (finding,) = refusal.value.findings
    assert finding.code == "rates_missing"
    assert set(finding.figures["currencies"]) == missing


def test_amounts_are_converted_by_the_plans_rates(profiles: Callable[..., Any]) -> None:
    plan = (
        "currency: EUR\nrates: {USD: 0.5, GBP: 1.25}\nsources:\n  shop: {file: orders.csv, "
        "table: order_lines, columns: {customer_id: who, ordered_at: at, amount: total, currency: money, "
        "product_id: what, quantity: units, unit_price: price}}"
    )
    found = profiles(
        plan,
        orders="who,at,total,money,what,units,price\nann,2025-01-02,10,EUR,p,1,10\nann,2025-01-03,16,usd,q,1,16\n"
        "ann,2025-01-03,20,EUR,Frais de port,1,20\nbob,2025-01-02,5,GBP,p,1,5\nbob,2025-01-03,5,,p,1,5\n",
    )
    assert (found["ann"]["total_amount"], found["bob"]["total_amount"]) == (38, Decimal("11.25"))
    assert found["ann"]["favourite_product"] == "p", "converted, and carriage is no favourite"


REGISTER = """
as_of: 2025-03-01
sources:
  shop: {file: orders.csv, table: orders,
         columns: {customer_id: who, ordered_at: at, amount: total, country: land}}
  people: {file: people.csv, table: customers,
           columns: {customer_id: id, birth_date: born, signed_up_at: joined, country: land,
                     accepts_marketing: ok}}
"""


def test_a_register_adds_what_orders_do_not_know(profiles: Callable[..., Any]) -> None:
    found = profiles(
        REGISTER,
        orders="who,at,total,land\nann,2025-01-02,10,FR\nbob,2025-01-02,10,BE\neve,2025-01-02,10,DE\n",
        people="id,born,joined,land,ok,Shoe Size\n"
        "ann,1990-03-01,2024-01-01,,yes,39\n"
        "bob,1990-03-02,2025-02-28,FR,no,44\n"
        "cleo,2004-02-29,2025-02-28,IT,yes,38\n"
        "late,1980-01-01,2025-03-01,IT,yes,38\n"
        "twin,1980-01-01,2024-01-01,IT,no,38\n"
        "twin,1981-01-01,2024-06-01,ES,yes,40\n"
        ",1981-01-01,2024-06-01,ES,no,40\n",
    )
    assert found.keys() == {"ann", "bob", "cleo", "eve", "twin"}, "who signed up later is not known yet"
    assert (found["ann"]["age_years"], found["bob"]["age_years"], found["cleo"]["age_years"]) == (35, 34, 21)
    assert (found["ann"]["signup_days"], found["bob"]["signup_days"]) == (425, 1)
    assert (found["ann"]["country"], found["bob"]["country"], found["eve"]["country"]) == ("FR", "FR", "DE")
    assert (found["twin"]["country"], found["twin"]["age_years"]) == ("ES", 44), "the newest row of two"
    assert found["twin"]["accepts_marketing"] is False, "who refused in one of them has refused"
    cleo = found["cleo"]
    assert (cleo["order_count"], cleo["total_amount"], cleo["is_one_time"]) == (0, 0, False)
    assert (cleo["recency_days"], cleo["mean_order_amount"], cleo["usual_weekday"]) == (None, None, None)
    assert (found["eve"]["age_years"], found["eve"]["shoe_size"], cleo["shoe_size"]) == (None, None, 38)


CUSTOM = """
as_of: 2025-03-01
sources:
  shop:
    file: orders.csv
    table: order_lines
    columns: {customer_id: who, order_id: number, ordered_at: at, amount: total, product_id: what}
variables:
  gifts: {of: order_lines, value: count(*), where: Gift Wrap}
  late_share: {of: orders, value: avg(case when extract(hour from ordered_at) >= 19 then 1 else 0 end)}
  recent: {of: order_lines, value: sum(amount), within: 30 days}
  recent_products: {of: order_lines, value: count(distinct what_kind), where: amount > 5, within: 2 months}
  spread: {of: orders, value: max(amount) - min(amount)}
  weighed: {of: order_lines, value: sum(weight) / count(*)}
"""


def test_a_column_of_the_register_never_takes_the_place_of_a_figure(profiles: Callable[..., Any]) -> None:
    found = profiles(
        f"sources:\n  shop: {{{ORDERS % ''}}}\n"
        "  people: {file: people.csv, table: customers, columns: {customer_id: who}}",
        orders="who,at,total\nann,2025-01-02,10\n",
        people="who,order_count,Total Amount,tier\nann,99,1e6,gold\n",
    )
    assert (found["ann"]["order_count"], found["ann"]["total_amount"]) == (1, 10)
    assert (found["ann"]["file_order_count"], found["ann"]["tier"]) == (99, "gold")
    people = "{file: people.csv, table: customers, columns: {customer_id: customer_id, birth_date: born}}"
    found = profiles(
        f"as_of: 2025-03-01\nsources:\n  shop: {{{ORDERS % ''}}}\n  people: {people}\n"
        "variables: {big: {of: orders, value: count(*), where: amount > 5}}",
        orders="who,at,total\nann,2025-01-02,10\n",
        people="customer_id,recency_days,order_count,total_amount,big,born,age_years,tier\n"
        "ann,9,9,9,9,1990-03-01,9,gold\n",
    )
    figures = {name: found["ann"][name] for name in ("order_count", "big", "age_years", "tier")}
    assert figures == {"order_count": 1, "big": 1, "age_years": 35, "tier": "gold"}, "exported, and back"


def test_variables_of_the_plan_follow_their_value_where_and_within(profiles: Callable[..., Any]) -> None:
    found = profiles(
        CUSTOM.replace("Gift Wrap", "gift_wrap = 'yes'"),
        orders="who,number,at,total,what,Gift Wrap,what_kind,Weight\n"
        "ann,1,2025-01-02 20:00,10,p,yes,k,1\nann,1,2025-01-02 20:00,20,q,no,l,2\n"
        "ann,2,2025-02-10 10:00,6,p,yes,m,3\nann,3,2025-01-30 00:00,7,p,,k,6\n"
        "bob,4,2025-01-29 23:59,7,p,,k,1\nbob,5,2024-12-31 23:59,50,p,,z,2\n",
    )
    ann, bob = found["ann"], found["bob"]
    assert (ann["gifts"], bob["gifts"]) == (2, 0)
    assert (ann["late_share"], bob["late_share"]) == (pytest.approx(1 / 3), 1)
    assert (ann["recent"], bob["recent"]) == (13, None), "30 days before 1 March begin on 30 January"
    assert (ann["recent_products"], bob["recent_products"]) == (3, 1)
    assert (ann["spread"], bob["spread"]) == (24, 43)
    assert (ann["weighed"], bob["weighed"]) == (3, 1.5)


@pytest.mark.parametrize("refunds", ["match", "net", "drop"])
def test_the_share_refunded_counts_what_cleaning_takes_out(
    profiles: Callable[..., Any], refunds: str
) -> None:
    found = profiles(
        f"sources:\n  shop: {{{ORDERS % ', order_id: number'}, refunds: {refunds}}}",
        orders="who,number,at,total\nann,1,2025-01-02,100\nann,2,2025-01-03,60\nann,3,2025-01-04,-60\n"
        "ann,4,2025-01-05,-40\nbob,5,2025-01-02,5\n",
    )
    assert found["ann"]["refund_share"] == 0.625
    assert found["bob"]["refund_share"] == 0
    assert found["ann"]["total_amount"] == (160 if refunds == "drop" else 60)
    assert found["ann"]["order_count"] == (1 if refunds == "match" else 2)


def test_whoever_gave_an_address_with_an_order_is_reached_at_the_newest(profiles: Callable[..., Any]) -> None:
    sources = f"sources:\n  shop: {{{ORDERS % ', email: mail'}}}\n"
    orders = "who,at,total,mail\nann,2025-01-02,1,old@x.org\nann,2025-03-02,1,new@x.org\nbob,2025-01-02,5,\n"
    found = profiles(sources, orders=orders)
    assert (found["ann"]["email"], found["bob"]["email"]) == ("new@x.org", None)
    register = "  people: {file: people.csv, table: customers, columns: {customer_id: who, email: mail}}\n"
    found = profiles(sources + register, orders=orders, people="who,mail\nann,own@x.org\nbob,\n")
    assert (found["ann"]["email"], found["bob"]["email"]) == ("own@x.org", None)


@pytest.mark.parametrize("order_id", [True, False])
def test_orders_have_the_columns_that_conditions_may_name(order_id: bool) -> None:
    lines = [name for name in TABLES["orders"].columns if order_id or name != "order_id"]
    lines += ["product_amount", "loyalty_card"]
    for has_refunds in (True, False):
        query = compile_orders(lines, has_refunds)
        made = query.ctes[0].this.named_selects
        assert sorted(made) == sorted(order_columns(lines))
    assert not {"product_id", "product_name", "category", "unit_price", "product_amount"} & {*made}
    assert {"loyalty_card", "country", "quantity", "discount_amount"} < {*made}


def test_an_address_or_a_word_for_nobody_is_nobody_and_a_product_without_a_name_goes_by_its_code(
    profiles: Callable[..., Any],
) -> None:
    plan = (
        "sources: {shop: {file: orders.csv, table: order_lines, clean: {nobody: [Till@Shop.fr, ' TILL ']}, "
        "columns: {customer_id: who, email: who, ordered_at: at, amount: total, product_id: code, "
        "product_name: name}}}"
    )
    rows = ("Ann@x.fr,,P1,50", "ann@x.fr,,POST,70", "ann@x.fr,Cup,P2,10", "None,Cup,P2,9")
    rows += ("N/A,Cup,P2,9", "till@shop.fr,Cup,P2,9", "Till,Cup,P2,9")
    found = profiles(
        plan,
        orders="who,at,name,code,total\n" + "\n".join(r.replace(",", ",2025-01-02,", 1) for r in rows) + "\n",
    )
    assert found.keys() == {"ann@x.fr"}
    assert found["ann@x.fr"]["favourite_product"] == "P1"


def test_words_for_nobody_are_read_as_the_codes_beside_them(profiles: Callable[..., Any]) -> None:
    plan = (
        "sources: {shop: {file: orders.csv, table: orders, clean: {nobody: ['0000', till]}, "
        "read: {who: code}, columns: {customer_id: who, ordered_at: at, amount: total}}}"
    )
    codes = ("0012", "12.0", "ab1", "nan", "None", "(null)", "0000", "0.0", "Till")
    found = profiles(plan, orders="who,at,total\n" + "".join(f"{code},2025-01-02,5\n" for code in codes))
    assert {who: row["total_amount"] for who, row in found.items()} == {"12": 10, "AB1": 5}


def test_what_is_written_once_holds_for_the_rows_below_it_in_its_file(make_base: Callable[..., Any]) -> None:
    columns = (
        "customer_id: who, email: mail, order_id: number, ordered_at: at, product_name: what, amount: worth"
    )
    base = make_base(
        "sources:\n  shop: {file: [a.csv, b.csv], table: order_lines, fill_down: [number, at, who, mail], "
        f"columns: {{{columns}}}}}",
        {
            "a.csv": "number,at,who,mail,what,worth\n1,2025-01-02,ann,a@x.fr,Cup,9\n,,,,Pen,1\n"
            "2,2025-01-03,bob,,Cup,9\n,,,,Pen,1\n,,,,Total,20\n,,,,Ink,4\n",
            "b.csv": "number,at,who,mail,what,worth\n,,,,Ink,5\n3,2025-01-04,ann,a@x.fr,Pen,1\n,,,,Pen,1\n",
        },
    ).run()
    totals = {
        who: (row["order_count"], row["total_amount"], row["email"]) for who, row in base.profile.items()
    }
    assert totals == {"ann": (2, 12, "a@x.fr"), "bob": (1, 10, None)}, "never from another group, or file"
    assert base.funnel["no_date"] == (3, 29), (
        "below a total, and where a file begins, there is nothing to take"
    )
