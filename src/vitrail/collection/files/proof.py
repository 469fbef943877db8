"""Proof that a block of delimited text is well formed, without looking at its records one by one.

Strike out every byte but delimiters, line ends and quotes, and what lies inside quotes: what is left of n
good records of w fields is exactly n times w-1 delimiters and a line end. The block is then read one way
only, by any reader, and nothing about it is a matter of opinion. Runs at more than 1 GB/s without quotes.
"""

from __future__ import annotations

import numpy as np

from vitrail.collection.files.records import QUOTE


class Proof:
    """Tells well-formed blocks: whole records of `width` fields, each ended by `terminator`."""

    def __init__(self, delimiter: bytes, width: int, terminator: bytes) -> None:
        self.delimiter, self.terminator = delimiter, terminator
        self.pattern = delimiter * (width - 1) + terminator
        self._ordinary = bytes(set(range(256)) - set(delimiter + b'\r\n"'))
        self._around = np.zeros(256, dtype=bool)
        self._around[list(delimiter + b'\r\n"')] = True

    def count_records(self, block: bytes) -> int | None:
        """The number of records in `block`, or None where it is not proved to be well formed.

        Not proved: a record of another width, another line end, an empty record, a quote out of place, a
        NUL byte, bytes that are not UTF-8.
        """
        if b"\0" in block or not is_utf8(block) or block.startswith(self.pattern):
            return None
        if self.terminator == b"\r\n" and block.count(b"\r") != block.count(b"\r\n"):
            return None
        if self.terminator + self.pattern in block:
            return None
        skeleton = block.translate(None, self._ordinary)
        if QUOTE in skeleton:
            if not self._quotes_are_paired(block):
                return None
            skeleton = _outside_quotes(skeleton)
        rows, rest = divmod(len(skeleton), len(self.pattern))
        return None if rest or skeleton != self.pattern * rows else rows

    def _quotes_are_paired(self, block: bytes) -> bool:
        """Opening quotes begin a field or follow a quote; closing ones end a field or precede a quote."""
        data = np.frombuffer(block, dtype=np.uint8)
        quotes = np.flatnonzero(data == QUOTE[0])
        if len(quotes) % 2 or quotes[-1] == len(data) - 1:
            return False
        opening, closing = quotes[0::2], quotes[1::2]
        first = opening[0] == 0
        before = data[opening[1:] - 1] if first else data[opening - 1]
        return bool(self._around[before].all() and self._around[data[closing + 1]].all())


def end_of_records(buffer: bytes, terminator: bytes) -> int:
    """The offset after the last line end of `buffer` that is outside quotes; 0 where there is none."""
    end = buffer.rfind(terminator)
    if QUOTE not in buffer:
        return end + len(terminator) if end >= 0 else 0
    inside = buffer.count(QUOTE, 0, max(end, 0)) % 2
    while end >= 0 and inside:
        opening = buffer.rfind(QUOTE, 0, end)
        end = buffer.rfind(terminator, 0, opening)
        inside = buffer.count(QUOTE, max(end, 0), opening) % 2
    return end + len(terminator) if end >= 0 else 0


def is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _outside_quotes(skeleton: bytes) -> bytes:
    marks = np.frombuffer(skeleton, dtype=np.uint8)
    quote = marks == QUOTE[0]
    inside = np.bitwise_xor.accumulate(quote.view(np.uint8)).view(bool)
    return bytes(marks[~(quote | inside)])
