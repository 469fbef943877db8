"""What each variable is made of, so that a KPI is not explained by itself.

A variable rests on *facets*: columns of the working tables (`amount`, `day`, `country`), the number of
purchases (`purchases`: every count, and every sum, which grows with them), and, of the register, its own
column. Two variables that share a facet are relatives: `total_amount` tells of `order_count` because both
grow with each purchase, and `first_order_days` of `recency_days` because nobody bought last before buying
first. A ratio of two sums does not grow with purchases, unless it compares two periods; the hour and the
weekday of an order say nothing of its day. Nobody orders before signing up, so that the days since one tell
of the days since the other. A prediction is made of all that a customer has done.

What is made of a customer's orders in any way carries the mark `ORDERS`, and `CHOSEN` if it is the value of
one of them by its date: the first, the last. That alone makes no relatives, yet its values may depend on how
many orders there are: one order leaves a share over orders at 0 or 1, and the most frequent answer of many
settles on the one that is commonest among all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlglot import exp

from vitrail.engine.sql import literal
from vitrail.variables.catalogue import Variable

PURCHASES = "purchases"
ORDERS = "made of orders"
CHOSEN = "of one order"

_SAME = {"ordered_at": "day", "gap_days": "day", "quantity": "amount"}
_SUMS = (exp.Sum, exp.Count, exp.CountIf)
_CHOOSING = (exp.ArgMin, exp.ArgMax)
_DATES = {"ordered_at", "day"}
_BOOKKEEPING = {"is_purchase", "customer_id"}
_OF_THE_CLOCK = (exp.DayOfWeekIso, exp.DayOfWeek, exp.Hour, exp.Minute)
_BEFORE_ALL_ORDERS = {"signed_up_at"}
_PARTS_OF_THE_CLOCK = {"hour", "minute", "second", "dow", "isodow"}


def trace_lineage(
    variables: Iterable[Variable], made_of: Mapping[str, Collection[str]] | None = None
) -> dict[str, frozenset[str]]:
    """The facets of each column of the profile.

    Args:
        made_of: columns made of others, such as a segmentation's, and the variables it reads.

    >>> from vitrail.variables import BUILT_IN
    >>> facets = trace_lineage(BUILT_IN, {"value": ["recency_days", "order_count"]})
    >>> sorted(facets["total_amount"]), sorted(facets["mean_order_amount"])
    (['amount', 'made of orders', 'purchases'], ['amount', 'made of orders'])
    >>> sorted(facets["value"])
    ['day', 'made of orders', 'purchases']
    """
    found: dict[str, frozenset[str]] = {}
    for each in variables:
        own = _facets(each)
        found[each.name] = found.get(each.name, frozenset()) | own
    for name, parts in (made_of or {}).items():
        found[name] = frozenset().union(*(found.get(part, {part}) for part in parts))
    return found


def find_relatives(
    kpi: Collection[str], columns: Iterable[str], lineage: Mapping[str, frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    """The columns that tell of a KPI by the way they are made, each with the KPI's columns it is related to.

    Args:
        kpi: the columns the KPI is made of.
        columns: those in question; a column without a lineage is related to itself alone.

    >>> find_relatives(["churned"], ["churned", "country"], {})
    {'churned': ('churned',)}
    """
    facets = {name: lineage.get(name, frozenset({name})) | {f"={name}"} for name in (*kpi, *columns)}
    related = {
        name: tuple(each for each in kpi if facets[each] & facets[name] - {ORDERS, CHOSEN} or each == name)
        for name in columns
    }
    return {name: with_ for name, with_ in related.items() if with_}


def find_order_made(
    kpi: Collection[str], columns: Iterable[str], lineage: Mapping[str, frozenset[str]], averages: bool = True
) -> tuple[str, ...]:
    """The columns made of orders whose number the KPI depends on; none where it depends on no number.

    It tells their number, or is an average over them, which strays the further the fewer they are: who
    ordered once has a share of 0 or 1, and a mean that is one order's.

    Args:
        averages: whether an average counts; the mean of averages does not depend on how few each is of.

    >>> from vitrail.variables import BUILT_IN
    >>> lineage = trace_lineage(BUILT_IN)
    >>> find_order_made(["order_count"], ["usual_hour", "churned"], lineage)
    ('usual_hour',)
    >>> find_order_made(["mean_order_amount"], ["order_count", "churned"], lineage)
    ('order_count',)
    >>> find_order_made(["recency_days"], ["order_count", "churned"], lineage)
    ()
    """
    made = [facets for facets in (lineage.get(name, frozenset()) for name in kpi) if ORDERS in facets]
    if any(PURCHASES in facets or (averages and "day" not in facets) for facets in made):
        return tuple(name for name in columns if ORDERS in lineage.get(name, ()))
    return ()


def find_order_counted(
    kpi: Collection[str],
    columns: Iterable[str],
    lineage: Mapping[str, frozenset[str]],
    averages: bool = False,
) -> tuple[str, ...]:
    """The columns whose numbers go with how many orders there are, of a KPI that grows with each; else none.

    A mean, a share or a bound over them, what is usual among them, and the time since a customer could order,
    or last did: whoever has been there for longer had more time, and of more orders the last is more recent.
    The value of the first or the last, such as the newest address, is none.

    Args:
        averages: whether a KPI counts too that does not grow with orders, but is read off all of them: with
            more of them something was sent back sooner or later, and a mean strays less.

    >>> from vitrail.variables import KNOWN
    >>> lineage = trace_lineage(KNOWN)
    >>> named = ["mean_order_amount", "signup_days", "usual_hour", "age_years"]
    >>> find_order_counted(["order_count"], named, lineage)
    ('mean_order_amount', 'signup_days', 'usual_hour')
    >>> find_order_counted(["recency_days"], named, lineage)
    ()
    >>> find_order_counted(["refund_share"], ["recency_days", "age_years"], lineage, averages=True)
    ('recency_days',)
    """
    made = [lineage.get(name, frozenset()) for name in kpi]
    if any(PURCHASES in each or (averages and "day" not in each and is_order_made(each)) for each in made):
        return tuple(name for name in columns if is_order_made(lineage.get(name, frozenset())))
    return ()


def is_order_made(facets: frozenset[str]) -> bool:
    """Whether what has these facets goes with how many orders there are, by the way it is made."""
    return PURCHASES in facets or (bool(facets & {ORDERS, "day"}) and CHOSEN not in facets)


def _facets(variable: Variable) -> frozenset[str]:
    tree = variable.compile(literal("1970-01-01"))
    if variable.grain == "predictions":
        return frozenset({"amount", "day", PURCHASES, ORDERS})
    if variable.grain == "customers":
        own = {column.name for column in tree.find_all(exp.Column)}
        return frozenset(own | {"day"} if own & _BEFORE_ALL_ORDERS else own)
    choosing = tree.find_all(exp.Bracket, *_CHOOSING)
    chosen = {CHOSEN} if any(_is_by_date(each) for each in choosing) else set()
    tree = tree.transform(_chosen_field)
    facets = {_facet(column) for column in tree.find_all(exp.Column) if column.name not in _BOOKKEEPING}
    facets |= {ORDERS, *chosen}
    if any(_accumulates(node) for node in tree.find_all(*_SUMS)):
        facets.add(PURCHASES)
    if any(column.name == "gap_days" for column in tree.find_all(exp.Column)):
        facets.add(PURCHASES)  # there is a gap only between two of them
    return frozenset(facets)


def _facet(column: exp.Column) -> str:
    name, asked = column.name, column.parent
    clock = isinstance(asked, _OF_THE_CLOCK) or (
        isinstance(asked, exp.Extract) and asked.this.name.casefold() in _PARTS_OF_THE_CLOCK
    )
    return "hour_or_weekday" if name == "ordered_at" and clock else _SAME.get(name, name)


def _is_by_date(node: exp.Expr) -> bool:
    """Whether it is the first of `max({'at': ordered_at, …})['value']`, or `min_by(x, ordered_at)`."""
    if isinstance(node, _CHOOSING):
        by: exp.Expr | None = node.expression
    else:
        by = next((field.expression for field in node.find_all(exp.PropertyEQ)), None)
    by = by.this if isinstance(by, exp.Order) else by
    return isinstance(by, exp.Column) and by.name in _DATES and _chosen_field(node) is not node


def _chosen_field(node: exp.Expr) -> exp.Expr:
    """Of `max({'at': …, 'value': x})['value']`, `mode(x order by …)` and `min_by(x, …)`, the value; the rest
    says which."""
    if isinstance(node, _CHOOSING):
        return exp.Max(this=node.this.copy())
    if isinstance(node, exp.Order):
        ordered: exp.Expr = node.this.copy()
        return ordered
    if not isinstance(node, exp.Bracket) or len(node.expressions) != 1:
        return node
    wanted = node.expressions[0].name
    for field in node.find_all(exp.PropertyEQ):
        if field.this.name == wanted:
            return exp.Max(this=field.expression.copy())
    return node


def _accumulates(node: exp.Expr) -> bool:
    """Whether a sum makes its variable grow: it is not divided by another, nor only asked about."""
    part, above = node, node.parent
    while above is not None:
        if isinstance(above, exp.If) and part is above.this:
            return False
        if isinstance(above, exp.Div) and above.this.find(*_SUMS) and above.expression.find(*_SUMS):
            return any(_facet(column) == "day" for column in above.find_all(exp.Column))
        part, above = above, above.parent
    return True
