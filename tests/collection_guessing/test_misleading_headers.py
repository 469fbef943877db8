"""A name that says one thing over a content that says another is not believed; what is missing is named."""
# ruff: noqa: E501 - exports have long lines

from __future__ import annotations

from collections.abc import Callable

import pytest

from vitrail.collection.guessing import SourceGuess
from vitrail.errors import SourceError

Guess = Callable[..., SourceGuess]


def mapping(guess: SourceGuess) -> dict[str, str]:
    return {model: column.source for model, column in guess.columns.items()}


def test_a_sign_of_money_beside_the_amount_tells_the_currency(guess_text: Guess) -> None:
    rows = "1,a,2024-01-15,2.5,10.5\n2,b,2024-01-16,0,11.5"
    told = {"Remise €,Total": "EUR", "Remise €,Total $": "USD", "Remise %,Total": None}
    for names, currency in told.items():
        assert guess_text(f"id,client,date,{names}\n{rows}").currency == currency


def test_a_date_column_without_dates_is_not_the_date(guess_text: Guess) -> None:
    guess = guess_text(
        "client,order date,saisie,total\na,soon,2024-01-15,10.5\nb,late,2024-01-16,11.5\na,ok,2024-02-01,3.5"
    )
    assert mapping(guess)["ordered_at"] == "saisie"


def test_subscribers_with_yes_and_no_are_customers_and_no_orders(guess_text: Guess) -> None:
    rows = "\n".join(
        f"{n:04}-AB;{'Oui' if n % 3 else 'Non'};{n};{'Oui' if n % 2 else 'Non'};Chèque;{n},5;{n * n},25"
        for n in range(1, 120)
    )
    header = "N° abonné;Senior;Ancienneté (mois);Facture électronique;Mode de paiement;Facturation mensuelle;Total facturé"
    guess = guess_text(f"{header}\n{rows}", ";")
    assert guess.table == "customers" and mapping(guess) == {"customer_id": "N° abonné"}


@pytest.mark.parametrize("name", ["N° abonné", "N° adhérente", "Membre"])
def test_whoever_subscribes_or_joins_is_the_customer(name: str, guess_text: Guess) -> None:
    guess = guess_text(
        f"{name};Abonné newsletter;date;montant\na;Oui;15/01/2024;10,5\nb;Non;16/01/2024;11,5", ";"
    )
    assert mapping(guess)["customer_id"] == name


def test_an_e_mail_is_known_by_its_content(guess_text: Guess) -> None:
    guess = guess_text(
        "login,when,total\nann@x.org,2024-01-15,10.5\nbob@x.org,2024-01-16,11.5\nann@x.org,2024-02-01,3.5"
    )
    assert mapping(guess)["customer_id"] == mapping(guess)["email"] == "login"
    assert guess.columns["customer_id"].reason.code == "guess_email_as_customer"


def test_shipping_tax_and_refunds_are_not_the_amount(guess_text: Guess) -> None:
    guess = guess_text(
        "customer_id,date,shipping total,total tax,refund total,grand total\n"
        "a,2024-01-15,5.5,2.5,0.5,30.5\nb,2024-01-16,5.5,2.6,0.5,31.5\na,2024-01-18,5.5,2.7,0.5,32.5"
    )
    assert mapping(guess)["amount"] == "grand total"
    assert mapping(guess)["refunded_amount"] == "refund total"


def test_delivery_and_birth_dates_are_not_the_order_date(guess_text: Guess) -> None:
    guess = guess_text(
        "client;date de livraison;date de naissance;date de commande;montant\n"
        "a;20/01/2024;13/04/1980;15/01/2024;10,5\nb;21/01/2024;14/04/1980;16/01/2024;11,5\n"
        "a;22/01/2024;13/04/1980;17/01/2024;12,5",
        ";",
    )
    assert mapping(guess)["ordered_at"] == "date de commande"


