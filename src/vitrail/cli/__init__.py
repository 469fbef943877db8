"""The command line. Imports next to nothing, so that `--help` answers at once."""

from vitrail.cli.app import main

__all__ = ["main"]
