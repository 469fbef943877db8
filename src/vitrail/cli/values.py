"""Values of the profile as people write them: money with its sign, shares as percentages, days by name."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from vitrail import i18n
from vitrail.collection.model import TABLES
from vitrail.store import Run


def name_field(name: str, language: i18n.Language) -> str:
    """What people call a column of the model; what is not known goes by its own name."""
    found = (table.columns[name].label[language] for table in TABLES.values() if name in table.columns)
    return next(found, name)


class Described:
    """The columns of a run's profile with their names and units, in one language."""

    def __init__(self, run: Run, language: i18n.Language) -> None:
        self.language = language
        self.currency: str | None = run.manifest["plan"]["currency"]
        self._variables = {each["name"]: each for each in run.variables()}
        self._segmentations = {each["key"]: each for each in run.segmentations()}
        self._scored = {
            score: variable
            for each in self._segmentations.values()
            for score, variable in zip(each["scores"], each["scales"], strict=False)
        }

    def label(self, column: str) -> str:
        """The name of a variable, a segmentation or a score; what is not known goes by its own."""
        if column in self._scored:
            return i18n.text("cli_score_of", self.language, variable=self.label(self._scored[column]))
        found = self._variables.get(column) or self._segmentations.get(column)
        return str(found["label"][self.language]) if found else name_field(column, self.language)

    def write(self, column: str, value: Any) -> str:
        """A value of a column with its unit."""
        language = self.language
        if value is None:
            return "–"
        if column in self._segmentations:
            keys = value if isinstance(value, list) else [value]
            return ", ".join(self.segment(column, key) for key in keys) or "–"
        unit = self._variables.get(column, {}).get("unit", "")
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value):
            if unit == "money":
                return i18n.money(value, self.currency, language, 0 if value == int(value) else 2)
            if unit == "share":
                return i18n.percent(value, language)
            if unit == "weekday":
                return i18n.text(f"weekday_{value}", language)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return i18n.day(value, language, "long")  # as a moment's day is written
        return say_value(value, language)

    def segment(self, segmentation: str, key: str) -> str:
        """A segment's name."""
        segments: Iterable[Mapping[str, Any]] = self._segmentations[segmentation]["segments"]
        return next((s["label"][self.language] for s in segments if s["key"] == key), key)


def say_value(value: Any, language: i18n.Language, column: str = "") -> str:
    """A value as the language writes it: p-values with three decimals, and nothing as 0.00 that is not zero.

    Args:
        column: where it stands; `p` and `…p_adjusted` hold p-values.

    >>> say_value(True, "fr"), say_value(dt.date(2011, 12, 9), "fr"), say_value(1234.5, "en")
    ('oui', '09/12/2011', '1,234.50')
    >>> say_value(1e-12, "en", "p_adjusted"), say_value(0.0123, "en", "p"), say_value(0.00123, "en")
    ('< 0.001', '0.012', '0.00123')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return i18n.text("cli_yes" if value else "cli_no", language)
    if isinstance(value, float) and math.isfinite(value) and (column == "p" or column.endswith("p_adjusted")):
        least = 0.001
        return f"< {i18n.number(least, language, 3)}" if value < least else i18n.number(value, language, 3)
    if isinstance(value, float) and 0 < abs(value) < 0.005:
        return i18n.number(value, language, min(2 - math.floor(math.log10(abs(value))), 12))
    if isinstance(value, int | float | Decimal):
        return i18n.number(value, language)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()  # of a file whose dates have no time
        return i18n.day(value.date(), language, "long") if midnight else i18n.moment(value, language)
    if isinstance(value, dt.date):
        return i18n.day(value, language)
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
