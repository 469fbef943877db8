"""`make bench`: every target of the product measured in one go, contender after contender in turn.

    python -m benchmarks              everything (20 M rows: an hour on two cores, 16 GB of memory for pandas)
    python -m benchmarks --quick      1 M rows only: some minutes
    python -m benchmarks --publish    puts the table into docs/performance.md

Leaves `results.json` and `results.md` in benchmarks/results/, after each case what is known so far.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.generate import generate_orders
from benchmarks.processes import Contender, Cost, measure, python
from benchmarks.workspaces import (
    count_disagreements,
    make_retail_workspace,
    make_workspace,
    vitrail,
    write_rules,
)

HERE = Path(__file__).parent
DATA, RESULTS, WORK = HERE / "data", HERE / "results", HERE / "data" / "work"
RETAIL = HERE.parents[1] / "shared" / "data" / "online_retail.parquet"
DOCUMENT = HERE.parent / "docs" / "performance.md"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio that was measured, and what it may be at most (at least, where `least`)."""

    what: str
    measured: float
    bound: float
    least: bool = False
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.measured >= self.bound if self.least else self.measured <= self.bound


class Report:
    """What was measured so far: costs by case and contender, and the targets."""

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, Cost]] = {}
        self.targets: list[Target] = []
        self.notes: list[str] = []

    def measure(
        self, case: str, contenders: Sequence[Contender], repetitions: int, warm_up: bool = True
    ) -> dict[str, Cost]:
        """Measure a case."""
        print(case, file=sys.stderr, flush=True)
        self.cases[case] = dict(measure(contenders, repetitions, warm_up))
        return self.cases[case]

    def to_json(self) -> str:
        """All of it, with the machine."""
        return json.dumps(
            {
                "machine": describe_machine(),
                "cases": {
                    c: {n: cost.to_dict() for n, cost in costs.items()} for c, costs in self.cases.items()
                },
                "targets": [
                    {"what": t.what, "measured": t.measured, "bound": t.bound, "met": t.met}
                    for t in self.targets
                ],
                "notes": self.notes,
            },
            indent=1,
        )

    def to_markdown(self) -> str:
        """Two tables for people: targets, then costs."""
        rows = ["| what | measured | target | met |", "|---|---:|---:|---|"]
        for t in self.targets:
            sign = "≥" if t.least else "≤"
            met = "yes" if t.met else "**no**"
            rows.append(f"| {t.what} | {t.measured:.2f} {t.unit} | {sign} {t.bound:g} {t.unit} | {met} |")
        rows += [
            "",
            "| case | contender | time | processor time | peak memory | runs |",
            "|---|---|---:|---:|---:|---:|",
        ]
        rows += [
            f"| {case} | {name} | {c.seconds:.2f} s | {c.cpu_seconds:.2f} s "
            f"| {c.peak_mb:,.0f} MB | {c.runs} |"
            for case, costs in self.cases.items()
            for name, c in costs.items()
        ]
        return "\n".join(
            [f"Measured on {describe_machine()}.", "", *rows, "", *(f"- {n}" for n in self.notes), ""]
        )


