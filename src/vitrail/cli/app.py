"""The commands. Each parses its words, calls the library, and shows the answer.

Figures go to standard output, talk to standard error. Exit codes: 0 done, 1 the data or plan has errors,
2 wrong usage.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer

from vitrail import i18n
from vitrail.cli.sparing import leave, spare_collections, spare_pandas, spare_plugins
from vitrail.cli.speaking import Speaker, echo, guard
from vitrail.cli.streams import listen
from vitrail.cli.wording import chosen_language, spoken_classes
from vitrail.errors import DataError, PlanError, SourceError

if TYPE_CHECKING:
    from vitrail.store import Run
    from vitrail.workspace import Workspace

Language = Literal["en", "fr"]
Format = Literal["table", "csv", "json"]
ExportFormat = Literal["csv", "json", "parquet"]

_SPOKEN = chosen_language(sys.argv[1:], i18n.environment_language())
_Command, _Group = spoken_classes(_SPOKEN)


def _says(code: str) -> str:
    return i18n.text(f"cli_{code}", _SPOKEN)


app = typer.Typer(
    name="vitrail",
    cls=_Group,
    help=_says("about"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog="\b\n"
    + "\n".join([_says("help_first"), *(f"  {line}" for line in _says("examples_first").splitlines())]),
)

Files = Optional[list[Path]]  # noqa: UP045
Folder = Annotated[
    Path, typer.Option("--folder", "-C", readable=False, metavar=_says("word_folder"), help=_says("folder"))
]
Speech = Annotated[Optional[Language], typer.Option("--language", "-l", help=_says("language"))]  # noqa: UP045
Output = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--output", "-o", readable=False, metavar=_says("word_file"), help=_says("output")),
]
Raw = Annotated[bool, typer.Option("--raw", help=_says("raw"))]


def _command(code: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command that says what it does in the person's language, with examples."""
    lines = [_says("help_examples"), *(f"  {line}" for line in _says(f"examples_{code}").splitlines())]
    return app.command(
        cls=_Command, help=_says(code), short_help=_says(code), epilog="\b\n" + "\n".join(lines)
    )


@contextmanager
def _newest(folder: Path, language: Language | None = None) -> Iterator[tuple[Workspace, Run, Speaker]]:
    """A question to the newest run; after the answer, of which day and of which plan that run speaks."""
    from vitrail.workspace import Workspace

    workspace = Workspace.find(folder)
    run = workspace.latest()
    speaker = Speaker(language or _SPOKEN).or_of_run(run, language)
    yield workspace, run, speaker
    speaker.date_run(run)
    speaker.findings(workspace.check_newest())


def main() -> None:
    """The `vitrail` command."""
    listen()
    spare_collections()
    spare_plugins()
    try:
        guard(lambda: app(standalone_mode=False), _SPOKEN)
    except SystemExit as ended:
        leave(ended.code)


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help=_says("version"))] = False,
    language: Speech = None,
) -> None:
    if version:
        from vitrail import __version__

        echo(f"vitrail {__version__}")
        raise typer.Exit


@_command("init")
def init(
    files: Annotated[
        Files, typer.Argument(readable=False, metavar=_says("word_file"), help=_says("init_files"))
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_says("init_yes"))] = False,
    force: Annotated[bool, typer.Option("--force", help=_says("init_force"))] = False,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.starting import start_workspace

    start_workspace(Speaker(language or _SPOKEN), folder, files or [], ask=not yes, force=force)


@_command("check")
def check(folder: Folder = Path(), language: Speech = None) -> None:
    from vitrail.workspace import Workspace

    speaker = Speaker(language or _SPOKEN)
    workspace = Workspace.open(folder)
    speaker = speaker.or_of(workspace.plan, language)
    with speaker.progress() as progress:
        findings = workspace.check(progress)
    speaker.findings(findings)
    if faults := sum(each.level == "error" for each in findings):
        speaker.say("checked_faults", rows=faults)
        raise typer.Exit(1)
    speaker.say("checked")


@_command("run")
def run(
    files: Annotated[
        Files, typer.Argument(readable=False, metavar=_says("word_file"), help=_says("run_files"))
    ] = None,
    as_of: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--as-of", metavar="DATE", help=_says("as_of")),
    ] = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help=_says("run_report"))] = True,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.starting import run_told
    from vitrail.cli.tables import show_refused, show_segments, tell_set_aside
    from vitrail.workspace import Workspace

    spare_pandas()
    speaker = Speaker(language or _SPOKEN)
    date = speaker.date(as_of) if as_of is not None else None
    if files:
        from vitrail.cli.starting import start_or_resume

        start_or_resume(speaker, folder, files)
    workspace = Workspace.open(folder)
    try:
        speaker = speaker.or_of(workspace.plan, language)
        with speaker.progress() as progress:
            result = workspace.run(as_of=date, report=report, progress=progress)
    except (PlanError, SourceError, DataError) as error:
        error.findings += workspace.check_standing()
        raise
    speaker.findings(result.findings)
    show_refused(speaker, result.run)
    tell_set_aside(speaker, result.run)
    with run_told(speaker, result):
        show_segments(speaker, result.run, result.segments)
        speaker.date_run(result.run)


@_command("segments")
def segments(
    segmentation: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="SEGMENTATION", help=_says("segmentation")),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help=_says("format"))] = "table",
    raw: Raw = False,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.tables import show_segments
    from vitrail.insight import lookup

    with _newest(folder, language) as (workspace, run, speaker):
        table = lookup.segments(run, segmentation)
        if format == "table":
            show_segments(speaker, run, table)
        else:
            _export(workspace, speaker, table, format, None, raw)


