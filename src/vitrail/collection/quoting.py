"""Which cells a finding may quote: never what might be somebody's name, address or number."""

from __future__ import annotations

import re

_MOST_WORDS = 4
_NUMBER = re.compile(r"(?:\d[ .()/-]?){6}")


def is_quotable(cell: str) -> bool:
    """Whether a cell is so short and plain that it names a kind, and nobody.

    >>> is_quotable("Ready for pickup"), is_quotable("call ada@example.org"), is_quotable("06 12 34 56 78")
    (True, False, False)
    """
    return "@" not in cell and not _NUMBER.search(cell) and len(cell.split()) <= _MOST_WORDS
