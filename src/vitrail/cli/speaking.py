"""How the command line talks: sentences and progress on standard error, in the person's language."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from vitrail import i18n
from vitrail.cli.wording import explain_misuse
from vitrail.errors import UsageError, VitrailError
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.plan import Plan
    from vitrail.store import Run

STOPPED = 130
_MARKS = {"error": ("✗", "red"), "warning": ("!", "yellow"), "info": ("·", "")}


class Speaker:
    """Talks in one language; the newest speaker's is the language in which faults are told."""

    newest: i18n.Language | None = None

    def __init__(self, language: i18n.Language) -> None:
        self.language = language
        Speaker.newest = language

    def or_of(self, plan: Plan, chosen: i18n.Language | None) -> Speaker:
        """The plan's language, unless the person chose one: by an option, or by VITRAIL_LANGUAGE."""
        return self._or(plan.language, chosen)

    def or_of_run(self, run: Run, chosen: i18n.Language | None) -> Speaker:
        """The run's language, unless the person chose one."""
        return self._or(run.manifest["plan"]["language"], chosen)

    def _or(self, language: i18n.Language, chosen: i18n.Language | None) -> Speaker:
        return self if chosen or os.environ.get("VITRAIL_LANGUAGE") else Speaker(language)

    def text(self, code: str, **figures: Any) -> str:
        """A sentence of the command line."""
        return i18n.text(f"cli_{code}", self.language, **figures)

    def say(self, code: str, **figures: Any) -> None:
        """Say a sentence."""
        echo(self.text(code, **figures), err=True)

    def date_run(self, run: Run) -> None:
        """Say of whom and of which day the figures of a run speak, and whether that day was asked for."""
        manifest = run.manifest
        code = "ran_asked" if manifest.get("as_of_asked") else "ran"
        self.say(code, customers=manifest["customers"], as_of=dt.date.fromisoformat(manifest["as_of"]))

    def date(self, text: str) -> dt.date:
        """A day that the person wrote: `2011-12-10`, or `10/12/2011` as French writes it.

        Raises:
            UsageError: it is no day.
        """
        for pattern in ("%Y-%m-%d", *(("%d/%m/%Y",) if self.language == "fr" else ())):
            with contextlib.suppress(ValueError):
                return dt.datetime.strptime(text, pattern).date()
        raise UsageError(Finding("day_unreadable", "error", "--as-of", {"text": text[:40]}))

    def findings(self, findings: Iterable[Finding]) -> None:
        """Show findings, the gravest first, each after its place."""
        for level in ("error", "warning", "info"):
            for each in findings:
                if each.level == level:
                    show_finding(each, self.language)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Show the step under way, on a terminal only."""
        if not sys.stderr.isatty():
            yield lambda step: None
            return
        from rich.console import Console

        console = Console(stderr=True)
        with console.status(self.text("step_reading")) as status:

            def tell(step: str) -> None:
                code = f"cli_step_{step}"
                if code in i18n.sentences():
                    status.update(i18n.text(code, self.language))

            yield tell


def echo(said: str = "", err: bool = False, newline: bool = True) -> None:
    """Print, without what data or a plan may tell a terminal to do."""
    typer.echo(i18n.plain(said), err=err, nl=newline)


def show_finding(finding: Finding, language: i18n.Language) -> None:
    """One finding on standard error: its mark, its place, its sentence."""
    mark, colour = _MARKS[finding.level]
    said = f"{mark} {i18n.plain(finding.told(language))}"
    painted = colour and not os.environ.get("NO_COLOR")
    typer.echo(typer.style(said, fg=colour) if painted else said, err=True)


def guard(work: Callable[[], Any], language: i18n.Language) -> None:
    """Do `work`; whatever goes wrong becomes sentences and an exit code, never a traceback.

    With VITRAIL_DEBUG set, a fault of ours shows where it happened.
    """
    try:
        code = work()
        sys.stdout.flush()
        if code == STOPPED:  # Typer's answer to Ctrl-C
            echo(i18n.text("cli_stopped", language), err=True)
    except VitrailError as error:
        for each in error.findings:
            show_finding(each, Speaker.newest or language)
        code = error.exit_code
    except typer.TyperException as error:
        code = _misuse(error, language)
    except (KeyboardInterrupt, typer.Abort):
        echo(i18n.text("cli_stopped", language), err=True)
        code = STOPPED
    except SystemExit as ended:  # Typer's, where who read the answer through a pipe (`-o`) has gone
        code = 0 if isinstance(ended.__context__, BrokenPipeError) else ended.code
    except Exception as error:
        if os.environ.get("VITRAIL_DEBUG"):
            raise
        show_finding(_our_fault(error), Speaker.newest or language)
        code = 1
    sys.exit(code or 0)


_NO_ROOM = re.compile("failed to map segment|annot allocate memory")  # as the loader of libraries tells it


def _misuse(error: typer.TyperException, language: i18n.Language) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        echo(str(error), err=True)
        return 2
    show_finding(explain_misuse(error), language)
    command = context.command_path if context else "vitrail"
    echo("  " + i18n.text("misuse_hint", language, command=command), err=True)
    return 2


def _our_fault(error: Exception) -> Finding:
    """What nobody foresaw: the machine's limits by name, the rest as ours. Never the words of the error."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Finding("disk_full", "error")
        detail = error.strerror or type(error).__name__
        return Finding("file_fault", "error", str(error.filename or ""), {"detail": detail})
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and _NO_ROOM.search(str(error))):
        return Finding("memory_spent", "error")
    return Finding("our_fault", "error", "", {"kind": type(error).__name__})
