"""Names and meanings of segments, in every language: the plan's words first, then ours, then the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vitrail import i18n
from vitrail.i18n.formats import LANGUAGES
from vitrail.i18n.texts import sentences
from vitrail.plan.names import NO_ORDER, RFM_SEGMENTS
from vitrail.segments.model import Segment

_TONES = {
    **{key: key for key in RFM_SEGMENTS},
    "potential_loyalists": "potential",
    "need_attention": "attention",
    "about_to_sleep": "sleepy",
    "cant_lose": "critical",
    "hibernating": "asleep",
    "active": "potential",
    "won_back": "promising",
    "dormant": "dormant",
    "lost": "lost",
    NO_ORDER: "no_order",
}


def translate(code: str, **figures: Any) -> dict[str, str]:
    """The sentence `code` in every language."""
    return {language: i18n.text(code, language, **figures) for language in LANGUAGES}


def label_texts(written: Any, key: str) -> dict[str, str]:
    """A name by language: as written in the plan, else ours for a known key, else the key made readable.

    >>> label_texts(None, "cant_lose")["en"], label_texts(None, "big_spenders")["fr"]
    ('Can’t lose', 'Big spenders')
    """
    if isinstance(written, str):
        return dict.fromkeys(LANGUAGES, written)
    if written is not None:
        by_language = written if isinstance(written, Mapping) else written.model_dump()
        return {language: by_language[language] for language in LANGUAGES}
    if f"segment_{key}" in sentences():
        return translate(f"segment_{key}")
    return dict.fromkeys(LANGUAGES, key.replace("_", " ").capitalize())


def name_segmentation(written: Any, key: str, method: str) -> dict[str, str]:
    """The name of a segmentation by language: the plan's, else its method's; of rules, its key.

    >>> name_segmentation(None, "value", "abc")["fr"], name_segmentation(None, "vip_club", "rules")["en"]
    ('Clients par valeur', 'Vip club')
    """
    if written is None and method != "rules":
        return translate(f"segmentation_{method}")
    return label_texts(written, key)


def name_segment(key: str, label: Any, meaning: Mapping[str, str] | None, position: int) -> Segment:
    """A segment with its words and tone.

    Args:
        label: what the plan says, or None.
        meaning: who is in it; ours for a known key when None, else nothing.
        position: its place among its like, from 0: decides the tone of a key without a meaning of its own.
    """
    if meaning is None:
        known = f"segment_{key}_meaning"
        meaning = translate(known) if known in sentences() else dict.fromkeys(LANGUAGES, "")
    return Segment(key, label_texts(label, key), meaning, _TONES.get(key, f"other_{position + 1}"))


def no_order_segment() -> Segment:
    """The segment of customers who are known but never ordered."""
    return name_segment(NO_ORDER, None, None, 0)
