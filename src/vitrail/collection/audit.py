"""What a person should know of how their rows were read and cleaned, as findings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlglot import exp

from vitrail.collection.collected import Collected
from vitrail.collection.files import FilesRead
from vitrail.collection.model import TABLES
from vitrail.collection.readings import find_computed
from vitrail.collection.refusals import SUBTOTAL, UNREADABLE
from vitrail.collection.values import load_reading
from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.number_styles import NumberStyle
from vitrail.findings import Finding, Level
from vitrail.plan import Plan, SourceSpec
from vitrail.plan.sources import ORDER_AMOUNTS

#: From this share of rows on, rows that name no customer are a warning: their money is in no segment.
WITHOUT_CUSTOMER_SHARE = 0.05

#: From this share of customers on, accounts of nobody known are a warning: people count several times.
UNKNOWN_SHARE = 0.05

#: From this share of what is kept on, refunds that are in nobody's figures are a warning.
LOST_SHARE = Decimal("0.005")


def check_collection(
    collected: Collected, sources: Mapping[str, FilesRead], plan: Plan
) -> tuple[Finding, ...]:
    """Findings on every source: how its files were read, what was refused or is unconfirmed, the funnel."""
    findings = [note for read in sources.values() for file in read.files for note in file.notes]
    refused = Counter((row["source"], row["file"], row["reason"]) for row in collected.refused.to_pylist())
    told: Counter[tuple[str, str, str]] = Counter()
    for (source, file, reason), rows in refused.items():
        told[source, file, _REFUSED.get(reason, "records_malformed")] += rows
    for (_, file, code), rows in sorted(told.items()):
        findings.append(Finding(code, "info" if code == "total_lines" else "warning", file, {"rows": rows}))
    for source, rows in collected.unsigned:
        place = plan.place(f"sources.{source}.columns.amount")
        findings.append(Finding("amounts_unsigned", "warning", place, {"rows": rows}))
    for source, rows in collected.filled:
        place = plan.place(f"sources.{source}.fill_down")
        findings.append(Finding("rows_filled_down", "info", place, {"rows": rows}))
    for source, column, cells in collected.marked:
        place = plan.place(f"sources.{source}.columns")
        findings.append(Finding("marks_read_as_nothing", "info", place, {"column": column, "cells": cells}))
    findings += _doubtful(collected, plan)
    if ahead := collected.ahead:
        figures = {"rows": ahead.rows, "last": ahead.last, "as_of": collected.as_of}
        findings.append(Finding("dated_far_ahead", "warning", plan.place("as_of"), figures))
    if undated := collected.undated:
        figures = {"rows": undated.rows, "day": undated.day, "written": undated.day.isoformat()}
        findings.append(Finding("dated_at_zero", "warning", plan.place("sources"), figures))
    findings += _unconfirmed(plan, collected.settled)
    by_source: dict[str, dict[str, dict[str, Any]]] = {}
    for row in collected.funnel.to_pylist():
        by_source.setdefault(row["source"], {})[row["step"]] = row
    for source, steps in by_source.items():
        read = int(str(steps["read"]["rows"]))
        present = read - int(str(steps["after_as_of"]["rows"] if "after_as_of" in steps else 0))
        for step, level in _LEVELS.items():
            rows = int(str(steps[step]["rows"])) if step in steps else 0
            if rows:
                share = rows / (read if step == "after_as_of" or not present else present)
                figures = {
                    "rows": rows,
                    "share": share,
                    "amount": steps[step]["amount"],
                    "currency": plan.currency,
                }
                code = f"funnel_{step}"
                if step == "cancelled" and "voided" in steps:
                    code = "funnel_cancelled_beside"
                if step == "duplicates" and steps[step]["removed"]:
                    code = "funnel_duplicates_dropped"
                if step == "no_customer" and share >= WITHOUT_CUSTOMER_SHARE:
                    level = "warning"
                if step == "no_purchase" and -steps[step]["amount"] >= LOST_SHARE * steps["kept"]["amount"]:
                    level = "warning"
                findings.append(Finding(code, level, f"sources.{source}", figures))
    unpaired = collected.unpaired
    if unpaired.repeated_orders:
        findings.append(Finding("orders_repeated", "warning", "sources", {"rows": unpaired.repeated_orders}))
    if unpaired.adrift:
        figures = {
            "rows": unpaired.adrift,
            "numbers": unpaired.numbers,
            "amount": unpaired.amount,
            "currency": plan.currency,
        }
        findings.append(Finding("lines_adrift", "warning", "sources", figures))
    for repeat in collected.repeats:
        figures = {
            "orders": repeat.orders,
            "amount": repeat.amount,
            "currency": plan.currency,
            "sources": list(repeat.sources),
        }
        place = f"sources.{repeat.sources[0]}" if len(repeat.sources) == 1 else "sources"
        findings.append(Finding(f"orders_{repeat.kind}", "warning", place, figures))
    findings += _strangers(collected, sources, plan)
    findings += _accounts(collected, plan)
    findings += _codes(collected, plan)
    for unknown in collected.unknown:
        figures = {
            "names": list(unknown.names),
            "rows": unknown.rows,
            "amount": unknown.amount,
            "currency": plan.currency,
        }
        code = "statuses_unknown" if unknown.names else "statuses_unquoted"
        place = f"sources.{unknown.source}"
        names = unknown.source.split("+")  # orders and their lines
        if idle := next((name for name in names if plan.sources[name].clean.cancelled), None):
            place, code = plan.place(f"sources.{idle}.clean.cancelled"), f"{code}_idle"
        if unknown.names:
            name = exp.Literal.string(unknown.names[0]).sql("duckdb")
            condition = json.dumps(f"status = {name}", ensure_ascii=False)
            figures["written"] = f"clean: {{cancelled: {condition}}}"
        grave = unknown.share >= LOST_SHARE
        findings.append(Finding(code, "warning" if grave else "info", place, figures))
    return tuple(findings)


def _strangers(collected: Collected, sources: Mapping[str, FilesRead], plan: Plan) -> Iterator[Finding]:
    """The sources whose customers are hardly ever in the register, and the column that might join them."""
    registers = [name for name, spec in plan.sources.items() if spec.table == "customers"]
    for name in (part for source in collected.strangers for part in source.split("+")):
        own = plan.sources[name].columns.get("customer_id")
        known = plan.sources[registers[0]].columns
        key = known.get("account_id") or known.get("customer_id")
        if own is None or key is None:
            continue
        code = (
            "customers_unmatched_beside"
            if key != own and key in sources[name].columns
            else "customers_unmatched"
        )
        figures = {"column": own, "source": name, "key": key, "register": registers[0]}
        yield Finding(code, "warning", plan.place(f"sources.{name}.columns.customer_id"), figures)


def _accounts(collected: Collected, plan: Plan) -> Iterator[Finding]:
    """Accounts that no register knows, unless it knows hardly any; and those that belong to several."""
    accounts = collected.accounts
    if accounts is None:
        return
    place = plan.place(f"sources.{accounts.register}.columns.account_id")
    if accounts.unknown and not collected.strangers:
        share = accounts.unknown / accounts.customers
        figures = {"accounts": accounts.unknown, "share": share, "register": accounts.register}
        yield Finding("accounts_unknown", "warning" if share >= UNKNOWN_SHARE else "info", place, figures)
    if accounts.shared:
        figures = {"accounts": accounts.shared, "register": accounts.register}
        yield Finding("accounts_shared", "warning", place, figures)


def _codes(collected: Collected, plan: Plan) -> Iterator[Finding]:
    """What became of codes that are read alike, and customers with several rows in the register."""
    if (codes := collected.codes) and codes.forms > codes.customers:
        spec = plan.sources[codes.sources[0]]
        figures: dict[str, Any] = {
            "forms": codes.forms,
            "customers": codes.customers,
            "several": codes.several,
            "column": spec.columns["customer_id"],
        }
        place = plan.place(f"sources.{codes.sources[0]}.read.{spec.columns['customer_id']}")
        if codes.several:
            yield Finding("codes_read_alike_within", "warning", place, figures)
        else:
            yield Finding("codes_read_alike", "info", place, figures)
    if doubled := collected.doubled:
        place = plan.place(f"sources.{doubled.source}.columns.customer_id")
        figures = {"customers": doubled.customers, "rows": doubled.rows, "refusing": doubled.refusing}
        code = "register_doubled_consent" if doubled.refusing else "register_doubled"
        yield Finding(code, "warning", place, figures)


def _unconfirmed(plan: Plan, settled: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """What `vitrail init` was unsure of and nobody has taken off the plan's lists, with what it means.

    How a column is read is no doubt where its cells decide (`settled`); what it is taken for may still be.
    """
    for name, spec in plan.sources.items():
        taken = {source: target for target, source in spec.columns.items()}
        for source in spec.to_check:
            place = plan.place(f"sources.{name}.to_check")
            if made := find_computed(spec, source):
                words, formula = TABLES[spec.table].columns[made].label, spec.computed[made]
                told = {"column": source, "label": dict(words), "formula": formula}
                yield Finding("unconfirmed_computed", "warning", place, told)
                continue
            if source not in taken:
                continue  # the plan maps another column since, which is an answer
            reading = load_reading(spec.read[source], "") if source in spec.read else None
            codes = []
            if reading and (name, source) in settled and reading.name == _PLAIN and taken[source] in _MONEY:
                codes.append("unconfirmed_units")
            match reading and (name, source) not in settled and reading.style:
                case NumberStyle(mark=mark, percent=False):
                    codes.append("unconfirmed_comma" if mark == "," else "unconfirmed_point")
                case MomentStyle(order="dmy" | "mdy" as order):
                    codes.append(f"unconfirmed_{order}")
            if _counts_each_row(spec, taken[source]):
                codes.append("unconfirmed_own_amount")
            model = TABLES[spec.table].columns.get(taken[source])
            label = model.label if model else {"en": taken[source], "fr": taken[source]}
            figures = {
                "column": source,
                "name": taken[source],
                "label": dict(label),
                "reading": reading.name if reading else None,
            }
            for code in codes or ["unconfirmed_column"]:
                yield Finding(code, "warning", place, figures)


def _counts_each_row(spec: SourceSpec, name: str) -> bool:
    """Whether each row of an order counts its amount `name`, which might be the order's."""
    several = spec.table == "order_lines" and "order_id" in spec.columns and spec.order_fields == "every_row"
    return several and name in ORDER_AMOUNTS and name not in spec.once_an_order


_PLAIN, _MONEY = "1234.56", ("amount", "unit_price")  # written in the plan where it may be hundredths


def _doubtful(collected: Collected, plan: Plan) -> Iterator[Finding]:
    """Rows that may be totals: a warning where the name of the customer is the word alone."""
    for source, doubt in collected.doubtful:
        code = "totals_doubtful" if doubt.amount is not None else "totals_doubtful_unpriced"
        figures = {"rows": doubt.rows, "amount": doubt.amount, "label": doubt.label}
        place = plan.place(f"sources.{source}.columns.customer_id")
        level: Level = "warning" if doubt.surely else "info"
        yield Finding(code, level, place, {**figures, "currency": plan.currency})


_REFUSED = {
    "total_line": "total_lines",
    SUBTOTAL: "total_lines",
    **dict.fromkeys(UNREADABLE, "records_unreadable"),
}

_LEVELS: Mapping[str, Level] = {
    "no_customer": "info",
    "no_date": "warning",
    "no_amount": "warning",
    "no_purchase": "info",
    "voided": "info",
    "cancelled": "info",
    "not_kept": "info",
    "refunds": "info",
    "duplicates": "info",
    "after_as_of": "info",
}
