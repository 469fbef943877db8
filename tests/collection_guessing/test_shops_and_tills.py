"""Exports of shops, marketplaces, tills and bookings: who bought, when, and what came to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from vitrail.collection.guessing import SourceGuess
from vitrail.errors import SourceError

Guess = Callable[..., SourceGuess]

EXPORTS: Mapping[str, tuple[str, dict[str, str | None]]] = {
    "an appointment begins, and its patient pays": (
        "ID RDV;Début;Fin;Patient;ID patient;Date de naissance;Statut;Honoraires\n"
        "1;03/02/2024 10:00;03/02/2024 10:30;Zoé Roux;P7;01/02/1980;Vu;50,00\n"
        "2;04/02/2024 11:00;04/02/2024 11:30;Léa Petit;P8;02/03/1981;Annulé;60,50\n"
        "3;05/02/2024 12:00;05/02/2024 12:30;Zoé Roux;P7;01/02/1980;Vu;55,00",
        {"customer_id": "ID patient", "ordered_at": "Début", "amount": "Honoraires", "status": "Statut"},
    ),
    "a guest comes on a day, and what nobody checked is not called off": (
        "Buchungsnr.;Gast;Anreise;Abreise;Gesamtpreis;Anzahlung;Valid\n"
        "1;Zoé Roux;03.02.2024;05.02.2024;50,00;10,00;no\n2;Léa Petit;14.02.2024;15.02.2024;60,50;10,00;no\n"
        "3;Zoé Roux;05.03.2024;06.03.2024;55,00;10,00;no",
        {"ordered_at": "Anreise", "amount": "Gesamtpreis", "customer_id": "Gast", "status": None},
    ),
    "whoever is billed is the customer": (
        "Commande n°;Acheté le;Facturé à;Total global;Statut\n"
        "1;03/02/2024;Zoé Roux;50,00;Terminé\n2;04/02/2024;Léa Petit;60,50;Annulé\n"
        "3;05/02/2024;Zoé Roux;5,00;Terminé",
        {"customer_id": "Facturé à", "amount": "Total global"},
    ),
    "a table is booked by telephone": (
        "Date du repas;Téléphone;Couverts;Statut;Montant addition\n"
        "03/02/2024;+33 6 01 02 03 04;2;Honorée;50,00\n04/02/2024;+33 6 05 06 07 08;4;Annulée;60,50\n"
        "05/02/2024;+33 6 01 02 03 04;3;Honorée;55,00",
        {"customer_id": "Téléphone", "amount": "Montant addition", "status": "Statut"},
    ),
    "a list kept by hand knows full names": (
        "date cde;nom prénom;prix total;payé ?\n"
        "03/02/2024;Zoé Roux;50,00;oui\n04/02/2024;Léa Petit;60,50;ANNULÉ\n"
        "05/02/2024;Zoé Roux;55,00;remboursé\n06/02/2024;Zoé Roux;15,00;payé",
        {"customer_id": "nom prénom", "amount": "prix total", "status": "payé ?"},
    ),
    "a column of states needs no name that says so": (
        "N° Commande;Date;Email;Total TTC;Situation\n"
        "W1;03/02/2024;a@x.example;50,00;Expédiée\nW2;04/02/2024;b@x.example;60,50;Annulée\n"
        "W3;05/02/2024;a@x.example;55,00;Expédiée",
        {"status": "Situation"},
    ),
    "a price beside a quantity is that of one, with its tax": (
        "order_reference;created_at;buyer_email;sku;quantity;price_vat_incl;price_vat_excl\n"
        "M1;2024-02-03;a@x.example;X;2;12.00;10.00\nM1;2024-02-03;a@x.example;Y;1;6.00;5.00\n"
        "M2;2024-02-04;b@x.example;X;3;12.00;10.00\nM2;2024-02-04;b@x.example;Y;2;6.00;5.00",
        {"unit_price": "price_vat_incl", "quantity": "quantity"},
    ),
    "who receives a gift is not who bought it": (
        "Code;E-mail acheteur;E-mail bénéficiaire;Valeur initiale;Date d'achat\n"
        "A1;a@x.example;y@x.example;50,00;03/02/2024\nA2;b@x.example;z@x.example;60,50;04/02/2024\n"
        "A3;a@x.example;x@x.example;55,00;05/02/2024",
        {"customer_id": "E-mail acheteur", "email": "E-mail acheteur", "amount": "Valeur initiale"},
    ),
    "what was collected comes before gross sales and what fees leave": (
        "Date,Ventes brutes,Remises,Total encaissé,Frais,Total net,Identifiant transaction,Nom du client\n"
        "03/02/2024,60.00,-10.00,50.00,-1.00,49.00,t1,Zoé Roux\n"
        "04/02/2024,70.00,0.00,70.00,-2.00,68.00,t2,Léa Petit\n"
        "05/02/2024,60.00,-5.00,55.00,-1.00,54.00,t3,Zoé Roux",
        {"amount": "Total encaissé"},
    ),
    "gross is before the discount that another amount is less": (
        "N° commande;Date;Client;Montant brut;Remise;Total TTC\n"
        "1;03/02/2024;C1;60,00;10,00;50,00\n2;04/02/2024;C2;70,00;0,00;70,00\n3;05/02/2024;C1;60,00;5,00;55,00",
        {"amount": "Total TTC", "discount_amount": "Remise"},
    ),
    "gross is before the discount whatever else is added": (
        "Order ID,Date,Customer,Gross amount,Discount,Amount\n"
        "1,2024-02-03,C1,60.00,10.00,54.90\n2,2024-02-04,C2,70.00,0.00,74.90\n3,2024-02-05,C1,60.00,5.00,59.90",
        {"amount": "Amount"},
    ),
    "gross is with the tax that makes it another amount": (
        "Order ID,Date,Customer,Net amount,Discount,VAT,Gross amount\n"
        "1,2024-02-03,C1,50.00,5.00,10.00,60.00\n2,2024-02-04,C2,70.00,0.00,14.00,84.00",
        {"amount": "Gross amount"},
    ),
    "gross alone is no total with tax": (
        "N° commande;Date;Client;Total brut;Total TTC\n"
        "1;03/02/2024;C1;60,00;50,00\n2;04/02/2024;C2;70,00;70,50",
        {"amount": "Total TTC"},
    ),
    "what is to be paid comes before a bare amount": (
        "N° commande;Date;Client;Montant;Net à payer\n"
        "1;03/02/2024;C1;60,00;50,00\n2;04/02/2024;C2;70,00;70,50",
        {"amount": "Net à payer"},
    ),
    "what was paid comes before what excludes tax": (
        "N° commande;Date;Client;Montant HT;Montant payé\n"
        "1;03/02/2024;C1;50,00;60,00\n2;04/02/2024;C2;70,00;84,00",
        {"amount": "Montant payé"},
    ),
    "what is to be paid comes before the basket": (
        "Référence;Date de commande;Adresse mail;Montant panier TTC;Frais de livraison TTC;Montant à payer\n"
        "1;03/02/2024;a@x.example;50,00;4,95;54,95\n2;04/02/2024;b@x.example;60,50;4,95;65,45\n"
        "3;05/02/2024;a@x.example;95,00;0,00;95,00",
        {"amount": "Montant à payer"},
    ),
    "a list price says nothing beside what was paid": (
        "Booking reference,Date,Client email,List price,Amount paid\n"
        "1,2024-02-03,a@x.example,50.00,45.00\n2,2024-02-04,b@x.example,60.50,0.00",
        {"amount": "Amount paid", "unit_price": None},
    ),
    "German words say what Tableau's sample says": (
        "Bestell-ID;Bestelldatum;Versanddatum;Kunden-ID;Land;Bundesland;Kategorie;Produktname;Umsatz;Menge;Rabatt;Gewinn\n"
        "B1;03.02.2024;05.02.2024;K1;Deutschland;NRW;Büro;Stift;50,00;2;0,1;5,00\n"
        "B1;03.02.2024;05.02.2024;K1;Deutschland;NRW;Möbel;Regal;61,00;1;0;6,00\n"
        "B2;04.02.2024;06.02.2024;K2;Deutschland;Bayern;Büro;Stift;60,50;2;0;5,00",
        {"amount": "Umsatz", "country": "Land", "region": "Bundesland", "category": "Kategorie"},
    ),
    "a price that is a mean is that of one where no other is": (
        "CustomerID,Transaction_ID,Transaction_Date,Product_SKU,Quantity,Avg_Price\n"
        "7,1,2024-02-03,X,2,12.00\n7,1,2024-02-03,Y,1,6.00\n8,2,2024-02-04,X,3,12.50",
        {"unit_price": "Avg_Price", "quantity": "Quantity"},
    ),
    "a card that pays again and again is a customer": (
        "trans_date,cc_num,merchant,amt,trans_num\n2024-02-03,270318,Rippin,10.5,t1\n"
        "2024-02-04,270399,Mann,11.5,t2\n2024-02-05,270318,Rippin,9.5,t3",
        {"customer_id": "cc_num", "amount": "amt", "order_id": "trans_num"},
    ),
    "the day on which a member joined is no day of payment": (
        "Member ID,Join Date,Payment Date,Amount Paid\n"
        + "\n".join(f"M{n % 9},2023-01-{1 + n % 9:02},2024-02-{n:02},{n}.5" for n in range(1, 28)),
        {"ordered_at": "Payment Date", "customer_id": "Member ID"},
    ),
    "a price that grows with the quantity is that of the line": (
        "invoice_no,customer_id,category,quantity,price,invoice_date\n"
        + "\n".join(
            f"I{n},C{n % 9},{'ABC'[n % 3]},{1 + n % 5},{(1 + n % 5) * (3 + n % 3) * 5.02:.2f},2024-02-{n:02}"
            for n in range(1, 29)
        ),
        {"amount": "price", "unit_price": None, "quantity": "quantity"},
    ),
    "a price that does not is that of one": (
        "invoice_no,customer_id,category,quantity,price,invoice_date\n"
        + "\n".join(f"I{n},C{n % 9},A,{1 + n % 5},{n % 13}.20,2024-02-{n:02}" for n in range(1, 29)),
        {"unit_price": "price", "amount": None},
    ),
    "the number of the sale that a refund refers to is not its own": (
        "Transaction reference number,Transaction number,Customer,Date,Total\n"
        ",T1,C1,2024-02-03,10.5\n,T2,C2,2024-02-04,8.5\nT1,T3,C1,2024-02-05,-10.5\n,T4,C2,2024-02-06,4.5",
        {"order_id": "Transaction number"},
    ),
    "a number of a currency is no currency": (
        "id_order,date_add,id_customer,id_currency,total_paid\n1,2024-02-03,7,1,50.00\n2,2024-02-04,8,1,60.50",
        {"currency": None, "amount": "total_paid"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXPORTS.values(), ids=EXPORTS)
def test_exports_of_shops_and_bookings(guess_text: Guess, text: str, expected: dict[str, str | None]) -> None:
    guess = guess_text(text, ";" if ";" in text.splitlines()[0] else ",")
    found = {model: column.source for model, column in guess.columns.items()}
    assert {model: found.get(model) for model in expected} == expected
    assert expected.get("unit_price") is None or "amount" not in found


@pytest.mark.parametrize("lines", [1, 2])
def test_a_code_that_is_another_on_each_order_gives_way_to_one_that_comes_back(
    guess_text: Guess, lines: int
) -> None:
    header = "order_id,customer_id,customer_unique_id,order_purchase_timestamp,price"
    pairs = [(at, line) for at in range(12) for line in range(lines)]
    rows = [f"o{at},c{at},p{at % 4},2024-01-{at + 10},{at}.{line}" for at, line in pairs]
    column = guess_text(header + "\n" + "\n".join(rows)).columns["customer_id"]
    assert (column.source, column.alternatives) == ("customer_unique_id", ("customer_id",))
    once = [row.replace(f"p{at // lines % 4}", f"p{at // lines}") for at, row in enumerate(rows)]
    assert guess_text(header + "\n" + "\n".join(once)).columns["customer_id"].source == "customer_id"


def test_a_last_name_alone_gives_way_to_a_telephone_or_is_said(guess_text: Guess) -> None:
    rows = [
        ("1", "Roux", "Zoé", "0601020304"),
        ("2", "Roux", "Léa", "0605060708"),
        ("3", "Roux", "Zoé", "0601020304"),
    ]
    text = "\n".join(f"{at};0{at}/02/2024;{last};{first};{at},50;{phone}" for at, last, first, phone in rows)
    header = "N° commande;Date;Nom client;Prénom client;Montant"
    told = guess_text(f"{header};Téléphone mobile\n{text}", ";").columns["customer_id"]
    assert (told.source, told.reason.code) == ("Téléphone mobile", "guess_phone_before_last_name")
    alone = guess_text(header + "\n" + "\n".join(row.rpartition(";")[0] for row in text.splitlines()), ";")
    assert alone.columns["customer_id"].reason.code == "guess_customer_is_last_name"


def test_the_address_on_every_row_is_the_sellers_and_no_customer(guess_text: Guess) -> None:
    rows = "\n".join(f"till@shop.example,2024-01-{at % 28 + 1:02},T{at},{at}.5" for at in range(60))
    with pytest.raises(SourceError, match="customer_id"):
        guess_text(f"E-mail,Date,Transaction,Total\n{rows}")


def test_people_on_many_rows_are_no_register(guess_text: Guess) -> None:
    rows = "\n".join(f"{at},2024-01-{at + 1:02},Zoé Roux,z{at % 3}@x.example,{at}.5" for at in range(12))
    guess = guess_text(f"Numéro,Date,Nom,E-mail,TTC\n{rows}")
    assert (guess.table, guess.columns["amount"].source) == ("orders", "TTC")


def test_a_total_of_the_order_left_for_its_lines_is_said(guess_text: Guess) -> None:
    rows = [(1, 55, 2, 10), (1, 55, 1, 40), (2, 66, 3, 20), (2, 66, 1, 5), (3, 77, 1, 80)]
    text = "\n".join(f"{o},2024-01-0{o},c{o}@x.example,{total},{q},{p}" for o, total, q, p in rows)
    guess = guess_text(f"order_id,date,email,order_total,quantity,unit_price\n{text}")
    assert [(each.code, each.figures["column"]) for each in guess.findings] == [
        ("guess_order_total_left", "order_total")
    ]


def test_a_total_of_the_order_beside_its_lines_own_is_said_whoever_exports_it(guess_text: Guess) -> None:
    header = "id_order,id_customer,total_paid_tax_incl,total_products_wt,date_add,"
    header += "product_quantity,total_price_tax_incl"
    text = "\n".join(
        f"{o},{o % 3},{100 + o},{90 + o},2024-01-0{o},{line},{line * o}.5"
        for o in range(1, 10)
        for line in (1, 2)
    )
    guess = guess_text(f"{header}\n{text}")
    assert (guess.table, guess.columns["amount"].source) == ("order_lines", "total_price_tax_incl")
    told = {each.code: each.figures["column"] for each in guess.findings}
    assert told["guess_order_total_beside"] == "total_paid_tax_incl"


def test_returns_that_lie_between_gross_and_total_sales_are_taken_off_already(guess_text: Guess) -> None:
    rows = "\n".join(f"2024-01-0{o},#{o},c{o % 3}@x.example,1{o}.0,-{o}.0,10.0" for o in range(1, 10))
    guess = guess_text(f"Day,Order name,Customer email,Gross sales,Returns,Total sales\n{rows}")
    assert guess.columns["amount"].source == "Total sales" and "refunded_amount" not in guess.columns


def test_a_sale_and_its_refund_of_one_amount_are_no_total_twice(guess_text: Guess) -> None:
    rows = "\n".join(
        f"#{o},{kind},2024-01-0{o},{o}1.5,c{o % 3}@x.example"
        for o in range(1, 10)
        for kind in ("sale", "refund")
    )
    guess = guess_text(f"Order,Kind,Created At,Amount,Customer Email\n{rows}")
    assert guess.once_an_order == () and "Kind" in str(guess.findings[0].figures)
