"""What subscribers are worth, from a dataframe of them: `vitrail.contract_value(customers, …)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, column, sql
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.library.frames import check_language, check_one_row_each, to_arrow
from vitrail.plan import ContractValueSpec, parse_block
from vitrail.plan.faults import choose
from vitrail.prediction.contracts.predicting import tell_contract_value
from vitrail.prediction.contracts.subscribers import check_amount, compile_remaining, load_contracts
from vitrail.prediction.contracts.valuing import ContractValue, value_contracts
from vitrail.variables.kpis import compile_yes_no


@dataclass(frozen=True, slots=True, repr=False)
class ContractValueResult:
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

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `polars.DataFrame(result)` and `pandas.DataFrame.from_arrow(result)` work."""
        return self.customers.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        simple, counted = self.value.simple, self.content
        churn, worth = simple.churn, simple.value
        figures = [f"{counted['customers']} subscribers, {counted['leavers']} left: {self.status}"]
        if churn.value is not None and churn.low is not None and churn.high is not None:
            figures.append(f"churn {churn.value:.4f} ({churn.low:.4f} to {churn.high:.4f})")
        if worth.value is not None and worth.low is not None and worth.high is not None:
            figures.append(f"value {worth.value:.2f} ({worth.low:.2f} to {worth.high:.2f})")
        return ", ".join(figures)

    def _repr_html_(self) -> str:
        from vitrail.reports.notebook import render_table

        simple = self.content["simple"]
        rows = [
            {"figure": i18n.text(f"contract_table_{name}", self.language), **simple[name]}
            for name in ("churn", "amount", "periods", "value")
        ]
        labels = {name: i18n.text(f"contract_table_{name}", self.language) for name in ("figure", *_BOUNDS)}
        said = " ".join(finding.message(self.language) for finding in self.findings)
        return render_table(rows, labels, self.language, caption=said, currency=self.currency)


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
    >>> firms = pa.table({"months": [1, 2, 3] * 40, "gone": [True, False, False] * 40, "fee": [50.0] * 120})
    >>> found = contract_value(firms, "months", "gone", "fee", margin=0.8)
    >>> round(found.value.simple.churn.value, 3), round(found.value.simple.value.value)
    (0.167, 240)
    """
    check_language(language)
    given = {"method": "contract_value", "duration": duration, "left": left, "amount": amount, **options}
    spec = parse_block(ContractValueSpec, given, "contract_value")
    table = to_arrow(customers)
    names = {name.casefold(): name for name in table.column_names}
    missing = [name for name in (duration, amount) if name is not None and name.casefold() not in names]
    if missing:
        known = sorted(table.column_names)
        faults = [choose("contract_no_column", "", {"name": name, "options": known}) for name in missing]
        raise UsageError(faults)
    with DuckDB() as engine:
        engine.register("subscribers", table)
        check_one_row_each(engine, "subscribers", table.column_names)
        rows = exp.select("*").from_("subscribers")
        gone = compile_yes_no(engine, spec.left, rows, "left")
        lasted = column(names[duration.casefold()])
        paid = None if amount is None else column(names[amount.casefold()])
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
