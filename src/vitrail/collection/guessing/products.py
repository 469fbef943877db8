"""A bare `Référence` or `Code` in a file of lines: the product's, where each has one name of product."""

from __future__ import annotations

from vitrail.collection.guessing.choosing import Candidate, Reports, choose
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import read_header

_ONE_NAME = 0.95


def name_product_codes(candidates: list[Candidate], reports: Reports, evidence: Evidence) -> list[Candidate]:
    """The candidates, with a column called by a bare identifier taken for the product's code if it is that.

    It is where every row of one identifier names one product, beside a quantity or a price, or has one price
    beside a quantity; or where it never repeats and other columns already name the customer and the order.
    """
    chosen = choose(candidates)
    goods = {"product_name", "quantity", "unit_price"} & chosen.keys()
    if len(goods) < 2 or "product_id" in chosen:
        return candidates
    name = chosen["product_name" if "product_name" in goods else "unit_price"].source
    named = {c.model for c in candidates if c.model in ("customer_id", "order_id") and not _is_bare(c.source)}
    for source in sorted(reports):
        report = reports[source]
        if not _is_bare(source) or not report.filled or report.reading.kind not in ("text", "number"):
            continue
        inside = evidence.within(source, [name])
        one_name = name in inside and inside[name].constant > _ONE_NAME
        if one_name or (not inside and len(named) == 2):
            found = Candidate("product_id", source, 0.9, "guess_product_code")
            return [*(c for c in candidates if c.source != source), found]
    return candidates


def _is_bare(source: str) -> bool:
    header = read_header(source)
    return header.concepts == {"id"} and not header.unknown