def test_the_line_amount_is_taken_before_the_repeated_order_total(guess_text: Guess) -> None:
    guess = guess_text(
        "order_id,customer_id,date,product,qty,price,order total,line total\n"
        "1,a,2024-01-15,tea,2,4.50,12.25,9.00\n1,a,2024-01-15,cup,1,3.25,12.25,3.25\n"
        "2,b,2024-01-16,tea,3,4.50,13.50,13.50\n3,a,2024-01-17,cup,2,3.25,15.50,6.50\n3,a,2024-01-17,tea,2,4.50,15.50,9.00"
    )
    assert mapping(guess)["amount"] == "line total"
    assert guess.columns["amount"].reason.code == "guess_product"


def test_a_repeated_order_total_without_line_amounts_counts_once_an_order(guess_text: Guess) -> None:
    guess = guess_text(
        "order_id,customer_id,date,product,order total\n"
        "1,a,2024-01-15,tea,12.25\n1,a,2024-01-15,cup,12.25\n2,b,2024-01-16,tea,13.50"
    )
    assert (guess.table, mapping(guess)["amount"]) == ("order_lines", "order total")
    assert guess.once_an_order == ("amount",)


def test_known_orders_written_a_row_a_line_take_the_amount_of_the_line(guess_text: Guess) -> None:
    guess = guess_text(
        "id_order,id_customer,total_paid_tax_incl,total_discounts,date_add,product_id,product_name,"
        "product_quantity,unit_price_tax_incl,total_price_tax_incl\n"
        "1,7,28.50,0.50,2024-01-15 10:00:00,11,tea,2,10.00,20.00\n"
        "1,7,28.50,0.50,2024-01-15 10:00:00,12,cup,3,3.00,9.00\n"
        "2,8,10.00,0.00,2024-02-15 10:00:00,11,tea,1,10.00,10.00"
    )
    assert (guess.table, guess.preset) == ("order_lines", "PrestaShop")
    assert mapping(guess)["amount"] == "total_price_tax_incl"
    assert mapping(guess)["product_id"] == "product_id"
    assert guess.once_an_order == ("discount_amount",)


def test_a_discount_of_few_lines_is_the_lines_own(guess_text: Guess) -> None:
    rows = [f"{n},c{n},2024-01-{n:02},{p},5.00,0" for n in range(1, 28) for p in ("tea", "cup")]
    rows += [f"28,c1,2024-01-28,{p},5.00,{d}" for p, d in (("tea", 2), ("cup", 0))]
    guess = guess_text("order_id,customer_id,date,product,line amount,discount\n" + "\n".join(rows))
    assert mapping(guess)["discount_amount"] == "discount"
    assert guess.once_an_order == ()


@pytest.mark.parametrize("other", ["Théière", "Théière bleue"], ids=["one name each", "one code each"])
def test_a_reference_of_one_designation_each_is_the_products(guess_text: Guess, other: str) -> None:
    guess = guess_text(
        "Date;Cde client;N° facture;Réf.;Désignation;Qté;Prix\n"
        "15/01/2024;C1;F1;A1;Théière;2;24,90\n15/01/2024;C1;F1;B7;Tasse;4;8,50\n"
        "28/02/2024;C2;F2;A1;Théière;1;24,90\n02/03/2024;C1;F3;B7;Tasse;3;8,50\n"
        f"03/03/2024;C3;F4;A1;{other};1;26,90\n04/03/2024;C4;F5;A1;{other};1;26,90",
        ";",
    )
    found = mapping(guess)
    assert (found["customer_id"], found["order_id"], found["product_id"]) == (
        "Cde client",
        "N° facture",
        "Réf.",
    )
    assert [question.key for question in guess.unsure] == []


def test_a_reference_of_several_designations_is_the_orders(guess_text: Guess) -> None:
    guess = guess_text(
        "Référence;Client;Date;Désignation;Qté;Prix\n"
        "F1;C1;15/01/2024;Théière;2;24,90\nF1;C1;15/01/2024;Tasse;4;8,50\n"
        "F2;C2;28/02/2024;Théière;1;24,90\nF2;C2;28/02/2024;Bol;1;4,90",
        ";",
    )
    assert "product_id" not in mapping(guess)


