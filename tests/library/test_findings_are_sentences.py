"""What a result has to say prints as sentences, in the language asked for, and quotes nothing at length."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

import vitrail
from vitrail.findings import Finding

ORDERS = pa.table(
    {
        "customer_id": ["ann", "bob", "ann", "cid"],
        "ordered_at": [dt.datetime(2025, 1, day) for day in (1, 2, 3, 4)],
        "amount": [10.0, 20.0, 30.0, None],
    }
)


def test_findings_print_as_sentences_in_the_language_asked_for() -> None:
    found = vitrail.rfm(ORDERS, as_of="2025-02-01", language="fr")
    assert "montant" in repr(found.findings) and "funnel_no_amount" not in repr(found.findings)
    assert "montant" in repr(found) and "montant" in found._repr_html_()
    assert found.findings.messages() == [each.told("fr") for each in found.findings]
    assert "amount" in str(vitrail.rfm(ORDERS, as_of="2025-02-01").findings)


def test_a_finding_by_itself_prints_with_its_sentence() -> None:
    found = Finding("frame_no_column", "error", "segment", {"name": "tier", "options": ["plan"]})
    assert "no column `tier`" in repr(found) and "no column `tier`" in str(found)


@pytest.mark.parametrize("option", ["language", "as_of", "o" * 10_000])
def test_names_of_thousands_of_characters_are_cut(option: str) -> None:
    with pytest.raises(vitrail.VitrailError) as refusal:
        vitrail.rfm(ORDERS, **{option: "x" * 10_000})
    assert len(str(refusal.value)) < 1_000
