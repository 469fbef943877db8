"""Vitrail: customer segmentation that tells the truth.

vitrail.open(folder).run()                   a workspace: plan, run, answers
vitrail.rfm(orders, as_of="2011-12-10")      one method on any dataframe that speaks Arrow
vitrail.abc, lifecycle, rules, profiles      likewise
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail.workspace import Workspace
    from vitrail.workspace.frames import abc, lifecycle, profiles, rfm, rules

    open = Workspace.open

__version__ = "0.1.0"

__all__ = ["Workspace", "__version__", "abc", "lifecycle", "open", "profiles", "rfm", "rules"]


def __getattr__(name: str) -> Any:
    """The public functions, imported when they are first asked for."""
    if name == "Workspace":
        return import_module("vitrail.workspace").Workspace
    if name == "open":
        return import_module("vitrail.workspace").Workspace.open
    if name in ("abc", "lifecycle", "profiles", "rfm", "rules"):
        return getattr(import_module("vitrail.workspace.frames"), name)
    raise AttributeError(f"module 'vitrail' has no attribute {name!r}")
