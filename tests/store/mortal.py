"""Runs a workspace in children of this process and ends them as asked: by SIGKILL, or at a step on disk.

One JSON request a line on standard input, one JSON answer a line on standard output. Forked before anything
is connected, a child costs a run and no import, not even of pandas, for which PyArrow would look.

    {"folder": F}                  one run to its end
    {"folder": F, "after": 0.2}    one run, killed after that many seconds
    {"folder": F, "at": 7}         one run that dies at its seventh step on disk
    {"folder": F, "many": 5}       that many runs at once
"""

import json
import os
import select
import signal
import sys
import time
from pathlib import Path

import vitrail.workspace.running  # noqa: F401
from vitrail.cli.sparing import spare_pandas
from vitrail.workspace import Workspace

spare_pandas()

STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}


def begin(folder: Path, at: int | None) -> int:
    child = os.fork()
    if child:
        return child
    if at is not None:
        left = at

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in STEPS and ".vitrail" in str(arguments[0]):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
    try:
        Workspace(folder).run(report=False)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def end(child: int, after: float | None) -> int:
    if after is not None:
        select.select([os.pidfd_open(child)], [], [], after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


for line in sys.stdin:
    asked = json.loads(line)
    begun = time.perf_counter()
    children = [begin(Path(asked["folder"]), asked.get("at")) for _ in range(asked.get("many", 1))]
    codes = [end(child, asked.get("after")) for child in children]
    print(json.dumps({"codes": codes, "seconds": time.perf_counter() - begun}), flush=True)
