"""Which cells a finding may quote: never what might be somebody's name, address or number."""

from __future__ import annotations

import re

_MOST_WORDS = 4
_MOST_WORDS_SHARED = 8
_NUMBER = re.compile(r"(?:\d[ .()/-]?){6}")


def is_quotable(cell: str, shared: bool = False) -> bool:
    """Whether a cell is so short and plain that it names a kind, and nobody.

    Args:
        shared: whether many rows of several customers have it, so that it may have more words.

    >>> is_quotable("Ready for pickup"), is_quotable("call ada@example.org"), is_quotable("06 12 34 56 78")
    (True, False, False)
    """
    most = _MOST_WORDS_SHARED if shared else _MOST_WORDS
    return "@" not in cell and not _NUMBER.search(cell) and len(cell.split()) <= most
