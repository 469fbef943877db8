"""Variables left out of a search because they hold the answer, which only the data show.

microsegment_tells      its classes explain nearly all of the KPI, or tell a yes/no without fail: it was
                        probably written down with the answer
microsegment_of_orders  the KPI tells of the orders of a customer, and in one of its classes all customers
                        ordered again, or none did: with one order a share over orders is 0 or 1, so 0.25
                        to 0.5 says "several orders", and who ordered several times spent more
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, sql
from vitrail.findings import Finding
from vitrail.segments.microsegments.coding import Coding
from vitrail.segments.microsegments.halves import load_population, load_sample
from vitrail.segments.microsegments.search import Sample, count_answers, explain_share
from vitrail.statistics.concordance import measure_concordance
from vitrail.variables.kpis import Kpi
from vitrail.variables.leakage import EXPLAINS_ALL, check_leak
from vitrail.variables.lineage import find_order_made


def check_codings(
    sample: Sample, codings: Sequence[Coding], kpi: Kpi, again: Mapping[str, Sample]
) -> dict[int, Finding]:
    """By the place of its coding, why a variable is left out.

    Args:
        sample: the codes of the searched half and the KPI.
        again: by variable made of the orders that the KPI tells of, the same with "ordered again" for a KPI.
    """
    found = {}
    for at, coding in enumerate(codings):
        figures = {"name": coding.variable}
        orders = again.get(coding.variable)
        if orders is not None and _holds_the_answer(orders, at, coding, same_orders=True):
            found[at] = Finding("microsegment_of_orders", "info", "", figures)
        elif explain_share(sample, at, coding) >= EXPLAINS_ALL or (
            kpi.kind == "share" and _holds_the_answer(sample, at, coding)
        ):
            found[at] = Finding("microsegment_tells", "info", "", figures)
    return found


def load_again(
    engine: Engine,
    table: str,
    key: str,
    kpi: Kpi,
    codings: Sequence[Coding],
    lineage: Mapping[str, frozenset[str]],
    among: exp.Expr | None,
    seed: int,
) -> dict[str, Sample]:
    """Who ordered again, by variable made of the orders that the KPI tells of; empty where there is none."""
    tied = find_order_made(kpi.columns, [each.variable for each in codings], lineage)
    if not tied or "order_count" not in engine.columns(exp.select("*").from_(table)):
        return {}
    again = Kpi(sql("cast(order_count > 1 as double)"), "share", ("order_count",))
    sample = load_sample(engine, load_population(engine, table, key, again, among, seed), codings, again)
    return dict.fromkeys(tied, sample)


def _holds_the_answer(sample: Sample, at: int, coding: Coding, same_orders: bool = False) -> bool:
    """Whether a yes/no leaks through the variable (`vitrail.variables.leakage`)."""
    table = count_answers(sample, at, coding)
    separation = float(measure_concordance(table.astype(np.float64)))
    counts = np.vstack([np.zeros_like(table[:1]), table])
    return check_leak(coding.variable, counts, separation, same_orders) is not None
