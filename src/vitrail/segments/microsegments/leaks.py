"""Variables left out of a search because they hold the answer, which only the data show.

microsegment_tells      its classes explain nearly all of the KPI, or tell a yes/no without fail: it was
                        probably written down with the answer
microsegment_of_orders  the KPI depends on the number of a customer's orders, and in one of its classes all
                        customers ordered again, or none did: with one order a share over orders is 0 or 1,
                        so 0.25 to 0.5 says "several orders", and who ordered several times spent more
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine import Engine, sql
from vitrail.findings import Finding
from vitrail.segments.microsegments.coding import Coding
from vitrail.segments.microsegments.halves import load_population, load_sample
from vitrail.segments.microsegments.search import Sample, count_answers, explain_share
from vitrail.statistics.concordance import measure_concordance
from vitrail.variables.kpis import Kpi, compile_again
from vitrail.variables.leakage import EXPLAINS_ALL, check_leak, check_orders
from vitrail.variables.lineage import find_order_made


def check_codings(
    sample: Sample, codings: Sequence[Coding], kpi: Kpi, again: Mapping[str, Sample]
) -> dict[int, Finding]:
    """By the place of its coding, why a variable is left out.

    Args:
        sample: the codes of the searched half and the KPI.
        again: by variable made of the KPI's orders, the same with "ordered again" for a KPI.
    """
    found = {}
    for at, coding in enumerate(codings):
        figures = {"name": coding.variable}
        orders = again.get(coding.variable)
        if orders is not None and check_orders(coding.variable, _lay_levels(orders, at, coding)):
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
    """Who ordered again, by variable made of orders whose number the KPI depends on; empty without one."""
    averages = kpi.kind == "share"
    tied = find_order_made(kpi.columns, [each.variable for each in codings], lineage, averages)
    if not tied or "order_count" not in engine.columns(exp.select("*").from_(table)):
        return {}
    again, known = compile_again(), sql("$y is not null", y=kpi.value)
    asked = known if among is None else exp.and_(known, among)
    sample = load_sample(engine, load_population(engine, table, key, again, asked, seed), codings, again)
    return dict.fromkeys(tied, sample)


def _holds_the_answer(sample: Sample, at: int, coding: Coding) -> bool:
    """Whether a yes/no leaks through the variable (`vitrail.variables.leakage`)."""
    counts = _lay_levels(sample, at, coding)
    separation = float(measure_concordance(counts.astype(np.float64)))
    return check_leak(coding.variable, counts, separation) is not None


def _lay_levels(sample: Sample, at: int, coding: Coding) -> npt.NDArray[np.int64]:
    """Customers by class and answer; being missing is a class like any other."""
    table = count_answers(sample, at, coding)
    return np.vstack([np.zeros_like(table[:1]), table])
