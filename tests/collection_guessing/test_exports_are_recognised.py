# ruff: noqa: E501 - exports have long lines
"""Every usual export is recognised: its table, its columns, how it writes orders; in any order of columns.

The exports are small, with headers and rows as shops really write them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from vitrail.collection.guessing import SourceGuess

Guess = Callable[..., SourceGuess]


@dataclass(frozen=True)
class Export:
    """A file and what must be recognised in it."""

    name: str
    text: str
    table: str
    columns: dict[str, str]
    delimiter: str = ","
    settings: dict[str, Any] = field(default_factory=dict)


ENGLISH_ORDERS = Export(
    "English orders",
    """Order ID,Customer ID,Order Date,Total,Payment Method,Country
A-1001,C17,2024-01-15,120.50,Card,France
A-1002,C18,2024-01-16,80.00,PayPal,Spain
A-1003,C17,2024-02-28,19.90,Card,France
A-1004,C19,2024-03-02,45.10,Card,Italy""",
    "orders",
    {
        "customer_id": "Customer ID",
        "order_id": "Order ID",
        "ordered_at": "Order Date",
        "amount": "Total",
        "payment_method": "Payment Method",
        "country": "Country",
    },
)

FRENCH_LINES = Export(
    "French order lines",
    """N° client;Réf. commande;Date de commande;Code article;Désignation;Qté;Prix unitaire;Montant TTC;Mode de paiement;Code postal
00123;CMD-1;15/01/2024;A1;Théière en grès;2;24,90;49,80;Carte;01000
00123;CMD-1;15/01/2024;B7;Tasse à café;4;8,50;34,00;Carte;01000
00456;CMD-2;28/02/2024;A1;Théière en grès;1;24,90;24,90;Virement;75011
00789;CMD-3;02/03/2024;C3;Plateau « été »;3;1 015,00;3 045,00;Chèque;69003""",
    "order_lines",
    {
        "customer_id": "N° client",
        "order_id": "Réf. commande",
        "ordered_at": "Date de commande",
        "product_id": "Code article",
        "product_name": "Désignation",
        "quantity": "Qté",
        "unit_price": "Prix unitaire",
        "amount": "Montant TTC",
        "payment_method": "Mode de paiement",
        "postal_code": "Code postal",
    },
    ";",
)

SHOPIFY = Export(
    "Shopify orders",
    """Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Billing Name,Billing City,Billing Zip,Billing Country,Notes,Cancelled at,Payment Method,Refunded Amount,Vendor,Id,Tags,Source
#1001,ann@example.org,paid,2024-01-15 10:00:00 +0100,fulfilled,2024-01-16 10:00:00 +0100,yes,EUR,100.00,5.00,20.00,125.00,WELCOME,10.00,Post,2024-01-15 09:59:00 +0100,2,Tea pot,30.00,,T1,Ann Lee,Lyon,'69001,FR,,,Shopify Payments,0.00,Us,555001,,web
#1001,ann@example.org,,,,,,,,,,,,,,2024-01-15 09:59:00 +0100,5,Cup,10.00,,C1,,,,,,,,,Us,,,
#1002,bob@example.org,refunded,2024-01-17 10:00:00 +0100,fulfilled,2024-01-18 10:00:00 +0100,no,EUR,30.00,5.00,6.00,41.00,,0.00,Post,2024-01-17 09:59:00 +0100,1,Tea pot,30.00,,T1,Bob Ray,Paris,'75001,FR,,2024-01-20 08:00:00 +0100,Shopify Payments,41.00,Us,555002,,pos""",
    "order_lines",
    {
        "customer_id": "Email",
        "email": "Email",
        "order_id": "Name",
        "ordered_at": "Created at",
        "product_id": "Lineitem sku",
        "product_name": "Lineitem name",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
        "amount": "Total",
        "discount_amount": "Discount Amount",
        "refunded_amount": "Refunded Amount",
        "status": "Financial Status",
        "cancelled_at": "Cancelled at",
        "currency": "Currency",
        "country": "Billing Country",
        "city": "Billing City",
        "postal_code": "Billing Zip",
        "channel": "Source",
        "payment_method": "Payment Method",
        "discount_code": "Discount Code",
        "accepts_marketing": "Accepts Marketing",
    },
    settings={"order_fields": "first_row", "preset": "Shopify", "currency": "EUR"},
)

