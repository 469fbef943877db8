"""Bare files become a plan that a person can read and edit, and that loads."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from openpyxl import Workbook

import vitrail
from vitrail.collection.guessing import Question
from vitrail.errors import DataError, PlanError, SourceError, UsageError
from vitrail.i18n import Language
from vitrail.i18n.formats import LANGUAGES
from vitrail.plan import Plan, load_plan, parse_plan
from vitrail.workspace.checking import check_workspace
from vitrail.workspace.drafting import examples
from vitrail.workspace.init import InitResult, init_workspace

ORDERS = """N° client;N° commande;Date facture;Date de commande;Montant HT;Montant TTC;Zorglub
001;F1;16/01/2024;15/01/2024;100,00 €;120,00 €;x
002;F2;29/01/2024;28/01/2024;10,00 €;12,00 €;y
001;F3;03/03/2024;02/03/2024;50,00 €;60,00 €;x
"""
CUSTOMERS = """Code client;Prénom;Nom;Courriel;Date de naissance
001;Zoé;Durand;zoe@example.org;12/04/1980
002;Luc;Petit;luc@example.org;30/11/1975
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def init(folder: Path, *files: str, **settings: object) -> tuple[InitResult, Plan]:
    result = init_workspace(folder, [folder / f"{name}.csv" for name in files], **settings)  # type: ignore[arg-type]
    return result, load_plan(result.plan)


def test_the_plan_maps_reads_and_says_the_currency(tmp_path: Path) -> None:
    _, plan = init(write(tmp_path, ventes=ORDERS), "ventes", language="fr")
    source = plan.sources["ventes"]
    assert (plan.language, plan.currency) == ("fr", "EUR")
    assert (source.file, source.table) == ("ventes.csv", "orders")
    assert source.columns == {
        "customer_id": "N° client",
        "order_id": "N° commande",
        "ordered_at": "Date de commande",
        "amount": "Montant TTC",
    }
    assert source.read["Date de commande"] == "dd/mm/yyyy"
    assert list(plan.segmentations) == ["value", "revenue", "lifecycle"]


def test_what_is_unsure_is_marked_and_left_as_a_question(tmp_path: Path) -> None:
    result, _ = init(write(tmp_path, ventes=ORDERS), "ventes", language="fr")
    keys = {question.key for question in result.questions}
    assert keys == {"sources.ventes.columns.ordered_at", "sources.ventes.columns.amount"}
    text = result.plan.read_text(encoding="utf-8")
    assert "ordered_at: Date de commande  # à vérifier" in text
    assert "ou Date facture" in text and "ou Montant HT" in text
    assert "Zorglub" in text


def test_answers_are_written_and_close_their_questions(tmp_path: Path) -> None:
    given = {
        "sources.ventes.columns.amount": "Montant HT",
        "sources.ventes.columns.ordered_at": "Date facture",
    }

    def answer(question: Question) -> str | None:
        assert question.default in question.options
        assert all(question.text(language) for language in LANGUAGES)
        return given.get(question.key)

    result, plan = init(write(tmp_path, ventes=ORDERS), "ventes", answers=answer)
    assert not result.questions
    columns = plan.sources["ventes"].columns
    assert (columns["amount"], columns["ordered_at"]) == ("Montant HT", "Date facture")
    read = plan.sources["ventes"].read
    assert read == {"Date facture": "dd/mm/yyyy", "Montant HT": "1234,56 €"}


def test_a_date_that_reads_two_ways_is_asked_and_the_answer_written(tmp_path: Path) -> None:
    text = "customer_id,order_date,total\nA,03/04/2025,10.50\nB,05/06/2025,11.50\nA,07/08/2025,9.99\n"
    write(tmp_path, orders=text)
    seen: list[Question] = []

    def answer(question: Question) -> str | None:
        seen.append(question)
        return "mm/dd/yyyy" if question.key.endswith("read.order_date") else None

    _, plan = init(tmp_path, "orders", answers=answer, language="en")
    asked = next(question for question in seen if question.key == "sources.orders.read.order_date")
    assert set(asked.options) == {"dd/mm/yyyy", "mm/dd/yyyy"}
    assert plan.sources["orders"].read["order_date"] == "mm/dd/yyyy"
    assert "“03/04/2025”" in asked.text("en")
    assert {each.partition(" (")[0] for each in asked.told("en")} == {"3 April 2025", "4 March 2025"}
    assert all("4 mars 2025" in each or "3 avril 2025" in each for each in asked.told("fr"))


