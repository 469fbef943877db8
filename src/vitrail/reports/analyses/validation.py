"""Whether segments are worth acting on, as the page shows it: verdicts, reasons, effects, overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.intervals import Interval, chart_intervals
from vitrail.charts.theme import WIDE
from vitrail.insight.groups import choose_main
from vitrail.reports.analyses.meeting import tell_meeting
from vitrail.reports.analyses.part import Part
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun, SegmentationRow, SegmentRow
from vitrail.reports.windows import segmentation_id
from vitrail.reports.words import Words, clean
from vitrail.validation.model import CRITERIA

SYMBOLS = {"pass": "✓", "weak": "≈", "fail": "✗", "not_estimable": "?"}
MOST_EFFECTS = 14

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A criterion of a segment: its verdict as a mark and a word, why, and what would change it."""

    criterion: str
    verdict: str
    symbol: str
    word: str
    reason: Markup
    change: Markup
    said: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A segment with its verdicts, in the order of the criteria."""

    name: str
    tone: str
    mark: str
    customers: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A segmentation: its segments, what they were judged by, how crowded it is, what it leaves out."""

    key: str
    name: str
    segments: tuple[Judged, ...]
    basis: tuple[Markup, ...]
    merges: tuple[Markup, ...]
    crowded: str
    chart: str
    summary: str


def tell_validation(content: Row, run: ReportedRun, words: Words) -> Part | None:
    """The part of the report; none where no segment was judged."""
    known = {each.key: each for each in run.segmentations}
    wholes, drawings = [], []
    main = choose_main(run.segmentations)
    judged = [known[row["key"]] for row in content["segmentations"] if row["key"] in known]
    for segmentation in sorted(judged, key=lambda each: each is not main):
        drawing = _draw_effects(content, segmentation, words)
        drawings += [drawing] if drawing else []
        wholes.append(_tell_whole(content, segmentation, words, drawing.name if drawing else ""))
    if not wholes:
        return None
    return Part(
        title=words.text("validation_title"),
        note=words.text("validation_note", segments=len(content["cards"])),
        content={
            "criteria": [
                (words.text(f"validation_{name}"), words.text(f"validation_{name}_asked"))
                for name in CRITERIA
            ],
            "symbols": [(code, SYMBOLS[code], words.text(f"validation_verdict_{code}")) for code in SYMBOLS],
            "said": _tell_all(content, run, words),
            "wholes": wholes,
            "obsolete": [_tell_obsolete(each, known, words) for each in content["obsolete"]],
            "meeting": tell_meeting(content["overlap"], run, words),
        },
        drawings=tuple(drawings),
    )


def _tell_all(content: Row, run: ReportedRun, words: Words) -> list[Markup]:
    """What is true of the whole: how it was compared, who is left out."""
    thresholds = content["thresholds"]
    kpis = [each for each in content["comparisons"] if each["role"] == "kpi" and each["p"] is not None]
    said = []
    if kpis:
        said.append(
            words.html(
                "validation_compared",
                comparisons=len(kpis),
                measures=len({each["measure"] for each in kpis}),
                alpha=thresholds["alpha"],
            )
        )
    if 0 < thresholds["compared"] < run.customers:
        said.append(
            words.html("validation_sampled", compared=thresholds["compared"], customers=run.customers)
        )
    named = {each.key: clean(each.name(words.language), 60) for each in run.segmentations}
    for each in content["coverage"]:
        figures = {"customers": each["nowhere"], "rest": each["only_rest"]}
        figures |= {"share": each["nowhere"] / each["customers"] if each["customers"] else 0.0}
        figures |= {"rest_share": each["only_rest"] / each["customers"] if each["customers"] else 0.0}
        figures |= {"name": named.get(each["segmentation"] or "", "")}
        whole = each["segmentation"] is None
        if each["nowhere"]:
            said.append(words.html(f"validation_cover_nowhere{'_all' * whole}", **figures))
        if each["only_rest"]:
            said.append(words.html(f"validation_cover_rest{'_all' * whole}", **figures))
    return said


def _tell_whole(content: Row, segmentation: SegmentationRow, words: Words, chart: str) -> Whole:
    cards = {each["segment"]: each for each in content["cards"] if each["segmentation"] == segmentation.key}
    crowding = next(each for each in content["crowding"] if each["segmentation"] == segmentation.key)
    crowded = ""
    if crowding["segments"] > crowding["most"]:
        figures = {name: crowding[name] for name in ("segments", "fewest", "most")}
        crowded = words.text("validation_many", **figures)
    given = [each["verdict"] for card in cards.values() for each in card["criteria"].values()]
    counted = {f"n_{name}": given.count(name) for name in ("fail", "weak")}
    name = clean(segmentation.name(words.language), 80)
    return Whole(
        key=segmentation.key,
        name=name,
        segments=tuple(
            _tell_segment(each, cards[each.key], words) for each in segmentation.by_place if each.key in cards
        ),
        summary=words.text("validation_summary", name=name, verdicts=len(given), **counted),
        basis=tuple(_tell_basis(content, segmentation, words)),
        merges=tuple(_tell_merge(each, segmentation, content, words) for each in crowding["merges"]),
        crowded=crowded,
        chart=chart,
    )