def test_fields_on_an_orders_first_row_only_are_noticed(guess_text: Guess) -> None:
    guess = guess_text(
        "order_id,customer_id,date,product,qty,price\n"
        "1,a,2024-01-15,tea,2,4.50\n1,,,cup,1,3.25\n2,b,2024-01-16,tea,3,4.50\n2,,,cup,2,3.25"
    )
    assert guess.order_fields == "first_row"


def test_lines_without_an_order_number_are_said_to_count_as_orders(guess_text: Guess) -> None:
    guess = guess_text(
        "customer_id,date,product,price\na,2024-01-15,tea,4.50\na,2024-01-15,cup,3.25\nb,2024-01-16,tea,4.5"
    )
    assert [finding.code for finding in guess.findings] == ["guess_no_order_id"]


def test_a_price_without_a_quantity_stands_for_the_amount(guess_text: Guess) -> None:
    guess = guess_text("client,date,prix\na,15/01/2024,4.50\na,16/01/2024,3.25\nb,16/01/2024,4.5")
    assert mapping(guess)["amount"] == "prix" and guess.columns["amount"].score < 0.7


def test_what_is_missing_is_named_with_the_columns_seen(guess_text: Guess) -> None:
    with pytest.raises(SourceError) as refusal:
        guess_text("client,ville,total\na,Lyon,10.5\na,Paris,11.5")
    said = refusal.value.message("fr")
    assert "ordered_at" in said and "client, ville, total" in said and "customer_id: client" in said


def test_a_near_miss_is_suggested(guess_text: Guess) -> None:
    with pytest.raises(SourceError) as refusal:
        guess_text("customer_id,order date,total\na,not yet,10.5\na,soon,11.5")
    assert "did you mean order date?" in refusal.value.message("en")


#: lists of customers that know what each has spent, and when they signed up.
REGISTERS = {
    "with a total spent": (
        "Customer ID,First Name,Last Name,Email,Created at,Total Spent,Orders\n"
        "1,Ann,Lee,ann@x.org,2024-01-15,100.5,3\n2,Bob,Ray,bob@x.org,2024-01-16,50.5,1\n3,Cy,Fox,cy@x.org,2024-01-17,9.5,1",
        "Created at",
    ),
    "with a last order, in German": (
        "Kundennr;Firma;Kunde seit;Anzahl Bestellungen;Umsatz gesamt;Letzte Bestellung\n"
        "1;Lee KG;15.01.2020;3;100,50;17.01.2024\n2;Ray AG;16.01.2020;1;50,50;18.01.2024\n3;Fox AG;17.01.2020;1;9,50;19.01.2024",
        "Kunde seit",
    ),
    "whose numbers of purchases are no numbers of orders": (
        "ID,Year_Birth,Income,Dt_Customer,MntWines,NumWebPurchases,NumStorePurchases\n"
        "5524,1957,58138,04-09-2012,635,8,4\n2174,1954,46344,08-03-2014,11,1,2\n4141,1965,71613,21-08-2013,426,8,10",
        None,
    ),
    "whose key is called by no name of a customer": (
        "master_id,order_channel,first_order_date,last_order_date,order_num_total,customer_value_total\n"
        "a1,Web,2020-01-15,2024-01-17,3,100.5\nb2,App,2020-01-16,2024-01-18,1,50.5\nc3,Web,2020-01-17,2024-01-19,1,9.5",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "since"), REGISTERS.values(), ids=REGISTERS)
def test_a_register_that_knows_sales_is_not_taken_for_orders(
    guess_text: Guess, text: str, since: str | None
) -> None:
    guess = guess_text(text, ";" if ";" in text.splitlines()[0] else ",")
    assert guess.table == "customers"
    assert since is None or mapping(guess)["signed_up_at"] == since


