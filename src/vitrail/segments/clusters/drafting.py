"""What clusters are called: by their earlier names, by what distinguishes them, or as the plan says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vitrail.plan.clusters import MOST_CLUSTERS
from vitrail.plan.names import NO_ORDER, UNPLACED
from vitrail.segments.clusters.describing import Described
from vitrail.segments.clusters.identity import Earlier, Transition, keep_names
from vitrail.segments.clusters.naming import name_clusters
from vitrail.segments.words import label_texts

if TYPE_CHECKING:
    from vitrail.plan import ClustersSpec

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster's key, label and tone."""

    key: str
    label: Mapping[str, str]
    tone: str


def draft_names(
    described: Sequence[Described],
    yes_no: Mapping[str, bool],
    transitions: Sequence[Transition],
    earlier: Earlier | None,
    words: Mapping[str, Mapping[str, str]],
    spec: ClustersSpec,
) -> list[Draft]:
    """Clusters found again under their earlier key, label and tone; new ones under names not used before.

    The plan's words for a cluster, where it has some, come before both.
    """
    kept = keep_names(transitions)
    new = [index for index in range(len(described)) if index not in kept]
    names = name_clusters(
        [described[index].difference for index in new],
        yes_no,
        [*(earlier.keys if earlier else ()), EVERYONE, NO_ORDER, UNPLACED],
        words,
    )
    proposed = dict(zip(new, names, strict=True))
    tones = {earlier.tones[key] for key in kept.values()} if earlier else set()
    numbered = (f"other_{number}" for number in range(1, 2 * MOST_CLUSTERS + 1))
    free = (tone for tone in numbered if tone not in tones)
    drafts = [
        Draft(proposed[index].key, proposed[index].label, next(free))
        if index in proposed or earlier is None
        else Draft(kept[index], earlier.labels[kept[index]], earlier.tones[kept[index]])
        for index in range(len(described))
    ]
    return [_rename(draft, spec) for draft in drafts]


def _rename(draft: Draft, spec: ClustersSpec) -> Draft:
    """The plan's words for a cluster, where it has some."""
    words = spec.segments.get(draft.key)
    return draft if words is None else replace(draft, label=label_texts(words.label, draft.key))
