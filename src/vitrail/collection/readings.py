"""How each column of a source is read, and which columns the model does not know are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.model import TABLES, is_own_export
from vitrail.collection.tidiness import look_at_texts
from vitrail.collection.values import Reading, inspect_columns, load_reading
from vitrail.collection.values.blanks import NOBODY, has_apostrophe, is_one_of
from vitrail.engine import Engine, column
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.plan import Plan, PropensitySpec, SourceSpec
from vitrail.plan.expressions import list_calculated, read_aggregate, read_condition, read_value
from vitrail.plan.names import nearest
from vitrail.variables import AGEING, made_names

CODES = frozenset({"customer_id", "account_id", "order_id", "product_id", "phone", "postal_code"})
_NAMES = frozenset(
    {"first_name", "last_name", "company", "customer_id", "account_id"}
)  # codes see `_somebody`

#: What a drafted plan writes in the place of a column that a person is to name.
UNKNOWN = "?"


def load_readings(engine: Engine, plan: Plan, name: str, read: FilesRead) -> Mapping[str, Reading]:
    """A reading for every column that is mapped or kept: the plan's, else what the data decides.

    Raises:
        SourceError: mapped columns that are not in the file, or whose text can be read in several ways; all
            of them at once.
    """
    spec, place = plan.sources[name], f"sources.{name}"
    faults = [
        _unknown_column(key, source, read.columns, plan.place(f"{place}.{block}.{key}"))
        for block, wanted in (
            ("columns", spec.columns.items()),
            ("read", ((k, k) for k in spec.read)),
            ("fill_down", ((str(place), source) for place, source in enumerate(spec.fill_down))),
        )
        for key, source in wanted
        if source not in read.columns
    ]
    faults += _missing_columns(plan, name)
    faults += _meant_of_several(plan, name, read.columns)
    if faults:
        raise SourceError(faults)
    native = engine.columns(read.relation)
    given = {
        source: load_reading(text, plan.place(f"{place}.read.{source}"), plan.timezone).over(native[source])
        for source, text in spec.read.items()
    }
    model = TABLES[spec.table].columns
    kinds = {source: model[target].kind for target, source in spec.columns.items() if target in model}
    parts = find_parts(spec, read.columns)
    kinds |= {parts[each]: "number" for each in _calculated(spec) if each in parts}
    needed = {*spec.columns.values(), *parts.values()}
    wanted = {*needed, *own_columns(plan, name, read).values()}
    texts = [source for source in wanted if source not in given and kinds.get(source) == "text"]
    for source in texts:
        given[source] = load_reading("text", "", plan.timezone).over(native[source])
    open_columns = sorted(wanted - given.keys())
    if open_columns:
        reports = inspect_columns(
            engine,
            read.relation,
            open_columns,
            given,
            native=native,
            wanted={source: kind for source, kind in kinds.items() if source in open_columns},
            timezone=plan.timezone,
        )
        for source in open_columns:
            report = reports[source]
            if not report.certain and source in needed:
                options = [each.name for each in (report.reading, *report.alternatives)]
                figures = {"column": source, "options": options, "answer": options[0]}
                faults.append(Finding("reading_undecided", "error", plan.place(place), figures))
            given[source] = report.reading
    if faults:
        raise SourceError(faults)
    if read.text:
        return given
    return look_at_texts(engine, read.relation, given, _name_faults(spec))


def marked_columns(spec: SourceSpec) -> tuple[str, ...]:
    """The mapped columns in which `NULL` and its like are nothing: all of text but people's names."""
    model = TABLES[spec.table].columns
    return tuple(
        each for each in spec.columns if each in model and model[each].kind == "text" and each not in _NAMES
    )


def _name_faults(spec: SourceSpec) -> dict[str, exp.Expr]:
    """What else a cell of a text column must not be: a word for nothing, a spreadsheet's apostrophe."""
    nobody = [word.strip().lower() for word in (*NOBODY, *spec.clean.nobody)]
    faults: dict[str, exp.Expr] = {}
    for target, source in spec.columns.items():
        cell = column(source)
        found = [faults[source]] if source in faults else []
        if target in ("customer_id", "account_id"):
            found.append(is_one_of(cell, nobody, any_case=True))
        elif target in marked_columns(spec):
            found.append(is_one_of(cell, NOBODY))
        if target in CODES:
            found.append(has_apostrophe(cell))
        if found:
            faults[source] = exp.or_(*found)
    return faults


