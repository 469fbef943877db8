"""The chain from sources to segments, in an engine: what a run writes and what a library call returns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from vitrail.collection.collected import Collected
from vitrail.collection.collecting import collect, count_repeats
from vitrail.collection.files import FilesRead
from vitrail.collection.funnel import take_out_nobodys
from vitrail.collection.model import is_own_export
from vitrail.engine import Engine, Query, sql
from vitrail.engine.sql import literal
from vitrail.errors import DataError, PlanError
from vitrail.findings import Finding
from vitrail.plan import Plan, check_conditions, check_orders_needed
from vitrail.prediction.base import Prediction, PredictionContext
from vitrail.profile import (
    ProfileTables,
    build_profile,
    check_concentration,
    check_likeness,
    compile_sales,
    compile_variable,
    order_columns,
)
from vitrail.segments import Segmentation, apply_segmentations, compile_segmentations, find_empty_rules
from vitrail.store import Run
from vitrail.variables import (
    BUILT_IN,
    OF_ORDERS,
    Variable,
    built_in_variables,
    custom_variables,
    made_names,
    own_variables,
    predicted_names,
)
from vitrail.workspace.dating import Dating, explain_undated, find_dating
from vitrail.workspace.patterns import check_patterns
from vitrail.workspace.possible import model_words, tell_what_brings
from vitrail.workspace.predicting import leave_out_refused, predict


@dataclass(frozen=True, slots=True)
class Segmented:
    """What a run is made of. The rows are in the engine: `order_lines`, `orders`, `profile`, `segmented`, and
    `sales` where products are known.

    Args:
        collected: what collection found out.
        variables: the profile's columns, in order.
        segmentations: fitted, in dependency order.
        dating: the segmentations whose memberships the orders date.
        customers: customers in the profile.
        findings: what a person should know.
        predictions: made before the segmentations; their columns are among the variables.
    """

    collected: Collected
    variables: tuple[Variable, ...]
    segmentations: tuple[Segmentation, ...]
    dating: Dating
    customers: int
    findings: tuple[Finding, ...]
    predictions: tuple[Prediction, ...] = ()


def segment_customers(
    engine: Engine,
    plan: Plan,
    sources: Mapping[str, FilesRead],
    as_of: dt.date | None = None,
    earlier: Run | None = None,
) -> Segmented:
    """Run the chain.

    Args:
        as_of: overrides the plan's date.
        earlier: the workspace's newest run, whose clusters keep their names.

    Raises:
        VitrailError: the plan, the sources or the data do not allow it.
    """
    faults = check_patterns(engine, plan)
    if faults:
        raise PlanError(faults)
    collected = collect(engine, plan, sources, as_of)
    faults = _unknown_names(plan, collected)
    if faults:
        raise PlanError(faults)
    variables = compile_variables(plan, collected)
    tables = profile_tables(collected)
    try:
        build_profile(engine, tables, variables, collected.as_of)
    except DataError as error:
        raise DataError(
            _find_unruly(engine, plan, tables, variables, collected.as_of) or error.findings
        ) from None
    if "product_id" in collected.line_columns:
        engine.view("sales", compile_sales(collected.line_columns))
    customers = int(engine.records(sql("select count(*) as customers from profile"))[0]["customers"])
    if customers == 0:
        raise DataError(_nobody_left(plan, collected))
    if collected.has_refunds:
        funnel = take_out_nobodys(engine, collected.funnel, collected.line_columns)
        collected = replace(collected, funnel=funnel)
    with engine.beside(lambda own: count_repeats(own, collected)) as counted:
        segmented = _segment(engine, plan, collected, variables, customers, earlier)
    return replace(segmented, collected=counted.result())


def _segment(
    engine: Engine,
    plan: Plan,
    collected: Collected,
    variables: tuple[Variable, ...],
    customers: int,
    earlier: Run | None,
) -> Segmented:
    """From the profile to `segmented`: predictions, segmentations, who is set aside."""
    predictions = predict(PredictionContext(engine, plan, collected, variables))
    variables = (*variables, *(each for made in predictions for each in made.variables))
    plan, refused = leave_out_refused(plan, predictions)
    words = {
        each.name: {**{str(language): said for language, said in each.words.label.items()}, "unit": each.unit}
        for each in variables
        if each.custom and each.words
    }
    segmentations, findings = compile_segmentations(
        engine, plan.segmentations, "profile", plan.place, earlier, words
    )
    findings = (*findings, *refused)
    if not collected.has_orders:
        findings = (Finding("register_alone", "info", plan.place("sources")), *findings)
    elif collected.data_until is None:
        figures = {"as_of": collected.as_of}
        findings = (Finding("no_order_yet", "warning", plan.place("as_of"), figures), *findings)
    else:
        place = plan.place("sources")
        findings = (*check_concentration(engine, place), *check_likeness(engine, place), *findings)
    try:
        engine.create("segmented", apply_segmentations(segmentations, exp.select("*").from_("profile")))
    except DataError as error:
        places = {
            f"segmentations.{each.key}": apply_segmentations([each], exp.select("*").from_("profile"))
            for each in segmentations
        }
        raise DataError(_try_each(engine, plan, places) or error.findings) from None
    empty = find_empty_rules(engine, plan.segmentations, segmentations, "segmented", plan.place)
    findings = (*findings, *empty)
    aside = _set_aside(engine, collected)
    if aside:
        findings = (*findings, Finding("customers_set_aside", "info", "", {"customers": aside}))
    dating = Dating()
    if collected.has_orders:
        dating = find_dating(segmentations, variables)
        findings = (*findings, *explain_undated(segmentations, dating))
    findings = (*findings, *(finding for made in predictions for finding in made.findings))
    return Segmented(collected, variables, segmentations, dating, customers, findings, predictions)


def compile_variables(plan: Plan, collected: Collected) -> tuple[Variable, ...]:
    """The profile's columns: built in, the plan's own, the register's."""
    words = model_words()
    own: Iterable[str] = collected.customer_columns
    if is_own_export(own):
        own = [name for name in own if name not in {*made_names(plan), "since"}]
    built_in = built_in_variables(collected.available, collected.has_refunds, words)
    return (
        *(built_in if collected.has_orders else ()),
        *custom_variables(plan, _tables(collected), literal(collected.as_of)),
        *own_variables(own, words),
    )


