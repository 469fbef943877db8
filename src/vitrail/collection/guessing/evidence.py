"""What the columns of a file say together: questions that only the rows can answer.

Every answer is taken over whole orders and never over the first rows of a file, so that the order of the
rows changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from vitrail.collection.guessing.headers import fold
from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.plan.expressions import read_condition

if TYPE_CHECKING:
    from vitrail.collection.values import ColumnReport

_MOST_VALUES = 40
_MOST_ROWS = 500_000
_FEW_ORDERS = 0.01
_ENOUGH_ORDERS = 20
_DOUBLED = 0.9


@dataclass(frozen=True, slots=True)
class Within:
    """How a column behaves inside the orders of several rows.

    Args:
        constant: share of them in which it has the same value on every row; one half where none has a value
            (a zero is none).
        once: share of them in which it is filled on one row only.
        chance: where fewer than twenty of them have a value, how likely all would agree if their rows did
            not repeat it, from how often two orders of the file have one value.
    """

    constant: float
    once: float
    chance: float = 0.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """The rows of one value: how many, how many different others they hold, and which word the value is."""

    rows: int
    size: int
    word: str


class Evidence(Protocol):
    """The questions a guess asks about the rows."""

    def product_shares(self, triples: Sequence[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], float]:
        """For each (quantity, price, amount): the share of rows where quantity × price is the amount."""

    def prices(self, quantity: str, price: str, good: str | None) -> tuple[int, int]:
        """How many prices the goods have, as written and divided by the quantity, where that is above one."""

    def within(self, order: str, columns: Sequence[str]) -> Mapping[str, Within]:
        """How each column behaves inside the orders of several rows; empty where hardly any has several.

        A row that repeats another in every column is no row more.
        """

    def total_rows(self, order: str, amount: str, names: Sequence[str]) -> tuple[float, Mapping[str, float]]:
        """Whether each order's total stands among its lines.

        Returns the share of orders of several rows whose greatest amount is what the others add up to, and
        by column the share in which that row alone is blank there.
        """

    def head_rows(self, order: str, head: str, amount: str, names: Sequence[str]) -> Mapping[str, str]:
        """By column, the value that tells each order's own row, which fills `head`, from its lines.

        Empty unless, in nine of ten orders, the lines add up to half to twice what their order's row says.
        """

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a column in order; empty where there are more than forty."""

    def spaced_share(self, name: str) -> float:
        """The share of filled cells of several words."""

    def share(self, condition: str, among: str, numbers: Mapping[str, str]) -> float:
        """The share of rows for which a condition holds, among those for which another does; 0 of none.

        Args:
            numbers: the names in both → columns of the file.
        """

    def crowds(self, name: str, words: Sequence[str], by: str | None = None) -> Mapping[str, Crowd]:
        """The values of a column that are one of `words` (folded), and of the others the greatest crowd.

        Args:
            by: the column whose different values make a crowd's size; its rows do if none.
        """

    def unsigned(
        self, names: Sequence[str], words: Sequence[str], worth: str
    ) -> Mapping[str, tuple[str, ...]]:
        """By column, its values that are one of `words` (folded) on rows whose `worth` has no minus.

        All rows are asked, however many: a word left out would stay a sale.
        """

    def number_forms(self, name: str, worths: Sequence[str]) -> Mapping[tuple[str, str], tuple[int, bool]]:
        """The letters that numbers begin with and the form of their rest → rows, and no worth has a minus."""


