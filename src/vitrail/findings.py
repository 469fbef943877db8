"""A finding: a judgement with a code, a level, a place and its figures.

A finding is data. Its sentence is made when someone reads it, in that person's language, from the texts
in `vitrail.i18n`; so a run stores the same finding whoever reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vitrail import i18n

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement about a plan, a file, a segment or a run.

    Args:
        code: the key of its sentence in `vitrail/i18n/sentences/*.toml`.
        level: `info`, `warning` or `error`.
        place: where it was found: `vitrail.yml:12`, `orders.csv:14`, `value.champions`; empty for the whole.
        figures: what the sentence quotes, as typed values (int, Decimal, date, str), never formatted text.

    >>> finding = Finding("file_not_found", "error", "vitrail.yml:7", {"file": "orders.csv"})
    >>> finding.level, finding.place
    ('error', 'vitrail.yml:7')
    """

    code: str
    level: Level
    place: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: i18n.Language = "en") -> str:
        """The finding as a sentence in `language`."""
        return i18n.text(self.code, language, **self.figures)
