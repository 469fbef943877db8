"""A small workspace, and a process that runs it and dies on demand."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vitrail.workspace import Workspace

PLAN = """
as_of: 2024-06-01
threads: 1
sources:
  orders:
    file: orders.csv
    table: orders
    columns: {customer_id: who, ordered_at: day, amount: paid}
segmentations:
  value: {method: rfm, scores: 3,
          thresholds: {recency_days: [30, 90], order_count: [2, 4], total_amount: [50, 200]},
          segments: {best: {r: 3, f: 1-3, m: 1-3}, rest: {otherwise: true}}}
"""


def orders(count: int = 60) -> str:
    rows = [f"c{i % 17},2024-0{i % 5 + 1}-{i % 27 + 1:02d},{i % 7 + 1}.50" for i in range(count)]
    return "\n".join(["who,day,paid", *rows, ""])


@pytest.fixture
def folder(make_base: Callable[..., Any]) -> Path:
    found: Path = make_base(PLAN, {"orders.csv": orders()}).folder
    return found


@pytest.fixture(scope="session")
def _finished(make_base: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The workspace after a run of an earlier day, and after one more."""
    folder = make_base(PLAN, {"orders.csv": orders()}).folder
    Workspace(folder).run(as_of="2024-05-01", report=False)
    once = shutil.copytree(folder, tmp_path_factory.mktemp("ran") / "once")
    Workspace(folder).run(report=False)
    return Path(once), folder


@pytest.fixture
def ran(_finished: tuple[Path, Path], tmp_path: Path) -> Path:
    """A workspace of one's own with a run."""
    return Path(shutil.copytree(_finished[0], tmp_path / "ran"))


@pytest.fixture
def ran_twice(_finished: tuple[Path, Path], tmp_path: Path) -> Path:
    """A workspace of one's own with two runs, the first of an earlier day."""
    return Path(shutil.copytree(_finished[1], tmp_path / "ran_twice"))


class Mortal:
    """The process of `mortal.py`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mortal.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, folder: Path, **figures: float) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"folder": str(folder), **figures}) + "\n")
        self.process.stdin.flush()

    def busy(self) -> bool:
        return not select.select([self.process.stdout], [], [], 0)[0]

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def run(self, folder: Path, **figures: float) -> dict[str, Any]:
        self.ask(folder, **figures)
        return self.answer()


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this system cannot wait for a process with a limit (Linux can)")
    found = Mortal()
    yield found
    assert found.process.stdin and found.process.stdout
    found.process.stdin.close()
    found.process.wait()
    found.process.stdout.close()
