"""Members and others with as many orders: what one's own orders tell, compared where orders are as many.

A taste read off few orders strays: who ordered once has a usual hour that is one order's, and has seldom
sent anything back. Where a segment is made from orders too, its members have more of them or fewer than
others, and would differ by that alone.

Model: both sides are weighed within classes of equal numbers of orders, each class by `n1 n0 / (n1 + n0)`,
    which gives both sides the same orders at the least loss; classes that one side has nobody in are left
    out. Each side counts as many customers as its weights are worth (Kish), so that intervals are no narrower
    than the weights allow. Numbers of orders are alone in their class up to eight; from there a class is a
    quarter wide.
Source: Li, Morgan & Zaslavsky, "Balancing covariates via propensity score weighting", Journal of the American
    Statistical Association 113, 2018 (overlap weights); Kish, "Survey Sampling", 1965, section 11.7.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from vitrail.variables.catalogue import OF_THE_CUSTOMER
from vitrail.variables.lineage import ORDERS, PURCHASES

ALONE = 8
"""Up to so many orders, each number is a class of its own."""
WIDER = 1.25
"""From there, the most orders of a class over those of the class before."""
CLASSES = ALONE + 20

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int64]]


def find_averages(variables: Iterable[str], lineage: Mapping[str, frozenset[str]]) -> bool:
    """Whether a measure is made of one's own orders, or of the time for them, and does not tell their number.

    >>> from vitrail.variables import KNOWN
    >>> from vitrail.variables.lineage import trace_lineage
    >>> lineage = trace_lineage(KNOWN)
    >>> [find_averages([name], lineage) for name in ("usual_hour", "signup_days", "order_count", "age_years")]
    [True, True, False, False]
    """
    facets = [lineage.get(name, frozenset()) for name in variables if name not in OF_THE_CUSTOMER]
    return any(each & {ORDERS, "day"} for each in facets) and not any(PURCHASES in each for each in facets)


def depends_on_orders(defining: Collection[str], lineage: Mapping[str, frozenset[str]]) -> bool:
    """Whether what formed a segmentation is made of orders, or of the time for them."""
    return any(lineage.get(name, frozenset()) & {ORDERS, "day"} for name in defining)


def classify_orders(orders: Numbers) -> Classes:
    """The class of each number of orders, below `CLASSES`; an unknown one is none.

    >>> classify_orders(np.array([0.0, 1, 2, 8, 9, 10, 11, 12, 13, np.nan])).tolist()
    [0, 1, 2, 8, 9, 9, 10, 10, 11, 0]
    """
    known = np.maximum(np.nan_to_num(orders), 0)
    beyond = np.ceil(np.log(np.maximum(known, ALONE) / ALONE) / np.log(WIDER) - 1e-9)
    found: Classes = np.minimum(np.minimum(known, ALONE) + beyond, CLASSES - 1).astype(np.int64)
    return found


def weigh_alike(members: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
    """Both sides by grade, weighed to the same orders; as many as they are worth.

    Args:
        members: by class and grade.
        others: likewise, or a stack of such: one for each of several to compare the members with.

    >>> own, rest = weigh_alike(np.array([[0, 10], [30, 0.0]]), np.array([[0, 40], [10, 0.0]]))
    >>> own.round(2).tolist(), rest.round(2).tolist()
    ([14.05, 14.98], [16.09, 17.16])
    """
    n1, n0 = members.sum(axis=-1), others.sum(axis=-1)
    weights = n1 * n0 / np.maximum(n1 + n0, 1)
    return _weigh(members, n1, weights), _weigh(others, n0, weights)


def _weigh(counts: Numbers, sizes: Numbers, weights: Numbers) -> Numbers:
    each = weights / np.maximum(sizes, 1)
    spent = (weights * each).sum(axis=-1)
    worth = np.divide(weights.sum(axis=-1), spent, out=np.zeros_like(spent), where=spent > 0)
    weighed: Numbers = (each[..., None, :] @ counts)[..., 0, :] * worth[..., None]
    return weighed
