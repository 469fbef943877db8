"""How a KPI of some customers, its difference from others' and the interval of that are written."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from sqlglot import exp

from vitrail.errors import ConditionError
from vitrail.i18n import sentences
from vitrail.i18n.formats import currency_sign
from vitrail.plan.kpis import read_kpi
from vitrail.reports.conditions import Labels, say_condition
from vitrail.reports.words import TWO_POINTS, Words, clean, count_digits

_LEAST_P = 0.0001


def unit_of(kind: str, unit: str) -> str:
    """The unit of a KPI of some customers: shares have their own."""
    return "share" if kind == "share" else unit


def write_difference(value: float, kind: str, unit: str, words: Words) -> str:
    """The size of a difference, without its sign: shares differ by points.

    >>> write_difference(-0.0452, "share", "", Words("en", None))
    '4.5 points'
    """
    if kind == "share":
        code = "difference_point" if abs(value) < TWO_POINTS else "difference_points"
        return words.text(code, value=_points(value, words))
    size = abs(value)
    return words.money(size) if unit == "money" else words.figure(size, unit)


def write_interval(low: float, high: float, kind: str, unit: str, words: Words) -> str:
    """An interval of a difference, by size where it is all on one side of zero.

    >>> write_interval(-0.065, -0.016, "share", "", Words("en", None))
    '1.6 to 6.5 points'
    """
    one, two = (write_difference(each, kind, unit, words) for each in (low, high))
    if low < 0 < high:
        return words.text("difference_interval_across", low=one, high=two)
    near, far = sorted((low, high), key=abs)
    one = _points(near, words) if kind == "share" else write_difference(near, kind, unit, words)
    return words.text("difference_interval", low=one, high=write_difference(far, kind, unit, words))


def write_signed(value: float, kind: str, unit: str, words: Words) -> str:
    """A difference with its sign."""
    return ("−" if value < 0 else "+") + write_difference(value, kind, unit, words)


def write_bounds(low: float, high: float, kind: str, unit: str, words: Words) -> str:
    """An interval of a difference for a table: both bounds with their sign, points said once.

    >>> write_bounds(-0.08, 0.028, "share", "", Words("en", None))
    '−8.0 to +2.8 points'
    >>> write_bounds(-105.63, -30.87, "mean", "money", Words("en", "EUR"))
    '−€105.63 to −€30.87'
    """
    one, two = (write_signed(each, kind, unit, words) for each in (low, high))
    if kind == "share":
        one = one[0] + _points(low, words)
    return words.text("difference_interval", low=one, high=two)


def write_p(p: float | None, words: Words) -> str:
    """A p-value with what digits it deserves."""
    if p is None:
        return "–"
    if p < _LEAST_P:
        return words.text("difference_p_tiny", value=words.number(_LEAST_P, 4))
    return words.number(p, 4 if p < 0.01 else 3)


def title_axis(code: str, kind: str, unit: str, words: Words, **figures: str) -> str:
    """The title of an axis of differences, with the unit: points, the currency, or the KPI's own."""
    if kind == "share":
        return words.text(f"{code}_points", **figures)
    sign = currency_sign(words.currency) if unit == "money" and words.currency else ""
    return words.text(code, **figures) + (f" ({sign})" if sign else "")


def name_kpi(kpi: str, words: Words, labels: Labels, label: Mapping[str, str] | None = None) -> Markup:
    """What a KPI is called: as the plan does, a variable by its name for people, a condition in words.

    A condition that words cannot say stands as code.

    >>> name_kpi("order_count > 1", Words("en", None), {})
    Markup('Orders: more than 1')
    """
    if label:
        return Markup.escape(_capital(clean(label[words.language])))
    tree = read_kpi(kpi)
    if isinstance(tree, exp.Column):
        return Markup.escape(_capital(words.variable(tree.name, labels)))
    said = say_condition(kpi, words, labels)
    return Markup.escape(_capital(said)) if said else Markup("<code>{}</code>").format(clean(kpi))


def say_kpi(kpi: str, words: Words, labels: Labels) -> str:
    """A variable by its name for people, or its condition in words; empty for all else, free text too.

    >>> say_kpi("total_amount", Words("en", None), {}), say_kpi("a second order", Words("en", None), {})
    ('Total spent', '')
    """
    try:
        tree = read_kpi(kpi)
    except ConditionError:
        return ""
    names = [each.name for each in tree.find_all(exp.Column)]
    if not all(name in labels or f"variable_{name}" in sentences() for name in names):
        return ""
    if isinstance(tree, exp.Column):
        return _capital(words.variable(tree.name, labels))
    return _capital(say_condition(kpi, words, labels))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _points(share: float, words: Words) -> str:
    return words.number(abs(share) * 100, count_digits(share * 100))
