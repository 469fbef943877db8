"""A workspace from the outside: what the command line, the web pages and library users call."""

from vitrail.workspace.running import RunResult
from vitrail.workspace.workspace import Workspace

__all__ = ["RunResult", "Workspace"]
