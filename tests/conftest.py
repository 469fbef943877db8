"""Fixtures every test may use."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

import vitrail

settings.register_profile("house", deadline=None)  # on a busy machine a test is slow, not wrong
settings.load_profile("house")
gc.set_threshold(100_000)  # as a command does: looking for garbage was a sixteenth of the whole suite


@pytest.fixture(scope="session", autouse=True)
def trust_the_power() -> Iterator[None]:
    """No test cuts the power, so none waits for the disk; what a killed process wrote is written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data with known answers that lies beside the project; absent elsewhere."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of reference data is not here (it is not part of the project)")
    return folder


@dataclass(frozen=True)
class Base:
    """A workspace on disk, and what its newest run says, as plain Python."""

    folder: Path

    def run(self, as_of: dt.date | str | None = None) -> Base:
        vitrail.open(self.folder).run(as_of, report=False)
        return self

    def file(self, name: str) -> Path:
        return vitrail.open(self.folder).latest().file(name)

    def bytes(self, *names: str) -> dict[str, bytes]:
        return {name: self.file(name).read_bytes() for name in names}

    def rows(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.file(name)).to_pylist()
        return rows

    @property
    def profile(self) -> dict[str, dict[str, Any]]:
        return {row["customer_id"]: row for row in self.rows("profile.parquet")}

    @property
    def funnel(self) -> dict[str, tuple[int, Any]]:
        return {row["step"]: (row["rows"], row["amount"]) for row in self.rows("funnel.parquet")}

    @property
    def since(self) -> dict[tuple[str, str], dt.date | None]:
        return {(m["customer_id"], m["segmentation"]): m["since"] for m in self.rows("memberships.parquet")}


@pytest.fixture(scope="session")
def make_base(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Base]:
    """Make a workspace: its plan below `version` and `name`, and its files, a table becoming Parquet."""
    numbers = count()

    def make(plan: str, files: Mapping[str, pa.Table | bytes | str]) -> Base:
        folder = tmp_path_factory.mktemp(f"base{next(numbers)}")
        (folder / "vitrail.yml").write_text(f"version: 1\nname: Test\n{plan}", encoding="utf-8")
        for name, content in files.items():
            if isinstance(content, pa.Table):
                pq.write_table(content, folder / name)
            else:
                (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return Base(folder)

    return make


SHOP_DAYS = 400


def simulate_shop(
    seed: int, customers: int = 800, spread: float | None = None, pace: float = 0.01, gone: float = 0.0
) -> pa.Table:
    """Orders of a shop whose customers are known, over `SHOP_DAYS` days from 2024-01-01.

    Args:
        spread: the shape of the gamma that customers' paces follow; None for one pace for all, so that the
            past tells nothing of the future.
        pace: mean orders a day.
        gone: the share of customers who leave for good, at any moment.
    """
    random = np.random.default_rng(seed)
    paces = np.full(customers, pace) if spread is None else random.gamma(spread, pace / spread, customers)
    until = np.where(random.random(customers) < gone, random.uniform(0, SHOP_DAYS, customers), SHOP_DAYS)
    counts = random.poisson(paces * SHOP_DAYS)
    who = np.repeat(np.arange(customers), counts)
    at = random.uniform(0, SHOP_DAYS, len(who))
    stays = at < until[who]
    who, at = who[stays], at[stays]
    start = dt.datetime(2024, 1, 1)
    categories = random.choice(["coffee", "tea", "cups", "mugs", "spoons"], len(who))
    return pa.table(
        {
            "customer_id": [f"c{each:05d}" for each in who],
            "order_id": [f"o{each:06d}" for each in range(len(who))],
            "ordered_at": [start + dt.timedelta(seconds=round(each * 86400)) for each in at],
            "amount": np.round(random.lognormal(3, 0.5, len(who)), 2),
            "category": categories,
        }
    )


@pytest.fixture(scope="session")
def make_shop() -> Callable[..., pa.Table]:
    return simulate_shop
