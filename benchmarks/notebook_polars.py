"""The same results as a run, the way a practised analyst writes them in Polars.

python -m benchmarks.notebook_polars orders_1m.parquet folder
"""

import datetime as dt
import sys
from pathlib import Path

import polars as pl
from polars import col

FILE, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])
FOLDER.mkdir(parents=True, exist_ok=True)
DESCRIBED = ["recency_days", "order_count", "total_amount", "mean_order_amount", "days_between_orders"]
KEYS = ["value", "revenue", "lifecycle"]

# ---- the lines and the orders ------------------------------------------------------------------------------
parquet = FILE.suffix == ".parquet"
lines = pl.scan_parquet(FILE) if parquet else pl.scan_csv(FILE, try_parse_dates=True)
lines = lines.with_columns(
    col("unit_price").cast(pl.Float64),
    amount=col("quantity") * col("unit_price").cast(pl.Float64),
).collect()
as_of = lines["ordered_at"].max().date() + dt.timedelta(days=1)
duplicates = len(lines) - lines.hash_rows().n_unique()
pl.DataFrame(
    {"rows": [len(lines)], "amount": [lines["amount"].sum()], "duplicates": [duplicates]}
).write_parquet(FOLDER / "funnel.parquet")
orders = (
    lines.lazy()
    .group_by("customer_id", "order_id")
    .agg(col("ordered_at").min(), col("amount").sum().round(4), col("quantity").sum(), col("country").first())
    .sort("customer_id", "ordered_at", "order_id")
    .with_columns(day=col("ordered_at").dt.date())
    .with_columns(
        gap=pl.when(col("customer_id") == col("customer_id").shift())
        .then((col("day") - col("day").shift()).dt.total_days())
        .replace(0, None)
    )
    .collect()
)

# ---- the profile -------------------------------------------------------------------------------------------


def recent(days: int) -> pl.Expr:
    return col("amount").filter(col("day") >= as_of - dt.timedelta(days=days))


def usual(value: pl.Expr) -> pl.Expr:
    return value.reverse().mode(maintain_order=True).first()


def favourite(column: str) -> pl.LazyFrame:
    spent = lines.lazy().group_by("customer_id", column).agg(col("amount").sum().round(4))
    return spent.group_by("customer_id").agg(
        col(column).sort_by("amount", column).last().alias(f"favourite_{column}"),
        pl.len().alias(f"{column}s"),
    )


profile = (
    orders.lazy()
    .group_by("customer_id")
    .agg(
        first_day=col("day").min(),
        last_day=col("day").max(),
        order_count=pl.len(),
        total_amount=col("amount").sum().round(4),
        mean_order_amount=col("amount").mean(),
        median_order_amount=col("amount").median(),
        days_between_orders=col("gap").median(),
        last_gap_days=col("gap").drop_nulls().last(),
        item_count=col("quantity").sum(),
        country=col("country").last(),
        usual_weekday=usual(col("ordered_at").dt.weekday()),
        usual_hour=usual(col("ordered_at").dt.hour()),
        amount_365d=recent(365).sum(),
        orders_365d=recent(365).len(),
        amount_trend=(2 * recent(180).sum() - recent(360).sum()) / recent(360).sum(),
    )
    .with_columns(
        amount_trend=col("amount_trend").fill_nan(None),
        recency_days=(as_of - col("last_day")).dt.total_days(),
        first_order_days=(as_of - col("first_day")).dt.total_days(),
        refund_share=pl.lit(0.0),
        is_one_time=col("order_count") == 1,
    )
    .join(favourite("product_id"), on="customer_id")
    .join(favourite("category").drop("categorys"), on="customer_id")
    .rename({"favourite_product_id": "favourite_product", "product_ids": "distinct_products"})
    .collect()
)

# ---- scores and segments -----------------------------------------------------------------------------------


