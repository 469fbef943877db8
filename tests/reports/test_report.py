# ruff: noqa: E501
"""The report: one page that says the run's figures in the reader's language, whatever the data."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from vitrail.errors import StoreError
from vitrail.i18n import Language
from vitrail.reports import render_report
from vitrail.store import seal

MakeRun = Callable[..., Path]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
VOID = {"meta", "link", "br", "img", "input", "hr", "col"}
SHAPES = {"path", "line", "rect", "polygon", "circle"}

ENGLISH = re.compile(
    r"\b(the|of|and|with|without|customers?|revenue|orders?|days?|months?|share|rows?|read|each|other|from|"
    r"until|computed|stale|median|thresholds?|finding|kept|files?|at risk|loyal|new|january|february|march|"
    r"april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)


class Page(HTMLParser):
    """What a reader sees, and how the page is built."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.stray: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag not in VOID and tag not in SHAPES:
            self.open.append(tag)
        self.seen += [values[name] for name in ("aria-label", "data-said", "title", "alt") if name in values]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in SHAPES:
            return
        if not self.open or self.open.pop() != tag:
            self.stray.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"style", "script", "pre", "code"} & set(self.open) and data.strip():
            self.seen.append(data.strip(" \n"))

    def text(self) -> str:
        return "\n".join(self.seen)


def named(page: Page, tag: str) -> list[dict[str, str]]:
    return [attributes for found, attributes in page.tags if found == tag]


@pytest.fixture(scope="session")
def pages(small_run: Path) -> dict[Language, bytes]:
    return {language: render_report(small_run, language) for language in LANGUAGES}


def test_nothing_leaves_the_page(pages: dict[Language, bytes]) -> None:
    for page in pages.values():
        text = page.decode()
        assert not re.search(r"""(src|href|action|data|poster)\s*=\s*["'](?!#|data:)""", text)
        assert not re.search(r"@import|url\((?!#)|https?://(?!www\.w3\.org/2000/svg)|fetch\(|XMLHttp", text)
        assert "default-src 'none'" in text