def test_a_person_is_asked_about_a_column_taken_with_little_to_go_by(tmp_path: Path) -> None:
    rows = "".join(f"Durand {i % 3},2024-0{i + 1}-15,{i + 10}\n" for i in range(6))
    write(tmp_path, ventes=f"Nom du client,Date,Montant\n{rows}")
    for answer, confirmed in (("", True), ("2", False)):
        _, plan = init(
            tmp_path, "ventes", answers=lambda q, given=answer: q.accept(given), language="fr", force=True
        )
        source = plan.sources["ventes"]
        assert source.columns["customer_id"] == "Nom du client"
        assert ("Nom du client" not in source.to_check) == confirmed


def test_only_columns_that_can_be_read_as_what_is_asked_are_offered_and_lines_decide_amounts(
    tmp_path: Path,
) -> None:
    rows = "".join(f"{n},P{n % 4},0{n % 9 + 1}/01/2024 10:00,{n}.50,{n}.25\n" for n in range(20))
    goods = "".join(f"{n // 2},S{n % 7},{1 + n % 3},{n % 11}.50\n" for n in range(40))
    write(
        tmp_path,
        orders=f"Order Ref,Party,Raised,Gross,Net\n{rows}",
        lines=f"Order Ref,SKU,Qty,Value\n{goods}",
    )
    seen: list[Question] = []
    for answers in (lambda question: seen.append(question), None):
        result, plan = init(tmp_path, "orders", "lines", answers=answers, language="en", force=True)
        keys = [question.key for question in result.questions]
        asked = [
            f"sources.orders.{each}.{name}" for each, name in (("columns", "ordered_at"), ("read", "Raised"))
        ]
        assert keys == asked  # what is written as to be checked is said; the column comes before its reading
        assert plan.sources["orders"].to_check == ["Raised"]
    assert seen[0].code == "ask_doubted_only" and seen[0].options == ("Raised", "?")


def test_the_default_of_an_open_reading_is_written_with_the_other_beside_it(tmp_path: Path) -> None:
    text = "customer_id,order_date,total\nA,03/04/2025,10.50\nB,05/06/2025,11.50\nA,07/08/2025,9.99\n"
    result, plan = init(write(tmp_path, orders=text), "orders", language="en")
    assert plan.sources["orders"].read["order_date"] in ("dd/mm/yyyy", "mm/dd/yyyy")
    line = next(
        li for li in result.plan.read_text("utf-8").splitlines() if "order_date: " in li and "mm/" in li
    )
    assert "# to check: or" in line


def test_files_with_the_same_columns_are_one_source(tmp_path: Path) -> None:
    write(tmp_path, ventes_2023=ORDERS, ventes_2024=ORDERS)
    _, plan = init(tmp_path, "ventes_2023", "ventes_2024")
    assert list(plan.sources) == ["ventes"]
    assert plan.sources["ventes"].file == ["ventes_2023.csv", "ventes_2024.csv"]


def test_orders_and_customers_are_joined_by_their_code(tmp_path: Path) -> None:
    _, plan = init(write(tmp_path, ventes=ORDERS, clients=CUSTOMERS), "ventes", "clients")
    assert plan.sources["clients"].table == "customers"
    assert plan.sources["clients"].columns["customer_id"] == "Code client"
    assert plan.sources["clients"].to_check == []  # a family name is no doubt
    assert plan.sources["ventes"].columns["customer_id"] == "N° client"


def test_orders_and_customers_are_joined_by_e_mail_where_only_that_fits(tmp_path: Path) -> None:
    orders = (
        "order_id,user_id,email,order_date,total\n1,u1,Zoe@Example.org,2024-01-15,10\n"
        "2,u2,luc@example.org,2024-01-16,12\n3,u1,zoe@example.org,2024-02-16,7\n"
    )
    _, plan = init(write(tmp_path, orders=orders, clients=CUSTOMERS), "orders", "clients")
    assert plan.sources["orders"].columns["customer_id"] == "email"
    assert plan.sources["clients"].columns["customer_id"] == "Courriel"