#: header and rows, the customer that must be found, and the values that stand for nobody.
CUSTOMERS = {
    "guests have a name and no code": (
        "Buyer User ID,Full Name,Order ID,Sale Date,Order Total\n"
        + "\n".join(
            f"{f'u{n % 5}' if n % 4 else ''},{('Ann Lee', 'Bob Ray', 'Cy Fox', 'Di May', 'Ed Poe')[n % 5]},{n},2024-01-{n:02},{n}.5"
            for n in range(1, 28)
        ),
        "Full Name",
        (),
    ),
    "orders without an account have no code": (
        "order_id,customer_id,email,date,total\n1,7,a@x.org,2024-01-15,10.5\n2,,b@x.org,2024-01-16,11.5\n3,,c@x.org,2024-01-17,9.5",
        "email",
        (),
    ),
    "or the code zero, which many addresses share": (
        "order_id,customer_user,billing_email,date,total\n1,0,a@x.org,2024-01-15,10.5\n2,0,b@x.org,2024-01-16,11.5\n"
        "3,0,c@x.org,2024-01-17,9.5\n4,12,d@x.org,2024-01-18,9.25",
        "billing_email",
        (),
    ),
    "a code that many share is the company's": (
        "order_id,customer_id,email,date,total\n1,12,a@x.org,2024-01-15,10.5\n2,12,b@x.org,2024-01-16,11.5\n3,7,c@x.org,2024-01-17,9.5",
        "customer_id",
        (),
    ),
    "a word for nobody": (
        "order_id,customer,date,total\n1,Invité,2024-01-15,10.5\n2,C8,2024-01-16,11.5\n3,NULL,2024-01-17,9.5\n4,C8,2024-01-18,9.25",
        "customer",
        ("Invité", "NULL"),
    ),
    "a zero among zero, one and two is a customer": (
        "order_id,customer,date,total\n1,0,2024-01-15,10.5\n2,1,2024-01-16,11.5\n3,2,2024-01-17,9.5\n4,0,2024-01-18,9.25",
        "customer",
        (),
    ),
    "the seller's own address is no customer": (
        "date,type,gross,from address e-mail,to e-mail,transaction id\n2024-01-15,pay,10.5,a@x.org,us@x.org,1\n"
        "2024-01-16,pay,11.5,b@x.org,us@x.org,2\n2024-01-17,pay,9.5,c@x.org,us@x.org,3",
        "from address e-mail",
        (),
    ),
    "whoever receives the money is no customer": (
        "date,type,brut,adresse email de l'expéditeur,adresse email du destinataire,numéro de transaction\n"
        "2024-01-15,p,10.5,a@x.org,us@x.org,1\n2024-01-16,p,11.5,b@x.org,us@x.org,2\n"
        "2024-01-17,p,9.5,c@x.org,us@x.org,3\n2024-01-18,p,9.5,d@x.org,us@x.org,4",
        "adresse email de l'expéditeur",
        (),
    ),
    "whoever buys for many is the customer": (
        "order,date,total,email,buyer - email\n1,2024-01-15,10.5,p@x.org,a@x.org\n1,2024-01-15,11.5,q@x.org,a@x.org\n"
        "2,2024-01-17,9.5,r@x.org,a@x.org\n2,2024-01-17,9.5,s@x.org,a@x.org\n3,2024-01-18,9.5,t@x.org,b@x.org\n"
        "3,2024-01-18,8.5,u@x.org,b@x.org\n4,2024-01-19,8.5,v@x.org,b@x.org",
        "buyer - email",
        (),
    ),
    "whoever passes at the counter is nobody": (
        "ticket,client,date,total\n1,CLIENT DE PASSAGE,2024-01-15,10.5\n2,C8,2024-01-16,11.5\n3,C9,2024-01-17,9.5",
        "client",
        ("CLIENT DE PASSAGE",),
    ),
    "an account of the seller's books is no customer": (
        "ContactName,InvoiceNumber,InvoiceDate,Total,AccountCode\nAnn Lee Ltd,1,2024-01-15,10.5,200\n"
        "Bob Ray Ltd,2,2024-01-16,11.5,201\nAnn Lee Ltd,3,2024-01-17,9.5,200",
        "ContactName",
        (),
    ),
    "a loyalty card is one person's": (
        "CARTE,DATE,TICKET,MONTANT\n29001,20240115,1,10.5\n29002,20240116,2,11.5\n29001,20240117,3,9.5",
        "CARTE",
        (),
    ),
    "so is a loyalty number": (
        "Receipt No,Date,Loyalty No,Loyalty Points,Amount\n1,2024-01-15,07001,5,10.5\n2,2024-01-16,07002,5,11.5\n"
        "3,2024-01-17,07001,4,9.5",
        "Loyalty No",
        (),
    ),
    "and the number of a card": (
        "TRANS_NO|TRANS_DATE|CARD_NO|TENDER|AMOUNT\n1|20240115|8861|CARD|10.5\n2|20240116|8862|CASH|11.5\n"
        "3|20240117|8861|CARD|9.5".replace("|", ","),
        "CARD_NO",
        (),
    ),
    "where neither a customer nor an address is there, the company": (
        "Facture,Société,Date,Montant TTC\n1,Acme,2024-01-15,10.5\n2,Bolt,2024-01-16,11.5\n3,Acme,2024-01-17,9.5",
        "Société",
        (),
    ),
    "Dutch names it too": (
        "Factuurnummer,Factuurdatum,Klantnummer,Bedrag excl. btw,Bedrag incl. btw\n1,2024-01-15,7,10.5,12\n"
        "2,2024-01-16,8,11.5,13\n3,2024-01-17,7,9.5,11",
        "Klantnummer",
        (),
    ),
    "an address tells more than a name or a group": (
        "order_id,customer group,customer name,customer email,date,total\n1,General,Ann Lee,a@x.org,2024-01-15,10.5\n"
        "2,General,Bob Ray,b@x.org,2024-01-16,11.5\n3,General,Ann Lee,c@x.org,2024-01-17,9.5",
        "customer email",
        (),
    ),
}


