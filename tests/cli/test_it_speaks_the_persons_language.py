"""English and French, on any terminal or none; help at once."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import typer

from vitrail import i18n
from vitrail.cli import main
from vitrail.cli.app import app
from vitrail.cli.sparing import leave
from vitrail.cli.streams import listen
from vitrail.store import runs

HEAVY = ("duckdb", "pyarrow", "pydantic", "sqlglot", "altair", "babel", "numpy", "rich")


def test_help_imports_nothing_heavy():
    script = (
        "import os, sys; import vitrail.cli; os._exit = sys.exit; sys.argv = ['vitrail', '--help']\n"
        "try: vitrail.cli.main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "french",
    [{"VITRAIL_LANGUAGE": "fr"}, {"LANG": "fr_FR.UTF-8"}, {"LC_ALL": "fr_CA.UTF-8"}],
    ids=lambda environment: next(iter(environment)),
)
def test_help_follows_the_environment(command, french):
    said = command("run", "--help", **french)
    assert said.code == 0 and said.err == ""
    assert "Utilisation" in said.out and "Afficher cette aide" in said.out and "par défaut" in said.out
    assert not any(word in said.out for word in ("Usage", "Show this", "default:", "<list"))


def test_every_help_is_whole_in_both_languages(command):
    for language, words in (("en", ("Usage:", "Commands:")), ("fr", ("Utilisation", "Commandes"))):
        said = command("--help", VITRAIL_LANGUAGE=language)
        assert all(word in said.out for word in words)
        assert "..." not in said.out.replace("…", "")


def test_the_option_wins_over_the_environment(command, tmp_path):
    assert command("check", "--language", "en", cwd=tmp_path, VITRAIL_LANGUAGE="fr").err.startswith(
        "✗ there is"
    )
    assert command("check", "--language=fr", cwd=tmp_path).err.startswith("✗ il n’y a pas")
    assert command("check", "-l", "fr", cwd=tmp_path).err.startswith("✗ il n’y a pas")


def test_wrong_usage_is_told_in_french(command):
    assert "il n’y a pas de commande" in command("runn", VITRAIL_LANGUAGE="fr").err
    assert "vouliez-vous dire" in command("run", "--as-off", "x", VITRAIL_LANGUAGE="fr").err
    assert "il manque un mot" in command("members", VITRAIL_LANGUAGE="fr").err


def test_the_plan_decides_unless_the_person_does(shop, command):
    plan = (shop / "vitrail.yml").read_text(encoding="utf-8").replace("language: en", "language: fr")
    (shop / "vitrail.yml").write_text(plan, encoding="utf-8")
    said = command("run", "--no-report", cwd=shop)
    assert "clients, chiffres arrêtés au" in said.err and "Champions" in said.out
    assert "customers as of" in command("run", "--no-report", cwd=shop, VITRAIL_LANGUAGE="en").err
    late = command("run", "--as-of", "1900-01-01", cwd=shop)
    assert "il ne reste aucun client" in late.err and "date d’arrêté" in late.err


def test_a_narrow_terminal_and_no_colour_lose_no_figure(shop, command):
    for environment in ({"COLUMNS": "40", "TERM": "dumb"}, {"NO_COLOR": "1"}):
        said = command("segments", "revenue", cwd=shop, **environment)
        assert said.code == 0 and "revenue.a" in said.out and "\x1b" not in said.out + said.err


def test_an_old_encoding_of_the_terminal_is_no_fault(shop, command):
    said = command("segments", cwd=shop, PYTHONIOENCODING="ascii", VITRAIL_LANGUAGE="fr")
    assert said.code == 0 and "Traceback" not in said.err


def test_a_reader_that_leaves_early_is_no_fault(shop):
    vitrail = f"'{sys.executable}' -c 'from vitrail.cli import main; main()'"
    script = f"{vitrail} profile | head -c 20; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=shop)
    assert done.returncode == 0 and "✗" not in done.stderr and "Traceback" not in done.stderr


@pytest.fixture
def heard(monkeypatch):
    """Let a stream of this process write to where nothing can be written, as the command line would."""

    if not Path("/dev/full").is_char_device():
        pytest.skip("this system has no /dev/full (Linux has)")
    reader, writer = os.pipe()
    os.close(reader)
    places = {"full": os.open("/dev/full", os.O_WRONLY), "left": writer}
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)

    with ExitStack() as streams:

        def put(name, place):
            setattr(
                sys, name, streams.enter_context(open(places[place], "w", encoding="utf-8", closefd=False))
            )
            listen()

        yield put
    for descriptor in places.values():
        os.close(descriptor)


@pytest.mark.parametrize("place", ["full", "left"])
def test_sentences_that_nobody_hears_cancel_nothing(shop, vitrail, heard, place):
    before = len(runs(shop))
    heard("stderr", place)
    assert vitrail("run", "--no-report", "-C", shop).code == 0
    assert len(runs(shop)) == before + 1
    assert vitrail("nosuch").code == 2


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["-h"], ["segments"], ["profile"], ["run", "--no-report"]]
)
def test_an_answer_that_has_no_room_is_told_and_undoes_nothing(shop, vitrail, heard, words, monkeypatch):
    monkeypatch.chdir(shop)
    heard("stdout", "full")
    said = vitrail(*words)
    assert said.code == 1 and "the answer could not be written: the output is full" in said.err
    assert "nothing was changed" not in said.err
    assert ("the run itself is done" in said.err) == (words[0] == "run")


@pytest.mark.parametrize(("ended", "code"), [(None, 0), (3, 3), ("words", 1)])
def test_a_process_ends_with_the_code_it_was_given(monkeypatch, capsys, ended, code):
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    leave(ended)
    assert codes == [code] and capsys.readouterr().err == ("words\n" if ended == "words" else "")


def test_a_last_word_that_is_lost_is_no_success(monkeypatch, heard):
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    heard("stdout", "full")
    sys.stdout.write("answer")
    leave(0)
    assert codes == [1]


def test_stopping_it_while_it_starts_is_no_traceback(monkeypatch, capsys):
    def stop():
        raise KeyboardInterrupt

    monkeypatch.setattr("vitrail.cli.app.main", stop)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130 and capsys.readouterr().err.startswith(("stopped", "arrêté"))


def test_the_examples_of_the_help_are_calls():
    commands = typer.main.get_command(app).commands
    codes = [code for code in i18n.sentences() if code.startswith("cli_examples_")]
    said = [i18n.text(code, language) for code in codes for language in i18n.LANGUAGES]
    calls = [line.split()[1:] for lines in said for line in lines.splitlines() if line.startswith("vitrail ")]
    assert {name for name, *_ in calls} == set(commands)
    for name, *words in calls:
        commands[name].make_context(name, words)