@_command("members")
def members(
    reference: Annotated[str, typer.Argument(metavar="SEGMENT", help=_says("reference"))],
    format: Annotated[ExportFormat, typer.Option("--format", help=_says("format"))] = "csv",
    output: Output = None,
    raw: Raw = False,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.insight import lookup

    with _newest(folder, language) as (workspace, _, speaker):
        table = workspace.members(reference)
        _export(workspace, speaker, table, format, output, raw)
        if output is None and sys.stdout.isatty():
            speaker.say("members_file", file=f"{reference.rpartition('.')[2]}.csv", reference=reference)
        speaker.findings((*lookup.check_consent(table), *workspace.check_action(reference)))


@_command("profile")
def profile(
    customer: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar=_says("word_customer"), help=_says("customer")),
    ] = None,
    format: Annotated[
        Optional[Literal["table", "csv", "json", "parquet"]],  # noqa: UP045
        typer.Option("--format", help=_says("format")),
    ] = None,
    output: Output = None,
    raw: Raw = False,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.tables import show_profile
    from vitrail.insight import lookup

    chosen = format or ("table" if customer and output is None else "csv")
    with _newest(folder, language) as (workspace, run, speaker):
        table = workspace.profile(customer)
        if chosen == "table":
            show_profile(speaker, run, table)
            speaker.findings(lookup.explain_profile(run, str(customer)) if customer else ())
        else:
            _export(workspace, speaker, table, chosen, output, raw)


@_command("variables")
def variables(
    format: Annotated[Format, typer.Option("--format", help=_says("format"))] = "table",
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.tables import show_variables

    with _newest(folder, language) as (workspace, _, speaker):
        table = workspace.variables(speaker.language)
        if format == "table":
            show_variables(speaker, table)
        else:
            _export(workspace, speaker, table, format, None, raw=False)


@_command("show")
def show(
    analysis: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar=_says("word_name"), help=_says("analysis")),
    ] = None,
    entry: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar=_says("word_entry"), help=_says("entry")),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help=_says("format"))] = "table",
    output: Output = None,
    raw: Raw = False,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.shown import Shown
    from vitrail.cli.tables import list_names, show_rows
    from vitrail.insight import lookup
    from vitrail.insight.absences import list_reasons

    written = "csv" if format == "table" else format  # of a file
    with _newest(folder, language) as (workspace, run, speaker):
        if analysis is None:
            names = [*lookup.analyses(run), *lookup.RECORDS]
            if format == "table" and output is None:
                speaker.say("analyses", names=names)
            else:
                _export(workspace, speaker, list_names(names), written, output, raw)
            return
        if analysis in lookup.RECORDS:
            table = lookup.choose_entry(workspace.records(analysis, speaker.language), entry)
        else:
            table = lookup.analysis(run, analysis, entry)
        if format == "table" and output is None and analysis in lookup.RECORDS and not table.num_rows:
            speaker.say(f"{analysis}_none")
        elif format == "table" and output is None:
            why = () if table.num_rows else list_reasons(run, analysis, speaker.language)
            show_rows(speaker, table, why, Shown(run, analysis, speaker.language))
        else:
            _export(workspace, speaker, table, written, output, raw)


@_command("explain")
def explain(
    customer: Annotated[str, typer.Argument(metavar=_says("word_customer"), help=_says("customer"))],
    format: Annotated[Literal["table", "json"], typer.Option("--format", help=_says("format"))] = "table",
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    from vitrail.cli.explaining import show_explanation

    with _newest(folder, language) as (workspace, run, speaker):
        show_explanation(speaker, run, workspace.explain(customer), format)


@_command("sql")
def sql(
    reference: Annotated[str, typer.Argument(metavar=_says("word_name"), help=_says("sql_reference"))],
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    with _newest(folder, language) as (workspace, _, _):
        echo(workspace.sql(reference))


@_command("report")
def report(
    format: Annotated[Literal["html"], typer.Option("--format", help=_says("format"))] = "html",
    output: Output = None,
    folder: Folder = Path(),
    language: Speech = None,
) -> None:
    with _newest(folder, language) as (workspace, _, speaker):
        file = workspace.report(speaker.language, output)
        speaker.say(f"report_{speaker.language}", file=str(file))


@_command("demo")
def demo(
    company: Annotated[
        Literal["shop"], typer.Argument(metavar=_says("word_company"), help=_says("demo_company"))
    ] = "shop",
    folder: Annotated[
        Path, typer.Argument(readable=False, metavar=_says("word_folder"), help=_says("demo_folder"))
    ] = Path("demo"),
    language: Speech = None,
) -> None:
    from vitrail.cli.starting import start_demo

    start_demo(Speaker(language or _SPOKEN), company, folder)


def _export(
    workspace: Workspace, speaker: Speaker, table: Any, format: Any, output: Path | None, raw: bool
) -> None:
    """Give rows out; a file for a person who speaks French opens in a French spreadsheet."""
    from vitrail.workspace.exporting import export_table, name_format

    if output is not None:
        workspace.check_output(output)
        format = name_format(output, format)
        export_table(table, format, output, raw, french=speaker.language == "fr" and not raw)
        speaker.say("exported", rows=table.num_rows, file=str(output))
    elif format != "parquet" and sys.stdout.isatty():
        stream = io.BytesIO()
        export_table(table, format, stream, raw)
        echo(stream.getvalue().decode(), newline=False)
    else:
        export_table(table, format, sys.stdout.buffer, raw)
