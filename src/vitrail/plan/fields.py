"""The kinds of value a plan holds, and the shape every block shares.

A plan file gives text for every scalar (see `vitrail.plan.nodes`), so `01000` and `NO` stay what they are
and each field reads its own text; from Python the native values are taken too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from vitrail.i18n import Language
from vitrail.plan import expressions
from vitrail.plan.names import IDENTIFIER


def fault(code: str, **figures: Any) -> PydanticCustomError:
    """A fault of a value: the code of its sentence, and the figures it quotes."""
    return PydanticCustomError("vitrail", "{code}", {"code": code, "figures": figures})


class Spec(BaseModel):
    """A block of the plan: written by a person, frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

    @model_validator(mode="wrap")
    @classmethod
    def _name_unknown_keys(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Say of an unknown key which keys this block knows."""
        try:
            return handler(data)
        except ValidationError as error:
            lines: list[InitErrorDetails] = []
            for line in error.errors(include_url=False):
                kind: PydanticCustomError | str = line["type"]
                context = line.get("ctx", {})
                if kind == "extra_forbidden" and len(line["loc"]) == 1:
                    kind = fault("plan_unknown_key", key=str(line["loc"][0]), options=list(cls.model_fields))
                elif kind == "vitrail":
                    kind = PydanticCustomError("vitrail", "{code}", context)
                lines.append(
                    InitErrorDetails(type=kind, loc=line["loc"], input=line["input"], ctx=context)
                    if isinstance(kind, str)
                    else InitErrorDetails(type=kind, loc=line["loc"], input=line["input"])
                )
            raise ValidationError.from_exception_data(cls.__name__, lines) from None


def _identifier(value: Any) -> Any:
    if isinstance(value, str) and not IDENTIFIER.fullmatch(value):
        raise fault("plan_bad_name", name=value)
    return value


Identifier = Annotated[
    str, BeforeValidator(_identifier), Field(json_schema_extra={"pattern": f"^{IDENTIFIER.pattern}$"})
]
"""A name that people give: a small letter, then small letters, digits and `_`."""


def _truth(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


Truth = Annotated[bool, Field(strict=True), BeforeValidator(_truth)]


def _date(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise fault("plan_expected_date")
    return value


Day = Annotated[dt.date, BeforeValidator(_date)]


def _as_of(value: Any) -> Any:
    if isinstance(value, str) and value != "latest":
        try:
            return dt.date.fromisoformat(_date(value))
        except (ValueError, PydanticCustomError):
            raise fault("plan_as_of") from None
    if not isinstance(value, str | dt.date):  # a moment counts as its day
        raise fault("plan_as_of")
    return value


AsOf = Annotated[dt.date | Literal["latest"], BeforeValidator(_as_of)]


class Translated(Spec):
    """The same words in both languages."""

    en: str = Field(description="In English.")
    fr: str = Field(description="In French.")


def _kind(value: Any) -> str:
    if isinstance(value, dict | Translated):
        return "block"
    return "list" if isinstance(value, list | tuple) else "one"


Text = Annotated[
    Annotated[str, Tag("one")] | Annotated[str, Tag("list")] | Annotated[Translated, Tag("block")],
    Discriminator(_kind),
]
"""Words people see: one text for both languages, or `{en: …, fr: …}`."""


def by_language(
    words: str | Translated | None, otherwise: str | Mapping[Language, str] = ""
) -> dict[Language, str]:
    """Words of the plan in each language; `otherwise` where it gives none.

    >>> by_language("Gold"), by_language(None, {"en": "Loyal", "fr": "Fidèles"})
    ({'en': 'Gold', 'fr': 'Gold'}, {'en': 'Loyal', 'fr': 'Fidèles'})
    """
    if isinstance(words, Translated):
        return {"en": words.en, "fr": words.fr}
    if words or isinstance(otherwise, str):
        return {"en": words or str(otherwise), "fr": words or str(otherwise)}
    return dict(otherwise)


Files = Annotated[
    Annotated[str, Tag("one")]
    | Annotated[str, Tag("block")]
    | Annotated[list[str], Field(min_length=1), Tag("list")],
    Discriminator(_kind),
]
"""One path, or a list of them."""


def check_expression(read: Callable[[str], object]) -> Callable[[Any], Any]:
    """A field's check: the value, or every fault that `read` finds in its text."""

    def check(value: Any) -> Any:
        if isinstance(value, str):
            findings = expressions.faults(read, value)
            if findings:
                raise PydanticCustomError("vitrail", "{code}", {"code": "", "findings": findings})
        return value

    return check


Condition = Annotated[
    str, BeforeValidator(check_expression(partial(expressions.read_condition, segments=False)))
]
"""An SQL condition: true or false of each row."""

RuleCondition = Annotated[str, BeforeValidator(check_expression(expressions.read_condition))]
"""An SQL condition that may ask for `segment('…')`."""

RowValue = Annotated[str, BeforeValidator(check_expression(expressions.read_value))]
"""An SQL expression that has one value for each row."""

Aggregate = Annotated[str, BeforeValidator(check_expression(expressions.read_aggregate))]
"""An SQL expression that sums many rows up in one value."""


def _within_reach(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if value.adjusted() >= MOST_DIGITS or not isinstance(exponent, int) or exponent < -MOST_DECIMALS:
        raise fault("plan_number_beyond", digits=MOST_DIGITS, decimals=MOST_DECIMALS)
    return value


MOST_DIGITS, MOST_DECIMALS = 18, 12
Number = Annotated[Decimal, AfterValidator(_within_reach), WithJsonSchema({"type": "number"})]
"""An exact number; JSON Schema knows no other kind."""

_WITHIN = re.compile(r"([1-9]\d{0,4}) (day|week|month|year)s?")


def parse_within(text: str) -> tuple[int, Literal["day", "week", "month", "year"]] | None:
    """The length and unit of a window such as `365 days`, or None where it cannot be read as one.

    >>> parse_within("365 days"), parse_within("1 year"), parse_within("a while")
    ((365, 'day'), (1, 'year'), None)
    """
    found = _WITHIN.fullmatch(text)
    return (int(found[1]), found[2]) if found else None  # type: ignore[return-value]


def shift(day: dt.date, within: str, times: int) -> dt.date:
    """The day so many spans later (earlier where negative); the last of a month where it has no such day.

    No day is before the first of the calendar.

    Raises:
        ValueError: `within` is no span of time.

    >>> shift(dt.date(2011, 12, 10), "90 days", -1), shift(dt.date(2012, 5, 31), "3 months", -1)
    (datetime.date(2011, 9, 11), datetime.date(2012, 2, 29))
    """
    span = parse_within(within)
    if span is None:
        raise ValueError(f"not a span of time: {within!r}")
    length, unit = span[0] * times, span[1]
    if unit in ("day", "week"):
        return dt.date.fromordinal(max(1, day.toordinal() + length * (7 if unit == "week" else 1)))
    months = max(12, day.year * 12 + day.month - 1 + length * (12 if unit == "year" else 1))
    first = dt.date(months // 12, months % 12 + 1, 1)
    following = dt.date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def _within(value: Any) -> Any:
    if isinstance(value, str) and parse_within(value) is None:
        raise fault("plan_within", value=value)
    return value


Within = Annotated[
    str, BeforeValidator(_within), Field(json_schema_extra={"pattern": f"^{_WITHIN.pattern}$"})
]

_RANGE = re.compile(r"(\d{1,3})(?: ?[-–] ?(\d{1,3}))?")


def _range(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    found = _RANGE.fullmatch(str(value)) if isinstance(value, str | int) else None
    if not found:
        raise fault("plan_range")
    low, high = int(found[1]), int(found[2] or found[1])
    if not 1 <= low <= high:
        raise fault("plan_range")
    return low, high


Range = Annotated[
    tuple[int, int],
    BeforeValidator(_range),
    PlainSerializer(lambda r: str(r[0]) if r[0] == r[1] else f"{r[0]}-{r[1]}", return_type=str),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d+-\d+$"}]}
    ),
]
"""A score or a range of scores, `4` or `4-5`; held as (lowest, highest)."""