def test_codes_that_a_program_wrote_as_numbers_are_codes_again(tmp_path: Path) -> None:
    orders = (
        "order_id,customer_id,date,total\nA1,12346.0,2024-01-15,10.5\nA2,,2024-01-16,12\nA3,7.0,2024-01-17,9"
    )
    register = "customer_id,first_name,email\n12346,Zoe,z@x.example\n7,Luc,l@x.example"
    result, plan = init(write(tmp_path, orders=orders, people=register), "orders", "people")
    assert plan.sources["orders"].read["customer_id"] == "code"
    assert not [each for each in result.findings if each.code == "init_no_overlap"]


def test_a_register_that_shares_no_customer_with_the_orders_is_said(tmp_path: Path) -> None:
    strangers = CUSTOMERS.replace("001;", "901;").replace("002;", "902;")
    result, _ = init(write(tmp_path, ventes=ORDERS, clients=strangers), "ventes", "clients")
    assert "init_no_overlap" in [finding.code for finding in result.findings]


def test_lines_that_name_no_product_are_lines_by_what_they_say_of_it(tmp_path: Path) -> None:
    orders = "Order ID,Order Date,CustomerName\n1,2024-01-15,a\n2,2024-01-16,b\n3,2024-02-16,a\n"
    lines = "Order ID,Amount,Quantity,Category\n1,4.50,2,tea\n1,3.25,1,cup\n2,4.50,1,tea\n3,9.75,6,cup\n"
    _, plan = init(write(tmp_path, orders=orders, details=lines), "orders", "details")
    assert plan.sources["details"].table == "order_lines"


def test_lines_take_customer_and_date_from_their_orders_file(tmp_path: Path) -> None:
    orders = "order_id,customer_id,order_date\n1,a,2024-01-15\n2,b,2024-01-16\n3,a,2024-02-16\n"
    lines = "order_id,product,quantity,unit_price\n1,tea,2,4.50\n1,cup,1,3.25\n2,tea,1,4.50\n3,cup,6,3.25\n"
    _, plan = init(write(tmp_path, orders=orders, lines=lines), "orders", "lines")
    assert plan.sources["lines"].table == "order_lines"
    assert plan.sources["orders"].table == "orders"
    assert set(plan.sources["lines"].columns) == {"order_id", "product_name", "quantity", "unit_price"}
    totals = (
        "order_id,customer_id,order_date,total\n1,a,2024-01-15,13.25\n2,b,2024-01-16,9\n3,a,2024-02-16,24.5\n"
    )
    (tmp_path / "again").mkdir()
    result, _ = init(write(tmp_path / "again", totals=totals, lines=lines), "totals", "lines")
    told = [each.figures for each in result.findings if each.code == "init_lines_before_orders"]
    assert told == [{"column": "total", "lines": "lines"}]


def test_a_file_that_is_neither_is_left_out_and_said(tmp_path: Path) -> None:
    write(tmp_path, ventes=ORDERS, meteo="station,pluie\nLyon,3.5\nParis,4.5\n")
    result, plan = init(tmp_path, "ventes", "meteo", language="fr")
    assert list(plan.sources) == ["ventes"]
    assert "init_left_out" in [finding.code for finding in result.findings]
    assert "meteo.csv" in result.plan.read_text("utf-8")


def test_customers_alone_get_a_plan_over_their_columns_that_runs(tmp_path: Path) -> None:
    rows = "".join(
        f"{n},{'Pro' if n % 3 else 'Free'},{n % 17 + n / 100},{1.5 * n},{'Yes' if n % 4 else 'No'}\n"
        for n in range(1, 41)
    )
    write(tmp_path, crm="customer_id,Contract,tenure,TotalSpent,Churn\n" + rows)
    _, plan = init(tmp_path, "crm")
    assert isinstance(plan.as_of, dt.date), "the file holds no date, so the plan says one"
    value, kinds = plan.segmentations.values()
    assert value.method == "abc" and value.variable == "totalspent"
    assert kinds.method == "rules" and list(kinds.segments) == ["free", "pro", "others"]
    assert "leaving: {kpi: \"churn = 'Yes'\"}" in (tmp_path / "vitrail.yml").read_text("utf-8")
    result = vitrail.open(tmp_path).run(report=False)
    assert "register_alone" in [each.code for each in result.findings]
    found = {(row["segmentation"], row["segment"]): row["customers"] for row in result.to_dict()}
    assert found["by_contract", "free"] == 13 and found["by_contract", "pro"] == 27
    assert all(row["revenue"] is None for row in result.to_dict()), "nothing tells revenue, not even zero"
    with pytest.raises(DataError):  # nothing tells who was a customer on another day
        vitrail.open(tmp_path).run("2020-01-01", report=False)


