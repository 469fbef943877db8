"""A bare `Référence` or `Code` in a file of lines: the product's, where it and the name tell one another."""

from __future__ import annotations

from vitrail.collection.guessing.choosing import Candidate, Reports, choose
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import read_header

_ONE_NAME = 0.95


def name_product_codes(candidates: list[Candidate], reports: Reports, evidence: Evidence) -> list[Candidate]:
    """The candidates, with a column called by a bare identifier taken for the product's code if it is that.

    It is where every row of one identifier names one product, beside a quantity or a price, or has one price
    beside a quantity; or where other columns already name the customer and the order, and it never repeats or
    each name of a product has one (a lamp's code, whose name tells its colour).
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
        one_code = len(named) == 2 and "product_name" in goods and _has_one_code(name, source, evidence)
        if one_name or one_code or (not inside and len(named) == 2):
            reason = "guess_code_of_product" if one_code and not one_name else "guess_product_code"
            found = Candidate("product_id", source, 0.9, reason)
            return [*(c for c in candidates if c.source != source), found]
    return candidates


def _has_one_code(name: str, source: str, evidence: Evidence) -> bool:
    inside = evidence.within(name, [source])
    return source in inside and inside[source].constant > _ONE_NAME


def _is_bare(source: str) -> bool:
    header = read_header(source)
    return header.concepts == {"id"} and not header.unknown
