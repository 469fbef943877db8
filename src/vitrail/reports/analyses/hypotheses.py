"""The claims of the plan in the report: a verdict each, the figures behind it, and all intervals in one
picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.intervals import Interval, chart_intervals
from vitrail.charts.theme import WIDE
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.reports.analyses.differences import (
    name_kpi,
    title_axis,
    unit_of,
    write_bounds,
    write_difference,
    write_interval,
    write_p,
    write_signed,
)
from vitrail.reports.analyses.part import Part
from vitrail.reports.conditions import Labels, write_condition
from vitrail.reports.drawings import Drawing
from vitrail.reports.notebook import render_table
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

TONES = {"supported": "champions", "contradicted": "critical", "undecided": "asleep", "negligible": "new"}

MOST_NAMED = 2

Claim = Mapping[str, Any]


def tell_hypotheses(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The claims of a run; none where the plan makes none."""
    claims = content["hypotheses"]
    if not claims:
        return None
    drawn = tuple(_draw(claims, words, run.labels))
    estimated = sum(claim["difference"] is not None for claim in claims)
    return Part(
        title=words.text("hypotheses_title"),
        note=words.text("hypotheses_note", count=max(estimated, 1)),
        verdict=_tell_verdicts(claims, words),
        content={
            "claims": [_tell(claim, words, run.labels) for claim in claims],
            "rows": [_row(claim, words) for claim in claims],
            "written": [_list_written(claim) for claim in claims],
            "charts": [each.name for each in drawn],
            "legend": _explain_marks(claims, words),
        },
        drawings=drawn,
    )


def _tell_verdicts(claims: Sequence[Claim], words: Words) -> str:
    """The verdict on each claim, or where there are many how often each was given."""
    if len(claims) <= MOST_NAMED:
        said = (
            words.text(
                "hypotheses_verdict_of",
                statement=clean(each["statement"][words.language], 160),
                verdict=f"hypotheses_verdict_{each['verdict']}",
            )
            for each in claims
        )
        return " ".join(said)
    given = Counter(each["verdict"] for each in claims)
    counted = [
        words.text("hypotheses_verdict_count", verdict=f"hypotheses_verdict_{name}", count=count)
        for name, count in given.items()
    ]
    return words.text("hypotheses_verdicts", parts=counted)


def tell_claim(claim: Claim, language: Language) -> str:
    """A claim and its verdict in one line of plain text."""
    words = Words(language, None)
    said = _tell(claim, words, {})
    parts = [
        said["statement"],
        said["verdict"],
        *(str(Markup(line).striptags()) for line in said["lines"][:1]),
    ]
    return " · ".join(parts)


def render_claims(claims: Sequence[Claim], language: Language) -> str:
    """The claims as an HTML table for a notebook."""
    words = Words(language, None)
    rows = [_row(claim, words) for claim in claims]
    names = ("claim", "verdict", "who", "rest", "difference", "interval", "p")
    return render_table(rows, {name: words.text(f"hypotheses_column_{name}") for name in names}, language)


def _tell(claim: Claim, words: Words, labels: Labels) -> dict[str, Any]:
    code = "hypotheses_conditions" if claim["compared_with"] is None else "hypotheses_conditions_with"
    sides = {"who": claim["who"], "rest": claim["compared_with"] or "true"}
    named = {side: write_condition(each, words, labels) for side, each in sides.items()}
    return {
        "statement": clean(claim["statement"][words.language], 300),
        "verdict": words.text(f"hypotheses_verdict_{claim['verdict']}"),
        "tone": TONES.get(claim["verdict"], "no_order"),
        "lines": list(_lines(claim, words, labels)),
        "notes": [_tell_note(each, words, labels) for each in claim["notes"]],
        "conditions": words.html(code, **named),
    }


def _tell_note(note: Mapping[str, Any], words: Words, labels: Labels) -> Markup:
    """What a reader of the verdict should know, variables by their names for people."""
    figures = dict(note["figures"])
    for each in {"names", "kpi"} & figures.keys():
        figures[each] = [words.variable(name, labels) for name in figures[each]]
    return words.finding(Finding(note["code"], note["level"], "", figures))


def _lines(claim: Claim, words: Words, labels: Labels) -> Iterator[Markup]:
    """The difference; how it was adjusted; why the verdict."""
    value, kind, unit = claim["difference"], claim["kind"], claim["unit"]
    if value is None:
        return
    yield words.html(
        "hypotheses_said_lower" if value < 0 else "hypotheses_said_higher",
        kpi=name_kpi(claim["kpi"], words, labels),
        who=words.figure(claim["value_who"], unit_of(kind, unit)),
        rest=words.figure(claim["value_rest"], unit_of(kind, unit)),
        difference=write_difference(value, kind, unit, words),
        interval=write_interval(claim["low"], claim["high"], kind, unit, words),
    )
    raw = claim["raw_difference"]
    if raw is not None:
        code = "hypotheses_raw_lower" if raw < 0 else "hypotheses_raw_higher"
        told = words.text(code, difference=write_difference(raw, kind, unit, words))
        names = [words.variable(name, labels) for name in claim["adjust_for"]]
        line = words.html("hypotheses_adjusted", names=names, raw=told)
        turned = raw * value < 0 and claim["raw_low"] * claim["raw_high"] > 0
        yield Markup(" ").join([line, words.html("hypotheses_turned")]) if turned else line
    sizes = words.html("hypotheses_sizes", who=claim["customers_who"], rest=claim["customers_rest"])
    yield Markup(" ").join([*_reason(claim, words), sizes])


