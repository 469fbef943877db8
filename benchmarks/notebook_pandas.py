"""The same results as a run, the way a practised analyst writes them in a pandas notebook.

python -m benchmarks.notebook_pandas orders_1m.parquet folder
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

FILE, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])
FOLDER.mkdir(parents=True, exist_ok=True)
DESCRIBED = ["recency_days", "order_count", "total_amount", "mean_order_amount", "days_between_orders"]

# ---- the lines ---------------------------------------------------------------------------------------------
if FILE.suffix == ".parquet":
    lines = pd.read_parquet(FILE)
else:
    lines = pd.read_csv(FILE, engine="pyarrow", parse_dates=["ordered_at"])
for name in ["product_id", "category", "country"]:
    lines[name] = lines[name].astype("category")
lines["unit_price"] = lines["unit_price"].astype("float64")
lines["amount"] = lines["quantity"] * lines["unit_price"]
as_of = lines["ordered_at"].max().normalize() + pd.Timedelta(days=1)
pd.DataFrame(
    {"rows": [len(lines)], "amount": [lines["amount"].sum()], "duplicates": [lines.duplicated().sum()]}
).to_parquet(FOLDER / "funnel.parquet")

# ---- the orders --------------------------------------------------------------------------------------------
orders = lines.groupby(["customer_id", "order_id"], as_index=False).agg(
    ordered_at=("ordered_at", "min"),
    amount=("amount", "sum"),
    quantity=("quantity", "sum"),
    country=("country", "first"),
)
orders["amount"] = orders["amount"].round(4)
orders = orders.sort_values(["customer_id", "ordered_at", "order_id"], ignore_index=True)
orders["day"] = orders["ordered_at"].dt.normalize()
orders["gap"] = orders.groupby("customer_id")["day"].diff().dt.days.replace(0, np.nan)

# ---- the profile -------------------------------------------------------------------------------------------
customers = orders.groupby("customer_id")
profile = customers.agg(
    first_day=("day", "min"),
    last_day=("day", "max"),
    order_count=("order_id", "size"),
    total_amount=("amount", "sum"),
    mean_order_amount=("amount", "mean"),
    median_order_amount=("amount", "median"),
    days_between_orders=("gap", "median"),
    last_gap_days=("gap", "last"),
    item_count=("quantity", "sum"),
    country=("country", "last"),
)
profile["total_amount"] = profile["total_amount"].round(4)
profile["recency_days"] = (as_of - profile["last_day"]).dt.days
profile["first_order_days"] = (as_of - profile["first_day"]).dt.days
profile["refund_share"] = 0.0
profile["is_one_time"] = profile["order_count"] == 1


def recent(days: int) -> pd.core.groupby.SeriesGroupBy:
    return orders[orders["day"] >= as_of - pd.Timedelta(days=days)].groupby("customer_id")["amount"]


def usual(values: pd.Series) -> pd.Series:
    found = orders.assign(value=values).groupby(["customer_id", "value"])["ordered_at"]
    counts = found.agg(n="size", newest="max").reset_index()
    counts = counts.sort_values(["customer_id", "n", "newest", "value"], ascending=[True, False, False, True])
    return counts.drop_duplicates("customer_id").set_index("customer_id")["value"]


profile["amount_365d"] = recent(365).sum()
profile["orders_365d"] = recent(365).size()
profile[["amount_365d", "orders_365d"]] = profile[["amount_365d", "orders_365d"]].fillna(0)
half, whole = recent(180).sum(), recent(360).sum()
half = half.reindex(profile.index, fill_value=0.0)
profile["amount_trend"] = (2 * half - whole) / whole
profile["usual_weekday"] = usual(orders["ordered_at"].dt.day_of_week + 1)
profile["usual_hour"] = usual(orders["ordered_at"].dt.hour)


def favourite(column: str) -> pd.DataFrame:
    spent = lines.groupby(["customer_id", column], observed=True)["amount"].sum().round(4).reset_index()
    spent = spent.sort_values(["customer_id", "amount", column], ascending=[True, False, False])
    return spent.groupby("customer_id").agg(first=(column, "first"), size=(column, "size"))


products = favourite("product_id")
profile["distinct_products"], profile["favourite_product"] = products["size"], products["first"]
profile["favourite_category"] = favourite("category")["first"]

# ---- scores and segments -----------------------------------------------------------------------------------


def fit_cuts(values: pd.Series) -> list[float]:
    """Four cuts, each the least value above its quantile; after a tie, the values beyond are cut anew."""
    ordered, cuts = np.sort(values.to_numpy()), []
    while len(cuts) < 4:
        kept = ordered[ordered >= cuts[-1]] if cuts else ordered
        ranks = [i * (len(kept) - 1) // (5 - len(cuts)) for i in range(1, 5 - len(cuts))]
        above = [ordered[np.searchsorted(ordered, kept[rank], side="right")] for rank in ranks]
        stuck = next((i for i, cut in enumerate(above) if cut in above[i + 1 :]), len(above))
        cuts += above[: stuck + 1]
    return cuts


returned = profile[profile["last_gap_days"].notna()]
gaps = returned["last_gap_days"].quantile([0.5, 0.75, 0.9, 0.975], interpolation="inverted_cdf")
new, at_risk, dormant, lost = (gaps + 1).astype(int)
loyal = max(3, int(returned["order_count"].quantile(0.5, interpolation="lower")))
cuts = {name: fit_cuts(profile[name]) for name in ["recency_days", "order_count", "total_amount"]}
running = profile["total_amount"].sort_values(ascending=False)
share = running.cumsum() / running.sum()
class_a, class_b = running[share <= 0.6].min(), running[share <= 0.9].min()


def segment(table: pd.DataFrame) -> pd.DataFrame:
    r = 5 - np.searchsorted(cuts["recency_days"], table["recency_days"], side="right")
    f = 1 + np.searchsorted(cuts["order_count"], table["order_count"], side="right")
    m = 1 + np.searchsorted(cuts["total_amount"], table["total_amount"].round(4), side="right")
    value = np.select(
        [
            (r == 5) & (f >= 4),
            (r >= 3) & (f >= 4),
            (r >= 4) & (f >= 2),
            r == 5,
            r == 4,
            (r == 3) & (f == 3),
            r == 3,
            f == 5,
            f >= 3,
        ],
        [
            "champions",
            "loyal",
            "potential_loyalists",
            "new",
            "promising",
            "need_attention",
            "about_to_sleep",
            "cant_lose",
            "at_risk",
        ],
        "hibernating",
    )
    revenue = np.select([table["total_amount"] >= class_a, table["total_amount"] >= class_b], ["a", "b"], "c")
    lifecycle = np.select(
        [
            table["recency_days"] >= lost,
            table["recency_days"] >= dormant,
            table["recency_days"] >= at_risk,
            table["first_order_days"] < new,
            table["last_gap_days"] >= dormant,
            table["order_count"] >= loyal,
        ],
        ["lost", "dormant", "at_risk", "new", "won_back", "loyal"],
        "active",
    )
    found = {
        "value": value,
        "revenue": revenue,
        "lifecycle": lifecycle,
        "value_r": r,
        "value_f": f,
        "value_m": m,
    }
    return table.assign(**{name: pd.Categorical(v) if v.dtype == object else v for name, v in found.items()})


profile = segment(profile)
KEYS = ["value", "revenue", "lifecycle"]

# ---- since when: each customer's past, on the last day before each change ----------------------------------
past = orders[["customer_id", "day"]].copy()
past["order_count"] = customers.cumcount() + 1
past["total_amount"] = customers["amount"].cumsum()
past["last_gap_days"] = customers["gap"].ffill()
past["first_day"] = customers["day"].transform("min")
past["until"] = customers["day"].shift(-1).fillna(as_of)
past = past[past["until"] > past["day"]]
steps = [
    *(
        past["day"] + pd.Timedelta(days=int(cut) - 1)
        for cut in [*cuts["recency_days"], at_risk, dormant, lost]
    ),
    past["first_day"] + pd.Timedelta(days=int(new) - 1),
    past["until"],
]
since = pd.DataFrame(index=profile.index)
until = {key: [] for key in KEYS}
for step in steps:
    there = (step > past["day"]) & (step <= past["until"])
    state = past[there].assign(point=step[there])
    state["recency_days"] = (state["point"] - state["day"]).dt.days
    state["first_order_days"] = (state["point"] - state["first_day"]).dt.days
    state = segment(state)
    for key in KEYS:
        now = state["customer_id"].map(profile[key])
        other = state[state[key].astype(str) != now.astype(str)]
        until[key].append(other.groupby("customer_id")["point"].max())
for key in KEYS:
    last = pd.concat(until[key]).groupby(level=0).max()
    since[key] = last.reindex(profile.index).fillna(profile["first_day"]) + pd.Timedelta(days=1)

# ---- files -------------------------------------------------------------------------------------------------
profile.drop(columns=["first_day", "last_day"]).to_parquet(FOLDER / "profile.parquet", compression="zstd")
memberships = pd.concat(
    pd.DataFrame({"segment": profile[key].astype(str), "since": since[key]})
    .reset_index()
    .assign(segmentation=key)
    for key in KEYS
)
memberships.sort_values(["segmentation", "segment", "customer_id"]).to_parquet(
    FOLDER / "memberships.parquet", index=False, compression="zstd"
)

lines = lines[["customer_id", "product_id", "amount"]].join(profile[KEYS], on="customer_id")
orders = orders[["customer_id", "day", "amount"]].join(profile[KEYS], on="customer_id")
orders["month"] = orders["day"].dt.to_period("M").dt.to_timestamp()
figures, monthly = [], []
for key in KEYS:
    groups = profile.groupby(key, observed=True)
    table = pd.DataFrame({"customers": groups.size(), "revenue": groups["total_amount"].sum()})
    table["share"] = table["customers"] / len(profile)
    table["revenue_share"] = table["revenue"] / profile["total_amount"].sum()
    for name in DESCRIBED:
        n, mean, variance = groups[name].count(), groups[name].mean(), groups[name].var()
        total, squares = n * mean, variance * (n - 1) + n * mean**2
        n2, total2 = profile[name].count() - n, profile[name].sum() - total
        variance2 = ((profile[name] ** 2).sum() - squares - total2**2 / n2) / (n2 - 1)
        difference, half = mean - total2 / n2, 1.96 * np.sqrt(variance / n + variance2 / n2)
        table[f"mean_{name}"], table[f"median_{name}"] = mean, groups[name].median()
        table[f"difference_{name}"] = difference
        table[f"difference_{name}_low"], table[f"difference_{name}_high"] = (
            difference - half,
            difference + half,
        )
    table["last_order_on"] = as_of - pd.to_timedelta(groups["recency_days"].min(), unit="D")
    for name, sizes in (
        ("countries", profile.groupby([key, "country"], observed=True).size()),
        ("products", lines.groupby([key, "product_id"], observed=True)["amount"].sum()),
    ):
        first = (
            sizes.reset_index(name="size").sort_values("size", ascending=False).groupby(key, observed=True)
        )
        table[f"top_{name}"] = first.head(5).groupby(key, observed=True)[sizes.index.names[1]].agg(list)
    figures.append(table.rename_axis("segment").reset_index().assign(segmentation=key))
    months = orders.groupby([key, "month"], observed=True)["amount"].agg(["sum", "size"]).reset_index()
    months.columns = ["segment", "month", "revenue", "orders"]
    monthly.append(months.assign(segmentation=key, segment=months["segment"].astype(str)))
pd.concat(figures).to_parquet(FOLDER / "segments.parquet", index=False, compression="zstd")
pd.concat(monthly).to_parquet(FOLDER / "monthly.parquet", index=False, compression="zstd")