WOOCOMMERCE = Export(
    "WooCommerce order lines",
    """Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Email (Billing),City (Billing),Postcode (Billing),Country Code (Billing),Payment Method Title,Cart Discount Amount,Order Subtotal Amount,Order Shipping Amount,Order Refund Amount,Order Total Amount,SKU,Item #,Item Name,Quantity,Item Cost,Coupon Code,Discount Amount
201,Completed,2024-01-15 10:00,,Ann,Lee,ann@example.org,Lyon,69001,FR,Card,0,110,5,0,115,T1,1,Tea pot,2,30,,0
201,Completed,2024-01-15 10:00,,Ann,Lee,ann@example.org,Lyon,69001,FR,Card,0,110,5,0,115,C1,2,Cup,5,10,,0
202,Cancelled,2024-01-17 11:30,Ring,Bob,Ray,bob@example.org,Paris,75001,FR,Card,3,30,5,0,32,T1,1,Tea pot,1,30,TEA,3""",
    "order_lines",
    {
        "customer_id": "Email (Billing)",
        "email": "Email (Billing)",
        "order_id": "Order Number",
        "ordered_at": "Order Date",
        "product_id": "SKU",
        "product_name": "Item Name",
        "quantity": "Quantity",
        "unit_price": "Item Cost",
        "discount_amount": "Discount Amount",
        "refunded_amount": "Order Refund Amount",
        "status": "Order Status",
        "country": "Country Code (Billing)",
        "city": "City (Billing)",
        "postal_code": "Postcode (Billing)",
        "payment_method": "Payment Method Title",
        "discount_code": "Coupon Code",
    },
    settings={"preset": "WooCommerce", "once_an_order": ("refunded_amount",)},
)

WOOCOMMERCE_ANALYTICS = Export(
    "WooCommerce analytics",
    """Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items Sold,Coupon(s),N. Revenue
2024-01-15 10:00:00,201,€115.00,completed,Ann Lee,new,2× Tea pot,2,,115.5
2024-01-17 11:30:00,202,€32.00,cancelled,Bob Ray,new,1× Tea pot,1,TEA,32.25
2024-02-17 11:30:00,203,€60.00,completed,Ann Lee,returning,6× Cup,6,,60""",
    "orders",
    {
        "customer_id": "Customer",
        "order_id": "Order #",
        "ordered_at": "Date",
        "quantity": "Items Sold",
        "amount": "N. Revenue",
        "status": "Status",
        "discount_code": "Coupon(s)",
    },
    settings={"preset": "WooCommerce Analytics"},
)

PRESTASHOP = Export(
    "PrestaShop table",
    """id_order;reference;id_customer;total_paid_tax_incl;current_state;date_add;payment
1;XKBKNABJK;12;76.01;5;2024-01-15 10:00:00;Carte bancaire
2;OHSATSERP;13;169.90;6;2024-01-16 11:00:00;Virement bancaire
3;UOYEVOLI;12;14.90;4;2024-02-02 12:00:00;Carte bancaire""",
    "orders",
    {
        "customer_id": "id_customer",
        "order_id": "id_order",
        "ordered_at": "date_add",
        "amount": "total_paid_tax_incl",
        "status": "current_state",
        "payment_method": "payment",
    },
    ";",
    {"preset": "PrestaShop", "cancelled": "status in ('6', '7', '8')"},
)

PRESTASHOP_BACK_OFFICE = Export(
    "PrestaShop back office, French",
    """ID;Référence;Nouveau client;Livraison;Client;Total;Paiement;État;Date
3;UOYEVOLI;0;France;J. DUPONT;14,90 €;Carte bancaire;Livré;02/02/2024 12:00:00
2;OHSATSERP;1;Belgique;M. MARTIN;169,90 €;Virement;Annulé;16/01/2024 11:00:00
1;XKBKNABJK;1;France;J. DUPONT;76,01 €;Carte bancaire;Livré;15/01/2024 10:00:00""",
    "orders",
    {
        "customer_id": "Client",
        "order_id": "ID",
        "ordered_at": "Date",
        "amount": "Total",
        "status": "État",
        "country": "Livraison",
        "payment_method": "Paiement",
    },
    ";",
    {"preset": "PrestaShop", "currency": "EUR"},
)

