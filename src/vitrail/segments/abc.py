"""ABC: classes by cumulative share of a value, the greatest customers first.

Model: customers in descending order of a value; a customer's cumulative share is the sum of all values
    equal to or above theirs over the sum of all positive values. A customer is in a class while that share
    is at most the class's bound; the greatest value is always in the first class. Equal values share a
    class. Comparisons are between exact decimals.
Assumes: the value can be added up (an amount, a count). Zero, negative and missing values add nothing:
    they are left out of the total and stand in the last class. Customers without an order have a segment of
    their own.
Source: Pareto, "Cours d'économie politique", 1896; Dickie, "ABC inventory analysis shoots for dollars, not
    pennies", Factory Management and Maintenance 109, 1951.

Fitted to the least value of each class but the last, then applied as one CASE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from vitrail.engine import sql
from vitrail.findings import Finding
from vitrail.i18n.texts import sentences
from vitrail.plan.names import NO_ORDER
from vitrail.segments.base import Base, exact
from vitrail.segments.model import Segment, Segmentation
from vitrail.segments.words import name_segmentation, no_order_segment, translate

if TYPE_CHECKING:
    from vitrail.plan import AbcSpec

_TONES = ("champions", "loyal", "potential", "attention", "sleepy", "asleep")


def compile_abc(key: str, spec: AbcSpec, base: Base) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Fit the classes of an ABC segmentation and compile them."""
    totals = _load_totals(base, spec.variable)
    cuts = fit_classes(base, spec.variable, list(spec.shares.values()), totals["total"])
    value = base.value(spec.variable)
    *upper, last = spec.shares
    case = exp.Case().when(base.no_order, exp.Literal.string(NO_ORDER))
    for name, cut in zip(upper, cuts, strict=False):
        at_least = sql("$x >= $cut", x=value, cut=base.literal(spec.variable, cut))
        case = case.when(at_least, exp.Literal.string(name))
    segments = _name_classes(spec)
    if base.buyers < base.customers:
        segments = (*segments, no_order_segment())
    segmentation = Segmentation(
        key=key,
        method=spec.method,
        label=name_segmentation(spec.label, key, spec.method),
        segments=segments,
        variables=(spec.variable,),
        cuts={spec.variable: cuts},
        assign=case.else_(exp.Literal.string(last)),
    )
    return segmentation, (*_check_totals(key, spec, totals), *_check_shares(key, spec, base, cuts, totals))


def fit_classes(base: Base, variable: str, shares: Sequence[float], total: Any) -> tuple[Decimal, ...]:
    """The least value of each class but the last, descending; none where nothing is above zero.

    A class that holds nobody repeats the cut of the class before.

    Args:
        shares: of each class, in order.
        total: the exact sum of the positive values, or None.
    """
    bounds = _bounds(shares, total) if total else []
    if not bounds:
        return ()
    value = base.value(variable)
    ranked = sql(
        "select $x as value, sum($amount) over"
        " (order by $x desc range between unbounded preceding and current row) as cumulative"
        " from $table where not $none and $x > 0",
        x=value,
        amount=_amount(base, variable),
        none=base.no_order,
        table=exp.to_table(base.table),
    )
    least = [
        sql("min(value) filter (cumulative <= $bound)", bound=bound).as_(f"class_{i}")
        for i, bound in enumerate(bounds)
    ]
    found = base.engine.records(
        exp.select(*least, sql("max(value) as greatest")).from_(ranked.subquery("ranked"))
    )[0]
    cuts: list[Decimal] = []
    previous = exact(found["greatest"])
    for i in range(len(bounds)):
        least_value = found[f"class_{i}"]
        previous = previous if least_value is None else exact(least_value)
        cuts.append(previous)
    return tuple(cuts)


def _bounds(shares: Sequence[float], total: int | Decimal) -> list[Decimal]:
    """The cumulative value each class but the last may reach, rounded down to the unit of `total`."""
    with localcontext(prec=80):
        whole = Decimal(total)
        unit = Decimal(1).scaleb(int(whole.as_tuple().exponent))
        cumulative = accumulate(Decimal(str(share)) for share in list(shares)[:-1])
        return [(share * whole).quantize(unit, ROUND_FLOOR) for share in cumulative]


