"""What a library function refuses is caught under a public name."""

from __future__ import annotations

import pytest

import vitrail


def test_a_refusal_is_a_vitrail_error() -> None:
    with pytest.raises(vitrail.VitrailError) as refused:
        vitrail.rfm("not a dataframe")
    assert refused.value.findings[0].message("fr")