STRIPE = Export(
    "Stripe payments",
    """id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,Converted Currency,Fee,Status,Description,Customer ID,Customer Email,Invoice ID
ch_1,2024-01-15 10:00:00,12.00,0.00,eur,TRUE,12.00,0.00,eur,0.43,Paid,Pro plan,cus_A,ann@example.org,in_1
ch_2,2024-01-16 11:00:00,49.00,49.00,eur,TRUE,49.00,49.00,eur,0.98,Refunded,Team plan,cus_B,bob@example.org,in_2
ch_3,2024-02-15 10:00:00,12.00,0.00,eur,FALSE,12.00,0.00,eur,0.00,Failed,Pro plan,cus_A,ann@example.org,in_3""",
    "orders",
    {
        "customer_id": "Customer ID",
        "email": "Customer Email",
        "order_id": "id",
        "ordered_at": "Created date (UTC)",
        "amount": "Amount",
        "refunded_amount": "Amount Refunded",
        "status": "Status",
        "currency": "Currency",
    },
    settings={"preset": "Stripe", "currency": "EUR"},
)

UCI_1 = Export(
    "UCI Online Retail",
    """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536365,71053,METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom
C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527,United Kingdom
536370,22728,ALARM CLOCK,24,2010-12-01 08:45:00,3.75,12583,France""",
    "order_lines",
    {
        "customer_id": "CustomerID",
        "order_id": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "product_id": "StockCode",
        "product_name": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
        "country": "Country",
    },
    settings={"preset": "UCI Online Retail", "currency": "GBP"},
)

UCI_2 = Export(
    "UCI Online Retail II",
    UCI_1.text.replace(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID",
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID",
    ),
    "order_lines",
    UCI_1.columns | {"order_id": "Invoice", "unit_price": "Price", "customer_id": "Customer ID"},
    settings={"preset": "UCI Online Retail II", "currency": "GBP"},
)

R_RFM = Export(
    "orders of the R package rfm",
    """customer_id,order_date,revenue,first_name,last_name,email
Brion Stark,2004-12-20,32,Brion,Stark,brion@example.org
Ethyl Botsford,2005-05-02,36,Ethyl,Botsford,ethyl@example.org
Brion Stark,2005-03-06,116,Brion,Stark,brion@example.org
Hosteen Jacobi,2005-03-06,99,Hosteen,Jacobi,hosteen@example.org""",
    "orders",
    {"customer_id": "customer_id", "ordered_at": "order_date", "amount": "revenue", "email": "email"},
)

CDNOW = Export(
    "CDNOW as analysts save it",
    """id,date,cds,spent
00004,19970101,2,29.33
00004,19970118,2,29.73
00018,19970104,1,14.96
00021,19970101,2,63.34
00021,19970113,1,11.77""",
    "orders",
    {"customer_id": "id", "ordered_at": "date", "amount": "spent"},
)

EMAIL_ONLY = Export(
    "orders without a customer code",
    """Commande;Adresse mail;Passée le;Somme réglée
1;Ann@Example.org;15/01/2024;24,90
2;bob@example.org;16/01/2024;8,50
3;ann@example.org;28/01/2024;33,00""",
    "orders",
    {
        "customer_id": "Adresse mail",
        "email": "Adresse mail",
        "order_id": "Commande",
        "ordered_at": "Passée le",
        "amount": "Somme réglée",
    },
    ";",
)

CUSTOMERS_FR = Export(
    "French customers",
    """Code client;Civilité;Nom;Prénom;Courriel;Téléphone;Code postal;Ville;Pays;Date de naissance;Inscrit le;Newsletter
C1;Mme;Durand;Zoé;zoe@example.org;0601020304;01000;Bourg;France;12/04/1980;15/01/2020;oui
C2;M.;Petit;Luc;luc@example.org;0601020305;75011;Paris;France;30/11/1975;16/02/2021;non
C3;Mme;Roy;Éva;eva@example.org;0601020306;69003;Lyon;France;01/07/1990;28/03/2022;oui""",
    "customers",
    {
        "customer_id": "Code client",
        "email": "Courriel",
        "first_name": "Prénom",
        "last_name": "Nom",
        "phone": "Téléphone",
        "country": "Pays",
        "city": "Ville",
        "postal_code": "Code postal",
        "birth_date": "Date de naissance",
        "gender": "Civilité",
        "signed_up_at": "Inscrit le",
        "accepts_marketing": "Newsletter",
    },
    ";",
)

