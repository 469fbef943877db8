"""What a run stored of an analysis is whole, is absent, or stops whoever asks: never read as nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import PlanError, StoreError

PLAN = """as_of: 2024-08-01
sources:
  orders: {{file: orders.parquet, table: orders, columns: {{customer_id: c, ordered_at: d, amount: a}}}}
segmentations:
  value: {{method: abc}}
  kinds: {{method: clusters, variables: [recency_days, total_amount], count: 2, follow: {follow}}}
"""


@pytest.fixture(scope="module")
def finished(make_base: Any) -> Any:
    count = 60
    columns = {
        "c": [f"c{each:03d}" for each in range(count)],
        "d": [f"2024-{1 + each % 7:02d}-{1 + each % 28:02d}" for each in range(count)],
        "a": [10.0 + each for each in range(count)],
    }
    return make_base(PLAN.format(follow="latest"), {"orders.parquet": pa.table(columns)}).run()


@pytest.fixture
def base(finished: Any, tmp_path: Path) -> Any:
    """A copy of the finished workspace, for a test to damage."""
    return type(finished)(Path(shutil.copytree(finished.folder, tmp_path / "base", symlinks=True)))


@pytest.mark.parametrize("content", ["", "[", "[1]"])
def test_a_damaged_validation_stops_an_action_rather_than_let_it_pass(base: Any, content: str) -> None:
    assert vitrail.open(base.folder).check_action("value.a")
    base.file("validation.json").write_text(content)
    with pytest.raises(StoreError) as caught:
        vitrail.open(base.folder).check_action("value.a")
    assert caught.value.findings[0].code == "run_damaged"


def test_an_analysis_that_was_not_made_is_absent(base: Any) -> None:
    run = vitrail.open(base.folder).latest()
    assert run.analysis("hypotheses") is None
    assert set(run.analysis("clusters") or {}) == {"clusters"}


@pytest.mark.parametrize("name", ["kinds", "others"])
def test_clusters_follow_a_run_that_has_them_or_say_so(base: Any, name: str) -> None:
    run = vitrail.open(base.folder).latest().run_id
    for follow, there in ((run, name == "kinds"), ("20240101T000000Z-0a0a0a0a", False)):
        text = f"version: 1\nname: Test\n{PLAN.format(follow=follow)}".replace("kinds:", f"{name}:")
        (base.folder / "vitrail.yml").write_text(text)
        if there:
            vitrail.open(base.folder).check()
            continue
        with pytest.raises(PlanError) as caught:
            vitrail.open(base.folder).check()
        (finding,) = caught.value.findings
        assert finding.code == "clusters_no_such_run" and finding.place == "vitrail.yml:8"
