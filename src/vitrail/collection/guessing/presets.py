"""Exports that name themselves by their columns: Shopify, WooCommerce, PrestaShop, Stripe, UCI's shop.

>>> find_preset(["id_order", "reference", "id_customer", "total_paid_tax_incl", "date_add"]).label
'PrestaShop'
>>> find_preset(["customer", "day", "sum"]) is None
True
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from vitrail.collection.guessing.headers import fold


@dataclass(frozen=True, slots=True)
class Preset:
    """A known export.

    Args:
        label: who writes it.
        table: the table it feeds.
        needs: folded headers that must all be there.
        columns: folded headers for each model column, in order of preference; an empty list says that the
            export has no such column, whatever another may look like.
        order_fields: as in the plan.
        cancelled: the condition that tells its cancelled rows, beside what is recognised by itself.
        cents: the model columns whose amounts it writes as whole hundredths of the currency.
        currency: that of its amounts (ISO 4217), where nothing in the file says it and it is known.
    """

    label: str
    table: str
    needs: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    order_fields: Literal["every_row", "first_row"] = "every_row"
    cancelled: str | None = None
    cents: tuple[str, ...] = ()
    currency: str | None = None


def find_preset(columns: Collection[str]) -> Preset | None:
    """The known export that has these columns; of several, the one that needs the most."""
    folded = {match_header(column) for column in columns}
    known = [preset for preset in _presets() if set(preset.needs) <= folded]
    return max(known, key=lambda preset: len(preset.needs), default=None)


def match_header(column: str) -> str:
    """A header as presets write it: folded, every sign of a number as `no`.

    >>> match_header("Order #"), match_header("Order Number")
    ('order no', 'order no')
    """
    return " ".join("no" if word in ("number", "numero", "num") else word for word in fold(column).split())


@cache
def _presets() -> tuple[Preset, ...]:
    text = resources.files("vitrail.collection.guessing").joinpath("presets.toml").read_text("utf-8")
    found = []
    for block in tomllib.loads(text).values():
        columns = {name: tuple(headers) for name, headers in block.pop("columns").items()}
        lists = {"needs": tuple(block["needs"]), "cents": tuple(block.get("cents", ()))}
        found.append(Preset(**(block | lists | {"columns": columns})))
    return tuple(found)