TWO_DATES = Export(
    "two dates",
    """Client;N° facture;Date facture;Date de commande;Date de livraison;Montant HT;Montant TTC
C1;F1;16/01/2024;15/01/2024;20/01/2024;100,00;120,00
C2;F2;29/01/2024;28/01/2024;02/02/2024;10,00;12,00
C1;F3;03/03/2024;02/03/2024;05/03/2024;50,00;60,00""",
    "orders",
    {
        "customer_id": "Client",
        "order_id": "N° facture",
        "ordered_at": "Date de commande",
        "amount": "Montant TTC",
    },
    ";",
)

PRODUCT_ONLY = Export(
    "quantity and price, no amount",
    """cust_no,orderdate,sku,qty,unitprice
7,2024-01-15,A1,2,24.90
7,2024-01-15,B7,4,8.50
9,2024-01-28,A1,1,24.90""",
    "order_lines",
    {
        "customer_id": "cust_no",
        "ordered_at": "orderdate",
        "product_id": "sku",
        "quantity": "qty",
        "unit_price": "unitprice",
    },
)

EXPORTS = (
    ENGLISH_ORDERS, FRENCH_LINES, SHOPIFY, WOOCOMMERCE, WOOCOMMERCE_ANALYTICS, PRESTASHOP,
    PRESTASHOP_BACK_OFFICE, STRIPE, UCI_1, UCI_2, R_RFM, CDNOW, EMAIL_ONLY, CUSTOMERS_FR, TWO_DATES, PRODUCT_ONLY,
)  # fmt: skip


every_export = pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)


def mapping(guess: SourceGuess) -> dict[str, str]:
    return {model: column.source for model, column in guess.columns.items()}


@every_export
def test_an_export_is_recognised(export: Export, guess_text: Guess) -> None:
    guess = guess_text(export.text, export.delimiter)
    assert (guess.table, mapping(guess)) == (export.table, export.columns)
    assert {name: getattr(guess, name) for name in export.settings} == export.settings


@every_export
def test_the_order_of_columns_and_rows_changes_nothing(
    export: Export, guess_text: Guess, guess_rows: Guess, read_rows: Callable[..., Any]
) -> None:
    header, rows = read_rows(export.text, export.delimiter)
    expected = guess_text(export.text, export.delimiter)
    draw = random.Random(export.name)
    places = draw.sample(range(len(header)), len(header))
    shuffled = draw.sample(rows, len(rows))
    guess = guess_rows([header[at] for at in places], [[row[at] for at in places] for row in shuffled])
    assert guess == expected


@every_export
def test_an_irrelevant_column_changes_nothing(
    export: Export, guess_text: Guess, guess_rows: Guess, read_rows: Callable[..., Any]
) -> None:
    header, rows = read_rows(export.text, export.delimiter)
    extra = [[*row, f"zorglub {number % 2}"] for number, row in enumerate(rows)]
    guess = guess_rows([*header, "Zorglub"], extra)
    assert guess == guess_text(export.text, export.delimiter)


@every_export
def test_every_choice_has_a_reason_in_both_languages(export: Export, guess_text: Guess) -> None:
    for column in guess_text(export.text, export.delimiter).columns.values():
        assert column.reason.message("en") and column.reason.message("fr")
        assert 0 < column.score <= 1


WON = "lower(status) not like '%won%' and lower(status) not like '%gagn%'"