def test_what_only_orders_tell_is_refused_with_what_would_bring_it(tmp_path: Path) -> None:
    write(tmp_path, clients=CUSTOMERS)
    init(tmp_path, "clients")
    text = (tmp_path / "vitrail.yml").read_text("utf-8")
    added = "\nvariables: {sum: {of: orders, value: sum(amount)}}\ncohorts: {start: {by: first_order}}\n"
    added += "hypotheses: {rich: {statement: More, who: total_amount > 5, kpi: signup_days > 3}}\n"
    block = text.index("segmentations:")
    (tmp_path / "vitrail.yml").write_text(
        text[:block].rstrip("# ") + "segmentations: {v: {method: rfm}}\n" + added
    )
    with pytest.raises(PlanError) as refusal:
        vitrail.open(tmp_path).run(report=False)
    assert {each.code for each in refusal.value.findings} == {"plan_needs_orders"}
    names = {each.figures["name"] for each in refusal.value.findings}
    assert names == {"method: rfm", "of: orders", "cohorts: start", "total_amount"}
    assert "table: orders" in str(refusal.value)


def test_a_plan_is_never_overwritten_and_force_keeps_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, ventes=ORDERS)
    (tmp_path / "vitrail.yml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError):
        init(tmp_path, "ventes")
    assert (tmp_path / "vitrail.yml").read_text("utf-8") == "mine"
    result, _ = init(tmp_path, "ventes", force=True)
    assert result.backup is not None and result.backup.read_text("utf-8") == "mine"


def test_without_files_every_data_file_of_the_folder_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, ventes=ORDERS, clients=CUSTOMERS)
    for files in ([], [tmp_path]):
        result = init_workspace(tmp_path, files, force=True)
        assert set(load_plan(result.plan).sources) == {"ventes", "clients"}
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError):
        init_workspace(empty)


