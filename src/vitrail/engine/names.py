"""Names of our own beside columns whose names are the user's."""

from __future__ import annotations

from collections.abc import Iterable


def choose_free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or the next like it that is no column; the engine does not tell capitals from small letters.

    >>> choose_free_name("kpi", ["age"]), choose_free_name("kpi", ["KPI", "kpi_2"])
    ('kpi', 'kpi_3')
    """
    known = {name.casefold() for name in taken}
    name, place = wanted, 1
    while name.casefold() in known:
        place += 1
        name = f"{wanted}_{place}"
    return name
