"""What a plan is to compute, as people write sums: columns by their names in the file, no function."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp, parse_one

from vitrail import i18n

_SIGNS: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "−", exp.Mul: "×", exp.Div: "÷"}


def say_formula(formula: str, names: Mapping[str, str], language: i18n.Language) -> str:
    """A formula in words and signs; as it is where it says more than those.

    Args:
        names: the columns of the file by what the formula calls them.

    >>> names = {"debit": "Débit", "credit": "Crédit", "quantity": "Qty", "unit_price": "Price"}
    >>> say_formula("coalesce(debit, 0) - coalesce(credit, 0)", names, "en")
    '“Débit” − “Crédit”'
    >>> say_formula("quantity * coalesce(reduced, unit_price)", names, "en")
    '“Qty” × (“reduced”, or else “Price”)'
    """
    return _say(parse_one(formula, dialect="duckdb"), names, language) or formula


def _say(tree: exp.Expr, names: Mapping[str, str], language: i18n.Language) -> str:
    """Empty where the tree, or a part of it, is more than a sum."""
    if isinstance(tree, exp.Column):
        return i18n.text("formula_column", language, name=names.get(tree.name, tree.name))
    if isinstance(tree, exp.Literal) and not tree.is_string:
        return str(tree.this)
    if isinstance(tree, exp.Paren):
        return f"({said})" if (said := _say(tree.this, names, language)) else ""
    if isinstance(tree, exp.Abs):  # a discount written with a minus or without
        return _say(tree.this, names, language)
    if isinstance(tree, exp.Coalesce) and len(tree.expressions) == 1:
        value, otherwise = _say(tree.this, names, language), tree.expressions[0]
        if isinstance(otherwise, exp.Literal):
            return value
        other = _say(otherwise, names, language)
        said = i18n.text("formula_or_else", language, value=value, other=other)
        return f"({said})" if value and other else ""
    if type(tree) in _SIGNS:
        parts = [_say(each, names, language) for each in (tree.this, tree.expression)]
        return f" {_SIGNS[type(tree)]} ".join(parts) if all(parts) else ""
    return ""
