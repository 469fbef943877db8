"""Clusters: published values, figures in SQL and in NumPy, missing values, refusals, names through time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest

import vitrail
from vitrail.errors import PlanError, UsageError, VitrailError
from vitrail.segments.clusters.agreement import compare_partitions
from vitrail.segments.clusters.identity import keep_names, match_clusters
from vitrail.segments.clusters.kmeans import fit_kmeans
from vitrail.segments.clusters.naming import name_clusters
from vitrail.segments.clusters.preparation import fit_scale
from vitrail.segments.clusters.stability import estimate_stability
from vitrail.segments.clusters.structureless import draw_one_humped, draw_shuffled, smooth_to_one_hump
from vitrail.statistics.threads import one_thread


@pytest.fixture(scope="module")
def survey(shared_data: Path) -> Any:
    return csv.read_csv(shared_data / "msa_mcdonalds.csv.gz")


def make_groups(size: int = 200, seed: int = 1) -> pa.Table:
    draw = np.random.default_rng(seed)
    centres = np.array([[0, 0], [9, 2], [2, 9]])
    rows = centres[np.arange(size) % 3] + draw.normal(size=(size, 2))
    return pa.table({"who": [f"p{n:04d}" for n in range(size)], "visits": rows[:, 0], "spend": rows[:, 1]})


def codes(found: Any) -> set[str]:
    return {each.code for each in found.findings}


def test_the_survey_of_mcdonalds_reaches_the_published_sum_of_squares(survey: Any) -> None:
    names = survey.column_names[:11]
    found = vitrail.clusters(survey, variables=names, count=4)
    assert found.evidence.sum_of_squares is not None
    assert found.evidence.sum_of_squares <= 1602.94
    assert not found.natural
    assert found.count == 4


def test_segments_of_the_survey_are_as_stable_as_published_with_single_starts(survey: Any) -> None:
    rows = np.column_stack([survey.column(n).to_numpy(zero_copy_only=False) == "Yes" for n in range(11)])
    rows = rows.astype(float)
    with one_thread():
        solution = fit_kmeans(rows, 4, seed=1, starts=60)
        found = estimate_stability(rows, solution, fit_kmeans, seed=1, resamples=40, starts=1)
    published = [0.514, 0.658, 0.707, 0.770]
    assert np.mean(found.segments) == pytest.approx(np.mean(published), abs=0.08)


def test_the_adjusted_rand_index_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import adjusted_rand_score

    draw = np.random.default_rng(3)
    first, second = draw.integers(0, 4, 300), draw.integers(0, 4, 300)
    assert compare_partitions(first, second, 4) == pytest.approx(adjusted_rand_score(first, second))


def test_sql_places_everybody_where_numpy_does() -> None:
    table = make_groups()
    found = vitrail.clusters(table, key="who", count=3)
    scales = found.evidence.scales
    rows = np.column_stack([scale.apply(table.column(scale.variable).to_numpy()) for scale in scales])
    centres = np.array(
        [
            [scale.apply(np.array([each.centre[scale.variable]]))[0] for scale in scales]
            for each in found.evidence.segments
        ]
    )
    nearest = np.square(rows[:, None] - centres).sum(axis=2).argmin(axis=1)
    keys = [each.key for each in found.evidence.segments]
    assert found.labels == [keys[index] for index in nearest]


def test_rows_in_another_order_and_another_unit_are_in_the_same_segments() -> None:
    table = make_groups()
    found = vitrail.clusters(table, key="who", count=3)
    order = np.random.default_rng(5).permutation(table.num_rows)
    other = table.take(pa.array(order)).set_column(
        2, "spend", pa.array(np.asarray(table.column("spend"))[order] * 128)
    )
    again = vitrail.clusters(other, key="who", count=3)
    one = dict(zip(table.column("who").to_pylist(), found.labels, strict=True))
    two = dict(zip(other.column("who").to_pylist(), again.labels, strict=True))
    assert one == two


@pytest.mark.parametrize(
    ("unit", "start"),
    [(1e300, 0.0), (1e-300, 0.0), (8.0, 1.7e12), (1e-9, 1.0), (-1e307, 1e307), (8, 2**53), (8, 2**62)],
)
def test_no_unit_and_no_start_is_too_far_out(unit: float, start: float) -> None:
    table = make_groups(300)
    spend = table.column("spend").to_numpy()
    whole = isinstance(start, int)
    moved = np.round(spend * unit).astype(np.int64) + start if whole else spend * unit + start
    found = vitrail.clusters(table.set_column(2, "spend", pa.array(moved)), key="who", count="2-4")
    assert (found.kind, found.count, found.evidence.left_out) == ("natural", 3, {})
    labels = np.unique(found.labels, return_inverse=True)[1]
    assert compare_partitions(labels, np.arange(300) % 3, 3) == 1.0
    assert all(each.meaning["fr"] for each in found.segmentation.segments)


def test_who_lacks_a_value_is_set_apart_or_placed_as_the_plan_says() -> None:
    table = make_groups()
    holes = [None if n < 7 else value for n, value in enumerate(table.column("spend").to_pylist())]
    table = table.set_column(2, "spend", pa.array(holes, pa.float64()))
    apart = vitrail.clusters(table, key="who", count=3)
    assert apart.labels[:7] == ["unplaced"] * 7
    assert apart.labels.count("unplaced") == 7
    assert "clusters_unplaced" in codes(apart)
    placed = vitrail.clusters(table, key="who", count=3, missing="median")
    assert "unplaced" not in placed.labels
    assert "clusters_filled" in codes(placed)


def test_structureless_data_keep_what_they_should() -> None:
    draw = np.random.default_rng(2)
    rows = np.concatenate([draw.normal(0, 1, (150, 2)), draw.normal(9, 1, (150, 2))])
    shuffled = next(draw_shuffled(rows, 1, 1))
    assert np.allclose(np.sort(shuffled, axis=0), np.sort(rows, axis=0))
    assert abs(np.corrcoef(shuffled.T)[0, 1]) < 0.2
    humped = next(draw_one_humped(rows, 1, 1))
    assert np.corrcoef(humped.T)[0, 1] > 0.5
    smooth = smooth_to_one_hump(rows[:, 0])
    middle = np.mean((smooth > 3) & (smooth < 6))
    assert middle > 0.15
    assert smooth.std() == pytest.approx(rows[:, 0].std())


def test_skewed_amounts_are_compared_by_ratios_and_distant_groups_are_not() -> None:
    draw = np.random.default_rng(4)
    amounts = fit_scale("amount", np.exp(draw.normal(3, 1, 500)), False)
    groups = fit_scale("amount", np.concatenate([draw.normal(10, 1, 450), draw.normal(40, 1, 50)]), False)
    assert amounts is not None and amounts.shift is not None
    assert groups is not None and groups.shift is None
    assert amounts.restore(float(amounts.apply(np.array([30.0]))[0])) == pytest.approx(30)


def test_names_are_unique_and_tell_what_distinguishes() -> None:
    difference = {"order_count": 1.5, "mean_order_amount": -1.0}
    names = name_clusters([difference, difference, {"order_count": -1.0}], {})
    assert [each.key for each in names] == [
        "frequent_small_baskets",
        "frequent_small_baskets_2",
        "occasional",
    ]
    assert names[0].label["fr"] == "Fréquents, petits paniers"


def test_clusters_are_followed_when_they_split_merge_vanish_and_appear() -> None:
    split = match_clusters(np.array([[60.0], [40.0]]), ["all"])
    assert [each.fate for each in split] == ["split", "split"]
    assert keep_names(split) == {0: "all"}
    merged = match_clusters(np.array([[60.0, 40.0]]), ["calm", "keen"])
    assert (merged[0].fate, merged[0].earlier) == ("merged", ("calm", "keen"))
    moved = match_clusters(np.array([[90.0, 5.0, 2.0], [4.0, 20.0, 22.0]]), ["calm", "keen", "new"])
    assert moved[0].fate == "same"
    none = match_clusters(np.zeros((1, 1)), ["calm"])
    assert [each.fate for each in none] == ["new", "gone"]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (pa.table({"a": [1.0, 2.0, 3.0]}), "clusters_too_few"),
        (pa.table({"a": [1.0] * 80, "b": [2] * 80}), "clusters_all_equal"),
        (pa.table({"a": pa.array([None] * 80, pa.float64()), "b": list(range(80))}), "clusters_too_few"),
        (pa.table({"a": pa.array([], pa.float64())}), "clusters_too_few"),
    ],
)
def test_data_that_carry_no_segments_are_left_as_one_and_say_why(table: pa.Table, code: str) -> None:
    found = vitrail.clusters(table)
    assert found.kind is None
    assert found.count == 0
    assert set(found.labels) <= {"everyone"}
    assert code in codes(found)


@pytest.mark.parametrize(
    "values",
    [
        [n % 3 for n in range(120)],
        [float("nan") if n % 10 == 0 else n % 7 for n in range(120)],
        [10.0 ** (n % 9) for n in range(120)],
        [float(n == 5) for n in range(120)],
    ],
)
def test_ties_infinities_and_rare_answers_are_answered(values: list[float]) -> None:
    found = vitrail.clusters(pa.table({"a": values, "b": [n % 2 == 0 for n in range(120)]}), count=2)
    assert len(found.labels) == 120


def test_one_variable_and_yes_no_texts_will_do() -> None:
    draw = np.random.default_rng(6)
    ages = np.concatenate([draw.normal(25, 2, 90), draw.normal(60, 2, 90)])
    one = vitrail.clusters(pa.table({"age": ages}), count="2-4")
    assert (one.kind, one.count) == ("natural", 2)
    said = pa.table({"fast": ["Yes", "No"] * 60, "cheap": ["oui", "oui", "non", "non"] * 30})
    assert vitrail.clusters(said, count=2).count == 2


def test_refusals_name_the_column_and_the_option() -> None:
    table = make_groups(60)
    with pytest.raises(PlanError, match="who"):
        vitrail.clusters(table, variables=["who", "visits"])
    with pytest.raises(VitrailError, match="visits"):
        vitrail.clusters(table, variables=["visit", "spend"])
    with pytest.raises(PlanError, match="12"):
        vitrail.clusters(table, count=13)
    with pytest.raises(UsageError, match="who"):
        vitrail.clusters(pa.concat_tables([table, table]), key="who")


def test_mixtures_find_populations_of_numbers_and_answers() -> None:
    pytest.importorskip("stepmix")
    draw = np.random.default_rng(8)
    groups = np.arange(200) % 2
    table = pa.table(
        {
            "spend": np.where(groups == 0, draw.normal(10, 2, 200), draw.normal(40, 5, 200)),
            "newsletter": draw.random(200) < np.where(groups == 0, 0.1, 0.9),
        }
    )
    found = vitrail.clusters(table, count=2, model="mixtures")
    labels = np.unique(found.labels, return_inverse=True)[1]
    assert compare_partitions(labels, groups, 2) > 0.9


def test_the_steps_of_small_counts_and_of_answers_are_no_groups_and_planted_groups_are_found() -> None:
    draw = np.random.default_rng(0)
    group = draw.integers(0, 3, 600)
    few = [np.array(least)[group] + draw.integers(0, 2, 600) for least in ([1, 5, 9], [1, 4, 7])]
    found = vitrail.clusters(pa.table({"orders": few[0], "categories": few[1]}), count="2-4")
    assert (found.kind, found.count) == ("natural", 3)
    centres = np.array([[1.5, 1.5, 4.5, 4.5, 3, 3], [4.5, 4.5, 1.5, 1.5, 3, 3], [3, 3, 3, 3, 1.2, 4.8]])
    answers = np.clip(np.round(centres[group] + draw.normal(size=(600, 6)) * 0.6), 1, 5)
    survey = vitrail.clusters(
        pa.table({f"q{n}": each for n, each in enumerate(answers[:300].T)}), count="2-4"
    )
    assert (survey.kind, survey.count) == ("natural", 3)
    one = vitrail.clusters(pa.table({"grade": draw.binomial(10, 0.5, 300)}), count="2-4")
    assert one.kind == "constructed"


def test_a_bell_cut_in_two_comes_back_and_is_still_only_a_cut() -> None:
    draw = np.random.default_rng(0)
    for rows in (draw.normal(size=(400, 1)), draw.lognormal(size=(400, 3))):
        found = vitrail.clusters(pa.table({f"v{i}": each for i, each in enumerate(rows.T)}), count="2-4")
        assert found.kind == "constructed"


def test_a_few_answers_come_back_because_their_combinations_are_few() -> None:
    draw = np.random.default_rng(0)
    answers = {"loyal": draw.random(400) < 0.4, "online": draw.random(400) < 0.7}
    found = vitrail.clusters(pa.table(answers), count="2-4")
    assert (found.kind, found.evidence.bound.name) == ("constructed", "common")


def test_counts_come_back_because_their_values_are_few() -> None:
    counts = np.random.default_rng(1006).geometric(0.5, 200)
    found = vitrail.clusters(pa.table({"orders": counts}), count="6-7")
    assert found.kind == "constructed"


def test_a_handful_of_far_customers_is_no_natural_segment() -> None:
    draw = np.random.default_rng(0)
    rows = np.vstack([draw.normal(size=(394, 3)), draw.normal(size=(6, 3)) + 12])
    found = vitrail.clusters(pa.table({f"v{i}": each for i, each in enumerate(rows.T)}), count="2-3")
    assert not found.natural


def test_a_variable_named_as_the_answer_is_refused_in_words() -> None:
    draws = np.random.default_rng(1).normal(size=(3, 200))
    people = pa.table(dict(zip(("a", "b", "segment"), draws, strict=True)))
    with pytest.raises(UsageError, match="rename it"):
        vitrail.clusters(people)
    assert vitrail.clusters(people, ["a", "b"], count=2).rows.num_rows == 200


def test_a_verdict_that_could_have_been_the_other_says_so() -> None:
    draw = np.random.default_rng(3)
    corners = np.array([[0, 0], [1, 0], [0.5, 0.87]])
    said = {}
    for apart in (3.6, 6.0):
        rows = apart * corners[np.arange(900) % 3] + draw.normal(size=(900, 2))
        found = vitrail.clusters(pa.table({"a": rows[:, 0], "b": rows[:, 1]}), count="2-4")
        assert (found.kind, found.count) == ("natural", 3) and found.evidence.bound is not None
        said[apart] = found.findings[0].message("fr"), found.evidence.bound.near, codes(found)
    assert "tout juste" in said[3.6][0] and said[3.6][1] and "clusters_bound" in said[3.6][2]
    assert "tout juste" not in said[6.0][0] and not said[6.0][1] and "clusters_bound" not in said[6.0][2]


def test_the_first_sentence_says_where_the_density_method_sees_other_groups() -> None:
    draw = np.random.default_rng(2)
    turn = draw.uniform(0, np.pi, 600)
    moons = np.column_stack([np.cos(turn), np.sin(turn)])
    moons[300:] = np.column_stack([1 - np.cos(turn[300:]), 0.4 - np.sin(turn[300:])])
    rows = moons + draw.normal(size=moons.shape) * 0.06
    found = vitrail.clusters(pa.table({"a": rows[:, 0], "b": rows[:, 1]}), count="2-3")
    assert not found.natural
    assert "though a second method, by density, sees 2 groups:" in found.findings[0].message("en")
