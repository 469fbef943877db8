"""From what pydantic refuses to findings that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from vitrail.findings import Finding
from vitrail.plan.names import nearest
from vitrail.plan.nodes import Path

Place = Callable[[Path], str]

_EXPECTED = {
    "string_type": "plan_expected_text",
    "literal_error": "plan_expected_text",
    "list_type": "plan_expected_list",
    "tuple_type": "plan_expected_list",
    "dict_type": "plan_expected_block",
    "model_type": "plan_expected_block",
    "model_attributes_type": "plan_expected_block",
    "bool_type": "plan_expected_truth",
    "int_type": "plan_expected_whole",
    "int_parsing": "plan_expected_whole",
    "int_parsing_size": "plan_expected_whole",
    "int_from_float": "plan_expected_whole",
    "float_type": "plan_expected_number",
    "float_parsing": "plan_expected_number",
    "finite_number": "plan_expected_number",
    "decimal_type": "plan_expected_number",
    "decimal_parsing": "plan_expected_number",
    "date_type": "plan_expected_date",
    "date_parsing": "plan_expected_date",
    "date_from_datetime_parsing": "plan_expected_date",
    "date_from_datetime_inexact": "plan_expected_date",
}
LONGEST_NAME = 60
"""Characters of a name that a sentence quotes."""

_BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}


def findings_of(error: ValidationError, data: Any, place: Place) -> list[Finding]:
    """One finding or more for each refusal, placed at its line."""
    found: list[Finding] = []
    for line in error.errors(include_url=False):
        path = _path(line["loc"], data, line["type"] == "missing")
        context = line.get("ctx", {})
        if line["type"] == "vitrail":
            found.extend(_own(context, path, line["input"], place))
        else:
            found.append(_foreign(line["type"], context, path, line["input"], place))
    return found


def _own(context: Mapping[str, Any], path: Path, value: Any, place: Place) -> list[Finding]:
    """Findings of a fault that a field of ours raised."""
    if "findings" in context:
        return [Finding(f.code, f.level, place(path), f.figures) for f in context["findings"]]
    figures = dict(context["figures"])
    at = (*path, *figures.pop("at", ()))
    key = figures.get("key")
    if context["code"] == "plan_unknown_key":
        at = (*at, key) if at[-1:] != (key,) else at
    several = figures.pop("several", [(context["code"], figures)])
    return [
        choose(code, place(at), {"key": _key(path) or _key(at), "got": _shown(value), **more})
        for code, more in several
    ]


def choose(code: str, place: str, figures: Mapping[str, Any]) -> Finding:
    """The finding with a suggestion where one is near, without else: `code`, or `code` + `_near`."""
    figures = dict(figures)
    if "options" in figures:
        name = str(figures.get("value") or figures.get("name") or figures.get("key"))
        figures["suggestion"] = nearest(name, figures["options"])
    suggestion = figures.get("suggestion", "")
    if "suggestion" in figures:
        code = f"{code}_near" if suggestion else code
    for key in ("name", "value", "key"):
        if isinstance(figures.get(key), str):
            figures[key] = _cut(figures[key], LONGEST_NAME)
    return Finding(
        code, "error", place, {key: figure for key, figure in figures.items() if figure is not None}
    )


def _foreign(kind: str, context: Mapping[str, Any], path: Path, value: Any, place: Place) -> Finding:
    """The finding of a fault that pydantic found by itself."""
    figures: dict[str, Any] = {"key": _key(path), "got": _shown(value)}
    where = place(path)
    if kind == "missing":
        return Finding("plan_missing_key", "error", where, {"key": _key(path)})
    if value is None:
        return Finding("plan_empty_value", "error", where, figures)
    if kind == "union_tag_not_found":
        return Finding("plan_missing_key", "error", where, {"key": context["discriminator"].strip("'")})
    if kind == "union_tag_invalid":
        options = [option.strip("' ") for option in context["expected_tags"].split(",")]
        name = context["discriminator"].strip("'")
        return choose(
            "plan_not_an_option",
            place((*path, name)),
            {"key": name, "value": context["tag"], "options": options},
        )
    if kind == "literal_error" and not isinstance(value, dict | list):
        options = re.findall(r"'([^']*)'", context["expected"])
        return choose(
            "plan_not_an_option", where, {"key": _key(path), "value": _shown(value), "options": options}
        )
    if kind in _BOUNDS:
        return Finding(
            f"plan_bound_{_BOUNDS[kind]}", "error", where, {**figures, "bound": context[_BOUNDS[kind]]}
        )
    if kind in ("too_short", "too_long"):
        bound = context.get("min_length", context.get("max_length"))
        return Finding(f"plan_{kind}", "error", where, {**figures, "bound": bound})
    if kind == "string_pattern_mismatch":
        return Finding("plan_memory_limit", "error", where, figures)
    if kind == "string_too_short" and value == "":
        return Finding("plan_empty_text", "error", where, figures)
    code = _EXPECTED.get(kind, "plan_bad_value")
    if code in ("plan_expected_number", "plan_expected_whole") and isinstance(value, str):
        if ";" in value and re.fullmatch(r"[-+\d.,; ]+", value):
            return Finding("plan_semicolon", "error", where, {**figures, "right": value.replace(";", ",")})
        if re.fullmatch(r"[-+]?\d+,\d+", value) and code == "plan_expected_number":
            return Finding(
                "plan_decimal_comma", "error", where, {**figures, "right": value.replace(",", ".")}
            )
    return Finding(code, "error", where, figures)


def _path(location: tuple[int | str, ...], data: Any, missing: bool) -> Path:
    """The path in the file: the location without the names of the alternatives that were tried.

    Of a key that is missing the last part is kept, although the file does not have it.
    """
    path: list[str | int] = []
    for index, part in enumerate(location):
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int)
        if inside:
            data = data[part]
            path.append(part)
        elif missing and index == len(location) - 1:
            path.append(part)
    return tuple(path)


def _key(path: Path) -> str:
    """The last key of a path: what a person calls the place."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _shown(value: Any) -> str:
    """A value of the plan as a person wrote it, cut short."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    return _cut(" ".join(str(value).split()), 40)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
