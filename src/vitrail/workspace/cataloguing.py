"""`vitrail variables`: the catalogue, with how many customers have each, and what an absent one needs."""

from __future__ import annotations

import pyarrow as pa

from vitrail import i18n
from vitrail.insight import lookup
from vitrail.store import Run
from vitrail.workspace.possible import needed_columns, possible_variables


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
            "needs": needed_columns(each),
        }
        for each in possible_variables()
        if each.name not in present
    ]
    return pa.Table.from_pylist(rows)