def find_settled(engine: Engine, plan: Plan, sources: Mapping[str, FilesRead]) -> frozenset[tuple[str, str]]:
    """The columns under `to_check:` (source, column) whose cells leave no reading but the plan's."""
    settled = set()
    for name, read in sources.items():
        spec = plan.sources[name]
        if not set(spec.to_check) & spec.read.keys():
            continue
        model = TABLES[spec.table].columns
        kinds = {source: model[target].kind for target, source in spec.columns.items() if target in model}
        wanted = {source: kind for source, kind in kinds.items() if source in spec.read}
        reports = inspect_columns(engine, read.relation, sorted(spec.read), wanted=wanted)
        for source in spec.to_check:
            if source not in spec.read:
                continue
            told = load_reading(spec.read[source], "").name
            if reports[source].certain and reports[source].reading.name == told:
                settled.add((name, source))
    return frozenset(settled)


def own_columns(plan: Plan, name: str, read: FilesRead) -> Mapping[str, str]:
    """Columns the model does not know but that are kept: name in expressions → column of the file.

    Of a register of customers all are kept, for they describe people (a name that our figures have, such as
    `order_count`, becomes `file_order_count`; names that would become one stay whole); of orders those that
    an expression of the plan names.
    """
    spec = plan.sources[name]
    mapped = set(spec.columns.values())
    sources = [source for source in read.columns if source not in mapped]
    meanings = _list_meanings(sources)
    if spec.table == "customers":
        plain = {source: plain_name(source) for source in sources}
        kept = {
            key if meanings[key] == [source] else source.casefold(): source
            for source, key in plain.items()
            if key and key not in spec.known
        }
        taken = set() if is_own_export({*spec.columns, *kept}) else {*made_names(plan), *AGEING}
        return {f"file_{key}" if key in taken else key: source for key, source in kept.items()}
    free = {key: meant[0] for key, meant in meanings.items() if key not in spec.known}
    used = {each.casefold() for tree in _expressions(plan, name) for each in _names(tree)}
    return {key: source for key, source in free.items() if key in used}


def find_parts(spec: SourceSpec, columns: Collection[str]) -> dict[str, str]:
    """The columns that a source computes with and does not map: name in expressions → column of the file."""
    if not spec.computed:
        return {}
    named = {each.casefold() for text in spec.computed.values() for each in _names(read_value(text))}
    return {name: source for name, source in name_columns(spec, columns).items() if name in named}


def name_columns(spec: SourceSpec, columns: Collection[str]) -> dict[str, str]:
    """What expressions may call the columns of a file that are not mapped: name → column."""
    meanings = _list_meanings([source for source in columns if source not in spec.columns.values()])
    return {name: meant[0] for name, meant in meanings.items() if name not in spec.columns}


def _list_meanings(columns: Collection[str]) -> dict[str, list[str]]:
    """By name, the columns that an expression may mean by it: `remise` is any of `Remise %` and `Remise €`.

    The only one that has the very name is meant by it.
    """
    meanings: dict[str, list[str]] = {}
    for source in columns:
        if plain := plain_name(source):
            meanings.setdefault(plain, []).append(source)
    return meanings | {source.casefold(): [source] for source in columns}


def _meant_of_several(plan: Plan, name: str, columns: Collection[str]) -> list[Finding]:
    """A fault for every name in an expression that could mean several columns of the file."""
    spec = plan.sources[name]
    named = {each.casefold() for tree in _expressions(plan, name) for each in _names(tree)} - {*spec.known}
    for text in spec.computed.values():
        named |= {each.casefold() for each in _names(read_value(text))} - spec.columns.keys()
    meanings = _list_meanings([source for source in columns if source not in spec.columns.values()])
    place = plan.place(f"sources.{name}")
    return [
        Finding(
            "name_of_several_columns",
            "error",
            place,
            {"name": key, "columns": meant, "written": [f'"{each}"' for each in meant]},
        )
        for key in sorted(named)
        if len(meant := meanings.get(key, [])) > 1
    ]


