"""Killed at any moment, or many at once: a run is there entirely or not at all."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pyarrow.parquet as pq

from vitrail.store import find_latest, latest_run, runs

KILLS = 50
FILES = {
    "findings.parquet", "funnel.parquet", "manifest.json", "memberships.parquet", "monthly.parquet",
    "profile.parquet", "refused.parquet", "segmentations.json", "segments.parquet", "variables.json",
}  # fmt: skip


def content(run: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in run.iterdir()}


def check_whole(folder: Path, seen: dict[str, dict[str, bytes]]) -> None:
    """Every run is whole, and none seen before has changed or gone."""
    assert set(seen) <= set(runs(folder))
    for run_id in runs(folder):
        now = content(folder / ".vitrail" / "runs" / run_id)
        assert now.keys() >= FILES
        assert seen.setdefault(run_id, now) == now
    assert {each.name for each in (folder / ".vitrail" / "runs").iterdir()} == set(seen)
    assert pq.read_table(latest_run(folder).file("profile.parquet")).num_rows == 17


def leftovers(folder: Path) -> list[str]:
    return [each.name for each in (folder / ".vitrail" / "work").iterdir()]


def test_killed_at_any_moment_the_last_run_is_whole(folder, mortal):
    mortal.run(folder)
    seconds = mortal.run(folder)["seconds"]
    draw, seen, killed = random.Random(20111210), {}, 0
    check_whole(folder, seen)
    for _ in range(KILLS):
        end = mortal.run(folder, after=draw.uniform(0, 1.05) * seconds)
        if end["codes"] == [-9]:
            killed += 1
        else:
            seconds = min(seconds, end["seconds"])
        check_whole(folder, seen)
    assert killed >= KILLS // 3
    assert mortal.run(folder)["codes"] == [0]
    assert leftovers(folder) == []
    check_whole(folder, seen)


def test_killed_at_any_step_on_disk_the_last_run_is_whole(folder, mortal):
    """Every step in the state folder once: making, renaming, pointing, tidying up."""
    mortal.run(folder)
    seen: dict[str, dict[str, bytes]] = {}
    check_whole(folder, seen)
    step, code = 0, -9
    while code == -9:
        step += 1
        [code] = mortal.run(folder, at=step)["codes"]
        check_whole(folder, seen)
    assert code == 0
    assert step > 8
    assert leftovers(folder) == []


def test_runs_at_once_all_end_well(folder, mortal):
    for many in (2, 5):
        before = len(runs(folder))
        assert mortal.run(folder, many=many)["codes"] == [0] * many
        assert len(runs(folder)) == before + many
    assert leftovers(folder) == []
    assert latest_run(folder).run_id in runs(folder)


def test_a_reader_never_sees_half_a_run(folder, mortal):
    mortal.run(folder)
    expected = content(latest_run(folder).folder)["profile.parquet"]
    mortal.ask(folder, many=3)
    reads = 0
    while mortal.busy():
        run = latest_run(folder)
        assert content(run.folder).keys() >= FILES
        assert run.file("profile.parquet").read_bytes() == expected
        assert run.segmentations()[0]["key"] == "value"
        reads += 1
    assert mortal.answer()["codes"] == [0] * 3
    assert reads > 0


def test_no_run_is_ever_deleted(folder, mortal):
    """What to keep is the person's decision: old runs are history."""
    for _ in range(3):
        mortal.run(folder)
    assert len(runs(folder)) == 3


def test_a_clock_set_back_does_not_change_which_run_is_the_newest(folder, mortal):
    mortal.run(folder)
    mortal.run(folder)
    newest = latest_run(folder)
    os.utime(newest.folder, (0, 0))
    assert runs(folder)[0] == newest.run_id
    assert latest_run(folder).run_id == find_latest(folder)[0].run_id == newest.run_id


def test_a_run_under_way_is_not_tidied_up_by_another(folder, mortal):
    from vitrail.store import RunWriter

    with RunWriter(folder, "20111210T000000Z") as writer:
        assert mortal.run(folder)["codes"] == [0]
        assert leftovers(folder) == [writer.run_id]
    assert leftovers(folder) == []


def test_rubbish_in_the_state_folder_stops_nothing(folder, mortal):
    mortal.run(folder)
    (folder / ".vitrail" / "work" / "a file").write_text("x")
    (folder / ".vitrail" / "work" / "a folder").mkdir()
    (folder / ".vitrail" / "runs" / "a folder").mkdir()
    assert mortal.run(folder)["codes"] == [0]
    assert len(runs(folder)) == 2
    assert sorted(leftovers(folder)) == ["a file", "a folder"]


def test_only_what_runs_have_left_is_tidied_up(folder, tmp_path):
    """`.vitrail` may be a link to a folder where other things lie."""
    from vitrail.store import RunWriter

    work = tmp_path / "big" / "work"
    ours, linked = work / "20111210T000000Z-0a1b2c3d", work / "20111210T000000Z-0a1b2c3e"
    for name in ("thesis", ".git", "draft-0a1b2c3d", ours.name, "20111210T000000Z-0a1b2c3f"):
        (work / name).mkdir(parents=True)
        (work / name / "chapter.tex").write_text("x")
    (work / "draft-0a1b2c3d" / "lock").touch()
    (work / "draft-0a1b2c3d" / "run").mkdir()
    (work / "20111210T000000Z-0a1b2c3f" / "lock").write_text("a lock of ours is empty")
    (ours / "lock").touch()
    linked.symlink_to(work / "draft-0a1b2c3d")
    (folder / ".vitrail").symlink_to(work.parent)
    with RunWriter(folder, "20111210T000000Z"):
        pass
    assert not ours.exists() and linked.is_symlink()
    kept = ["20111210T000000Z-0a1b2c3f", ".git", "draft-0a1b2c3d", "thesis"]
    assert sorted(each.parent.name for each in work.glob("*/chapter.tex") if each.parent != linked) == sorted(
        kept
    )
    assert not (work / "thesis" / "lock").exists() and (work / "draft-0a1b2c3d" / "run").exists()