def test_the_policy_lets_the_one_script_run(pages: dict[Language, bytes]) -> None:
    text = pages["en"].decode()
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{allowed}'" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_built(pages: dict[Language, bytes], language: Language) -> None:
    page = Page(pages[language])
    assert page.stray == [] and page.open == []
    assert named(page, "html")[0]["lang"] == language
    assert len(named(page, "h1")) == len(named(page, "main")) == len(named(page, "header")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for _, attributes in page.tags:
        assert attributes.get("aria-labelledby", identifiers[0]) in identifiers
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in identifiers
    assert len(named(page, "caption")) == len(named(page, "table"))
    assert all("scope" in attributes for attributes in named(page, "th"))
    for attributes in named(page, "svg"):
        hidden = attributes.get("aria-hidden") == "true"
        assert attributes.get("aria-label") or hidden, "every picture says what it shows"
    for attributes in named(page, "a"):
        assert attributes.get("href")


def test_every_pane_can_be_reached_by_keyboard_and_says_its_figures(pages: dict[Language, bytes]) -> None:
    panes = [attributes for attributes in named(Page(pages["fr"]), "a") if attributes.get("class") == "pane"]
    assert panes
    assert all(re.search(r"\d", attributes["aria-label"]) for attributes in panes)


def french_text(page: bytes) -> str:
    """The visible words, without the footer (a version number) and the plan's own words."""
    whole = re.sub(rb"<footer>.*</footer>", b"", page, flags=re.DOTALL)
    return re.sub(r"Product \d|orders(\.csv)?\b", "", Page(whole).text())


def test_no_english_is_left_in_the_french_page(pages: dict[Language, bytes]) -> None:
    assert ENGLISH.findall(french_text(pages["fr"])) == []


def test_french_figures_are_written_in_french(pages: dict[Language, bytes]) -> None:
    text = french_text(pages["fr"])
    assert re.findall(r"\d,\d{3}(?!\d)|\d\.\d|£\d|\d%|\d £| %", text) == []
    assert re.search(r"\d\u202f\d{3}\u202f£", text)


def test_french_points_have_their_narrow_spaces(pages: dict[Language, bytes]) -> None:
    text = french_text(pages["fr"])
    assert re.findall(r".{0,12}(?<!\u202f)[;:!?»](?!\d).{0,5}", text) == []
    assert "'" not in text and '"' not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_are_those_of_the_run(small_run: Path, language: Language) -> None:
    from vitrail.i18n import money, number

    text = Page(render_report(small_run, language)).text()
    rows = duckdb.execute(f"select customers, revenue from '{small_run}/segments.parquet'").fetchall()
    for customers, revenue in rows:
        assert number(customers, language) in text
        assert money(revenue, "GBP", language, 0) in text
    query = f"select sum(customers), sum(revenue) from '{small_run}/segments.parquet' where segmentation = 'value'"
    [(customers, revenue)] = duckdb.execute(query).fetchall()
    whole = money(revenue, "GBP", language, 0)
    total = ["Total", number(customers, language), "100.0" if language == "en" else "100,0", whole]
    assert text.count("\n".join(total)) == 3, "each table of a partition has its sum, overlapping habits none"
    [months] = re.findall(r"\nTotal\n((?:[^\n]*£[^\n]*\n)+)", text)
    assert months.split("\n")[-2] == whole, "the months are the whole too"


def test_the_same_run_gives_the_same_bytes(small_run: Path, pages: dict[Language, bytes]) -> None:
    from vitrail.charts.panes import fit_panes

    fit_panes.cache_clear()
    assert render_report(small_run, "fr") == pages["fr"]


def test_a_finding_is_told_in_the_language_of_the_page(pages: dict[Language, bytes]) -> None:
    text = Page(pages["fr"]).text()
    assert "70\u202f% des acheteurs (84) n’ont commandé qu’une fois" in text
    assert "as the run wrote it" not in text


def test_a_finding_of_unknown_words_is_told_as_it_was_written(make_run: MakeRun) -> None:
    run = make_run()
    table = "(values ('words_of_tomorrow', 'info', '', 'as the run wrote it', '{}'))"
    table += " f(code, level, place, message, figures)"
    duckdb.execute(f"copy (from {table}) to '{run}/findings.parquet'")
    assert "As the run wrote it." in Page(render_report(run, "fr")).text()


def test_data_that_were_old_when_computed_are_called_stale(make_run: MakeRun) -> None:
    run = make_run()
    for computed, said in (
        ("2011-12-10T06:30:00+00:00", "À jour"),
        ("2012-01-03T06:30:00+00:00", "Données vieilles de 25 jours"),
        ("2026-01-01T06:30:00+00:00", "Périmé"),
    ):
        manifest = json.loads((run / "manifest.json").read_text())
        (run / "manifest.json").write_text(json.dumps(seal(manifest | {"computed_at": computed})))
        assert said in Page(render_report(run, "fr")).text()


def test_refused_records_are_told_with_their_place(small_run: Path) -> None:
    text = Page(render_report(small_run, "fr")).text()
    assert "orders.csv, ligne 14" in text
    assert "faute d’une lecture certaine, sans rien deviner\u202f: 3 lignes mal formées." in text


def test_the_lines_of_the_files_add_up_to_the_lines_kept(small_run: Path) -> None:
    """What the files hold, less what is malformed, is what was read: the first three lines of the funnel."""
    text = Page(render_report(small_run, "en")).text()
    first = text[text.index("In the files") :].split("\n")
    assert "541,912" in " ".join(first[:4]) and "malformed lines" in " ".join(first[:6])
    assert "541,909" in " ".join(first[:9])


def test_markup_in_the_data_stays_text(make_run: MakeRun) -> None:
    page = render_report(make_run(HOSTILE, name="<img src=x onerror=alert(1)> **Co**\n`x`"), "en")
    assert len(named(Page(page), "script")) == 1 and named(Page(page), "img") == []
    assert b"<img" not in page and b"<script>alert" not in page and b"<b>P" not in page
    assert "<script>alert(1)</script>" in html.unescape(page.decode())
    assert "\u202e".encode() not in page and b"\x07" not in page


def drop(*names: str) -> Callable[[Path], None]:
    def edit(run: Path) -> None:
        for name in names:
            (run / name).unlink()

    return edit


def leave_no_segmentation(run: Path) -> None:
    duckdb.execute(f"copy (select * from '{run}/segments.parquet' limit 0) to '{run}/none.parquet'")
    (run / "none.parquet").rename(run / "segments.parquet")
    (run / "segmentations.json").write_text("[]")


def keep_overlapping_rules(run: Path) -> None:
    kept = f"select * from '{run}/segments.parquet' where segmentation = 'habits'"
    duckdb.execute(f"copy ({kept}) to '{run}/kept.parquet'")
    (run / "kept.parquet").rename(run / "segments.parquet")
    described = json.loads((run / "segmentations.json").read_text())
    (run / "segmentations.json").write_text(
        json.dumps([each for each in described if each["key"] == "habits"])
    )


def add_second_rfm(run: Path) -> None:
    again = f"select * replace ('second' as segmentation) from '{run}/segments.parquet' where segmentation = 'value'"
    duckdb.execute(f"copy (from '{run}/segments.parquet' union all by name {again}) to '{run}/more.parquet'")
    (run / "more.parquet").rename(run / "segments.parquet")
    described = json.loads((run / "segmentations.json").read_text())
    second = next(each for each in described if each["key"] == "value") | {"key": "second"}
    (run / "segmentations.json").write_text(json.dumps([*described, second]))


def add_two_hundred_segments(run: Path) -> None:
    many = (
        "select 'micro' as segmentation, 's' || i as segment, 's' || i as label, (i % 50)::bigint as customers,"
        " 0.005::double as share, (i * i % 977 - 5)::decimal(18, 4) as revenue, 'nan'::double as revenue_share"
        " from range(200) rows(i)"
    )
    duckdb.execute(f"copy ({many}) to '{run}/segments.parquet'")
    (run / "segmentations.json").write_text("[]")


HOSTILE = """select '<b>c' || i customer_id, 'o' || i order_id, timestamp '2011-12-09' ordered_at,
  chr(7) || '<b>P</b>' product_name, 5::decimal(18, 4) amount,
  case i % 2 when 0 then '<script>alert(1)</script>"' else '**😀**' || chr(10) || chr(8238) || 'x' end country
  from range(40) t(i)"""
ONE = """select 'x' customer_id, 'o' order_id, timestamp '2011-12-01' ordered_at, 'P' product_name,
  10::decimal(18, 4) amount, 'France' country"""
ONCE = """select 'c' || i customer_id, 'o' || i order_id, timestamp '2011-12-09' - interval 1 day * (i % 300) ordered_at,
  'P' product_name, (i + 1)::decimal(18, 4) amount, 'FR' country from range(60) t(i)"""

ODD: dict[str, tuple[dict[str, Any], Callable[[Path], None] | None, str]] = {
    "one customer": ({"lines": ONE}, None, "Votre seul acheteur a dépensé 10,00\u202f£"),
    "nobody": ({"lines": ONE + " where false"}, None, "Aucun client pour l’instant"),
    "no revenue": ({"lines": ONCE.replace("(i + 1)", "0")}, None, "Aucun chiffre d’affaires"),
    "negative revenue": ({"lines": ONCE.replace("(i + 1)", "(i - 50)")}, None, "Chiffre d’affaires négatif"),
    "bought once": ({"lines": ONCE}, None, "n’ont tous commandé qu’une fois"),
    "no country": ({"lines": ONCE.replace("'FR'", "null::varchar")}, None, "Pas de pays dans les données"),
    "one country": ({"lines": ONCE}, None, "dans un seul pays\u202f: France"),
    "no currency": ({"currency": None}, None, "CA (milliers)"),
    "no segmentation": ({}, leave_no_segmentation, "Le plan ne contient aucune segmentation"),
    "overlapping rules only": ({}, keep_overlapping_rules, "se recouvrent"),
    "two RFM": ({}, add_second_rfm, "La grille récence × fréquence"),
    "two hundred segments": ({}, add_two_hundred_segments, "plus petits segments"),
    "figures only": (
        {},
        drop("funnel.parquet", "monthly.parquet", "refused.parquet", "findings.parquet"),
        "Le calcul n’a pas gardé le détail du nettoyage",
    ),
    "no profile": ({}, drop("profile.parquet"), "Pas de pays dans les données"),
}


@pytest.mark.parametrize("case", ODD)
def test_any_run_gives_a_whole_page(make_run: MakeRun, case: str) -> None:
    options, edit, said = ODD[case]
    run = make_run(**options)
    if edit:
        edit(run)
    page = Page(render_report(run, "fr"))
    assert page.stray == [] and page.open == []
    assert said in re.sub(r"\s*\n\s*", " ", page.text())
    assert not re.search(r"\b(nan|None|inf)\b", page.text(), re.IGNORECASE)
    render_report(run, "en")


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"manifest\.json"):
        render_report(tmp_path, "fr")


