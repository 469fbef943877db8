"""What a person should know of a clustering, and who is in a cluster in a few words."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vitrail.findings import Finding, Level
from vitrail.i18n import formats
from vitrail.i18n.formats import LANGUAGES, Language
from vitrail.i18n.texts import sentences, text
from vitrail.segments.clusters.bounds import NEAR_BOUND
from vitrail.segments.clusters.density import AGREES, HELD
from vitrail.segments.clusters.evidence import Cluster, ClusterEvidence
from vitrail.segments.clusters.identity import Transition
from vitrail.segments.clusters.naming import NOTABLE, tell_variable
from vitrail.variables import KNOWN

if TYPE_CHECKING:
    from vitrail.plan import ClustersSpec

#: Customers a variable that make segments likely to be found again.
NEEDED_A_VARIABLE = 70
FEWEST_A_SEGMENT = 20
MOST_TOLD = 3
#: Beyond these, a figure is written with a power of ten.
MOST_DECIMALS, MOST_FIGURES = 12, 15
NOTHING: Mapping[str, str] = dict.fromkeys(LANGUAGES, "")
_UNITS = {each.name: each.unit for each in KNOWN}
_SEPARATORS = {"en": "; ", "fr": "\u202f; "}


def tell_clustering(evidence: ClusterEvidence, spec: ClustersSpec) -> tuple[Finding, ...]:
    """The findings of a clustering that has segments: its kind first."""
    found: list[Finding] = []

    def add(code: str, level: Level, **figures: Any) -> None:
        found.append(Finding(code, level, evidence.key, figures))

    figures = tell_kind(evidence.to_dict())
    add(f"clusters_{evidence.kind}", "info", **figures)
    if evidence.bound is not None and evidence.bound.near:
        add("clusters_bound", "info", bound=tell_bound(asdict(evidence.bound)))
    if evidence.count < spec.count[0]:
        asked, have = spec.count[0], evidence.complete
        add(
            "clusters_fewer_than_asked", "warning",
            asked=asked, have=have, count=evidence.count, least=FEWEST_A_SEGMENT,
        )  # fmt: skip
    for reason in ("constant", "unlinked"):
        names = [_own(name) for name, why in evidence.left_out.items() if why == reason]
        if names:
            add(f"clusters_{reason}", "info", names=names)
    lacking = evidence.customers - evidence.complete
    if lacking:
        code = "clusters_filled" if spec.missing == "median" else "clusters_unplaced"
        share = lacking / evidence.customers
        names = [_own(name) for name in evidence.missing]
        add(code, "warning" if share > 0.05 else "info", customers=lacking, share=share, names=names)
    variables = len(evidence.scales)
    if evidence.complete < NEEDED_A_VARIABLE * variables:
        need = NEEDED_A_VARIABLE * variables
        add("clusters_small_sample", "info", have=evidence.complete, variables=variables, need=need)
    keys = [each.key for each in evidence.segments]
    unused = [name for name in spec.segments if name not in keys]
    if unused:
        add("clusters_name_unused", "warning", names=unused, options=keys)
    if evidence.earlier is not None and (changed := tell_transitions(evidence)):
        said = {
            language: _SEPARATORS[language].join(each[language] for each in changed) for language in LANGUAGES
        }
        add("clusters_changed", "info", as_of=dt.date.fromisoformat(evidence.earlier.as_of), said=said)
    return tuple(found)


def tell_kind(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What the sentence of a verdict quotes: the figures, whether it was near, whether the density agrees.

    Args:
        evidence: as plain data.
    """
    kind, bound, opinion = evidence["kind"], evidence["bound"], evidence["opinion"]
    stability = next(
        each["stability"] for each in evidence["qualities"] if each["count"] == evidence["count"]
    )
    near = bound["kind"] if abs(bound["room"]) < NEAR_BOUND else None
    just = {
        "just": "natural" if near == "natural" else "",
        "again": "reproducible" if near == "reproducible" else "",
    }
    told = {
        name: _translate(f"clusters_just_{kind}_{code}") if code else NOTHING for name, code in just.items()
    }
    doubt: Mapping[str, str] = NOTHING
    if kind == "natural" and (opinion["agreement"] or 0.0) < AGREES:
        code = "clusters_doubt_other" if opinion["groups"] > 1 else "clusters_doubt_none"
        doubt = _translate(code, groups=opinion["groups"])
    elif kind != "natural" and opinion["groups"] > 1 and opinion["outside"] <= 1 - HELD:
        doubt = _translate("clusters_doubt_groups", groups=opinion["groups"])
    return {"count": evidence["count"], "stability": round(stability, 2), "doubt": doubt, **told}


