"""The command line. Imports next to nothing, so that `--help` answers and Ctrl-C is heard at once."""


def main() -> None:
    """Entry point of the `vitrail` command."""
    try:
        from vitrail.cli.app import main as begin

        begin()
    except KeyboardInterrupt:
        import sys

        from vitrail import i18n

        print(i18n.text("cli_stopped", i18n.environment_language()), file=sys.stderr)
        sys.exit(130)


__all__ = ["main"]