def test_notes_say_where_they_belong_in_words_and_keep_the_plan_apart(make_run: MakeRun) -> None:
    run = make_run()
    rows = [
        ("rfm_one_time_buyers", "warning", "value", {"share": 0.7, "customers": 84, "returned": 1}),
        ("funnel_voided", "info", "sources.orders", {"rows": 12, "amount": "340.0000"}),
        ("title_lines_skipped", "info", "orders.csv", {"lines": 1, "line": 3}),
    ]
    values = ", ".join(
        f"('{code}', '{level}', '{place}', 'x', '{json.dumps(figures)}')"
        for code, level, place, figures in rows
    )
    columns = "f(code, level, place, message, figures)"
    duckdb.execute(f"copy (from (values {values}) {columns}) to '{run}/findings.parquet'")
    page = render_report(run, "fr").decode()
    warnings, notes, readings = page.split('<ul class="findings">')[1:4]
    assert "Valeur client" in warnings and "orders.csv" in notes and "sources.orders" not in page
    assert re.search("classent 1.acheteur revenu[.]", warnings)
    assert re.search(r"toutes deux retirées des chiffres\.</span><small><code>refunds: net</code>", notes)
    assert "orders.csv" in readings and "Lecture des fichiers" in page


def test_the_plan_says_what_to_do_and_why(make_run: MakeRun) -> None:
    run = make_run()
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["plan"] |= {
        "objectives": [
            {
                "statement": {"en": "Win back", "fr": "Reconquérir"},
                "kpi": "retention_rate",
                "segment": "value.asleep",
                "target": "+10%",
                "due": "2012-06-30",
            }
        ],
        "strategies": {
            "value.asleep": {
                "goal": {"en": "Win back", "fr": "Faire revenir"},
                "actions": [{"en": "A call <b>", "fr": "Un appel <b>"}],
                "channel": "téléphone",
                "success": "retention_rate",
            }
        },
        "shares": {"revenue": [0.6, 0.3, 0.1]},
    }
    (run / "manifest.json").write_text(json.dumps(seal(manifest)))
    text = re.sub(r"\s*\n\s*", " ", Page(render_report(run, "fr")).text())
    assert (
        "taux de fidélisation\u202f: +10\u202f% · segment\u202f: En hibernation · d’ici au 30 juin 2012"
        in text
    )
    assert (
        "Faire revenir." in text
        and "Win back" not in text
        and "Un appel <b>" in text
        and "canal\u202f: téléphone" in text
    )
    assert "coupés à 60\u202f%, puis 90\u202f% du chiffre d’affaires" in text


