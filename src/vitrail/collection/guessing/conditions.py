"""Which of a file's rows are no plain sale, as the conditions of a plan: `credits`, `keep`, `cancelled`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp

from vitrail.collection.guessing.answers import ColumnGuess, SourceGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.credits import find_credit_numbers, find_credits
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.flags import find_flags, find_returns
from vitrail.collection.guessing.headers import fold
from vitrail.collection.guessing.kinds import (
    find_called_off,
    find_head_rows,
    find_open_deals,
    find_other_kinds,
    find_quotes,
    find_unknown_kinds,
    find_unordered,
    find_unpaid,
    takes_nothing_back,
)
from vitrail.collection.guessing.layout import find_total_rows
from vitrail.collection.guessing.presets import Preset
from vitrail.collection.readings import plain_name
from vitrail.collection.statuses import says_cancelled
from vitrail.collection.values.readings import BOOLEANS, BooleanStyle
from vitrail.findings import Finding

_PAID = ("paid", "payed", "paye", "payee", "regle", "reglee", "succeeded", "refunded", "partially refunded")


def tell_no_sales(
    guess: SourceGuess, preset: Preset | None, reports: Reports, evidence: Evidence, repeated: bool
) -> SourceGuess:
    """The guess with its conditions, each with the finding that says what it leaves out.

    Args:
        repeated: each row of an order repeats what is the order's, so that its total may stand among them.
    """
    guess = _tell_credits(guess, reports, evidence)
    guess = _tell_other_kinds(guess, preset, reports, evidence)
    if repeated and "amount" not in guess.once_an_order:
        guess = _tell_total_rows(guess, evidence)
    return _tell_called_off(guess, preset, reports, evidence)


def _tell_credits(guess: SourceGuess, reports: Reports, evidence: Evidence) -> SourceGuess:
    """Documents that take back though their amount has no minus: in the plan where that is sure."""
    if unknown := find_unknown_kinds(guess.columns, reports, evidence):
        figures = {**_quoted(*unknown), "condition": _told_by(guess.columns, *unknown)}
        figures["others"] = _told_by(guess.columns, *unknown, no=True)
        said = Finding("guess_unknown_kinds", "warning", guess.name, figures)
        guess = replace(guess, findings=(*guess.findings, said))
    found = find_credits(guess.columns, reports, evidence)
    if found is None:
        if told := find_credit_numbers(guess.columns, reports, evidence):
            start, rows = told
            like = exp.Literal.string(f"{start}%").sql("duckdb")
            figures = {"rows": rows, "start": start, "condition": f"order_id like {like}"}
            said = Finding("guess_maybe_credit_numbers", "warning", guess.name, figures)
            guess = replace(guess, findings=(*guess.findings, said))
        return guess
    source, values, sure = found
    condition = _told_by(guess.columns, source, values)
    figures = {"column": source, "names": [*values], "condition": condition}
    said = (
        Finding("guess_credits", "info", guess.name, figures)
        if sure
        else Finding("guess_maybe_credits", "warning", guess.name, figures)
    )
    return replace(
        guess,
        credits=condition if sure else None,
        once_an_order=tuple(m for m in guess.once_an_order if m != "amount"),  # a sale and its refund
        findings=(*guess.findings, said),
    )


def _tell_other_kinds(
    guess: SourceGuess, preset: Preset | None, reports: Reports, evidence: Evidence
) -> SourceGuess:
    """Kinds of rows that are kept: no quotes among invoices, or an order's own row and none of its lines."""
    if others := find_other_kinds(guess.columns, reports, evidence):
        source, values = others
        keep = _told_by(guess.columns, source, values, no=True)
        said = Finding("guess_other_kinds", "warning", guess.name, {"column": source, "names": [*values]})
        return replace(guess, keep=keep, findings=(*guess.findings, said))
    if told := find_quotes(guess.columns, reports, evidence):
        said = Finding("guess_quotes", "warning", guess.name, {"told": told})
        guess = replace(guess, findings=(*guess.findings, said))
    if guess.order_fields != "first_row" or preset:
        return guess
    if heads := find_head_rows(guess.columns, reports, evidence):
        source, values = heads
        figures = {"column": source, "value": values[0]}
        said = Finding("guess_head_rows", "warning", guess.name, figures)
        return replace(guess, keep=_told_by(guess.columns, source, values), findings=(*guess.findings, said))
    return guess