def test_hostile_column_names_survive_the_plan(tmp_path: Path) -> None:
    names = ["client: id", "order # 'x' \"y\"", "date, commande", "{total}"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    rows = "a,o1,2024-01-15,10.50\nb,o2,2024-01-16,11.50\na,o3,2024-01-17,12.50\n"
    _, plan = init(write(tmp_path, export=f"{header}\n{rows}"), "export")
    assert set(plan.sources["export"].columns.values()) == set(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_in_the_comments_are_valid_plans(language: Language) -> None:
    text = examples(language).replace("segmentations:", "segmentations:\n  value: {method: rfm}")
    plan = parse_plan(f"version: 1\nname: x\n{text}".encode())
    assert len(plan.segmentations) == 3 and len(plan.variables) == len(plan.objectives) == 1
    assert plan.segmentations["fidelite" if language == "fr" else "loyalty"].label


def test_the_currency_is_the_one_answered_or_left_open_and_said(tmp_path: Path) -> None:
    write(tmp_path, orders="customer_id,order_date,total\nA,2025-04-13,10.50\nB,2025-04-14,11.50\n")
    result, plan = init(tmp_path, "orders")
    assert plan.currency is None and [f.code for f in result.findings] == ["init_no_currency"]
    _, plan = init(tmp_path, "orders", answers=lambda _: "chf", force=True)
    assert plan.currency == "CHF"


AMBIGUOUS = "client;commande;date;montant\na;1;01/02/2024;1.234\nb;2;03/04/2024;2.500\na;3;05/06/2024;1.100\n"


def test_what_nobody_answered_stays_a_doubt_on_every_run(tmp_path: Path) -> None:
    result, plan = init(write(tmp_path, ventes=AMBIGUOUS), "ventes", language="fr")
    assert plan.sources["ventes"].to_check == ["date", "montant"]
    assert "retirez un nom une fois vérifié" in result.plan.read_text(encoding="utf-8")
    for _ in range(2):
        findings = check_workspace(tmp_path, plan, lambda step: None)
        doubts = [finding for finding in findings if finding.code.startswith("unconfirmed")]
        assert [finding.code for finding in doubts] == ["unconfirmed_dmy", "unconfirmed_comma"]
        assert {finding.level for finding in doubts} == {"warning"}
    assert "« montant »" in doubts[1].message("fr").replace("\u202f", " ")
    assert "1.234,56" in doubts[1].message("fr") and "1,234.56" in doubts[1].message("fr")


def test_a_reading_that_the_column_decides_is_no_doubt(tmp_path: Path) -> None:
    decided = AMBIGUOUS.replace("date", "jour_operation_caisse").replace("03/04", "31/03")
    _, plan = init(write(tmp_path, ventes=decided.replace("1.234", "1.234,50")), "ventes", language="fr")
    assert plan.sources["ventes"].to_check == ["jour_operation_caisse"]  # its name is no clear one
    findings = check_workspace(tmp_path, plan, lambda step: None)
    assert [each.code for each in findings if each.code.startswith("unconf")] == ["unconfirmed_column"]


def test_amounts_that_may_be_hundredths_are_a_doubt_on_every_run(tmp_path: Path) -> None:
    totals = [{"amount": 199 * n, "currency": "USD"} for n in range(1, 25)]
    rows = [
        {"id": n, "user": n % 7, "at": f"2024-01-{n:02d}", "total": total}
        for n, total in enumerate(totals, 1)
    ]
    (tmp_path / "pages.json").write_text(json.dumps(rows), encoding="utf-8")
    plan = load_plan(init_workspace(tmp_path, [tmp_path / "pages.json"]).plan)
    assert plan.sources["pages"].read["total.amount"] == "1234.56"
    doubts = {each.code for each in check_workspace(tmp_path, plan, lambda step: None)}
    assert "unconfirmed_units" in doubts


def test_the_date_of_billing_is_that_of_the_order(tmp_path: Path) -> None:
    told = AMBIGUOUS.replace("date", "Date de facturation").replace("03/04", "31/03").replace(".", ",")
    told = told.replace("1,234", "1,23")
    _, plan = init(write(tmp_path, ventes=told), "ventes")
    assert plan.sources["ventes"].columns["ordered_at"] == "Date de facturation"
    assert plan.sources["ventes"].to_check == []


def test_an_amount_that_few_orders_repeat_is_the_rows_own_and_a_doubt(tmp_path: Path) -> None:
    rows = (
        "".join(f"c{n},{n},2024-01-{n:02},tea,10.00\n" for n in range(1, 28))
        + "bob,99,2024-02-01,cup,10.00\n"
    )
    lines = f"customer,order,date,product,amount\n{rows}bob,99,2024-02-01,tea,10.00\n"
    _, plan = init(write(tmp_path, ventes=lines), "ventes")
    assert (plan.sources["ventes"].once_an_order, plan.sources["ventes"].to_check) == ([], ["amount"])
    findings = check_workspace(tmp_path, plan, lambda step: None)
    assert [each.code for each in findings if each.code.startswith("unconf")] == ["unconfirmed_own_amount"]


def test_what_a_person_answered_is_no_doubt(tmp_path: Path) -> None:
    def answer(question: Question) -> str:
        return question.default or "EUR"

    _, plan = init(write(tmp_path, ventes=AMBIGUOUS), "ventes", answers=answer)
    assert plan.sources["ventes"].to_check == []


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (AMBIGUOUS, "1.234,56"),
        ("client,order,date,amount\na,1,2024-02-01,1.234\nb,2,2024-04-03,2.500\na,3,2024-06-05,1.100\n", ""),
        ("client,order,date,amount\na,1,13/02/2024,1.234\nb,2,03/04/2024,2.500\n", "1.234,56"),
    ],
)
def test_dots_alone_are_read_by_the_habits_of_the_file(tmp_path: Path, text: str, reading: str) -> None:
    result, plan = init(write(tmp_path, ventes=text), "ventes")
    column = plan.sources["ventes"].columns["amount"]
    assert plan.sources["ventes"].read[column] == (reading or "1234.56")
    assert f"sources.ventes.read.{column}" in {question.key for question in result.questions}


