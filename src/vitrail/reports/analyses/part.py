"""A part of the report: what its template lays out, and the charts it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from vitrail.reports.drawings import Drawing


@dataclass(frozen=True, slots=True)
class Part:
    """One analysis as the page shows it.

    Args:
        title: of its section.
        note: a sentence below it, on what is shown and how it was made; empty for none.
        verdict: what it found, in a line that stands for it while it is folded.
        content: what its template lays out, by name; numbers already written for people.
        drawings: charts, all drawn in one go with those of the page; the template shows one with
            `chart(name, size)` of `parts.html`, size `whole` or `half`. Names are unique on the page.
    """

    title: str
    note: str = ""
    verdict: Markup | str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    drawings: tuple[Drawing, ...] = ()
