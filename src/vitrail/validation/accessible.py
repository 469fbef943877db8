"""Accessible: which share of the members can a channel reach?

Channels are the plan's conditions, or what the customers' file carries: an e-mail address (and, where the
file has it, the agreement to be written to), a telephone number, a postal address. A strategy that names a
channel is held to that one. Where a channel asks for the agreement (`accepts_marketing`), the share counts
those who have agreed, and the share of all whom it could reach is told beside it; elsewhere consent is not
known here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.findings import Finding
from vitrail.plan import StrategySpec
from vitrail.validation.cuts import Cut
from vitrail.validation.measures import Column, Place
from vitrail.validation.model import Judgement, grade, nobody
from vitrail.validation.sums import Sums

ANY = "reached"
"""The name under which members that any channel reaches are counted."""
AGREEMENT = "accepts_marketing"

_WRITTEN = "length(trim(cast($x as varchar))) > 0"
_ADDRESSES = ("address", "adresse", "street", "postal_address")


def compile_channels(written: Mapping[str, str], columns: Mapping[str, Column]) -> dict[str, exp.Expr]:
    """Each channel and its condition on the profile: the plan's, else those of the customers' file."""
    if written:
        return {
            name: parse_condition(text, columns, f"validation.channels.{name}")
            for name, text in written.items()
        }
    channels: dict[str, exp.Expr] = {}
    if "email" in columns:
        email = expression("cast($x as varchar) like '%_@_%'", x=column("email"))
        if "accepts_marketing" in columns and columns["accepts_marketing"].kind == "BOOLEAN":
            email = expression("$email and accepts_marketing", email=email)
        channels["email"] = email
    if "phone" in columns:
        channels["phone"] = expression(_WRITTEN, x=column("phone"))
    address = next((name for name in _ADDRESSES if name in columns), None)
    if address:
        channels["post"] = expression(_WRITTEN, x=column(address))
    return channels


def check_channels(
    engine: Engine, table: str, columns: Mapping[str, Column], written: Mapping[str, str], place: Place
) -> list[Finding]:
    """What the data have against the channels of the plan."""
    rows: Query = exp.select("*").from_(table)
    return [
        finding
        for name, tree in (compile_channels(written, columns) if written else {}).items()
        for finding in check_types(engine, tree, rows, place(f"validation.channels.{name}"))
    ]


def compile_reach(channels: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
    """By name, what to count over the members: `reach <channel>`, and those that any reaches."""
    if not channels:
        return {}
    counted = {f"reach {name}": _one(condition) for name, condition in channels.items()}
    for name, condition in channels.items():
        if _asks_agreement(condition):
            counted[f"address {name}"] = _one(condition.this)
    return counted | {ANY: _one(exp.or_(*(exp.paren(each.copy()) for each in channels.values())))}


def _asks_agreement(condition: exp.Expr) -> bool:
    """Whether a channel's condition ends with `and accepts_marketing`."""
    return isinstance(condition, exp.And) and (
        isinstance(condition.expression, exp.Column) and condition.expression.name == AGREEMENT
    )


def _one(condition: exp.Expr) -> exp.Expr:
    return expression("case when $met then 1 else 0 end", met=condition)


def measure_reach(cut: Cut, segment: str, sums: Sums, channels: Mapping[str, exp.Expr]) -> dict[str, float]:
    """The share of the members that each channel reaches; empty where there is none of either."""
    members = sums.sizes[cut.key, segment]
    if not members:
        return {}
    return {name: float(sums.totals[(cut.key, segment), f"reach {name}"] / members) for name in channels}


def judge_accessible(
    cut: Cut,
    segment: str,
    sums: Sums,
    reach: Mapping[str, float],
    strategy: StrategySpec | None,
    threshold: float,
) -> Judgement:
    """The verdict on a segment: by the channel of its strategy if that is known, else by any channel."""
    members = sums.sizes[cut.key, segment]
    if not members:
        return nobody()
    if not reach:
        return Judgement(
            "not_estimable", "validation_accessible_unknown", "validation_accessible_unknown_change"
        )
    best = max(reach, key=lambda name: reach[name])
    wanted = find_channel(strategy.channel if strategy else None, reach)
    if wanted is not None and wanted not in reach:
        absent = {"channel_name": _name(wanted), "best_name": _name(best), "best": reach[best]}
        code = "validation_accessible_no_channel"
        return Judgement("not_estimable", code, f"{code}_change", figures=absent)
    share = reach[wanted] if wanted else float(sums.totals[(cut.key, segment), ANY] / members)
    figures: dict[str, Any] = {
        "share": share,
        "threshold": threshold,
        "channel_name": _name(wanted or best),
        "best": reach[best],
        "missing": math.ceil(max(0.0, threshold - share) * members - 1e-9),
    }
    verdict = grade(share, threshold)
    if wanted:
        reason = "validation_accessible_strategy"
    else:
        reason = "validation_accessible_one" if len(reach) == 1 else "validation_accessible_any"
    change = "validation_accessible_change_pass" if verdict == "pass" else "validation_accessible_change"
    addressed = sums.totals.get(((cut.key, segment), f"address {wanted or best}"))
    if addressed is not None:
        figures["address"] = float(addressed / members)
        reason, change = f"{reason}_agreed", f"{change}_agreed"
    return Judgement(verdict, reason, change, share, threshold, figures)


def _name(channel: str) -> str:
    """The code of its name for people, or the plan's own name."""
    return f"validation_channel_{channel}" if channel in _NAMES else channel


_NAMES = {
    "email": (
        *("email", "emails", "e-mail", "e-mails", "emailing", "emailings", "e-mailing", "e-mailings"),
        *("mail électronique", "mails électroniques", "courrier électronique", "courriel", "courriels"),
        *("newsletter", "newsletters"),
    ),
    "phone": (
        *("phone", "phones", "telephone", "téléphone", "téléphonique", "téléphoniques"),
        *("sms", "call", "calls", "appel", "appels"),
    ),
    "post": (
        *("post", "postal", "postale", "postaux", "postales", "poste", "letter", "letters", "direct mail"),
        *("courrier", "courriers", "lettre", "lettres", "catalogue", "catalogues", "catalog", "catalogs"),
    ),
}


def find_channel(said: str | None, channels: Iterable[str]) -> str | None:
    """The channel that a strategy names in its own words, be it one of `channels` or another known one.

    Words are matched whole, and the longest decides: a newsletter is no letter.

    >>> find_channel("E-mail", ["email", "phone"]), find_channel("un appel", ["email", "phone"])
    ('email', 'phone')
    >>> find_channel("Newsletter", ["post"]), find_channel("three posts", ["post"])
    ('email', None)
    """
    if said is None:
        return None
    folded = said.casefold()
    known = dict.fromkeys((*channels, *_NAMES))
    if folded.strip() in known:
        return folded.strip()
    words = {word.casefold(): name for name in reversed(known) for word in (*_NAMES.get(name, ()), name)}
    found = (word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded))
    return words.get(max(found, key=lambda word: (len(word), word), default=""))
