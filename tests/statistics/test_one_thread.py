"""Fits keep to one thread from the first one, before any library was loaded."""

from __future__ import annotations

import subprocess
import sys

_FIRST_USE = """
from vitrail.statistics.threads import one_thread
with one_thread():
    import scipy.linalg, sklearn.cluster, sklearn.ensemble, sklearn.linear_model
    from threadpoolctl import threadpool_info
    print(sorted({(pool["user_api"], pool["num_threads"]) for pool in threadpool_info()}))
"""


def test_libraries_are_limited_on_first_use() -> None:
    found = subprocess.run([sys.executable, "-c", _FIRST_USE], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[('blas', 1), ('openmp', 1)]"
