"""Dataframes of orders run as a workspace would: columns recognised, arguments made a plan, it is run.

The errors of such a plan name the function's arguments: `rfm.as_of`, `cohorts.where`, `orders`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

from vitrail import i18n
from vitrail.collection.amounts import check_amounts
from vitrail.collection.audit import check_collection
from vitrail.collection.files import FilesRead
from vitrail.engine import DuckDB
from vitrail.findings import Finding
from vitrail.library.frames import check_language, check_mapping, read_frame, recognise_frame
from vitrail.plan import CleaningSpec, Plan, SourceSpec, parse_block
from vitrail.workspace.context import AnalysisContext
from vitrail.workspace.segmenting import Segmented, segment_customers

COMMON = ("columns", "customers", "refunds", "currency", "language", "clean")
"""The arguments of every function on orders, beside `orders` and `as_of`."""

_BLOCKS = ("segmentations", "predictions", "cohorts", "pictures", "sources", "variables")


class Common(TypedDict, total=False):
    """What every function on orders takes beside them.

    Args:
        columns: model column → column of `orders`, or an SQL expression over its columns:
            `{"amount": "quantity * unit_price * (1 - discount)"}`.
        customers: a dataframe with a row a customer.
        refunds: `match`, `net` or `drop`.
        currency: of the amounts.
        language: of labels and messages.
        clean: as under a source's `clean:` in a plan.
    """

    columns: Mapping[str, str] | None
    customers: Any
    refunds: str
    currency: str | None
    language: i18n.Language
    clean: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class SegmentedOrders:
    """The chain run over dataframes; its working tables are in the engine.

    Args:
        sources: how each dataframe was recognised.
        notes: what a person should know of the chain and of how rows were read.
    """

    engine: DuckDB
    plan: Plan
    segmented: Segmented
    sources: Mapping[str, SourceSpec]
    notes: tuple[Finding, ...]

    @property
    def as_of(self) -> dt.date:
        """The day the figures speak of."""
        return self.segmented.collected.as_of

    @property
    def context(self) -> AnalysisContext:
        """What an analysis may read."""
        return AnalysisContext(self.engine, self.plan, self.segmented)


@contextmanager
def segmented_orders(
    function: str,
    orders: Any,
    as_of: dt.date | str,
    common: Common,
    blocks: Mapping[str, Any] | Callable[[Mapping[str, SourceSpec]], Mapping[str, Any]],
) -> Iterator[SegmentedOrders]:
    """The chain over `orders`, with what the plan of `blocks` asks for.

    Args:
        function: whose arguments these are, for errors.
        blocks: of the plan; or what makes them once the columns are recognised.

    Raises:
        VitrailError: a dataframe is none, a column is not recognised, an option is wrong, nothing is left.
    """
    language = common.get("language", "en")
    check_language(language)
    given = check_mapping("columns", common.get("columns"))
    frames = {"orders": orders, "customers": common.get("customers")}
    with DuckDB() as engine:
        reads: dict[str, FilesRead] = {}
        for name, frame in frames.items():
            if name == "orders" or frame is not None:
                reads[name] = read_frame(engine, name, frame)
        refunds = common.get("refunds", "match")
        sources = {
            name: recognise_frame(engine, name, read, given if name == "orders" else None, refunds)
            for name, read in reads.items()
        }
        clean = check_mapping("clean", common.get("clean"))
        if clean:
            cleaning = parse_block(CleaningSpec, dict(clean), "clean")
            sources["orders"] = sources["orders"].model_copy(update={"clean": cleaning})
        place = _arguments(function)
        options = {"version": 1, "name": "", "language": language, "currency": common.get("currency")}
        options |= {"as_of": as_of, "sources": sources, **(blocks(sources) if callable(blocks) else blocks)}
        plan = parse_block(Plan, options, place)
        plan.tell_places(place)
        segmented = segment_customers(engine, plan, reads)
        notes = (*segmented.findings, *check_collection(segmented.collected, reads, plan))
        notes = (*notes, *check_amounts(engine, plan))
        yield SegmentedOrders(engine, plan, segmented, sources, notes)


def _arguments(function: str) -> Callable[[str], str]:
    """What a path of the plan is called in a call of `function`.

    >>> place = _arguments("rules")
    >>> place("segmentations.rules.segments.gold.when"), place("sources.orders.columns"), place("as_of")
    ('rules.segments.gold.when', 'orders', 'rules.as_of')
    """

    def argument(path: str) -> str:
        block, _, rest = path.partition(".")
        if block == "sources":
            return rest.partition(".")[0] or "orders"
        if block in _BLOCKS:
            rest = rest.partition(".")[2]
            return f"{function}.{rest}" if rest else function
        return f"{function}.{path}"

    return argument
