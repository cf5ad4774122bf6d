"""Folders, manifests and zips of real and synthesized clips."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.data.conftest import MakeClip
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.locations import cache_dir
from workbench.project.project import Project


def reasons(result_problems: tuple) -> dict[str, str]:  # type: ignore[type-arg]
    return {problem.path.name: problem.reason for problem in result_problems}


@pytest.fixture
def small(tmp_path: Path, make_clip: MakeClip) -> Path:
    folder = tmp_path / "kitchen"
    for label in ("yes", "no", "_unknown_", "_silence_"):
        for speaker in ("ann", "bob", "cyd"):
            make_clip(folder / label / f"{speaker}_nohash_0.wav")
    return folder


def test_folder_of_classes(small: Path) -> None:
    task = load_task(small).task
    assert task.name == "kitchen"
    assert task.classes == ("_silence_", "_unknown_", "no", "yes")
    assert task.speakers == ("ann", "bob", "cyd")
    assert {clip.split for clip in task.clips} == set(Split)


def test_bad_files_are_listed_with_their_reason(small: Path, make_clip: MakeClip) -> None:
    (small / "yes" / "empty.wav").touch()
    (small / "yes" / "broken.wav").write_bytes(b"RIFF no wave at all")
    (small / "yes" / "notes.txt").write_text("not audio")
    (small / "yes" / ".DS_Store").write_text("hidden")
    (small / "nothing").mkdir()
    make_clip(small / "yes" / "short.wav", seconds=0.05)
    make_clip(small / "yes" / "long.wav", seconds=31)
    make_clip(small / "stray.wav")
    (small / "yes" / "gone.wav").symlink_to(small / "missing.wav")
    result = load_task(small)
    listed = reasons(result.problems)
    assert len(result.task.clips) == 12
    assert listed["empty.wav"] == "Empty file."
    assert "broken.wav" in listed
    assert listed["notes.txt"] == "Not an audio file."
    assert listed["short.wav"].startswith("Too short: 0.05 s")
    assert listed["long.wav"].startswith("Too long: 31 s")
    assert listed["stray.wav"] == "Not inside the folder of a class."
    assert listed["nothing"] == "No audio files in this folder."
    assert "not exist" in listed["gone.wav"]
    assert ".DS_Store" not in listed


def test_background_noise_becomes_silence_clips(small: Path, make_clip: MakeClip) -> None:
    for path in (small / "_silence_").iterdir():
        path.unlink()
    (small / "_silence_").rmdir()
    make_clip(small / "_background_noise_" / "fan.wav", seconds=20.5)
    task = load_task(small).task
    pieces = [clip for clip in task.clips if clip.label == "_silence_"]
    assert [clip.start_s for clip in pieces] == list(range(20))
    assert {clip.duration_s for clip in pieces} == {1.0}
    assert {clip.split for clip in pieces} == set(Split)


def test_manifest_gives_splits_and_speakers(tmp_path: Path, make_clip: MakeClip) -> None:
    for name in "abcd":
        make_clip(tmp_path / "audio" / f"{name}.wav")
    (tmp_path / "list.csv").write_text(
        "path,label,split,speaker\naudio/a.wav,go,train,x\naudio/b.wav,go,val,y\n"
        "audio/b.wav,go,val,y\naudio/c.wav,go,train,x\naudio/c.wav,stop,train,x\n"
        "audio/missing.wav,go,,\n"
    )
    result = load_task(tmp_path / "list.csv")
    assert [(c.path.name, c.split, c.speaker) for c in result.task.clips] == [
        ("a.wav", Split.TRAIN, "x"),
        ("b.wav", Split.VAL, "y"),
        ("c.wav", Split.TRAIN, "x"),
    ]
    assert [problem.reason for problem in result.problems] == [
        "Listed twice.",
        'Listed before, in the class "go".',
        "This file does not exist or may not be read.",
    ]


def test_a_manifest_without_validation_gets_some_and_says_so(
    tmp_path: Path, make_clip: MakeClip
) -> None:
    rows = ["path,label,split"]
    for number in range(20):
        make_clip(tmp_path / f"{number}.wav")
        rows.append(f"{number}.wav,go,{'test' if number < 5 else 'train'}")
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    result = load_task(tmp_path)
    counts = Counter(clip.split for clip in result.task.clips)
    assert counts[Split.TEST] == 5
    assert counts[Split.VAL] >= 1
    assert "no validation" in result.problems[-1].reason


@pytest.mark.parametrize("wrapped", [True, False])
def test_zip_gives_the_same_task_as_its_folder(small: Path, tmp_path: Path, wrapped: bool) -> None:
    archive = tmp_path / "kitchen.zip"
    base = small.parent if wrapped else small
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("__MACOSX/._x.wav", b"junk")
        for path in sorted(small.rglob("*.wav")):
            packed.write(path, path.relative_to(base))
    for _ in range(2):
        from_zip, from_folder = load_task(archive), load_task(small)
        assert from_zip.problems == ()
        assert [
            (c.label, c.speaker, c.split, c.path.read_bytes()) for c in from_zip.task.clips
        ] == [(c.label, c.speaker, c.split, c.path.read_bytes()) for c in from_folder.task.clips]


@pytest.mark.parametrize(
    "name", ["../evil.wav", "/evil.wav", "a/../../evil.wav", "C:\\evil.wav", "..\\evil.wav"]
)
def test_zip_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(name, b"x")
    with pytest.raises(WorkbenchError, match="leads out"):
        load_task(archive)
    assert not list(tmp_path.rglob("evil.wav"))


def test_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    link = zipfile.ZipInfo("yes/link.wav")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(link, "/etc/passwd")
    with pytest.raises(WorkbenchError, match="link"):
        load_task(archive)


def test_zip_manifest_may_not_name_files_outside(
    tmp_path: Path, small: Path, make_clip: MakeClip
) -> None:
    outside = make_clip(tmp_path / "private.wav")
    archive = tmp_path / "sly.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(small / "yes" / "ann_nohash_0.wav", "in.wav")
        packed.writestr("manifest.csv", f"path,label\n{outside},yes\nin.wav,yes\n")
    result = load_task(archive)
    assert [clip.path.name for clip in result.task.clips] == ["in.wav"]
    assert "outside" in result.problems[0].reason


def test_damaged_zip_leaves_nothing_behind(tmp_path: Path, small: Path) -> None:
    archive = tmp_path / "half.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(small / "yes" / "ann_nohash_0.wav", "yes/a.wav")
    content = bytearray(archive.read_bytes())
    content[200:300] = bytes(100)
    archive.write_bytes(bytes(content))
    with pytest.raises(WorkbenchError, match="damaged"):
        load_task(archive)
    assert not list((cache_dir() / "imports").iterdir())


def test_nothing_usable_is_an_error_with_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "yes").mkdir()
    (tmp_path / "yes" / "a.wav").touch()
    with pytest.raises(WorkbenchError, match=r"a\.wav: Empty file"):
        load_task(tmp_path)
    with pytest.raises(WorkbenchError, match="does not exist"):
        load_task(tmp_path / "missing")


def test_real_speech_has_its_documented_counts(speech: Path) -> None:
    english = load_task(speech / "english-12")
    assert (len(english.task.clips), len(english.task.speakers)) == (3867, 197)
    assert english.task.classes[:2] == ("_silence_", "_unknown_")
    arabic = load_task(speech / "arabic-40")
    assert Counter(clip.split for clip in arabic.task.clips) == {Split.TRAIN: 3600, Split.VAL: 1200}
    assert not english.problems
    assert not arabic.problems


def test_an_empty_folder_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="no usable audio clips"):
        load_task(tmp_path)


def test_a_folder_keeps_its_whole_name(tmp_path: Path, make_clip: MakeClip) -> None:
    for name in ("words.en", "words.ar"):
        make_clip(tmp_path / name / "yes" / "a.wav")
        assert load_task(tmp_path / name).task.name == name
    manifest = tmp_path / "words.en" / "manifest.csv"
    manifest.write_text("path,label\nyes/a.wav,yes\n")
    assert load_task(manifest).task.name == "words.en"
    assert load_task(manifest.rename(manifest.with_name("list.csv"))).task.name == "list"


def test_a_project_is_not_taken_for_a_folder_of_classes(
    tmp_path: Path, make_clip: MakeClip
) -> None:
    project = Project.create(tmp_path / "kitchen")
    task_id = project.add_task("words").id
    source = make_clip(tmp_path / "source" / "yes" / "a.wav").parents[1]
    project.import_clips(task_id, source, CancelToken())
    with pytest.raises(WorkbenchError, match="is a project, not a folder of classes") as caught:
        load_task(project.folder)
    assert "workbench project manifest" in caught.value.hint
    manifests = [project.freeze_task(task_id, project.folder / "runs" / f"000{i}") for i in (1, 2)]
    with pytest.raises(WorkbenchError) as caught:
        load_task(project.folder)
    assert str(manifests[-1]) in caught.value.hint
    assert load_task(manifests[-1]).task == project.task(task_id)
    project.close()
