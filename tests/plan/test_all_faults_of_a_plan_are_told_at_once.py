"""All faults of a plan are told at once, each at its line, in both languages, and nothing hostile gets in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import InitErrorDetails
from pydantic_core._pydantic_core import list_all_errors

from vitrail.errors import PlanError
from vitrail.i18n.texts import sentences, text
from vitrail.plan import check_conditions, parse_plan
from vitrail.plan.faults import findings_of

TEN_FAULTS = """\
version: 1
nmae: Shop
name: Shop
currency: eur
as_of: 10/12/2011
objectives:
  win_back: {statement: Win back, kpi: retention_rate, segment: value.at_risc}
sources:
  orders:
    file: orders.csv
    table: ordrs
    header_line: first
    keep: quantity > and
variables:
  recency_days: {of: orders, value: sum(amount)}
  secret: {of: orders, value: "max(getenv('HOME'))", within: a while}
segmentations:
  value:
    method: rfm
    segments:
      at_risk: {r: 1-3, f: 1-5}
      best: {r: 3-5, f: 2-5}
  revenue: {method: abc, shares: {a: 0.5, b: 0.4}}
  care:
    method: rules
    segments:
      vip: {when: recency_days}
  Bad-Name: {method: lifecycle}
"""

TOLD = {
    2: {"plan_unknown_key_near"},
    4: {"plan_currency_near"},
    5: {"plan_as_of"},
    7: {"plan_unknown_segment_near"},
    11: {"plan_not_an_option_near"},
    12: {"plan_expected_whole"},
    13: {"expression_incomplete"},
    15: {"plan_built_in_name"},
    16: {"expression_function", "plan_within"},
    20: {"plan_rfm_missing", "plan_rfm_doubled"},
    23: {"plan_shares"},
    27: {"expression_bare_column"},
    28: {"plan_bad_name"},
}


def faults_of(text: str | bytes) -> PlanError:
    with pytest.raises(PlanError) as caught:
        parse_plan(text if isinstance(text, bytes) else text.encode())
    return caught.value


def codes(text: str | bytes) -> list[tuple[int, str]]:
    return [(int(f.place.rpartition(":")[2]), f.code) for f in faults_of(text).findings]


def one(text: str | bytes) -> tuple[int, str]:
    found = codes(text)
    assert len(found) == 1, found
    return found[0]


def plan_with(segmentations: str) -> str:
    return "version: 1\nname: Shop\nsegmentations:\n" + segmentations


def test_ten_faults_of_different_kinds_are_all_told_with_their_lines() -> None:
    told: dict[int, set[str]] = {}
    for line, code in codes(TEN_FAULTS):
        told.setdefault(line, set()).add(code)
    assert told == TOLD


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_fault_is_a_sentence_after_its_place(language: str) -> None:
    lines = faults_of(TEN_FAULTS).message(language).splitlines()  # type: ignore[arg-type]
    assert len(lines) == sum(len(found) for found in TOLD.values())
    for line in lines:
        assert line.startswith("vitrail.yml:")
        assert "pydantic" not in line and "Error" not in line
    text = "\n".join(lines)
    assert "value.at_risk" in text and "R4 F1" in text and "R3 F2" in text
    assert ("vouliez-vous dire" in text) == (language == "fr")


def test_faults_stand_in_the_order_of_their_lines() -> None:
    lines = [line for line, _ in codes(TEN_FAULTS)]
    assert lines == sorted(lines)


def test_sentences_of_the_plan_have_the_typography_of_their_language() -> None:
    for code, texts in sentences().items():
        if code.startswith(("plan_", "expression_")):
            words = "".join(texts["fr"].split("`")[::2])
            assert "'" not in words.replace("%", ""), code
            for sign in (";", "?", "!"):
                assert f" {sign}" not in words, code


@pytest.mark.parametrize(
    ("segments", "told"),
    [
        ("top: {r: 4-5, f: 3-5}\n      low: {r: 1-3, f: 1-5}", ["plan_rfm_missing"]),
        ("top: {r: 1-5, f: 3-5}\n      low: {r: 1-3, f: 1-3}", ["plan_rfm_missing", "plan_rfm_doubled"]),
        ("top: {r: 1-5, f: 3-5}\n      low: {r: 1-5, f: 1-3}", ["plan_rfm_doubled"]),
        ("top: {r: 4-6, f: 3-5}\n      low: {otherwise: true}", ["plan_score_beyond"]),
        ("top: {r: 5-4}\n      low: {otherwise: true}", ["plan_range"]),
        ("top: {r: 0-4}\n      low: {otherwise: true}", ["plan_range"]),
        ("top: {r: high}\n      low: {otherwise: true}", ["plan_range"]),
        ("top: {}\n      low: {otherwise: true}", ["plan_rfm_segment"]),
        ("low: {otherwise: true}\n      top: {r: 5}", ["plan_otherwise_last"]),
        ("top: {r: 5, otherwise: true}", ["plan_rfm_segment"]),
    ],
)
def test_a_map_that_misses_or_doubles_a_cell_is_refused(segments: str, told: list[str]) -> None:
    text = plan_with(f"  v:\n    method: rfm\n    segments:\n      {segments}\n")
    assert [code for _, code in codes(text)] == told


def test_the_cells_of_a_faulty_map_are_named() -> None:
    text = plan_with(
        "  v:\n    method: rfm\n    scores: 3\n    segments:\n"
        "      a: {r: 2-3, f: 1-3, m: 1-3}\n      b: {r: 1-2, f: 2-3, m: 3}\n      c: {r: 1, f: 1, m: 1-3}\n"
    )
    missing, doubled = faults_of(text).findings
    assert missing.figures["cells"] == ("R1 F2 M1", "R1 F2 M2", "R1 F3 M1", "R1 F3 M2")
    assert doubled.figures["cells"] == ("R2 F2 M3", "R2 F3 M3")


def test_the_first_match_may_double_a_cell_but_not_miss_one() -> None:
    head = "  v:\n    method: rfm\n    first_match: true\n    segments:\n      a: {r: 3-5}\n"
    parse_plan(plan_with(head + "      b: {r: 1-4}\n").encode())
    assert one(plan_with(head + "      b: {r: 2-4}\n"))[1] == "plan_rfm_missing"


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("{method: rfm, scores: 2}", "plan_bound_ge"),
        ("{method: rfm, scores: 11}", "plan_bound_le"),
        ("{method: rfm, scores: 4.5}", "plan_expected_whole"),
        ("{method: rfm, scores: [4]}", "plan_expected_whole"),
        ("{method: rfm, scores: }", "plan_empty_value"),
        ("{method: rfm, first_match: no}", "plan_expected_truth"),
        ("{method: rfm, recency: order_count}", "plan_rfm_variables"),
        ("{method: rfm, thresholds: {recency_days: [90, 30]}}", "plan_thresholds_order"),
        ("{method: rfm, thresholds: {order_count: [4, 4]}}", "plan_thresholds_order"),
        ("{method: rfm, thresholds: {order_count: []}}", "plan_too_short"),
        ("{method: rfm, thresholds: {order_count: [a]}}", "plan_expected_number"),
        ("{method: rfm, thresholds: {order_count: [.nan]}}", "plan_expected_number"),
        ("{method: rfm, thresholds: {order_count: [1e99999]}}", "plan_number_beyond"),
        ("{method: rfm, thresholds: {order_count: [1e-99999]}}", "plan_number_beyond"),
        ("{method: rfm, thresholds: {order_count: 4}}", "plan_expected_list"),
        ("{method: rfm, thresholds: {recency_day: [90]}}", "plan_threshold_variable_near"),
        ("{method: rfm, thresholds: {zzz: [90]}}", "plan_threshold_variable"),
        ("{method: rfm, segments: {}}", "plan_too_short"),
        ("{method: rfm, segments: [a]}", "plan_expected_block"),
        ("{method: abc, shares: {a: 0.6, b: 0.3}}", "plan_shares"),
        ("{method: abc, shares: {a: 60}}", "plan_bound_le"),
        ("{method: abc, shares: {a: -1}}", "plan_bound_gt"),
        ("{method: abc, shares: {a: nan}}", "plan_expected_number"),
        ("{method: abc, shares: {A: 1}}", "plan_bad_name"),
        ("{method: abc, variable: total amount}", "plan_bad_name"),
        ("{method: rules, segments: {a: {when: x > 1}}}", "plan_otherwise_missing"),
        ("{method: rules, segments: {a: {otherwise: true}, b: {when: x > 1}}}", "plan_otherwise_last"),
        ("{method: rules, segments: {a: {otherwise: true}, b: {otherwise: true}}}", "plan_otherwise_last"),
        ("{method: rules, segments: {a: {when: x > 1, otherwise: true}}}", "plan_rule_shape"),
        ("{method: rules, segments: {a: {label: A}}}", "plan_rule_shape"),
        (
            "{method: rules, overlapping: true, segments: {a: {otherwise: true}}}",
            "plan_otherwise_overlapping",
        ),
        ("{method: rules}", "plan_missing_key"),
        ("{method: lifecycle, at_risk_days: 90, lost_days: 90}", "plan_days_order"),
        ("{method: lifecycle, new_days: 0}", "plan_bound_ge"),
        ("{method: lifecycle, label: {en: x}}", "plan_missing_key"),
        ("{method: lifecycle, label: [x]}", "plan_expected_text"),
        ("{method: rmf}", "plan_not_an_option_near"),
        ("{method: 7}", "plan_not_an_option"),
        ("{scores: 5}", "plan_missing_key"),
        ("rfm", "plan_expected_block"),
        ("", "plan_empty_value"),
    ],
)
def test_a_faulty_segmentation_is_refused_at_its_line(block: str, code: str) -> None:
    assert one(plan_with(f"  v: {block}\n")) == (4, code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "plan_empty"),
        ("# only a remark\n", "plan_empty"),
        ("- a\n- b\n", "plan_not_a_mapping"),
        ("just words", "plan_not_a_mapping"),
        ("name: x\n", "plan_missing_key"),
        ("version: 2\nname: x\n", "plan_version"),
        ("version: 1\nname: [x]\n", "plan_expected_text"),
        ("version: 1\nname: x\nlanguage: de\n", "plan_not_an_option"),
        ("version: 1\nname: x\ncurrency: EURO\n", "plan_currency_near"),
        ("version: 1\nname: x\ntimezone: Europe/Pari\n", "plan_timezone_near"),
        ("version: 1\nname: x\ntimezone: ../../etc/passwd\n", "plan_timezone"),
        ("version: 1\nname: x\nas_of: yesterday\n", "plan_as_of"),
        ("version: 1\nname: x\nas_of: 2011-02-30\n", "plan_as_of"),
        ("version: 1\nname: x\nas_of: 1323475200\n", "plan_as_of"),
        ("version: 1\nname: x\nthreads: 0\n", "plan_bound_ge"),
        ("version: 1\nname: x\nmemory_limit: plenty\n", "plan_memory_limit"),
        ("version: 1\nname: x\nrates: {EUR: 0}\n", "plan_bound_gt"),
        ("version: 1\nname: x\nsources: none\n", "plan_expected_block"),
        ("version: 1\nname: x\nsources: {o: {file: [], table: orders}}\n", "plan_too_short"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, encoding: klingon}}\n", "plan_encoding"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, encoding: base64}}\n", "plan_encoding"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, delimiter: ;;}}\n", "plan_delimiter"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, refunds: all}}\n", "plan_not_an_option"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, columns: {amount: T, order_id: O}, "
         "once_an_order: [quantity]}}\n", "plan_once_not_amount"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, columns: {amount: T, order_id: O}, "
         "once_an_order: [refunded_amount]}}\n", "plan_once_not_mapped"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: orders, columns: {amount: T}, "
         "once_an_order: [amount]}}\n", "plan_once_no_order"),
        ("version: 1\nname: x\nsources: {o: {file: a, table: order}}\n", "plan_not_an_option_near"),
        ("version: 1\nname: x\nvariables: {v: {of: orders, value: amount}}\n", "expression_no_aggregate"),
        ("version: 1\nname: x\nvariables: {value_r: {of: orders, value: count(*)}}\n"
         "segmentations: {value: {method: rfm}}\n", "plan_name_twice"),
        ("version: 1\nname: x\nstrategies: {value.top: {goal: x}}\n", "plan_no_segments"),
        ("version: 1\nversion: 1\nname: x\n", "plan_repeated_key"),
        ("version: 1\nname: !!python/object/apply:os.system [ls]\n", "plan_tag"),
        ("version: 1\nname: !x y\n", "plan_tag"),
        ("version: 1\nname: x\n---\nversion: 1\n", "plan_two_documents"),
        ("version: 1\nname: *x\n", "plan_unknown_anchor"),
        ("version: 1\nname: x\nrates: &r {EUR: *r}\n", "plan_unknown_anchor"),
        ("version: 1\n? [a]\n: x\n", "plan_bad_key"),
        ("version: 1\n: x\n", "plan_bad_key"),
        ("version: 1\nname: x\n\tlanguage: fr\n", "plan_yaml_tab"),
        ("version: 1\nname: a: b\n", "plan_yaml_colon"),
        ('version: 1\nname: "x\n', "plan_yaml_quote"),
        ("version: 1\nname: [x\n", "plan_yaml_bracket"),
        ("version: 1\nname: {x: y\n", "plan_yaml_bracket"),
        ("version: 1\nname: `x`\n", "plan_yaml_quotes_needed"),
        ("version: 1\nname: >= 3\n", "plan_yaml_quotes_needed"),
        ('version: 1\nname: "a\\qb"\n', "plan_yaml_escape"),
        ("version: 1\nname: 'a' or 'b'\n", "plan_yaml_indent"),
        ("version: 1\nname: a\x00b\n", "plan_control_character"),
        ("version: 1\nname: a\x1bb\n", "plan_control_character"),
        ('version: 1\nname: "a\\0b"\n', "plan_control_character"),
        ('version: 1\nname: "a\\ud800b"\n', "plan_control_character"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_in_words(text: str, code: str) -> None:
    error = faults_of(text)
    assert code in [finding.code for finding in error.findings]
    assert error.message("en") and error.message("fr")


def test_the_line_of_a_fault_of_the_writing_is_right() -> None:
    assert one("version: 1\nname: x\n\tlanguage: fr\n") == (3, "plan_yaml_tab")
    assert one("version: 1\nname: x\nlanguage: a: b\n") == (3, "plan_yaml_colon")
    assert one("version: 1\nname: x\nobjectives: {\n\n") == (3, "plan_yaml_bracket")
    assert one(b"version: 1\nname: caf\xe9\n") == (2, "plan_not_utf8")
    assert one("version: 1\nname: x\nlanguage: '\x07'\n") == (3, "plan_control_character")


def test_a_text_in_another_encoding_is_refused() -> None:
    assert one("version: 1\nname: café\n".encode("utf-16"))[1] == "plan_not_utf8"


def test_expansion_without_bound_is_refused() -> None:
    laughs = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert one("\n".join(laughs))[1] == "plan_too_many_values"


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "a:\n" + "".join(" " * n + "a:\n" for n in range(1, 200)),
    ],
)
def test_nesting_without_bound_is_refused(bomb: str) -> None:
    assert one(bomb)[1] == "plan_too_deep"


def test_a_file_that_is_no_plan_by_its_size_is_refused() -> None:
    assert one(b"a" * 3_000_000)[1] == "plan_too_large"


def test_a_mistyped_segment_is_looked_for_in_its_own_segmentation_first() -> None:
    text = (
        plan_with("  value: {method: rfm}\n  other: {method: lifecycle}\n")
        + "strategies: {value.lotal: {goal: x}}\n"
    )
    (finding,) = faults_of(text).findings
    assert finding.figures == {"name": "value.lotal", "suggestion": "value.loyal"}


@pytest.mark.parametrize(
    ("needs", "circle"),
    [
        ({"a": "a"}, "a → a"),
        ({"a": "b", "b": "a"}, "a → b → a"),
        ({"a": "b", "b": "c", "c": "b"}, "b → c → b"),
    ],
)
def test_segmentations_that_need_one_another_in_a_circle_are_refused(
    needs: dict[str, str], circle: str
) -> None:
    rules = "".join(
        f"  {key}: {{method: rules, segments: {{x: {{when: segment('{to}.x')}}, y: {{otherwise: true}}}}}}\n"
        for key, to in needs.items()
    )
    (finding,) = faults_of(plan_with(rules)).findings
    assert (finding.code, finding.figures["names"]) == ("plan_cycle", circle)


def test_a_long_chain_of_segmentations_is_no_circle() -> None:
    rules = "".join(
        f"  s{n}: {{method: rules, segments: {{x: {{when: segment('s{to}.x')}}, y: {{otherwise: true}}}}}}\n"
        for n, to in enumerate(range(1, 301))
    )
    rules += "  s300: {method: rules, segments: {x: {when: recency_days > 3}, y: {otherwise: true}}}\n"
    assert len(parse_plan(plan_with(rules).encode()).segmentations) == 301


def test_segments_are_asked_for_only_in_rules() -> None:
    text = plan_with("  v: {method: rfm}\n") + (
        "variables: {x: {of: orders, value: count(*), where: segment('v.loyal')}}\n"
        "sources: {o: {file: a, table: orders, keep: segment('v.loyal')}}\n"
    )
    assert codes(text) == [(5, "expression_segment_here"), (6, "expression_segment_here")]


def test_names_of_columns_are_checked_once_the_data_is_known() -> None:
    text = """\
