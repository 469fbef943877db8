"""Among the papers of a sale one counts: no quote, no delivery note, no payment, nothing called off."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vitrail.collection.guessing import SourceGuess

Guess = Callable[..., SourceGuess]

KINDS = {
    "quotes and deliveries beside invoices": (
        "Type document,N° pièce,Date,Code client,Total TTC\n"
        "Devis,D1,2024-01-10,C1,30.5\nBon de livraison,B1,2024-01-14,C1,30.5\nFacture,F1,2024-01-15,C1,30.5\n"
        "Facture,F2,2024-02-15,C2,12.5\nAvoir,A1,2024-02-16,C2,-12.5",
        "coalesce(type_document, '') not in ('Bon de livraison', 'Devis')",
    ),
    "payments beside invoices": (
        "Date,Transaction type,Num,Customer,Amount\n2024-01-15,Invoice,1,Acme,30.5\n"
        "2024-02-01,Payment,P1,Acme,-30.5\n2024-02-15,Invoice,2,Bolt,12.5",
        "coalesce(transaction_type, '') not in ('Payment')",
    ),
    "bills of suppliers beside one's own": (
        "Type,InvoiceNumber,Contact,Date,Total\nACCREC,1,Acme,2024-01-15,30.5\nACCPAY,B7,Ink,2024-01-16,9.5\n"
        "ACCREC,2,Bolt,2024-02-15,12.5",
        "coalesce(type, '') not in ('ACCPAY')",
    ),
    "looks and baskets before a purchase": (
        "event_time,event_type,product_id,price,user_id\n2019-11-01 00:00:01 UTC,view,7,12.5,51\n"
        "2019-11-01 00:02:01 UTC,cart,7,12.5,51\n2019-11-01 00:04:01 UTC,purchase,7,12.5,51\n"
        "2019-11-02 00:04:01 UTC,view,8,9.5,52",
        "coalesce(event_type, '') not in ('cart', 'view')",
    ),
    "what was viewed and added before an order was completed": (
        "event_time,event_name,order_id,sku,price,user_id\n2019-11-01 00:00:01,product_viewed,,7,12.5,51\n"
        "2019-11-01 00:02:01,cart_added,,7,12.5,51\n2019-11-01 00:04:01,order_completed,1,7,12.5,51\n"
        "2019-11-02 00:04:01,product_viewed,,8,9.5,52",
        "coalesce(event_name, '') not in ('cart_added', 'product_viewed')",
    ),
    "payments alone are the sales": (
        "Date,Type,Reference,Customer,Amount\n2024-01-15,Payment,1,Acme,30.5\n2024-01-16,Charge,2,Bolt,9.5",
        None,
    ),
    "quotes among orders, told by their status": (
        "Référence,Date,Client,Total,Statut de la facture,Statut\nS1,2024-01-10,Acme,30.5,Facturé,"
        "Bon de commande\nS2,2024-01-15,Acme,30.5,Rien,Devis envoyé\nS3,2024-01-16,Bolt,9.5,Rien,Annulé",
        "coalesce(status, '') not in ('Devis envoyé')",
    ),
    "orders alone are the sales, and not their quotes": (
        "Type,Number,Customer,Date,Total\nQuote,1,Acme,2024-01-10,30.5\nOrder,2,Acme,2024-01-15,30.5",
        "coalesce(type, '') not in ('Quote')",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "keep"), KINDS.values(), ids=KINDS)
def test_of_the_papers_of_a_sale_one_counts(guess_text: Guess, text: str, keep: str | None) -> None:
    guess = guess_text(text)
    assert guess.keep == keep
    assert ("guess_other_kinds" in {finding.code for finding in guess.findings}) == (keep is not None)


@pytest.mark.parametrize(
    ("number", "kind", "credits", "code"),
    [
        ("9", "credit", "document_type in ('credit')", "guess_credits"),
        ("9", "credit_memo", "document_type in ('credit_memo')", "guess_credits"),
        ("9", "CreditMemo", "document_type in ('CreditMemo')", "guess_credits"),
        ("9", "Rectificative", "document_type in ('Rectificative')", "guess_credits"),
        ("9", "Nota de crédito", "document_type in ('Nota de crédito')", "guess_credits"),
        ("9", "CN", "document_type in ('CN')", "guess_credits"),
        ("9", "Zorglub", None, "guess_unknown_kinds"),
        ("C9", "invoice", None, "guess_maybe_credit_numbers"),
        ("D9", "invoice", None, None),
    ],
)
def test_what_takes_back_without_a_minus_is_no_silent_sale(
    guess_text: Guess, number: str, kind: str, credits: str | None, code: str | None
) -> None:
    rows = [f"{at},2024-01-1{at},C{at % 3},{at}5.50,invoice" for at in range(9)]
    last = f"{number},2024-02-16,C2,12.5,{kind}"
    guess = guess_text("\n".join(["Order no,Date,Customer,Total,Document type", *rows, last]))
    told = {each.code for each in guess.findings}
    assert guess.credits == credits
    assert told & {"guess_credits", "guess_unknown_kinds", "guess_maybe_credit_numbers"} == {code} - {None}


CALLED_OFF = {
    "a flag": (
        "CANCELED,DocNum,DocDate,CardCode,DocTotal\nN,1,20240115,C1,30.5\nY,2,20240116,C2,9.5\nN,3,20240117,C1,8.5",
        "canceled is true",
    ),
    "a delivery called off, its label no word of the sale": (
        "Order,Date,Customer,Total,Payment status,Fulfillment status\n1,2024-01-15,C1,30.5,Paid,Fulfilled\n"
        "2,2024-01-16,C2,9.5,Unpaid,Canceled\n3,2024-01-17,C1,8.5,Paid,Voided",
        "fulfillment_status in ('Canceled')",
    ),
    "a flag in French": (
        "N° facture,Date,N° client,Montant,Remboursé\nF1,2024-01-15,C1,30.5,Non\nF2,2024-01-16,C2,9.5,Oui",
        "rembourse is true",
    ),
    "a flag beside amounts that tell refunds": (
        "Number,Date,Customer,Total,Refund amount,Refunded\n1,2024-01-15,C1,30.5,0,no\n"
        "2,2024-01-16,C2,9.5,4,yes",
        None,
    ),
    "a dispute that was lost": (
        "Number,Date,Email,Total,Status,Dispute Status\n1,2024-01-15,a@x.io,30.5,Paid,\n"
        "2,2024-01-16,b@x.io,9.5,Paid,lost\n3,2024-01-17,b@x.io,8.5,Paid,won",
        "dispute_status in ('lost')",
    ),
    "an order that is not valid": (
        "id_order,id_customer,date_add,total_paid,valid\n1,7,2024-01-15,30.5,1\n2,8,2024-01-16,9.5,0\n3,7,2024-01-17,8.5,1",
        "valid in ('0')",
    ),
    "a second status": (
        "Number,Customer,Date,Total,Payment Status,Status\n1,Acme,2024-01-15,30.5,Paid,Posted\n"
        "2,Bolt,2024-01-16,9.5,Reversed,Posted\n3,Bolt,2024-01-17,9.5,Not Paid,Cancelled",
        "payment_status in ('Reversed')",
    ),
    "carts that were left, in the place of the order's number": (
        "ID,ID commande,Client,Total,Date\n"
        + "\n".join(f"{n},{n + 500},C{n % 9},{n}.5,2024-01-15" for n in range(1, 130))
        + "\n130,Panier abandonné,C3,30.5,2024-01-15\n131,Panier abandonné,C4,9.5,2024-01-16",
        "order_id in ('Panier abandonné')",
    ),
    "a second status beside its refund": (
        "Number,Customer,Date,Total,Payment Status,Status\n1,Acme,2024-01-15,30.5,Paid,Posted\n"
        "2,Bolt,2024-01-16,9.5,Reversed,Posted\n3,Bolt,2024-01-17,-9.5,Paid,Posted",
        None,
    ),
}


@pytest.mark.parametrize(("text", "cancelled"), CALLED_OFF.values(), ids=CALLED_OFF)
def test_what_another_column_calls_off_is_cancelled(
    guess_text: Guess, text: str, cancelled: str | None
) -> None:
    assert guess_text(text).cancelled == cancelled


ASKED = {
    "returns that may be counted": (
        "order_ref,Email,Date,Amount,Returns\n1,a@x.io,2024-01-15,30.5,0\n2,b@x.io,2024-01-16,9.5,1",
        "returns in ('1')",
    ),
    "what is not paid yet": (
        "Number,Customer,Date,Total,Status,Paid\n1,Acme,2024-01-15,30.5,paid,Yes\n2,Bolt,2024-01-16,9.5,open,No\n"
        "3,Bolt,2024-01-17,8.5,paid,Yes",
        "paid is false",
    ),
    "orders tagged as a test": (
        "Number,Customer,Date,Total,Status,Tags\n1,Acme,2024-01-15,30.5,paid,vip\n"
        "2,Bolt,2024-01-16,9.5,paid,test\n3,Bolt,2024-01-17,8.5,open,",
        "tags in ('test')",
    ),
    "payments awaited beside a status": (
        "Numéro,Client,Date,Total,Statut paiement,Statut\n1,Acme,2024-01-15,30.5,Payé,Terminée\n"
        "2,Bolt,2024-01-16,9.5,En attente,En cours",
        "statut_paiement in ('En attente')",
    ),
}


@pytest.mark.parametrize(("text", "condition"), ASKED.values(), ids=ASKED)
def test_what_may_be_no_sale_is_asked_with_what_to_write(
    guess_text: Guess, text: str, condition: str
) -> None:
    guess = guess_text(text)
    told = {each.code: each.figures for each in guess.findings}
    assert (guess.cancelled, told["guess_maybe_called_off"]["condition"]) == (None, condition)


@pytest.mark.parametrize(
    ("head", "live", "test", "condition"),
    [
        ("is_test", "false", "true", "is_test is true"),
        ("Mode", "Live", "Test", "mode in ('Test')"),
        ("livemode", "true", "false", "livemode is false"),
        (
            "Gateway",
            "stripe",
            "(for testing) Bogus Gateway",
            "gateway in ('(for testing) Bogus Gateway')",
        ),
    ],
)
def test_orders_made_as_a_test_are_left_out(
    guess_text: Guess, head: str, live: str, test: str, condition: str
) -> None:
    guess = guess_text(
        f"order_id,user_id,created_at,total,status,{head}\n1,7,2024-01-15,30.5,paid,{live}\n"
        f"2,8,2024-01-16,9.5,paid,{test}"
    )
    assert guess.tests == condition


QUOTES = {
    "by the name of their number": ("N° devis,Date,Client,Total\nD1,2024-01-15,C1,30.5", "N° devis"),
    "by their only kind": ("Type,N°,Date,Client,Total\nDevis,D1,2024-01-15,C1,30.5", "Type"),
    "no invoice with its quote": ("Invoice,Quote,Date,Client,Total\nF1,Q7,2024-01-15,C1,30.5", None),
}


@pytest.mark.parametrize(("text", "told"), QUOTES.values(), ids=QUOTES)
def test_quotes_alone_are_told(guess_text: Guess, text: str, told: str | None) -> None:
    again = text.splitlines()[1].translate(str.maketrans({"1": "2", "7": "8"}))
    guess = guess_text(f"{text}\n{again}")
    said = [each.figures["told"] for each in guess.findings if each.code == "guess_quotes"]
    assert said == [told] * bool(told)


def test_a_state_of_statuses_is_no_region(guess_text: Guess) -> None:
    guess = guess_text(
        "invoice_number,account_code,account_name,created_at,total,state\n"
        "1,a-1,Acme,2024-01-15,30.5,paid\n2,a-2,Bolt,2024-01-16,9.5,voided\n3,a-1,Acme,2024-01-17,8.5,past_due"
    )
    assert (guess.columns["status"].source, "region" in guess.columns) == ("state", False)
    assert guess.columns["customer_id"].source == "account_code"


RETURNS = {
    "refunds in a list": ("order_id,customer_id,date,amount,refunds", ("[]", "[{9.5}]", "[{2}]"), None),
    "pieces that came back": ("order_id,customer_id,date,amount,qty_returned", ("0", "1", "0"), None),
    "gross sales beside": (
        "order_id,customer_id,date,amount,subtotal,refunds",
        ("30,0", "30,-9", "8,0"),
        "refunds",
    ),
    "a refund of nothing": (
        "order_id,customer_id,date,amount,item_refunded,total_refunded",
        ("0,0", "0,4", "0,2"),
        "total_refunded",
    ),
}


@pytest.mark.parametrize(("head", "cells", "refunded"), RETURNS.values(), ids=RETURNS)
def test_money_given_back_is_taken_off_or_asked_about(
    guess_text: Guess, head: str, cells: tuple[str, str, str], refunded: str | None
) -> None:
    one, two, three = cells
    guess = guess_text(f"{head}\n1,7,2024-01-15,30,{one}\n2,8,2024-01-16,30,{two}\n3,8,2024-01-17,8,{three}")
    column = guess.columns.get("refunded_amount")
    assert (column.source if column else None) == refunded
    told = "guess_returns_left" in {each.code for each in guess.findings}
    assert told == (refunded is None)


def test_a_status_of_codes_is_the_status(guess_text: Guess) -> None:
    guess = guess_text("order_id,customer_id,date,amount,status\n1,7,2024-01-15,30.5,3\n2,8,2024-01-16,9.5,9")
    assert guess.columns["status"].source == "status"


def test_an_order_s_total_among_its_lines_counts_once(guess_text: Guess) -> None:
    guess = guess_text(
        "Main,Document,Date,Customer,Item,Quantity,Amount\n*,1,2024-01-15,Acme,,,30.5\n,1,2024-01-15,Acme,Pen,2,20.5\n"
        ",1,2024-01-15,Acme,Cup,1,10\n*,2,2024-01-16,Bolt,,,7.5\n,2,2024-01-16,Bolt,Cup,1,7.5"
    )
    assert guess.keep == "product_name is not null"


def test_where_deals_are_won_the_others_are_no_sales(guess_text: Guess) -> None:
    guess = guess_text(
        "Record Id,Deal Name,Account Name,Created Time,Closing Date,Stage,Amount\n"
        "z1,One,Acme,2024-01-01,2024-01-15,Closed Won,30.5\nz2,Two,Bolt,2024-01-02,2024-01-16,Negotiation,9.5"
    )
    assert (guess.columns["ordered_at"].source, guess.cancelled) == (
        "Closing Date",
        "status in ('Negotiation')",
    )


@pytest.mark.parametrize(("factor", "keep"), [(1.1, "line_type in ('Sale')"), (0.2, None)])
def test_an_orders_own_row_above_its_lines_counts_alone(
    guess_text: Guess, factor: float, keep: str | None
) -> None:
    rows = "".join(
        f"2024-01-0{o},{o},Sale,C{o % 3},3,{30 * o * factor:.2f}\n2024-01-0{o},{o},Sale Line,,1,{10 * o}.00\n"
        f"2024-01-0{o},{o},Sale Line,,2,{20 * o}.00\n2024-01-0{o},{o},Payment,,,\n"
        for o in range(1, 10)
    )
    guess = guess_text(f"Date,Receipt Number,Line Type,Customer Code,Quantity,Total\n{rows}")
    assert (guess.order_fields, guess.keep) == ("first_row", keep)


def test_subscriptions_that_pass_for_orders_are_told(guess_text: Guess) -> None:
    guess = guess_text(
        "id,Customer ID,Amount,Status,Created (UTC),Current Period Start (UTC)\n"
        "s1,c1,29.00,active,2024-01-15,2025-02-15\ns2,c2,39.00,canceled,2024-01-16,2025-02-16"
    )
    assert "guess_subscriptions" in {each.code for each in guess.findings}
