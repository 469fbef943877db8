"""Comparisons in words and as a table: what differs by how much, what does not, what cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from vitrail.reports.words import TWO_POINTS, Words, clean

MOST_SAID = 4
MOST_NAMED = 6

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is said of comparisons, and the table of all of them: title of each column, then rows."""

    said: tuple[Markup, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tell_comparisons(table: Row, words: Words, name: Callable[[str], str]) -> Verdicts | None:
    """The comparisons of a table; why there is none, where that can be said in a sentence.

    Args:
        name: a cohort's name by its key.
    """
    uncompared = table.get("uncompared")
    if uncompared:
        return Verdicts((words.html(f"cohorts_uncompared_{uncompared}"),), (), ())
    comparisons = table["comparisons"]
    if not comparisons:
        return None
    thing = clean((table.get("adopted_label") or {}).get(words.language) or "", 60)
    when = tell_time(table, words)
    said: list[Markup] = []
    for measure in dict.fromkeys(each["measure"] for each in comparisons):
        own = [each for each in comparisons if each["measure"] == measure]
        at = words.text(f"cohorts_in_{table['period']}", at=table["at"]) if measure == "retention" else when
        said += _tell_measure(measure, own, words, name, at, thing)
    said += _tell_lacking(comparisons, words, name, when)
    if table.get("by_start") and any(each["verdict"] in ("higher", "lower") for each in comparisons):
        said.append(words.html("cohorts_seasons"))
    columns = tuple(words.text(f"cohorts_column_{code}") for code in _COLUMNS)
    return Verdicts(tuple(said), columns, tuple(_row(each, words, name) for each in comparisons))


_COLUMNS = ("measure", "cohort", "other", "value", "other_value", "difference", "relative", "p")


def tell_time(table: Row, words: Words) -> str:
    """The period or time compared: `at 3 months`."""
    unit = table["unit"] if "unit" in table else f"{table['period']}s"
    return words.text(f"cohorts_at_{unit}", at=table["at"])


def write_p(p: float | None, words: Words) -> str:
    """A p-value, with three decimals."""
    if p is None:
        return "–"
    return words.text("cohorts_p_tiny") if p < 0.001 else words.number(p, 3)


def _tell_measure(
    measure: str, own: Sequence[Row], words: Words, name: Callable[[str], str], when: str, thing: str
) -> list[Markup]:
    differ = [each for each in own if each["verdict"] in ("higher", "lower")]
    tested = [each for each in own if each["p"] is not None]
    differ.sort(key=lambda each: (each["p_adjusted"], -abs(each["difference"])))
    said = [_tell_difference(each, words, name, when, thing) for each in differ[:MOST_SAID]]
    if len(differ) > MOST_SAID:
        said.append(words.html("cohorts_more_differ", count=len(differ) - MOST_SAID))
    if tested and not differ:
        said.append(words.html(f"cohorts_same_{measure}", when=when, tested=len(tested), thing=thing))
    return said


def _tell_lacking(
    comparisons: Sequence[Row], words: Words, name: Callable[[str], str], when: str
) -> list[Markup]:
    """Who is too few to be compared, and how many it takes; once for all measures."""
    said, told = [], set[str]()
    for code in ("customers", "expected"):
        short = [each for each in comparisons if each["lacking"] == code]
        names = [each for each in dict.fromkeys(_smaller(each, name) for each in short) if each not in told]
        told.update(names)
        if names:
            have, need = max(each["have"] for each in short), short[0]["need"]
            some = [*names[:MOST_NAMED], *(["…"] if len(names) > MOST_NAMED else [])]
            said.append(words.html(f"cohorts_lacking_{code}", names=some, have=have, need=need, when=when))
    return said


def _smaller(comparison: Row, name: Callable[[str], str]) -> str:
    other = comparison["other"]
    small = other is not None and comparison["other_customers"] < comparison["customers"]
    return name(other if small else comparison["cohort"])


def _tell_difference(
    comparison: Row, words: Words, name: Callable[[str], str], when: str, thing: str
) -> Markup:
    """One cohort against another: relative difference with its interval, where it has one; else points."""
    other = comparison["other"]
    figures: dict[str, Any] = {
        "name": name(comparison["cohort"]),
        "other": words.text("cohorts_the_others") if other is None else name(other),
        "when": when,
        "thing": thing,
        "value": comparison["value"],
        "other_value": comparison["other_value"],
    }
    code = f"cohorts_differ_{comparison['measure']}"
    low, high = comparison["ratio_low"], comparison["ratio_high"]
    if comparison["ratio"] is not None and low is not None and high is not None:
        sign = 1 if comparison["verdict"] == "higher" else -1
        bounds = (low - 1, high - 1) if sign > 0 else (1 - high, 1 - low)
        by = words.text(
            f"cohorts_by_{comparison['verdict']}",
            more=abs(comparison["ratio"] - 1),
            low=bounds[0],
            high=bounds[1],
        )
    else:
        by = words.text(
            "cohorts_by_point" if abs(comparison["difference"] or 0) < TWO_POINTS else "cohorts_by_points",
            points=_points(comparison["difference"], words),
            low=_points(comparison["low"], words),
            high=_points(comparison["high"], words),
        )
    return words.html(code, by=by, **figures)


def _row(comparison: Row, words: Words, name: Callable[[str], str]) -> tuple[str, ...]:
    money = comparison["measure"] == "revenue"

    def value(figure: float | None) -> str:
        return words.money(figure, 0) if money else words.share(figure)

    def difference(figure: float | None) -> str:
        return words.money(figure, 0) if money else _points(figure, words)

    def more(ratio: float | None) -> str:
        return words.share(None if ratio is None else ratio - 1, 0)

    other = comparison["other"]
    return (
        words.text(f"cohorts_measure_{comparison['measure']}"),
        f"{name(comparison['cohort'])} ({words.number(comparison['customers'])})",
        f"{words.text('cohorts_the_others') if other is None else name(other)}"
        f" ({words.number(comparison['other_customers'])})",
        value(comparison["value"]),
        value(comparison["other_value"]),
        _between(
            comparison, ("difference", "low", "high"), difference, words, "" if money else "difference_points"
        ),
        _between(comparison, ("ratio", "ratio_low", "ratio_high"), more, words),
        write_p(comparison["p_adjusted"], words)
        if comparison["lacking"] is None
        else _lack(comparison, words),
    )


def _lack(comparison: Row, words: Words) -> str:
    have, need = comparison["have"], comparison["need"]
    return words.text(f"cohorts_lack_{comparison['lacking']}", have=have, need=need)


def _between(
    comparison: Row,
    keys: tuple[str, str, str],
    write: Callable[[float | None], str],
    words: Words,
    unit: str = "",
) -> str:
    """A figure with its interval; `unit`, a sentence, is said of the figure only."""
    value, low, high = (comparison[key] for key in keys)
    if value is None:
        return "–"
    written = words.text(unit, value=write(value)) if unit else write(value)
    if low is None or high is None:
        return written
    return words.text("report_interval", value=written, low=write(low), high=write(high))


def _points(figure: float | None, words: Words) -> str:
    """A difference of shares in points, without its unit: `+4.5`."""
    if figure is None:
        return "–"
    return ("+" if figure > 0 else "") + words.number(100 * figure, 1)
