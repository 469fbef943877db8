"""Clusters of any table: `vitrail.clusters(survey, variables=["fast", "cheap", "tasty"])`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, column, sql
from vitrail.errors import PlanError, UsageError
from vitrail.findings import Finding
from vitrail.library.frames import check_language, find_columns, find_key, list_names, to_arrow
from vitrail.library.orders import COMMON
from vitrail.library.results import FrameResult
from vitrail.library.segmenting import profiles
from vitrail.plan import ClustersSpec, parse_block
from vitrail.plan.names import BUILT_IN_VARIABLES, IDENTIFIER
from vitrail.segments import Segmentation
from vitrail.segments.base import load_base
from vitrail.segments.clusters import compile_clusters
from vitrail.segments.clusters.evidence import ClusterEvidence
from vitrail.segments.clusters.sampling import KEY, find_readable

SEGMENT = "segment"
_ORDERS = ("as_of", *(name for name in COMMON if name != "language"))


@dataclass(frozen=True, slots=True, repr=False)
class ClusteredTable(FrameResult):
    """Rows put into clusters.

    Args:
        rows: the key, the variables, and the segment's key in the column `segment`; in the order given.
        segments: one row a segment: `segment`, `label`, `customers`, `share`, `stability`, then the typical
            value of each variable in its own unit.
        evidence: what kind of segments these are, and all figures behind it.
        segmentation: how rows are placed, as one SQL expression.
        given: the table as it was given, or the profiles made of orders.
        findings: what a person should know.
    """

    rows: pa.Table
    segments: pa.Table
    evidence: ClusterEvidence
    segmentation: Segmentation
    given: pa.Table
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"

    @property
    def kind(self) -> str | None:
        """`natural`, `reproducible` or `constructed`; None where the data allow no segments."""
        return self.evidence.kind

    @property
    def natural(self) -> bool:
        """Whether there are natural segments: separated groups, not a cut through a cloud."""
        return self.evidence.kind == "natural"

    @property
    def count(self) -> int:
        """How many clusters there are; 0 where the data allow none."""
        return self.evidence.count

    @property
    def labels(self) -> list[str]:
        """The segment's key of each row, in the order given."""
        found: list[str] = self.rows.column(SEGMENT).to_pylist()
        return found

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.rows

    def to_dict(self) -> dict[str, Any]:
        """The evidence as plain data."""
        return self.evidence.to_dict()

    def _headline(self) -> str:
        sizes = dict(zip(*(self.segments[name].to_pylist() for name in ("label", "customers")), strict=True))
        return f"{self.rows.num_rows} rows, {self.kind or 'no'} segments: {sizes}"

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        rows = self.segments.to_pylist()
        return render_table(rows, {name: name for name in self.segments.column_names}, self.language)


def clusters(
    table: Any,
    variables: str | Sequence[str] | None = None,
    *,
    key: str | None = None,
    language: i18n.Language = "en",
    **options: Any,
) -> ClusteredTable:
    """Find segments in a table with a row a customer, or in a table of orders, and say what they are worth.

    Args:
        table: a dataframe: profiles, a survey, anything with a row each; or orders, where none of
            `variables` is a column of it (the profile is then made first).
        variables: the columns to cluster by: numbers and yes/no (also as text); all of these unless given.
        key: the column that names each row once; `customer_id` where there is one, else the row's number.
        language: of labels and messages.
        options: as under `method: clusters` in the plan: `count` (`4`, `"3-6"`), `model`, `scales`, `clip`,
            `missing`, `unlinked`, `sample`, `seed`, `segments`, `label`; and for orders `as_of`, `columns`,
            `customers`, `refunds`, `currency` as in `profiles`.

    Raises:
        VitrailError: a column is not there or is nothing to cluster by or is named `segment`, an option is
            wrong, the key is not unique.

    >>> import random
    >>> draw = random.Random(1).gauss
    >>> people = pa.table({"visits": [draw(0, 1) for _ in range(60)] + [draw(9, 1) for _ in range(60)],
    ...                    "spend": [draw(0, 1) for _ in range(60)] + [draw(9, 1) for _ in range(60)]})
    >>> found = clusters(people)
    >>> found.kind, found.count, found.segments["customers"].to_pylist()
    ('natural', 2, [60, 60])
    """
    check_language(language)
    data = to_arrow(table)
    about_orders = {name: options.pop(name) for name in _ORDERS if name in options}
    asked = list_names(variables)
    if set(asked) & BUILT_IN_VARIABLES and not set(asked) & set(data.column_names):
        data = profiles(data, **about_orders, language=language).to_arrow()
    with DuckDB() as engine:
        named = _register(engine, data, key)
        names = [*find_columns("variables", asked, data.column_names)]
        if variables is None:
            names = find_readable(load_base(engine, "profile"))
        if key in names and variables is None:
            names.remove(key)
        if not names:
            raise UsageError(Finding("clusters_no_variables", "error"))
        if SEGMENT in (name.casefold() for name in (named, *names)):
            raise UsageError(Finding("clusters_taken_name", "error", figures={"name": SEGMENT}))
        spec = _read_options(names, options)
        base = load_base(engine, "profile")
        segmentation, findings = compile_clusters(SEGMENT, spec, base, _argument)
        assert isinstance(segmentation.evidence, ClusterEvidence)
        own = [column(KEY).as_(named)] + [column(name) for name in names if name != named]
        placed = exp.select(*own, exp.alias_(segmentation.expression.copy(), SEGMENT)).from_("profile")
        rows = engine.arrow(placed.order_by(column(_ORDER)))
        segments = _tabulate(segmentation, rows, language)
    return ClusteredTable(rows, segments, segmentation.evidence, segmentation, data, findings, language)


