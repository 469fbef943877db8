"""A plan's text as plain data with a line for every part of it.

YAML 1.2 is read as a stream of events, so that nothing in a file can make the reader recurse, build objects
or expand without bound. Every scalar stays text (`01000`, `NO`, `1e5`); only an empty value is None. Faults
of the writing itself stop at the first; repeated keys and the like are collected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from vitrail.errors import PlanError
from vitrail.findings import Finding

LONGEST_BYTES = 2_000_000
MOST_NODES = 200_000
DEEPEST = 24

Path = tuple[str | int, ...]

_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")
"""What an escape such as `\\0` can write, but no text of ours may hold."""

_GLUED = re.compile(r"""\s*(?:- )?([^\s:#'"\[{-][^:#'"\[{]*):([^\s:/\\].*)""")
"""A key whose colon lacks its space: `name:Shop`."""
_APOSTROPHE = re.compile(r"""\s*(?:- )?([^\s:#'"\[{-][^:#'"\[{]*):\s+'([^'"]*'\w[^'"]*)'\s*(?:#.*)?""")
"""A text in single quotes that holds one: `name: 'L'atelier'`."""
_LINES_BACK = 4
"""How far above the line at which YAML stumbles such a slip may be."""


@dataclass(slots=True)
class Node:
    """A part of the file: text, None, a dict of nodes or a list of nodes; and the line it begins on."""

    line: int
    value: Any = None
    key_lines: dict[str, int] = field(default_factory=dict)
    size: int = 1
    pending: tuple[str, int] | None = None

    def add(self, child: Node) -> None:
        self.size += child.size
        if isinstance(self.value, list):
            self.value.append(child)
        elif self.pending:
            name, line = self.pending
            if name not in self.key_lines:
                self.value[name] = child
                self.key_lines[name] = line
            self.pending = None

    def plain(self) -> Any:
        """The part as Python text, dicts and lists."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def lines(self, path: Path = ()) -> Iterator[tuple[Path, int]]:
        """The line of every part below this one, by path: of a mapping's part, the line of its key."""
        if isinstance(self.value, dict):
            for key, child in self.value.items():
                yield (*path, key), self.key_lines[key]
                yield from child.lines((*path, key))
        elif isinstance(self.value, list):
            for index, child in enumerate(self.value):
                yield (*path, index), child.line
                yield from child.lines((*path, index))


def read_nodes(content: bytes, file: str) -> tuple[Node, list[Finding]]:
    """The tree of a plan file, and the faults that do not keep the rest from being read.

    Raises:
        PlanError: the file is not UTF-8, not YAML, empty, too large, or nests too deeply.
    """
    if len(content) > LONGEST_BYTES:
        raise _fault(file, 1, "plan_too_large", most=LONGEST_BYTES // 1_000_000)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fault(file, content[: error.start].count(b"\n") + 1, "plan_not_utf8") from None
    reader = _Tree(file)
    try:
        tree, findings = reader.build(text)
    except MarkedYAMLError as error:
        line, code = _yaml_fault(error, reader.bracket_line)
        raise _slip(file, text, line) or _fault(file, line, code) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        raise _fault(file, text.count("\n", 0, position) + 1, "plan_control_character") from None
    if tree is None or tree.value is None:
        raise _fault(file, 1, "plan_empty")
    if not isinstance(tree.value, dict):
        raise _fault(file, tree.line, "plan_not_a_mapping")
    return tree, findings


class _Tree:
    """Builds nodes from events, on a stack of its own."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.text, self.start = "", 0
        self.findings: list[Finding] = []
        self.anchors: dict[str, Node] = {}
        self.stack: list[tuple[Node, str | None, bool]] = []

    @property
    def bracket_line(self) -> int:
        """The line of the innermost bracket or brace that is open; 0 where none is."""
        return next((node.line for node, _, bracket in reversed(self.stack) if bracket), 0)

    def build(self, text: str) -> tuple[Node | None, list[Finding]]:
        root: Node | None = None
        self.text, stack = text, self.stack
        documents = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            line, self.start = event.start_mark.line + 1, event.start_mark.index
            if isinstance(event, events.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _fault(self.file, line, "plan_two_documents")
            if isinstance(event, events.NodeEvent):
                self._refuse_tag(event, line)
            if isinstance(event, events.MappingStartEvent | events.SequenceStartEvent):
                if len(stack) >= DEEPEST:
                    raise _fault(self.file, line, "plan_too_deep", most=DEEPEST)
                value: Any = {} if isinstance(event, events.MappingStartEvent) else []
                stack.append((Node(line, value), event.anchor, bool(event.flow_style)))
                continue
            if isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
                node, anchor, _ = stack.pop()
            elif isinstance(event, events.ScalarEvent):
                if _IMPOSSIBLE.search(event.value):
                    raise _fault(self.file, line, "plan_control_character")
                node, anchor = Node(line, _scalar(event)), event.anchor
            elif isinstance(event, events.AliasEvent):
                if event.anchor not in self.anchors:
                    raise _fault(self.file, line, "plan_unknown_anchor", name=str(event.anchor))
                node, anchor = self.anchors[event.anchor], None
            else:
                continue
            if anchor:
                self.anchors[anchor] = node
            if not stack:
                root = node
                continue
            self._place(stack[-1][0], node, line)
            if stack[-1][0].size > MOST_NODES:
                raise _fault(self.file, line, "plan_too_many_values", most=MOST_NODES)
        return root, self.findings

    def _place(self, parent: Node, node: Node, line: int) -> None:
        """Put `node` in its parent: as an item, as a key, or as the value of the key before it."""
        if isinstance(parent.value, dict) and parent.pending is None:
            key = node.value
            if not isinstance(key, str):
                raise _fault(self.file, line, "plan_bad_key")
            if key.isdecimal() and (number := self._number_before(parent)):
                name, last = next(reversed(parent.value.items()))
                self._tell("plan_decimal_comma", line, got=f"{number},{key}", right=f"{number}.{key}")
                parent.value[name] = Node(last.line, f"{last.value}.{key}")
                parent.pending = (name, line)  # so that what follows the decimals is let go
                return
            if key in parent.key_lines:
                self._tell("plan_repeated_key", line, key=key, first=parent.key_lines[key])
            parent.pending = (key, line)
        else:
            if parent.pending and node.value is None and (glued := _GLUED.fullmatch(parent.pending[0])):
                self._tell("plan_yaml_space", line, key=_short(glued[1]), value=_short(glued[2]))
                parent.pending, node = (glued[1], line), Node(line, glued[2])
            parent.add(node)

    def _number_before(self, parent: Node) -> str:
        """The whole number right before the comma before this key, as in `{a: 0,6}`; else nothing."""
        last = next(reversed(parent.value.values())).value if parent.value else None
        if not isinstance(last, str) or last.count("(") != last.count(")"):
            return ""
        found = re.search(r"[-+]?\d+$", last)
        return found[0] if found and self.text.endswith(f"{found[0]},", 0, self.start) else ""

    def _tell(self, code: str, line: int, **figures: Any) -> None:
        self.findings.append(Finding(code, "error", f"{self.file}:{line}", figures))

    def _refuse_tag(self, event: Any, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag:
            self._tell("plan_tag", line, tag=_short(str(tag)))


def _scalar(event: Any) -> str | None:
    plain = event.style is None
    return None if plain and event.value in ("", "~", "null", "Null", "NULL") else event.value


def _yaml_fault(error: MarkedYAMLError, bracket_line: int) -> tuple[int, str]:
    """The line and the sentence of a fault of the writing."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem, context = error.problem or "", error.context or ""
    if "quoted scalar" in context and "unexpected end" in problem and error.context_mark:
        return error.context_mark.line + 1, "plan_yaml_quote"
    if "flow" in context:
        return bracket_line or line, "plan_yaml_bracket"
    for words, code in _YAML_FAULTS.items():
        if words in problem or words in context:
            return line, code
    return line, "plan_yaml"


_YAML_FAULTS = {
    "'\\t'": "plan_yaml_tab",
    "mapping values are not allowed": "plan_yaml_colon",
    "unknown escape character": "plan_yaml_escape",
    "cannot start any token": "plan_yaml_quotes_needed",
    "chomping or indentation": "plan_yaml_quotes_needed",
    "could not find expected ':'": "plan_yaml_no_colon",
    "block": "plan_yaml_indent",
}


def _slip(file: str, text: str, line: int) -> PlanError | None:
    """The fault of the nearest line, up from `line`, with a slip that YAML itself notices only later."""
    lines = text.splitlines()
    for number in range(min(line, len(lines)), max(0, line - 1 - _LINES_BACK), -1):
        written = lines[number - 1]
        if glued := _GLUED.fullmatch(written):
            key, value = glued[1], re.sub(r"\s+#.*", "", glued[2])
            return _fault(file, number, "plan_yaml_space", key=_short(key), value=_short(value))
        if quoted := _APOSTROPHE.fullmatch(written):
            return _fault(
                file, number, "plan_yaml_apostrophe", key=_short(quoted[1]), value=_short(quoted[2])
            )
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _fault(file: str, line: int, code: str, **figures: Any) -> PlanError:
    return PlanError(Finding(code, "error", f"{file}:{line}", figures))
