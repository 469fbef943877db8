"""From the plan's segmentations to compiled ones, in dependency order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vitrail.engine import Engine
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.segments.abc import compile_abc
from vitrail.segments.base import Base, check_numbers, load_base
from vitrail.segments.model import Segmentation
from vitrail.segments.rfm import compile_rfm

if TYPE_CHECKING:
    from vitrail.plan import SegmentationSpec

Compiled = tuple[Segmentation, tuple[Finding, ...]]


def compile_segmentations(
    engine: Engine,
    specs: Mapping[str, SegmentationSpec],
    table: str = "profile",
    place: Callable[[str], str] = lambda path: path,
) -> tuple[tuple[Segmentation, ...], tuple[Finding, ...]]:
    """Fit and compile the plan's segmentations on the profile table `table`.

    Args:
        specs: by name, as the plan has them.
        place: says where in the plan a path such as `segmentations.value.recency` is written.

    Returns:
        The segmentations, each after those it depends on, and what the fits found.

    Raises:
        PlanError: a variable or segment is not known or not fit for its use; all such faults at once.
    """
    base = load_base(engine, table)
    compiled: dict[str, Segmentation] = {}
    findings: list[Finding] = []
    faults: list[Finding] = []
    for key, spec in specs.items():
        try:
            compiled[key], found = _compile(key, spec, base, compiled, place)
            findings += found
        except PlanError as error:
            faults += error.findings
    if faults:
        raise PlanError(faults)
    return tuple(compiled.values()), tuple(findings)


def _compile(
    key: str,
    spec: SegmentationSpec,
    base: Base,
    compiled: Mapping[str, Segmentation],
    place: Callable[[str], str],
) -> Compiled:
    path = f"segmentations.{key}"
    if spec.method == "rfm":
        axes = ("recency", "frequency", "monetary")
        check_numbers(base, {f"{path}.{axis}": getattr(spec, axis) for axis in axes}, place)
        return compile_rfm(key, spec, base)
    check_numbers(base, {f"{path}.variable": spec.variable}, place)
    return compile_abc(key, spec, base)