def _tell_total_rows(guess: SourceGuess, evidence: Evidence) -> SourceGuess:
    """Orders' totals that stand among their lines: left out where a column is blank on them."""
    totals = find_total_rows(guess.columns, evidence)
    if totals is None:
        return guess
    blank = totals[0]
    figures = {"column": guess.columns["amount"].source, "blank": blank or ""}
    code = "guess_total_rows" if blank else "guess_maybe_total_rows"
    keep = " and ".join(filter(None, (guess.keep, blank and f"{blank} is not null")))
    findings = (*guess.findings, Finding(code, "warning", guess.name, figures))
    return replace(guess, keep=keep or None, findings=findings)


def _tell_called_off(
    guess: SourceGuess, preset: Preset | None, reports: Reports, evidence: Evidence
) -> SourceGuess:
    """Sales that were called off, beside those whose status is known by itself; deals that are not won."""
    columns, known = guess.columns, preset.cancelled if preset else None
    conditions = [known] if preset and known and _is_told(preset, columns, evidence) else []
    told = [*find_called_off(columns, reports, evidence), *find_unordered(columns, reports, evidence)]
    if not conditions and (open_deals := find_open_deals(columns, evidence)):
        told = [(columns["status"].source, open_deals), *told]
    back = "refunded_amount" in columns or not takes_nothing_back(columns, reports)
    flags = find_flags(columns, reports, evidence, back)
    told += [(flag.source, flag.values) for flag in flags if flag.sense in ("called_off", "given_back")]
    tests = [(flag.source, flag.values) for flag in flags if flag.sense == "test"]
    asked = [(flag.source, flag.values) for flag in flags if flag.sense in ("maybe", "maybe_test")]
    if not known and not _tells_paid(columns, evidence):
        asked += [(flag.source, flag.values) for flag in flags if flag.sense == "unpaid"]
    asked += find_unpaid(columns, reports, evidence)
    conditions += [_told_by(columns, *each, reports=reports) for each in told]
    returns = () if back or guess.credits else find_returns(columns, reports)
    return replace(
        guess,
        cancelled=" or ".join(conditions) or None,
        tests=" or ".join(_told_by(columns, *each, reports=reports) for each in tests) or None,
        findings=(
            *guess.findings,
            *(Finding("guess_called_off", "info", guess.name, _quoted(*each)) for each in told),
            *(Finding("guess_returns_left", "warning", guess.name, {"column": c}) for c in returns),
            *(Finding("guess_tests", "info", guess.name, _quoted(*each)) for each in tests),
            *(
                Finding(
                    "guess_maybe_called_off",
                    "warning",
                    guess.name,
                    {
                        **_quoted(*each),
                        "condition": " or ".join([*conditions, _told_by(columns, *each, reports=reports)]),
                    },
                )
                for each in asked
            ),
        ),
    )


def _tells_paid(columns: Mapping[str, ColumnGuess], evidence: Evidence) -> bool:
    """Whether each status says by itself that a sale was paid, or that it was called off."""
    values = evidence.values(columns["status"].source) if "status" in columns else ()
    plain = [fold(value) for value in values]
    return bool(plain) and all(each in _PAID or says_cancelled(each) for each in plain)


def _quoted(source: str, values: Collection[str]) -> dict[str, Any]:
    return {"column": source, "names": [*values]}


def _told_by(
    columns: Mapping[str, ColumnGuess],
    source: str,
    values: Collection[str],
    no: bool = False,
    reports: Reports | None = None,
) -> str:
    """The condition that a column has one of these values, or none, by the name that a plan gives it."""
    name = next((model for model, guess in columns.items() if guess.source == source), plain_name(source))
    if reports and isinstance(style := reports[source].reading.style, BooleanStyle):
        true, _ = BOOLEANS[style.name]
        return f"{name} is {'true' if true in {value.lower() for value in values} else 'false'}"
    listed = ", ".join(exp.Literal.string(value).sql("duckdb") for value in values)
    return f"coalesce({name}, '') not in ({listed})" if no else f"{name} in ({listed})"


def _is_told(preset: Preset, columns: Mapping[str, ColumnGuess], evidence: Evidence) -> bool:
    """Whether the column is there by which a known export tells its cancelled rows, in its own words."""
    if "not in" not in (preset.cancelled or ""):
        return "status" not in preset.columns or "status" in columns
    values = evidence.values(columns["status"].source) if "status" in columns else ()
    known = re.findall("'([^']*)'", preset.cancelled or "")
    return any(value.lower() in known for value in values)
