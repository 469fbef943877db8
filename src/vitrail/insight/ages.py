"""The age pyramid: customers by age and gender, and how the segments differ in age.

Model: counts of customers by year of age, gender and segment, from which bands, shares and medians follow;
    shares are of the members whose age is known and believed.
Assumes: what the register says. Ages outside the believed span (a birth date in the future, 1900-01-01, the
    day of sign-up) are mistakes: they are left out and counted. A birth date that many share is said to be a
    default.
Source: the median of counted years is type 7 of Hyndman & Fan, American Statistician 50, 1996.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.findings import Finding
from vitrail.insight.groups import Groups, by_segment
from vitrail.insight.seasonality import quantile
from vitrail.plan.pictures import AgesSpec

AGE_COLUMNS = ("age_years", "age", "age_band", "age_group", "age_range", "tranche_age")
WOMAN, MAN, OTHER, UNKNOWN = "woman", "man", "other", "unknown"
GENDERS = (WOMAN, MAN, OTHER, UNKNOWN)
_WRITTEN = {
    WOMAN: ("f", "female", "woman", "women", "w", "femme", "madame", "mme", "mlle", "mademoiselle", "mrs",
            "ms", "miss", "fille", "féminin", "feminin", "frau", "weiblich"),
    MAN: ("m", "male", "man", "men", "h", "homme", "monsieur", "mr", "garçon", "masculin", "herr",
          "männlich"),
}  # fmt: skip
REPEATED_SHARE, LEAST_REPEATED = 0.02, 20
"""A birth date that this share of customers have, and at least so many, is a default and no birthday."""

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),  # null: everyone
        ("band", pa.string()),  # `30-39`, or as the data write it; null: not known
        ("from_years", pa.int64()),
        ("to_years", pa.int64()),  # inclusive; null: open
        ("gender", pa.string()),
        ("customers", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class AgesResult:
    """Who customers are by age and gender.

    Args:
        of: the column the ages come from.
        has_gender: whether any gender is recorded.
        rows: as in `SCHEMA`: customers whose age is known, by band and gender, and those whose age is not.
        totals: by segment: `customers`, of whom `known`, `missing` (no age) and `left_out` (not believed),
            and the `median` age in years, None where ages are bands.
    """

    of: str
    has_gender: bool
    youngest: int
    oldest: int
    groups: Groups
    rows: tuple[dict[str, Any], ...]
    totals: tuple[dict[str, Any], ...]

    def to_arrow(self) -> pa.Table:
        """One row a segment, age band and gender."""
        return pa.Table.from_pylist(list(self.rows), schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        head = {name: getattr(self, name) for name in ("of", "has_gender", "youngest", "oldest")}
        return {**head, **self.groups.to_dict(), "rows": list(self.rows), "totals": list(self.totals)}


def analyse_ages(
    engine: Engine, spec: AgesSpec, groups: Groups
) -> tuple[AgesResult | None, tuple[Finding, ...]]:
    """Ages and genders of the segmented profile; None where nobody's age is known."""
    has = engine.columns(sql("select * from $table", table=exp.to_table(groups.table)))
    of = spec.of or next((name for name in AGE_COLUMNS if name in has), None)
    if of is None or of not in has:
        return None, ()
    counted = by_segment(_load(engine, groups, has, of))
    everyone = counted.get(None, [])
    key = groups.segmentation.key if groups.segmentation else None
    bands = _Bands(spec, everyone, years=not has[of].startswith("VARCHAR"))
    rows, totals = [], []
    for segment in (None, *groups.segments):
        own = counted.get(segment, [])
        rows += [{"segmentation": key, "segment": segment, **row} for row in bands.rows(own)]
        totals.append({"segment": segment, **bands.totals(own)})
    if not totals[0]["known"]:
        return None, ()
    has_gender = any(row["gender"] != UNKNOWN for row in everyone)
    result = AgesResult(of, has_gender, spec.youngest, spec.oldest, groups, tuple(rows), tuple(totals))
    return result, tuple(_check(engine, groups, has, spec, totals[0]))


def _load(engine: Engine, groups: Groups, has: Mapping[str, str], of: str) -> list[dict[str, Any]]:
    """Customers by segment, age as it stands, gender, and whether a birth date is there that gives no age."""
    age = sql(
        "nullif(trim($x), '')" if has[of].startswith("VARCHAR") else "cast(floor($x) as integer)",
        x=column(of),
    )
    born = of == "age_years" and "birth_date" in has
    query = exp.select(
        groups.key.as_("_key"),
        age.as_("age"),
        _gender(has).as_("gender"),
        sql(
            "$age is null and $born", age=age, born=sql("birth_date is not null") if born else exp.false()
        ).as_("odd"),
        sql("count(*)").as_("customers"),
    )
    query = query.from_(groups.table).group_by("all")
    return engine.records(groups.roll_up(query, ["age", "gender", "odd"], ["customers"]))


