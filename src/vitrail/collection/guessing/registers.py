"""Whether a file is a register: a row a customer, and no orders."""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Reports, choose, list_candidates
from vitrail.collection.guessing.headers import read_header
from vitrail.collection.model import TABLES

_PEOPLE = tuple(name for name in TABLES["customers"].columns if name not in TABLES["orders"].columns)
_GOODS = ("order_id", "product_id", "product_name", "quantity", "unit_price")
_SALES = (*_GOODS, "payment_method", "status")
_SUMMED = frozenset({"revenue", "count", "last", "first", "average"})


def is_register(columns: Mapping[str, ColumnGuess], reports: Reports) -> bool:
    """Whether the file has a row a customer and no orders."""
    people = choose(list_candidates(TABLES["customers"].columns, reports, None, sales=False))
    key = people.get("customer_id") or people.get("email")
    if key is None:
        return False
    if not reports[key.source].unique:
        return _lists_people_twice(key.source, people, columns, reports)
    bare = key.reason.code == "guess_uniqueness"  # a number of nothing might be the order's
    told = (
        people[column].source
        for column in ("email", *(("company", "phone") if bare else ()))
        if column in people
    )
    again = any(5 * reports[source].distinct < 4 * reports[source].filled for source in told)
    about_people = [column for column in _PEOPLE if column in people]
    about_sales = [column for column in _SALES if column in columns and columns[column].score >= 0.75]
    worth = "amount" in columns or {"quantity", "unit_price"} <= columns.keys()
    if "ordered_at" not in columns or not worth:
        return len(about_people) > len(about_sales) or not set(_GOODS) & set(about_sales)
    if again:  # a register has no person on many rows
        return False
    speaks = read_header(columns["ordered_at"].source).concepts & {"order", "invoice", "revenue", "payment"}
    said = [read_header(source).concepts for source in reports]
    both = {each for concepts in said if not concepts & _SUMMED for each in concepts} >= {"net", "gross"}
    taxed = both or any("tax" in concepts for concepts in said)  # HT, TVA, TTC: invoices
    return bool(about_people) and not about_sales and not speaks and not taxed


def _lists_people_twice(
    key: str, people: Mapping[str, ColumnGuess], columns: Mapping[str, ColumnGuess], reports: Reports
) -> bool:
    """Whether a file is a register with several rows of some customers: much of people, nothing of sales."""
    sold = {"ordered_at", "amount", *_SALES} & columns.keys()
    about = [name for name in (*_PEOPLE, "email") if name in people and people[name].source != key]
    return not sold and len(about) > 1 and 2 * reports[key].distinct > reports[key].filled
