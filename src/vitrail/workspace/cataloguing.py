"""`vitrail variables`: the catalogue, with how many customers have each, and what an absent one needs."""

from __future__ import annotations

import pyarrow as pa

from vitrail import i18n
from vitrail.insight import lookup
from vitrail.store import Run
from vitrail.variables import BUILT_IN, Variable, built_in_variables, own_variables
from vitrail.workspace.computing import model_words


def list_variables(run: Run, language: i18n.Language) -> pa.Table:
    """One row a variable: `name`, `label`, `family`, `unit`, `meaning`, `source`, `customers`, `needs`.

    `customers` is how many have a value; a built-in variable that the data does not carry has 0, and
    `needs` names the columns of the customer model that would bring it.
    """
    counts = dict(zip(*(lookup.variables(run).column(i).to_pylist() for i in range(2)), strict=True))
    stored = run.variables()
    rows = [
        {
            "name": each["name"],
            "label": each["label"][language],
            "family": i18n.text(f"family_{each['family']}", language),
            "unit": each["unit"],
            "meaning": each["meaning"][language],
            "source": each["source"],
            "customers": counts.get(each["name"], 0),
            "needs": [],
        }
        for each in {each["name"]: each for each in stored}.values()
    ]
    present = {row["name"] for row in rows}
    rows += [
        {
            "name": each.name,
            "label": each.label_in(language),
            "family": i18n.text(f"family_{each.family}", language),
            "unit": each.unit,
            "meaning": each.meaning_in(language),
            "source": each.grain,
            "customers": 0,
            "needs": [_CLOCK if name == "hour" else name for name in each.needs or (each.name,)],
        }
        for each in _possible()
        if each.name not in present
    ]
    return pa.Table.from_pylist(rows)


#: What `usual_hour` needs: an order's moment, not only its day.
_CLOCK = "ordered_at (hh:mm)"


def _possible() -> list[Variable]:
    """Every variable that data could carry, once."""
    words = model_words()
    needed = {name for each in BUILT_IN for name in each.needs}
    known = (*built_in_variables({*needed, *words}, True, words), *own_variables(words, words))
    return list({each.name: each for each in known}.values())
