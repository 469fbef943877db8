# ruff: noqa: E501 (SQL reads better unbroken)
"""Run folders to report on, written with plain SQL after the contract of the run folder.

Nothing of Vitrail makes them, so that the report is tested against the contract and not against our own
writer. `retail_run` is the real shop (needs the shared data); `small_run` a made-up one, always there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from vitrail.store import seal

AS_OF = "2011-12-10"

RFM_MAP = """case
  when r = 5 and f = 1 then 'new' when r = 4 and f = 1 then 'promising'
  when r >= 4 and f in (2, 3) then 'potential' when r = 5 then 'champions'
  when r in (3, 4) and f >= 4 then 'loyal' when r = 3 and f = 3 then 'attention'
  when r = 3 then 'sleepy' when f <= 2 then 'asleep' when f = 5 then 'critical' else 'at_risk' end"""

TONES = {
    "champions": ("Champions", "Champions", "Bought lately, often, and for much", "Ont acheté récemment, souvent, et pour beaucoup"),
    "loyal": ("Loyal", "Fidèles", "Come back regularly", "Reviennent régulièrement"),
    "potential": ("Potential loyalists", "Fidèles potentiels", "Recent, two or three orders", "Récents, deux ou trois commandes"),
    "new": ("New", "Nouveaux", "A first order, just now", "Première commande, à l’instant"),
    "promising": ("Promising", "Prometteurs", "One order, not long ago", "Une commande, il y a peu"),
    "attention": ("Need attention", "À surveiller", "Middling in everything", "Moyens sur tout"),
    "sleepy": ("About to sleep", "Sur le point de s’endormir", "Few orders, soon forgotten", "Peu de commandes, bientôt oubliés"),
    "at_risk": ("At risk", "À risque", "Good customers gone quiet", "Bons clients devenus silencieux"),
    "critical": ("Can’t lose", "À ne pas perdre", "Very good customers, long away", "Très bons clients, absents depuis longtemps"),
    "asleep": ("Hibernating", "En hibernation", "One or two orders, long ago", "Une ou deux commandes, il y a longtemps"),
}  # fmt: skip


def segment(key: str, en: str, fr: str, tone: str, meaning: tuple[str, str] = ("", "")) -> dict[str, Any]:
    return {
        "key": key,
        "label": {"en": en, "fr": fr},
        "meaning": {"en": meaning[0], "fr": meaning[1]},
        "tone": tone,
    }


SEGMENTATIONS: list[dict[str, Any]] = [
    {
        "key": "value",
        "method": "rfm",
        "label": {"en": "Customer value", "fr": "Valeur client"},
        "partition": True,
        "variables": ["recency_days", "order_count", "total_amount"],
        "segments": [segment(key, en, fr, key, (men, mfr)) for key, (en, fr, men, mfr) in TONES.items()],
    },
    {
        "key": "revenue",
        "method": "abc",
        "label": {"en": "Revenue classes", "fr": "Classes de chiffre d’affaires"},
        "partition": True,
        "variables": ["total_amount"],
        "segments": [
            segment("a", "A", "A", "other_1"),
            segment("b", "B", "B", "other_2"),
            segment("c", "C", "C", "other_3"),
        ],
    },
    {
        "key": "lifecycle",
        "method": "lifecycle",
        "label": {"en": "Lifecycle", "fr": "Cycle de vie"},
        "partition": True,
        "variables": ["recency_days", "first_order_days", "order_count"],
        "segments": [
            segment("new", "New", "Nouveaux", "new"),
            segment("active", "Active", "Actifs", "potential"),
            segment("loyal", "Loyal", "Fidèles", "loyal"),
            segment("at_risk", "At risk", "À risque", "at_risk"),
            segment("dormant", "Dormant", "Endormis", "sleepy"),
            segment("lost", "Lost", "Perdus", "asleep"),
        ],
    },
    {
        "key": "habits",
        "method": "rules",
        "label": {"en": "Habits", "fr": "Habitudes"},
        "partition": False,
        "variables": ["order_count", "mean_order_amount"],
        "segments": [
            segment("big_baskets", "Big baskets", "Gros paniers", "other_1"),
            segment("regulars", "Regulars", "Réguliers", "other_2"),
        ],
    },
]


def write_run(
    folder: Path, lines: str, currency: str | None = "GBP", name: str = "Boutique en ligne"
) -> Path:
    """Write a whole run folder from order lines.

    Args:
        lines: SQL giving customer_id, order_id, ordered_at, product_name, amount, country.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base = duckdb.connect(":memory:")
    base.execute(f"create table line as {lines}")
    base.execute("""create table orders as select customer_id, order_id, min(ordered_at) as ordered_at,
        sum(amount)::decimal(18, 4) as amount, min(country) as country from line group by all""")
    base.execute(f"""create table base as select customer_id,
        (date '{AS_OF}' - max(ordered_at)::date)::int as recency_days, count(*) as order_count,
        sum(amount)::decimal(18, 4) as total_amount,
        (sum(amount) / count(*))::decimal(18, 4) as mean_order_amount,
        (date '{AS_OF}' - min(ordered_at)::date)::int as first_order_days,
        count(*) = 1 as is_one_time, min(country) as country from orders group by all""")
    cuts = {
        variable: [
            row[0]
            for row in base.execute(
                f"select distinct unnest(quantile_disc({variable}, [0.2, 0.4, 0.6, 0.8])) + 1 from base order by 1"
            ).fetchall()
        ]
        for variable in ("recency_days", "order_count", "total_amount")
    }

    def score(variable: str, downwards: bool = False) -> str:
        above = " + ".join(f"({variable} >= {cut})::int" for cut in cuts[variable]) or "0"
        return f"{len(cuts[variable]) + 1} - ({above})" if downwards else f"1 + ({above})"

    base.execute(f"""create table profile as with scored as (select *, {score("recency_days", True)} as r,
        {score("order_count")} as f, {score("total_amount")} as m,
        sum(greatest(total_amount, 0)) over (order by total_amount desc, customer_id)
          / nullif(sum(greatest(total_amount, 0)) over (), 0) as part from base)
        select * exclude (r, f, m, part), {RFM_MAP} as value, r as value_r, f as value_f, m as value_m,
        case when part <= 0.6 then 'a' when part <= 0.9 then 'b' else 'c' end as revenue,
        case when first_order_days <= 30 then 'new' when recency_days <= 90 and order_count >= 4 then 'loyal'
             when recency_days <= 90 then 'active' when recency_days <= 180 then 'at_risk'
             when recency_days <= 270 then 'dormant' else 'lost' end as lifecycle
        from scored""")
    base.execute(f"""create table membership as select customer_id, segmentation, segment, date '{AS_OF}' as since
        from (unpivot (select customer_id, value, revenue, lifecycle from profile)
              on value, revenue, lifecycle into name segmentation value segment)
        union all select customer_id, 'habits', 'big_baskets', date '{AS_OF}' from profile where mean_order_amount > 400
        union all select customer_id, 'habits', 'regulars', date '{AS_OF}' from profile where order_count >= 5""")
    base.execute("""create table segments as with totals as (select count(*) n, sum(total_amount) total from base)
        select segmentation, segment, segment as label, count(*) as customers, count(*) / any_value(n) as share,
          sum(total_amount)::decimal(18, 4) as revenue,
          (sum(total_amount) / nullif(any_value(total), 0))::double as revenue_share,
          avg(recency_days) as mean_recency_days, median(recency_days) as median_recency_days,
          avg(order_count) as mean_order_count, median(order_count) as median_order_count,
          (sum(total_amount) / count(*))::double as mean_total_amount,
          median(total_amount)::double as median_total_amount,
          avg(total_amount)::double - 100 as difference_total_amount,
          avg(total_amount)::double - 200 as difference_total_amount_low,
          avg(total_amount)::double + 50 as difference_total_amount_high,
          (date '2011-12-10' - min(recency_days)::int) as last_order_on
        from membership join base using (customer_id), totals group by segmentation, segment order by all""")
    base.execute("""create table described as with places as (
          select segmentation, segment, country, count(*) as n from membership join base using (customer_id)
          where country is not null group by all),
        tops as (select segmentation, segment, list({'name': country, 'share': n / total} order by n desc, country)[:3] as top_countries
          from (select *, sum(n) over (partition by segmentation, segment) as total from places) group by all),
        goods as (select segmentation, segment, product_name, sum(amount)::decimal(18, 4) as total
          from membership join line using (customer_id) where product_name is not null group by all),
        sold as (select segmentation, segment, list({'name': product_name, 'amount': total} order by total desc, product_name)[:3] as top_products
          from goods group by all)
        select * from segments left join tops using (segmentation, segment) left join sold using (segmentation, segment)
        order by segmentation, segment""")
    base.execute("""create table monthly as select segmentation, segment, date_trunc('month', ordered_at)::date as month,
        sum(amount)::decimal(18, 4) as revenue, count(*) as orders, count(distinct customer_id) as customers
        from membership join orders using (customer_id) group by all order by all""")
    for table in ("profile", "membership", "described", "monthly"):
        file = {"membership": "memberships", "described": "segments"}.get(table, table)
        base.execute(f"copy (from {table} order by all) to '{folder / file}.parquet'")
    write_findings(folder, "rfm_one_time_buyers", {"share": 0.7, "customers": 84, "returned": 36})
    write_funnel(
        folder,
        [
            ("read", 541909, "9747747.93"),
            ("no_customer", 135080, "1447682.29"),
            ("cancelled", 8905, "-611342.26"),
            ("zero_price", 40, "0"),
            ("kept", 397884, "8911407.90"),
            ("duplicates", 5192, None),
        ],
    )
    base.execute(f"""copy (select 'orders' as source, 'orders.csv' as file, line::bigint as line, reason,
        detail, 'told by the run' as message from (values (14, 'ragged_row', '{{"expected": 8, "found": 9}}'),
        (99, 'ragged_row', '{{"expected": 8, "found": 7}}'), (120, 'bad_encoding', '{{}}'))
        rows(line, reason, detail)) to '{folder}/refused.parquet'""")
    document = [
        {
            **segmentation,
            "cuts": {
                variable: [float(cut) for cut in cuts[variable]]
                for variable in cuts
                if segmentation["key"] == "value"
            },
            "scores": {"value_r": "recency_days"} if segmentation["key"] == "value" else {},
            "sql": f"select customer_id, {segmentation['key']} from profile where total_amount < 10",
        }
        for segmentation in SEGMENTATIONS
    ]
    write_json(folder / "segmentations.json", document)
    write_json(folder / "variables.json", [])
    customers = base.execute("select count(*) from base").fetchall()[0][0]
    write_json(
        folder / "manifest.json",
        seal(
            {
                "run_id": "20111210T120000-8f2c1a",
                "as_of": AS_OF,
                "computed_at": "2011-12-10T06:30:00+00:00",
                "data_until": "2011-12-09T12:50:00",
                "plan": {
                    "name": name,
                    "currency": currency,
                    "language": "fr",
                    "timezone": "Europe/Paris",
                    "hash": "8f2c1a77d0c4",
                },
                "version": "0.1.0",
                "engine": "duckdb",
                "sources": [
                    {
                        "name": "orders",
                        "table": "orders",
                        "rows": 541909,
                        "files": [
                            {
                                "file": "orders.csv",
                                "format": "csv",
                                "encoding": "utf-8",
                                "records": 541912,
                                "accepted": 541909,
                                "refused": 3,
                                "fingerprint": "9f" * 32,
                            }
                        ],
                    }
                ],
                "timings": {"reading": 1.2, "profile": 0.9, "segments": 1.0},
                "duration": 3.1,
                "customers": customers,
                "files": {},
            }
        ),
    )
    return folder


