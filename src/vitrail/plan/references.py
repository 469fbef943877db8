"""Names in a plan that must fit one another: segments that are spoken of, names given twice, cycles.

These checks read the plain data of the file, so that they speak even where another fault keeps a block from
being understood; a block that is spoiled itself is passed over, having its own finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vitrail.findings import Finding
from vitrail.plan.expressions import segments_named
from vitrail.plan.faults import Place, choose
from vitrail.plan.names import BUILT_IN_VARIABLES, NO_ORDER, nearest
from vitrail.plan.nodes import Path
from vitrail.plan.predictions import prediction_columns
from vitrail.plan.segmentations import segment_names

MOST_SHOWN = 12


def check_references(data: Mapping[str, Any], place: Place) -> list[Finding]:
    """Every name that clashes, points nowhere, or goes round in a circle."""
    segmentations = _block(data, "segmentations")
    known = {key: segment_names(value) for key, value in segmentations.items()}
    findings = list(_clashes(data, place))
    for path, reference in _mentions(data):
        findings += _check_segment(reference, known, place(path))
    compared = _block(data, "pictures").get("segmentation")
    if isinstance(compared, str) and compared not in segmentations:
        figures = {"name": compared, "options": sorted(segmentations)}
        findings.append(choose("plan_unknown_segmentation", place(("pictures", "segmentation")), figures))
    return findings + list(_cycles(segmentations, place))


def _block(data: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _clashes(data: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Variables, predictions, segmentations and scores are columns of the profile: their names differ."""
    taken: set[str] = set()
    for block in ("variables", "predictions", "segmentations"):
        for name, content in _block(data, block).items():
            rfm = isinstance(content, dict) and content.get("method") == "rfm"
            columns = {name} | ({f"{name}_{axis}" for axis in "rfm"} if rfm else set())
            if block == "predictions":
                columns = set(prediction_columns(name, content))
            if name in BUILT_IN_VARIABLES:
                yield Finding("plan_built_in_name", "error", place((block, name)), {"name": name})
            elif clash := sorted(columns & taken):
                yield Finding("plan_name_twice", "error", place((block, name)), {"name": clash[0]})
            taken |= columns


def _mentions(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every place where the plan names a segment."""
    for key, objective in _block(data, "objectives").items():
        if isinstance(objective, dict) and isinstance(objective.get("segment"), str):
            yield ("objectives", key, "segment"), objective["segment"]
    for key in _block(data, "strategies"):
        yield ("strategies", key), key
    for path, text in _list_texts(data):
        for reference in segments_named(text):
            yield path, reference


def _list_texts(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of the plan: a condition may stand in any block."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _list_texts(value, (*path, key))


def _condition(data: Any, path: Sequence[str]) -> str:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _check_segment(reference: str, known: Mapping[str, tuple[str, ...] | None], place: str) -> list[Finding]:
    """Whether `reference` is a segment of the plan; where its segmentation is known, what that holds."""
    segmentation, _, segment = reference.partition(".")
    names = known.get(segmentation)
    if segmentation in known and (names is None or segment in (*names, NO_ORDER)):
        return []
    every = [f"{key}.{name}" for key, names in known.items() for name in names or ()]
    if not every:
        return [Finding("plan_no_segments", "error", place, {"name": reference})]
    own = [f"{segmentation}.{name}" for name in names or ()]
    near = nearest(segment, names) if names else nearest(reference, every)
    if near:
        figures = {"name": reference, "suggestion": f"{segmentation}.{near}" if names else near}
        return [Finding("plan_unknown_segment_near", "error", place, figures)]
    options = (own or every)[:MOST_SHOWN] + ["…"] * (len(own or every) > MOST_SHOWN)
    return [Finding("plan_unknown_segment", "error", place, {"name": reference, "options": options})]


def _cycles(segmentations: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Segmentations that need one another in a circle; each circle is told once."""
    needs: dict[str, list[str]] = {}
    for key in segmentations:
        rules = _block(segmentations, key, "segments")
        named = [name for rule in rules for name in segments_named(_condition(rules, (rule, "when")))]
        needs[key] = sorted({name.partition(".")[0] for name in named} & set(segmentations))
    done: set[str] = set()
    for start in needs:
        trail: list[str] = []
        ahead: list[tuple[str, int]] = [(start, 0)]
        while ahead:
            key, depth = ahead.pop()
            del trail[depth:]
            if key in trail:
                circle = [*trail[trail.index(key) :], key]
                yield Finding(
                    "plan_cycle", "error", place(("segmentations", key)), {"names": " → ".join(circle)}
                )
            elif key not in done:
                done.add(key)
                trail.append(key)
                ahead += [(need, depth + 1) for need in reversed(needs[key])]
