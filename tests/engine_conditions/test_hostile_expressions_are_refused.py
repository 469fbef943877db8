"""No expression of a plan reads a file, the clock or chance, writes, nests a query, or asks for too much."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.engine.conditions import parse_aggregate, parse_condition
from vitrail.errors import ConditionError

COLUMNS = ("a", "b", "c", "country", "recency_days", "ordered_at")

BY_HAND = """
country like '%' escape '%%'
country like '%' escape ''
country like 'x!' escape '!'
country like country escape '!'
a * 9223372036854775807 > 1
a > 1; drop table orders
a > 1; select 1
;
a > 1;
a > 1 -- and b > 2
a > 1 /* hidden */
/* a */ a > 1
a > 1 --
copy orders to 'x.csv'
copy (select 1) to 'x.csv'
attach 'x.db'
attach 'x.db' as y
detach x
install httpfs
load httpfs
pragma database_list
set memory_limit='1TB'
reset memory_limit
export database 'x'
import database 'x'
call pragma_version()
create table x (a int)
create macro f(x) as x
drop table orders
delete from orders
insert into orders values (1)
update orders set a = 1
truncate orders
alter table orders add column x int
select 1
select * from orders
with x as (select 1) select * from x
with x as (copy orders to 'y') select 1
from orders
values (1)
table orders
describe orders
show tables
summarize orders
explain select 1
execute x
prepare x as select 1
use x
vacuum
checkpoint
force checkpoint
begin
commit
pivot orders on a
unpivot orders on a
(select 1) = 1
a = (select max(a) from orders)
a in (select a from orders)
a not in (select a from orders)
exists (select 1)
not exists (from orders)
a = any (select 1)
a > all (select 1)
a = any ([1, 2])
a in (from orders)
a in (values (1))
a = (values (1))
a = (table orders)
case when exists (select 1) then true else false end
a > (with x as (select 1 as y) select y from x)
a > (select sum(1) from range(1000000000))
a > (select content from read_text('/etc/passwd'))
row_number() over () = 1
sum(a) over () > 1
lag(a) over (order by b) > 1
rank() over w > 1
a > 1 qualify row_number() over () = 1
a > 1 limit 1
a > 1 union select 1
a > 1 intersect select 1
a > 1 order by a
a > 1 group by a
a > 1 where b > 1
a > 1 as x
a > ?
a > $1
a > $name
a > :name
a > #1
? = ?
* > 1
a.* > 1
columns(*) > 1
columns('a.*') > 1
columns(x -> x like 'a%') > 1
* exclude (a) > 1
orders.a > 1
main.orders.a > 1
information_schema.tables > 1
duckdb_secrets.secret > 1
"main"."abs"(a) > 1
main.abs(a) > 1
a.abs() > 1
a.b.c.d > 1
system.main.abs(a) > 1
[x for x in b] = 1
[1, 2, 3][1] = a
a[1] = 1
a[1:2] = 'x'
{'x': 1}.x = 1
{'x': 1}['x'] = 1
map {'x': 1}['x'] = 1
(a, b) = (1, 2)
row(a, b) = row(1, 2)
(a, b) in ((1, 2))
x -> x > 1
lambda x: x > 1
list_transform([1], x -> x + 1) = [2]
list_filter([1], x -> x > 0) = [1]
list_reduce([1, 2], (x, y) -> x + y) = 3
a::regclass > 1
a::regtype > 1
cast(a as regclass) > 1
cast(a as json) = '{}'
cast(a as blob) = 'x'
cast(a as bit) = '1'
cast(a as uuid) = 'x'
cast(a as integer[]) = [1]
cast(a as struct(x integer)) = 1
cast(a as map(integer, integer)) = 1
cast(a as my_type) > 1
cast(a as enum('x')) = 'x'
cast(a as hugeint) > 1
cast(a as variant) = 1
current_date > ordered_at
current_timestamp > ordered_at
current_time > ordered_at
localtime > ordered_at
localtimestamp > ordered_at
now() > ordered_at
today() > ordered_at
get_current_timestamp() > ordered_at
get_current_time() > ordered_at
transaction_timestamp() > ordered_at
age(ordered_at) > interval 1 day
random() > 0.5
rand() > 0.5
uuid() = a
gen_random_uuid() = a
setseed(0.5) is null
nextval('s') > 1
current_user = 'x'
session_user = 'x'
user = 'x'
current_schema() = 'x'
current_database() = 'x'
current_setting('memory_limit') = 'x'
version() = 'x'
txid_current() > 1
pg_typeof(a) = 'x'
typeof(a) = 'x'
getvariable('x') = 1
getenv('HOME') = 'x'
read_text('/etc/passwd') = 'x'
read_blob('/etc/passwd') = 'x'
read_csv('x.csv') = 1
read_csv_auto('x.csv') = 1
read_parquet('x.parquet') = 1
read_json('x.json') = 1
read_json_auto('x.json') = 1
read_ndjson('x.json') = 1
parquet_scan('x') = 1
parquet_metadata('x') = 1
sniff_csv('x') = 1
glob('/*') = 'x'
a glob '/*'
query('select 1') = 1
query_table('orders') = 1
sql_auto_complete('se') = 'x'
duckdb_settings() = 1
duckdb_secrets() = 1
duckdb_tables() = 1
pragma_version() = 1
pragma_table_info('orders') = 1
which_secret('x', 'y') = 1
pg_read_file('x') = 'x'
load_extension('x') = 1
json_execute_serialized_sql('x') = 1
json_serialize_sql('select 1') = 'x'
from_substrait('x') = 1
http_get('x') = 'x'
write_log('x') is null
parse_path('x') = 'x'
error('x') = 1
sleep(10) = 1
sleep_ms(10000) is null
range(1000000000) = 1
generate_series(1, 1000000000) = 1
unnest([1, 2]) = 1
repeat('x', 1000000000) = a
rpad('x', 1000000000, 'y') = a
lpad('x', 1000000000, 'y') = a
list_value(1) = 1
array_agg(a) = 1
string_agg(a, ',') = 'x'
format('{}', a) = 'x'
printf('%1000000000d', 1) = 'x'
regexp_replace(a, '(x+)+', 'y', 'g') = 'x'
regexp_extract(a, 'x') = 'x'
regexp_matches(a, b)
regexp_matches(a, 'x', 'g')
a similar to '(x+)+y'
a ~* 'x'
hash(a) = 1
md5(a) = 'x'
encode(a) = 'x'
decode(a) = 'x'
to_json(a) = 'x'
a -> 'x' = 1
a ->> 'x' = 'y'
json_extract(a, '$.x') = 1
a collate nocase = 'x'
a at time zone 'UTC' > b
a @> b
a <@ b
a && b
a & 1 = 1
a | 1 = 1
a << 62 > 1
~a = 1
xor(a, 1) = 1
a ^ 2 > 1
pow(a, 1000) > 1
factorial(1000) > 1
gamma(a) > 1
alias(a) = 'a'
struct_pack(x := a) = 1
struct_extract(a, 'x') = 1
if(a)
try(a > 1)
coalesce(*) > 1
count(*) > 1
sum(a) > 1
max(a) = 1
avg(a) filter (where b > 1) > 1
count(distinct a) > 1
a = e'\\x41'
a = $$x$$
a = $tag$x$tag$
a = x'41'
a = b'01'
a = 0x41
a = u&'x'
a in ()
a in b
a between symmetric 1 and 2
a > interval (b) day
a > interval '1 day 2 hours'
a > interval '999999999 years'
extract(secret from ordered_at) = 1
date_part('secret', ordered_at) = 1
date_part(country, ordered_at) = 1
date_trunc('secret', ordered_at) = ordered_at
date_trunc(country, ordered_at) = ordered_at
date_diff(country, ordered_at, ordered_at) = 1
ordered_at > date '2011-13-45'
ordered_at > date 'tomorrow'
ordered_at > timestamp '2011-12-10 25:00'
segment() = 1
segment(country)
segment("value.champions")
segment('champions')
segment('value.champions', 1)
segment('a.b.c')
segment('value.' || country)
recency_days
recency_days + 1
country
'x'
1
null
a or b
not a
not recency_days
a > 1 and b
case when a > 1 then b else c end
coalesce(a, b)
lower(country)
a > 1 and
and a > 1
a >
> 1
(a > 1
a > 1)
a = 'x
a = "x
a b
a > 1 b > 2
a > > 1
a,b
case when a > 1 then true
case a end
""".strip().splitlines()

FUNCTIONS = (
    *("read_csv", "read_text", "read_parquet", "read_json", "glob", "getenv", "query", "query_table"),
    *("duckdb_secrets", "pragma_version", "now", "random", "uuid", "nextval", "repeat", "error", "version"),
    *("current_setting", "unnest", "range", "write_log"),
)
PLACES = (
    "{f}('x') = 1",
    "a > 1 and {f}('x') = 1",
    "case when {f}('x') = 1 then true else false end",
    "coalesce({f}('x') = 1, false)",
    "a in (1, {f}('x'))",
    "not ({f}('x') is null)",
    "cast({f}('x') as integer) > 1",
    "a between 1 and {f}('x')",
    "lower(upper({f}('x'))) = 'x'",
    "a like {f}('x')",
)
GENERATED = [place.format(f=name) for name, place in itertools.product(FUNCTIONS, PLACES)]

TOO_MUCH = {
    "sum": "+".join(["a"] * 3000) + " > 1",
    "chain": " = ".join(["a"] * 500),
    "or": " or ".join(["a = 1"] * 20_000),
    "not": "not " * 5_000 + "a = 1",
    "bang": "!" * 5_000 + "a = 1",
    "minus": "- " * 2_000 + "a > 1",
    "parentheses": "(" * 2_000 + "a > 1" + ")" * 2_000,
    "open": "(" * 100_000,
    "brackets": "[" * 1_000,
    "braces": "{" * 1_000,
    "case": "case when a > 1 then " * 500 + "true" + " end" * 500,
    "calls": "abs(" * 500 + "a" + ")" * 500 + " > 1",
    "casts": "a" + "::int" * 1_000 + " > 1",
    "null": "a" + " is null" * 1_000,
    "between": "a between 1 and " * 300 + "1",
    "interval": "interval " * 1_000 + "1 day > a",
    "dots": "a." * 1_000 + "b > 1",
    "like": "a like " * 500 + "'x'",
    "pipes": " || ".join(["a"] * 2_000) + " = 'x'",
    "text": "a = '" + "x" * 5_000 + "'",
    "number": "a > " + "9" * 400,
    "exponent": "a > 1e" + "9" * 400,
    "pattern": "regexp_matches(a, '" + "(x+)+" * 100 + "')",
    "percents": "a like '" + "%x" * 50 + "'",
    "list": "a in (" + ",".join(["1"] * 10_000) + ")",
    "spaces": " " * 1_000_000 + "a > 1",
    "semicolons": ";" * 10_000,
    "nul": "a > 1\x00",
    "nothing": "",
    "blank": "  \n ",
}


def test_the_list_is_long_enough() -> None:
    assert len(BY_HAND) >= 200
    assert len(set(BY_HAND) | set(GENERATED)) >= 400


@pytest.mark.parametrize("text", [*BY_HAND, *GENERATED])
def test_a_hostile_or_broken_condition_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text, COLUMNS, "vitrail.yml:7", {})
    for finding in caught.value.findings:
        assert finding.place == "vitrail.yml:7"
        assert finding.message("en") and finding.message("fr")


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_an_expression_that_asks_for_too_much_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(text, COLUMNS, "vitrail.yml:7")
    with pytest.raises(ConditionError):
        parse_aggregate(f"max({text})" if text.strip() else text, COLUMNS, "vitrail.yml:7")


VALUES = """
a
1
a + 1
sum(a) + b
sum(sum(a))
max(sum(a))
count(distinct a, b)
min(distinct a)
sum(a) over ()
sum(*)
count(* exclude (a))
max(a, 3)
arg_max(a, b, 3)
sum(a order by b)
first(a)
last(a)
any_value(a)
list(a)
array_agg(a)
string_agg(a, ',')
histogram(a)
approx_count_distinct(a)
approx_quantile(a, 0.5)
reservoir_quantile(a, 0.5)
mad(a)
quantile_cont(a, 2)
quantile_cont(a, b)
quantile_cont(a, [0.5])
percentile_cont(0.5) within group (order by a)
sum(a) filter (where b)
sum(a) filter (where sum(b) > 1)
sum(a) filter (where segment('v.x'))
sum(a) filter (where exists (select 1))
count(segment('value.champions'))
sum((select 1))
sum(random())
max(now())
max(getenv('HOME'))
max(read_text('x'))
sum(a); select 1
sum(a) -- x
sum(a.b)
sum(?)
select sum(a)
sum(a) from orders
product(a)
entropy(a)
geomean(a)
sum(x -> x)
sum([1])
max({'x': a})
max(row(a, b))
max((a, b))
fsum(a)
bitstring_agg(a)
bit_and(a)
corr(a, b)
skewness(a)
sum(unknown_column)
sum(a
""".strip().splitlines()


@pytest.mark.parametrize("text", VALUES)
def test_a_hostile_or_broken_value_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_aggregate(text, COLUMNS, "vitrail.yml:7")
    for finding in caught.value.findings:
        assert finding.place == "vitrail.yml:7"
        assert finding.message("en") and finding.message("fr")


@pytest.mark.parametrize(
    ("text", "code", "figures"),
    [
        ("recency_dys > 90", "expression_unknown_column_near",
         {"name": "recency_dys", "suggestion": "recency_days"}),
        ("zzz > 90", "expression_unknown_column", {"name": "zzz"}),
        ('country = "France"', "expression_text_unquoted", {"name": "France"}),
        ("country = Nîmes", "expression_text_unquoted", {"name": "Nîmes"}),
        ("country in (Rome)", "expression_text_unquoted", {"name": "Rome"}),
        ("country = ‘En attente’", "expression_curly_quotes", {"name": "En attente"}),
        ("country = « En attente »", "expression_curly_quotes", {"name": "En attente"}),
        ("country = “web”", "expression_curly_quotes", {"name": "web"}),
        ("a > 1 et b > 2", "expression_written", {"name": "et", "right": "and"}),
        ("a => 1", "expression_written", {"name": "=>", "right": ">="}),
        ("a ≠ 1", "expression_written", {"name": "≠", "right": "<>"}),
        ("a >= 500,50", "plan_decimal_comma", {"got": "500,50", "right": "500.50"}),
        ("recency_days", "expression_bare_column", {"name": "recency_days"}),
        ("recency_days + 1", "expression_not_true_or_false", {}),
        ("a > 1 and or b > 2", "expression_syntax", {"column": 11, "near": "or"}),
        ("a > 1 and", "expression_incomplete", {"column": 7}),
        ("now() > ordered_at", "expression_clock", {"name": "now"}),
        ("random() > 1", "expression_chance", {"name": "random"}),
        ("lenght(country) > 1", "expression_function_near", {"name": "lenght", "suggestion": "length"}),
        ("getenv('x') = 'y'", "expression_function", {"name": "getenv"}),
        ("sum(a) > 1", "expression_aggregate_here", {"name": "sum"}),
        ("a in (select 1)", "expression_query", {}),
        ("segment('value.champion')", "plan_unknown_segment_near",
         {"name": "value.champion", "suggestion": "value.champions"}),
        ("a::json = 'x'", "expression_type", {"name": "json"}),
    ],
)  # fmt: skip
def test_a_refusal_names_what_is_wrong(text: str, code: str, figures: dict[str, object]) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text, COLUMNS, "vitrail.yml:7", ["value.champions"])
    (finding,) = caught.value.findings
    assert finding.code == code
    assert {key: finding.figures[key] for key in figures} == figures


@pytest.mark.parametrize("text", ["country = 'a => « b » et l’été'", "country in ('1,5', 'd’été')"])
def test_what_stands_between_straight_quotes_is_no_slip(text: str) -> None:
    parse_condition(text, COLUMNS, "vitrail.yml:7")


def test_all_faults_of_one_condition_are_told_together() -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition("getenv('x') = 1 and now() > b and a[1] = 2", COLUMNS, "")
    assert [f.code for f in caught.value.findings] == [
        "expression_function",
        "expression_clock",
        "expression_collection",
    ]


PIECES = sorted({piece for text in BY_HAND for piece in text.replace("(", " ( ").replace(")", " ) ").split()})


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join)))
def test_any_text_whatever_is_taken_or_refused_in_words(text: str) -> None:
    for parse in (parse_condition, parse_aggregate):
        try:
            assert parse(text, COLUMNS, "vitrail.yml:7").sql("duckdb")
        except ConditionError as error:
            assert error.message("fr")
