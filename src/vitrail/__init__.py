"""Vitrail: customer segmentation that tells the truth.

vitrail.open(folder).run()                   a workspace: plan, run, answers
vitrail.rfm(orders, as_of="2011-12-10")      one method on any dataframe that speaks Arrow
vitrail.abc, lifecycle, rules, profiles      likewise
vitrail.propensity(orders, target="churn")   how likely each customer is to do something, and if it is of use
vitrail.lifetime_value(orders)               what each customer is still to order and to bring
vitrail.contract_value(customers, …)         what subscribers are worth
vitrail.clusters(table, variables=[…])       segments found in the data, and whether they are there
vitrail.cohorts(orders, by="first_order")    who comes back, period by period
vitrail.survival(customers, "tenure", left)  how long customers stay
vitrail.drivers(customers, "churned")        the variables that matter for a KPI
vitrail.hypothesis(customers, who, kpi)      whether a claim holds; hypotheses for several, corrected
vitrail.microsegments(customers, "spent")    narrow groups that stand out, confirmed on other customers
vitrail.validate(customers, "segment")       whether segments are worth acting on
vitrail.portfolio(orders)                    who buys what, and what is under-used
vitrail.journeys, seasonality, ages, regions likewise

What cannot be done is refused with a `vitrail.VitrailError`: its `findings` say all that is wrong.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail.errors import VitrailError
    from vitrail.library.clusters import clusters
    from vitrail.library.cohorts import cohorts
    from vitrail.library.contract_value import contract_value
    from vitrail.library.drivers import drivers
    from vitrail.library.hypotheses import hypotheses, hypothesis
    from vitrail.library.lifetime_value import lifetime_value
    from vitrail.library.microsegments import microsegments
    from vitrail.library.pictures import ages, journeys, portfolio, regions, seasonality
    from vitrail.library.propensity import propensity
    from vitrail.library.segmenting import abc, lifecycle, profiles, rfm, rules
    from vitrail.library.survival import survival
    from vitrail.library.validation import validate
    from vitrail.workspace import Workspace

    open = Workspace.open

__version__ = "0.1.0"

__all__ = [
    "VitrailError",
    "Workspace",
    "__version__",
    "abc",
    "ages",
    "clusters",
    "cohorts",
    "contract_value",
    "drivers",
    "hypotheses",
    "hypothesis",
    "journeys",
    "lifecycle",
    "lifetime_value",
    "microsegments",
    "open",
    "portfolio",
    "profiles",
    "propensity",
    "regions",
    "rfm",
    "rules",
    "seasonality",
    "survival",
    "validate",
]

_METHODS = {
    "abc": "segmenting",
    "ages": "pictures",
    "clusters": "clusters",
    "cohorts": "cohorts",
    "contract_value": "contract_value",
    "drivers": "drivers",
    "hypotheses": "hypotheses",
    "hypothesis": "hypotheses",
    "journeys": "pictures",
    "lifecycle": "segmenting",
    "lifetime_value": "lifetime_value",
    "microsegments": "microsegments",
    "portfolio": "pictures",
    "profiles": "segmenting",
    "propensity": "propensity",
    "regions": "pictures",
    "rfm": "segmenting",
    "rules": "segmenting",
    "seasonality": "pictures",
    "survival": "survival",
    "validate": "validation",
}
"""Each method for dataframes and the module of `vitrail.library` that has it."""


def __getattr__(name: str) -> Any:
    """The public functions, imported when they are first asked for."""
    if name == "VitrailError":
        return import_module("vitrail.errors").VitrailError
    if name == "Workspace":
        return import_module("vitrail.workspace").Workspace
    if name == "open":
        return import_module("vitrail.workspace").Workspace.open
    if name in _METHODS:
        return getattr(import_module(f"vitrail.library.{_METHODS[name]}"), name)
    raise AttributeError(f"module 'vitrail' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What a notebook offers after `vitrail.`, though nothing is imported yet."""
    return list(__all__)
