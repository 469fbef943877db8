"""Honest expressions are taken as people write them, run on any row, and give the same figure every time."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp

import vitrail.plan
from vitrail.engine import DuckDB, sql
from vitrail.engine.conditions import check_types, parse_aggregate, parse_condition
from vitrail.errors import DataError
from vitrail.i18n.texts import sentences

COLUMNS = {
    "n": "integer", "m": "bigint", "amount": "decimal(18, 4)", "x": "double", "country": "varchar",
    "email": "varchar", "day": "date", "ordered_at": "timestamp", "is_new": "boolean", "vip": "boolean",
    "Net Amount": "double", "order": "integer",
}  # fmt: skip

CONDITIONS = (
    """
n > 1
n >= 1 and m < 5
n = 1 or m = 2
not n = 1
!(n = 1)
n == 1
n != 1
n <> 1
n between 1 and 3
n not between 1 and 3
n in (1, 2, 3)
n not in (1, 2, 3)
country in ('FR', 'BE')
country = 'L''Oréal'
country like 'F%'
country not like 'F%'
country ilike 'f%'
country not ilike 'f%'
country not like 'x!%' escape '!'
email like '%@ours.com'
country like 'x!%' escape '!'
country is null
country is not null
country isnull
country notnull
is_new
not is_new
is_new and n > 1
vip is true
vip is not true
vip is false
vip = true
n is distinct from m
n is not distinct from m
case when n > 1 then true else false end
case when n > 1 then m > 2 when n > 0 then is_new else false end
case country when 'FR' then 1 else 2 end = 1
if(n > 1, m > 1, false)
coalesce(vip is true, false)
coalesce(n, 0) > 1
ifnull(n, 0) > 1
nullif(n, 0) > 1
abs(n) > 1
round(amount, 2) > 1.5
round(x) > 1
floor(x) > 1
ceil(x) > 1
sign(n) = 1
sqrt(abs(x)) > 1
ln(1 + abs(x)) > 1
greatest(n, m) > 1
least(n, m, 5) > 1
n + m * 2 - 1 > 3
n / m > 0.5
n // m > 0
n % m = 1
mod(n, m) = 1
-n < 1
+n < 1
(n + 1) * (m - 1) > 0
amount * n > 100
x > 1e3
x > .5
n > 1_000
lower(country) = 'fr'
upper(country) = 'FR'
length(country) = 2
len(country) = 2
trim(country) = 'FR'
ltrim(country) = 'FR'
rtrim(country) = 'FR'
left(country, 1) = 'F'
right(country, 1) = 'R'
substring(country, 1, 1) = 'F'
substr(country, 1, 1) = 'F'
contains(country, 'R')
starts_with(country, 'F')
ends_with(country, 'R')
regexp_matches(country, '^F[A-Z]$')
country || '-' || email = 'FR-x'
concat(country, '-', email) = 'FR-x'
extract(hour from ordered_at) >= 19
extract('hour' from ordered_at) >= 19
date_part('hour', ordered_at) >= 19
date_part('dow', day) in (0, 6)
extract(isodow from day) = 7
year(day) = 2011
quarter(day) = 4
month(day) = 12
week(day) = 50
day(day) = 10
dayofweek(day) = 0
isodow(day) = 7
dayofyear(day) > 300
hour(ordered_at) >= 19
minute(ordered_at) = 0
date_diff('day', day, ordered_at) > 30
datediff('month', day, ordered_at) > 1
date_trunc('month', day) = date '2011-12-01'
date_trunc('month', ordered_at) > timestamp '2011-12-01 00:00:00'
day >= date '2011-12-10'
ordered_at > timestamp '2011-12-10 10:00'
day > date '2011-12-10' - interval 30 day
day > date '2011-12-10' - interval '30 days'
ordered_at + interval 2 hours > timestamp '2011-12-10 10:00:00'
ordered_at + interval '1' month > day
day > '2011-12-10'
cast(n as varchar) = '1'
n::double > 1.5
n::decimal(18, 4) > 1.5
cast(country as integer) > 1
try_cast(country as double) > 1
cast(country as date) > day
cast(ordered_at as date) = day
cast(n as boolean)
"Net Amount" > 1
"order" > 1
COUNTRY = 'FR' and N > 1
true
false
n > 1
and m > 2
""".strip()
    .replace("\nand m > 2", " \n and m > 2")
    .splitlines()
)

CONDITIONS = [*CONDITIONS[:-2], "n > 1\n  and m > 2"]

AGGREGATES = """
count(*)
count(n)
count(distinct country)
count(*) filter (where n > 1)
count_if(n > 1)
sum(n)
sum(amount)
sum(x)
sum(distinct n)
sum(amount) filter (where country = 'FR' and is_new)
sum(case when n > 1 then amount else 0 end)
avg(amount)
avg(x)
avg(case when extract(hour from ordered_at) >= 19 then 1 else 0 end)
min(day)
max(ordered_at)
max(amount) - min(amount)
median(x)
median(n)
quantile_cont(x, 0.9)
stddev(x)
stddev_samp(x)
stddev_pop(x)
var_samp(x)
var_pop(x)
mode(country)
arg_max(country, ordered_at)
arg_min(country, ordered_at)
max_by(country, n)
bool_and(is_new)
bool_or(n > 1)
sum(amount) / count(*)
sum(amount) / sum(n)
coalesce(sum(amount), 0)
case when count(*) > 3 then avg(x) end
round(avg(amount), 2)
date_diff('day', min(day), max(day))
count(distinct date_trunc('month', day))
least(count(*), 10)
arg_max(country, ordered_at) filter (where n > 1)
""".strip().splitlines()


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=2) as duck:
        kinds = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in COLUMNS.items())
        duck.create("empty", sql(f"select {kinds}"))
        duck.create("rows", sql(f"select * from ({_ROWS}) union all by name select * from empty"))
        yield duck


_ROWS = """
select cast(i % 5 - 1 as integer) as n, cast(i % 3 - 1 as bigint) as m,
       cast(i / 7 as decimal(18, 4)) as amount, cast(i as double) / 3 as x,
       case i % 4 when 0 then 'FR' when 1 then 'abc' when 2 then '12' end as country,
       'x' || i || '@ours.com' as email, date '2011-01-01' + cast(i as integer) as day,
       timestamp '2011-01-01 00:00:00' + interval (i) hours as ordered_at, i % 2 = 0 as is_new,
       i % 3 = 0 as vip, cast(i as double) as "Net Amount", cast(i as integer) as "order"