def find_computed(spec: SourceSpec, source: str) -> str | None:
    """The column of the model, computed by the source, whose expression names a column of the file."""
    names = {*list_names(source), *(target for target, each in spec.columns.items() if each == source)}
    computed = {
        target: {*map(str.casefold, _names(read_value(text)))} for target, text in spec.computed.items()
    }
    return next((target for target, named in computed.items() if named & names), None)


def list_names(source: str) -> tuple[str, ...]:
    """What an expression may call a column of a file: `Unit price` is `unit_price`, or itself in quotes."""
    return tuple(filter(None, (plain_name(source), source.casefold())))


def _calculated(spec: SourceSpec) -> set[str]:
    """The names that what a source computes makes sums and products of."""
    numbers = {name for name, each in TABLES[spec.table].columns.items() if each.kind == "number"}
    return {
        each.name.casefold()
        for target, text in spec.computed.items()
        for each in list_calculated(read_value(text), target in numbers)
    }


def plain_name(column: str) -> str:
    """A column's name as an expression can say it: `Account Manager` is `account_manager`."""
    ascii_only = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", ascii_only).strip("_").casefold()


def _expressions(plan: Plan, name: str) -> Iterator[exp.Expr]:
    spec = plan.sources[name]
    for text in (spec.keep, spec.credits, spec.clean.cancelled, spec.clean.test_orders):
        if text:
            yield read_condition(text)
    for variable in plan.variables.values():
        yield read_aggregate(variable.value)
        if variable.where:
            yield read_condition(variable.where)
    yield from (read_condition(each.adopted) for each in plan.cohorts.values() if each.adopted)
    for prediction in plan.predictions.values():
        if isinstance(prediction, PropensitySpec):
            yield from (read_condition(text) for text in (prediction.product, prediction.bought) if text)


def _names(tree: exp.Expr) -> Iterator[str]:
    return (each.name for each in tree.find_all(exp.Column))


def takes_buyers(plan: Plan, name: str) -> bool:
    """Whether a source is credit notes that name orders and nobody: other sources tell whose they are."""
    spec, named = plan.sources[name], {"order_id", "customer_id"}
    others = [each for key, each in plan.sources.items() if key != name and each.table != "customers"]
    bare = spec.table == "orders" and bool(spec.credits) and named & {*spec.known} == {"order_id"}
    return bare and any(named <= {*each.known} for each in others)


def _missing_columns(plan: Plan, name: str) -> list[Finding]:
    """What the source's table cannot do without and nothing is mapped to.

    Orders and their lines in two sources make each other whole.
    """
    spec = plan.sources[name]
    mapped = set(spec.known)
    if takes_buyers(plan, name):
        mapped.add("customer_id")
    if spec.table != "customers":
        mapped |= {
            c
            for each in plan.sources.values()
            if each.table not in ("customers", spec.table)
            for c in each.known
        }
    own = [key for key in spec.known if key not in TABLES[spec.table].columns]
    findings = []
    for choices in TABLES[spec.table].missing(mapped):
        near = next((near for key in own if (near := nearest(key, choices))), "")
        figures = {"choices": list(choices), "suggestion": near}
        code = "model_column_missing_near" if near else "model_column_missing"
        findings.append(Finding(code, "error", plan.place(f"sources.{name}.columns"), figures))
    return findings


def _unknown_column(key: str, source: str, columns: tuple[str, ...], place: str) -> Finding:
    near = nearest(source, columns)
    figures = {"column": source, "columns": list(columns[:30])}
    if source == UNKNOWN:
        return Finding("column_left_open", "error", place, {**figures, "name": key})
    if near:
        return Finding("column_not_in_file_near", "error", place, {**figures, "suggestion": near})
    return Finding("column_not_in_file", "error", place, figures)