def _tell_segment(segment: SegmentRow, card: Row, words: Words) -> Judged:
    verdicts = []
    for name in CRITERIA:
        each = card["criteria"][name]
        figures = say_figures(each["figures"], words)
        criterion, word = (
            words.text(f"validation_{name}"),
            words.text(f"validation_verdict_{each['verdict']}"),
        )
        said = words.text("validation_said", criterion=criterion, verdict=word)
        verdicts.append(
            Verdict(
                criterion=criterion,
                verdict=each["verdict"],
                symbol=SYMBOLS[each["verdict"]],
                word=word,
                reason=words.html(each["reason"], **figures),
                change=words.html(each["change"], **figures),
                said=f"{said} {words.text(each['reason'], **figures)}",
            )
        )
    return Judged(
        clean(segment.name(words.language), 80),
        segment.tone,
        segment.mark,
        words.number(segment.customers),
        tuple(verdicts),
    )


def say_figures(figures: Row, words: Words) -> dict[str, Any]:
    """The figures of a sentence, names by language in the reader's: text, so that it is escaped like any."""

    def one(value: Any) -> Any:
        return str(value[words.language]) if isinstance(value, Mapping) else value

    return {
        name: [one(each) for each in value] if isinstance(value, list) else one(value)
        for name, value in figures.items()
    }


def _tell_basis(content: Row, segmentation: SegmentationRow, words: Words) -> list[Markup]:
    """What a segmentation was judged by, and what was left out and why."""
    labels = {each["key"]: clean(each["label"][words.language], 60) for each in content["measures"]}
    own: dict[str, Row] = {}
    for each in content["comparisons"]:
        if each["segmentation"] == segmentation.key:
            own.setdefault(each["measure"], each)
    said = []
    used = [labels[name] for name, each in own.items() if each["role"] == "kpi"]
    if used:
        said.append(words.html("validation_basis_kpis", names=used))
    for role in ("defining", "related", "counted", "redundant"):
        names = [labels[name] for name, each in own.items() if each["role"] == role]
        if names:
            said.append(words.html(f"validation_basis_{role}", names=names))
    return said


def _tell_merge(merge: Row, segmentation: SegmentationRow, content: Row, words: Words) -> Markup:
    names = {each.key: clean(each.name(words.language), 60) for each in segmentation.segments}
    labels = {each["key"]: clean(each["label"][words.language], 60) for each in content["measures"]}
    one, other = (" + ".join(names.get(key, key) for key in merge[side]) for side in ("one", "other"))
    figures = {"one": one, "other": other, "left": merge["left"]}
    figures |= {"lost": merge["lost"], "all": merge["lost_in_all"]}
    if merge["measure"] is None:
        return words.html("validation_merge_nothing", **figures)
    return words.html("validation_merge", measure=labels[merge["measure"]], **figures)


def _tell_obsolete(each: Row, known: Mapping[str, SegmentationRow], words: Words) -> Markup:
    """A segment, or a segmentation, that is not what it was."""
    segmentation = known.get(each["segmentation"])
    name = clean(segmentation.name(words.language), 60) if segmentation else each["segmentation"]
    if each["segment"] is not None:
        own = {s.key: s.name(words.language) for s in segmentation.segments} if segmentation else {}
        label = (each["figures"].get("label") or {}).get(words.language) or each["segment"]
        name = f"{name}, {clean(own.get(each['segment'], label), 60)}"
    figures = {key: value for key, value in each["figures"].items() if key != "label"}
    most = "_most" if figures.get("others") else ""
    change = words.html(f"validation_change_{each['change']}{most}", **_labelled(figures, words))
    return words.html("validation_changed", name=name, change=change)


def _labelled(figures: dict[str, Any], words: Words) -> dict[str, Any]:
    if "variable" in figures:
        figures["variable"] = words.known(f"variable_{figures['variable']}", figures["variable"])
    return figures


def _draw_effects(content: Row, segmentation: SegmentationRow, words: Words) -> Drawing | None:
    """The strongest difference of each segment on what did not form it, with its interval."""
    segments = {each.key: each for each in segmentation.segments}
    labels = {each["key"]: clean(each["label"][words.language], 50) for each in content["measures"]}
    kinds = {each["key"]: each["kind"] for each in content["measures"]}
    least = content["thresholds"]["least_effect"] - 0.5
    strongest: dict[str, Row] = {}
    for each in content["comparisons"]:
        kpi = each["role"] == "kpi" and each["effect"] is not None
        mine = kpi and each["segmentation"] == segmentation.key
        if mine and _margin(each) >= _margin(strongest.get(each["segment"])):
            strongest[each["segment"]] = each
    intervals = []
    for key in [each.key for each in segmentation.by_place if each.key in strongest][:MOST_EFFECTS]:
        each, segment = strongest[key], segments[key]
        title = f"{segment.mark} {clean(segment.name(words.language), 40)} · {labels[each['measure']]}"
        low, value, high = ((each[side] - 0.5) * 100 for side in ("low", "effect", "high"))
        said = _say_effect(each, title, kinds[each["measure"]], words)
        intervals.append(
            Interval(title, value, low, high, tone=segment.tone, matters_from=least * 100, said=said)
        )
    if not intervals:
        return None
    name = f"effects{segmentation_id(segmentation.key)}"
    title = words.text("validation_effects", name=clean(segmentation.name(words.language), 60))
    chart = partial(chart_intervals, intervals, words.text("validation_effects_axis"), above=True)
    return Drawing(name, title, WIDE, chart)


def _margin(each: Row | None) -> float:
    """How far from no difference an interval stays; below zero how far it reaches over."""
    return -1.0 if each is None else float(max(each["low"] - 0.5, 0.5 - each["high"]))


def _say_effect(each: Row, title: str, kind: str, words: Words) -> str:
    if kind == "yes_no":
        shares = {"share": each["mean"], "others": each["mean_others"]}
        return words.text("validation_effect_share", name=title, **shares)
    sides = {"often": each["effect"], "low": each["low"], "high": each["high"]}
    return words.text("validation_effect_number", name=title, **sides)