def test_unknown_columns_leave_an_outline_to_complete(tmp_path: Path) -> None:
    write(
        tmp_path, ventes="Acheteur;Jour;Zorglub\nA1;15/01/2024;12,50\nA1;16/02/2024;3,00\nB2;17/02/2024;x9\n"
    )
    with pytest.raises(SourceError) as refusal:
        init(tmp_path, "ventes", language="fr")
    assert refusal.value.findings[-1].code == "init_outline"
    plan = load_plan(tmp_path / "vitrail.yml")
    columns = plan.sources["ventes"].columns
    assert columns == {"customer_id": "Acheteur", "ordered_at": "Jour", "amount": "?"}
    with pytest.raises(SourceError) as left_open:
        check_workspace(tmp_path, plan, lambda step: None)
    assert [(each.code, each.figures["name"]) for each in left_open.value.findings] == [
        ("column_left_open", "amount")
    ]
    text = (tmp_path / "vitrail.yml").read_text(encoding="utf-8")
    assert "Zorglub" in text and "à compléter" in text
    completed = text.replace('"?"', "Zorglub")
    (tmp_path / "vitrail.yml").write_text(completed, encoding="utf-8")
    assert load_plan(tmp_path / "vitrail.yml").sources["ventes"].columns["amount"] == "Zorglub"


def test_an_outline_never_replaces_a_plan(tmp_path: Path) -> None:
    write(tmp_path, ventes=ORDERS, autre="a;b;c\n1;x;y\n3;z;y\n")
    result, _ = init(tmp_path, "ventes")
    before = result.plan.read_bytes()
    with pytest.raises(SourceError) as refusal:
        init(tmp_path, "autre", force=True)
    assert "init_outline" not in {finding.code for finding in refusal.value.findings}
    assert result.plan.read_bytes() == before


def test_each_sheet_of_a_book_is_a_source_or_left_out(tmp_path: Path) -> None:
    book = Workbook()
    sheets = {
        "Lisez-moi": [["Ventes", "2024"], ["Ce classeur", "contient les ventes"]],
        "Taux": [["TVA", 0.2], ["Remise", 0.1]],
        "Commandes": [["Commande", "Date", "Client", "Total TTC"], ["1", dt.date(2024, 1, 5), "C1", 10.5]],
        "Clients": [["Code client", "Nom", "E-mail"], ["C1", "Ann", "a@x.org"], ["C2", "Bob", "b@x.org"]],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "ventes.xlsx")
    result = init_workspace(tmp_path, [tmp_path / "ventes.xlsx"])
    sources = load_plan(result.plan).sources
    assert {name: (s.file, s.sheet, s.table) for name, s in sources.items()} == {
        "commandes": ("ventes.xlsx", "Commandes", "orders"),
        "clients": ("ventes.xlsx", "Clients", "customers"),
    }
    left_out = [each.message("fr") for each in result.findings if each.code == "init_left_out"]
    assert ["Lisez-moi" in each or "Taux" in each for each in left_out] == [True, True]


def test_sheets_that_are_alike_are_guessed_and_asked_about_as_one(tmp_path: Path) -> None:
    book = Workbook()
    for month, people in ((1, ("Ann", "Bob")), (2, ("Ann", "Ann", "Cy")), (3, ("Dan",))):
        sheet = book.create_sheet(f"2024-{month}")
        sheet.append(["Date", "Client", "Téléphone", "HT", "TTC"])
        for day, name in enumerate(people, 1):
            sheet.append([dt.date(2024, month, day), name, f"06 11 22 33 4{len(name)}", 10 * day, 12 * day])
    book.remove(book.worksheets[0])
    book.save(tmp_path / "recettes.xlsx")
    asked: list[str] = []

    def answer(question: Question) -> str | None:
        asked.append(question.key)
        return "HT" if question.key.endswith("amount") else None

    init_workspace(tmp_path, [tmp_path / "recettes.xlsx"], answer)
    sources = load_plan(tmp_path / "vitrail.yml").sources.values()
    assert [each.table for each in sources] == ["orders"] * 3
    assert {each.columns["amount"] for each in sources} == {"HT"}
    assert len(asked) == len({key.rpartition(".")[2] for key in asked})


NOTES = "Numéro;Date;Code client;Total TTC\n"