version: 1
name: Shop
sources:
  orders: {file: a.csv, table: orders, keep: contry = 'FR', clean: {test_orders: email like '%@x.fr'}}
variables:
  night: {of: orders, value: avg(amont), where: channel = "web"}
segmentations:
  value: {method: rfm, monetary: night}
  size: {method: abc, variable: total_amont}
  care:
    method: rules
    segments:
      far: {when: Recency_Days > 90 and orders_count > 2}
      rest: {otherwise: true}
"""
    plan = parse_plan(text.encode())
    found = check_conditions(
        plan,
        profile=["recency_days", "order_count", "total_amount", "night"],
        tables={"orders": ["amount", "channel"]},
    )
    assert {(f.place, f.code, f.figures["name"]) for f in found} == {
        ("vitrail.yml:6", "expression_unknown_column_near", "amont"),
        ("vitrail.yml:6", "expression_text_unquoted", "web"),
        ("vitrail.yml:9", "expression_unknown_column_near", "total_amont"),
        ("vitrail.yml:13", "expression_unknown_column_near", "orders_count"),
    }
    assert check_conditions(plan) == []


BITS = [
    "\t",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!str ",
    "|",
    ">",
    '"',
    "'",
    "\n",
    "#",
    "\x00",
    "---",
    "null",
]


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, len(TEN_FAULTS)), st.integers(0, 5), st.sampled_from(BITS)), max_size=4)
)
def test_a_plan_spoiled_anywhere_is_read_or_refused_in_words(spoils: list[tuple[int, int, str]]) -> None:
    text = TEN_FAULTS
    for start, length, bit in spoils:
        text = text[:start] + bit + text[start + length :]
    assert faults_of(text).message("fr")


@pytest.mark.parametrize("kind", [each["type"] for each in list_all_errors()])
def test_whatever_pydantic_refuses_has_a_sentence_and_a_place(kind):
    """A kind of refusal that nobody foresaw is told too, in both languages."""
    [context] = [each.get("example_context") or {} for each in list_all_errors() if each["type"] == kind]
    for value in ("", "x", 3, [1], {"a": 1}, None):
        error = ValidationError.from_exception_data(
            "Spec", [InitErrorDetails(type=kind, loc=("name",), input=value, ctx=context)]
        )
        [told] = findings_of(error, {"name": value}, lambda path: f"vitrail.yml:{len(path)}")
        assert told.place.startswith("vitrail.yml:")
        for language in ("en", "fr"):
            assert text(told.code, language, **told.figures)


def test_an_empty_text_in_a_list_is_told_at_its_line():
    """Wherever a plan lists names or values."""
    plan = (
        "version: 1\nname: Shop\ncurrency: EUR\nsources: {orders: {file: o.csv, table: orders}}\n"
        "hypotheses:\n  h: {who: order_count > 1, kpi: total_amount,\n    adjust_for: ['']}\n"
        "drivers:\n  d: {kpi: total_amount,\n    variables: [''],\n    leave_out: ['']}\n"
    )
    with pytest.raises(PlanError) as said:
        parse_plan(plan.encode())
    assert {(each.code, each.place) for each in said.value.findings} >= {
        ("plan_empty_text", "vitrail.yml:7"),
        ("plan_empty_text", "vitrail.yml:10"),
        ("plan_empty_text", "vitrail.yml:11"),
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Euro", "EUR"),
        ("EURO", "EUR"),
        ("€", "EUR"),
        ("dollars", "USD"),
        ("livre", "GBP"),
        ("eur", "EUR"),
        ("CHFR", "CHF"),
    ],
)
def test_a_currency_is_suggested_by_its_code_never_as_it_was_written(written: str, meant: str) -> None:
    with pytest.raises(PlanError) as refused:
        parse_plan(f"version: 1\nname: x\ncurrency: {written}\n".encode())
    assert [each.figures["suggestion"] for each in refused.value.findings] == [meant]


def test_a_name_without_end_is_quoted_in_short():
    plan = (
        "version: 1\nname: Shop\nsources: {orders: {file: o.csv, table: orders}}\n"
        f"segmentations:\n  groups: {{method: clusters, variables: [{'A' * 5000}]}}\n"
        f"{'b' * 900}: 1\n"
    )
    with pytest.raises(PlanError) as said:
        parse_plan(plan.encode())
    assert len(said.value.findings) >= 2
    assert all(len(each.message("en")) < 600 for each in said.value.findings)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("segmentations:\n  r: {method: abc, shares: {a: 0,6, b: 0,3, c: 0,1}}", ["0.6", "0.3", "0.1"]),
        ("segmentations:\n  r:\n    method: abc\n    shares:\n      a: 0,6\n      b: 0.4", ["0.6"]),
        (
            "segmentations:\n  r:\n    method: rules\n    segments:\n"
            "      a: {when: total_amount >= 500,50, label: High}\n      b: {otherwise: true}",
            ["500.50"],
        ),
    ],
)
def test_a_number_with_a_comma_is_shown_with_its_point(written: str, told: list[str]) -> None:
    found = faults_of(f"version: 1\nname: Shop\n{written}\n").findings
    assert {each.code for each in found} == {"plan_decimal_comma"}
    assert [each.figures["right"] for each in found] == told


def test_numbers_of_a_list_are_separated_by_commas():
    plan = "version: 1\nname: Shop\nsegmentations:\n  r:\n    method: rfm\n"
    (found,) = faults_of(plan + "    thresholds: {recency_days: [90; 30]}\n").findings
    assert (found.code, found.place, found.figures["right"]) == ("plan_semicolon", "vitrail.yml:6", "90, 30")


@pytest.mark.parametrize(
    ("plan", "line", "code"),
    [
        ("version: 1\nname:Shop\nlanguage: fr\n", 2, "plan_yaml_space"),
        ("version: 1\nname: Shop\nsources: {a: {file:a.csv}}\n", 3, "plan_yaml_space"),
        (
            "version: 1\nname: Shop\nsources:\n  a:\n    columns:\n"
            "      customer_id:ID client  # whose order's that\n      email: Mail\n",
            6,
            "plan_yaml_space",
        ),
        ("version: 1\nname: 'L'atelier de Claire'\nlanguage: fr\n", 2, "plan_yaml_apostrophe"),
    ],
)
def test_a_slip_of_writing_is_told_at_its_own_line_with_what_to_write(
    plan: str, line: int, code: str
) -> None:
    assert (line, code) in codes(plan)