@pytest.mark.parametrize(("text", "source", "nobody"), CUSTOMERS.values(), ids=CUSTOMERS)
def test_the_customer_is_who_the_rows_tell_apart(
    guess_text: Guess, text: str, source: str, nobody: tuple[str, ...]
) -> None:
    guess = guess_text(text)
    assert (mapping(guess)["customer_id"], guess.nobody) == (source, nobody)


def test_a_number_of_nothing_is_the_orders_where_its_rows_have_one_customer_and_one_day(
    guess_text: Guess,
) -> None:
    rows = [f"{n // 2},0{n // 2 + 1}/02/2024,{n // 2 % 3 + 7},{'AB'[n % 2]},{n + 1},9.5" for n in range(12)]
    guess = guess_text("\n".join(["Numéro,Date,Code client,Article,Qté,Prix unitaire", *rows]))
    assert guess.columns["order_id"].source == "Numéro" and guess.columns["order_id"].score < 0.7
    other = [row.split(",", 1)[1] for row in rows]  # the number of a shelf: each has several customers
    other = [f"{n % 5},{row}" for n, row in enumerate(other)]
    guess = guess_text("\n".join(["Numéro,Date,Code client,Article,Qté,Prix unitaire", *other]))
    assert "order_id" not in mapping(guess)


def test_amounts_in_thousands_give_way_and_codes_that_a_spreadsheet_shortened_are_said(
    guess_text: Guess,
) -> None:
    guess = guess_text(
        "Client;Date;Pièce;Net TTC (€);Net (k€)\nC1;15/01/2024;1,2E+11;1249,90;1,2\nC2;16/01/2024;1,2E+11;318,5;0,3",
        ";",
    )
    assert mapping(guess)["amount"] == "Net TTC (€)"
    guess = guess_text("order_no,date,client,total\n1.2E+11,2024-01-15,a,10.5\n1.3E+11,2024-01-16,b,11.5")
    assert "guess_shortened" in [said.code for said in guess.findings]