def _gender(has: Mapping[str, str]) -> exp.Expr:
    """How the register writes genders and titles, told apart."""
    if "gender" not in has:
        return exp.Literal.string(UNKNOWN)
    written = sql("rtrim(lower(trim(cast(gender as varchar))), '.')")
    known: exp.Expr = sql(
        "case when $blank then $unknown when $woman then 'woman' when $man then 'man' else 'other' end",
        blank=sql("coalesce(length($x), 0) = 0", x=written),
        unknown=UNKNOWN,
        woman=written.isin(*_WRITTEN[WOMAN]),
        man=written.isin(*_WRITTEN[MAN]),
    )
    return known


@dataclass(frozen=True, slots=True)
class _Bands:
    """How ages make bands: years in tens (or so), or the bands that the data write.

    Args:
        everyone: all customers, counted.
        years: whether ages are numbers.
    """

    spec: AgesSpec
    everyone: Sequence[Mapping[str, Any]]
    years: bool

    @property
    def expected(self) -> tuple[str, ...]:
        """The genders of which every band has a row."""
        recorded = {row["gender"] for row in self.everyone}
        return (WOMAN, MAN) if recorded & {WOMAN, MAN} else ((OTHER,) if OTHER in recorded else (UNKNOWN,))

    def rows(self, counted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Every band of the base with the customers of one group in it, and those of unknown age."""
        found: Counter[tuple[str | None, str]] = Counter()
        for row in counted:
            band = self._band(row["age"]) if self._believed(row) else None
            found[band, row["gender"]] += int(row["customers"])
        rows = []
        for band in (*self._names(), None):
            low, high = _span(band)
            for gender in GENDERS:
                if found[band, gender] or (band is not None and gender in self.expected):
                    figures = {"gender": gender, "customers": found[band, gender]}
                    rows.append({"band": band, "from_years": low, "to_years": high, **figures})
        return rows

    def totals(self, counted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """How many customers of one group have an age, none, or one that is not believed."""
        customers = sum(int(row["customers"]) for row in counted)
        known = [row for row in counted if self._believed(row)]
        odd = [row for row in counted if row["odd"] or (row["age"] is not None and not self._believed(row))]
        ages: Counter[int] = Counter()
        for row in known if self.years else ():
            ages[int(row["age"])] += int(row["customers"])
        have, left_out = (sum(int(row["customers"]) for row in rows) for rows in (known, odd))
        figures = {"customers": customers, "known": have, "missing": customers - have - left_out}
        median = quantile(sorted(ages.items()), 0.5) if ages else None
        return {**figures, "left_out": left_out, "median": median}

    def _believed(self, row: Mapping[str, Any]) -> bool:
        if row["age"] is None:
            return False
        return not self.years or self.spec.youngest <= row["age"] <= self.spec.oldest

    def _band(self, age: Any) -> str:
        if not self.years:
            return str(age)
        low = int(age) // self.spec.years * self.spec.years
        return f"{low}-{low + self.spec.years - 1}"

    def _names(self) -> list[str]:
        """The bands from the youngest to the oldest, those between that hold nobody too."""
        found = {self._band(row["age"]) for row in self.everyone if self._believed(row)}
        if self.years and found:
            lows = sorted(int(band.partition("-")[0]) for band in found)
            return [self._band(low) for low in range(lows[0], lows[-1] + 1, self.spec.years)]
        return sorted(found, key=lambda band: (_span(band)[0] is None, _span(band)[0] or 0, band))


def _span(band: str | None) -> tuple[int | None, int | None]:
    """The years a band says it holds.

    >>> _span("30-39"), _span("65+"), _span("25 à 34 ans"), _span("unknown")
    ((30, 39), (65, None), (25, 34), (None, None))
    """
    numbers = [int(each) for each in re.findall(r"\d{1,3}", band or "")]
    return (numbers[0] if numbers else None), (numbers[1] if len(numbers) > 1 else None)


def _check(
    engine: Engine, groups: Groups, has: Mapping[str, str], spec: AgesSpec, whole: Mapping[str, Any]
) -> list[Finding]:
    findings = []
    if whole["left_out"]:
        figures = {"customers": whole["left_out"], "youngest": spec.youngest, "oldest": spec.oldest}
        findings.append(Finding("ages_left_out", "warning", "", figures))
    if "birth_date" in has:
        rows = engine.records(
            sql(
                """
                select cast(birth_date as date) as day, count(*) as customers from $table
                where birth_date is not null group by 1 order by 2 desc, 1 limit 1
                """,
                table=exp.to_table(groups.table),
            )
        )
        least = max(LEAST_REPEATED, REPEATED_SHARE * whole["customers"])
        findings += [
            Finding("ages_repeated", "warning", "", row) for row in rows if row["customers"] >= least
        ]
    return findings
