"""A run without predictions, clusters or report loads neither the libraries nor the methods they need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_RUN = """
import json, os, sys
from vitrail.cli import main
os._exit = sys.exit
sys.argv = ["vitrail", "run", "orders.csv", "--no-report"]
try:
    main()
except SystemExit as ended:
    assert not ended.code
json.dump(sorted(sys.modules), open("modules.json", "w"))
import pyarrow as pa
assert pa.table({"a": [1]}).to_pandas()["a"].tolist() == [1]
"""


def test_a_run_waits_for_no_library_it_does_not_need(tmp_path: Path) -> None:
    rows = [f"c{i % 7},o{i},2025-0{i % 9 + 1}-1{i % 9},{i + 0.5}" for i in range(60)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer_id,order_id,date,amount", *rows]))
    done = subprocess.run([sys.executable, "-c", _RUN], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads((tmp_path / "modules.json").read_text()))
    assert loaded & {"pandas", "scipy", "sklearn", "altair", "stepmix", "jinja2", "vl_convert"} == set()
    methods = ("prediction.lifetime", "segments.clusters", "insight.drivers", "insight.journeys")
    assert not [name for name in loaded if name.startswith(tuple(f"vitrail.{each}" for each in methods))]
