"""Where customers are: by country, region or French département, everyone and each segment.

Model: counts of customers and of revenue by place; shares are of the members whose place is known. A segment
    is compared with all other customers: difference of shares with Newcombe's interval, Benjamini and
    Hochberg's adjusted p over every segment and place. French postal codes give the département: their first
    two digits, Corsica split in 2A and 2B, the first three overseas.
Assumes: the place is where the customer is now, by the register, else by the newest order.
Source: Newcombe, Statistics in Medicine 17, 1998; Benjamini & Hochberg, JRSS B 57, 1995. Postal codes: 200
    and 201 are Corse-du-Sud (2A), the other 20 Haute-Corse (2B), 97 and 98 are overseas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.findings import Finding
from vitrail.insight.departments import DEPARTMENTS
from vitrail.insight.groups import Groups, by_segment
from vitrail.plan.pictures import RegionsSpec
from vitrail.statistics.multiplicity import adjust_benjamini_hochberg
from vitrail.statistics.shares import estimate_share_difference

DEPARTMENT = "department"
FRANCE = ("fr", "fra", "france")

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),  # null: everyone
        ("place", pa.string()),  # null: not known
        ("kind", pa.string()),  # place, other (all smaller ones) or unknown
        ("name", pa.string()),
        ("customers", pa.int64()),
        ("share", pa.float64()),  # of the customers whose place is known
        ("revenue", pa.decimal128(38, 4)),
        ("difference", pa.float64()),  # of shares, against all other customers
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("p_adjusted", pa.float64()),
    ]
)


_Counted = Mapping[str | None, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class RegionsResult:
    """Where customers are.

    Args:
        of: `department`, or the column that names the place.
        places: how many there are; the rows hold those with the most customers, then all others together.
        customers: all of them, of whom the place of `known` is known.
        rows: as in `SCHEMA`.
    """

    of: str
    places: int
    customers: int
    known: int
    groups: Groups
    rows: tuple[dict[str, Any], ...]

    def to_arrow(self) -> pa.Table:
        """One row a segment and place."""
        return pa.Table.from_pylist(list(self.rows), schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        head = {name: getattr(self, name) for name in ("of", "places", "customers", "known")}
        return {**head, **self.groups.to_dict(), "rows": list(self.rows)}


def analyse_regions(
    engine: Engine, spec: RegionsSpec, groups: Groups
) -> tuple[RegionsResult | None, tuple[Finding, ...]]:
    """Places of the segmented profile; None where there are not two to compare."""
    has = engine.columns(sql("select * from $table", table=exp.to_table(groups.table)))
    of = spec.of or _choose_places(engine, spec, groups, has)
    if of is None or (of != DEPARTMENT and of not in has):
        return None, ()
    place = _place(has, of, spec.country)
    amount = sql("coalesce(total_amount, 0)") if "total_amount" in has else sql("0")
    query = exp.select(
        groups.key.as_("_key"),
        place.as_("place"),
        sql("count(*)").as_("customers"),
        sql("sum(cast($x as decimal(38, 4)))", x=amount).as_("revenue"),
    )
    query = query.from_(groups.table).group_by("all")
    counted = by_segment(engine.records(groups.roll_up(query, ["place"], ["customers", "revenue"])))
    everyone = [row for row in counted.get(None, ()) if row["place"] is not None]
    if len(everyone) < 2:
        return None, ()
    ranked = sorted(everyone, key=lambda row: (-int(row["customers"]), row["place"]))
    shown = [row["place"] for row in ranked[: spec.most]]
    if len(ranked) == spec.most + 1:  # one alone is never called others
        shown = [row["place"] for row in ranked]
    rows = _rows(groups, counted, shown, of)
    whole = sum(int(row["customers"]) for row in counted[None])
    known = sum(int(row["customers"]) for row in everyone)
    return RegionsResult(of, len(ranked), whole, known, groups, tuple(rows)), ()


def _choose_places(engine: Engine, spec: RegionsSpec, groups: Groups, has: Mapping[str, str]) -> str | None:
    """Départements where most customers have one, else regions, else countries, where there are two."""
    choices: dict[str, exp.Expr] = {name: column(name) for name in ("region", "country") if name in has}
    if "postal_code" in has:
        choices = {DEPARTMENT: department(has, spec.country), **choices}
    if not choices:
        return None
    sums = [sql("count(*)").as_("customers")]
    for name, value in choices.items():
        sums += [
            sql("count($x)", x=value).as_(f"{name}_known"),
            sql("count(distinct $x)", x=value).as_(f"{name}_places"),
        ]
    found = engine.records(exp.select(*sums).from_(groups.table))[0]
    for name in choices:
        if found[f"{name}_places"] > 1 and 2 * found[f"{name}_known"] >= found["customers"]:
            return name
    return next((name for name in choices if found[f"{name}_places"] > 1 and name != DEPARTMENT), None)


def department(has: Mapping[str, str], country: str | None) -> exp.Expr:
    """The code of the French département that a postal code begins with; null where there is none.

    Args:
        has: the columns of the profile.
        country: that of customers whose country is not recorded.
    """
    digits = sql("regexp_replace(cast(postal_code as varchar), '^(F|FR)-|[ .]', '', 'gi')")
    code = sql("case when length($x) = 4 then '0' || $x else $x end", x=digits)
    found: exp.Expr = sql(
        """
        case when not $french then null
            when regexp_matches($code, '^20[01][0-9]{2}$') then '2A'
            when regexp_matches($code, '^20[0-9]{3}$') then '2B'
            when regexp_matches($code, '^(0[1-9]|[1-8][0-9]|9[0-5])[0-9]{3}$') then substr($code, 1, 2)
            when regexp_matches($code, '^(97[1-8]|98[678])[0-9]{2}$') then substr($code, 1, 3) end
        """,
        french=_is_french(has, country),
        code=code,
    )
    return found


def _is_french(has: Mapping[str, str], country: str | None) -> exp.Expr:
    written = column("country") if "country" in has else sql("cast(null as varchar)")
    place: exp.Expr = sql("lower(trim(coalesce($written, $country, '')))", written=written, country=country)
    return place.isin(*FRANCE)


def _place(has: Mapping[str, str], of: str, country: str | None) -> exp.Expr:
    """The place of a customer; by département, customers abroad are in their country."""
    if of != DEPARTMENT:
        named: exp.Expr = sql("nullif(trim(cast($x as varchar)), '')", x=column(of))
        return named
    if "country" not in has:
        return department(has, country)
    place: exp.Expr = sql(
        "case when $french then $department else nullif(trim(cast(country as varchar)), '') end",
        french=_is_french(has, country),
        department=department(has, country),
    )
    return place


_Place = tuple[str, str | None]
"""What a row is about: a `place` by its name, all `other` places together, or `unknown`."""

_REST, _UNKNOWN = ("other", None), ("unknown", None)


def _rows(groups: Groups, counted: _Counted, shown: Sequence[str], of: str) -> list[dict[str, Any]]:
    key = groups.segmentation.key if groups.segmentation else None
    whole = _by_place(counted[None], shown)
    rows = []
    for segment in (None, *groups.segments):
        own = _by_place(counted.get(segment, ()), shown)
        members, everyone = (
            sum(count for place, (count, _) in found.items() if place != _UNKNOWN) for found in (own, whole)
        )
        for place, (everywhere, _) in whole.items():
            count, revenue = own.get(place, (0, Decimal(0)))
            trials, others = (members, everyone - members) if place[0] == "place" else (0, 0)
            found = estimate_share_difference(count, trials, everywhere - count, others)
            share = count / members if members and place != _UNKNOWN else None
            name = DEPARTMENTS.get(place[1] or "", place[1]) if of == DEPARTMENT else place[1]
            row: dict[str, Any] = {
                "segmentation": key,
                "segment": segment,
                "place": place[1],
                "kind": place[0],
            }
            row |= {"name": name}
            row |= {"customers": count, "share": share, "revenue": revenue, "difference": found.value}
            row |= {"difference_low": found.low, "difference_high": found.high, "p": found.p}
            rows.append({**row, "p_adjusted": None})
    told = [row for row in rows if row["p"] is not None]
    for row, adjusted in zip(told, adjust_benjamini_hochberg([row["p"] for row in told]), strict=True):
        row["p_adjusted"] = adjusted
    return rows


def _by_place(rows: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> dict[_Place, tuple[int, Decimal]]:
    """Customers and revenue of the places shown, of all others together, and of unknown places."""
    found: dict[_Place, tuple[int, Decimal]] = {}
    for row in rows:
        name = row["place"]
        place = _UNKNOWN if name is None else ("place", name) if name in shown else _REST
        count, revenue = found.get(place, (0, Decimal(0)))
        found[place] = (count + int(row["customers"]), revenue + row["revenue"])
    order: list[_Place] = [*(("place", name) for name in shown), _REST, _UNKNOWN]
    return {place: found[place] for place in order if place in found}
