"""What a command does without: pandas, plugins, most searches for garbage, taking down what it built.

PyArrow looks for pandas when it first makes an array from a list, and where it is installed loads it whole: a
fifth of a second that no command needs. It looks once; whoever imports pandas afterwards gets it as always.
Pydantic asks every package that is installed whether it is a plugin of it, and none is wanted here. The other
two cost a run another third of a second. A process that lives for seconds leaves little garbage, and the
machine takes down all at once what Python takes down object by object.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from vitrail.errors import VitrailError

_MANY_OBJECTS = 100_000


class _Absent:
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


def spare_plugins() -> None:
    """Have Pydantic look for no plugins, unless the person's settings say which."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def spare_collections() -> None:
    """Look for garbage after a hundred thousand new objects, not after seven hundred."""
    gc.set_threshold(_MANY_OBJECTS)


def leave(code: object) -> NoReturn:
    """End the process with what a `SystemExit` says: a code, or words and 1; 1 too where they are lost."""
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, VitrailError):
            code = code or 1
    os._exit(code or 0)
