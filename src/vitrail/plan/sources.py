"""Step 3: where rows come from, how they are read and cleaned."""

from __future__ import annotations

import codecs
import difflib
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from vitrail.plan.fields import Condition, Files, Identifier, RowValue, Spec, fault

_NEAR = 0.85  # `account_manager` is a column of its own
Format = Literal["csv", "tsv", "excel", "parquet", "json", "jsonl"]
ORDER_AMOUNTS = ("amount", "discount_amount", "refunded_amount")
"""Columns of the model that may hold an amount of the whole order."""


def _encoding(value: Any) -> Any:
    if isinstance(value, str):
        try:
            text = codecs.lookup(value)._is_text_encoding
        except (LookupError, ValueError):
            text = False
        if not text:
            raise fault("plan_encoding", value=value)
    return value


def _delimiter(value: Any) -> Any:
    if value == "tab":
        return "\t"
    if isinstance(value, str) and value != "blanks" and (len(value) != 1 or value in "\r\n\"'"):
        raise fault("plan_delimiter")
    return value


class CleaningSpec(Spec):
    """The steps between the rows read and the rows kept; each is a line of the funnel."""

    no_customer: Literal["drop"] = Field(
        default="drop",
        description="Rows that name no customer: they belong to nobody's profile, and are counted.",
    )
    nobody: list[str] = Field(
        default=[],
        description="What the customer's column says where it names no customer, such as `0` or `Guest` for "
        "orders made without an account, in capitals or not, beside the ways in which databases write "
        "nothing (`NULL`, `\\N`).",
    )
    cancelled: Condition | None = Field(
        default=None,
        description="An SQL condition that tells a cancelled row, beside what is recognised by itself.",
    )
    bad_debt: Literal["drop", "keep"] = Field(default="drop", description="Bad-debt adjustments.")
    zero_price: Literal["drop", "keep"] = Field(default="drop", description="Rows with a price of zero.")
    duplicates: Literal["keep", "drop"] = Field(
        default="keep", description="Rows equal in every column to an earlier one; reported in any case."
    )
    test_orders: Condition | None = Field(
        default=None,
        description="An SQL condition that tells an order made as a test, such as `email like '%@ours.com'`.",
    )


class SourceSpec(Spec):
    """A file or several that feed one table of the customer model."""

    file: Files = Field(
        description="A path, a glob (`exports/*.csv`), a folder, or a list of them; relative to the plan."
    )
    table: Literal["orders", "order_lines", "customers"] = Field(
        description="The table it feeds; `order_lines` also where each line repeats its order."
    )
    format: Format | None = Field(
        default=None, description="What the file is; told by its name and content unless given."
    )
    sheet: str | None = Field(default=None, description="The sheet of an Excel file; the first unless given.")
    encoding: Annotated[str, BeforeValidator(_encoding)] | None = Field(
        default=None, description="How text is encoded, such as `cp1252`; found out unless given."
    )
    delimiter: Annotated[str, BeforeValidator(_delimiter)] | None = Field(
        default=None,
        description="The character between two fields, `tab`, or `blanks` for runs of them; found out unless "
        "given.",
    )
    header_line: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        default=None,
        description="The line of the column names, the first being 1; 0 for a file without. Found out unless "
        "given.",
    )
    columns: dict[Identifier, str] = Field(
        default_factory=dict,
        description="For each column of the model, the file's own name of it. Where the code that orders "
        "know is an account, `customers` has it as `account_id`, beside the `customer_id` of its owner.",
    )
    read: dict[str, str] = Field(
        default_factory=dict,
        description="For a column of the file, how its text is read: `text`, `code` (whatever its capitals, "
        "zeros in front or `.0` behind), `dd/mm/yyyy`, `1 234,56`, "
        "`cents` (hundredths, or the smallest unit of the row's `currency`, as payment services "
        "give them to programs) …",
    )
    computed: dict[Identifier, RowValue] = Field(
        default_factory=dict,
        description="For a column of the model, an SQL expression over the columns of the file, under the "
        "names that conditions use: `amount: quantity * unit_price * (1 - discount)`, `amount: "
        "coalesce(debit, 0) - coalesce(credit, 0)`, `customer_id: concat_ws(' ', first_name, last_name)`. "
        "Each is read first as `read` says (`15 %` is 0.15); what `once_an_order` names counts once.",
    )
    fill_down: list[str] = Field(
        default_factory=list,
        description="Columns of the file written once and meant for the rows below (an order's number, date "
        "and customer on its first line only): a blank takes the value above it in the same file, unless the "
        "row, or one between, fills a column listed before or says that it is a total.",
    )
    order_fields: Literal["every_row", "first_row"] = Field(
        default="every_row",
        description="Whether each row repeats its order's fields, or only the first (Shopify).",
    )
    once_an_order: list[Identifier] = Field(
        default_factory=list,
        description="Amounts of the whole order that each of its rows repeats, under the model's names "
        "(`amount`, `discount_amount`, `refunded_amount`): counted once an order. Needs `order_id`.",
    )
    refunds: Literal["match", "net", "drop"] = Field(
        default="match",
        description="Cancellations and refunds: `match` voids the original and nets the rest, `net` only "
        "subtracts, `drop` only leaves the cancelled rows out.",
    )
    credits: Condition | None = Field(
        default=None,
        description="An SQL condition that tells rows that take back though their amount has no minus, such "
        "as credit notes by `document_type = 'Avoir'`: their amount and quantity are read as negative.",
    )
    clean: CleaningSpec = Field(default_factory=CleaningSpec, description="The cleaning steps.")
    keep: Condition | None = Field(
        default=None, description="An SQL condition: the rows to keep; all unless given."
    )
    to_check: list[str] = Field(
        default_factory=list,
        description="Columns of the file that `vitrail init` was unsure of and nobody has confirmed; each "
        "run says so until its name is taken out.",
    )

    @property
    def known(self) -> frozenset[str]:
        """The columns of the model that the source has, from a column of the file or computed."""
        return frozenset({*self.columns, *self.computed})

    @field_validator("columns")
    @classmethod
    def _keep_accounts_in_registers(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if info.data.get("table") in ("orders", "order_lines") and "account_id" in value:
            raise fault("plan_account_of_orders")
        slips = difflib.get_close_matches("account_id", value, n=1, cutoff=_NEAR)
        if info.data.get("table") == "customers" and slips and slips[0] != "account_id":
            raise fault("plan_account_slip", name=slips[0])
        return value

    @field_validator("computed")
    @classmethod
    def _come_from_one_place(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if twice := sorted(value.keys() & info.data.get("columns", {}).keys()):
            raise fault("plan_computed_twice", names=twice)
        return value

    @field_validator("once_an_order")
    @classmethod
    def _name_repeated_amounts(cls, value: list[str], info: ValidationInfo) -> list[str]:
        if not {"columns", "computed"} <= info.data.keys() or not value:
            return value  # their own faults are told
        columns = {*info.data["columns"], *info.data["computed"]}
        for name in value:
            if name not in ORDER_AMOUNTS:
                raise fault("plan_once_not_amount", name=name, options=list(ORDER_AMOUNTS))
            if name not in columns:
                raise fault("plan_once_not_mapped", name=name)
        if "order_id" not in columns:
            raise fault("plan_once_no_order")
        return value
