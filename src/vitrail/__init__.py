"""Vitrail: customer segmentation that tells the truth.

vitrail.open(folder).run()                   a workspace: plan, run, answers
vitrail.rfm(orders, as_of="2011-12-10")      one method on any dataframe that speaks Arrow
vitrail.abc, lifecycle, rules, profiles      likewise
vitrail.drivers(customers, "churned")        the variables that matter for a KPI
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail.library.drivers import drivers
    from vitrail.library.hypotheses import hypotheses, hypothesis
    from vitrail.library.microsegments import microsegments
    from vitrail.library.segmenting import abc, lifecycle, profiles, rfm, rules
    from vitrail.workspace import Workspace

    open = Workspace.open

__version__ = "0.1.0"

__all__ = [
    "Workspace",
    "__version__",
    "abc",
    "drivers",
    "hypotheses",
    "hypothesis",
    "lifecycle",
    "microsegments",
    "open",
    "profiles",
    "rfm",
    "rules",
]

_METHODS = {
    "abc": "segmenting",
    "drivers": "drivers",
    "hypotheses": "hypotheses",
    "hypothesis": "hypotheses",
    "lifecycle": "segmenting",
    "microsegments": "microsegments",
    "profiles": "segmenting",
    "rfm": "segmenting",
    "rules": "segmenting",
}
"""Each method for dataframes and the module of `vitrail.library` that has it."""


def __getattr__(name: str) -> Any:
    """The public functions, imported when they are first asked for."""
    if name == "Workspace":
        return import_module("vitrail.workspace").Workspace
    if name == "open":
        return import_module("vitrail.workspace").Workspace.open
    if name in _METHODS:
        return getattr(import_module(f"vitrail.library.{_METHODS[name]}"), name)
    raise AttributeError(f"module 'vitrail' has no attribute {name!r}")
