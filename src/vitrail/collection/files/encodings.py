"""Which encoding a text file has, decided on all of it; and its text as UTF-8, in chunks.

- A byte order mark decides. Without one, text with a NUL at every other byte is UTF-16.
- A file that is valid UTF-8 to its end is UTF-8.
- A file with more good multi-byte characters than faults is UTF-8 with faults: those lines are refused.
- A file without a single multi-byte character of UTF-8 is Windows-1252, unless its accents would come out
  as signs in the middle of words: then it is another old code page, and a person is asked.
- A file with more control characters than accents is no text.
- A file of which some lines are UTF-8 and as many are not is refused, at the first such line.
- Anything in between is asked: `encoding:` in the plan settles it.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from vitrail.errors import SourceError
from vitrail.findings import Finding

CHUNK_BYTES = 1 << 19
_TRANSCODED_CHUNK_BYTES = 1 << 17
_MUCH_BYTES, _SWELLING = 1 << 30, 200
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTI_BYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ACCENTED = re.compile(rb"[A-Za-z][\xc0-\xff]")
_SIGN_IN_WORD = re.compile(rb"[a-z][\x81-\x84\x86-\x91\x93\x95\x98\x9d](?=[a-z ,;\t\r\n])")
_CONTROLS = bytes({*range(32)} - {*b"\t\n\f\r"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text file whose encoding is settled.

    Args:
        shown: its path as people are shown it.
        encoding: a Python codec's name, without byte order mark.
        mark_bytes: the length of the byte order mark to skip.
    """

    file: Path
    shown: str
    gzip: bool
    encoding: str
    mark_bytes: int

    @property
    def is_utf8(self) -> bool:
        return self.encoding == "utf-8"

    def chunks(self) -> Iterator[bytes]:
        """The text as UTF-8, without byte order mark; what cannot be decoded becomes the byte FF."""
        size_bytes = CHUNK_BYTES if self.is_utf8 else _TRANSCODED_CHUNK_BYTES
        raw = _unpacked(self.file, self.shown, self.gzip, size_bytes)
        first = next(raw, b"")[self.mark_bytes :]
        if self.is_utf8:
            yield first
            yield from raw
            return
        decoder = codecs.getincrementaldecoder(self.encoding)(errors=_MARK_FAULTS)
        for chunk in chain([first], raw):
            yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def settle_encoding(file: Path, shown: str, packed: bool, given: str | None = None) -> Text:
    """Read all of a file once, for its encoding.

    Raises:
        SourceError: the encoding given is unknown, none can be decided on, or a packed file is damaged.
    """
    asked = _codec(given, shown) if given else None
    census, head = _Census(), b""
    for chunk in _unpacked(file, shown, packed, CHUNK_BYTES):
        head = head or chunk
        census.add(chunk)
    mark, marked = next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", None))
    sniffed = marked or _utf16_without_mark(head)
    if asked in ("utf-16", "utf-32"):
        asked = sniffed if sniffed and sniffed.startswith(asked) else f"{asked}-le"
    if not asked and not sniffed and census.is_mixed():
        line = _first_multi_byte_line(file, shown, packed)
        raise SourceError(Finding("encoding_mixed", "error", f"{shown}:{line}"))
    encoding = asked or sniffed or census.decide(shown)
    return Text(file, shown, packed, encoding, len(mark))


class _Census:
    """Counts, over a whole file, what speaks for UTF-8 and what against it."""

    def __init__(self) -> None:
        self.multi_byte = self.faults = self.accented = self.signs_in_words = self.controls = 0
        self._tail = b""

    def add(self, chunk: bytes) -> None:
        if not self._tail and chunk.isascii():
            return
        data = self._tail + chunk
        cut = len(data)
        while cut > len(data) - 3 and 0x80 <= data[cut - 1] < 0xC0:
            cut -= 1
        cut -= data[cut - 1] >= 0xC0
        self._tail = data[cut:]
        self._count(data[:cut])

    def _count(self, data: bytes) -> None:
        try:
            self.multi_byte += len(data) - len(data.decode("utf-8"))
        except UnicodeDecodeError:
            rest, found = _MULTI_BYTE.subn(b"", data)
            self.multi_byte += found
            self.faults += len(rest.translate(None, bytes(range(128))))
            self.accented += len(_ACCENTED.findall(data))
            self.signs_in_words += len(_SIGN_IN_WORD.findall(data))
            self.controls += len(data) - len(data.translate(None, _CONTROLS))

    def is_mixed(self) -> bool:
        """Whether some characters are UTF-8's and at least as many cannot be, in what is text."""
        self._count(self._tail)
        self._tail = b""
        return 0 < self.multi_byte <= self.faults and self.controls <= self.accented

    def decide(self, shown: str) -> str:
        """The encoding of the file that people know as `shown`.

        Raises:
            SourceError: it is no text, or could be in several.
        """
        self._count(self._tail)
        if self.faults == 0 or self.multi_byte > self.faults:
            return "utf-8"
        if self.controls > self.accented:
            raise SourceError(Finding("file_not_text", "error", shown))
        if self.multi_byte == 0 and self.signs_in_words <= self.accented:
            return "cp1252"
        raise SourceError(Finding("encoding_undecided", "error", shown, {"file": shown}))


def _codec(name: str, shown: str) -> str:
    try:
        "".encode(name)
        known = codecs.lookup(name).name
    except LookupError as error:
        raise SourceError(Finding("encoding_unknown", "error", shown, {"encoding": name})) from error
    return "utf-8" if known == "utf-8-sig" else known


def _first_multi_byte_line(file: Path, shown: str, packed: bool) -> int:
    line = 1
    for chunk in _unpacked(file, shown, packed, CHUNK_BYTES):
        found = _MULTI_BYTE.search(chunk)
        line += chunk.count(b"\n", 0, found.start() if found else len(chunk))
        if found:
            break
    return line


def _utf16_without_mark(head: bytes) -> str | None:
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _unpacked(file: Path, shown: str, packed: bool, size_bytes: int) -> Iterator[bytes]:
    unpacked_bytes = 0
    try:
        with gzip.open(file) if packed else file.open("rb") as stream:
            while chunk := stream.read(size_bytes):
                unpacked_bytes += len(chunk)
                if packed:
                    check_swelling(file.stat().st_size, unpacked_bytes, shown)
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(Finding("file_damaged", "error", shown, {"format": "gzip"})) from error


def check_swelling(packed_bytes: int, unpacked_bytes: int, shown: str) -> None:
    """Refuse what was packed to fill a disk or a memory: no table is written so many times smaller.

    Raises:
        SourceError: more than a gigabyte came out of less than a two hundredth of it.
    """
    if unpacked_bytes > _MUCH_BYTES and unpacked_bytes > _SWELLING * packed_bytes:
        raise SourceError(Finding("file_swells", "error", shown, {"times": _SWELLING}))


def _mark_fault(error: UnicodeError) -> tuple[str, int]:
    """Puts the byte FF, which UTF-8 never has, where a character could not be read."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


_MARK_FAULTS = "vitrail.mark_faults"
codecs.register_error(_MARK_FAULTS, _mark_fault)