def _reason(claim: Claim, words: Words) -> Iterator[Markup]:
    kind, unit = claim["kind"], claim["unit"]
    figures = {}
    if claim["verdict"] == "undecided":
        figures["smallest"] = write_difference(claim["smallest"], kind, unit, words)
    if claim["verdict"] == "negligible":
        figures["matters"] = write_difference(claim["matters_from"], kind, unit, words)
    yield words.html(f"hypotheses_why_{claim['verdict']}", **figures)
    have = claim["customers_who"] + claim["customers_rest"]
    if claim["needed"] is not None and claim["needed"] > have:
        yield words.html("hypotheses_needed", needed=round_up(claim["needed"]), have=have)


def round_up(count: int) -> int:
    """A number of customers to two digits: it is an order of size."""
    step: int = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // step) * step


def _row(claim: Claim, words: Words) -> dict[str, Any]:
    """A claim's line in the table of all figures."""
    kind, unit, value = claim["kind"], claim["unit"], claim["difference"]
    row: dict[str, Any] = {
        "claim": clean(claim["statement"][words.language], 160),
        "verdict": words.text(f"hypotheses_verdict_{claim['verdict']}"),
        **dict.fromkeys(("who", "rest", "difference", "interval", "ratio"), "–"),
        "p": write_p(claim["p_adjusted"], words),
    }
    if value is None:
        return row
    for side in ("who", "rest"):
        figure = words.figure(claim[f"value_{side}"], unit_of(kind, unit))
        row[side] = f"{figure} ({words.number(claim[f'customers_{side}'])})"
    row["difference"] = write_signed(value, kind, unit, words)
    row["interval"] = write_bounds(claim["low"], claim["high"], kind, unit, words)
    row["ratio"] = words.number(claim["ratio"], 2) if claim["ratio"] is not None else "–"
    return row


def _list_written(claim: Claim) -> list[str]:
    """The conditions of a claim as the plan has them: who, compared with whom, on what."""
    return [clean(each) for each in (claim["who"], claim["compared_with"], claim["kpi"]) if each]


def _explain_marks(claims: Sequence[Claim], words: Words) -> str:
    """What the marks of the pictures say: those that are drawn, and no others.

    >>> claim = {"difference": 0.1, "raw_difference": None, "matters_from": 0.02}
    >>> _explain_marks([claim], Words("en", None)).partition("open. ")[2]
    'The pale band holds the differences too small to matter.'
    """
    marks = [
        name
        for name in ("raw_difference", "matters_from")
        if any(claim["difference"] is not None and claim[name] is not None for claim in claims)
    ]
    codes = ["hypotheses_chart_note", *(f"hypotheses_chart_note_{name}" for name in marks)]
    return " ".join(words.text(code) for code in codes)


def _draw(claims: Sequence[Claim], words: Words, labels: Labels) -> Iterator[Drawing]:
    """All shares in one picture; each number in one of its own, since units differ."""
    drawn: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim["difference"] is not None:
            drawn.setdefault("" if claim["kind"] == "share" else claim["kpi"], []).append(claim)
    for place, (kpi, group) in enumerate(drawn.items()):
        kind, unit = group[0]["kind"], group[0]["unit"]
        name = name_kpi(kpi, words, labels).striptags() if kpi else ""
        title = title_axis("hypotheses_axis", kind, unit, words, kpi=name)
        intervals = [_interval(claim, words) for claim in group]
        said = words.text("hypotheses_chart_said", claims=[f"{each.name} {each.said}" for each in intervals])
        yield Drawing(
            f"hypotheses{place}", said, WIDE, partial(chart_intervals, intervals, title, above=True)
        )


def _interval(claim: Claim, words: Words) -> Interval:
    scale = 100 if claim["kind"] == "share" else 1
    row = _row(claim, words)

    def scaled(name: str) -> float | None:
        return None if claim[name] is None else scale * float(claim[name])

    return Interval(
        name=f"{row['verdict'].capitalize()} · {clean(claim['statement'][words.language], 110)}",
        value=scale * claim["difference"],
        low=scale * claim["low"],
        high=scale * claim["high"],
        said=f"{row['difference']} ({row['interval']})",
        tone=TONES[claim["verdict"]],
        before=scaled("raw_difference"),
        matters_from=scaled("matters_from"),
    )