def write_json(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def write_findings(folder: Path, code: str, figures: dict[str, Any]) -> None:
    row = [code, "warning", "value", "as the run wrote it", json.dumps(figures)]
    columns = "f(code, level, place, message, figures)"
    duckdb.execute(f"copy (from (values (?, ?, ?, ?, ?)) {columns}) to '{folder}/findings.parquet'", row)


def write_funnel(folder: Path, rows: Iterable[tuple[str, int, str | None]]) -> None:
    base = duckdb.connect(":memory:")
    base.execute(
        "create table f (source varchar, step varchar, rows bigint, amount decimal(38, 4), removed boolean)"
    )
    for step, count, amount in rows:
        removed = step not in ("read", "kept", "refunds", "duplicates")
        base.execute("insert into f values ('orders', ?, ?, ?, ?)", (step, count, amount, removed))
    base.execute(f"copy f to '{folder}/funnel.parquet'")


RETAIL = """select CustomerID::varchar as customer_id, InvoiceNo::varchar as order_id, InvoiceDate::timestamp as ordered_at,
  Description::varchar as product_name, (Quantity * UnitPrice::decimal(18, 4))::decimal(18, 4) as amount,
  Country::varchar as country from read_parquet('{file}')
  where CustomerID is not null and InvoiceNo::varchar not like 'C%' and Quantity > 0 and UnitPrice > 0"""

SMALL = """select 'c' || (i * 7 % 120) as customer_id, 'o' || i as order_id,
  timestamp '2011-12-09 10:00:00' - interval 1 day * ((i * i * 3) % 350) as ordered_at,
  'Product ' || (i % 9) as product_name, ((i * 37) % 5000 + 5)::decimal(18, 4) / (1 + i % 3) as amount,
  case i % 5 when 0 then 'France' when 1 then 'Belgique' else 'Royaume-Uni' end as country
  from range(400) t(i)"""


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="session")
def retail_run(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    file = shared_data / "online_retail.parquet"
    return write_run(tmp_path_factory.mktemp("retail"), RETAIL.format(file=file))


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """A run folder from any order lines."""

    def make(lines: str = SMALL, **options: Any) -> Path:
        return write_run(tmp_path / "run", lines, **options)

    return make