def test_every_advice_gives_the_stakes_and_the_way_to_the_list(pages: dict[Language, bytes]) -> None:
    todo = pages["fr"].decode().split('class="todo"')[1].split("</ol>")[0]
    items = todo.split("<li>")[1:]
    assert items
    for item in items:
        assert "d’achats (" in item and re.search(
            r"<code>vitrail members value\.\w+ -o \w+\.csv</code>", item
        )


def test_one_segment_alone_is_never_drawn_as_others(make_run: MakeRun) -> None:
    from vitrail.engine import DuckDB
    from vitrail.reports.months import choose_series
    from vitrail.reports.run import load_reported
    from vitrail.store import open_run

    run_folder = make_run()
    for count, named, folded in ((10, 10, 0), (11, 11, 0), (12, 10, 2)):
        parts = " union all ".join(
            f"select 'value' segmentation, 's{at}' segment, 's{at}' as label, 5::bigint customers,"
            f" 0.1::double share, {100 - at}::decimal(18, 4) revenue, 0.1::double revenue_share"
            for at in range(count)
        )
        empty = " union all select 'value', 'none', 'none', 9, 0.1, 0, 0"
        duckdb.execute(f"copy ({parts}{empty}) to '{run_folder}/segments.parquet'")
        month = f"select segmentation, segment, date '2011-05-01' as month, revenue, 2::bigint orders from ({parts})"
        duckdb.execute(f"copy ({month}) to '{run_folder}/monthly.parquet'")
        with DuckDB() as engine:
            run = load_reported(engine, open_run(run_folder))
            segmentation = next(each for each in run.segmentations if each.key == "value")
            series = choose_series(run, segmentation)
        assert (len(series[0]), series[1]) == (named, folded)


