"""What the pictures of groups promise, by simulation: `make test-science`; figures in docs/method."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from vitrail.engine import DuckDB, sql
from vitrail.insight.groups import Groups
from vitrail.insight.journeys import analyse_journeys
from vitrail.insight.portfolio import analyse_portfolio
from vitrail.insight.seasons import fit_season, list_months, trading_days, whole_years
from vitrail.plan.pictures import JourneysSpec, PortfolioSpec
from vitrail.segments.model import Segment, Segmentation

pytestmark = pytest.mark.science

AS_OF = dt.date(2025, 7, 1)


def cut(keys: list[str]) -> Groups:
    segments = tuple(Segment(key, {"en": key, "fr": key}, {}, "other_1") for key in keys)
    return Groups(Segmentation("part", "rules", {"en": "", "fr": ""}, segments, (), assign=sql("part")))


def claims(rng: np.random.Generator, gap: float, sizes: tuple[int, ...]) -> tuple[int, int, int]:
    """False and true claims of one base of ten items and a segment a size; item 0 of segment 0 has a gap."""
    parts = np.repeat(np.arange(len(sizes)), sizes)
    orders = rng.poisson(3, len(parts)) + 1
    shares = rng.uniform(0.03, 0.3, 10)
    who, what = [], []
    for item, share in enumerate(shares):
        rate = np.full(len(parts), share)
        if item == 0:
            rate[parts == 0] *= 1 - gap
        buys = rng.random(len(parts)) < 1 - (1 - rate) ** orders
        who += list(np.flatnonzero(buys))
        what += [f"i{item}"] * int(buys.sum())
    with DuckDB() as engine:
        lines = pa.table({"customer_id": [f"c{n}" for n in who], "category": what})
        engine.register("lines", lines)
        engine.create(
            "order_lines",
            sql("select *, timestamp '2025-01-01' as ordered_at, 1::decimal(18,4) as amount from lines"),
        )
        people = {
            "customer_id": [f"c{n}" for n in range(len(parts))],
            "part": [f"s{n}" for n in parts],
            "order_count": orders,
        }
        engine.register("people", pa.table(people))
        engine.create("segmented", sql("select * from people"))
        groups = cut([f"s{n}" for n in range(len(sizes))])
        result, _ = analyse_portfolio(engine, PortfolioSpec(), groups, AS_OF)
    assert result is not None
    said = [
        row for row in result.rows if row["verdict"] in ("under_used", "over_used") and row["beyond_orders"]
    ]
    true = sum(row["segment"] == "s0" and row["item"] == "i0" for row in said)
    plain = sum(row["verdict"] in ("under_used", "over_used") for row in result.rows)
    return len(said) - true if gap else len(said), true, plain


def test_chance_is_not_taken_for_a_gap() -> None:
    rng = np.random.default_rng(1)
    found = [claims(rng, 0.0, (400, 250, 120, 40, 12)) for _ in range(200)]
    any_plain, any_beyond = (np.mean([each[at] > 0 for each in found]) for at in (2, 0))
    print(f"bases without a gap where one is claimed: plain {any_plain:.3f}, beyond orders {any_beyond:.3f}")
    assert any_plain <= 0.08 and any_beyond <= 0.05


def test_a_gap_of_half_is_found() -> None:
    rng = np.random.default_rng(2)
    found = [claims(rng, 0.5, (400, 400, 400)) for _ in range(100)]
    print(f"gaps of one half found in segments of 400: {np.mean([each[1] for each in found]):.2f}")
    assert np.mean([each[1] for each in found]) >= 0.6


def test_a_season_is_claimed_as_often_as_chance_allows_and_found_where_it_is() -> None:
    rng = np.random.default_rng(3)
    for years in (2, 3, 5):
        months = list_months(dt.date(2015, 1, 1), dt.date(2014 + years, 12, 1))
        growth = 1.4 ** (np.arange(len(months)) / 12) * list(trading_days({}, months).values()) / 30
        noise, real = [], []
        for _ in range(1000):
            spread = rng.gamma(20, 1 / 20, len(months))  # months differ more than Poisson counts do
            counts = rng.poisson(80 * growth * spread).astype(float)
            season = 1 + 0.25 * np.cos(2 * np.pi * np.arange(len(months)) / 12)
            seasonal = rng.poisson(80 * growth * spread * season).astype(float)
            for rows, kept in ((counts, noise), (seasonal, real)):
                found = fit_season(dict(zip(months, rows, strict=True)), whole_years(months))
                assert found is not None and found.p is not None
                kept.append(found.p < 0.05)
        print(f"{years} years: false {np.mean(noise):.3f}, a swing of 25 % found {np.mean(real):.2f}")
        assert np.mean(noise) <= 0.07


@pytest.mark.parametrize(("staying", "most"), [(0.5, 0.07), (0.8, 0.08), (-0.5, 0.08), (-0.8, 0.12)])
def test_trade_that_moves_in_waves_is_no_season(staying: float, most: float) -> None:
    rng = np.random.default_rng(6)
    for years in (2, 3, 5):
        months = list_months(dt.date(2015, 1, 1), dt.date(2014 + years, 12, 1))
        worth = np.array(list(trading_days({}, months).values()))
        claimed = []
        for _ in range(1000):
            wave = rng.normal(size=len(months) + 40)
            for at in range(1, len(wave)):
                wave[at] = staying * wave[at - 1] + np.sqrt(1 - staying**2) * wave[at]
            rows = rng.poisson(50 * worth * np.exp(0.2 * wave[40:])).astype(float)
            found = fit_season(dict(zip(months, rows, strict=True)), whole_years(months))
            assert found is not None and found.p is not None
            claimed.append(found.p < 0.05)
        print(f"{years} years, {staying} stays: false {np.mean(claimed):.3f}")
        assert np.mean(claimed) <= most


def test_the_share_that_returns_is_not_pulled_by_customers_too_recent_to_tell() -> None:
    """Half return, after 1 to 80 days; firsts are spread over 300 days, many of them recent."""
    rng = np.random.default_rng(4)
    shares, naive = [], []
    for _ in range(100):
        days, rows = rng.integers(0, 300, 400), []
        for n, back in enumerate(days):
            first = AS_OF - dt.timedelta(days=int(back) + 1)
            rows.append((f"c{n}", first))
            again = first + dt.timedelta(days=int(rng.integers(1, 81)))
            if rng.random() < 0.5 and again < AS_OF:
                rows.append((f"c{n}", again))
        with DuckDB() as engine:
            engine.register(
                "rows", pa.table({"customer_id": [r[0] for r in rows], "day": [r[1] for r in rows]})
            )
            engine.create(
                "orders",
                sql(
                    """
                    select customer_id, day, cast(day as timestamp) as ordered_at,
                        cast(1 as decimal(18, 4)) as amount, true as is_purchase
                    from rows
                    """
                ),
            )
            engine.create("order_lines", sql("select customer_id, ordered_at, amount from orders"))
            engine.create("segmented", sql("select distinct customer_id from rows"))
            spec = JourneysSpec(of="basket", patience="90 days")
            result, _ = analyse_journeys(engine, spec, Groups(None), AS_OF)
        assert result is not None
        first_step = next(row for row in result.returns if row["step"] == 1)
        shares.append((first_step["share"], first_step["low"] <= 0.5 <= first_step["high"]))
        naive.append((len(rows) - 400) / 400)
    mean, covered = (np.mean([each[at] for each in shares]) for at in (0, 1))
    print(f"mean {mean:.3f} (counting all: {np.mean(naive):.3f}); covered {covered:.2f}")
    assert abs(mean - 0.5) < 0.01
    assert covered >= 0.9
