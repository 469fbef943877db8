"""A condition of the plan in words: variables by their names, values in their units.

Said are comparisons of a variable with a value, ranges, lists, a yes/no by its name, what is not known, and
several of these joined by `and`; that a customer is in a segment, by the names of both. Whatever is more than
that stands as code, as the plan has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from markupsafe import Markup
from sqlglot import exp

from vitrail.errors import ConditionError
from vitrail.plan.expressions.checks import is_segment
from vitrail.plan.kpis import read_kpi
from vitrail.reports.words import Words, clean
from vitrail.variables.catalogue import KNOWN

Labels = Mapping[str, Mapping[str, str]]

_COMPARED: Mapping[type, str] = {
    exp.GT: "above",
    exp.GTE: "at_least",
    exp.LT: "below",
    exp.LTE: "at_most",
    exp.EQ: "is",
    exp.NEQ: "is_not",
}
_TURNED = {"above": "below", "at_least": "at_most", "below": "above", "at_most": "at_least"}
_OF_TIMES = {"at_least": "from", "below": "before"}  # times of the day and the week are no amounts
_UNITS = {each.name: each.unit for each in KNOWN}


def write_condition(text: str, words: Words, labels: Labels) -> Markup:
    """A condition as HTML: its words in quotation marks, or its code.

    >>> write_condition("is_one_time", Words("en", None), {})
    Markup('“one-time buyer: yes”')
    >>> write_condition("length(email) > 3", Words("en", None), {})
    Markup('<code>length(email) &gt; 3</code>')
    """
    said = say_condition(text, words, labels)
    return words.html("condition_said", said=said) if said else Markup("<code>{}</code>").format(clean(text))


def say_condition(text: str, words: Words, labels: Labels) -> str:
    """A condition in words; empty where it says more than words can, or is none.

    >>> say_condition("order_count >= 2 and total_amount > 50", Words("en", "EUR"), {})
    'orders: 2 or more · total spent: more than €50'
    """
    try:
        tree = read_kpi(text)
    except ConditionError:
        return ""
    said = [_say(each, words, labels) for each in _list_parts(tree)]
    return " · ".join(said) if all(said) else ""


def write_value(value: float | Decimal, unit: str, words: Words) -> str:
    """A threshold in the unit of its variable."""
    whole = int(value) if value == int(value) else Decimal(str(value)).normalize()
    match unit:
        case "money":
            return words.money(value, 0 if isinstance(whole, int) else 2)
        case "share":
            per_cent = 100 * float(value)
            return words.share(float(value), 0 if abs(per_cent - round(per_cent)) < 1e-6 else 1)
        case "weekday" if whole in range(1, 8):
            return words.text(f"weekday_{whole}")
        case "hour":
            return f"{whole}\u202fh" if words.language == "fr" else f"{whole}:00"
    return words.number(whole, 0 if isinstance(whole, int) else -int(whole.as_tuple().exponent))


def say_comparison(operator: str, variable: str, told: str, unit: str, words: Words) -> str:
    """A variable, how it is compared and with what; `before 18:00` rather than `under 18:00`."""
    if unit in ("weekday", "hour"):
        operator = _OF_TIMES.get(operator, operator)
    return words.text(f"condition_{operator}", variable=variable, value=told)


def _list_parts(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that `and` joins."""
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _list_parts(tree.args["this"])
        yield from _list_parts(tree.args["expression"])
    else:
        yield tree


def _say(tree: exp.Expr, words: Words, labels: Labels) -> str:
    """One condition; empty where it is none that can be said."""
    negated = isinstance(tree, exp.Not)
    tree = tree.this.unnest() if negated else tree
    if isinstance(tree, exp.Column):
        answer = "no" if negated else "yes"
        return words.text(f"condition_{answer}", variable=words.variable(tree.name, labels))
    if is_segment(tree):
        reference = tree.expressions[0].name
        name = words.variable(reference.partition(".")[0], labels)
        code = "condition_is_not" if negated else "condition_is"
        return words.text(code, variable=name, value=words.variable(reference, labels))
    operator, variable, values = _take_apart(tree)
    if not operator or not isinstance(variable, exp.Column):
        return ""
    name = words.variable(variable.name, labels)
    if operator == "is" and isinstance(values[0], exp.Null):
        return words.text("condition_known" if negated else "condition_missing", variable=name)
    unit = labels.get(variable.name, {}).get("unit") or _UNITS.get(variable.name, "")
    if negated and operator != "among":
        return ""
    if isinstance(values[0], exp.Boolean) and operator in ("is", "is_not"):
        answer = "yes" if values[0].this == (operator == "is") else "no"
        return words.text(f"condition_{answer}", variable=name)
    told = [_tell(each, variable.name, unit, words, labels) for each in values]
    if not all(told):
        return ""
    if operator == "between":
        return words.text("condition_between", variable=name, low=told[0], high=told[1])
    if operator == "among":
        return words.text("condition_not_among" if negated else "condition_among", variable=name, values=told)
    return say_comparison(operator, name, told[0], unit, words)


def _take_apart(tree: exp.Expr) -> tuple[str, exp.Expr, list[exp.Expr]]:
    """How a condition compares, what, and with which values; an empty operator for any other tree."""
    if isinstance(tree, exp.Between):
        return "between", tree.this, [tree.args["low"], tree.args["high"]]
    if isinstance(tree, exp.In):
        return "among" if tree.expressions else "", tree.this, list(tree.expressions)
    if isinstance(tree, exp.Is):
        return "is", tree.this, [tree.expression]
    operator = _COMPARED.get(type(tree))
    if operator is None:
        return "", tree, []
    left, right = tree.args["this"], tree.args["expression"]
    if isinstance(right, exp.Column) and not isinstance(left, exp.Column):
        return _TURNED.get(operator, operator), right, [left]  # `30 < recency_days`
    return operator, left, [right]


def _tell(tree: exp.Expr, variable: str, unit: str, words: Words, labels: Labels) -> str:
    """A value of a condition as the page writes it; empty where it is no literal."""
    sign = -1 if isinstance(tree, exp.Neg) else 1
    tree = tree.this if isinstance(tree, exp.Neg) else tree
    if not isinstance(tree, exp.Literal):
        return ""
    if not tree.is_string:
        return write_value(sign * Decimal(tree.name), unit, words)
    if f"{variable}.{tree.name}" in labels:  # a segment of a segmentation
        return words.variable(f"{variable}.{tree.name}", labels)
    return words.country(tree.name) if variable == "country" else clean(tree.name, 60) or "“”"
