"""From the plan's segmentations to compiled ones, in dependency order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from vitrail.engine import Engine
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.segments.abc import compile_abc
from vitrail.segments.base import Base, check_numbers, load_base
from vitrail.segments.lifecycle import VARIABLES as LIFECYCLE_VARIABLES
from vitrail.segments.lifecycle import compile_lifecycle
from vitrail.segments.model import Segmentation
from vitrail.segments.rfm import compile_rfm
from vitrail.segments.rules import compile_rules, find_needs
from vitrail.segments.words import label_texts

if TYPE_CHECKING:
    from vitrail.plan import SegmentationSpec
    from vitrail.store import Run


def compile_segmentations(
    engine: Engine,
    specs: Mapping[str, SegmentationSpec],
    table: str = "profile",
    place: Callable[[str], str] = lambda path: path,
    earlier: Run | None = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[tuple[Segmentation, ...], tuple[Finding, ...]]:
    """Fit and compile the plan's segmentations on the profile table `table`.

    Args:
        specs: by name, as the plan has them.
        place: says where in the plan a path such as `segmentations.value.recency` is written.
        earlier: the workspace's newest run; clusters that are found again keep the names they have there.
        words: what the plan calls its variables, by language: clusters are named after them.

    Returns:
        The segmentations, each after those it depends on, and what the fits found.

    Raises:
        PlanError: a variable or segment is not known or not fit for its use; all such faults at once.
    """
    base = replace(load_base(engine, table), words=words or {})
    named = _named_by_method(specs)
    compiled: dict[str, Segmentation] = {}
    findings: list[Finding] = []
    faults: list[Finding] = []
    for key in _dependency_order(specs):
        if any(need in specs and need not in compiled for need in _needs(specs[key])):
            continue  # it rests on a segmentation whose own faults are told
        try:
            segmentation, found = _compile(key, specs[key], base, compiled, place, earlier)
            compiled[key] = (
                segmentation if key in named else replace(segmentation, label=label_texts(None, key))
            )
            findings += found
        except PlanError as error:
            faults += error.findings
    faults += _check_names(compiled, base, place)
    if faults:
        raise PlanError(faults)
    return tuple(compiled.values()), tuple(findings)


def _compile(
    key: str,
    spec: SegmentationSpec,
    base: Base,
    compiled: Mapping[str, Segmentation],
    place: Callable[[str], str],
    earlier: Run | None,
) -> tuple[Segmentation, tuple[Finding, ...]]:
    path = f"segmentations.{key}"
    match spec.method:
        case "rfm":
            axes = ("recency", "frequency", "monetary")
            check_numbers(base, {f"{path}.{axis}": getattr(spec, axis) for axis in axes}, place)
            return compile_rfm(key, spec, base)
        case "abc":
            check_numbers(base, {f"{path}.variable": spec.variable}, place)
            return compile_abc(key, spec, base)
        case "lifecycle":
            check_numbers(base, {f"{path}.{name}": name for name in LIFECYCLE_VARIABLES}, place)
            return compile_lifecycle(key, spec, base)
        case "rules":
            return compile_rules(key, spec, base, compiled, place)
        case "clusters":
            from vitrail.segments.clusters import compile_clusters

            return compile_clusters(key, spec, base, place, earlier)


def _named_by_method(specs: Mapping[str, SegmentationSpec]) -> set[str]:
    """Those that may go by the plan's label or their method's name, which only the first of a method has;
    the others without a label go by their key, so that no two look the same."""
    first: dict[str, str] = {}
    for key, spec in specs.items():
        if spec.label is None:
            first.setdefault(spec.method, key)
    return {key for key, spec in specs.items() if spec.label is not None or first[spec.method] == key}


def _check_names(
    compiled: Mapping[str, Segmentation], base: Base, place: Callable[[str], str]
) -> Iterator[Finding]:
    """Segmentations and scores are columns beside the profile's: none may have another's name."""
    taken = {name.casefold() for name in base.columns}
    for key, segmentation in compiled.items():
        for name in (key, *segmentation.scores):
            if name in taken:
                yield Finding("segments_name_taken", "error", place(f"segmentations.{key}"), {"name": name})
            taken.add(name)


def _needs(spec: SegmentationSpec) -> tuple[str, ...]:
    return find_needs(spec) if spec.method == "rules" else ()


def _dependency_order(specs: Mapping[str, SegmentationSpec]) -> list[str]:
    """Plan order, but each after those it needs; a circle, which the plan refuses, is cut where it closes."""
    ordered: list[str] = []
    scored = [key for key, spec in specs.items() if spec.method == "rfm"]  # rules may name their scores
    seen: set[str] = set()
    ahead = [(key, False) for key in reversed(list(specs))]
    while ahead:
        key, ready = ahead.pop()
        if ready:
            ordered.append(key)
        elif key in specs and key not in seen:
            seen.add(key)
            ahead.append((key, True))
            needs = (*_needs(specs[key]), *scored) if specs[key].method == "rules" else ()
            ahead += [(need, False) for need in reversed(needs)]
    return ordered
