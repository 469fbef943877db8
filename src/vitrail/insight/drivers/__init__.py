"""Variables that matter for a KPI: ranked out of sample, grouped, recommended; those that leak refused."""

from vitrail.insight.drivers.analysis import prepare_drivers
from vitrail.insight.drivers.finding import Question, find_drivers
from vitrail.insight.drivers.result import Drivers, DriversResult, Ranked

__all__ = [
    "Drivers",
    "DriversResult",
    "Question",
    "Ranked",
    "find_drivers",
    "prepare_drivers",
]
