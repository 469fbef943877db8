"""A command in a process of its own: how long it took, and the most memory it held."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_COMPILED = Path(__file__).parent / "data" / "compiled"


@dataclass(frozen=True, slots=True)
class Contender:
    """A command to be measured.

    Args:
        name: what the tables call it.
        command: its arguments.
        folder: where it runs.
        discard: a folder in it that is taken away before each run, so that every run is a first one.
    """

    name: str
    command: Sequence[str]
    folder: Path
    discard: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """The medians of several runs of a command.

    Args:
        seconds: from start to end.
        cpu_seconds: of all processors together.
        peak_mb: the most memory held at once.
        runs: how many were measured.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    runs: int

    def to_dict(self) -> dict[str, float]:
        """As plain values."""
        return asdict(self)


def python(name: str, folder: Path, *arguments: str | Path) -> Contender:
    """A contender that is a Python command line, run by this very Python."""
    return Contender(name, [sys.executable, *map(str, arguments)], folder)


def measure(contenders: Sequence[Contender], repetitions: int, warm_up: bool = True) -> Mapping[str, Cost]:
    """Run the contenders in turn, A B C A B C, so that all of them meet the same machine.

    Raises:
        RuntimeError: one of them failed; its output is in the message.
    """
    found: dict[str, list[tuple[float, float, float]]] = {each.name: [] for each in contenders}
    for turn in range(repetitions + warm_up):
        for each in contenders:
            if each.discard:
                shutil.rmtree(each.folder / each.discard, ignore_errors=True)
            cost = _run(each)
            print(f"    {each.name:<24} {cost[0]:8.2f} s {cost[2]:8.0f} MB", file=sys.stderr, flush=True)
            if turn >= warm_up:
                found[each.name].append(cost)
    return {
        name: Cost(*(statistics.median(values) for values in zip(*costs, strict=True)), runs=len(costs))
        for name, costs in found.items()
    }


def _run(contender: Contender) -> tuple[float, float, float]:
    """Seconds, processor seconds, peak memory in MB; modules stay compiled, as an installed program's do."""
    settings = {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONPYCACHEPREFIX": str(_COMPILED)}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        contender.command,
        cwd=contender.folder,
        env={**kept, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{contender.name} failed:\n{output.decode(errors='replace')}")
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6
