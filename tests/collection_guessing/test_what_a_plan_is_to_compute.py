"""Amounts that several columns make are worked out in the drafted plan; a doubt is asked, and is to check."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vitrail.collection.guessing import SourceGuess

Guess = Callable[..., SourceGuess]

FULL = "quantity * unit_price"
LINE = "order_id,customer_id,order_date,product,quantity,unit_price"
ROWS = ["1,a,2024-01-15,Pen,2,10.25", "1,a,2024-01-15,Cup,1,4.5", "2,b,2024-01-16,Cup,3,4.5"] * 4

WAYS = {
    "with a sign": ("Remise", "10 %|0 %|5 %", f"{FULL} * (1 - coalesce(remise, 0))", ()),
    "as fractions": ("Discount", "0.15|0|0.1", f"{FULL} * (1 - coalesce(discount, 0))", ()),
    "by its name": ("Remise (%)", "10|0|5", f"{FULL} * (1 - coalesce(remise, 0) / 100)", ()),
    "in short, beside its sign": ("Desc. %", "10|0|5", f'{FULL} * (1 - coalesce("desc", 0) / 100)', ()),
    "in short, in Spanish": ("Dto.", "10|0|5", f"{FULL} * (1 - coalesce(dto, 0) / 100)", ("Dto.",)),
    "written with a minus": ("Disc %", "-10|0|-5", f"{FULL} * (1 - abs(coalesce(disc, 0)) / 100)", ()),
    "more than the price": ("Discount", "10|20|5", f"{FULL} * (1 - coalesce(discount, 0) / 100)", ()),
    "few whole ones": ("Discount", "10|0|5", f"{FULL} * (1 - coalesce(discount, 0) / 100)", ("Discount",)),
    "one after the other": (
        "Remise 1 %,Remise 2 %",
        "10,5|0,0|5,2",
        f"{FULL} * (1 - coalesce(remise_1, 0) / 100) * (1 - coalesce(remise_2, 0) / 100)",
        ("Remise 1 %", "Remise 2 %"),
    ),
    "money": ("Discount amount", "2|0|1.5", f"{FULL} - coalesce(discount_amount, 0)", ("Discount amount",)),
    "before it": (
        "Discount %,Line total",
        "10,20.5|0,4.5|5,13.5",
        f"{FULL} * (1 - coalesce(discount, 0) / 100)",
        ("Discount %",),
    ),
    "after it": ("Discount %,Line total", "10,18.45|0,4.5|50,6.75", None, ()),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_discount_is_taken_off_as_its_whole_column_says(guess_text: Guess, way: tuple[str, ...]) -> None:
    header, cells, formula, doubted = way
    rows = [f"{row},{cell}" for row, cell in zip(ROWS, cells.split("|") * 4, strict=True)]
    guess = guess_text("\n".join([f"{LINE},{header}", *rows]))
    amount = guess.computed.get("amount")
    assert (amount and amount.formula, amount.doubted if amount else ()) == (formula, doubted)
    assert ("amount" in guess.columns) == (amount is None)
    assert "guess_discount_percent" not in {finding.code for finding in guess.findings}
    if "discount_amount" not in guess.columns:
        assert guess.computed["discount_amount"].formula.startswith(f"{FULL} * ")
    assert {f"sources.{guess.name}.computed.amount"} & {q.key for q in guess.unsure} == (
        {f"sources.{guess.name}.computed.amount"} if doubted else set()
    )


def test_a_percentage_that_says_of_nothing_is_told(guess_text: Guess) -> None:
    told = {}
    for cells in ("10|0|5", "20|20|5.5"):  # a tax is on every row
        rows = [f"{row},{cell}" for row, cell in zip(ROWS, cells.split("|") * 4, strict=True)]
        guess = guess_text("\n".join([f"{LINE},Zorglub %", *rows]))
        told[cells] = [each.figures["name"] for each in guess.findings if each.code == "guess_percent_left"]
    assert told == {"10|0|5": ["zorglub"], "20|20|5.5": []}


def test_a_discount_of_the_whole_order_makes_no_line_negative(guess_text: Guess) -> None:
    orders = [(n, f"2024-01-{n:02},c{n % 5}", n % 3 + 0.5, 4.5 * n + 7.75 - n % 3) for n in range(1, 21)]
    rows = [f"{n},{day},Pen,1,1.25,{off},{all_}" for n, day, off, all_ in orders]
    rows += [f"{n},{day},Cup,2,{2.25 * n + 3.5},{off},{all_}" for n, day, off, all_ in orders]
    header = "order_id,order_date,customer_id,product,qty,unit_price,Rabatt,Gesamt"
    guess = guess_text("\n".join([header, *rows]))
    assert guess.once_an_order == ("discount_amount",) and not guess.computed
    assert "guess_order_total_left" in {finding.code for finding in guess.findings}


def test_gross_alone_beside_a_discount_is_taken_less_it(guess_text: Guess) -> None:
    guess = guess_text("id,client,date,Montant brut,Remise\n1,a,2024-01-15,60.5,10\n2,b,2024-01-16,70.5,0")
    assert guess.computed["amount"].formula == "montant_brut - abs(coalesce(discount_amount, 0))"
    assert guess.computed["amount"].doubted == ("Montant brut",) and "amount" not in guess.columns


def test_an_amount_adjusted_since_takes_the_place_of_the_first(guess_text: Guess) -> None:
    guess = guess_text(
        "Order ID,Buyer,Sale Date,Order Total,Adjusted Order Total\n1,Ann,2024-01-15,9.5,\n"
        "2,Bob,2024-01-16,8.5,0.0\n3,Ann,2024-01-17,7.25,\n4,Cy,2024-01-18,6.5,\n5,Cy,2024-01-19,5.5,"
    )
    assert guess.computed["amount"].formula == "coalesce(adjusted_order_total, order_total)"
    assert guess.computed["amount"].alternatives == ("order_total",)


SIDES = {
    "a ledger": (
        "JournalCode,Date,Pièce,Compte,Compte auxiliaire,Libellé,Débit,Crédit\n"
        "VE,2024-01-15,1,411000,C1,Ann,12.5,\nVE,2024-01-15,1,707000,,Sales,,12.5\n"
        "VE,2024-01-16,2,411000,C2,Bob,7.5,\nVE,2024-01-16,2,707000,,Sales,,7.5\n"
        "BQ,2024-01-20,3,411000,C1,Ann,,12.5\nBQ,2024-01-20,3,512000,,Bank,12.5,",
        "coalesce(debit, 0) - coalesce(credit, 0)",
        "journalcode in ('VE') and cast(compte as varchar) like '411%'",
    ),
    "a ledger with one account for all customers": (
        "Journal,Date,Pièce,Compte,Tiers,Libellé,Débit,Crédit\n"
        "VE,2024-01-15,1,411000,C1,Facture,12.5,\nVE,2024-01-15,1,707000,,Facture,,12.5\n"
        "VE,2024-01-16,2,411000,C2,Facture,7.5,\nVE,2024-01-16,2,707000,,Facture,,7.5",
        "coalesce(debit, 0) - coalesce(credit, 0)",
        "cast(compte as varchar) like '411%'",
    ),
    "a bank": (
        "Date,Counterparty,Debit,Credit,Balance\n2024-01-15,Ann,,12.5,112.5\n2024-01-16,Bob,,7.5,120\n"
        "2024-01-17,Supplier,20,,100\n2024-01-18,Ann,,3.5,103.5",
        "coalesce(credit, 0) - coalesce(debit, 0)",
        None,
    ),
}


@pytest.mark.parametrize("side", SIDES.values(), ids=SIDES)
def test_debit_and_credit_make_an_amount_that_is_asked(guess_text: Guess, side: tuple[str, ...]) -> None:
    text, formula, keep = side
    guess = guess_text(text)
    assert (guess.computed["amount"].formula, guess.keep) == (formula, keep)
    (question,) = [each for each in guess.unsure if each.key.endswith("computed.amount")]
    said = [each.partition(",")[0].replace("é", "e").lower() for each in question.told("en")]
    assert sorted(said) == ["“credit” − “debit”", "“debit” − “credit”"]
    other = guess.answered(question, question.options[1]).computed["amount"]
    assert other.formula == question.options[1] != formula and not other.doubted


def test_a_reduced_price_comes_before_the_full_one(guess_text: Guess) -> None:
    rows = "\n".join(f"{row},{cell}" for row, cell in zip(ROWS, ["9.5", "", "4"] * 4, strict=True))
    guess = guess_text(f"{LINE},Prix remisé\n{rows}")
    assert guess.computed["amount"].formula == "quantity * coalesce(prix_remise, unit_price)"
    assert guess.computed["discount_amount"].formula.startswith("quantity * (unit_price - ")


@pytest.mark.parametrize(("left", "reduced"), [(["9.5", "4.5", "4"], True), (["8", "4", "4"], False)])
def test_a_net_price_is_a_reduced_one_unless_a_tax_parts_the_two(
    guess_text: Guess, left: list[str], reduced: bool
) -> None:
    rows = "\n".join(f"{row},{cell}" for row, cell in zip(ROWS, left * 4, strict=True))
    guess = guess_text(f"{LINE},NetPrice\n{rows}")
    assert ("amount" in guess.computed) is reduced
    if reduced:
        assert guess.computed["amount"].alternatives == ("quantity * unit_price",)


def test_prices_of_a_hundred_are_divided(guess_text: Guess) -> None:
    rows = "\n".join(ROWS)
    guess = guess_text(f"{LINE.replace('unit_price', 'Prix pour 100')}\n{rows}")
    assert guess.computed["amount"].formula == "quantity * unit_price / 100"