def test_the_main_path_comes_first_and_each_analysis_is_a_line_that_unfolds(
    pages: dict[Language, bytes],
) -> None:
    page = pages["fr"].decode()
    path = ("vitrail", "todo", "segments", "changes", "funnel", "findings", "analyses", "how")
    places = [page.index(f'id="h-{name}"') for name in path]
    assert places == sorted(places)
    folds = re.findall(
        r'class="fold[^"]*"><details( open)?>\s*<summary><h2 id="h-([^"]+)">[^<]+</h2>(.*?)</summary>', page
    )
    assert page.count('class="fold') == len(folds) > 3
    assert all(verdict for *_, verdict in folds), "each says what it found without being opened"
    stand_open = {name for opened, name, _ in folds if opened}
    assert {each for each in ("curve", "countries") if f'id="h-{each}"' in page} <= stand_open
    assert len(stand_open) < len(folds)


def test_paper_shows_the_line_of_what_is_folded_and_leaves_the_sql_out(pages: dict[Language, bytes]) -> None:
    page = pages["fr"].decode()
    assert '<details class="sql">' in page
    assert "details:not([open]):not(.fold>*):not(.printed){display:none}" in page
    assert re.search(r"@media print\{.*\.sql,.*\{display:none\}", page, re.DOTALL)


def test_a_first_run_says_how_to_get_something_to_compare_with(pages: dict[Language, bytes]) -> None:
    page = pages["fr"].decode()
    assert "<code>vitrail run --as-of 2011-09-10</code>" in page, "three months earlier"


def test_the_real_shop_is_told_with_its_published_figures(retail_run: Path) -> None:
    page = render_report(retail_run, "fr")
    text = re.sub(r"\s*\n\s*", " ", Page(page).text())
    assert "Qui sont vos 4\u202f338\xa0clients" in text
    assert (
        "Un client sur sept est dans le segment Champions , qui apporte 48\u202f% du chiffre d’affaires"
        in text
    )
    assert "4\u202f303\u202f872\u202f£" in text and "8\u202f911\u202f408\u202f£" in text
    assert "75\u202f% du chiffre d’affaires" in text  # the top fifth: 74.617 % published
    assert len(page) < 2_000_000
