"""Folders, parts, manifests, zips and IDX pairs of pictures; what cannot be used is told and nothing hangs."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.conftest import MakeClip
from tests.unit.data.pictures import MNIST, SIGN_DIGITS, idx_pair, make_picture, write_idx
from tests.unit.data.test_importers import reasons
from tests.unit.images.files import large_headers
from workbench.cancel import Cancelled, CancelToken
from workbench.data.importers import load_task
from workbench.data.manifest import read_manifest, write_manifest
from workbench.data.splits import assign_splits
from workbench.data.task import Clip, Medium, Split
from workbench.errors import WorkbenchError


@pytest.fixture
def signs(tmp_path: Path) -> Path:
    folder = tmp_path / "signs"
    for label in ("left", "right"):
        for number, suffix in enumerate(
            (".png", ".jpg", ".JPEG", ".webp", ".bmp", ".tiff", ".gif")
        ):
            make_picture(folder / label / f"a_take_{number}{suffix}", number)
    return folder


def placed(source: Path) -> list[tuple[str, str, Split | None]]:
    clips = load_task(source).task.clips
    return sorted((clip.path.name, clip.label, clip.split) for clip in clips)


def test_a_folder_of_classes_is_a_task_of_pictures(signs: Path) -> None:
    result = load_task(signs)
    task = result.task
    assert (task.name, task.medium, task.classes) == ("signs", Medium.PICTURE, ("left", "right"))
    assert len(task.clips) == 14
    assert result.problems == ()
    assert task.speakers == ()
    assert {clip.split for clip in task.clips} == set(Split)


def test_refused_files_are_listed_with_their_reason(signs: Path) -> None:
    left = signs / "left"
    (left / "empty.png").touch()
    (left / "text.jpg").write_text("no picture")
    (left / "notes.txt").write_text("notes")
    (left / ".hidden.png").write_text("hidden")
    (left / "bomb.png").write_bytes(large_headers()["png"])
    make_picture(left / "spacer.gif", size=(1, 1))
    (left / "gone.png").symlink_to(signs / "missing.png")
    (left / "itself.png").symlink_to(left / "itself.png")
    make_picture(signs / "stray.png")
    (signs / "nothing").mkdir()
    result = load_task(signs)
    listed = reasons(result.problems)
    assert len(result.task.clips) == 14
    assert listed.pop("empty.png") == "Empty file."
    assert "it is no JPEG" in listed.pop("text.jpg")
    assert listed.pop("notes.txt") == "Not a picture."
    assert "the limit is 64 megapixels" in listed.pop("bomb.png")
    assert listed.pop("spacer.gif") == "Too small: 1 x 1 pixels."
    assert "does not exist" in listed.pop("gone.png")
    assert "does not exist" in listed.pop("itself.png")
    assert listed.pop("stray.png") == "Not inside the folder of a class."
    assert listed.pop("nothing") == "No pictures in this folder."
    assert listed == {}
    assert len(result.problems) == 9


def test_links_that_go_round_end(signs: Path) -> None:
    (signs / "round").symlink_to(signs)
    (signs / "itself").symlink_to(signs / "itself")
    (signs / "left" / "up").symlink_to(signs)
    (signs / "left" / "across").symlink_to(signs / "right")
    result = load_task(signs)
    assert len(result.task.clips) == 14
    assert reasons(result.problems) == {
        "round": "A link to a folder that it lies in.",
        "up": "A link to a folder, which is not followed.",
        "across": "A link to a folder, which is not followed.",
    }


def test_a_class_may_be_a_link_to_a_folder_elsewhere(signs: Path, tmp_path: Path) -> None:
    make_picture(tmp_path / "elsewhere" / "a.png")
    (signs / "up").symlink_to(tmp_path / "elsewhere")
    assert Counter(clip.label for clip in load_task(signs).task.clips)["up"] == 1


def test_most_files_decide_between_sounds_and_pictures(
    signs: Path, tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(signs / "left" / "said.wav")
    result = load_task(signs)
    assert result.task.medium is Medium.PICTURE
    assert reasons(result.problems) == {"said.wav": "Not a picture."}
    songs = tmp_path / "songs"
    make_clip(songs / "waltz" / "a.wav")
    make_clip(songs / "polka" / "b.wav")
    make_picture(songs / "polka" / "cover.png")
    result = load_task(songs)
    assert result.task.medium is Medium.SOUND
    assert reasons(result.problems) == {"cover.png": "Not an audio file."}
    write_manifest(tmp_path / "list.csv", [*load_task(signs).task.clips, *result.task.clips])
    assert load_task(tmp_path / "list.csv").task.medium is Medium.PICTURE


def test_folders_of_parts_are_taken_for_parts(signs: Path, tmp_path: Path) -> None:
    parted = tmp_path / "parted"
    for word, split in (("Train", Split.TRAIN), ("valid", Split.VAL), ("test", Split.TEST)):
        for label in ("left", "right"):
            make_picture(parted / word / label / "more" / f"{split}.png")
    make_picture(parted / "test" / "unlabelled.png")
    result = load_task(parted)
    assert result.task.classes == ("left", "right")
    assert {(clip.path.stem, clip.label, clip.split) for clip in result.task.clips} == {
        (str(split), label, split) for split in Split for label in ("left", "right")
    }
    assert reasons(result.problems) == {"unlabelled.png": "Not inside the folder of a class."}


def test_classes_called_like_parts_stay_classes(tmp_path: Path) -> None:
    for label in ("train", "test", "bus"):
        make_picture(tmp_path / "vehicles" / label / "a.png")
    assert load_task(tmp_path / "vehicles").task.classes == ("bus", "test", "train")
    for label in ("train", "test"):
        make_picture(tmp_path / "words" / label / "a.png")
    assert load_task(tmp_path / "words").task.classes == ("test", "train")


def test_parts_without_validation_get_some_and_say_so(tmp_path: Path) -> None:
    for part, count in (("train", 20), ("test", 4)):
        for number in range(count):
            make_picture(tmp_path / "set" / part / "left" / f"{number}.png", size=(8, 8))
    result = load_task(tmp_path / "set")
    counts = Counter(clip.split for clip in result.task.clips)
    assert counts[Split.TEST] == 4
    assert counts[Split.VAL] >= 1
    assert "no validation" in result.problems[-1].reason


@pytest.mark.parametrize("wrapped", [True, False])
def test_zip_gives_the_same_task_as_its_folder(signs: Path, tmp_path: Path, wrapped: bool) -> None:
    archive = tmp_path / "signs.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(signs.rglob("*.*")):
            packed.write(path, path.relative_to(signs.parent if wrapped else signs))
    assert placed(archive) == placed(signs)


def test_a_zip_that_leads_out_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(make_picture(tmp_path / "a.png"), "../evil.png")
    with pytest.raises(WorkbenchError, match="leads out"):
        load_task(archive)
    assert not list(tmp_path.rglob("evil.png"))


def test_a_manifest_gives_splits_groups_and_indices(signs: Path, tmp_path: Path) -> None:
    idx_pair(tmp_path, "train", [3, 4, 5])
    path = tmp_path / "list.csv"
    path.write_text(
        "path,label,split,speaker,start_s,index\n"
        "signs/left/a_take_0.png,left,train,hand 1,,\n"
        "train-images-idx3-ubyte.gz,three,test,,,0\n"
        "train-images-idx3-ubyte.gz,four,test,,,1\n"
        "train-images-idx3-ubyte.gz,four,test,,,1\n"
        "train-images-idx3-ubyte.gz,six,test,,,3\n"
        "train-images-idx3-ubyte.gz,none,test,,,\n"
        "train-images-idx3-ubyte.gz,half,test,,,0.5\n"
        "signs/left/a_take_1.jpg,left,train,,,0\n"
        "signs/left/a_take_1.jpg,left,train,,2,\n"
        "signs/right/a_take_0.png,right,val,,,\n"
    )
    result = load_task(path)
    assert [(c.name, c.label, c.split, c.speaker) for c in result.task.clips] == [
        ("a_take_0.png", "left", Split.TRAIN, "hand 1"),
        ("train-images-idx3-ubyte.gz [0]", "three", Split.TEST, ""),
        ("train-images-idx3-ubyte.gz [1]", "four", Split.TEST, ""),
        ("a_take_0.png", "right", Split.VAL, ""),
    ]
    assert sorted(problem.reason for problem in result.problems) == [
        "A picture has no start and no duration.",
        "Line 8: index must be a whole number, not below zero.",
        "Listed twice.",
        "The file holds one picture, so it has no index.",
        "The index must tell which of its 3 pictures is meant.",
        "The index must tell which of its 3 pictures is meant.",
    ]


def test_a_recording_has_no_index(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "a.wav")
    make_clip(tmp_path / "b.wav")
    (tmp_path / "manifest.csv").write_text("path,label,index\na.wav,go,\nb.wav,go,0\n")
    result = load_task(tmp_path)
    assert [clip.path.name for clip in result.task.clips] == ["a.wav"]
    assert reasons(result.problems) == {"b.wav": "A recording has no index."}


def test_manifests_with_indices_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    clips = (
        Clip(path, "1", Split.VAL, index=7),
        Clip(tmp_path / "a.png", "1", None, "group"),
    )
    write_manifest(tmp_path / "m.csv", clips)
    assert (tmp_path / "m.csv").read_text().startswith("path,label,split,speaker,index\n")
    assert read_manifest(tmp_path / "m.csv") == (clips, ())


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_pairs_are_a_task(tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "digits"
    idx_pair(folder, "train", [0, 1] * 30, ending)
    alone = load_task(folder)
    assert alone.problems == ()
    assert alone.task.classes == ("0", "1")
    assert {clip.split for clip in alone.task.clips} == set(Split)
    assert [(clip.index, clip.label) for clip in alone.task.clips[:3]] == [
        (0, "0"),
        (1, "1"),
        (2, "0"),
    ]
    assert load_task(folder / f"train-images-idx3-ubyte{ending}").task.clips == alone.task.clips
    idx_pair(folder, "t10k", [1, 0, 1], ending)
    both = load_task(folder).task
    assert Counter(c.split for c in both.clips if "t10k" in c.path.name) == {Split.TEST: 3}
    assert {c.split for c in both.clips if "train" in c.path.name} == {Split.TRAIN, Split.VAL}


def test_a_zip_of_idx_files_is_a_task(tmp_path: Path) -> None:
    idx_pair(tmp_path / "raw", "train", [0, 1, 2])
    archive = tmp_path / "digits.zip"
    for prefix in ("", "MNIST/"):
        with zipfile.ZipFile(archive, "w") as packed:
            for path in (tmp_path / "raw").iterdir():
                packed.write(path, f"{prefix}{path.name}")
        assert [clip.label for clip in load_task(archive).task.clips] == ["0", "1", "2"]


def test_what_is_wrong_with_idx_files_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    idx_pair(folder, "train", [0, 1, 2])
    shutil.copy(folder / "train-images-idx3-ubyte.gz", folder / "train-images.idx3-ubyte.gz")
    idx_pair(folder, "val", [0, 1])
    write_idx(folder / "val-labels-idx1-ubyte.gz", np.array([0, 1, 2]))
    idx_pair(folder, "test", [0])
    (folder / "test-labels-idx1-ubyte.gz").unlink()
    result = load_task(folder)
    listed = reasons(result.problems)
    assert len(result.task.clips) == 3
    assert listed["train-images.idx3-ubyte.gz"].startswith("The same part as")
    assert "2 pictures and val-labels-idx1-ubyte.gz 3 labels" in listed["val-images-idx3-ubyte.gz"]
    assert "no file test-labels-idx1-ubyte" in listed["test-images-idx3-ubyte.gz"]
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"no gzip")
    (folder / "train-images.idx3-ubyte.gz").unlink()
    with pytest.raises(WorkbenchError, match="no usable pictures"):
        load_task(folder)


def test_nothing_moves_when_pictures_are_added(signs: Path) -> None:
    before = assign_splits([Clip(Path(f"/d/left/{i}.png"), "left") for i in range(200)])
    more = [Clip(Path(f"/d/left/new {i}.png"), "left") for i in range(50)]
    after = assign_splits([*more, *(Clip(clip.path, clip.label) for clip in before)])
    assert after[50:] == before
    stored = load_task(signs).task.clips
    make_picture(signs / "left" / "another.png", 99)
    again = {clip.path: clip.split for clip in load_task(signs).task.clips}
    moved = [clip for clip in stored if again[clip.path] is not clip.split]
    assert len(moved) <= 2


def test_pictures_of_one_group_stay_in_one_part() -> None:
    clips = [
        Clip(Path(f"/d/{label}/{i}.png"), label, speaker=f"plant {i // 5}")
        for label in ("leaf", "root")
        for i in range(100)
    ]
    parts: dict[str, set[Split | None]] = {}
    for clip in assign_splits(clips):
        parts.setdefault(clip.speaker, set()).add(clip.split)
    assert len(parts) == 20
    assert all(len(found) == 1 for found in parts.values())


def test_loading_tells_how_far_it_is_and_can_be_stopped(signs: Path) -> None:
    steps: list[tuple[int, int]] = []
    load_task(signs, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 14), (14, 14)]
    token = CancelToken()
    token.stop()
    with pytest.raises(Cancelled):
        load_task(signs, progress=lambda _done, _total: token.check())


def test_real_pictures_have_their_documented_counts(tmp_path: Path) -> None:
    """1,236 photographs and 60,000 digits beside the project; elsewhere generated ones in the same forms."""
    if not SIGN_DIGITS.is_dir():
        for label in range(10):
            make_picture(tmp_path / "signs" / str(label) / "IMG_1.JPG", label)
        idx_pair(tmp_path / "mnist", "train", range(10))
    photographs = load_task(SIGN_DIGITS if SIGN_DIGITS.is_dir() else tmp_path / "signs")
    digits = load_task(MNIST if MNIST.is_dir() else tmp_path / "mnist")
    expected = (1236, 60_000) if SIGN_DIGITS.is_dir() else (10, 10)
    assert (len(photographs.task.clips), len(digits.task.clips)) == expected
    assert photographs.task.classes == digits.task.classes == tuple("0123456789")
    assert not photographs.problems
    assert not digits.problems
