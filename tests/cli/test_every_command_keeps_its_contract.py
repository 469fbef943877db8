"""The commands of the contract: exit codes, figures on standard output, talk on standard error."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vitrail.workspace import Workspace


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_run_prints_the_segments_and_says_where_the_report_is(shop, vitrail):
    said = vitrail("run", "-C", shop, "--no-report")
    assert said.code == 0
    assert "value.champions" in said.out and "lifecycle.active" in said.out
    assert "23 customers as of" in said.err and "report" not in said.err.splitlines()[-1]
    assert "customers as of" not in said.out


def test_a_bare_file_becomes_a_plan_a_run_and_two_reports(tmp_path, orders, vitrail, monkeypatch):
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = vitrail("run", "orders.csv")
    assert said.code == 0
    assert (tmp_path / "vitrail.yml").is_file()
    assert "report in English: " in said.err and "report in French: " in said.err
    for language in ("en", "fr"):
        assert list(tmp_path.glob(f".vitrail/runs/*/report.{language}.html"))


def test_a_file_that_the_plan_reads_is_run_again(shop, vitrail, monkeypatch):
    monkeypatch.chdir(shop)
    plan = (shop / "vitrail.yml").read_bytes()
    for name in ("./orders.csv", shop / "orders.csv", "*.csv"):
        said = vitrail("run", name, "--as-of", "1900-01-01")  # refused before anything is computed
        assert (said.code, "reads this already" in said.err, "no customer is left" in said.err) == (
            1,
            True,
            True,
        )
    said = vitrail("run", "orders.csv", "--no-report")
    assert (said.code, "reads this already" in said.err) == (0, True)
    assert (shop / "vitrail.yml").read_bytes() == plan


def test_another_file_does_not_replace_a_plan(shop, orders, vitrail, monkeypatch):
    monkeypatch.chdir(shop)
    (shop / "other.csv").write_text(orders, encoding="utf-8")
    plan = (shop / "vitrail.yml").read_bytes()
    said = vitrail("run", "orders.csv", "other.csv")
    assert said.code == 2
    assert "does not read other.csv" in said.err and "--folder" in said.err and "--force" in said.err
    assert (shop / "vitrail.yml").read_bytes() == plan


def test_a_new_folder_may_be_named(tmp_path, orders, vitrail, monkeypatch):
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert vitrail("run", "orders.csv", "--folder", "new/deep", "--no-report").code == 0
    assert "file: ../../orders.csv" in (tmp_path / "new" / "deep" / "vitrail.yml").read_text()


def test_init_writes_the_plan_and_runs_nothing(tmp_path, orders, vitrail):
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    said = vitrail("init", "-C", tmp_path, "--yes")
    assert said.code == 0 and said.out == ""
    assert "Customer ID" in said.err and "plan written" in said.err
    assert not (tmp_path / ".vitrail").exists()
    assert vitrail("init", "-C", tmp_path, "--yes").code == 2
    assert vitrail("init", "-C", tmp_path, "--yes", "--force").code == 0
    assert (tmp_path / "vitrail.yml.bak").is_file()


def test_check_finds_nothing_wrong_and_leaves_no_trace(tmp_path, shop, vitrail):
    before = sorted(p.name for p in (shop / ".vitrail" / "runs").iterdir())
    said = vitrail("check", "-C", shop)
    assert said.code == 0 and said.out == "" and "nothing stands in the way" in said.err
    assert sorted(p.name for p in (shop / ".vitrail" / "runs").iterdir()) == before


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_segments_come_in_each_format(shop, vitrail, format):
    said = vitrail("segments", "value", "--format", format, "-C", shop)
    assert said.code == 0
    assert "as of" in said.err  # figures of a past day say which
    if format == "table":
        assert "value.champions" in said.out and "revenue.a" not in said.out
    else:
        found = json.loads(said.out) if format == "json" else rows(said.out)
        assert len(found) == 10
        assert sum(int(each["customers"]) for each in found) == 23


def test_members_come_in_each_format(shop, vitrail, tmp_path):
    as_csv = rows(vitrail("members", "revenue.a", "-C", shop).out)
    as_json = json.loads(vitrail("members", "revenue.a", "--format", "json", "-C", shop).out)
    target = tmp_path / "members.parquet"
    said = vitrail("members", "revenue.a", "-o", target, "-C", shop)
    assert (said.code, said.out) == (0, "")
    as_parquet = pq.read_table(target).to_pylist()
    ids = [each["customer_id"] for each in as_parquet]
    assert ids == [each["customer_id"] for each in as_csv] == [each["customer_id"] for each in as_json]
    assert ids and ids == sorted(ids)


def test_a_file_gets_what_standard_output_would(shop, vitrail, tmp_path):
    target = tmp_path / "profile.csv"
    assert vitrail("profile", "-o", target, "-C", shop).code == 0
    assert target.read_bytes().decode() == vitrail("profile", "-C", shop).out


def test_no_text_is_written_under_the_name_of_a_workbook(shop, vitrail, tmp_path):
    target = tmp_path / "best.XLSX"
    for words in (("members", "revenue.a"), ("show", "cohorts")):
        said = vitrail(*words, "-o", target, "-C", shop)
        assert said.code == 2 and ".csv" in said.err and ".parquet" in said.err
    assert not target.exists()


def test_profile_variables_explain_and_sql_answer(shop, vitrail):
    assert "recency_days" in vitrail("profile", "C001", "-C", shop).out
    assert len(rows(vitrail("profile", "C001", "--format", "csv", "-C", shop).out)) == 1
    assert len(rows(vitrail("profile", "-C", shop).out)) == 23
    assert "order_count" in vitrail("variables", "-C", shop).out
    assert json.loads(vitrail("variables", "--format", "json", "-C", shop).out)[0]["name"]
    assert "C001" in vitrail("explain", "C001", "-C", shop).out
    assert json.loads(vitrail("explain", "C001", "--format", "json", "-C", shop).out)
    for reference in ("recency_days", "value", "value.champions"):
        assert "SELECT" in vitrail("sql", reference, "-C", shop).out.upper()


def test_every_answer_says_of_which_day_and_of_which_plan_it_is(shop, vitrail, tmp_path):
    assert vitrail("run", "--as-of", "2024-06-01", "--no-report", "-C", shop).code == 0
    plan = shop / "vitrail.yml"
    written = plan.read_text(encoding="utf-8")
    ways = [["segments"], ["show"], ["variables"], ["profile"], ["explain", "C001"], ["sql", "value"]]
    ways += [["members", "value.champions", "-o", tmp_path / "m.csv"], ["report", "-o", tmp_path / "r.html"]]
    for words in ways:
        said = vitrail(*words, "-C", shop)
        assert "as of 1 June 2024, the day asked for" in said.err and "changed after" not in said.err
    plan.write_text(written.replace("{method: rfm}", "{method: rfm, scores: 4}"), encoding="utf-8")
    assert "the plan was changed after this run" in vitrail("segments", "-C", shop).err
    plan.write_text(written.replace("rfm", "rmf"), encoding="utf-8")
    refused = vitrail("run", "-C", shop)
    assert refused.code == 1 and "still the one as of 1 June 2024" in refused.err
    assert "has faults now" in vitrail("segments", "-C", shop).err


def test_a_file_of_members_is_told_with_its_rows(shop, vitrail, tmp_path):
    target = tmp_path / "members.csv"
    said = vitrail("members", "revenue.a", "-o", target, "-C", shop)
    count = len(rows(target.read_text(encoding="utf-8")))
    assert f"{count} rows written: {target}" in said.err


def test_a_list_says_who_does_not_agree_to_be_written_to(shop, vitrail, tmp_path, monkeypatch):
    agreed = pa.table({"customer_id": ["a", "b", "c"], "accepts_marketing": [False, True, None]})
    monkeypatch.setattr(Workspace, "members", lambda *_: agreed)
    said = vitrail("members", "revenue.a", "-o", tmp_path / "members.csv", "-C", shop)
    assert "1 of these customers does not agree" in said.err and "1 of these customers agrees" in said.err


def test_report_is_written_where_asked(shop, vitrail, tmp_path):
    target = tmp_path / "r.html"
    said = vitrail("report", "--language", "fr", "-o", target, "-C", shop)
    assert said.code == 0 and said.out == "" and str(target) in said.err
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"], ["runn"], ["run", "--nope"], ["members"], ["members", "a.b", "c"],
        ["members", "value.champions", "--format", "xml"], ["members", "value.champion"],
        ["segments", "valu"], ["profile", "nobody"], ["explain", "nobody"], ["sql", "nothing"],
        ["run", "--as-of", "yesterday"], ["run", "--as-of", "2024-02-30"], ["run", "--as-of", ""],
        ["run", "--as-of"], ["demo", "moon"], ["init"], ["-x"], ["check", "--yes"],
    ],
)  # fmt: skip
def test_wrong_usage_is_2_and_one_sentence(shop, vitrail, words, monkeypatch):
    monkeypatch.chdir(shop)
    said = vitrail(*words)
    assert said.code == 2 and said.out == ""
    assert said.err.startswith("✗ ") and len(said.err.splitlines()) <= 2
    assert said.quotes_nobody


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["runn"], "vitrail run"), (["membres"], "vitrail members"), (["run", "--as-off", "x"], "--as-of"),
        (["members", "value.champion"], "value.champions"), (["segments", "valu"], "value"),
        (["members", "Champions"], "value.champions"), (["segments", "champions"], "vitrail segments value"),
        (["segments", "value.champion"], "value.champions"), (["segments", "value.new"], "segments value"),
        (["members", "x", "--format", "cvs"], "csv"), (["sql", "recency_day"], "recency_days"),
        (["explain", "c-1"], "C001"), (["profile", "nobody"], "`A999`"),
    ],
)  # fmt: skip
def test_a_slip_is_told_what_is_near(shop, vitrail, words, near, monkeypatch):
    monkeypatch.chdir(shop)
    assert near in vitrail(*words).err


@pytest.mark.parametrize(
    "words",
    [["run"], ["check"], ["segments"], ["members", "value.champions"], ["profile"], ["variables"],
     ["explain", "C001"], ["sql", "value"], ["report"]],
)  # fmt: skip
def test_without_a_plan_each_command_says_how_to_start(tmp_path, vitrail, words):
    said = vitrail(*words, "-C", tmp_path)
    assert (said.code, said.out) == (1, "")
    assert "vitrail run orders.csv" in said.err
    assert vitrail(*words, "-C", tmp_path / "absent").code == 1
    assert not (tmp_path / "absent").exists()


def test_a_plan_without_a_run_says_to_run(shop, vitrail):
    for file in (shop / ".vitrail" / "runs").iterdir():
        file.rename(shop / file.name)
    said = vitrail("segments", "-C", shop)
    assert said.code == 1 and "vitrail run" in said.err


def test_as_of_reaches_the_figures(shop, vitrail):
    assert "as of 1 June 2024" in vitrail("run", "--as-of", "2024-06-01", "--no-report", "-C", shop).err
    said = vitrail("run", "--as-of", "1900-01-01", "--no-report", "-C", shop)
    assert said.code == 1 and "no customer is left" in said.err and "after_as_of" not in said.err


def test_what_nobody_foresaw_is_a_sentence_that_claims_nothing_untrue(shop, vitrail, monkeypatch):
    from vitrail.workspace import Workspace

    def fail(self: object) -> None:
        raise failure

    monkeypatch.setattr(Workspace, "latest", fail)
    for failure, words in (
        (ZeroDivisionError("canary"), "ZeroDivisionError"),
        (MemoryError(), "memory"),
        (ImportError("libx.so: failed to map segment from shared object"), "memory"),
        (OSError(28, "No space left on device"), "disk is full"),
        (OSError(5, "Input/output error", "x.parquet"), "x.parquet"),
        (KeyboardInterrupt(), "stopped"),
    ):
        said = vitrail("segments", "-C", shop)
        assert said.code == (130 if isinstance(failure, KeyboardInterrupt) else 1)
        assert words in said.err and "nothing was changed" not in said.err.replace(
            "disk is full; nothing", ""
        )
        assert said.quotes_nobody


def test_stopping_a_query_is_no_fault_of_ours(shop, vitrail, monkeypatch):
    """The engine tells Ctrl-C as an error of its own."""
    from vitrail.engine import DuckDB

    class Interrupted:
        def sql(self, query: str) -> None:
            raise RuntimeError("Query interrupted")

        def close(self) -> None:
            pass

    begin = DuckDB.__init__

    def interrupt(self, *settings):
        begin(self, *settings)
        self._connection = Interrupted()

    monkeypatch.setattr(DuckDB, "__init__", interrupt)
    said = vitrail("profile", "-C", shop)
    assert said.code == 130 and "stopped" in said.err
