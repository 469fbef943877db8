"""How each segmentation cuts, in one or two plain sentences."""

from __future__ import annotations

import re
from functools import reduce
from itertools import accumulate

from vitrail.reports.conditions import say_condition
from vitrail.reports.run import ReportedRun, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

_AXES = ("r", "f", "m")


def tell_method(segmentation: SegmentationRow, run: ReportedRun, words: Words) -> str:
    """What decides a customer's segment; empty where the run does not say how it was cut."""
    sentences = [_rule(segmentation, run, words)]
    if not segmentation.partition:
        sentences.append(words.text("report_method_overlap"))
    return " ".join(sentence for sentence in sentences if sentence)


def tell_meaning(segmentation: SegmentationRow, segment: SegmentRow, run: ReportedRun, words: Words) -> str:
    """Who is in a segment, in a few words; empty for a rule that words cannot say."""
    meaning = segment.meaning.get(words.language, "")
    said = say_condition(meaning, words, run.labels) if segmentation.method == "rules" else meaning
    return clean(said[:1].upper() + said[1:], 160)


def tell_shared_names(segmentation: SegmentationRow, main: SegmentationRow | None, words: Words) -> str:
    """A warning where stages of a life bear the names of the first table's segments; else empty."""
    if main is None or main is segmentation or segmentation.method != "lifecycle":
        return ""
    known = {segment.name(words.language) for segment in main.segments if segment.tone != "no_order"}
    names = [name for each in segmentation.by_place if (name := each.name(words.language)) in known]
    return words.text("report_lifecycle_names", names=names) if names else ""


def _rule(segmentation: SegmentationRow, run: ReportedRun, words: Words) -> str:
    match segmentation.method:
        case "rfm":
            return _scores(segmentation, words)
        case "abc":
            return _shares(segmentation, run, words)
        case "lifecycle":
            return words.text("report_method_lifecycle")
        case "clusters":
            return words.text("report_method_clusters")
    return words.text("report_method_rules") if segmentation.partition else ""


def _scores(segmentation: SegmentationRow, words: Words) -> str:
    """The scores and those of them that the map reads, told by the columns in its expression."""
    read = [
        axis for axis in _AXES if re.search(rf"\b{re.escape(segmentation.key)}_{axis}\b", segmentation.sql)
    ]
    names = [words.text(f"report_axis_{axis}") for axis in read or _AXES]
    axes = words.text("report_and", before=", ".join(names[:-1]), after=names[-1]) if names[1:] else names[0]
    scales = set(segmentation.scales.values()) or {5}
    if len(scales) > 1:
        return words.text("report_method_rfm_uneven", axes=axes)
    return words.text("report_method_rfm", best=scales.pop(), axes=axes)


def _shares(segmentation: SegmentationRow, run: ReportedRun, words: Words) -> str:
    bounds = list(accumulate(run.shares.get(segmentation.key) or ()))[:-1]
    if not bounds:
        return words.text("report_method_abc_plain")
    written = [
        words.share(round(bound, 6), 0 if abs(bound * 100 - round(bound * 100)) < 1e-6 else 1)
        for bound in bounds
    ]
    cuts = reduce(lambda before, after: words.text("report_then", before=before, after=after), written)
    variable = (segmentation.variables or ("total_amount",))[0]
    if variable == "total_amount":
        return words.text("report_method_abc", cuts=cuts)
    return words.text("report_method_abc_of", cuts=cuts, variable=clean(words.variable(variable, run.labels)))
