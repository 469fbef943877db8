"""`vitrail explain`: a customer's segments in sentences."""

from __future__ import annotations

from typing import Any

from vitrail import i18n
from vitrail.cli.speaking import Speaker, echo
from vitrail.cli.values import Described
from vitrail.insight.changes import Change
from vitrail.insight.explanation import Condition, Explanation, Place, Reason
from vitrail.store import Run
from vitrail.workspace.exporting import dump_json


def show_explanation(speaker: Speaker, run: Run, explanation: Explanation, format: str) -> None:
    """Print an explanation, as text or as JSON."""
    if format == "json":
        echo(dump_json(explanation.to_dict(), indent=1))
        return
    language = speaker.language
    described = Described(run, language)
    echo(speaker.text("explain_head", customer=explanation.customer_id, day=explanation.as_of))
    for place in explanation.places:
        echo()
        echo(_headline(speaker, place))
        for reason in place.reasons:
            echo(f"  {_reason(speaker, described, reason)}")
        for condition in place.conditions:
            mark = speaker.text("met" if condition.met else "not_met")
            name = described.write(place.segmentation.key, condition.segment)
            echo(f"  {mark} {name} ({_condition(run, place, condition, language)})")
        for change in place.changes:
            echo(f"  → {say_change(change, explanation.currency, language)}")


def _condition(run: Run, place: Place, condition: Condition, language: i18n.Language) -> str:
    """A rule's condition in the words of the report, or as the plan writes it where words cannot say it."""
    from vitrail.reports.conditions import say_condition
    from vitrail.reports.run import load_labels
    from vitrail.reports.words import Words

    meanings = {each.key: each.meaning.get(language) for each in place.segmentation.segments}
    written = meanings.get(condition.segment) or condition.sql
    words = Words(language, run.manifest["plan"]["currency"])
    return say_condition(written, words, load_labels(run)) or " ".join(written.split())


def _headline(speaker: Speaker, place: Place) -> str:
    name = place.segmentation.label[speaker.language]
    if not place.segments:
        return speaker.text("in_none", segmentation=name)
    segments = [segment.label[speaker.language] for segment in place.segments]
    if place.since is None:
        return speaker.text("in_segment", segmentation=name, segments=segments)
    return speaker.text("in_segment_since", segmentation=name, segments=segments, since=place.since)


def _reason(speaker: Speaker, described: Described, reason: Reason) -> str:
    name = reason.variable

    def write(value: Any) -> str:
        return described.write(name, value)

    text = speaker.text("reason", label=described.label(name), variable=name, value=write(reason.value))
    interval = {"low": write(reason.low), "high": write(reason.high)}
    if reason.low is not None and reason.high is not None:
        text += speaker.text("between", **interval)
    elif reason.low is not None:
        text += speaker.text("from", **interval)
    elif reason.high is not None:
        text += speaker.text("below", **interval)
    if reason.score is not None:
        text += " → " + speaker.text("scored", score=reason.score, scale=reason.scale)
    return text


def say_change(change: Change, currency: str | None, language: i18n.Language) -> str:
    """A change in one sentence.

    >>> import datetime as dt
    >>> from vitrail.segments import Segment
    >>> loyal = Segment("loyal", {"en": "Loyal"}, {}, "loyal")
    >>> say_change(Change("order", loyal, "better", orders=1, before=dt.date(2012, 3, 12)), None, "en")
    'one more order before 12 March 2012, and this customer moves to Loyal'
    """
    figures: dict[str, Any] = {"segment": change.segment.label[language], "currency": currency}
    if change.kind == "wait":
        return i18n.text("change_wait", language, on=change.on, **figures)
    code = "change_order" if change.orders == 1 else "change_orders"
    figures |= {"orders": change.orders}
    if change.amount is not None:
        code, figures = f"{code}_amount", figures | {"amount": change.amount}
    if change.before is not None:
        code, figures = f"{code}_before", figures | {"before": change.before}
    return i18n.text(code, language, **figures)
