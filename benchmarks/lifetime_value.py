"""Lifetime value against the library most used for it, and for a million customers, in one run.

    python -m benchmarks.lifetime_value --lifetimes PYTHON      PYTHON: an interpreter with lifetimes 0.11.3

Both sides get the same arrays, and are warm before they are timed. A fit counts as equal when neither
log-likelihood, both taken by the same function, is above the other by more than 0.01.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import time
from typing import Any

import numpy as np

from benchmarks.processes import measure, python
from benchmarks.run import DATA, HERE, RESULTS, Report, Target
from vitrail.prediction.lifetime.histories import group_histories
from vitrail.prediction.lifetime.outlook import MODELS

CDNOW = HERE.parents[1] / "shared" / "data" / "cdnow_sample.txt.gz"
MILLION = 1_000_000
PARAMETERS = (0.243, 4.414, 0.793, 2.426)

_THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from lifetimes import BetaGeoFitter
data = np.load(sys.argv[1])
found = []
for _ in range(int(sys.argv[2])):
    fitter = BetaGeoFitter()
    begun = time.perf_counter()
    fitter.fit(data["x"], data["t_x"], data["T"])
    found.append(time.perf_counter() - begun)
parameters = [float(fitter.params_[name]) for name in ("r", "alpha", "a", "b")]
print(json.dumps({"seconds": found, "parameters": parameters}))
"""


def simulate(customers: int, seed: int = 1) -> dict[str, np.ndarray[Any, Any]]:
    """BG/NBD customers with CDNOW's parameters: x, t_x, T in weeks, and every order as (customer, week)."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = PARAMETERS
    age = rng.uniform(27, 39, customers)
    rate, leaves = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    x, t_x, clock = np.zeros((3, customers))
    who, when = [np.arange(customers)], [np.zeros(customers)]
    at = np.arange(customers)
    while len(at):
        clock[at] += rng.exponential(1, len(at)) / np.maximum(rate[at], 1e-300)
        at = at[clock[at] <= age[at]]
        x[at] += 1
        t_x[at] = clock[at]
        who.append(at)
        when.append(clock[at])
        at = at[rng.random(len(at)) >= leaves[at]]
    return {"x": x, "t_x": t_x, "T": age, "who": np.concatenate(who), "when": np.concatenate(when)}


def load_cdnow() -> dict[str, np.ndarray[Any, Any]]:
    """The sample of the literature, in weeks, calibrated to 1997-09-30."""
    import datetime as dt

    cut = dt.date(1997, 9, 30)
    days: dict[str, set[dt.date]] = {}
    for line in gzip.decompress(CDNOW.read_bytes()).decode().splitlines():
        if line.strip():
            _, customer, when, *_ = line.split()
            days.setdefault(customer, set()).add(dt.date(int(when[:4]), int(when[4:6]), int(when[6:])))
    known = [sorted(day for day in own if day <= cut) for own in days.values()]
    rows = [(len(own) - 1, (own[-1] - own[0]).days / 7, (cut - own[0]).days / 7) for own in known]
    return dict(zip(("x", "t_x", "T"), np.array(rows).T, strict=True))


def race(report: Report, case: str, data: dict[str, Any], lifetimes: str, turns: int, bound: float) -> None:
    """Both fit the same customers in turn; each is timed from arrays to parameters."""
    file = DATA / f"{case.split()[0].lower()}_histories.npz"
    np.savez(file, **{name: data[name] for name in ("x", "t_x", "T")})
    ours, theirs = [], []
    parameters: list[float] = []
    _fit(data)
    for _ in range(turns):
        begun = time.perf_counter()
        fit = _fit(data)
        ours.append(time.perf_counter() - begun)
        answer = subprocess.run(
            [lifetimes, "-c", _THEIRS, str(file), "2"], capture_output=True, text=True, check=True
        )
        told = json.loads(answer.stdout.splitlines()[-1])
        theirs.append(told["seconds"][-1])
        parameters = told["parameters"]
    histories, _ = group_histories(data["x"], data["t_x"], data["T"])
    value = MODELS["bg_nbd"].derivatives(histories)(np.log(np.array(parameters)))[0]
    gap = fit.log_likelihood - value
    if abs(gap) > 0.01:
        raise RuntimeError(f"{case}: the log-likelihoods differ by {gap:.4f}")
    one, other = statistics.median(ours), statistics.median(theirs)
    report.targets.append(
        Target(f"BG/NBD, {case}: times faster than lifetimes 0.11.3", other / one, bound, least=True)
    )
    report.notes.append(
        f"BG/NBD, {case}: {one:.4f} s against {other:.4f} s (medians of {turns}); "
        f"log-likelihood {fit.log_likelihood:.4f}, {gap:+.6f} against lifetimes'."
    )


def _fit(data: dict[str, Any]) -> Any:
    histories, _ = group_histories(data["x"], data["t_x"], data["T"])
    return MODELS["bg_nbd"].fit(histories)


def predict_million(report: Report, data: dict[str, Any]) -> None:
    """Lifetime value with both kinds of interval and the check, from a table of orders on."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(2)
    who, when = data["who"], data["when"]
    last = np.datetime64("2024-12-30")
    days = last - np.ceil((data["T"][who] - when) * 7).astype(int)
    amount = np.round(rng.gamma(4, 8, len(who)), 2)
    file = DATA / "lifetime_orders_1m.parquet"
    names = pa.array(np.char.mod("c%07d", who))
    table = pa.table({"customer_id": names, "ordered_at": days, "amount": amount})
    pq.write_table(table, file)
    command = (
        "import sys, pyarrow.parquet as pq, vitrail\n"
        "found = vitrail.lifetime_value(pq.read_table(sys.argv[1]), as_of='2024-12-31', model='bg_nbd',"
        " columns={name: name for name in ('customer_id', 'ordered_at', 'amount')})\n"
        "assert found.customers.num_rows == 1_000_000 and found.content['model'] == 'bg_nbd'\n"
        "assert found.customers['expected_amount_365d_most'].null_count == 0\n"
    )
    costs = measure([python("1 M customers", HERE.parent, "-c", command, file)], 2, warm_up=False)
    report.cases["lifetime value with intervals"] = dict(costs)
    cost = costs["1 M customers"]
    report.targets += [
        Target("lifetime value with intervals, 1 M customers, in seconds", cost.seconds, 60, unit="s"),
        Target("lifetime value with intervals, 1 M customers, in GB", cost.peak_mb / 1e3, 2, unit="GB"),
    ]


def main() -> None:
    """Measure, print, leave the results."""
    parser = argparse.ArgumentParser(prog="benchmarks.lifetime_value", description=__doc__.splitlines()[0])
    parser.add_argument("--lifetimes", help="a Python in whose environment lifetimes 0.11.3 is installed")
    arguments = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    RESULTS.mkdir(exist_ok=True)
    report = Report()
    data = simulate(MILLION)
    if arguments.lifetimes:
        if CDNOW.exists():
            race(report, "CDNOW sample", load_cdnow(), arguments.lifetimes, 7, 4)
        race(report, "1M simulated customers", data, arguments.lifetimes, 3, 20)
    else:
        print("without --lifetimes nothing is raced", file=sys.stderr)
    predict_million(report, data)
    table = report.to_markdown()
    (RESULTS / "lifetime_value.md").write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
