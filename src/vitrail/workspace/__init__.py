"""A workspace from the outside: what the command line, the web pages and library users call.

workspace          the folder, opened; each of its methods is one of the modules below
init               files looked at and a plan drafted: `grouping`, `copies`, `recognising` (`full_names`),
                   `payments`, `keys` (`codes`), `numbering`, `asking`, then `drafting` (`registers` where
                   there are no orders, `outlining` for a file that was not recognised)
checking           what a run would need (`patterns`, `possible`)
running            a run: `segmenting` from sources to segments (`predicting` before them, `dating`),
                   `analysing` what follows (`analyses`, `context`, `validating`), then `writing`
cataloguing, showing, tracing     variables, the SQL behind them, what became of every record
exporting          rows given out
"""

from vitrail.workspace.running import RunResult
from vitrail.workspace.workspace import Workspace

__all__ = ["RunResult", "Workspace"]