def _amount(base: Base, variable: str) -> exp.Expr:
    """The value as something that adds up exactly; binary numbers to the millionth."""
    value = base.value(variable)
    return sql("try_cast($x as decimal(38, 6))", x=value) if base.is_float(variable) else value


def _load_totals(base: Base, variable: str) -> Mapping[str, Any]:
    value, amount = base.value(variable), _amount(base, variable)
    return base.record(
        {
            "total": sql("sum($amount) filter ($x > 0)", amount=amount, x=value),
            "zero": sql("count(*) filter ($x = 0)", x=value),
            "negative": sql("count(*) filter ($x < 0)", x=value),
            "negative_total": sql("coalesce(sum($amount) filter ($x < 0), 0)", amount=amount, x=value),
            "missing": sql("count(*) filter ($x is null)", x=value),
        }
    )


def _name_classes(spec: AbcSpec) -> tuple[Segment, ...]:
    segments = []
    steps = max(len(spec.shares) - 1, 1)
    for i, (name, share) in enumerate(spec.shares.items()):
        code = "segment_class_first_meaning" if i == 0 else "segment_class_meaning"
        code = "segment_class_last_meaning" if i == steps else code
        meaning = translate(code, share=share)
        tone = _TONES[i * (len(_TONES) - 1) // steps]
        segments.append(Segment(name, translate("segment_class", name=name.upper()), meaning, tone))
    return tuple(segments)


#: From this much more or less of the total than asked for, a class is said to miss its share.
MISSED_SHARE = 0.1
FEWEST_TO_SHARE = 20
#: From this much more, it is said of equal customers at the top.
TOLD_SHARE = 0.01


def _check_shares(
    key: str, spec: AbcSpec, base: Base, cuts: Sequence[Decimal], totals: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """Equal values stay together, so classes may bring far more or less than asked for: then it is said.

    Of few customers only that those at the top are equal, and more than the first class has room for.
    """
    if not cuts:
        return ()
    value, amount = base.value(spec.variable), _amount(base, spec.variable)
    first = sql("count(*) filter ($x >= $cut)", x=value, cut=base.literal(spec.variable, cuts[0]))
    reached = base.record(
        {"first": first}
        | {
            f"class_{i}": sql(
                "coalesce(sum($amount) filter ($x > 0 and $x >= $cut), 0)",
                amount=amount,
                x=value,
                cut=base.literal(spec.variable, cut),
            )
            for i, cut in enumerate(cuts)
        }
    )
    members, *sums = reached.values()
    shares = [float(Decimal(each) / Decimal(totals["total"])) for each in sums]
    asked = list(accumulate(spec.shares.values()))[:-1]
    worst = max(range(len(cuts)), key=lambda i: abs(shares[i] - asked[i]))
    if base.buyers < FEWEST_TO_SHARE or abs(shares[worst] - asked[worst]) < MISSED_SHARE:
        if members < 2 or shares[0] - asked[0] < TOLD_SHARE:
            return ()
        worst = 0
    name = list(spec.shares)[worst].upper()
    figures = {"name": name, "share": shares[worst], "asked": asked[worst]}
    return (Finding("abc_uneven", "warning", key, figures),)


def _check_totals(key: str, spec: AbcSpec, totals: Mapping[str, Any]) -> tuple[Finding, ...]:
    code = f"variable_{spec.variable}"
    figures: dict[str, Any] = {
        "variable": code if code in sentences() else spec.variable,
        "name": list(spec.shares)[-1].upper(),
    }
    if not totals["total"]:
        return (Finding("abc_nothing_to_share", "warning", key, figures),)
    findings = []
    zero, negative = totals["zero"], totals["negative"]
    if zero or negative:
        signs = "not_positive" if zero and negative else "negative" if negative else "zero"
        code = f"abc_{signs}_revenue" if spec.variable == "total_amount" else f"abc_{signs}"
        counted = {"customers": zero + negative, "zero": zero, "negative": negative}
        counted["total"] = exact(totals["negative_total"])
        findings.append(Finding(code, "warning" if negative else "info", key, figures | counted))
    if totals["missing"]:
        findings.append(Finding("abc_missing", "info", key, figures | {"customers": totals["missing"]}))
    return tuple(findings)
