"""Text whose columns stand apart by runs of blanks, as statisticians write it: read with tabs instead.

`00001 19970101  1   11.77` is four columns. No file with another delimiter, or with quotes, is taken for one
of these unless the plan says so (`delimiter: blanks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

BLANKS = "blanks"
_FEWEST_COLUMNS = 3
_LOOKED_AT_BYTES = 1 << 16
_ELSE = re.compile(rb'[;|\t"]|\A[^\n]*,')
_NUMBER = re.compile(rb"[-+]?\d[\d.,]*")
_RUNS = re.compile(rb"[ \t]+")
_AROUND = re.compile(rb"(?m)^\t|\t(?=\r?$)")


def is_apart_by_blanks(head: bytes) -> bool:
    r"""Whether lines have as many words each, three at least, one of them a number below the first line.

    >>> is_apart_by_blanks(b" 00001 19970101  1   11.77\n 00002 19970112  12  2.50\n")
    True
    >>> is_apart_by_blanks(b"name price\nring 12\n"), is_apart_by_blanks(b"a b c;d\n1 2 3;4\n")
    (False, False)
    """
    looked_at = head[:_LOOKED_AT_BYTES]
    if _ELSE.search(looked_at):
        return False
    lines = [line.split() for line in looked_at.splitlines() if line.strip()]
    if len(head) > _LOOKED_AT_BYTES:  # the last may be cut
        lines = lines[:-1]
    widths = {len(line) for line in lines}
    if len(lines) < 2 or len(widths) > 1 or min(widths) < _FEWEST_COLUMNS:
        return False
    columns = zip(*lines[1:], strict=True)
    return any(all(_NUMBER.fullmatch(word) for word in column) for column in columns)


def write_with_tabs(chunks: Iterable[bytes], scratch: Path) -> Path:
    """The text with a tab for each run of blanks, none at either end of a line; its lines are the same."""
    with NamedTemporaryFile("wb", dir=scratch, suffix=".tsv", delete=False) as sink:
        for lines in _whole_lines(chunks):
            sink.write(_AROUND.sub(b"", _RUNS.sub(b"\t", lines)))
    return Path(sink.name)


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for chunk in chunks:
        lines, end, rest = (left + chunk).rpartition(b"\n")
        yield lines + end
        left = rest
    yield left
