"""`vitrail show`: what an analysis found, as a table, CSV or JSON; a wrong name says which there are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
from rich.console import Console

import vitrail
from vitrail.cli.shown import Shown
from vitrail.cli.speaking import Speaker
from vitrail.cli.tables import _Column, _print, show_rows
from vitrail.findings import Finding
from vitrail.segments.clusters.evidence import CountQuality
from vitrail.segments.clusters.identity import Fate
from vitrail.workspace import analysing

ORDERS = "customer_id,order_id,ordered_at,amount\na,1,2025-01-02,10.50\nb,2,2025-01-03,20\n"
PLAN = """
sources:
  orders:
    file: orders.csv
    table: orders
    columns: {customer_id: customer_id, order_id: order_id, ordered_at: ordered_at, amount: amount}
"""


class Counted:
    """An analysis of two entries."""

    def to_arrow(self) -> pa.Table:
        return pa.table({"entry": ["one", "two"], "customers": [1, 1200], "share": [0.5, None]})

    def to_dict(self) -> Mapping[str, Any]:
        return {"entries": ["one", "two"]}


class Empty(Counted):
    """An analysis that found nothing."""

    def to_arrow(self) -> pa.Table:
        return super().to_arrow().slice(0, 0)


@pytest.fixture(scope="module")
def analysed(make_base: Callable[..., Any], request: pytest.FixtureRequest) -> Path:
    """A workspace whose newest run holds one analysis, which found something to say."""
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    found = (Finding("cli_analyses", "info", "", {"names": ["counted"]}),)
    why = (Finding("cohorts_not_new", "warning", "", {"name": "orders", "start": dt.date(2011, 3, 1)}),)
    steps = {
        "counted": lambda context: lambda: (Counted(), found),
        "cohorts": lambda context: lambda: (Empty(), why),
    }
    patch.setattr(analysing, "ANALYSES", steps)
    folder: Path = make_base(PLAN, {"orders.csv": ORDERS}).run().folder
    return folder


@pytest.fixture
def call(vitrail: Callable[..., Any], analysed: Path) -> Callable[..., Any]:
    return lambda *words: vitrail("show", *words, "-C", str(analysed))


def test_what_an_analysis_found_is_a_finding_of_the_run(analysed: Path) -> None:
    assert "counted" in str(vitrail.open(analysed).latest().file("findings.parquet").read_bytes())


def test_without_a_name_it_says_what_there_is(call: Callable[..., Any]) -> None:
    done = call("-l", "fr")
    assert done.code == 0 and "counted" in done.err and done.out == ""
    assert {"analysis": "counted"} in json.loads(call("--format", "json").out)


def test_the_table_speaks_the_persons_language(call: Callable[..., Any]) -> None:
    assert "1\u202f200" in call("counted", "-l", "fr").out
    assert "1,200" in call("counted", "-l", "en").out


def test_the_table_says_of_which_day_its_figures_speak(call: Callable[..., Any]) -> None:
    assert "chiffres arrêtés au 4 janvier 2025" in call("counted", "-l", "fr").err
    assert "as of 4 January 2025" in call("counted", "-l", "en").err


def test_codes_and_columns_are_told_in_words(shop: Path, vitrail: Callable[..., Any]) -> None:
    told = vitrail("show", "validation", "value", "-l", "fr", "-C", str(shop)).out
    assert "critère" in told and "Mesurable" in told and "criterion" not in told and "champions" not in told
    assert "validation_measurable" not in told  # a code for programs
    plain = vitrail("show", "validation", "--format", "csv", "-l", "fr", "-C", str(shop)).out
    assert '"criterion"' in plain and "validation_measurable" in plain


def test_what_became_of_the_records_is_shown_too(shop: Path, vitrail: Callable[..., Any]) -> None:
    def show(*words: str) -> Any:
        return vitrail("show", *words, "-C", str(shop))

    assert "Lues dans les fichiers" in show("funnel", "-l", "fr").out
    assert show("refused").code == 0
    rows = json.loads(show("set_aside", "--format", "json").out)
    taken = [each for each in json.loads(show("funnel", "--format", "json").out) if each["removed"]]
    assert len(rows) == sum(each["rows"] for each in taken)
    assert all(row["file"] and row["line"] and row["message"] for row in rows)
    assert show("set_asid").code == 2


def test_csv_and_json_are_plain(call: Callable[..., Any]) -> None:
    assert call("counted", "--format", "csv").out.splitlines()[2] == '"two",1200,'
    assert json.loads(call("counted", "two", "--format", "json").out) == [
        {"entry": "two", "customers": 1200, "share": None}
    ]


def test_a_wrong_name_says_which_there_are(call: Callable[..., Any]) -> None:
    done = call("count")
    assert done.code == 2 and "counted" in done.err
    done = call("counted", "thre")
    assert done.code == 2 and "one" in done.err


def test_what_the_plan_does_not_ask_for_comes_with_the_block_that_would(call: Callable[..., Any]) -> None:
    done = call("drivers", "-l", "en")
    assert done.code == 2 and "`drivers: {repeat: {kpi: order_count > 1}}`" in done.err
    assert "--no-report" in call("ages", "-l", "fr").err


def test_an_analysis_that_has_nothing_to_show_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(Speaker("en"), pa.table({"number": pa.array([], pa.int64())}), ["50 customers needed"])
    assert "50 customers needed" in capsys.readouterr().err


def test_the_reasons_of_a_run_tell_days_as_the_language_writes_them(call: Callable[..., Any]) -> None:
    assert "du 1ᵉʳ mars 2011" in call("cohorts", "-l", "fr").err
    assert "from 1 March 2011" in call("cohorts", "-l", "en").err


def test_a_terminal_is_given_fifty_rows_and_told_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(Speaker("en"), pa.table({"number": list(range(1000, 1060))}))
    told = capsys.readouterr()
    assert "1,049" in told.out and "1,050" not in told.out
    assert "10 more rows; `--format csv` gives all" in told.err


def test_an_analysis_without_a_row_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(Speaker("fr"), pa.table({"number": pa.array([], pa.int64())}))
    told = capsys.readouterr()
    assert told.out == "" and "rien à montrer" in told.err


def test_a_terminal_is_told_nothing_by_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b]0;title\x07\x9b2J\x7f"
    show_rows(Speaker("en"), pa.table({f"c\x1b{name}": [f"x{name}"]}))
    Speaker("en").findings(
        [Finding("customer_unknown_near", "error", "", {"customer": name, "suggestion": ""})]
    )
    said = "".join(capsys.readouterr())
    assert "xa]0;title2J" in said and not {"\x1b", "\x07", "\x7f", "\x9b"} & set(said)


def test_what_is_no_number_is_said_so() -> None:
    from vitrail.cli.values import say_value

    for value in (float("nan"), float("-inf")):
        assert say_value(value, "fr") == say_value(value, "fr", "p") == "aucun nombre"


def test_codes_of_figures_and_keys_of_segments_are_told_in_words(analysed: Path) -> None:
    run = vitrail.open(analysed).latest()
    clusters = Shown(run, "clusters", "fr")
    assert clusters.tell({"figure": "fitted"}, "figure") == "clients où les groupes ont été cherchés"
    written = {name for name in CountQuality.__dataclass_fields__ if name != "count"}
    written |= {f"now_{fate}" for fate in get_args(Fate)} | {"room", "share", "centre", "difference"}
    assert all(clusters.tell({"figure": each}, "figure") != each for each in written - {"silhouette"})
    moved = Shown(run, "migrations", "fr")
    assert moved.tell({"before": None}, "before") == "pas encore client"
    assert moved.head("revenue_before") == "CA avant"
    assert Shown(run, "comparison", "fr").tell({"measure": "bought_again"}, "measure") == "ont racheté"


def test_conditions_are_said_in_words_and_figures_in_their_units(shop: Path) -> None:
    run = vitrail.open(shop).latest()
    row: dict[str, Any] = {"kpi": "total_amount", "kind": "mean", "difference": -654.62, "value_rest": 153.9}
    row |= {"when": "recency_days < 200 and segment('value.champions')", "share": 0.2258, "low": -750.0}
    told = {name: Shown(run, "microsegments", "fr").tell(row, name).replace("\u202f", " ") for name in row}
    assert told["kpi"] == "Montant total" and told["share"] == "22,6 %"
    assert told["when"] == (
        "jours depuis la dernière commande : moins de 200 · Récence, fréquence, montant : Champions"
    )
    assert told["difference"] == "−654,62" and told["low"] == "−750"  # of a plan without a currency
    claim = {"kpi": "order_count > 1", "kind": "share", "unit": "", "difference": -0.0042, "smallest": 0.0367}
    claims = Shown(run, "hypotheses", "en")
    assert claims.tell(claim, "kpi") == "Orders: more than 1"
    assert (
        claims.tell(claim, "difference") == "−0.42 points" and claims.tell(claim, "smallest") == "3.7 points"
    )
    assert claims.tell({"who": "length(email) > 3"}, "who") == "length(email) > 3"  # no words for it


def test_bands_of_baskets_and_reasons_are_told_in_the_language_asked_for(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = vitrail.open(shop).latest()
    why = Shown(run, "validation", "fr").tell(
        {"segmentation": "value", "segment": "champions", "criterion": "accessible", "reason": "stored"},
        "reason",
    )
    assert why != "stored" and "membres" in why
    monkeypatch.setattr(type(run), "analysis", lambda run, name: {"of": "basket", "bands": [20, 50]})
    steps = Shown(run, "journeys", "en")
    row = {"source_kind": "value", "source": "0", "target_kind": "too_recent", "target": None}
    assert steps.tell(row, "source") == "Under 20" and steps.tell(row, "target") == "Too recent to tell"
    assert steps.hides("source_kind") and steps.tell({"segment": None}, "segment") == "everyone"


def test_no_name_and_no_figure_is_cut_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {f"column_{number}": [1234567.25 + number] for number in range(9)}
    for name, width in (("COLUMNS", "80"), ("TERM", "xterm"), ("TTY_COMPATIBLE", "1")):
        monkeypatch.setenv(name, width)
    show_rows(Speaker("en"), pa.table(row))
    told = capsys.readouterr().out
    assert all(f"{1234567.25 + number:,.2f}" in told for number in range(9)) and "column_8" in told
    assert all(len(line) <= 80 for line in told.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines())


def test_a_table_that_fits_is_never_cut_at_the_edge(capsys: pytest.CaptureFixture[str]) -> None:
    cells = {"segment": ["Potential loyalists"], "reference": ["value.potential_loyalists"]}
    figures = {"customers": ["1,486"], "% of customers": ["11.2%"], "revenue": ["£4,219,982"]}
    columns = [_Column(head, said, head != "segment") for head, said in (cells | figures).items()]
    _print(columns, Console(width=80, highlight=False))
    told = capsys.readouterr().out
    assert "£4,219,982" in told and "value.potential_loyalists" in told
    assert max(map(len, told.splitlines())) <= 80
