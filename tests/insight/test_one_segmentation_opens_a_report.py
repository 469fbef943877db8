"""One rule says which segmentation opens a report, and whose pictures it shows."""

from __future__ import annotations

from vitrail.engine import sql
from vitrail.insight.groups import choose_groups, choose_main
from vitrail.segments.model import Segment, Segmentation


def cut(key: str, method: str, filled: bool = True, partition: bool = True) -> Segmentation:
    segments = (Segment("all", {"en": "All", "fr": "Tous"}, {}, "other_1"),) if filled else ()
    name = {"en": key, "fr": key}
    return Segmentation(key, method, name, segments, (), assign=sql("'all'") if partition else None)


def test_an_empty_one_opens_nothing_and_rfm_goes_before_other_partitions() -> None:
    many = cut("many", "rules", partition=False)
    empty, rules, value = cut("empty", "rfm", filled=False), cut("kinds", "rules"), cut("value", "rfm")
    for cuts, key in (
        ([empty, many, rules, value], "value"),
        ([empty, many, rules], "kinds"),
        ([empty, many], "many"),
    ):
        assert choose_main(cuts) is choose_groups(cuts).segmentation
        assert getattr(choose_main(cuts), "key", None) == key
    assert choose_main([empty]) is None
    assert choose_groups([rules, value], "kinds").segmentation is rules