def test_numbers_of_settlements_and_documents_are_neither_customers_nor_amounts(guess_text: Guess) -> None:
    with pytest.raises(SourceError):
        guess_text(
            "settlement-id,order-id,date,total\n7,a,2024-01-15,10.5\n7,b,2024-01-16,11.5\n7,c,2024-01-17,9.5"
        )
    guess = guess_text(
        "Sales document,Sold-to party,Document date,Net value\n0000001001,0012,2024-01-15,10.5\n"
        "0000001002,0013,2024-01-16,11.5\n0000001003,0012,2024-01-17,9.5"
    )
    assert mapping(guess)["amount"] == "Net value" and mapping(guess)["order_id"] == "Sales document"


MONEY = {
    "total_cents": ("order_id,customer_id,date,total_cents\n1,7,2024-01-15,1050\n2,8,2024-01-16,1150\n3,7,2024-01-17,95", "cents"),
    "total.$numberDecimal": ("_id.$oid,customer_id,date.$date,total.$numberDecimal\na,7,2024-01-15,10.5\nb,8,2024-01-16,11.5\nc,7,2024-01-17,9.5", "1234.56"),
    "Avant commission": ("order_id,customer_id,date,Avant commission,Commission,Net\n1,7,2024-01-15,10.5,-0.5,10\n2,8,2024-01-16,11.5,-0.5,11\n3,7,2024-01-17,9.5,-0.5,9", "1234.56"),
    "Net amount": ("order_id,customer_id,date,Deposit amount,Net amount\n1,7,2024-01-15,0,10.5\n2,8,2024-01-16,0,11.5\n3,7,2024-01-17,0,9.5", "1234.56"),
    "Montant total HT": ("order_id,customer_id,date,Montant total HT,Montant réglé\n1,7,2024-01-15,10.5,12\n2,8,2024-01-16,11.5,0\n3,7,2024-01-17,9.5,11", "1234.56"),
    "Totale generale": ("order_id,customer_id,date,Subtotale,Totale generale,Totale rimborsato\n1,7,2024-01-15,10.5,12,0\n2,8,2024-01-16,11.5,13,6.5\n3,7,2024-01-17,9.5,11,0", "1234.56"),
    "Total payé TTC": ("order_id,customer_id,date,Total produits TTC,Total payé TTC\n1,7,2024-01-15,8,10.5\n2,8,2024-01-16,9,11.5\n3,7,2024-01-17,9.5,9.5", "1234.56"),
    "Montant": ("order_id,customer_id,date,Total,Montant\n1,7,2024-01-15,10.5,0\n2,8,2024-01-16,11.5,0\n3,7,2024-01-17,9.5,0", None),
}  # fmt: skip


@pytest.mark.parametrize("name", MONEY)
def test_money_is_what_its_header_says_and_never_a_column_of_zeros(guess_text: Guess, name: str) -> None:
    text, reading = MONEY[name]
    guess = guess_text(text)
    if reading is None:
        assert mapping(guess)["amount"] == "Total"
    else:
        assert mapping(guess)["amount"] == name and guess.readings[name].name == reading


def test_the_one_date_of_sales_may_be_their_completion(guess_text: Guess) -> None:
    guess = guess_text(
        "Sale ID,Completed,Customer,Total\n1,2024-01-15,Ann,10.5\n2,2024-01-16,Bob,11.5\n3,2024-01-17,Ann,9.5"
    )
    assert (mapping(guess)["order_id"], mapping(guess)["ordered_at"]) == ("Sale ID", "Completed")


CONSENTS = """Accepte e-mails|Opt-in|Opt-in e-mail|Accepte les offres|RGPD|Email opt in|Marketing consent|Subscribed
Accord prospection|GDPR consent""".replace("\n", "|")


