"""What Typer itself says, in the person's language: the words of `--help`, and calls that are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from vitrail import i18n
from vitrail.findings import Finding

_HELP_WORDS = {
    "Usage:": "usage",
    "Arguments:": "arguments",
    "Options:": "options",
    "Commands:": "commands",
    "Show this message and exit.": "help",
    "[required]": "required",
    "[default:": "default",
    "[OPTIONS]": "some_options",
    "COMMAND [ARGS]...": "some_command",
}
_TYPES = re.compile(r"<(list\[Path\]|str|path)>")


def spoken_classes(language: i18n.Language) -> tuple[type[TyperCommand], type[TyperGroup]]:
    """A command and a group whose help speaks `language`."""

    def translate(help: str) -> str:
        for word, code in _HELP_WORDS.items():
            help = help.replace(word, i18n.text(f"cli_help_{code}", language))
        return _TYPES.sub(lambda found: " " * len(found[0]), help)

    class Command(TyperCommand):
        def get_help(self, ctx: Any) -> str:
            return translate(super().get_help(ctx))

    class Group(TyperGroup):
        def get_help(self, ctx: Any) -> str:
            return translate(super().get_help(ctx))

    return Command, Group


def explain_misuse(error: typer.TyperException) -> Finding:
    """A call that Typer refuses, as a finding: what is wrong, and what is near."""
    message = str(getattr(error, "message", error))
    context = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if option is not None:
        if "requires" in message:
            return Finding("misuse_value_missing", "error", "", {"option": option})
        if "take a value" in message:
            return Finding("misuse_value_given", "error", "", {"option": option})
        known = [name for each in context.command.params for name in each.opts] if context else []
        return _unknown("misuse_option_unknown", option, known, getattr(error, "possibilities", None))
    if found := re.match(r"No such command '(.*?)'\.", message):
        return _unknown("misuse_command_unknown", found[1], list(context.command.commands) if context else [])
    if found := re.search(r"'(.*)' is not one of (.*?)\.?$", message, re.DOTALL):
        return _unknown("misuse_choice_unknown", found[1], re.findall("'(.*?)'", found[2]))
    if found := re.match(r"Got unexpected extra argument.*? \((.*)\)", message, re.DOTALL):
        return Finding("misuse_too_many", "error", "", {"words": found[1]})
    if parameter is not None and not message:
        return Finding("misuse_missing", "error", "", {"name": parameter.metavar or parameter.name})
    return Finding("misuse_other", "error", "", {"detail": message})


def _unknown(code: str, name: str, options: list[str], near: Iterable[str] | None = None) -> Finding:
    close = [*(near or get_close_matches(name, options, cutoff=0.5))] if len(name) > 2 else []
    figures = {"name": name[:60], "options": options, "suggestion": close[0] if close else ""}
    return Finding(f"{code}_near" if close else code, "error", "", figures)


def chosen_language(words: list[str], otherwise: i18n.Language) -> i18n.Language:
    """The language given on a command line, which help and faults of the call itself speak too.

    >>> chosen_language(["run", "--language", "fr"], "en"), chosen_language(["run", "-len"], "fr")
    ('fr', 'en')
    """
    for before, word in zip(["", *words], words, strict=False):
        value = word if before in ("--language", "-l") else re.sub("^(--language=|-l=?)", "", word)
        if (before in ("--language", "-l") or value != word) and value in i18n.LANGUAGES:
            return "fr" if value == "fr" else "en"
    return otherwise
