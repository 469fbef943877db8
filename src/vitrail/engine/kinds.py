"""What kind of values an SQL type holds, from its name as the engine writes it.

Lists, structs, maps, blobs and the like are neither numbers nor texts nor days.
"""

from __future__ import annotations

_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WHOLE = frozenset((*_SIGNED, *(f"U{name}" for name in _SIGNED), "BIGNUM"))
_FLOAT = frozenset(("FLOAT", "DOUBLE"))


def is_whole(kind: str) -> bool:
    """Whether an SQL type holds whole numbers only.

    >>> is_whole("UBIGINT"), is_whole("DECIMAL(18,4)")
    (True, False)
    """
    return kind in _WHOLE


def is_float(kind: str) -> bool:
    """Whether an SQL type holds binary numbers, which may be none (NaN) or infinite."""
    return kind in _FLOAT


def is_number(kind: str) -> bool:
    """Whether an SQL type is a number's.

    >>> is_number("DECIMAL(18,4)"), is_number("UUID"), is_number("BIGINT[]"), is_number("UNION(a INTEGER)")
    (True, False, False, False)
    """
    return is_whole(kind) or is_float(kind) or (kind.startswith("DECIMAL") and not kind.endswith("]"))


def is_text(kind: str) -> bool:
    """Whether an SQL type is text: free, or of a list of words.

    >>> is_text("VARCHAR"), is_text("ENUM('a', 'b')"), is_text("VARCHAR[]"), is_text("UUID")
    (True, True, False, False)
    """
    return kind == "VARCHAR" or (kind.startswith("ENUM") and not kind.endswith("]"))


def is_day(kind: str) -> bool:
    """Whether an SQL type is a day, or a moment of one.

    >>> is_day("DATE"), is_day("TIMESTAMP WITH TIME ZONE"), is_day("DATE[]")
    (True, True, False)
    """
    return kind.startswith(("DATE", "TIMESTAMP")) and not kind.endswith("]")