def test_agreement_to_be_written_to_has_many_names_and_refusal_is_not_among_them(
    guess_rows: Guess,
) -> None:
    def agreement(name: str, *said: str) -> str | None:
        rows = [[f"{n:04}-AB", f"c{n}@example.com", said[n % len(said)]] for n in range(20)]
        return mapping(guess_rows(["Code client", "Courriel", name], rows)).get("accepts_marketing")

    for name in CONSENTS.split("|"):
        assert agreement(name, "oui", "non") == name
    for name in ("Opt-out e-mail", "Désabonné", "Refuse la newsletter", "Opt-in SMS", "Accepte les CGV"):
        assert agreement(name, "oui", "non") is None
    assert agreement("Subscribed", "1", "0") == "Subscribed"
    assert agreement("RGPD", "charte A", "charte B", "à voir") is None
    assert agreement("Opt-in", "3", "7", "0") is None


def test_a_count_a_flag_and_what_was_paid_are_not_what_was_charged(guess_text: Guess) -> None:
    guess = guess_text(
        "Visit,Date,Client,Total Items,Charges,Payments,Balance,Returns\n1,2024-01-15,a,3,30.5,30.5,0,1\n"
        "2,2024-01-16,b,5,12.5,0,12.5,0\n3,2024-01-17,a,1,8.5,8.5,0,0"
    )
    found = mapping(guess)
    assert (found["amount"], found["quantity"]) == ("Charges", "Total Items")
    assert "refunded_amount" not in found


def test_a_bare_number_of_one_day_each_is_no_customer(guess_text: Guess) -> None:
    rows = "\n".join(f"{n},2024-01-{n},Pot {part},2,{part}.5" for n in range(10, 31) for part in (1, 2))
    with pytest.raises(SourceError, match="no column was found for customer_id"):
        guess_text(f"N°,Date,Article,Qté,Montant\n{rows}")
    back = rows + "\n12,2024-03-01,Pot 1,1,1.5"
    assert mapping(guess_text(f"N°,Date,Article,Qté,Montant\n{back}"))["customer_id"] == "N°"


def test_one_of_two_accounts_on_many_rows_hides_whom_they_name(guess_text: Guess) -> None:
    rows = "\n".join(f"2024-01-{n % 28 + 1:02},{n},Ann Lee {n % 40},4{n % 2} Sales,{n}.5" for n in range(100))
    assert mapping(guess_text(f"Date,No,Name,Account,Amount\n{rows}"))["customer_id"] == "Name"
    sold = rows.replace(".5", ".5,2")
    assert mapping(guess_text(f"Date,No,Name,Account,Amount,Qty\n{sold}"))["customer_id"] != "Name"


def test_an_amount_of_few_pieces_beside_prices_is_asked_about(guess_text: Guess) -> None:
    rows = "\n".join(f"{n % 9},2024-01-{n},P{n},{n % 3 + 1},{n * 7}" for n in range(10, 30))
    guess = guess_text(f"CUSTOMER_ID,TRANSACTION_DT,PRODUCT_ID,AMOUNT,SALES_PRICE\n{rows}")
    assert mapping(guess)["amount"] == "SALES_PRICE"
    assert ("SALES_PRICE", "AMOUNT") in {question.options for question in guess.unsure}


def test_dated_numbers_with_their_tax_are_invoices_and_no_register(guess_text: Guess) -> None:
    rows = "\n".join(f"F{n},2024-01-{n},00{n % 4},Ann,{n}.5,1.5,{n + 2}" for n in range(10, 30))
    for last in ("HT,TVA,TTC", "Montant HT,Solde,Montant TTC"):
        assert guess_text(f"N°,Date,Raison sociale,Nom,{last}\n{rows}").table == "orders"
    guess = guess_text(f"N°,Date,Code,Nom,HT,TVA,TTC\n{rows}")
    assert guess.table == "orders" and mapping(guess)["amount"] == "TTC"
    assert (mapping(guess)["order_id"], mapping(guess)["customer_id"]) == ("N°", "Code")


