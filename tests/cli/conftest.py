"""The command line called in this process, or as a command of its own; a workspace that has run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vitrail.cli.app import app
from vitrail.cli.speaking import guard

CANARIES = ("canary", "secret.example", "Zoé Mésange")


def export(rows: int = 120) -> str:
    """An export of orders whose names and addresses must never be quoted."""
    lines = [
        f"C{i % 23:03d},O{i:04d},2024-{i % 9 + 1:02d}-{i % 27 + 1:02d},P{i % 5},{i % 7 + 1},{i % 40 + 1}.50,"
        f"canary{i % 23}@secret.example,Zoé Mésange"
        for i in range(rows)
    ]
    header = "Customer ID,Order ID,Order Date,Product,Quantity,Price,Email,Customer name"
    return "\n".join([header, *lines, ""])


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def quotes_nobody(self) -> bool:
        return not any(canary in self.err for canary in CANARIES) and "Traceback" not in self.err


@pytest.fixture
def vitrail(capfdbinary, monkeypatch) -> Callable[..., Said]:
    """Call the command line in this process, in English."""
    monkeypatch.delenv("VITRAIL_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(*words: object) -> Said:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as end:
            guard(lambda: app([str(word) for word in words], standalone_mode=False), "en")
        out, err = capfdbinary.readouterr()
        code = end.value.code
        assert isinstance(code, int)
        return Said(code, out.decode(), err.decode())

    return call


def _command(*words: object, cwd: Path | None = None, stdin: str | None = None, **environment: str) -> Said:
    """Call the command line as a command of its own."""
    known = {name: value for name, value in os.environ.items() if name not in ("VITRAIL_LANGUAGE", "LC_ALL")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from vitrail.cli import main; main()", *map(str, words)],
        capture_output=True, text=True, encoding="utf-8", cwd=cwd, input=stdin,
        env={**known, "LANG": "C.UTF-8", "COLUMNS": "80", **environment},
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def _finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "orders.csv").write_text(export(), encoding="utf-8")
    assert _command("run", folder / "orders.csv", "-C", folder, "--no-report").code == 0
    return folder


@pytest.fixture
def shop(_finished, tmp_path) -> Path:
    """A workspace of one's own, with a run."""
    return Path(shutil.copytree(_finished, tmp_path / "shop", symlinks=True))


@pytest.fixture(scope="session")
def command() -> Callable[..., Said]:
    """Call the command line as a process of its own."""
    return _command


@pytest.fixture(scope="session")
def header() -> str:
    return export(0)


@pytest.fixture(scope="session")
def orders() -> str:
    return export()
