"""People whom nothing but a first and a last name in two columns tells apart are customers by both."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import vitrail
from vitrail.plan import load_plan
from vitrail.workspace.init import init_workspace

SALES = """Date,{last},{first},Item,Amount
2024-01-03,Martin,Ann,Mug,10
2024-01-04,Martin,Ben,Mug,20
2024-01-05, Martin ,Ann,Bowl,30
2024-01-06,,Cleo,Bowl,40
2024-01-07,,,Bowl,50
"""


WAYS = {
    "concat_ws(' ', first_name, last_name)": ("First name", "Last name"),
    "concat_ws(' ', prenom, nom)": ("Prénom", "Nom"),
}


@pytest.mark.parametrize("formula", WAYS)
def test_both_names_together_are_the_customer(tmp_path: Path, formula: str) -> None:
    first, last = WAYS[formula]
    (tmp_path / "sales.csv").write_text(SALES.format(first=first, last=last), encoding="utf-8")
    plan = load_plan(init_workspace(tmp_path, [tmp_path / "sales.csv"]).plan)
    assert plan.sources["sales"].computed == {"customer_id": formula}
    assert plan.sources["sales"].to_check == [first, last]
    run = vitrail.open(tmp_path).run(report=False).run
    profile = pq.read_table(run.file("profile.parquet"), columns=["customer_id", "total_amount"])
    totals = {row["customer_id"]: row["total_amount"] for row in profile.to_pylist()}
    assert totals == {"Ann Martin": 40, "Ben Martin": 20, "Cleo": 40}