def test_credit_notes_in_a_file_of_their_own_are_taken_off(tmp_path: Path) -> None:
    sales = "F1;16/01/2024;001;12,00\nF2;28/02/2024;002;30,00\nF3;28/02/2024;001;8,00\n"
    write(tmp_path, factures=NOTES + sales, avoirs=NOTES + "A1;29/02/2024;002;30,00\n")
    result, plan = init(tmp_path, "factures", "avoirs")
    assert (plan.sources["factures"].credits, plan.sources["avoirs"].credits) == (None, "true")
    assert "init_credits_file" in {finding.code for finding in result.findings}
    totals = vitrail.open(tmp_path).run(report=False).segments.to_pylist()
    assert sum(each["revenue"] for each in totals if each["segmentation"] == "revenue") == 20


def test_refunds_that_name_nobody_are_said_not_to_be_taken_off(tmp_path: Path) -> None:
    sales = "order_number,date,email,total\n" + "".join(
        f"{n},2024-01-{n:02d},a{n}@x.io,9.5\n" for n in range(1, 9)
    )
    refunds = "refund_id,refund_date,refund_amount\nR1,2024-02-01,9.50\nR2,2024-02-02,9.50\n"
    result, plan = init(write(tmp_path, orders=sales, refunds=refunds), "orders", "refunds")
    assert list(plan.sources) == ["orders"]
    (said,) = (each for each in result.findings if each.code == "init_refunds_left_out")
    assert (said.figures["rows"], said.figures["amount"]) == (2, 19)


def test_quotes_in_a_file_of_their_own_are_no_sales(tmp_path: Path) -> None:
    rows = "F1;16/01/2024;001;12,00\nF2;28/02/2024;002;30,00\n"
    result, plan = init(write(tmp_path, factures=NOTES + rows, devis=NOTES + rows), "factures", "devis")
    assert list(plan.sources) == ["factures"]
    assert "init_quotes_left_out" in {finding.code for finding in result.findings}


@pytest.mark.parametrize(
    ("sheets", "left", "said"),
    [
        ({"Jan": (0, 4), "All": (0, 9), "Two": (0, 2)}, ["all", "two"], "init_copy_left_out"),
        ({"Orders": (0, 6), "Cancelled": (6, 9)}, ["orders"], "init_called_off_left_out"),
        ({"Orders": (0, 6), "Returns": (3, 6)}, ["orders", "returns"], "init_credits_file"),
    ],
)
def test_a_sheet_counts_for_what_its_name_and_its_rows_say(tmp_path: Path, sheets, left, said) -> None:
    rows = [(f"O{n}", f"C{n % 4}", f"2024-01-{n + 10}", n + 5) for n in range(9)]
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, (begin, end) in sheets.items():
        sheet = book.create_sheet(name)
        for row in [("order_no", "customer", "order_date", "total"), *rows[begin:end]]:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    result = init_workspace(tmp_path, [tmp_path / "book.xlsx"])
    assert said in {finding.code for finding in result.findings}
    assert list(load_plan(result.plan).sources) == left


@pytest.mark.parametrize(
    ("name", "columns"),
    [("payments", "checkNumber,customerNumber,date,amount"), ("cash", "ref,client,Payment date,amount")],
)
def test_payments_of_the_orders_are_not_revenue_twice(tmp_path: Path, name: str, columns: str) -> None:
    orders = (
        "order_id,customer,order date,total\n1,7,2024-01-15,10.5\n2,8,2024-01-16,11.5\n3,7,2024-01-17,9.5"
    )
    paid = f"{columns}\nH1,7,2024-02-15,10.5\nH2,8,2024-02-16,11.5\nH3,7,2024-02-17,9.5"
    folder = write(tmp_path, **{"orders": orders, name: paid})
    result, plan = init(folder)
    assert list(plan.sources) == ["orders"]
    said = next(each for each in result.findings if each.code == "init_payments_left_out")
    assert "amount: amount" in said.message("en")
    alone = tmp_path / "alone"
    alone.mkdir()
    assert list(init(write(alone, **{name: paid}))[1].sources) == [name]


def test_of_two_codes_of_a_register_the_one_that_orders_know_joins(tmp_path: Path) -> None:
    sales = "order_number,customer_key,order_date,amount\n1,11,2024-01-15,30.5\n2,12,2024-02-15,9.5\n"
    people = (
        "customer_key,customer_code,customer_name,email\n11,000501,Acme,a@x.org\n12,000502,Bolt,b@x.org\n"
    )
    _, plan = init(write(tmp_path, sales=sales, people=people), "sales", "people")
    assert plan.sources["people"].columns["customer_id"] == "customer_key"


