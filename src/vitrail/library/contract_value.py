"""What subscribers are worth, from a dataframe of them: `vitrail.contract_value(customers, …)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, column, sql
from vitrail.findings import Finding
from vitrail.library.frames import CUSTOMERS, check_language, find_columns, list_names, register_customers
from vitrail.library.results import FrameResult
from vitrail.plan import ContractValueSpec, parse_block
from vitrail.prediction.contracts.predicting import tell_contract_value
from vitrail.prediction.contracts.subscribers import check_amount, compile_remaining, load_contracts
from vitrail.prediction.contracts.valuing import HELD, ContractValue, value_contracts
from vitrail.variables.kpis import compile_yes_no


@dataclass(frozen=True, slots=True, repr=False)
class ContractValueResult(FrameResult):
    """What subscribers are worth.

    Args:
        customers: the dataframe with `remaining`, the margin still to come of each subscriber, where a model
            holds (`status` is `constant` or `heterogeneous`).
        value: the models; `value.simple` is margin × ARPA / churn, `value.model` the shifted beta-geometric.
        content: all figures as plain data.
        findings: what a person should know.
    """

    customers: pa.Table
    value: ContractValue
    content: Mapping[str, Any] = field(repr=False)
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"
    currency: str | None = None

    @property
    def status(self) -> str:
        """Which answer holds, or why none does."""
        return str(self.content["status"])

    def to_arrow(self) -> pa.Table:
        """The subscribers as an Arrow table."""
        return self.customers

    def to_dict(self) -> dict[str, Any]:
        """All figures as plain data."""
        return dict(self.content)

    def _headline(self) -> str:
        simple, counted = self.value.simple, self.content
        churn, worth = simple.churn, simple.value
        figures = [f"{counted['customers']} subscribers, {counted['leavers']} left: {self.status}"]
        if churn.value is not None and churn.low is not None and churn.high is not None:
            figures.append(f"churn {churn.value:.4f} ({churn.low:.4f} to {churn.high:.4f})")
        seen = counted["observed"]
        if seen is not None and seen["value"]["value"] is not None and self.status not in HELD:
            bounds = f"{seen['value']['low']:.2f} to {seen['value']['high']:.2f}"
            figures.append(
                f"observed in the first {seen['periods']} periods {seen['value']['value']:.2f} ({bounds})"
            )
        elif worth.value is not None and worth.low is not None and worth.high is not None:
            figures.append(f"value {worth.value:.2f} ({worth.low:.2f} to {worth.high:.2f})")
        return ", ".join(figures)

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        simple = self.content["simple"]
        told = {name: simple[name] for name in ("churn", "amount", "periods")}
        if self.content["observed"] is not None:
            told["observed"] = self.content["observed"]["value"]
        if self.status in (*HELD, "everybody_left", "nobody_left"):
            told["value"] = simple["value"]
        seen = (self.content["observed"] or {}).get("periods", 0)
        rows = [
            {"figure": i18n.text(f"contract_table_{name}", self.language, periods=seen)}
            | {"estimate": each["value"], "low": each["low"], "high": each["high"]}
            for name, each in told.items()
        ]
        labels = {name: i18n.text(f"contract_table_{name}", self.language) for name in ("figure", *_BOUNDS)}
        return render_table(rows, labels, self.language, currency=self.currency)


_BOUNDS = ("estimate", "low", "high")


def contract_value(
    customers: Any,
    duration: str,
    left: str,
    amount: str | None = None,
    *,
    currency: str | None = None,
    language: i18n.Language = "en",
    **options: Any,
) -> ContractValueResult:
    """What subscribers are worth: how long they stay, what they pay a period, what is left of it.

    Args:
        customers: a dataframe, one row a subscriber (a `customer_id` that comes twice is refused).
        duration: the column of whole periods that each has been (or was) one.
        left: who has left for good: an SQL condition, or a yes/no column by its name.
        amount: the column of what each pays a period; without it there are lifetimes and no values.
        currency: of the amounts (ISO 4217); `language`: of messages.
        options: `margin`, `period`, `discount`, as in the plan's reference.

    Raises:
        VitrailError: a column does not exist, an option is wrong.

    >>> import pyarrow as pa
    >>> months, gone = [1, 2, 3] * 10 + [3] * 90, [True] * 30 + [False] * 90
    >>> firms = pa.table({"months": months, "gone": gone, "fee": [50.0] * 120})
    >>> found = contract_value(firms, "months", "gone", "fee", margin=0.8)
    >>> round(found.value.simple.churn.value, 3), round(found.value.simple.value.value)
    (0.091, 440)
    """
    check_language(language)
    given = {"method": "contract_value", "duration": duration, "left": left, "amount": amount, **options}
    spec = parse_block(ContractValueSpec, given, "contract_value")
    with DuckDB() as engine:
        known = register_customers(engine, customers)
        table, rows = known.table, exp.select("*").from_(CUSTOMERS)
        [lasted_in] = find_columns("duration", [duration], known.columns)
        paid_in = find_columns("amount", list_names(amount), known.columns)
        gone = compile_yes_no(engine, spec.left, rows, "left")
        lasted = column(lasted_in)
        paid = column(paid_in[0]) if paid_in else None
        if paid is not None:
            check_amount(engine, rows, paid, str(amount))
        contracts = load_contracts(engine, rows, lasted, gone, paid)
        value = value_contracts(contracts, spec.period, spec.margin, spec.discount)
        if value.payments is not None and paid is not None:
            remaining = compile_remaining(value.payments, lasted, gone, paid, spec.margin)
            rows = rows.select(remaining.as_("remaining"))
            table = engine.arrow(sql("select * from $rows", rows=rows.subquery("rows")))
    findings = tell_contract_value(value.content, "contract_value")
    return ContractValueResult(table, value, value.content, findings, language, currency)
