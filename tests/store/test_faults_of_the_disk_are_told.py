"""A disk that is full, closed or damaged: one sentence, and the last run is intact."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vitrail import i18n
from vitrail.errors import StoreError
from vitrail.store import latest_run, open_run, runs, seal, storage_faults, whole_file
from vitrail.workspace import Workspace

ON_A_SMALL_DISK = """
import json, os, subprocess, sys
from pathlib import Path
from vitrail.errors import VitrailError
from vitrail.store import latest_run, runs
from vitrail.workspace import Workspace

folder, said = Path(sys.argv[1]), []

def attempt():
    before = sorted(runs(folder))
    kept = {file.name: file.read_bytes() for file in latest_run(folder).folder.iterdir()}
    try:
        Workspace(folder).run(report=False)
        code = "done"
    except VitrailError as error:
        code = error.findings[0].code
        assert sorted(runs(folder)) == before, "a run appeared"
        assert {file.name: file.read_bytes() for file in latest_run(folder).folder.iterdir()} == kept
        assert list((folder / ".vitrail" / "work").iterdir()) == [], "something was left"
    said.append(code)

Workspace(folder).run(report=False)
for free_kb in (100, 60, 24, 8, 0):
    disk = os.statvfs(folder)
    spare = disk.f_bavail * disk.f_frsize // 1024 - free_kb
    (folder / "filler").write_bytes(bytes(max(spare, 0) * 1024))
    attempt()
    (folder / "filler").unlink()
attempt()
subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
try:
    Workspace(folder).run(report=False)
except VitrailError as error:
    said.append(error.findings[0].code)
print(json.dumps(said))
"""


def test_a_full_or_read_only_disk_leaves_the_last_run_intact(folder, tmp_path):
    """On a real disk of 1 MB, mounted for one process alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not shutil.which("unshare"):
        pytest.skip("a small disk needs the command `unshare` (Linux)")
    mount = f"mount -t tmpfs -o size=1m none '{disk}'"
    if subprocess.run(["unshare", "-Urm", "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("this machine does not let a user mount a disk of its own")
    script = f'{mount} && cp "{folder}"/* "{disk}" && exec "{sys.executable}" -c "$1" "{disk}"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, "sh", ON_A_SMALL_DISK], capture_output=True, text=True
    )
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said[0] == "done" or said[0] == "disk_full"
    assert said[2:5] == ["disk_full"] * 3
    assert said[5:] == ["done", "workspace_read_only"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EACCES, "workspace_forbidden"),
        (errno.EPERM, "workspace_forbidden"),
        (errno.EROFS, "workspace_read_only"),
        (errno.ENOTDIR, "workspace_not_folder"),
        (errno.EIO, "workspace_not_writable"),
    ],
)
def test_each_fault_has_its_sentence(tmp_path, number, code):
    with pytest.raises(StoreError) as caught, storage_faults(tmp_path):
        raise OSError(number, "cause", str(tmp_path / "runs"))
    [finding] = caught.value.findings
    assert finding.code == code
    for language in i18n.LANGUAGES:
        assert len(finding.message(language)) > 20


def test_a_fault_of_a_file_elsewhere_is_not_blamed_on_the_workspace(tmp_path):
    with pytest.raises(StoreError) as caught, storage_faults(tmp_path / "here"):
        raise OSError(errno.EIO, "cause", str(tmp_path / "there" / "orders.csv"))
    [finding] = caught.value.findings
    assert (finding.code, finding.place) == ("file_fault", str(tmp_path / "there" / "orders.csv"))


def test_a_folder_that_is_a_file_is_told(folder):
    (folder / ".vitrail").write_text("a file")
    with pytest.raises(StoreError) as caught:
        Workspace(folder).run(report=False)
    assert caught.value.findings[0].code == "workspace_not_folder"


def test_a_pointer_to_nothing_gives_the_newest_whole_run(ran):
    [run_id] = runs(ran)
    for pointer in ("", "20110101T000000Z-deadbeef", "../..", "\0"):
        (ran / ".vitrail" / "latest").write_text(pointer)
        assert latest_run(ran).run_id == run_id
    (ran / ".vitrail" / "latest").write_bytes(b"\xff\xfe")
    assert latest_run(ran).run_id == run_id
    (ran / ".vitrail" / "latest").unlink()
    assert latest_run(ran).run_id == run_id


def test_a_workspace_without_runs_says_how_to_make_one(folder):
    with pytest.raises(StoreError, match="vitrail run"):
        latest_run(folder)


@pytest.mark.parametrize("content", ["", "{", "[]]"])
def test_a_damaged_run_is_named(ran, content):
    run = latest_run(ran)
    run.file("segmentations.json").write_text(content)
    with pytest.raises(StoreError, match=run.run_id):
        run.segmentations()
    for wrong in (content, *(json.dumps(run.manifest | each) for each in ({"plan": {}}, {"as_of": "soon"}))):
        run.file("manifest.json").write_text(wrong)
        with pytest.raises(StoreError, match=run.run_id):
            latest_run(ran)