def fit_cuts(values: pl.Series) -> list[float]:
    """Four cuts, each the least value above its quantile; after a tie, the values beyond are cut anew."""
    ordered, cuts = values.sort(), []
    while len(cuts) < 4:
        kept = ordered.filter(ordered >= cuts[-1]) if cuts else ordered
        ranks = [i * (len(kept) - 1) // (5 - len(cuts)) for i in range(1, 5 - len(cuts))]
        above = [ordered[ordered.search_sorted(kept[rank], side="right")] for rank in ranks]
        stuck = next((i for i, cut in enumerate(above) if cut in above[i + 1 :]), len(above))
        cuts += above[: stuck + 1]
    return cuts


returned = profile.filter(col("last_gap_days").is_not_null())
new, at_risk, dormant, lost = (
    int(returned["last_gap_days"].quantile(share, "higher")) + 1 for share in (0.5, 0.75, 0.9, 0.975)
)
loyal = max(3, int(returned["order_count"].quantile(0.5, "lower")))
r_cuts, f_cuts, m_cuts = (fit_cuts(profile[name]) for name in ("recency_days", "order_count", "total_amount"))
running = profile.select(col("total_amount").sort(descending=True)).with_columns(
    share=col("total_amount").cum_sum() / col("total_amount").sum()
)
class_a, class_b = (running.filter(col("share") <= share)["total_amount"].min() for share in (0.6, 0.9))


def score(column: str, cuts: list[float]) -> pl.Expr:
    return pl.sum_horizontal((col(column) >= cut).cast(pl.Int8) for cut in cuts)


def choose(*cases: tuple[pl.Expr, str], otherwise: str) -> pl.Expr:
    chosen = pl.lit(otherwise)
    for condition, name in reversed(cases):
        chosen = pl.when(condition).then(pl.lit(name)).otherwise(chosen)
    return chosen


def segment(table: pl.LazyFrame) -> pl.LazyFrame:
    r, f = col("value_r"), col("value_f")
    return table.with_columns(
        value_r=5 - score("recency_days", r_cuts),
        value_f=1 + score("order_count", f_cuts),
        value_m=1 + score("total_amount", m_cuts),
        revenue=choose(
            (col("total_amount") >= class_a, "a"), (col("total_amount") >= class_b, "b"), otherwise="c"
        ),
        lifecycle=choose(
            (col("recency_days") >= lost, "lost"),
            (col("recency_days") >= dormant, "dormant"),
            (col("recency_days") >= at_risk, "at_risk"),
            (col("first_order_days") < new, "new"),
            (col("last_gap_days") >= dormant, "won_back"),
            (col("order_count") >= loyal, "loyal"),
            otherwise="active",
        ),
    ).with_columns(
        value=choose(
            ((r == 5) & (f >= 4), "champions"),
            ((r >= 3) & (f >= 4), "loyal"),
            ((r >= 4) & (f >= 2), "potential_loyalists"),
            (r == 5, "new"),
            (r == 4, "promising"),
            ((r == 3) & (f == 3), "need_attention"),
            (r == 3, "about_to_sleep"),
            (f == 5, "cant_lose"),
            (f >= 3, "at_risk"),
            otherwise="hibernating",
        )
    )


profile = segment(profile.lazy()).sort("customer_id").collect()

# ---- since when: each customer's past, on the last day before each change ----------------------------------
steps = [pl.col("day") + dt.timedelta(days=int(cut) - 1) for cut in (*r_cuts, at_risk, dormant, lost)]
past = (
    orders.lazy()
    .select(
        "customer_id",
        "day",
        order_count=pl.int_range(1, pl.len() + 1).over("customer_id"),
        total_amount=col("amount").cum_sum().over("customer_id").round(4),
        last_gap_days=col("gap").forward_fill().over("customer_id"),
        first_day=col("day").min().over("customer_id"),
        until=col("day").shift(-1).over("customer_id").fill_null(as_of),
    )
    .filter(col("until") > col("day"))
    .with_columns(point=pl.concat_list("until", col("first_day") + dt.timedelta(days=new - 1), *steps))
    .explode("point")
    .filter((col("point") > col("day")) & (col("point") <= col("until")))
    .with_columns(
        recency_days=(col("point") - col("day")).dt.total_days(),
        first_order_days=(col("point") - col("first_day")).dt.total_days(),
    )
)
changes = (
    segment(past)
    .join(profile.lazy().select("customer_id", *KEYS), on="customer_id", suffix="_now")
    .group_by("customer_id")
    .agg(col("point").filter(col(key) != col(f"{key}_now")).max().alias(key) for key in KEYS)
)
since = (
    profile.lazy()
    .select("customer_id", "first_day")
    .join(changes, on="customer_id", how="left")
    .select("customer_id", *(pl.coalesce(key, "first_day") + dt.timedelta(days=1) for key in KEYS))
    .collect()
)

# ---- files -------------------------------------------------------------------------------------------------
profile.drop("first_day", "last_day").write_parquet(FOLDER / "profile.parquet")
pl.concat(
    profile.select("customer_id", segmentation=pl.lit(key), segment=key).join(
        since.select("customer_id", since=key), on="customer_id"
    )
    for key in KEYS
).sort("segmentation", "segment", "customer_id").write_parquet(FOLDER / "memberships.parquet")

keys = profile.lazy().select("customer_id", *KEYS)
sold = (
    lines.lazy().join(keys, on="customer_id").group_by(*KEYS, "product_id").agg(col("amount").sum()).collect()
)
months = (
    orders.lazy()
    .join(keys, on="customer_id")
    .group_by(*KEYS, month=col("day").dt.truncate("1mo"))
    .agg(revenue_=col("amount").sum(), orders=pl.len())
    .collect()
)
total, everyone = profile["total_amount"].sum(), len(profile)
figures, monthly = [], []
for key in KEYS:
    expressions = []
    for name in DESCRIBED:
        x, n = col(name).cast(pl.Float64), col(name).count()
        rest_n = profile[name].count() - n
        rest = (float(profile[name].sum()) - x.sum()) / rest_n
        rest_squares = float((profile[name].cast(pl.Float64) ** 2).sum()) - (x**2).sum()
        rest_variance = (rest_squares - rest_n * rest**2) / (rest_n - 1)
        half = 1.96 * (x.var() / n + rest_variance / rest_n).sqrt()
        expressions += [
            x.mean().alias(f"mean_{name}"),
            x.median().alias(f"median_{name}"),
            (x.mean() - rest).alias(f"difference_{name}"),
            (x.mean() - rest - half).alias(f"difference_{name}_low"),
            (x.mean() - rest + half).alias(f"difference_{name}_high"),
        ]
    table = profile.group_by(segment=col(key)).agg(
        pl.len().alias("customers"),
        (pl.len() / everyone).alias("share"),
        col("total_amount").sum().alias("revenue"),
        (col("total_amount").sum() / total).alias("revenue_share"),
        *expressions,
        (pl.lit(as_of) - pl.duration(days=col("recency_days").min())).alias("last_order_on"),
        col("country").value_counts(sort=True).head(5).alias("top_countries"),
    )
    products = (
        sold.group_by(key, "product_id")
        .agg(col("amount").sum())
        .group_by(segment=col(key))
        .agg(top_products=col("product_id").sort_by("amount", descending=True).head(5))
    )
    figures.append(table.join(products, on="segment").with_columns(segmentation=pl.lit(key)))
    monthly.append(
        months.group_by("month", segment=col(key))
        .agg(col("revenue_").sum(), col("orders").sum())
        .with_columns(segmentation=pl.lit(key))
    )
pl.concat(figures).write_parquet(FOLDER / "segments.parquet")
pl.concat(monthly).write_parquet(FOLDER / "monthly.parquet")
