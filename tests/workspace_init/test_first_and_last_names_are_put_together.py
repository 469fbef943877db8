"""People whom nothing but a first and a last name in two columns tells apart are customers by both."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import vitrail
from vitrail.errors import PlanError, SourceError
from vitrail.plan import load_plan
from vitrail.workspace.init import init_workspace

SALES = """Date,{last},{first},Item,Amount
2024-01-03,Martin,Ann,Mug,10
2024-01-04,Martin,Ben,Mug,20
2024-01-05, Martin ,Ann,Bowl,30
2024-01-06,,Cleo,Bowl,40
2024-01-07,,,Bowl,50
"""


@pytest.mark.parametrize(("first", "last"), [("First name", "Last name"), ("Prénom", "Nom")])
def test_both_names_together_are_the_customer(tmp_path: Path, first: str, last: str) -> None:
    (tmp_path / "sales.csv").write_text(SALES.format(first=first, last=last), encoding="utf-8")
    plan = load_plan(init_workspace(tmp_path, [tmp_path / "sales.csv"]).plan)
    assert plan.sources["sales"].joined == {f"{first} {last}": [first, last]}
    assert plan.sources["sales"].columns["customer_id"] == f"{first} {last}"
    run = vitrail.open(tmp_path).run(report=False).run
    profile = pq.read_table(run.file("profile.parquet"), columns=["customer_id", "total_amount"])
    totals = {row["customer_id"]: row["total_amount"] for row in profile.to_pylist()}
    assert totals == {"Ann Martin": 40, "Ben Martin": 20, "Cleo": 40}


@pytest.mark.parametrize(
    ("joined", "code"),
    [
        ("joined: {Both: [First name, Surname]}", "column_not_in_file_near"),
        ("joined: {Item: [First name, Last name]}", "joined_name_taken"),
        ("joined: {Both: [First name]}", "plan_too_short"),
    ],
)
def test_what_cannot_be_put_together_is_told(tmp_path: Path, joined: str, code: str) -> None:
    (tmp_path / "sales.csv").write_text(SALES.format(first="First name", last="Last name"), encoding="utf-8")
    plan = init_workspace(tmp_path, [tmp_path / "sales.csv"]).plan
    plan.write_text(plan.read_text("utf-8").replace("joined:\n", f"{joined}\n    # "), encoding="utf-8")
    with pytest.raises((PlanError, SourceError)) as refused:
        vitrail.open(tmp_path).run(report=False)
    assert code in [finding.code for finding in refused.value.findings]