def describe_machine() -> str:
    """The processor, the memory, the versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pandas", "polars"))
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GB of memory, "
        f"Python {platform.python_version()}, {libraries}"
    )


def compare(report: Report, rows: int, suffix: str, notebooks: bool, repetitions: int) -> None:
    """Vitrail, the floor and the notebooks on the same file."""
    size = f"{rows // MILLION} M rows, {'CSV' if suffix == 'csv' else 'Parquet'}"
    file = generate_orders(rows, DATA / f"orders_{rows // MILLION}m.{suffix}")
    workspace = make_workspace(WORK / f"{rows // MILLION}m_{suffix}", file)
    left = {name: WORK / f"{name}_{rows // MILLION}m" for name in ("floor", "pandas", "polars")}
    contenders = [
        vitrail("Vitrail", workspace, "run", "--no-report"),
        python(
            "hand-written SQL", WORK, "-m", "benchmarks.floor", f"generated.{suffix}", file, left["floor"]
        ),
    ]
    if notebooks:
        contenders += [
            python(name, WORK, "-m", f"benchmarks.notebook_{name}", file, left[name])
            for name in ("pandas", "polars")
        ]
    costs = report.measure(size, contenders, repetitions, warm_up=rows <= MILLION)
    own, floor = costs["Vitrail"], costs["hand-written SQL"]
    report.targets += [
        Target(f"{size}: time against hand-written SQL", own.seconds / floor.seconds, 1.5),
        Target(f"{size}: peak memory against hand-written SQL", own.peak_mb / floor.peak_mb, 2),
    ]
    if notebooks:
        pandas = costs["pandas"]
        report.targets += [
            Target(f"{size}: times faster than pandas", pandas.seconds / own.seconds, 5, least=True),
            Target(f"{size}: peak memory against pandas", own.peak_mb / pandas.peak_mb, 0.25),
        ]
    for name in ("floor", "pandas", "polars") if notebooks else ("floor",):
        wrong = count_disagreements(workspace, left[name], 0 if name == "floor" else 1e-4)
        report.notes.append(f"{size}: customers whose answers differ between Vitrail and {name}: {wrong:,}.")
        if name == "floor" and wrong:
            raise RuntimeError(f"Vitrail and the floor disagree on {wrong} customers of {file}")


def scale(report: Report) -> None:
    """Ten times the rows; and little memory."""
    folders = {
        rows: make_workspace(
            WORK / f"{rows}m_scale", generate_orders(rows * MILLION, DATA / f"orders_{rows}m.parquet")
        )
        for rows in (2, 20)
    }
    contenders = [vitrail(f"{rows} M rows", folder, "run", "--no-report") for rows, folder in folders.items()]
    costs = report.measure("ten times the rows", contenders, 2, warm_up=False)
    ratio = costs["20 M rows"].seconds / costs["2 M rows"].seconds
    report.targets.append(Target("20 M rows against 2 M: time", ratio, 11))
    tight = make_workspace(WORK / "20m_tight", DATA / "orders_20m.parquet", "memory_limit: 1GB\n")
    costs = report.measure(
        "memory_limit: 1GB", [vitrail("20 M rows", tight, "run", "--no-report")], 1, warm_up=False
    )
    report.targets.append(
        Target(
            "20 M rows with `memory_limit: 1GB` complete, in GB",
            costs["20 M rows"].peak_mb / 1e3,
            2,
            unit="GB",
        )
    )


def many_rules(report: Report, repetitions: int) -> None:
    """One rule, 200 rules."""
    file = generate_orders(MILLION, DATA / "orders_1m.parquet")
    contenders = []
    for count in (1, 200):
        folder = make_workspace(WORK / f"rules_{count}", file, segmentations=write_rules(count))
        contenders.append(vitrail(f"{count} rules", folder, "run", "--no-report"))
    costs = report.measure("rules, 1 M rows", contenders, repetitions)
    report.targets.append(
        Target("200 rules against 1: time", costs["200 rules"].seconds / costs["1 rules"].seconds, 3)
    )


def start_up(report: Report) -> None:
    """How soon `--help` answers."""
    contenders = [
        vitrail("vitrail --help", WORK, "--help"),
        python("import typer, rich", WORK, "-c", "import typer, rich"),
    ]
    costs = report.measure("start", contenders, 15)
    ratio = costs["vitrail --help"].seconds / costs["import typer, rich"].seconds
    report.targets.append(Target("`vitrail --help` against importing its libraries", ratio, 2))


def retail(report: Report, repetitions: int) -> None:
    """Online Retail from the file to the report in both languages. (The floor makes no report.)"""
    workspace = make_retail_workspace(WORK / "retail", RETAIL)
    contenders = [
        vitrail("Vitrail, two reports", workspace, "run"),
        python(
            "hand-written SQL",
            WORK,
            "-m",
            "benchmarks.floor",
            "retail.parquet",
            RETAIL,
            WORK / "retail_floor",
        ),
    ]
    costs = report.measure("Online Retail", contenders, repetitions)
    own, floor = costs["Vitrail, two reports"].seconds, costs["hand-written SQL"].seconds
    report.targets.append(
        Target("Online Retail, file to two reports, in seconds", own, round(3 * floor + 5, 1), unit="s")
    )


def main() -> None:
    """Measure, print, leave the results."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1 M rows only")
    parser.add_argument("--repetitions", type=int, default=5, help="of the short cases")
    parser.add_argument("--publish", action="store_true", help="put the table into docs/performance.md")
    arguments = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    RESULTS.mkdir(exist_ok=True)
    report = Report()
    cases: list[Callable[[], None]] = [
        lambda: start_up(report),
        lambda: compare(report, MILLION, "parquet", True, arguments.repetitions),
        lambda: compare(report, MILLION, "csv", True, arguments.repetitions),
        lambda: many_rules(report, arguments.repetitions),
    ]
    if RETAIL.exists():
        cases.append(lambda: retail(report, arguments.repetitions))
    if not arguments.quick:
        cases += [
            lambda: compare(report, 20 * MILLION, "parquet", True, 2),
            lambda: compare(report, 20 * MILLION, "csv", False, 1),
            lambda: scale(report),
        ]
    for measure_case in cases:
        measure_case()
        (RESULTS / "results.json").write_text(report.to_json(), encoding="utf-8")
        (RESULTS / "results.md").write_text(report.to_markdown(), encoding="utf-8")
    table = report.to_markdown()
    if arguments.publish:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("<!-- results -->")
        _, _, after = rest.partition("<!-- end of results -->")
        text = f"{before}<!-- results -->\n{table}<!-- end of results -->{after}"
        DOCUMENT.write_text(text, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
