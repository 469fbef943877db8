"""Distinct: do the members differ from all other customers on what did *not* form the segment?

A difference passes where it counts after correction, is surely as large as what matters, and still matters
without the one other segment that carries it most, where what is left must be sure too; it is weak where it
counts all the same; and a difference that only another segment makes is none. A segment that surely lies
between another and the rest passes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from vitrail import i18n
from vitrail.i18n import Language
from vitrail.statistics.leaning import find_share, smallest_share
from vitrail.statistics.superiority import Superiority, needed_members, smallest_superiority
from vitrail.validation.comparing import Comparison
from vitrail.validation.measures import Measure
from vitrail.validation.model import Judgement, Verdict, nobody
from vitrail.validation.standing import Among, Standing

Left = Literal["own", "weak", "unsure", "fail"]
"""Of a difference, once the segment that carries it most is left out: as much, less, as much but not surely,
or none."""
How = Literal["carried", "few_left", "between"]
_LEFT: tuple[Left, ...] = ("own", "weak", "unsure", "fail")


def judge_distinct(
    compared: Sequence[Comparison],
    measures: Mapping[str, Measure],
    among: Among,
    members: int,
    customers: int,
    alpha: float,
    least_effect: float,
) -> Judgement:
    """The verdict on a segment from its comparisons.

    Args:
        compared: the segment on every measure.
        among: the segments of its segmentation.
        members: of the segment; `customers`: all.
    """
    if not members:
        return nobody()
    if members == customers:
        return Judgement(
            "not_estimable", "validation_distinct_everyone", "validation_distinct_everyone_change"
        )
    kpis = [each for each in compared if each.part.role == "kpi"]
    if not kpis:
        return Judgement("not_estimable", "validation_distinct_no_kpi", "validation_distinct_no_kpi_change")
    tested = [each for each in kpis if each.effect is not None]
    if not tested:
        return _too_few(kpis)
    found = sorted((each for each in tested if each.is_found(alpha)), key=_margin, reverse=True)
    carried: list[tuple[Left, Comparison, Standing]] = []
    weak: Comparison | None = None
    for each in found:
        standing = among.find_carrier(each.segment, measures[each.measure])
        verdict = _look_again(each, standing, alpha / (among.choices * len(tested)), least_effect)
        if standing is not None and verdict != "own":
            carried.append((verdict, each, standing))
        elif each.is_large(alpha, least_effect):
            return _found("pass", each, measures[each.measure], len(found), len(tested), least_effect)
        else:
            weak = weak or each
    for each in tested:
        between = among.find_between(each.segment, measures[each.measure], alpha, least_effect)
        if between is not None:
            return _stood("pass", "between", each, measures[each.measure], between, among, least_effect)
    if weak is not None:
        return _found("weak", weak, measures[weak.measure], len(found), len(tested), least_effect)
    if carried:
        left, each, standing = min(carried, key=lambda one: _LEFT.index(one[0]))
        given: Verdict = "weak" if left == "weak" else "fail"
        how: How = "few_left" if left == "unsure" else "carried"
        return _stood(given, how, each, measures[each.measure], standing, among, least_effect)
    return _not_found(kpis, tested, measures, alpha / among.comparisons, least_effect)


def _margin(each: Comparison) -> float:
    return each.effect.margin if each.effect else 0.0


def _look_again(each: Comparison, standing: Standing | None, level: float, least_effect: float) -> Left:
    """Whether a difference found is the segment's own, in part, or only that of another segment.

    What is left must be sure: were its size alone asked, small segments that are alike would pass by chance.

    Args:
        level: of the p-value of what is left, over all that may be looked at.
    """
    if standing is None or each.effect is None:
        return "own"
    side = 1 if each.effect.value > 0.5 else -1
    left = side * (standing.rest.value - 0.5)
    stays = left >= min(least_effect - 0.5, abs(each.effect.value - 0.5) / 2)
    if left <= 0 or standing.rest.margin <= 0 or standing.rest.p > level:
        return "unsure" if stays else "fail"
    return "own" if stays else "weak"


def _too_few(kpis: Sequence[Comparison]) -> Judgement:
    best = max(kpis, key=lambda each: min(each.members, each.others))
    if best.part.alike:
        code = "validation_distinct_none_alike"
        return Judgement("not_estimable", code, f"{code}_change")
    needed = needed_members(best.others)
    figures = {"members": best.members, "others": best.others, "needed": needed or 0}
    code = "validation_distinct_few" if needed else "validation_distinct_few_others"
    return Judgement("not_estimable", code, f"{code}_change", figures=figures)


def _not_found(
    kpis: Sequence[Comparison],
    tested: Sequence[Comparison],
    measures: Mapping[str, Measure],
    level: float,
    least_effect: float,
) -> Judgement:
    """No difference, and the least that would have been seen at a level corrected for all comparisons."""
    names = [dict(measures[each.measure].label) for each in kpis]
    figures: dict[str, Any] = {"kpis": names, "count": len(tested), "level": level}
    reason, shown = "validation_distinct_fail_blind", None
    varied = [each for each in tested if _effect(each).p < 1 or _effect(each).value != 0.5]
    numbers = [each for each in varied if measures[each.measure].kind == "number"]
    widest = max(numbers or varied, key=lambda each: (each.members, each.others), default=None)
    if widest is not None and numbers:
        shown = smallest_superiority(widest.members, widest.others, level=level)
    elif widest is not None:
        figures["share_others"] = rest = widest.mean_others or 0.0
        shown = smallest_share(round(rest * widest.others), widest.members, widest.others, level=level)
    if shown is not None and not (numbers and shown >= 1):
        reason = "validation_distinct_fail" if numbers else "validation_distinct_fail_share"
        figures["shown"] = shown
    return Judgement("fail", reason, "validation_distinct_fail_change", 0.5, least_effect, figures)


def _found(
    verdict: Literal["pass", "weak"],
    strongest: Comparison,
    measure: Measure,
    found: int,
    tested: int,
    least_effect: float,
) -> Judgement:
    effect = _effect(strongest)
    higher = effect.value > 0.5
    figures: dict[str, Any] = {
        "variable": _name(strongest, measure),
        "often": effect.value if higher else 1 - effect.value,
        "low": effect.low if higher else 1 - effect.high,
        "high": effect.high if higher else 1 - effect.low,
        "least": least_effect,
        "found": found,
        "tested": tested,
    }
    kind = "higher" if higher else "lower"
    if measure.kind == "yes_no":
        kind = "share"
        figures |= {"share": strongest.mean, "share_others": strongest.mean_others}
        few = 0.5 / (strongest.others + 1)
        rest = min(max(strongest.mean_others or 0.0, few), 1 - few)
        figures |= {"low": find_share(rest, effect.low), "high": find_share(rest, effect.high)}
        figures["least"] = find_share(rest, least_effect if higher else 1 - least_effect)
    reason = f"validation_distinct_{verdict}_{kind}"
    change = f"validation_distinct_{verdict}_change" + ("_share" if kind == "share" else "")
    return Judgement(verdict, reason, change, 0.5 + effect.margin, least_effect, figures)


def _stood(
    verdict: Verdict,
    how: How,
    each: Comparison,
    measure: Measure,
    standing: Standing,
    among: Among,
    least_effect: float,
) -> Judgement:
    """The verdict on a segment whose difference another one makes, or hides."""
    figures: dict[str, Any] = {
        "variable": _name(each, measure),
        "other": dict(among.cut.segments[standing.other]),
        "often": _effect(each).value,
        "rest": standing.rest.value,
        "against": standing.against.value,
        "least": least_effect,
    }
    kind = "number"
    if measure.kind == "yes_no":
        kind = "share"
        figures |= {"share": each.mean, "share_others": each.mean_others}
        figures |= {"rest": standing.share_rest, "against": standing.share_other}
    code = f"validation_distinct_{verdict}_{how}"
    sure = min(standing.rest.margin, standing.against.margin) if how == "between" else standing.rest.margin
    return Judgement(
        verdict, f"{code}_{kind}", f"validation_distinct_{how}_change", 0.5 + sure, least_effect, figures
    )


def _name(each: Comparison, measure: Measure) -> dict[Language, str]:
    """The measure's name for people, with how it was compared."""
    if not each.part.alike:
        return dict(measure.label)
    code = "validation_measure_alike"
    return {language: i18n.text(code, language, variable=name) for language, name in measure.label.items()}


def _effect(each: Comparison) -> Superiority:
    if each.effect is None:
        raise ValueError(f"{each.measure} was not compared")
    return each.effect
