"""Reading a plan, and telling all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.plan.document import Plan
from vitrail.plan.faults import findings_of
from vitrail.plan.nodes import Path, read_nodes
from vitrail.plan.references import check_references

Block = TypeVar("Block", bound=BaseModel)


def load_plan(file: FilePath) -> Plan:
    """The plan that `file` holds.

    Raises:
        PlanError: with every fault of the file, each at its line.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise PlanError(Finding("file_not_found", "error", figures={"file": file.name})) from None
    except OSError as error:
        raise PlanError(Finding("file_fault", "error", file.name, {"detail": error.strerror})) from error
    return parse_plan(content, file.name)


def parse_block(spec: type[Block], data: dict[str, Any], name: str | Callable[[str], str]) -> Block:
    """One block of a plan from options given in Python; `name` is its place in errors, or tells a path's.

    Raises:
        PlanError: with every fault.
    """
    try:
        return spec.model_validate(data)
    except ValidationError as error:

        def place(path: Path) -> str:
            return (
                ".".join([name, *map(str, path)]) if isinstance(name, str) else name(".".join(map(str, path)))
            )

        faults = findings_of(error, data, place)
        raise PlanError(faults) from None


def parse_plan(content: bytes, file: str = "vitrail.yml") -> Plan:
    """The plan that the bytes of a file say; `file` is its name in places.

    Raises:
        PlanError: with every fault, each at its line.
    """
    tree, findings = read_nodes(content, file)
    data = tree.plain()
    lines = dict(tree.lines())

    def place(path: Path) -> str:
        while path and path not in lines:
            path = path[:-1]
        return f"{file}:{lines[path]}" if path else f"{file}:1"

    findings += check_references(data, place)
    plan: Plan | None = None
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        findings += findings_of(error, data, place)
    if findings or plan is None:
        raise PlanError(sorted(findings, key=lambda finding: int(finding.place.rpartition(":")[2])))
    plan._file = file
    plan._lines = {".".join(map(str, path)): line for path, line in lines.items()}
    return plan