class RelationEvidence:
    """Evidence from a relation that an engine can read.

    Args:
        relation: the records.
        reports: what is known of each column; its reading types the cells.
        rows: how many records there are; of many, a share of the orders is looked at, chosen by their number.
    """

    def __init__(
        self, engine: Engine, relation: Query, reports: Mapping[str, ColumnReport], rows: int = 0
    ) -> None:
        self._engine, self._relation, self._reports = engine, relation, reports
        self._every = rows // _MOST_ROWS + 1

    def product_shares(self, triples: Sequence[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], float]:
        if not triples:
            return {}
        shares = [
            sql(
                "coalesce(avg(case when abs($q * $p - $a) <= 0.011 then 1 else 0 end)"
                " filter (where $q * $p - $a is not null and abs($q) <> 1), 0)",
                q=self._typed(quantity),
                p=self._typed(price),
                a=self._typed(amount),
            ).as_(f"s{number}")
            for number, (quantity, price, amount) in enumerate(triples)
        ]
        found = self._engine.records(exp.select(*shares).from_(self._relation.subquery("rows_")))[0]
        return {triple: float(found[f"s{number}"]) for number, triple in enumerate(triples)}

    def prices(self, quantity: str, price: str, good: str | None) -> tuple[int, int]:
        of = column(good) if good else exp.null()
        rows = exp.select(
            of.as_("good"),
            self._typed(quantity).as_("q"),
            self._typed(price).as_("p"),
        )
        chosen = sql("coalesce(hash($of) % $every, 0) = 0", of=of, every=self._every)
        rows = rows.from_(self._relation.subquery("rows_")).where(chosen)
        query = sql(
            """
            select count(distinct (good, p)) as written, count(distinct (good, round(p / q, 4))) as divided
            from $rows where q > 1 and p > 0
            """,
            rows=rows.subquery("r"),
        )
        found = self._engine.records(query)[0]
        return int(found["written"]), int(found["divided"])

    def within(self, order: str, columns: Sequence[str]) -> Mapping[str, Within]:
        if not columns:
            return {}
        filled = [
            sql("nullif(trim(cast($c as varchar)), '')", c=column(name)).as_(f"c{number}")
            for number, name in enumerate(columns)
        ]
        cells = [column(name) for name in self._reports]
        row = exp.Anonymous(this="hash", expressions=cells).as_("row_hash")
        chosen = sql("$o is not null and hash($o) % $every = 0", o=column(order), every=self._every)
        rows = exp.select(column(order).as_("o"), row, *filled).distinct()
        rows = rows.from_(self._relation.subquery("rows_")).where(chosen)
        orders = exp.select("o", "count(*) as n").from_(rows.subquery("r"))
        shares = [sql("count(*)").as_("orders"), sql("count(*) filter (where n > 1)").as_("several")]
        for number in range(len(columns)):
            low, high, many = f"lo{number}", f"hi{number}", f"n{number}"
            each = column(f"c{number}")
            orders = orders.select(
                sql("min($c)", c=each).as_(low),
                sql("max($c)", c=each).as_(high),
                sql("count($c)", c=each).as_(many),
            )
            told = _is_told(number)
            same = sql("$low = $high and $many = n", low=column(low), high=column(high), many=column(many))
            constant = sql(
                "coalesce(avg(case when $same then 1 else 0 end) filter (where n > 1 and $told), 0.5)",
                same=same,
                told=told,
            )
            once = sql("avg(case when $many = 1 then 1 else 0 end) filter (where n > 1)", many=column(many))
            agreeing = sql("count(*) filter (where n > 1 and $told)", told=told)
            shares += [constant.as_(f"constant{number}"), once.as_(f"once{number}")]
            shares += [agreeing.as_(f"told{number}")]
        grouped = orders.group_by("o")
        found = self._engine.records(exp.select(*shares).from_(grouped.subquery("orders_")))[0]
        if found["several"] <= _FEW_ORDERS * found["orders"]:
            return {}
        return {
            name: Within(
                float(found[f"constant{number}"]),
                float(found[f"once{number}"]),
                self._chance(grouped, number, found[f"told{number}"]),
            )
            for number, name in enumerate(columns)
        }

    def _chance(self, orders: exp.Select, number: int, agreeing: int) -> float:
        """How likely `agreeing` orders would have one value on their rows if each row had its own."""
        if agreeing >= _ENOUGH_ORDERS:
            return 0.0
        sizes = exp.select("count(*) as size").from_(orders.subquery("orders_")).where(_is_told(number))
        query = sql(
            "select coalesce(sum(size * size) / (sum(size) * sum(size)), 1) as alike from $sizes",
            sizes=sizes.group_by(f"lo{number}").subquery("sizes"),
        )
        return float(self._engine.records(query)[0]["alike"]) ** agreeing

    def total_rows(self, order: str, amount: str, names: Sequence[str]) -> tuple[float, Mapping[str, float]]:
        worth = self._typed(amount)
        blanks = [
            sql("nullif(trim(cast($c as varchar)), '') is null", c=column(name)).as_(f"b{number}")
            for number, name in enumerate(names)
        ]
        rows = exp.select(column(order).as_("o"), worth.as_("worth"), *blanks)
        rows = rows.from_(self._relation.subquery("rows_"))
        orders = exp.select(
            sql("max(worth) > 0 and abs(2 * max(worth) - sum(worth)) <= 0.011").as_("doubled"),
            *(
                sql(
                    "count_if($b) = 1 and max(worth) filter (where $b) = max(worth)", b=column(f"b{number}")
                ).as_(f"a{number}")
                for number in range(len(names))
            ),
        )
        orders = orders.from_(rows.subquery("r")).where("o is not null").group_by("o").having("count(*) > 1")
        shares = [
            sql("coalesce(avg(case when $a then 1 else 0 end), 0)", a=column(f"a{number}")).as_(f"s{number}")
            for number in range(len(names))
        ]
        doubled = sql("coalesce(avg(case when doubled then 1 else 0 end), 0)").as_("doubled")
        found = self._engine.records(exp.select(doubled, *shares).from_(orders.subquery("orders_")))[0]
        return float(found["doubled"]), {name: float(found[f"s{n}"]) for n, name in enumerate(names)}

    def head_rows(self, order: str, head: str, amount: str, names: Sequence[str]) -> Mapping[str, str]:
        filled = sql("nullif(trim(cast($c as varchar)), '') is not null", c=column(head)).as_("head")
        cells = [
            sql("trim(cast($c as varchar))", c=column(name)).as_(f"c{number}")
            for number, name in enumerate(names)
        ]
        rows = exp.select(column(order).as_("o"), self._typed(amount).as_("worth"), filled, *cells)
        rows = rows.from_(self._relation.subquery("rows_"))
        known = exp.select("*").from_(rows.subquery("r")).where("o is not null")
        known = known.qualify(
            "count_if(head) over (partition by o) = 1 and count(*) over (partition by o) > 1"
        )
        both = sql(
            """
            select coalesce(avg(case when lines between whole / 2 and 2 * whole then 1 else 0 end), 0) share
            from (
                select sum(worth) filter (where head) as whole, sum(worth) filter (where not head) as lines
                from $known group by o
            ) as sums where whole > 0
            """,
            known=known.subquery("known"),
        )
        if self._engine.records(both)[0]["share"] < _DOUBLED:
            return {}
        told = [
            sql(
                "case when count(distinct $c) filter (where head) = 1 and "
                "count_if($c = (select any_value($c) from known where head) and not head) = 0 "
                "then any_value($c) filter (where head) end",
                c=column(f"c{number}"),
            ).as_(f"v{number}")
            for number in range(len(names))
        ]
        if not told:
            return {}
        found = self._engine.records(exp.select(*told).from_("known").with_("known", as_=known))[0]
        return {name: found[f"v{n}"] for n, name in enumerate(names) if found[f"v{n}"]}

    def values(self, name: str) -> tuple[str, ...]:
        each = sql("nullif(trim(cast($c as varchar)), '')", c=column(name)).as_("value")
        distinct = exp.select(each).distinct().from_(self._relation.subquery("rows_"))
        query = exp.select("value").from_(distinct.subquery("d")).where("value is not null").order_by("value")
        found = [str(record["value"]) for record in self._engine.records(query.limit(_MOST_VALUES + 1))]
        return tuple(found) if len(found) <= _MOST_VALUES else ()

    def spaced_share(self, name: str) -> float:
        text = sql("nullif(trim(cast($c as varchar)), '')", c=column(name))
        share = sql(
            "coalesce(avg(case when contains($text, ' ') then 1 else 0 end) filter (where $text <> ''), 0)",
            text=text,
        )
        query = exp.select(share.as_("share")).from_(self._relation.subquery("rows_"))
        return float(self._engine.records(query)[0]["share"])

    def share(self, condition: str, among: str, numbers: Mapping[str, str]) -> float:
        holds, whom = (
            read_condition(text).transform(
                lambda node: (
                    self._typed(numbers[node.sql("duckdb")]) if isinstance(node, exp.Column) else node
                )
            )
            for text in (condition, among)
        )
        mean = sql(
            "coalesce(avg(case when $holds then 1 else 0 end) filter (where $whom), 0)",
            holds=holds,
            whom=whom,
        )
        query = exp.select(mean.as_("share")).from_(self._relation.subquery("rows_"))
        return float(self._engine.records(query)[0]["share"])

    def crowds(self, name: str, words: Sequence[str], by: str | None = None) -> Mapping[str, Crowd]:
        text = sql("nullif(trim(cast($c as varchar)), '')", c=column(name)).as_("value")
        other = (column(by) if by else exp.null()).as_("other")
        size = sql("count(distinct other)" if by else "count(*)")
        listed = exp.Array(expressions=[exp.Literal.string(word) for word in words])
        folded = sql("lower(strip_accents(value))")
        word = sql(
            "case when list_contains($words, $folded) then $folded else '' end", words=listed, folded=folded
        )
        cells = exp.select(text, other).from_(self._relation.subquery("rows_")).subquery("t")
        values = exp.select("value", sql("count(*)").as_("rows_"), size.as_("size_"), word.as_("word"))
        values = values.from_(cells)
        query = exp.select("*").from_(values.where("value is not null").group_by("value").subquery("v"))
        query = query.qualify(
            sql("word <> '' or row_number() over (partition by word order by size_ desc, value) = 1")
        )
        found = self._engine.records(query)
        return {str(each["value"]): Crowd(each["rows_"], each["size_"], each["word"]) for each in found}

    def unsigned(
        self, names: Sequence[str], words: Sequence[str], worth: str
    ) -> Mapping[str, tuple[str, ...]]:
        if not names:
            return {}
        cells = exp.Array(expressions=[sql("trim(cast($c as varchar))", c=column(name)) for name in names])
        stood = exp.select(
            exp.func("unnest", cells).as_("value"),
            sql("unnest(range($n))", n=len(names)).as_("place"),
            self._typed(worth).as_("worth"),
        ).from_(self._relation.subquery("rows_"))
        query = sql(
            """
            select place, value from $stood group by all
            having count_if(worth > 0) > count_if(worth < 0)
                and list_contains(
                    $words, trim(regexp_replace(lower(strip_accents(value)), '[^[:alnum:]]+', ' ', 'g'))
                )
            order by place, value
            """,
            stood=stood.subquery("s"),
            words=exp.Array(expressions=[exp.Literal.string(fold(word)) for word in words]),
        )
        found: dict[str, tuple[str, ...]] = {}
        for each in self._engine.records(query):
            name = names[each["place"]]
            found[name] = (*found.get(name, ()), str(each["value"]))
        return found

    def number_forms(self, name: str, worths: Sequence[str]) -> Mapping[tuple[str, str], tuple[int, bool]]:
        number = sql("trim(cast($c as varchar))", c=column(name)).as_("number")
        chosen = sql("hash($c) % $every = 0", c=column(name), every=self._every)
        least = exp.func("least", *(self._typed(each) for each in worths)).as_("worth")
        rows = exp.select(number, least).from_(self._relation.subquery("rows_")).where(chosen)
        query = sql(
            """
            select regexp_extract(number, '^[A-Za-z]*') as letters,
                regexp_replace(
                    regexp_replace(number, '^[A-Za-z]*[^A-Za-z0-9]*', ''), '[0-9]+', '0', 'g'
                ) as rest,
                count(*) as n, count_if(worth < 0) = 0 as unsigned_
            from $rows where number is not null group by 1, 2
            """,
            rows=rows.subquery("r"),
        )
        found = self._engine.records(query)
        return {(each["letters"], each["rest"]): (each["n"], each["unsigned_"]) for each in found}

    def _typed(self, name: str) -> exp.Expr:
        """The cell as a double, which is exact enough to compare."""
        value: exp.Expr = sql(
            "cast($value as double)", value=self._reports[name].reading.expression(column(name))
        )
        return value


def _is_told(number: int) -> exp.Expr:
    """Whether an order has a value in the column of this number; a zero is none."""
    return expression(
        "$low is not null and not ($low = $high and regexp_full_match($low, '[^0-9]*0+([.,]0+)?[^0-9]*'))",
        low=column(f"lo{number}"),
        high=column(f"hi{number}"),
    )
