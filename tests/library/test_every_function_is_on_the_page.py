"""The page of the library has every public name, with the arguments it takes."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import vitrail

PAGE = Path(__file__).parents[2] / "docs/reference/library.md"


def test_every_public_name_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert dir(vitrail) == sorted(vitrail.__all__)  # what a notebook offers
    for name in vitrail.__all__:
        if name in ("Workspace", "VitrailError", "open"):
            assert f"vitrail.{name}" in page
        elif name != "__version__":
            part = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
            signature = part.partition(f"vitrail.{name}(")[2].partition("```")[0]
            assert all(
                argument in signature for argument in inspect.signature(getattr(vitrail, name)).parameters
            )


def test_the_page_says_what_each_function_returns() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("\n## What they return\n")[2]
    for name in set(vitrail.__all__) - {"Workspace", "VitrailError", "open", "__version__"}:
        function = getattr(vitrail, name)
        kind = getattr(inspect.getmodule(function), function.__annotations__["return"])
        part = page.partition(f"\n### {kind.__name__}\n")[2].partition("\n### ")[0]
        assert f"`{kind.__module__}`" in part and f"`{name}`" in part
        alike = {"to_arrow", "to_dict", "findings", "language"}
        assert alike - set(dir(kind)) <= {"findings", "language"}
        own = {
            each
            for each in {*dir(kind), *(field.name for field in fields(kind))} - alike
            if not each.startswith("_")
        }
        assert {each for each in own if f"- `{each}" not in part} == set(), kind


def test_the_examples_of_the_page_are_those_that_run() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in vitrail.__all__:
        said = inspect.getdoc(getattr(vitrail, name)) or ""
        if f"\n## {name}\n" in page and ">>> " in said:
            assert said[said.index(">>> ") :].strip() in page, name
