"""The search for groups that stand out, on the half of the customers that may be searched freely.

Model: a group is one to three conditions. Its distance is the difference of the KPI's mean between the
    group and everybody else over its standard error, the larger of Welch's and that of a random draw. All
    single conditions and all pairs are looked at; triples extend the 60 pairs that stand out most. Each
    condition of a group must earn its place: against each group that lacks one of them, what it takes away
    must differ by √(2 ln conditions) standard errors, which the best of as many useless conditions seldom
    reaches. Once a group is found, each customer's KPI is taken down by the mean of those who are in the same
    groups as it, and the search begins anew: a wider group that stands out by the first alone does so no
    longer, nor does a shadow of it. A group that shares half of all their customers with an earlier one
    (Jaccard) is folded into it.
Assumes: nothing: what is found here is only a candidate, and its figures here are never shown.
Source: Klösgen, "Explora: a multipattern and multistrategy discovery assistant", in Advances in knowledge
    discovery and data mining, 1996; Lavrač et al., "Subgroup discovery with CN2-SD", Journal of Machine
    Learning Research 5, 2004.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt

from vitrail.segments.microsegments.coding import Coding

Table = npt.NDArray[np.float64]
"""Customers, total and sum of squares, along the first axis."""
Place = tuple[int, int]
"""A condition: its variable's place, its own among those of the variable."""

BEAM = 60
LEAST_DISTANCE = 3.0
SAME_GROUP = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """The customers searched.

    Args:
        codes: a row a variable, a column a customer.
        kpi: whole numbers small enough that sums are exact in any order.
    """

    codes: npt.NDArray[np.uint8]
    kpi: npt.NDArray[np.float64]

    def only(self, customers: npt.NDArray[np.bool_]) -> Sample:
        """Some of the customers."""
        return Sample(self.codes[:, customers], self.kpi[customers])


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for.

    Args:
        sign: 1 for a higher KPI, -1 for a lower one, 0 for either.
        least: customers of the sample that a group must hold; `greatest` those it may hold.
        most: groups to look for.
        depth: conditions of a group, at most.
    """

    sign: int
    least: float
    greatest: float
    most: int
    depth: int


def find_groups(sample: Sample, codings: Sequence[Coding], search: Search) -> list[tuple[Place, ...]]:
    """The groups that stand out, each as its conditions, the clearest first."""
    found: list[tuple[Place, ...]] = []
    told: list[npt.NDArray[np.bool_]] = []
    cell = np.zeros(sample.kpi.shape, dtype=np.intp)
    left = sample
    for _ in range(search.most):
        group = _find_best(left, codings, search)
        if group is None:
            break
        members = select_members(sample, codings, group)
        if all((members & each).sum() < SAME_GROUP * (members | each).sum() for each in told):
            found.append(group)
            told.append(members)
        cell = np.unique(2 * cell + members, return_inverse=True)[1]
        means = np.bincount(cell, sample.kpi) / np.bincount(cell)
        left = Sample(sample.codes, sample.kpi - np.rint(means)[cell])
    return found


def select_members(
    sample: Sample, codings: Sequence[Coding], group: Sequence[Place]
) -> npt.NDArray[np.bool_]:
    """Who of the sample is in a group."""
    members = np.ones(sample.kpi.shape, dtype=bool)
    for variable, condition in group:
        members &= codings[variable].holds[condition][sample.codes[variable]]
    return members


def explain_share(sample: Sample, variable: int, coding: Coding) -> float:
    """The share of the KPI's variance that the classes of one variable account for."""
    sums = _sum_classes(sample.codes[variable], sample.kpi, coding.holds.shape[1])
    whole = sums.sum(axis=1)
    scatter = whole[2] - whole[1] ** 2 / max(whole[0], 1)
    filled = sums[:, sums[0] > 0]
    between = float((filled[1] ** 2 / filled[0]).sum()) - whole[1] ** 2 / max(whole[0], 1)
    return float(between / scatter) if scatter > 0 else 0.0


def count_answers(sample: Sample, variable: int, coding: Coding) -> npt.NDArray[np.int64]:
    """Of a yes/no KPI, who says no and yes in each class of one variable, the surest no first."""
    yes = (sample.kpi > 0).astype(np.int64)
    cells = np.bincount(
        2 * sample.codes[variable].astype(np.int64) + yes, minlength=2 * coding.holds.shape[1]
    )
    table = cells.reshape(-1, 2).astype(np.int64)
    shares = table[:, 1] / np.maximum(table.sum(axis=1), 1)
    return np.asarray(table[np.argsort(shares, kind="stable")])


def _find_best(sample: Sample, codings: Sequence[Coding], search: Search) -> tuple[Place, ...] | None:
    size = sample.kpi.shape[0]
    if size < 2 * search.least:
        return None
    whole = np.array([size, sample.kpi.sum(), (sample.kpi**2).sum()])
    conditions = sum(len(each.conditions) for each in codings)
    levels = _Levels(sample, codings, search, whole, math.sqrt(2 * math.log(max(conditions, 2))))
    candidates = list(levels.singles())
    if search.depth > 1:
        pairs = list(levels.pairs())
        candidates += pairs
        if search.depth > 2:
            candidates += levels.triples()
    best = min(candidates, default=None)
    return best[-1] if best is not None and -best[0] >= LEAST_DISTANCE else None


