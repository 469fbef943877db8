"""English and French, on any terminal or none; help at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
