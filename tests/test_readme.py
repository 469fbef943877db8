"""What the first pages tell a person to type works, in the order they tell it.

Every block of commands runs, one shell a language, in a copy of the project: `sh` and `python` as they stand;
a `yaml` block that begins with `# vitrail.yml` is written to that file. Some things differ from a person's
machine: `.venv` is there already (the one that runs these tests); `make test` runs one small file, because
this one would call itself for ever; the tutorial finds the demo that `make demo` made on the first page; and
what is slow is done once. A block that French words as English does has run in English; of the French demo,
whose plan says the same as the English one (tests/demo), the files are made and the plan is checked; and the
second run of a workspace draws no report, for the first has drawn it in both languages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"en": ("README.md", "docs/tutorial.md"), "fr": ("README.fr.md", "docs/tutoriel.fr.md")}
EVERY_PAGE = [page for pages in PAGES.values() for page in pages]
OTHER_PAGES = [
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md")),
]
HOMES = (ROOT, ROOT / "src" / "vitrail")
"""Where a path named on a page begins."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("Makefile", "pyproject.toml", "README.md", "LICENSE", "constraints", "src", "docs")
SHOWN = {"text", "html", "json", "sql"}  # what a page shows, and nobody types


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, and the line it begins on."""

    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in FENCE.finditer(text)]


FRENCH_DEMO = """\
.venv/bin/python -c "from vitrail.demo import make_shop; make_shop('demo', language='fr')"
.venv/bin/vitrail check -C demo
"""


def bare(block: Block) -> tuple[str, str]:
    """What a block does, whatever the comments beside its commands say."""
    return block.language, re.sub(r"\s+#.*$", "", block.text, flags=re.MULTILINE)


def shorten(commands: str, page: str, language: str) -> str:
    """The commands of a page, with what is slow done once."""
    if page != PAGES[language][0]:
        return commands.replace("make demo\n", "test -d demo\n")
    commands = commands.replace("vitrail run\n", "vitrail run --no-report\n")
    return commands if language == "en" else commands.replace("make demo\n", FRENCH_DEMO)


def script(language: str) -> str:
    """One shell script of all that the pages of a language tell a person to do."""
    steps = ["set -euo pipefail", "project=$PWD"]
    known = {bare(block) for page in PAGES["en"] for block in blocks(page)} if language != "en" else set()
    for page in PAGES[language]:
        steps.append('cd "$project"')
        for block in blocks(page):
            if block.language in SHOWN or bare(block) in known:
                continue
            steps.append(f"echo '--- {page}:{block.line}' >&2")
            if block.language == "sh":
                steps.append(shorten(block.text, page, language))
            elif block.language == "python":
                steps.append(f"python - <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
            elif block.language == "yaml" and block.text.startswith("# vitrail.yml\n"):
                steps.append(f"cat > vitrail.yml <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
            else:
                raise AssertionError(
                    f"{page}:{block.line}: nobody knows what to do with this {block.language!r} block"
                )
    return "\n".join(steps)


def copy_project(folder: Path) -> None:
    """A copy of the project whose `.venv` is the one that runs this test, and up to date."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "test_imports.py", folder / "tests")
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.suffix != ".stamp":
            (folder / ".venv" / part.name).symlink_to(part)
    for stamp in ("python", "runtime", "dev"):
        (folder / ".venv" / f"{stamp}.stamp").touch()


@pytest.mark.parametrize("language", PAGES)
def test_every_command_of_a_page_works_in_the_order_of_the_page(language: str, tmp_path: Path) -> None:
    if not shutil.which("bash") or not shutil.which("make"):
        pytest.skip("bash and make are not here")
    if not (Path(sys.prefix) / "bin" / "activate").exists():
        pytest.skip("the tests do not run in a virtual environment of their own")
    copy_project(tmp_path)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MAKE"))},
        "VITRAIL_LANGUAGE": language,
        "PYTEST_ADDOPTS": "tests/test_imports.py -k name",
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "1",
        "PYTHONWARNINGS": "error",
    }
    command = ["bash", "-c", script(language)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.mark.parametrize(("english", "french"), [*zip(PAGES["en"], PAGES["fr"], strict=True)])
def test_both_languages_tell_a_person_to_do_the_same(english: str, french: str) -> None:
    def verbs(page: str) -> list[list[str]]:
        return [re.findall(r"^(?:vitrail \w+|make \w+)", block.text, re.MULTILINE) for block in blocks(page)]

    assert verbs(english) == verbs(french)


@pytest.mark.parametrize("page", dict.fromkeys([*EVERY_PAGE, *OTHER_PAGES]))
def test_every_link_to_a_file_and_every_path_named_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in t]
    assert [t for t in targets if not ((ROOT / page).parent / t).exists()] == []
    if page != "CHANGELOG.md":  # which speaks of what was
        named = {
            path
            for code in re.findall(r"`([^`\n]+)`", text)
            for path in re.findall(r"[\w.-]+/[\w./-]*", code)
        }
        ours = [(home, path) for path in named for home in HOMES if (home / path.partition("/")[0]).is_dir()]
        assert [path for home, path in ours if not (home / path).exists()] == []


def test_the_index_leads_to_every_page() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f"({page})" not in text and page != "index.md"] == []