_ORDER = "_order"


def _argument(path: str) -> str:
    """The argument that a path of the block is, the number of an entry aside.

    >>> _argument("segmentations.segment.variables.0"), _argument("segmentations.segment")
    ('variables', 'clusters')
    """
    return (path.split(".")[2:] or ["clusters"])[0]


def _register(engine: DuckDB, data: pa.Table, key: str | None) -> str:
    """Make `profile` of the table, with the key as `customer_id`; returns the key's own name.

    Raises:
        UsageError: the key is not a column, or does not tell the rows apart.
    """
    engine.register("given", data.append_column(_ORDER, pa.array(range(1, data.num_rows + 1), pa.int64())))
    named = (
        find_columns("key", [key], data.column_names)[0] if key is not None else find_key(data.column_names)
    )
    value = column(named or _ORDER)
    counted = sql("count(distinct $key) as keys", key=value)
    keys = int(engine.records(exp.select(counted).from_("given"))[0]["keys"])
    if keys < data.num_rows:
        figures = {"name": named or "", "rows": data.num_rows, "keys": keys}
        raise UsageError(Finding("clusters_key_not_unique", "error", figures=figures))
    others = [column(name) for name in data.column_names if name != KEY]
    engine.create("profile", exp.select(value.as_(KEY), *others, column(_ORDER)).from_("given"))
    return named or "row"


def _read_options(names: Sequence[str], options: Mapping[str, Any]) -> ClustersSpec:
    """The options as a block of the plan; columns of a dataframe may have names that a plan has not."""
    scales = options.get("scales") or {}
    unknown = [name for name in scales if name not in names]
    if unknown:
        figures = {"name": unknown[0], "options": list(names)}
        raise PlanError(Finding("plan_cluster_scale", "error", "scales", figures))
    plain = [name if IDENTIFIER.fullmatch(name) else f"v{place}" for place, name in enumerate(names)]
    own = dict(zip(names, plain, strict=True))
    given = {name: value for name, value in options.items() if name not in ("scales", "method")}
    block: dict[str, Any] = {**given, "method": "clusters", "variables": plain, "follow": "none"}
    if "count" in block and not isinstance(block["count"], tuple):
        block["count"] = str(block["count"])
    spec = parse_block(
        ClustersSpec, block | {"scales": {own[name]: scales[name] for name in scales}}, "clusters"
    )
    return spec.model_copy(update={"variables": list(names), "scales": dict(scales)})


def _tabulate(segmentation: Segmentation, rows: pa.Table, language: i18n.Language) -> pa.Table:
    """The segments with their figures, one row each."""
    counted: dict[str, int] = {}
    for row in rows.group_by(SEGMENT).aggregate([(SEGMENT, "count")]).to_pylist():
        counted[row[SEGMENT]] = row[f"{SEGMENT}_count"]
    evidence = segmentation.evidence
    assert isinstance(evidence, ClusterEvidence)
    known = {each.key: each for each in evidence.segments}
    names = [scale.variable for scale in evidence.scales]
    columns: dict[str, list[Any]] = {
        "segment": [each.key for each in segmentation.segments],
        "label": [each.label[language] for each in segmentation.segments],
        "customers": [counted.get(each.key, 0) for each in segmentation.segments],
    }
    columns["share"] = [count / max(rows.num_rows, 1) for count in columns["customers"]]
    found = [known.get(each.key) for each in segmentation.segments]
    columns["stability"] = [each.stability if each else None for each in found]
    for name in names:
        columns[name] = [each.centre[name] if each else None for each in found]
    text_columns = ("segment", "label")
    types = {name: pa.string() if name in text_columns else pa.float64() for name in columns}
    types["customers"] = pa.int64()
    return pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
