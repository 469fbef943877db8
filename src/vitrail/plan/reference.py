"""The plan's reference page and JSON Schema, made from the models that read it.

`python -m vitrail.plan docs/reference` writes both; a test keeps them true.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vitrail.plan.document import Plan
from vitrail.plan.expressions import vocabulary

Schema = Mapping[str, Any]


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of `vitrail.yml`, by which an editor completes and checks it.

    >>> plan_schema()["properties"]["version"]["const"]
    1
    """
    schema = Plan.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "vitrail.yml"
    tidied: dict[str, Any] = _without_repeats(schema)
    return tidied


def render_reference() -> str:
    """The reference page, in Markdown: every block, its keys, what they hold and mean; then expressions."""
    schema = plan_schema()
    lines = [
        "# The plan, `vitrail.yml`",
        "",
        "<!-- Made by `python -m vitrail.plan docs/reference`; change the models, not this page. -->",
        "",
        "The file is YAML 1.2. Unknown keys are refused. For completion in an editor, begin the file with",
        "`# yaml-language-server: $schema=` and the path of [plan.schema.json](plan.schema.json).",
        "",
    ]
    lines += _block("The whole plan", schema)
    for name in _in_order(schema, schema["$defs"]):
        lines += _block(_title(name), schema["$defs"][name])
    return "\n".join([*lines, *_expressions()]) + "\n"


def _in_order(value: Any, blocks: Schema) -> list[str]:
    """The blocks that `value` speaks of, each once, as a reader meets them."""
    if isinstance(value, list):
        inner = value
    elif isinstance(value, dict):
        inner = [item for key, item in value.items() if key not in ("$defs", "discriminator")]
    else:
        inner = []
    found = []
    if isinstance(value, dict) and "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        found = [name, *_in_order(blocks[name], blocks)]
    return list(dict.fromkeys([*found, *(name for item in inner for name in _in_order(item, blocks))]))


def _without_repeats(value: Any) -> Any:
    """The schema without alternatives that say the same twice, and without the titles pydantic invents."""
    if isinstance(value, list):
        return [_without_repeats(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without_repeats(item) for key, item in value.items() if key != "title" or "$defs" in value}
    if "anyOf" in kept:
        kept["anyOf"] = [
            item for index, item in enumerate(kept["anyOf"]) if item not in kept["anyOf"][:index]
        ]
    return kept


def _title(name: str) -> str:
    words = name.removesuffix("Spec")
    titles = {"Rfm": "RFM", "Abc": "ABC", "RfmSegment": "RFM segment", "Translated": "Words in two languages"}
    kinds = ("Rfm", "Abc", "Rules", "Lifecycle")
    return f"{titles.get(words, words)} segmentation" if words in kinds else titles.get(words, words)


def _block(title: str, block: Schema) -> list[str]:
    required = set(block.get("required", ()))
    rows = [
        f"| `{key}` | {_holds(item)} | {'needed' if key in required else _default(item)} | {_meaning(item)} |"
        for key, item in block["properties"].items()
    ]
    intro = [] if title == "The whole plan" else [block["description"], ""]
    return [f"## {title}", "", *intro, "| key | holds | default | meaning |", "|---|---|---|---|", *rows, ""]


def _meaning(item: Schema) -> str:
    return str(item.get("description", "")).replace("|", "\\|")


def _default(item: Schema) -> str:
    default = item.get("default")
    return "" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"


def _holds(item: Schema) -> str:
    """What a value is, in words."""
    if "$ref" in item:
        title = _title(item["$ref"].rpartition("/")[2])
        return f"[{title}](#{title.lower().replace(' ', '-')})"
    if "const" in item:
        return f"`{item['const']}`"
    if "enum" in item:
        return ", ".join(f"`{option}`" for option in item["enum"])
    if alternatives := item.get("anyOf") or item.get("oneOf"):
        return " or ".join(dict.fromkeys(_holds(a) for a in alternatives if a.get("type") != "null"))
    if item.get("type") == "array":
        return f"a list: {_holds(item['items'])}"
    if item.get("type") == "object":
        inner = next(iter(item.get("patternProperties", {}).values()), item.get("additionalProperties"))
        return f"a block; each: {_holds(inner)}" if inner else "a block"
    if item.get("format") == "date":
        return "a date"
    bounds = [f"{word} {item[key]}" for key, word in _BOUNDS.items() if key in item]
    return " ".join([_KINDS[item["type"]], *bounds])


_KINDS = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "`true` or `false`"}
_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}


def _expressions() -> Iterator[str]:
    names = sorted({name for name, _ in vocabulary.FUNCTIONS.values()} | {"date_part"})
    yield from (
        "## Expressions",
        "",
        "`when`, `where`, `keep` and the like are SQL conditions; `value` is an SQL expression that sums",
        "rows up. They are read with DuckDB's grammar and hold only",
        "",
        "- comparisons `=`, `<>`, `<`, `<=`, `>`, `>=`, `between`, `in (…)`, `like`, `ilike`, `is null`, "
        "`is true`, `is distinct from`; `and`, `or`, `not`;",
        "- arithmetic `+`, `-`, `*`, `/` (with decimals: `7 / 2` is 3.5), `//` (the whole number at or "
        "below: `7 // 2` is 3, `-7 // 2` is -4), `%` (what is left, with the sign of what is divided), and "
        "`||` for texts; what gives no number (a division by zero, `ln(0)`, `sqrt(-1)`) has no value;",
        "- `case when … then … else … end`, `if(…)`, `cast(… as …)` to boolean, integers, double, decimal, "
        "varchar, date, time and timestamp (a value that cannot be read gives no value), `interval 30 day`;",
        f"- functions of a row: {_list(names)};",
        f"- in `value`, functions of many rows: {_list(vocabulary.AGGREGATE_NAMES)}, "
        "with `distinct` and `filter (where …)`;",
        "- in rules, `segment('value.champions')`.",
        "",
        "Nothing reads the clock, chance, a file or another table. `sum` and `avg` add up exact decimals of",
        "six places, and what could depend on the order of rows takes its values in order, so that a run can",
        "be repeated to the byte.",
    )


def _list(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def write_reference(folder: Path) -> None:
    """Write `plan.md` and `plan.schema.json` to `folder`."""
    schema = json.dumps(plan_schema(), indent=2, ensure_ascii=False)
    (folder / "plan.md").write_text(render_reference(), encoding="utf-8")
    (folder / "plan.schema.json").write_text(schema + "\n", encoding="utf-8")
