"""`pip install .` gives the `vitrail` command and everything it needs beside its code."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import vitrail

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which a copy of the project was installed, without its libraries."""
    if int(version("setuptools").partition(".")[0]) < 77:
        pytest.skip("this environment's setuptools is older than the build needs")
    project, target = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("target")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", project / "src", ignore=leave)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(target), str(project)], check=True, capture_output=True)
    return target


def test_the_command_is_there(installed: Path) -> None:
    assert any(file.stem == "vitrail" for file in (installed / "bin").iterdir())


def test_no_file_of_the_package_is_left_behind(installed: Path) -> None:
    def contents(folder: Path) -> set[str]:
        files = (file for file in (folder / "vitrail").rglob("*") if file.is_file())
        return {str(f.relative_to(folder)) for f in files if "__pycache__" not in f.parts}

    assert contents(ROOT / "src") - contents(installed) == set()


def test_the_version_is_said_once_and_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == vitrail.__version__


def test_every_pin_has_hashes_and_no_address() -> None:
    for name in ("runtime.txt", "dev.txt"):
        text = (ROOT / "constraints" / name).read_text(encoding="utf-8")
        pins = [block for block in text.replace("\\\n", " ").splitlines() if "==" in block]
        assert pins and all("--hash=sha256:" in pin for pin in pins)
        assert "://" not in text and "--index" not in text


def test_every_library_of_the_project_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def name(requirement: str) -> str:
        return requirement.partition(">=")[0].lower().replace(".", "-")

    for file, wanted in (
        ("runtime.txt", project["dependencies"]),
        ("dev.txt", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        text = (ROOT / "constraints" / file).read_text(encoding="utf-8")
        pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
        assert {name(requirement) for requirement in wanted} <= pinned
