"""`vitrail init` and `vitrail demo`: from files to a plan, with questions when a person is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vitrail import i18n
from vitrail.cli.speaking import STOPPED, Speaker, echo
from vitrail.errors import StoreError, UsageError
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.guessing import Question
    from vitrail.workspace.running import RunResult


def start_workspace(speaker: Speaker, folder: Path, files: list[Path], ask: bool, force: bool) -> None:
    """Look at files and write the plan; says what was recognised and what is open.

    Args:
        ask: put questions to the person, if there is one.
    """
    from vitrail.collection.model import TABLES
    from vitrail.workspace.init import init_workspace

    answers = _Asker(speaker) if ask and sys.stdin.isatty() else None
    try:
        with nullcontext() if answers else speaker.progress():  # a spinner would write over the questions
            result = init_workspace(folder, list(files), answers, speaker.language, force)
    except (KeyboardInterrupt, typer.Abort):
        echo(err=True)
        speaker.say("init_stopped")
        raise SystemExit(STOPPED) from None
    for guess in result.guesses:
        table = TABLES[guess.table]
        speaker.say("guessed", source=guess.name, table=guess.table, row=table.label[speaker.language])
        known = [
            *((model, f"← {each.source:<24}", each.reason) for model, each in guess.columns.items()),
            *((model, f"= {each.formula} ", each.reason) for model, each in guess.computed.items()),
        ]
        for model, what, reason in known:
            label = table.columns[model].label[speaker.language]
            echo(f"  {model:<18} {what} {label}, {reason.message(speaker.language)}", err=True)
    speaker.findings(result.findings)
    unsure = i18n.text("option_unsure", speaker.language)
    for question in result.questions:
        taken = question.told_default(speaker.language)
        others = [each for each in question.told(speaker.language) if each != taken and each != unsure]
        code = "left_open" if others else "left_open_alone"
        speaker.say(code, question=question.text(speaker.language), answer=taken, others=others)
    speaker.say("plan_written", file=str(result.plan))


def start_or_resume(speaker: Speaker, folder: Path, files: list[Path]) -> None:
    """What `vitrail run FILE…` does first: write the plan, or see that the one there reads these files.

    Raises:
        UsageError: there is a plan, and it does not read all of them.
    """
    from vitrail.workspace import Workspace

    workspace = Workspace(folder)
    if not workspace.plan_file.exists():
        start_workspace(speaker, folder, files, ask=False, force=False)
        return
    unread = workspace.unread(files)
    if unread:
        figures = {"file": str(workspace.plan_file), "files": [str(file) for file in unread]}
        raise UsageError(Finding("run_plan_exists", "error", figures=figures))
    speaker.say("plan_known", file=str(workspace.plan_file))


def start_demo(speaker: Speaker, company: str, folder: Path) -> None:
    """Make a demo company, run it, say where everything is."""
    from vitrail.cli.tables import show_segments
    from vitrail.demo import make_shop
    from vitrail.workspace import Workspace

    shop = make_shop(folder, language=speaker.language)
    speaker.say("demo_made", folder=str(folder), files=[str(file) for file in shop.files])
    with speaker.progress() as progress:
        result = Workspace.open(folder).run(progress=progress)
    speaker.findings(result.findings)
    with run_told(speaker, result):
        show_segments(speaker, result.run, result.segments)


@contextmanager
def run_told(speaker: Speaker, result: RunResult) -> Iterator[None]:
    """After the answer of a run, say where its reports are; where it is lost, that the run is done."""
    try:
        yield
    except StoreError as error:
        error.findings += (Finding("run_done", "info", figures={"run": result.run.run_id}),)
        raise
    finally:
        for spoken, file in result.reports.items():
            speaker.say(f"report_{spoken}", file=str(file))


class _Asker:
    """Puts a question on the terminal: the options by number, Enter for the default."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    def __call__(self, question: Question) -> str:
        speaker, options = self.speaker, question.options
        echo(question.text(speaker.language), err=True)
        for number, option in enumerate(question.told(speaker.language), 1):
            echo(f"  {number}. {option}", err=True)
        if question.default:
            prompt = speaker.text("answer", default=options.index(question.default) + 1)
        else:
            prompt = speaker.text("answer_free")
        while True:
            given: str = typer.prompt(prompt, default="", show_default=False, prompt_suffix=" ", err=True)
            if (answer := question.accept(given)) is not None:
                return answer
            code = "answer_again_free" if question.free else "answer_again"
            speaker.say(code, given=i18n.plain(given.strip())[:40], options=len(options))
