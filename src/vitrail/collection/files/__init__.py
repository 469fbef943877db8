"""Files read exactly: every record of an export is accepted, or refused with its line and the reason.

`read_files` finds a source's files, settles format, encoding and layout, counts every record independently
of the engine, and returns one relation over the accepted ones. The choices are told in
`docs/adr/0007-reading-files.md`.
"""

from vitrail.collection.files.read import read_files
from vitrail.collection.files.results import (
    BareFile,
    FileRead,
    FilesRead,
    FilesSpec,
    Refusal,
    explain_refusal,
)

__all__ = [
    "BareFile",
    "FileRead",
    "FilesRead",
    "FilesSpec",
    "Refusal",
    "explain_refusal",
    "read_files",
]