#: header and rows, who writes them, and where the customer and the money are.
KNOWN = {
    "Amazon": (
        "order-id,order-item-id,purchase-date,buyer-email,buyer-name,sku,product-name,quantity-purchased,currency,item-price,item-tax,shipping-price\n"
        "402-1,11,2024-01-15T10:00:00+00:00,a@m.amazon.fr,Ann Lee,T1,Pot,2,EUR,60.00,10.00,0.00\n"
        "402-1,12,2024-01-15T10:00:00+00:00,a@m.amazon.fr,Ann Lee,C1,Cup,5,EUR,50.00,8.00,0.00\n"
        "402-2,13,2024-01-17T10:00:00+00:00,b@m.amazon.fr,Bob Ray,T1,Pot,1,EUR,30.00,5.00,0.00",
        ("buyer-email", "item-price", "order_lines", None),
    ),
    "Square": (
        "Date,Time,Gross Sales,Discounts,Net Sales,Tax,Total Collected,Transaction ID,Description,Customer ID,Customer Name\n"
        "2024-01-15,10:00:00,$30.00,-$3.00,$27.00,$2.00,$29.00,T1,2 x Pot,SQ1,Ann Lee\n"
        "2024-01-16,10:00:00,$10.00,$0.00,$10.00,$1.00,$11.00,T2,1 x Cup,SQ2,Bob Ray",
        ("Customer ID", "Total Collected", "orders", None),
    ),
    "Stripe": (
        "id,Created (UTC),Amount,Amount Refunded,Currency,Captured,Customer ID,Customer Email\n"
        "ch_1,2024-01-15 10:00:00,30.00,0.00,eur,true,cus_1,a@x.org\nch_2,2024-01-16 10:00:00,10.00,0.00,eur,false,cus_2,b@x.org",
        ("Customer ID", "Amount", "orders", "captured is not true"),
    ),
    "Magento": (
        "ID,Purchase Point,Purchase Date,Bill-to Name,Grand Total (Base),Grand Total (Purchased),Status,Customer Email,Customer Group,Subtotal\n"
        '000001,Main Store,"Jan 5, 2024 10:12:33 AM",Ann Lee,€30.00,€30.00,Complete,a@x.org,General,€25.00\n'
        '000002,Main Store,"Jan 6, 2024 10:12:33 AM",Bob Ray,€10.00,€10.00,Closed,b@x.org,General,€8.00',
        (
            "Customer Email",
            "Grand Total (Base)",
            "orders",
            "lower(status) in ('closed', 'canceled', 'pending payment', 'pending_payment')",
        ),
    ),
    "HubSpot": (
        "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Create Date,Associated Company,Associated Company IDs\n"
        "17001,One,Closed won,2024-01-15 10:00,Jo,30.00,2024-01-01 10:00,Acme,9001\n"
        "17002,Two,Closed lost,2024-01-16 10:00,Jo,10.00,2024-01-02 10:00,Bolt,9002",
        ("Associated Company IDs", "Amount", "orders", WON),
    ),
    "Salesforce": (
        "Id,AccountId,Name,StageName,Amount,CloseDate,CreatedDate\n"
        "0061,0011,One,Closed Won,30.0,2024-01-15,2024-01-01T10:00:00.000+0000\n"
        "0062,0012,Two,Proposal,10.0,2024-01-16,2024-01-02T10:00:00.000+0000",
        ("AccountId", "Amount", "orders", WON),
    ),
}


def test_amounts_for_programs_are_cents_where_the_currency_has_any(guess_text: Guess) -> None:
    text = (
        "id,object,created,currency,amount,amount_refunded,status,customer\n"
        "ch_1,charge,1705312800,eur,1050,0,succeeded,cus_1\nch_2,charge,1705399200,eur,990,990,succeeded,cus_2"
    )
    readings = {name: reading.name for name, reading in guess_text(text).readings.items()}
    assert readings == {"created": "unix seconds", "amount": "cents", "amount_refunded": "cents"}
    yen = guess_text(text.replace("eur", "jpy")).readings
    assert "cents" not in {reading.name for reading in yen.values()}


def test_a_table_of_charges_is_in_cents_and_yes_or_no_is_no_way_to_pay(guess_text: Guess) -> None:
    guess = guess_text(
        "id,amount,amount_refunded,created,currency,customer_id,paid,refunded,status\n"
        "ch_1,6590,0,2024-01-15 10:00:00,eur,cus_1,true,false,succeeded\n"
        "ch_2,1250,250,2024-01-16 10:00:00,eur,cus_2,false,false,failed"
    )
    assert guess.readings["amount"].name == guess.readings["amount_refunded"].name == "cents"
    assert "payment_method" not in guess.columns


@pytest.mark.parametrize("preset", KNOWN)
def test_known_exports_name_the_customer_and_the_money(preset: str, guess_text: Guess) -> None:
    text, expected = KNOWN[preset]
    guess = guess_text(text)
    found = (
        guess.columns["customer_id"].source,
        guess.columns["amount"].source,
        guess.table,
        guess.cancelled,
    )
    assert (guess.preset, found) == (preset, expected)
