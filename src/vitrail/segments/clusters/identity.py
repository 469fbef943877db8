"""The same segments through time: which of the clusters found now are those of an earlier run.

Model: the customers of both runs are counted by earlier and present cluster. Pairs are matched so that the
    sum of their Jaccard similarities is greatest (the Hungarian method). Of each cluster it is said:
    same      most of an earlier cluster is in it, and most of it comes from there;
    split     most of it comes from an earlier cluster, of which another cluster holds a good part too;
    merged    most of two earlier clusters or more are in it;
    new       neither; and of an earlier cluster none of whose members' clusters is one of these: gone.
    The matched cluster keeps the key, the name and the tone.
Assumes: a customer keeps their key from run to run. Customers of one run alone say nothing.
Source: Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955;
    Spiliopoulou, Ntoutsi, Theodoridis & Schult, "MONIC: modeling and monitoring cluster transitions",
    KDD 2006.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlglot import exp

from vitrail.engine import column, sql
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.segments.base import Base
from vitrail.store import Run, load_run

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Rows

Fate = Literal["same", "split", "merged", "new", "gone"]

MOST, GOOD_PART = 0.5, 0.2


@dataclass(frozen=True, slots=True)
class Earlier:
    """The clusters of an earlier run.

    Args:
        kind: its verdict on them.
        keys: its clusters; without the segments of customers it could not place.
        labels, tones: theirs, by key.
        profile: its file of profiles, with a column named as the segmentation.
    """

    run_id: str
    as_of: str
    kind: str
    keys: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]
    tones: Mapping[str, str]
    profile: Path


@dataclass(frozen=True, slots=True)
class Transition:
    """What became of a cluster.

    Args:
        segment: the place of the present cluster; None where an earlier one is gone.
        earlier: keys of the earlier clusters it speaks of, the one whose name is kept first.
        overlap: the Jaccard similarity with that one, over the customers of both runs.
        kept: the share of its customers that are in the present cluster.
    """

    fate: Fate
    segment: int | None
    earlier: tuple[str, ...]
    overlap: float
    kept: float

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)


def load_earlier(run: Run | None, follow: str, segmentation: str, place: str) -> Earlier | None:
    """The clusters of the run that a plan follows; None where the newest does not have this segmentation.

    Args:
        run: the workspace's newest run.
        follow: `latest`, `none`, or the id of a run beside it.
        place: where the plan says so.

    Raises:
        PlanError: a run is named, and none of that name has this segmentation.
        StoreError: what the run says of its clusters is damaged.
    """
    if follow == "none":
        return None
    if run is not None:
        followed = run
        if follow != "latest" and (run.folder.parent / follow).is_dir():
            followed = load_run(run.folder.parents[2], follow)
        if follow in ("latest", followed.run_id) and (earlier := _read_earlier(followed, segmentation)):
            return earlier
    if follow != "latest":
        figures = {"run": follow, "name": segmentation}
        raise PlanError(Finding("clusters_no_such_run", "error", place, figures))
    return None


def _read_earlier(run: Run, segmentation: str) -> Earlier | None:
    for each in (run.analysis("clusters") or {}).get("clusters", ()):
        if each["key"] == segmentation:
            segments = each["segments"]
            return Earlier(
                run_id=run.run_id,
                as_of=each["as_of"],
                kind=each["kind"],
                keys=tuple(segment["key"] for segment in segments),
                labels={segment["key"]: segment["label"] for segment in segments},
                tones={segment["key"]: segment["tone"] for segment in segments},
                profile=run.file("profile.parquet"),
            )
    return None


def count_common(base: Base, assign: exp.Expr, count: int, segmentation: str, earlier: Earlier) -> Rows:
    """Customers in each present (down) and earlier (across) cluster: one join of two columns.

    Args:
        assign: the present cluster, as `c0`, `c1` … below `count`.
    """
    import numpy as np

    scan = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(earlier.profile))])
    before = exp.select(
        exp.cast(column("customer_id"), "varchar").as_("customer_id"), column(segmentation).as_("before")
    ).from_(exp.Table(this=scan))
    now = exp.select(
        exp.cast(column("customer_id"), "varchar").as_("customer_id"), exp.alias_(assign.copy(), "present")
    ).from_(base.table)
    counted = (
        exp.select("present", "before", sql("count(*)").as_("customers"))
        .from_(now.subquery("now"))
        .join(before.subquery("earlier"), using="customer_id")
        .group_by("present", "before")
    )
    keys = [f"c{index}" for index in range(count)]
    common = np.zeros((count, len(earlier.keys)))
    for row in base.engine.records(counted):
        if row["present"] in keys and row["before"] in earlier.keys:
            common[keys.index(row["present"]), earlier.keys.index(row["before"])] = row["customers"]
    return common


def match_clusters(common: Rows, earlier: Sequence[str]) -> tuple[Transition, ...]:
    """What became of each cluster, the present ones first, in order, then the earlier ones that are gone.

    >>> import numpy as np
    >>> found = match_clusters(np.array([[90.0, 0.0], [10.0, 50.0]]), ["calm", "keen"])
    >>> [(each.fate, each.earlier, round(each.overlap, 2)) for each in found]
    [('same', ('calm',), 0.9), ('same', ('keen',), 0.83)]
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    present, before = common.sum(axis=1), common.sum(axis=0)
    union = present[:, None] + before - common
    similar = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    from_earlier = np.divide(common.T, present, out=np.zeros_like(common.T), where=present > 0).T
    into_present = np.divide(common, before, out=np.zeros_like(common), where=before > 0)
    partner = dict(zip(*linear_sum_assignment(-similar), strict=True))
    transitions = []
    spoken_of: set[int] = set()
    for segment in range(len(common)):
        own = partner.get(segment)
        sources = [index for index in range(len(before)) if into_present[segment, index] > MOST]
        origins = [index for index in range(len(before)) if from_earlier[segment, index] > MOST]
        fate: Fate = "new"
        of: list[int] = []
        if len(sources) > 1:
            fate, of = "merged", sources
        elif origins:
            origin = origins[0]
            parts = sum(
                from_earlier[other, origin] > MOST and into_present[other, origin] >= GOOD_PART
                for other in range(len(common))
            )
            if parts > 1 and into_present[segment, origin] >= GOOD_PART:
                fate, of = "split", origins
            elif sources == origins:
                fate, of = "same", origins
        of = sorted(of, key=lambda index: (index != own, -similar[segment, index]))
        spoken_of |= set(of)
        best = of[0] if of else None
        overlap = float(similar[segment, best]) if best is not None else 0.0
        kept = float(into_present[segment, best]) if best is not None else 0.0
        transitions.append(Transition(fate, segment, tuple(earlier[index] for index in of), overlap, kept))
    gone = [index for index in range(len(before)) if index not in spoken_of]
    return (*transitions, *(Transition("gone", None, (earlier[index],), 0.0, 0.0) for index in gone))


def keep_names(transitions: Sequence[Transition]) -> dict[int, str]:
    """By the place of a present cluster, the earlier key it keeps: each is kept once, by the most like it."""
    wishes = [
        (-each.overlap, each.segment, each.earlier[0])
        for each in transitions
        if each.segment is not None and each.earlier
    ]
    kept: dict[int, str] = {}
    for _, segment, key in sorted(wishes):
        if key not in kept.values():
            kept[segment] = key
    return kept