from range(200) as r(i)
"""


def test_there_are_a_hundred_honest_conditions() -> None:
    assert len(CONDITIONS) >= 100 and len(AGGREGATES) >= 40


@pytest.mark.parametrize("text", CONDITIONS)
def test_an_honest_condition_is_taken_and_runs(engine: DuckDB, text: str) -> None:
    tree = parse_condition(text, COLUMNS, "vitrail.yml:7")
    rows = sql("select * from rows")
    assert check_types(engine, tree, rows, "vitrail.yml:7") == []
    (record,) = engine.records(sql("select count(*) filter (where $tree) as n from rows", tree=tree))
    assert record["n"] >= 0


@pytest.mark.parametrize("text", AGGREGATES)
def test_an_honest_value_is_taken_and_runs(engine: DuckDB, text: str) -> None:
    tree = parse_aggregate(text, COLUMNS, "vitrail.yml:7")
    grouped = engine.records(sql("select is_new, $tree as value from rows group by is_new", tree=tree))
    assert len(grouped) == 3


def test_capitals_do_not_matter_and_odd_names_are_quoted() -> None:
    tree = parse_condition('RECENCY_DAYS > 1 and "net amount" > 2', ["recency_days", "Net Amount"], "")
    assert tree.sql("duckdb") == 'recency_days > 1 AND "Net Amount" > 2'


def test_a_segment_becomes_what_it_means() -> None:
    champions = parse_condition("n > 4 or m > 4", COLUMNS, "")
    tree = parse_condition("not segment('value.champions')", COLUMNS, "", {"value.champions": champions})
    assert tree.sql("duckdb") == "NOT (n > 4 OR m > 4)"
    alone = parse_condition("segment('value.champions')", COLUMNS, "", {"value.champions": champions})
    assert alone.sql("duckdb") == "(n > 4 OR m > 4)"
    kept = parse_condition("segment('value.champions')", COLUMNS, "", ["value.champions"])
    assert isinstance(kept, exp.Anonymous)


def test_what_was_parsed_can_be_changed_without_harm() -> None:
    first = parse_condition("n > 1 and m > 2", COLUMNS, "")
    first.this.replace(exp.true())
    assert parse_condition("n > 1 and m > 2", COLUMNS, "").sql("duckdb") == "n > 1 AND m > 2"


def test_an_odd_row_gives_no_value_and_stops_nothing(engine: DuckDB) -> None:
    for text in (
        "n / m > 1",
        "n % m = 0",
        "n // m = 0",
        "cast(country as integer) > 1",
        "cast(country as date) > day",
        "sqrt(-1 - abs(n)) > 3",
        "ln(sqrt(ln(n - n))) > 3",
        "cast(concat('nan', country) as double) > 3 or cast('inf' as double) > 3",
        "case when n is not null then greatest(ln(0), n - n) > 3 end",
    ):
        tree = parse_condition(text, COLUMNS, "")
        assert (
            engine.records(sql("select count(*) as c from rows where ($tree) is null", tree=tree))[0]["c"] > 0
        )


def test_an_expression_that_does_not_suit_its_columns_is_said_without_running_it(engine: DuckDB) -> None:
    rows = sql("select * from rows")
    (finding,) = check_types(engine, parse_condition("year(country) = 1", COLUMNS, ""), rows, "vitrail.yml:7")
    assert (finding.code, finding.place) == ("does_not_fit_types", "vitrail.yml:7")
    bare = parse_condition("is_x", ["is_x"], "")
    (finding,) = check_types(engine, bare, sql("select 1 as is_x"), "vitrail.yml:7")
    assert finding.code == "expression_not_true_or_false"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("day >= '01/31/2026'", ["expression_date_compared"]),
        ("day between '2026-01-01' and '31/01/2026'", ["expression_date_compared"]),
        ("day in ('janvier')", ["expression_date_compared"]),
        ("day >= '2026-01-31' or day = '2026-1-5' or day < '2026/03/01'", []),
    ],
)
def test_a_day_is_compared_with_a_day(engine: DuckDB, text: str, codes: list[str]) -> None:
    rows = sql("select date '2026-02-01' as day")
    found = check_types(engine, parse_condition(text, ["day"], ""), rows, "vitrail.yml:7")
    assert [each.code for each in found] == codes


def test_what_is_no_finite_number_of_many_rows_is_no_value(engine: DuckDB) -> None:
    for text in ("sqrt(avg(-1 - abs(n)))", "max(ln(n - n))", "ln(count(*) - count(*))"):
        query = exp.select(parse_aggregate(text, COLUMNS, "").as_("value")).from_("rows")
        assert engine.records(query) == [{"value": None}]


def test_a_fault_of_a_value_does_not_show_the_value(engine: DuckDB) -> None:
    tree = parse_condition("email > 5", COLUMNS, "")
    with pytest.raises(DataError) as caught:
        engine.records(sql("select count(*) as n from rows where $tree", tree=tree))
    assert "ours.com" not in caught.value.message("en") + caught.value.message("fr")


@pytest.mark.parametrize(
    "text",
    [
        "sum(x)",
        "avg(x)",
        "stddev(x)",
        "var_pop(x)",
        "mode(tie)",
        "arg_max(tie, same)",
        "arg_min(tie, same)",
        "median(x)",
    ],
)
def test_a_value_does_not_depend_on_the_order_of_rows_or_on_threads(text: str) -> None:
    values = [random.Random(5).uniform(-1e6, 1e6) for _ in range(20_000)]
    found = set()
    for seed, threads in ((1, 1), (2, 2), (3, 4)):
        order = list(range(len(values)))
        random.Random(seed).shuffle(order)
        data = {
            "x": [values[i] for i in order],
            "tie": [f"t{i % 50}" for i in order],
            "same": [1] * len(order),
        }
        with DuckDB(threads=threads) as duck:
            duck.register("data", pa.table(data))
            duck.create("stored", sql("select * from data"))
            tree = parse_aggregate(text, ["x", "tie", "same"], "")
            found.add(repr(duck.records(sql("select $tree as value from stored", tree=tree))))
    assert len(found) == 1


def test_the_least_of_equals_is_taken() -> None:
    with DuckDB() as duck:
        duck.register("data", pa.table({"who": ["b", "a", "c"], "n": [2, 2, 1]}))
        for text, expected in (("arg_max(who, n)", "a"), ("mode(who)", "a"), ("arg_min(who, n)", "c")):
            tree = parse_aggregate(text, ["who", "n"], "")
            assert duck.records(sql("select $tree as value from data", tree=tree)) == [{"value": expected}]


def test_every_refusal_has_its_sentence() -> None:
    texts = "".join(p.read_text(encoding="utf-8") for p in Path(vitrail.plan.__file__).parent.rglob("*.py"))
    named = set(re.findall(r'"((?:plan|expression)_[a-z0-9_]+)"', texts)) - {"plan_hash", "plan_schema"}
    assert named <= set(sentences())
