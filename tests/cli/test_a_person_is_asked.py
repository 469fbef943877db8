"""`vitrail init` at a terminal asks what it is unsure of, and the answers are in the plan."""

from __future__ import annotations

import os
import select
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty", reason="a terminal to simulate needs a Unix system")

UNSURE = "Customer,Order,Date,Total\n" + "".join(
    f"c{i % 9},o{i},0{i % 9 + 1}/0{i % 8 + 1}/2024,{i + 1}\n" for i in range(60)
)


def converse(words: list[str], folder, *answers: str) -> tuple[int, str]:
    """Answer on a terminal of its own, the last answer again and again; the exit code and what was said."""
    given = list(answers)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from vitrail.cli import main; main()", *words],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder,
        env={**os.environ, "VITRAIL_LANGUAGE": "en"},
    )  # fmt: skip
    os.close(theirs)
    assert process.stdout
    said = b""
    while chunk := os.read(process.stdout.fileno(), 4096):
        said += chunk
        if said.rstrip().endswith(b":") and said.splitlines()[-1].startswith(b"Your answer"):
            answer = given.pop(0) if given[1:] else given[0]
            os.write(ours, answer.encode() + (b"" if answer == "\x04" else b"\n"))
            select.select([process.stdout], [], [], 10)
    code = process.wait()
    process.stdout.close()
    os.close(ours)
    return code, said.decode()


def test_questions_are_asked_and_the_answers_kept(tmp_path):
    (tmp_path / "orders.csv").write_text(UNSURE, encoding="utf-8")
    code, said = converse(["init", "orders.csv"], tmp_path, "3", "2", "zut", "9", "£")
    assert code == 0, said
    assert "1. " in said and "Your answer" in said and "plan written" in said
    assert "“3” is no answer" in said and "“zut” is no currency" in said and "“9” is no currency" in said
    assert "to check" not in said
    plan = (tmp_path / "vitrail.yml").read_text(encoding="utf-8")
    assert "mm/dd/yyyy" in plan and "currency: GBP" in plan


def test_with_yes_nobody_is_asked_and_what_is_open_is_said(tmp_path):
    (tmp_path / "orders.csv").write_text(UNSURE, encoding="utf-8")
    code, said = converse(["init", "orders.csv", "--yes"], tmp_path, "2")
    assert code == 0 and "Your answer" not in said and "to check" in said


def test_a_person_who_leaves_is_told_that_nothing_was_written(tmp_path):
    (tmp_path / "orders.csv").write_text(UNSURE, encoding="utf-8")
    code, said = converse(["init", "orders.csv"], tmp_path, "\x04")
    assert code == 130 and "no plan was written" in said and not (tmp_path / "vitrail.yml").exists()
