"""Who listens to a command: one that leaves stops no work, and an answer that has no room is told as that."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrail.errors import StoreError
from vitrail.findings import Finding

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Listener(io.RawIOBase):
    """What a stream writes to; after one fault the rest is dropped.

    Args:
        raw: where the bytes go.
        answers: whether they are the answer of a command, which nobody may lose unawares; sentences may be.
    """

    def __init__(self, raw: Any, answers: bool) -> None:
        self._raw = raw
        self._answers = answers
        self._lost = False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def write(self, part: ReadableBuffer, /) -> int | None:
        """Write bytes, or drop them where nobody reads any more.

        Raises:
            StoreError: an answer cannot be written, and not because who read it has gone.
        """
        if not self._lost:
            try:
                written: int | None = self._raw.write(part)
                return written
            except OSError as error:
                self._lost = True
                if self._answers and not isinstance(error, BrokenPipeError):
                    raise StoreError(_fault(error)) from error
        return memoryview(part).nbytes


def _fault(error: OSError) -> Finding:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Finding("answer_full", "error")
    return Finding("answer_unwritten", "error", figures={"detail": error.strerror or type(error).__name__})


def listen() -> None:
    """Put a listener behind standard output and standard error, and nothing behind one that is closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by who called
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and mode == "w":
            setattr(sys, name, _heard(stream, answers=name == "stdout"))


def _heard(stream: io.TextIOWrapper, answers: bool) -> io.TextIOWrapper:
    """The stream, with a listener between its buffer and what it wrote to."""
    raw = getattr(stream.buffer, "raw", stream.buffer)
    return io.TextIOWrapper(
        io.BufferedWriter(Listener(raw, answers)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