def test_a_fee_alone_beside_its_payment_is_what_a_club_sells(guess_text: Guess) -> None:
    rows = "07,2024-01-15,30.5\n08,2024-01-16,30.5\n07,2024-02-15,12.5"
    assert mapping(guess_text(f"Member No,Paid On,Fee\n{rows}"))["amount"] == "Fee"
    both = rows.replace(".5", ".5,9.5")
    assert mapping(guess_text(f"Member No,Date,Fee,Total\n{both}"))["amount"] == "Total"


def test_the_company_of_several_contacts_is_the_customer_which_is_asked(guess_text: Guess) -> None:
    rows = "\n".join(
        f"F{n},2024-01-{n},Firm {n % 4} SA,Ann B{n % 8},a{n % 8}@x.example,{n}.5" for n in range(10, 30)
    )
    guess = guess_text(f"Facture,Date,Société,Contact,E-mail contact,Total\n{rows}")
    assert mapping(guess)["customer_id"] == "Société"
    assert ("Société", "E-mail contact") in {question.options for question in guess.unsure}


def test_whole_amounts_of_a_program_may_be_hundredths_which_is_asked(guess_text: Guess) -> None:
    rows = "\n".join(f"{n},c{n % 4},2024-01-{n},EUR,{n * 137}" for n in range(10, 31))
    counted = rows.replace("2024-01-", "17053128")
    for name, cells, asked in (
        ("totals.total", rows, True),
        ("total", counted, True),
        ("total", rows, False),
    ):
        guess = guess_text(f"id,customer_id,created_at,currency_code,{name}\n{cells}")
        assert any("cents" in question.options for question in guess.unsure) == asked


def test_what_documents_are_called_is_no_product_and_a_dish_no_customer(guess_text: Guess) -> None:
    rows = "\n".join(f"F{n},2024-01-{n},C{n % 4},Facture,{n}.5" for n in range(10, 30))
    rows += "\nAV12,2024-02-01,C0,Avoir sur F12,-12.5"
    assert "product_name" not in mapping(guess_text(f"Pièce,Date,Code client,Libellé,Montant TTC\n{rows}"))
    with pytest.raises(SourceError):
        guess_text(
            "order_id,date,pizza_name,pizza_category,total\n1,2024-01-15,Ham Pizza,Big,9.5\n2,2024-01-16,Egg Pizza,Big,8.5"
        )


def test_amounts_that_are_all_zero_are_said_to_be(guess_text: Guess) -> None:
    guess = guess_text(
        "customer,order,date,total,colour\n"
        + "".join(f"c{i},{i},2025-01-0{i},0.00,red\n" for i in range(1, 9))
    )
    assert guess.columns["amount"].reason.code == "guess_zeros"


@pytest.mark.parametrize("code", ["ID client", "Code client", "ID du client", "N° de client", "id_customer"])
def test_a_code_added_to_a_known_export_wins_over_its_names(guess_text: Guess, code: str) -> None:
    header = f"ID;Référence;Nouveau client;Livraison;{code};Client;Total;Paiement;État;Date"
    rest = "N. PETIT;14,90 €;PayPal;Livré"
    rows = [f"{n};R{n};Non;France;{n % 4 + 70};{rest};{n}/02/2024 12:00:00" for n in range(10, 16)]
    guess = guess_text("\n".join([header, *rows]), ";")
    assert (guess.preset, guess.columns["customer_id"].source) == ("PrestaShop", code)
    few = [
        row.replace(f";{n % 4 + 70};N.", f";{'7' * (n == 10)};N{n}.") for n, row in enumerate(rows, start=10)
    ]
    doubt = guess_text("\n".join([header, *few]), ";").columns["customer_id"]
    assert doubt.source == "Client"
    assert (doubt.reason.code, doubt.reason.figures) == ("guess_customer_is_name_by_code", {"column": code})
