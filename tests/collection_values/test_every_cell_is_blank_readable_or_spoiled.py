"""Whatever a cell holds, it is exactly one of blank, readable and spoiled."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vitrail.collection.values import load_reading
from vitrail.collection.values.names import EXAMPLES
from vitrail.engine import column, sql
from vitrail.errors import PlanError

likely = st.text(alphabet="0123456789.,'/-: +()€%eETZapm\u00a0\u202f", max_size=24)
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@pytest.fixture(scope="session")
def faulty(engine):
    """Cells of `any_cells` that are not exactly one of the three, by reading."""
    engine.register("any_cells", pa.table({"x": pa.array([""], pa.string())}))
    counts = []
    for number, name in enumerate(EXAMPLES):
        reading, cell = load_reading(name, timezone="Europe/Paris"), column("x")
        parts = {"v": reading.expression(cell), "b": reading.blank(cell), "s": reading.spoiled(cell)}
        once = sql("count_if(cast($v is not null as int) + cast($b as int) + cast($s as int) <> 1)", **parts)
        counts.append(once.as_(f"n{number}"))
    engine.view("faulty", sql("select 1 as one from any_cells").select(*counts, append=False))
    return "faulty"


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(likely | anything, min_size=1, max_size=60))
def test_exactly_one_of_blank_readable_and_spoiled_for_any_text(engine, faulty, cells):
    engine.register("any_cells", pa.table({"x": pa.array(cells, pa.string())}))
    found = engine.records(sql(f"select * from {faulty}"))[0]
    assert not any(found.values()), [EXAMPLES[n] for n, count in enumerate(found.values()) if count]


def test_in_a_text_column_only_nothing_is_blank(read):
    cells = ["NA", "NO", "-", "01000", " x\t", "", "\u00a0", None]
    values = ["NA", "NO", "-", "01000", "x", None, None, None]
    assert read("text", cells) == [(value, False) for value in values]


@pytest.mark.parametrize("name", ["yes/no", "oui/non", "true/false", "vrai/faux", "y/n", "o/n", "1/0"])
def test_booleans_are_two_words_capitals_or_not(read, name):
    true, false = name.split("/")
    expected = [(True, False), (False, False), (None, True), (None, False)]
    assert read(name, [true.upper(), f" {false}", "maybe", "N/A"]) == expected


def test_codes_written_as_numbers_lose_what_was_added_and_nothing_else(read):
    cells = read("code", ["12346.0", "C1.0", "1.50", " "])
    assert [value for value, _ in cells] == ["12346", "C1.0", "1.50", None]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_reading_is_loaded_again_from_its_own_name(name):
    reading = load_reading(name)
    assert load_reading(reading.name) == reading


def test_names_of_readings_are_forgiving():
    assert load_reading("jj/mm/aaaa").name == "dd/mm/yyyy"
    assert load_reading("DD/MM/YYYY HH:MM").name == "dd/mm/yyyy hh:mm"
    assert load_reading("1\u202f234,56\u00a0€").name == "1 234,56 €"
    assert load_reading("m/d/yyyy h:mm am/pm").name == "mm/dd/yyyy hh:mm am"


def test_an_unknown_reading_is_refused_at_its_line_with_the_nearest_name():
    with pytest.raises(PlanError) as refused:
        load_reading("dd/mm/yyy", "vitrail.yml:12")
    for language in ("en", "fr"):
        message = refused.value.message(language)
        assert message.startswith("vitrail.yml:12: ") and "dd/mm/yyyy" in message
