"""What every result of the library does alike: it speaks Arrow, and prints what it found in sentences."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

import pyarrow as pa
from markupsafe import escape

from vitrail import i18n
from vitrail.findings import Finding, Findings

_MOST_TOLD = 8


class FrameResult(ABC):
    """A result with `findings` and a `language`; what it is comes first, then what a person should know."""

    __slots__ = ()

    findings: tuple[Finding, ...]
    language: i18n.Language

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", Findings(self.findings, self.language))

    @abstractmethod
    def to_arrow(self) -> pa.Table:
        """Its rows as an Arrow table."""

    @abstractmethod
    def _headline(self) -> str:
        """What it is, in a line."""

    @abstractmethod
    def _render(self) -> str:
        """Its table as HTML."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `polars.DataFrame(result)` and `pandas.DataFrame.from_arrow(result)` work."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return "\n".join([self._headline(), *(f"· {each}" for each in self._told())])

    def _repr_html_(self) -> str:
        told = (re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(each))) for each in self._told())
        return self._render() + "".join(f"<p>{each}</p>" for each in told)

    def _told(self) -> list[str]:
        """The findings as sentences; of many the first ones, and how many more there are."""
        told = Findings(self.findings, self.language).messages()
        if len(told) <= _MOST_TOLD:
            return told
        more = i18n.text("findings_more", self.language, count=len(told) - _MOST_TOLD)
        return [*told[:_MOST_TOLD], more]
