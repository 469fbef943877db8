"""A source whose columns were not all recognised, as an outline in the plan: what is left is to fill in."""

from __future__ import annotations

from functools import partial

from vitrail import i18n
from vitrail.collection.files import FilesRead
from vitrail.collection.model import TABLES
from vitrail.collection.readings import UNKNOWN
from vitrail.findings import Finding
from vitrail.workspace.drafting import aligned, scalar


def outline_source(
    name: str,
    files: str | list[str],
    sheet: str | None,
    read: FilesRead,
    unknown: Finding,
    language: i18n.Language,
) -> str:
    """The block of a source in `vitrail.yml`, with `"?"` for each column that the table needs and none is.

    Args:
        unknown: the finding `guess_by_hand` of the source, which knows its table and what it lacks.
    """
    say = partial(i18n.text, language=language)
    table = unknown.figures["table"]
    mapped: dict[str, str] = unknown.figures["mapped"]
    columns = [(f"      {model}: {scalar(source)}", "") for model, source in mapped.items()]
    for need in unknown.figures["needs"]:
        model, *others = need["columns"]
        parts = [TABLES[table].columns[model].meaning[language]]
        parts += [say("outline_or", names=others)] if others else []
        parts += [say("outline_near", names=need["near"])] if need["near"] else []
        columns.append((f"      {model}: {scalar(UNKNOWN)}", " ".join(parts)))
    paths = [files] if isinstance(files, str) else files
    shown = scalar(paths[0]) if len(paths) == 1 else f"[{', '.join(map(scalar, paths))}]"
    row = say("draft_table", row=TABLES[table].label[language])
    return "\n".join(
        [
            f"  {name}:",
            aligned(
                [
                    (f"    file: {shown}", ""),
                    *([(f"    sheet: {scalar(sheet)}", "")] if sheet else []),
                    (f"    table: {table}", f"{row}, {say('outline_table')}"),
                ]
            ),
            f"    columns:  # {say('outline_columns')}",
            aligned(columns),
            f"    # {say('outline_seen', names=list(read.columns))}",
        ]
    )