@pytest.mark.parametrize("kept", [0, 3, 40, 400, -8])
def test_a_damaged_parquet_file_is_told(ran, kept):
    file = latest_run(ran).file("profile.parquet")
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(StoreError) as caught:
        Workspace(ran).profile()
    [told] = caught.value.findings
    assert (told.code, told.figures["file"]) == ("run_damaged", "profile.parquet")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "members.csv"
    target.write_text("old")
    with pytest.raises(KeyError), whole_file(target) as stream:
        stream.write(b"half")
        raise KeyError
    assert target.read_text() == "old"
    with whole_file(target) as stream:
        stream.write(b"new")
    assert target.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["members.csv"]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    with whole_file(tmp_path / "link.csv") as stream:
        stream.write(b"new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"
    device = Path("/dev/null")
    if not device.is_char_device():
        pytest.skip("this system has no /dev/null")
    with whole_file(device) as stream:
        stream.write(b"gone")
    assert device.is_char_device()


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "output_is_folder"), ("no/x.csv", "output_no_folder"), ("file/x.csv", "output_no_folder"),
     ("x" * 300, "output_not_writable")],
)  # fmt: skip
def test_an_output_that_cannot_be_made_is_told(tmp_path, name, code):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught, whole_file(tmp_path / name):
        pass
    assert caught.value.findings[0].code == code


def test_an_output_that_may_not_be_written_is_told(tmp_path, monkeypatch):
    def refuse(self: Path, *_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StoreError) as caught, whole_file(tmp_path / "x.csv"):
        pass
    assert caught.value.findings[0].code == "output_forbidden"


@pytest.mark.parametrize(
    "manifest",
    ["{}", "[]", "null", '{"as_of": "soon", "customers": 1, "plan": {}}', '{"as_of": "2024-06-01"}'],
)
def test_a_run_whose_manifest_is_not_whole_is_told_and_passed_over(ran_twice, manifest):
    """It is named to whoever asks for it, and the next run compares itself with the one before."""
    workspace = Workspace(ran_twice)
    broken = latest_run(ran_twice)
    broken.file("manifest.json").write_text(manifest)
    with pytest.raises(StoreError) as said:
        workspace.latest()
    assert said.value.findings[0].code == "run_damaged"
    assert broken.run_id in str(said.value) and f".vitrail/runs/{broken.run_id}" in str(said.value)
    again = workspace.run(report=False)
    assert [each.figures["run"] for each in again.findings if each.code == "run_passed_over"] == [
        broken.run_id
    ]
    assert [each.code for each in workspace.check() if each.code == "run_passed_over"] == []
    assert latest_run(ran_twice).run_id == again.run.run_id


def test_an_edited_manifest_is_damaged_and_so_is_one_that_says_what_cannot_be(ran):
    run = latest_run(ran)
    file, good = run.folder / "manifest.json", run.manifest
    outside = {"../../../vitrail.yml": "1-00000000"}
    sealed = [{"plan": good["plan"] | each} for each in ({"language": "xx"}, {"currency": 5}, {"name": None})]
    sealed += [
        {"customers": True},
        {"sources": [1]},
        {"files": outside},
        {"files": {"a": None}},
        {"as_of": 5},
    ]
    unfiled = {name: each for name, each in good.items() if name != "files"}
    wrong = [good | {"customers": good["customers"] + 1}, good | {"checksum": None}, seal(unfiled)]
    for each in (*wrong, *(seal(good | edit) for edit in sealed)):
        file.write_text(json.dumps(each))
        with pytest.raises(StoreError) as said:
            latest_run(ran)
        assert [found.code for found in said.value.findings] == ["run_damaged"]
    file.write_text(json.dumps(good))
    latest_run(ran).check()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("memberships.parquet", lambda content: content[:100]),
        ("profile.parquet", lambda content: content[:400] + bytes(8) + content[408:]),
        ("segmentations.json", lambda content: b"[{}]"),
        ("validation.json", lambda content: b'{"cards": [{}]}'),
        ("manifest.json", lambda content: b"[" * 100_000),
        ("manifest.json", lambda content: content.replace(b'"files": {', b'"files": 0, "x": {')),
    ],
)
def test_a_damaged_earlier_run_is_compared_with_nothing_and_stops_nothing(ran_twice, name, damage):
    """Whether it is the newest run or the one before the day."""
    workspace = Workspace(ran_twice)
    before = open_run(ran_twice / ".vitrail" / "runs" / runs(ran_twice)[-1])
    for run in (before, None):
        run = run or workspace.latest()
        file = run.folder / name
        file.write_bytes(damage(file.read_bytes()))
        told = [each for each in workspace.run(report=False).findings if each.code == "run_passed_over"]
        assert [(each.figures["run"], each.figures["file"]) for each in told] == [(run.run_id, name)]
        shutil.rmtree(run.folder)


def test_a_run_of_another_version_is_compared_with_nothing(ran):
    workspace = Workspace(ran)
    file = latest_run(ran).file("manifest.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": "0.99.0"}))
    with pytest.raises(StoreError, match=r"0\.99\.0"):
        workspace.latest()
    told = [each.code for each in workspace.run(report=False).findings]
    assert told.count("run_of_other_version_passed_over") == 1


def test_a_pointer_that_cannot_be_written_leaves_no_new_run(ran):
    before = runs(ran)
    (ran / ".vitrail" / "latest").unlink()
    (ran / ".vitrail" / "latest").mkdir()
    with pytest.raises(StoreError, match="intact"):
        Workspace(ran).run(report=False)
    assert runs(ran) == before


def test_a_file_that_has_no_room_is_told_as_that_file():
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no device that is always full")
    with pytest.raises(StoreError) as caught, whole_file(Path("/dev/full")) as stream:
        stream.write(b"figures")
    assert [(each.code, each.place) for each in caught.value.findings] == [("output_full", "/dev/full")]
