"""Every sentence exists, says the same in both languages, and is written as a native writes it."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from vitrail.i18n import Language
from vitrail.i18n.texts import sentences

SOURCE = Path(__file__).resolve().parents[1] / "src" / "vitrail"
MODULES = sorted(SOURCE.rglob("*.py"))
SPEAKERS = {"Finding", "text", "fault", "_fault", "finding", "choose"}
CLI_SPEAKERS = {"say", "_says", "text"}  # in `cli`, these say the sentences that begin with `cli_`
SUFFIXES = ("", "_near")  # `choose` adds the second where a suggestion is near
CODES = sorted(sentences())
PREFIXES = ("", "cli_")  # what the command line says is said through its Speaker, which adds its own
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


def literals(node: ast.expr) -> Iterator[str]:
    """The strings an expression can be: itself, either side of a condition, an f-string as a pattern."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = [
            re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z0-9_]+" for p in node.values
        ]
        yield "".join(parts)


def spoken(tree: ast.AST, cli: bool = False) -> Iterator[tuple[str, int]]:
    """The code of each sentence that a module says, as a pattern, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            short = cli and name in CLI_SPEAKERS and not names_i18n(node.func)
            if short or name in SPEAKERS:
                found = [pattern for argument in node.args for pattern in literals(argument)][:1]
                yield from (
                    (f"cli_{p}" if short else p, node.lineno) for p in found if short or CODE.fullmatch(p)
                )


def names_i18n(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "i18n"


def exists(pattern: str) -> bool:
    return any(re.fullmatch(pattern + suffix, code) for suffix in SUFFIXES for code in CODES)


def prose(template: str) -> str:
    """A sentence without its fields and without what is code in it."""
    parts = string.Formatter().parse(template)
    filled = "".join(text if field is None else f"{text}x" for text, field, *_ in parts)
    return re.sub(r"`[^`]*`", "x", filled)


def fields(template: str) -> set[str]:
    return {field for _, field, *_ in string.Formatter().parse(template) if field}


def test_every_sentence_that_is_said_exists() -> None:
    said = [
        (f"{module.relative_to(SOURCE)}:{line}", pattern)
        for module in MODULES
        for pattern, line in spoken(
            ast.parse(module.read_text(encoding="utf-8")), cli=module.parent.name == "cli"
        )
    ]
    known = {pattern: exists(pattern) for _, pattern in said}
    assert [(place, pattern) for place, pattern in said if not known[pattern]] == []


def test_a_missing_sentence_would_be_noticed() -> None:
    tree = ast.parse('Finding("no_such_sentence_at_all", "error")')
    assert [pattern for pattern, _ in spoken(tree) if not exists(pattern)] == ["no_such_sentence_at_all"]


def test_every_sentence_is_said_somewhere() -> None:
    """A code stands in the source: whole, built in an f-string, or in a template."""
    written: set[str] = set()
    built: set[str] = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                built.update(p for p in literals(node) if re.match(r"[a-z]+_|\[.*\]\+_[a-z]", p))
    for file in SOURCE.rglob("*.html"):
        written.update(re.findall(r"[a-z0-9_]+", file.read_text(encoding="utf-8")))

    def is_said(code: str) -> bool:
        stems = [code, *(code.removesuffix(suffix) for suffix in SUFFIXES[1:])]
        return any(s in written for s in stems) or any(re.fullmatch(p, s) for p in built for s in stems)

    assert [code for code in CODES if not is_said(code)] == []


def test_a_sentence_says_the_same_in_both_languages() -> None:
    languages = {code: set(templates) for code, templates in sentences().items()}
    assert {code: found for code, found in languages.items() if found != {"en", "fr"}} == {}
    assert [code for code in CODES if not all(each.strip() for each in sentences()[code].values())] == []
    named = {code: [fields(each) for each in templates.values()] for code, templates in sentences().items()}
    assert {code: found for code, found in named.items() if found[0] != found[1]} == {}


FRENCH = {
    r"\w'\w": "the apostrophe is ’",
    r"[^\u202f](?=[;!?%€])": "a narrow no-break space stands before ; ! ? % €",
    r"[^\u202f](?=:(?!\w))": "a narrow no-break space stands before :",
    r"«(?![\u202f\u00a0])|(?<![\u202f\u00a0])»": "« a no-break space inside »",
    r'"': "quotation marks are « and »",
    r"\.\.\.": "the ellipsis is one sign: …",
    "  ": "one space is enough",
}
ENGLISH = {
    r"[\s\u00a0\u202f][;:!?%]": "no space before ; : ! ? %",
    r"\.\.\.": "the ellipsis is one sign: …",
    "  ": "one space is enough",
}


@pytest.mark.parametrize(("language", "rules"), [("fr", FRENCH), ("en", ENGLISH)])
def test_a_language_is_written_with_its_own_signs(language: Language, rules: dict[str, str]) -> None:
    written = {code: prose(templates[language]) for code, templates in sentences().items()}
    assert [
        (code, rule)
        for code, text in written.items()
        for sign, rule in rules.items()
        if re.search(sign, text)
    ] == []


@pytest.mark.parametrize(
    "text",
    ["l'été", "quoi ?", "quoi\u00a0!", "12\u00a0%", "ici :", "« oui »", '"oui"', "et...", "deux  fois"],
)
def test_a_wrong_sign_would_be_noticed(text: str) -> None:
    assert any(re.search(sign, text) for sign in FRENCH)
