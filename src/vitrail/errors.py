"""Every error a user can meet, in one tree.

    VitrailError            exit 1
    ├── PlanError           the plan cannot be read or contradicts itself
    │   └── ConditionError  an SQL condition or expression in it is refused
    ├── SourceError         a file cannot be read, or not without a question
    ├── DataError           the data cannot carry what was asked
    ├── StoreError          the workspace cannot be read or written
    └── UsageError          exit 2: the call itself is wrong

An error carries findings, all of them at once, so that a person mends a plan in one go.
"""

from __future__ import annotations

from collections.abc import Sequence

from vitrail import i18n
from vitrail.findings import Finding


class VitrailError(Exception):
    """The root of the tree; carries one finding or more, each with its place."""

    exit_code = 1

    def __init__(self, findings: Finding | Sequence[Finding]) -> None:
        self.findings: tuple[Finding, ...] = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__(self.message("en"))

    def message(self, language: i18n.Language = "en") -> str:
        """All findings, one a line, each after its place."""
        return "\n".join(finding.told(language) for finding in self.findings)

    def __reduce__(self) -> tuple[type[VitrailError], tuple[tuple[Finding, ...]]]:
        return type(self), (self.findings,)


class PlanError(VitrailError):
    """The plan cannot be read, or contradicts itself."""


class ConditionError(PlanError):
    """An SQL condition or expression of the plan is refused."""


class SourceError(VitrailError):
    """A source cannot be read, or cannot be read without an answer from a person."""


class DataError(VitrailError):
    """The data cannot carry what was asked of it."""


class StoreError(VitrailError):
    """The workspace cannot be read or written."""


class UsageError(VitrailError):
    """The call itself is wrong: an unknown option, segment or customer."""

    exit_code = 2
