"""The block `cohorts:` of a plan: its faults, what a run stores, what the report says."""

from __future__ import annotations

import json
import re

import jinja2
import pyarrow.parquet as pq
import pytest

import vitrail
from vitrail.charts import render_charts
from vitrail.engine import DuckDB
from vitrail.errors import PlanError
from vitrail.plan import parse_plan
from vitrail.reports.analyses.cohorts import tell_cohorts
from vitrail.reports.run import load_reported
from vitrail.reports.words import Words
from vitrail.workspace.init import init_workspace

SOURCES = """
language: fr
currency: EUR
sources:
  orders: {file: orders.csv, table: orders, columns: {customer_id: client, order_id: id, ordered_at: day, amount: total, channel: canal}}
  customers: {file: customers.csv, table: customers, columns: {customer_id: client}}
segmentations: {value: {method: rfm}}
"""  # noqa: E501
COHORTS = """
cohorts:
  first_order: {by: first_order, period: month, adopted: "channel = 'web'", adopted_label: {en: online, fr: en ligne}}
  plan: {by: Plan, period: month, at: 1}
  value: {by: value, period: month}
  stays: {by: Plan, survival: {duration: Months, left: Gone}}
"""  # noqa: E501


def files():
    orders, customers = ["client,id,day,total,canal"], ["client,Plan,Months,Gone"]
    for n in range(240):
        plan = ("gold", "basic")[n % 2]
        gone = "yes" if n % 3 == 0 else "no"
        customers.append(f"c{n:03d},{plan},{n % 24},{gone}")
        for again in range(1 + (n * 7 % 5 if plan == "gold" else n // 2 % 2)):
            month = 1 + n % 4 + again
            day = f"2024-{month:02d}-{1 + n % 27:02d}"
            orders.append(f"c{n:03d},{n}-{again},{day},{10 + n % 30},{'web' if again else 'shop'}")
    return {"orders.csv": "\n".join(orders) + "\n", "customers.csv": "\n".join(customers) + "\n"}


@pytest.fixture(scope="module")
def base(make_base):
    return make_base(SOURCES + COHORTS, files()).run()


def test_a_run_stores_every_block_as_rows_and_as_plain_data(base) -> None:
    rows = base.rows("cohorts.parquet")
    assert {row["cohorts"] for row in rows} == {"first_order", "plan", "value", "stays"}
    stored = json.loads(base.file("cohorts.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in stored["cohorts"]] == ["first_order", "plan", "value"]
    assert [each["uncompared"] for each in stored["cohorts"]] == ["", "", "circular"]
    assert stored["rhythm"]["first"]["purchases"] == 240
    (stays,) = stored["survivals"]
    assert {group["key"]: group["customers"] for group in stays["groups"]} == {"gold": 120, "basic": 120}


def test_the_planted_difference_between_plans_is_told(base) -> None:
    stored = json.loads(base.file("cohorts.json").read_text(encoding="utf-8"))
    retention = [each for each in stored["cohorts"][1]["comparisons"] if each["measure"] == "retention"]
    assert [(each["cohort"], each["verdict"]) for each in retention] == [("basic", "lower")]


def test_the_same_rows_in_another_order_and_on_one_thread_give_the_same_bytes(base, make_base) -> None:
    mixed = files()
    head, *lines = mixed["orders.csv"].splitlines()
    mixed["orders.csv"] = "\n".join([head, *reversed(lines)]) + "\n"
    other = make_base("threads: 1\n" + SOURCES + COHORTS, mixed).run()
    names = ("cohorts.parquet", "cohorts.json")
    assert base.bytes(*names) == other.bytes(*names)


def test_the_columns_are_the_same_where_nothing_was_found(base, make_base) -> None:
    block = "cohorts: {plan: {by: client_number}}".replace("client_number", "Plan")
    one = "client,id,day,total,canal\na,1,2024-01-01,5,web\n"
    few = make_base(SOURCES + block, {"orders.csv": one, "customers.csv": "client,Plan\na,\n"}).run()
    schema = pq.read_schema(few.file("cohorts.parquet"))
    assert schema.equals(pq.read_schema(base.file("cohorts.parquet")))


def test_every_fault_of_the_block_is_told_with_its_line_and_what_was_meant(make_base) -> None:
    block = """
cohorts:
  one: {by: Plann}
  two: {where: "Mohths > 3", adopted: "chanel = 'web'"}
  three: {survival: {duration: Month, left: "Gone = 'yes'"}}
"""
    with pytest.raises(PlanError) as refused:
        make_base(SOURCES + block, files()).run()
    told = {
        (each.place.rpartition(":")[2], each.figures.get("suggestion")) for each in refused.value.findings
    }
    assert told == {("12", "plan"), ("13", "months"), ("13", "channel"), ("14", "months")}


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("{period: moth}", "plan_not_an_option_near"),
        ("{at: 0}", "plan_bound_ge"),
        ("{group: plan}", "plan_unknown_key"),
        ("{survival: {duration: m}}", "plan_missing_key"),
        ("{by: signup, survival: {duration: m, left: g = 1}}", "plan_cohort_survival"),
        ("{adopted: a = 1, survival: {duration: m, left: g = 1}}", "plan_cohort_survival"),
        ("{where: drop table x}", "expression_syntax"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_the_plan_is_read(block, code) -> None:
    with pytest.raises(PlanError) as refused:
        parse_plan(f"version: 1\nname: x\ncohorts:\n  one: {block}\n".encode(), "vitrail.yml")
    assert [(each.code, each.place) for each in refused.value.findings] == [(code, "vitrail.yml:4")]


@pytest.fixture(scope="module", params=["en", "fr"])
def page(base, request):
    """The language, and the part of the report on cohorts, its charts left out."""
    stored, language = vitrail.open(base.folder).latest(), request.param
    with DuckDB() as engine:
        run = load_reported(engine, stored)
    words = Words(language, "EUR")
    part = tell_cohorts(stored.analysis("cohorts"), run, words)
    loader = jinja2.PackageLoader("vitrail.reports")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.get_template("analyses/cohorts.html")
    charts = {f"{each.name}{suffix}": "" for each in part.drawings for suffix in ("", "-narrow")}
    return language, part, template.render(part=part, w=words, language=language, charts=charts)


def test_the_report_shows_the_triangle_with_its_figures(page) -> None:
    language, part, text = page
    assert (
        part.title == {"en": "Do customers come back?", "fr": "Les clients reviennent-ils\u202f?"}[language]
    )
    heat = re.findall(r'<table class="heat">.*?</table>', text, flags=re.S)
    assert len(heat) == 4 + 3 + 3
    assert "--heat:60%" in heat[0] and re.search(r'class="unsure"[^>]*>\d+\*', heat[0])
    assert {"en": "Jan 2024", "fr": "janv. 2024"}[language] in heat[0]


def test_the_report_says_differences_in_words_of_its_language(page) -> None:
    language, _, text = page
    said = {
        "en": r"<strong>basic</strong>: \d+% order \d months? after their beginnings, against \d+% \(gold\): "
        r"\d+% lower \(95% interval: \d+% to \d+%\)",
        "fr": r"<strong>basic</strong>\u202f: \d+\u202f% commandent \d mois après les débuts, "
        r"contre \d+\u202f% \(gold\)\u202f: \d+\u202f% de moins "
        r"\(fourchette à 95\u202f%\u202f: \d+\u202f% à \d+\u202f%\)",
    }
    assert re.search(said[language], text)
    by_construction = {"en": "differ by construction", "fr": "diffèrent par construction"}
    assert by_construction[language] in text


def test_the_report_draws_who_stays_with_the_numbers_still_followed(page) -> None:
    language, part, text = page
    svg = render_charts(
        {each.name: each.chart(340) for each in part.drawings if each.name != "rhythm"}, language
    )
    assert {"en": "Still followed:", "fr": "Encore suivis\u202f:"}[language] in svg["stays0"]
    assert re.search(r">gold<.*>basic<", svg["stays0"]) and ">120<" in svg["stays0"]
    assert "log-rank" in text


def test_a_plan_drafted_from_a_bare_file_follows_first_orders(tmp_path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(files()["orders.csv"], encoding="utf-8")
    init_workspace(tmp_path, [file])
    plan = (tmp_path / "vitrail.yml").read_text(encoding="utf-8")
    assert re.search(r"^cohorts:.*\n  first_order: {by: first_order, period: auto}", plan, flags=re.M)
