"""Planted faults among pictures are reported, with their pictures; a sound task gets no false alarm."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from tests.unit.data.pictures import idx_pair, photographs
from tests.unit.data.test_doctor import by_kind, task_of
from workbench.cancel import Cancelled, CancelToken
from workbench.cli.doctor import doctor
from workbench.data.doctor import Kind, Severity, examine
from workbench.data.importers import load_task
from workbench.data.picture_prints import SAME_PICTURE, _largest, copies, hashes
from workbench.data.task import Clip, Split


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return photographs(60)


@pytest.fixture
def good(tmp_path: Path, pictures: list[np.ndarray]) -> list[Clip]:
    """Two classes of thirty photographs: 20 train, 5 val, 5 test each."""
    parts = [Split.TRAIN] * 20 + [Split.VAL] * 5 + [Split.TEST] * 5
    clips = []
    for label, some in (("left", pictures[:30]), ("right", pictures[30:])):
        for number, (picture, part) in enumerate(zip(some, parts, strict=True)):
            path = tmp_path / label / f"{label}{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(picture).save(path)
            clips.append(Clip(path, label, part))
    return clips


def saved(picture: Image.Image, path: Path, **options: object) -> Path:
    picture.save(path, **options)
    return path


def test_good_pictures_get_no_finding(good: list[Clip]) -> None:
    assert examine(task_of(good)) == ()


def test_planted_copies_are_all_reported(good: list[Clip], tmp_path: Path) -> None:
    originals = [Image.open(clip.path) for clip in good[:4]]
    half = originals[1].resize((50, 50), Image.Resampling.BICUBIC)
    planted = [
        saved(originals[0], tmp_path / "coded.jpg", quality=30),
        saved(half, tmp_path / "half.webp"),
        saved(ImageEnhance.Brightness(originals[2]).enhance(1.25), tmp_path / "bright.png"),
        saved(ImageEnhance.Color(originals[3]).enhance(0), tmp_path / "grey.bmp"),
    ]
    test_clips = [Clip(path, "left", Split.TEST) for path in planted]
    same = Clip(Path(shutil.copy(good[5].path, tmp_path / "same.png")), "left", Split.VAL)
    found = by_kind(examine(task_of([*good, *test_clips, same])))
    assert {one.clips for one in found[Kind.NEAR_DUPLICATE]} == {
        (good[i], clip) for i, clip in enumerate(test_clips)
    }
    assert all(one.severity is Severity.LEAK and one.fix for one in found[Kind.NEAR_DUPLICATE])
    assert "(test) looks like a copy of left" in found[Kind.NEAR_DUPLICATE][0].text
    (exact,) = found[Kind.DUPLICATE_IN_SPLITS]
    assert exact.clips == (good[5], same)
    assert found[Kind.DUPLICATE_LABELS] == []


def test_copies_within_a_part_do_no_harm(good: list[Clip], tmp_path: Path) -> None:
    copy = saved(Image.open(good[0].path), tmp_path / "copy.jpg", quality=60)
    assert examine(task_of([*good, Clip(copy, "left", Split.TRAIN)])) == ()


def test_one_picture_under_two_labels_is_reported(good: list[Clip], tmp_path: Path) -> None:
    near = saved(Image.open(good[0].path), tmp_path / "near.jpg", quality=60)
    same = Path(shutil.copy(good[1].path, tmp_path / "same.png"))
    planted = [Clip(near, "right", Split.TRAIN), Clip(same, "right", Split.TRAIN)]
    found = by_kind(examine(task_of([*good, *planted])))
    exact, likely = found[Kind.DUPLICATE_LABELS]
    assert (exact.severity, exact.clips) == (Severity.LEAK, (good[1], planted[1]))
    assert (likely.severity, likely.clips) == (Severity.WARNING, (good[0], planted[0]))
    assert "near.jpg (right) looks like a copy of left0.png (left)" in likely.text


def test_flat_small_grey_and_broken_pictures_are_reported(good: list[Clip], tmp_path: Path) -> None:
    flat = [
        Clip(saved(Image.new("RGB", (100, 100), colour), tmp_path / f"{colour}.png"), "left", part)
        for colour, part in (("white", Split.TRAIN), ("red", Split.TEST))
    ]
    other = Image.open(good[-1].path)
    small = Clip(saved(other.resize((40, 45)), tmp_path / "small.png"), "right", Split.TEST)
    grey = Clip(saved(other.convert("L"), tmp_path / "grey.jpg", quality=95), "right", Split.TEST)
    broken = Clip(tmp_path / "broken.png", "right", Split.TEST)
    broken.path.write_bytes(good[0].path.read_bytes()[:-900])
    found = by_kind(examine(task_of([*good, *flat, small, grey, broken])))
    assert found[Kind.FLAT][0].clips == tuple(flat)
    assert found[Kind.FLAT][0].text == "2 pictures are of one colour: white.png, red.png."
    assert found[Kind.SMALL][0].clips == (small,)
    assert "(100 pixels)" in found[Kind.SMALL][0].text
    assert set(found[Kind.GREY][0].clips) == {flat[0], grey}
    assert "in left, right" in found[Kind.GREY][0].text
    assert found[Kind.UNREADABLE][0].clips == (broken,)
    assert found[Kind.UNREADABLE][0].text.startswith("1 picture cannot be read")


def test_few_unbalanced_and_missing_pictures_are_reported(good: list[Clip]) -> None:
    few = [Clip(clip.path, "up", Split.TRAIN) for clip in good[:3]]
    found = by_kind(examine(task_of([*few, *good[3:]])))
    assert found[Kind.FEW_CLIPS][0].text == "Fewer than 10 pictures of up."
    assert found[Kind.FEW_CLIPS][0].fix == "Add more of them."
    assert {one.text for one in found[Kind.NOT_MEASURED]} == {
        "No val pictures of up.",
        "No test pictures of up.",
    }
    assert "30 of right, 3 of up" in found[Kind.IMBALANCE][0].text
    assert found[Kind.NO_SILENCE] == []
    assert found[Kind.UNKNOWN_SPEAKERS] == []


def test_pictures_inside_one_file_are_no_copies_of_each_other(tmp_path: Path) -> None:
    idx_pair(tmp_path / "digits", "train", [0, 1] * 30)
    found = by_kind(examine(load_task(tmp_path / "digits").task))
    assert found[Kind.DUPLICATE] == found[Kind.DUPLICATE_LABELS] == []
    assert found[Kind.GREY] == []
    assert len(found[Kind.FLAT][0].clips) == 60
    assert "train-images-idx3-ubyte.gz [0]" in found[Kind.FLAT][0].text


def test_examination_tells_how_far_it_is_and_can_be_stopped(good: list[Clip]) -> None:
    steps: list[tuple[int, int]] = []
    examine(task_of(good), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 60), (60, 60)]
    token = CancelToken()
    token.stop()
    with pytest.raises(Cancelled):
        examine(task_of(good), token)
    with pytest.raises(Cancelled):
        copies([flat_thumbnail()], [flat_thumbnail()], token)


def flat_thumbnail() -> np.ndarray:
    return np.zeros((32, 32), np.uint8)


@given(st.integers(1, 300), st.integers(0, 2**31))
def test_candidates_are_the_largest(count: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(-64, 65, (7, count)).astype(np.float32)
    found = np.take_along_axis(scores, _largest(scores), axis=1)
    assert np.array_equal(np.sort(found, axis=1), np.sort(scores, axis=1)[:, -5:])


def test_the_command_line_examines_pictures(
    good: list[Clip], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = good[0].path.parents[1]
    (folder / "left" / "empty.png").touch()
    doctor(folder, None)
    shown = capsys.readouterr().out
    assert "60 pictures in 2 classes" in shown
    assert "empty.png: Empty file." in shown


def test_a_hash_tells_where_a_picture_gets_lighter() -> None:
    rising = np.tile(np.arange(32, dtype=np.uint8) * 8, (32, 1))
    assert np.array_equal(hashes([rising, rising[:, ::-1]]), np.array([[1] * 64, [-1] * 64]))
    step = np.zeros((32, 32), np.uint8)
    step[:16, 18:] = 200
    bits = hashes([step]).reshape(8, 8)
    assert (bits[:4, 4] == 1).all()
    assert (np.delete(bits, 4, axis=1) == -1).all()
    assert (bits[4:] == -1).all()


def test_copies_are_those_that_correlate(pictures: list[np.ndarray]) -> None:
    thumbnails = [
        np.asarray(Image.fromarray(one).convert("L").resize((32, 32))) for one in pictures
    ]
    assert copies(thumbnails, thumbnails) == [(i, i, pytest.approx(1, abs=1e-5)) for i in range(60)]
    assert copies([], thumbnails) == copies(thumbnails, []) == []
    lighter = [(one.astype(float) * 0.8 + 40).round().astype(np.uint8) for one in thumbnails]
    found = copies(lighter, thumbnails)
    assert [(query, other) for query, other, _ in found] == [(i, i) for i in range(60)]
    assert all(SAME_PICTURE <= likeness <= 1 for _, _, likeness in found)