def _unknown_names(plan: Plan, collected: Collected) -> list[Finding]:
    """Every name in the plan's variables and segmentations that the data does not have, all at once."""
    bare = plan.model_copy(update={"variables": {}})
    variables = {each.name for each in compile_variables(bare, collected)} | plan.variables.keys()
    names = variables | {
        f"{key}_{axis}" for key, each in plan.segmentations.items() if each.method == "rfm" for axis in "rfm"
    }
    names |= predicted_names(plan)
    if not collected.has_orders:
        of_orders = {each.name for each in BUILT_IN if each.grain in OF_ORDERS}
        return check_orders_needed(plan, of_orders - variables) or check_conditions(
            plan, profile=names, predictable=variables
        )
    faults = check_conditions(plan, profile=names, tables=_tables(collected), predictable=variables)
    return tell_what_brings(faults, names)


def _tables(collected: Collected) -> dict[str, tuple[str, ...]]:
    """The columns that the plan's own variables are computed from."""
    return {"order_lines": collected.line_columns, "orders": order_columns(collected.line_columns)}


def profile_tables(collected: Collected) -> ProfileTables:
    """What the profile is made from."""
    return ProfileTables(collected.line_columns, collected.customer_columns, collected.has_refunds)


def profile_columns(variables: tuple[Variable, ...]) -> tuple[str, ...]:
    """The columns of the profile, `customer_id` first; one that two grains feed is one column."""
    return ("customer_id", *dict.fromkeys(each.name for each in variables))


def _set_aside(engine: Engine, collected: Collected) -> int:
    """Make `set_aside`: customers of the files with no purchase left, and the steps that took their lines.

    Returns:
        how many of them have no profile: no customers’ file knows them.
    """
    bought = sql("order_count > 0" if collected.has_orders else "true")
    engine.create(
        "set_aside",
        sql(
            """
            select customer_id, coalesce(step, 'refunds') as step, count(*) as rows
            from recorded_lines
                anti join (select customer_id from profile where $bought) as buyers using (customer_id)
            where $possible and customer_id is not null and ordered_at < $as_of
                and step is distinct from 'unreadable'
            group by customer_id, coalesce(step, 'refunds')
            """,
            bought=bought,
            as_of=collected.as_of,
            possible=collected.has_refunds or any(collected.funnel["removed"].to_pylist()),
        ),
    )
    unknown = sql(
        "select count(distinct customer_id) as n from set_aside anti join profile using (customer_id)"
    )
    return int(engine.records(unknown)[0]["n"])


def _find_unruly(
    engine: Engine, plan: Plan, tables: ProfileTables, variables: Iterable[Variable], as_of: dt.date
) -> list[Finding]:
    """What stops the profile, at the line of the plan's variable that it comes from."""
    own = {
        f"variables.{each.name}.value": compile_variable(tables, each, literal(as_of))
        for each in variables
        if each.custom
    }
    return _try_each(engine, plan, own)


def _try_each(engine: Engine, plan: Plan, queries: Mapping[str, Query]) -> list[Finding]:
    """What the engine has against each query by itself, at its place in the plan."""
    findings: list[Finding] = []
    for path, query in queries.items():
        try:
            engine.create("tried", query)
            engine.drop("tried")
        except DataError as error:
            findings += [Finding(f.code, f.level, plan.place(path), f.figures) for f in error.findings]
    return findings


def _nobody_left(plan: Plan, collected: Collected) -> Finding:
    """No line is a purchase: say by which step they were taken out, or what is left."""
    steps: dict[str, int] = {}
    kept = 0
    for row in collected.funnel.to_pylist():
        if row["removed"]:
            steps[row["step"]] = steps.get(row["step"], 0) + row["rows"]
        kept += row["rows"] if row["step"] == "kept" else 0
    if kept:
        return Finding("only_refunds", "error", plan.place("sources"), {"rows": kept})
    if not steps:
        return Finding("no_rows", "error", plan.place("sources"))
    step = max(steps, key=lambda name: steps[name])
    figures = {"rows": sum(steps.values()), "step": f"report_step_{step}", "taken": steps[step]}
    code = "nobody_left_zero_price" if step == "zero_price" else "nobody_left"
    return Finding(code, "error", plan.place("sources"), figures)
