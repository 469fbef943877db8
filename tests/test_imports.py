"""The shape of the house: data goes down the order of packages, imports go up it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ORDER = (
    "i18n", "findings", "errors", "plan", "engine", "statistics", "store", "objective", "variables",
    "collection", "profile", "segments", "validation", "insight", "prediction", "activation", "measurement",
    "charts", "reports", "workspace", "library", "demo", "web", "cli",
)  # fmt: skip
SOURCE = Path(__file__).resolve().parents[1] / "src" / "vitrail"
MODULES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 500
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}
HEAVY = {
    "altair", "babel", "matplotlib", "openpyxl", "pandas", "polars", "python_calamine", "scipy", "sklearn",
    "stepmix", "vl_convert",
}  # fmt: skip


def package(module: Path) -> str:
    """`errors` for `vitrail/errors.py`, `plan` for `vitrail/plan/loading.py`."""
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every dotted name that is imported anywhere in a module, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def breaches(here: str, source: str) -> list[str]:
    """The imports in a module of package `here` that go down the order, or to a package without a place."""
    found = []
    for name, line in imported(ast.parse(source)):
        root, _, rest = name.partition(".")
        there = rest.partition(".")[0]
        if root == "vitrail" and not there.startswith("__"):
            if there not in ORDER:
                found.append(f"line {line}: {there!r} has no place in the order")
            elif ORDER.index(there) > ORDER.index(here):
                found.append(f"line {line}: {here} imports {there}")
    return found


def test_a_module_imports_only_packages_that_stand_above_its_own() -> None:
    inside = [module for module in MODULES if module != SOURCE / "__init__.py"]  # which shows what they do
    assert {package(module) for module in inside} - set(ORDER) == set(), "give it its place in the order"
    found = {str(m): breaches(package(m), m.read_text(encoding="utf-8")) for m in inside}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import vitrail.cli",
        "from vitrail import cli",
        "from vitrail.cli.main import app",
        "import vitrail.misc",
    ],
)
def test_the_rule_notices_an_import_that_goes_down_wherever_it_stands(line: str) -> None:
    assert breaches("plan", line) and breaches("plan", f"def late():\n    {line}")


def test_no_module_is_longer_than_a_person_reads_in_one_go() -> None:
    lengths = {str(m.relative_to(SOURCE)): len(m.read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_name_says_what_is_inside() -> None:
    parts = {part.removesuffix(".py") for module in MODULES for part in module.relative_to(SOURCE).parts}
    assert parts & VAGUE == set()


@pytest.mark.parametrize("room", ["collection", "collection/guessing", "insight", "prediction", "workspace"])
def test_a_room_of_many_modules_opens_with_a_map_of_all(room: str) -> None:
    told = set(re.findall(r"\w+", (SOURCE / room / "__init__.py").read_text(encoding="utf-8")))
    doors = {each.stem for each in (SOURCE / room).iterdir() if each.suffix == ".py" or each.is_dir()}
    assert doors - told - {"__init__", "__pycache__"} == set(), "say what they are for"


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    hasty = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.parse(module.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and {name.partition(".")[0] for name, _ in imported(node)} & HEAVY
    ]
    assert hasty == []