def tell_bound(bound: Mapping[str, Any]) -> dict[str, str]:
    """The condition that decided a verdict by least, with its figure; by language."""
    met = "met" if bound["room"] >= 0 else "missed"
    shares = bound["name"] in ("valley", "smallest", "values")
    figures = {name: bound[name] if shares else round(bound[name], 2) for name in ("figure", "threshold")}
    said = _translate(f"clusters_bound_{bound['name']}", **figures)
    return _translate(f"clusters_bound_{met}", bound=said, kind=f"clusters_as_{bound['kind']}")


def _translate(code: str, **figures: Any) -> dict[str, str]:
    return {language: text(code, language, **figures) for language in LANGUAGES}


def tell_transitions(evidence: ClusterEvidence) -> list[dict[str, str]]:
    """What became of the clusters of the run before, where something did; by language."""
    labels = {each.key: each.label for each in evidence.segments}
    if evidence.earlier is not None:
        labels = {**evidence.earlier.labels, **labels}
    changed = [
        _tell(each.transition, each.label, labels)
        for each in evidence.segments
        if each.transition is not None and each.transition.fate != "same"
    ]
    gone = [_tell(each, labels[each.earlier[0]], labels) for each in evidence.gone]
    return [*changed, *gone]


def _tell(
    transition: Transition, label: Mapping[str, str], labels: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    return {
        language: text(
            f"cluster_now_{transition.fate}",
            language,
            name=label[language],
            before=[labels[key][language] for key in transition.earlier],
            kept=transition.kept,
        )
        for language in LANGUAGES
    }


def _own(variable: str) -> str:
    """The code of a variable's name, or the name where it has none."""
    code = f"variable_{variable}"
    return code if code in sentences() else variable


def tell_figure(value: float, scale: Mapping[str, Any], language: Language) -> str:
    """A typical value: to three digits, or as many as show what a hundredth of the variable's width is; a
    whole one without decimals.

    Args:
        scale: of the variable, as plain data, with its `unit` where that is a share.

    >>> scale = {"yes_no": False, "shift": None, "low": 0.0, "high": 1.0}
    >>> [tell_figure(each, scale | {"high": high}, "en") for each, high in ((12.34, 40.0), (3e-300, 1e-299))]
    ['12.3', '3.00 × 10^−300']
    >>> tell_figure(2.0, scale | {"high": 40.0}, "en"), tell_figure(2.25, scale | {"high": 40.0}, "en")
    ('2', '2.25')
    >>> tell_figure(1.0000000081, scale | {"low": 1.0, "high": 1.00000001}, "en")
    '1.0000000081'
    """
    if scale["yes_no"] or scale.get("unit") == "share":
        return formats.percent(value, language, 0)
    width = abs(value) if scale["shift"] is not None else scale["high"] - scale["low"]
    size = math.floor(math.log10(abs(value))) if value else 0
    wanted = 1 - math.floor(math.log10(width)) if width else 0
    if wanted > MOST_DECIMALS or (size >= MOST_FIGURES and width > abs(value) / 1000):
        power = formats.number(size, language)
        return f"{formats.number(value / 10.0**size, language, 2)} × 10^{power}"
    digits = max(0 if size >= 2 else 1 if size == 1 else 2, min(wanted, MOST_DECIMALS))
    figure = round(value, digits)
    return formats.number(figure, language, 0 if figure == int(figure) else digits)


def tell_meaning(
    cluster: Cluster, evidence: ClusterEvidence, words: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Who is in a cluster: its greatest differences, with the typical value and that of all customers."""
    ranked = sorted(cluster.difference, key=lambda name: (-abs(cluster.difference[name]), name))
    told = [name for name in ranked if abs(cluster.difference[name]) >= NOTABLE][:MOST_TOLD] or ranked[:1]
    scales = {
        scale.variable: scale.to_dict()
        | {"unit": words.get(scale.variable, {}).get("unit") or _UNITS.get(scale.variable)}
        for scale in evidence.scales
    }
    meaning: dict[str, str] = {}
    for language in LANGUAGES:
        parts = []
        for name in told:
            own, whole = (
                tell_figure(each[name], scales[name], language) for each in (cluster.centre, evidence.average)
            )
            parts.append(
                text(
                    "cluster_centre", language, name=tell_variable(name, language, words), own=own, all=whole
                )
            )
        said = _SEPARATORS[language].join(parts)
        meaning[language] = said[:1].upper() + said[1:]
    return meaning