@pytest.mark.parametrize(
    ("people", "orders", "customer", "said"),
    [
        ("ppp", "abc", "customer_id", True),  # nobody, or a group
        ("pqr", "abc", "customer_id", False),
        ("ppq", "abca", "customer_id", True),  # a code that comes back by itself
        ("ppq", "abc", "customer_unique_id", False),
    ],
)
def test_whoever_is_behind_codes_that_are_new_on_each_order_is_the_customer(
    tmp_path: Path, people: str, orders: str, customer: str, said: bool
) -> None:
    sales = [f"{at},code{code},2024-01-1{at},{at}1.5" for at, code in enumerate(orders)]
    register = [f"code{code},unique{who}" for code, who in zip("abc", people, strict=True)]
    texts = {
        "orders": "\n".join(["id,customer_id,date,total", *sales]),
        "people": "\n".join(["customer_id,customer_unique_id", *register]),
    }
    folder = write(tmp_path, **texts)
    result, plan = init(folder, "orders", "people")
    columns = plan.sources["people"].columns
    assert columns["customer_id"] == customer
    assert ("init_people_behind_codes" in [each.code for each in result.findings]) is said
    asked = [question for question in result.questions if "people" in question.key]
    if customer == "customer_id":
        assert "account_id" not in columns and not asked
        return
    assert columns["account_id"] == "customer_id" and [each.code for each in asked] == ["ask_person"]
    assert plan.sources["people"].to_check == ["customer_unique_id"]
    for answer, left in (
        ("customer_id", ["customer_id"]),
        ("customer_unique_id", ["account_id", "customer_id"]),
    ):
        settled = result.guesses[1].answered(asked[0], answer)
        assert sorted(settled.columns) == left and settled.columns["customer_id"].source == answer


@pytest.mark.parametrize("delimiter", [",", "   "])
@pytest.mark.parametrize(
    ("rows", "known"),
    [
        ("00001 20240101 1 11.77\n00002 20240102 2 12.50\n00001 20240103 1 9.10", True),
        ("00001 20240101 1 11.77\n00002 20240102 2 12.50\n00003 20240103 1 9.10", False),  # an order’s code
        ("00001 20240101 1 11\n00002 20240102 2 12\n00001 20240103 1 9", False),  # which one is the amount
        ("00001 20240101 11.77\n00002 20240102 12.50\n00001 20240103 9.10", False),
    ],
)
def test_columns_without_names_are_known_by_what_they_hold(
    tmp_path: Path, rows: str, known: bool, delimiter: str
) -> None:
    months = {"sold_1": rows, "sold_2": rows.replace("202401", "202402")}
    folder = write(tmp_path, **{name: text.replace(" ", delimiter) for name, text in months.items()})
    if not known:
        with pytest.raises(SourceError) as refusal:
            init(folder)
        assert {each.code for each in refusal.value.findings} == {"header_missing"}
        return
    plan = init(folder)[1]
    spec = plan.sources["sold"]
    assert spec.header_line == 0 and spec.to_check == [f"column_{at}" for at in range(1, 5)]
    assert list(spec.columns) == ["customer_id", "ordered_at", "quantity", "amount"]
    codes = [finding.code for finding in check_workspace(folder, plan, lambda step: None)]
    assert codes.count("header_absent") == 2 and codes.count("unconfirmed_column") >= 3


def test_what_excel_keeps_beside_an_open_workbook_is_no_file_of_sales(tmp_path: Path) -> None:
    book = Workbook()
    for row in [["Commande", "Date", "Client", "Total TTC"], ["1", dt.date(2024, 1, 5), "C1", 10.5]]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "caisse.xlsx")
    (tmp_path / "~$caisse.xlsx").write_bytes(b"x")
    listed = sorted(tmp_path.glob("*.xlsx"))
    for files in ([], listed):
        assert (
            load_plan(init_workspace(tmp_path, files, force=True).plan).sources["caisse"].file
            == "caisse.xlsx"
        )
    assert vitrail.open(tmp_path).unread(listed) == []
