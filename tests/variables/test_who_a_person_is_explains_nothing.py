"""Columns that name a person are passed over by every automatic choice, and are one list."""

from __future__ import annotations

from vitrail.collection.model import TABLES
from vitrail.insight.drivers.analysis import PASSED_OVER as OF_DRIVERS
from vitrail.prediction.propensity.features import PASSED_OVER as OF_PROPENSITIES
from vitrail.variables import PERSONAL


def test_they_are_columns_of_the_customer_model_and_no_analysis_has_fewer() -> None:
    known = set(TABLES["customers"].columns)
    assert known >= PERSONAL
    assert known >= OF_DRIVERS >= PERSONAL
    assert OF_PROPENSITIES >= PERSONAL