class _Levels:
    """The groups of one, two and three conditions over one sample."""

    def __init__(
        self, sample: Sample, codings: Sequence[Coding], search: Search, whole: Table, threshold: float
    ) -> None:
        self.sample, self.codings, self.search = sample, codings, search
        self.whole, self.threshold = whole, threshold
        self.ones = [
            _sum_classes(codes, sample.kpi, coding.holds.shape[1]) @ coding.holds.T.astype(float)
            for codes, coding in zip(sample.codes, codings, strict=True)
        ]
        self.twos: dict[tuple[int, int], Table] = {}
        self.beam: list[tuple[float, tuple[Place, Place]]] = []

    def singles(self) -> Iterator[tuple[float, int, float, tuple[Place, ...]]]:
        for u, sums in enumerate(self.ones):
            distance = self._distance(sums)
            if len(distance) and np.isfinite(distance.max()):
                i = int(distance.argmax())
                yield -float(distance[i]), 1, float(sums[0, i]), ((u, i),)

    def pairs(self) -> Iterator[tuple[float, int, float, tuple[Place, ...]]]:
        for u, v in combinations_with_replacement(range(len(self.codings)), 2):
            sums = self.twos[u, v] = self._sum_pair(u, v)
            distance = self._distance(sums)
            if u == v:
                distance[np.tril_indices_from(distance)] = -np.inf
            self._keep_in_beam(u, v, distance)
            for parent in (self.ones[u][:, :, None], self.ones[v][:, None, :]):
                distance = np.where(self._earns(sums, parent), distance, -np.inf)
            if distance.size and np.isfinite(distance.max()):
                i, j = (int(k) for k in np.unravel_index(int(distance.argmax()), distance.shape))
                yield -float(distance[i, j]), 2, float(sums[0, i, j]), ((u, i), (v, j))

    def triples(self) -> Iterator[tuple[float, int, float, tuple[Place, ...]]]:
        for _, (one, two) in sorted(self.beam)[:BEAM]:
            members = select_members(self.sample, self.codings, (one, two))
            inside = self.sample.only(members)
            pair = self.twos[one[0], two[0]][:, one[1], two[1], None]
            for w, coding in enumerate(self.codings):
                if w in (one[0], two[0]):
                    continue
                sums = _sum_classes(inside.codes[w], inside.kpi, coding.holds.shape[1])
                sums = sums @ coding.holds.T.astype(float)
                distance = self._distance(sums)
                for parent in (pair, self._all_with(one, w), self._all_with(two, w)):
                    distance = np.where(self._earns(sums, parent), distance, -np.inf)
                if np.isfinite(distance.max()):
                    k = int(distance.argmax())
                    group = tuple(sorted((one, two, (w, k))))
                    yield -float(distance[k]), 3, float(sums[0, k]), group

    def _keep_in_beam(self, u: int, v: int, distance: Table) -> None:
        if self.search.depth < 3 or not distance.size:
            return
        flat = distance.ravel()
        for at in np.argsort(-flat, kind="stable")[:BEAM]:
            if not np.isfinite(flat[at]):
                break
            i, j = (int(k) for k in np.unravel_index(int(at), distance.shape))
            self.beam.append((-float(flat[at]), ((u, i), (v, j))))

    def _all_with(self, one: Place, variable: int) -> Table:
        """The sums of one condition with each of another variable's."""
        u, i = one
        sums: Table = self.twos[u, variable][:, i] if u <= variable else self.twos[variable, u][:, :, i]
        return sums

    def _sum_pair(self, u: int, v: int) -> Table:
        one, two = self.codings[u].holds, self.codings[v].holds
        wide = two.shape[1]
        code = self.sample.codes[u].astype(np.intp) * wide + self.sample.codes[v]
        cells = _sum_classes(code, self.sample.kpi, one.shape[1] * wide).reshape(3, one.shape[1], wide)
        sums: Table = one.astype(float) @ cells @ two.T.astype(float)
        return sums

    def _distance(self, sums: Table) -> Table:
        """How far each group stands out; minus infinity where it is too small, too big or goes the wrong
        way."""
        whole = self.whole.reshape(3, *([1] * (sums.ndim - 1)))
        distance = _standardise(sums, whole - sums)
        signed = np.abs(distance) if not self.search.sign else distance * self.search.sign
        fits = (sums[0] >= self.search.least) & (sums[0] <= self.search.greatest)
        return np.where(fits, signed, -np.inf)

    def _earns(self, sums: Table, parent: Table) -> npt.NDArray[np.bool_]:
        """Whether what a condition takes away from `parent` differs enough, the same way as the group
        does."""
        whole = self.whole.reshape(3, *([1] * (sums.ndim - 1)))
        gained = _standardise(sums, parent - sums)
        against = np.sign(_standardise(sums, whole - sums))
        earned: npt.NDArray[np.bool_] = gained * against >= self.threshold
        return earned


def _sum_classes(codes: npt.NDArray[Any], kpi: Table, classes: int) -> Table:
    return np.array(
        [
            np.bincount(codes, minlength=classes),
            np.bincount(codes, kpi, minlength=classes),
            np.bincount(codes, kpi**2, minlength=classes),
        ],
        dtype=np.float64,
    )


def _standardise(group: Table, rest: Table) -> Table:
    """The difference of means over the larger of its two standard errors; 0 where there is none."""
    n1, n0 = (np.maximum(side[0], 1) for side in (group, rest))
    scatter1, scatter0 = (np.maximum(side[2] - side[1] ** 2 / n, 0) for side, n in ((group, n1), (rest, n0)))
    gap = group[1] / n1 - rest[1] / n0
    own = scatter1 / (n1 * np.maximum(n1 - 1, 1)) + scatter0 / (n0 * np.maximum(n0 - 1, 1))
    drawn = (scatter1 + scatter0 + gap**2 * n1 * n0 / (n1 + n0)) / (n1 + n0 - 1) * (1 / n1 + 1 / n0)
    error = np.sqrt(np.maximum(own, drawn))
    usable = (group[0] >= 2) & (rest[0] >= 2) & (error > 0)
    return np.where(usable, gap / np.where(usable, error, 1), 0.0)
