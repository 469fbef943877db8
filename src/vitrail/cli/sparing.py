"""What the command line does without: pandas.

PyArrow looks for pandas when it first makes an array from a list, and where it is installed loads it whole: a
fifth of a second that no command needs. It looks once; whoever imports pandas afterwards gets it as always.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _Absent(MetaPathFinder):
    """Says of pandas that it is not installed, and leaves all else to the other finders."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def spare_pandas() -> None:
    """Let PyArrow take its look while pandas seems absent; nothing happens where pandas is loaded already."""
    import pyarrow as pa

    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([], pa.int8())
    finally:
        sys.meta_path.remove(absent)
