"""Resizing against averages and cut-outs that were computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.mutated_pictures import encoded, scene
from workbench.images.config import PictureConfig
from workbench.images.resize import fit, read_fitted


def config(height: int, width: int, **options: object) -> PictureConfig:
    return PictureConfig(height=height, width=width, **options)  # type: ignore[arg-type]


GREY = {"channels": 1, "mean": (0.5,), "std": (0.5,)}


def test_equal_sizes_change_nothing() -> None:
    picture = scene()
    for way in ("crop", "stretch"):
        assert np.array_equal(fit(picture, config(24, 40, fit=way)), picture.transpose(2, 0, 1))


def test_half_the_size_weighs_neighbours_as_a_triangle_does() -> None:
    """The triangle of a bilinear filter spans two pixels either way when it halves: weights 1 3 3 1 over 8."""
    row = np.array([10, 50, 90, 30, 70, 110, 200, 40], np.uint8)
    picture = np.repeat(row[None, :, None], 8, axis=0)
    found = fit(picture, config(8, 4, fit="stretch", **GREY))[0]
    inner = [(50 + 3 * 90 + 3 * 30 + 70) / 8, (30 + 3 * 70 + 3 * 110 + 200) / 8]
    assert np.abs(found[:, 1:3] - inner).max() <= 0.5
    edges = [(3 * 10 + 3 * 50 + 90) / 7, (110 + 3 * 200 + 3 * 40) / 7]
    assert np.abs(found[:, [0, 3]] - edges).max() <= 0.5


def test_shrinking_averages_over_everything() -> None:
    """Without antialias a fine pattern would survive, as black, as white or as waves."""
    board = (np.indices((96, 96)).sum(axis=0) % 2 * 255).astype(np.uint8)[:, :, None]
    for filter_name in ("bilinear", "bicubic"):
        found = fit(board, config(12, 12, interpolation=filter_name, **GREY))
        assert np.abs(found.astype(int) - 127.5).max() <= 2


@pytest.mark.parametrize(("height", "width"), [(30, 45), (13, 29), (120, 200)])
def test_a_gradient_stays_a_gradient(height: int, width: int) -> None:
    ramp = np.tile(np.linspace(20, 220, 100), (60, 1)).astype(np.uint8)[:, :, None]
    found = fit(ramp, config(height, width, fit="stretch", **GREY))[0].astype(float)
    centres = (np.arange(width) + 0.5) * 100 / width - 0.5
    expected = np.interp(centres, np.arange(100), ramp[0, :, 0])
    inner = slice(2, -2)
    assert np.abs(found[:, inner] - expected[inner]).max() <= 2


def test_crop_takes_the_middle() -> None:
    picture = np.zeros((40, 100, 3), np.uint8)
    picture[:, 30:70] = (250, 120, 10)
    found = fit(picture, config(20, 20))
    inside = found[:, :, 1:-1].astype(int)
    assert np.abs(inside - np.array([250, 120, 10])[:, None, None]).max() <= 1
    tall = fit(picture.transpose(1, 0, 2).copy(), config(20, 20))
    assert np.array_equal(tall, found.transpose(0, 2, 1))


def test_crop_is_the_whole_resized_and_then_cut() -> None:
    """Resize(20) and CenterCrop(16), where both come out even."""
    picture = scene(100, 40)
    whole = np.asarray(Image.fromarray(picture).resize((50, 20), Image.Resampling.BILINEAR))
    found = fit(picture, config(16, 16, shorter=20)).astype(int)
    assert np.abs(found - whole[2:18, 17:33].transpose(2, 0, 1)).max() <= 1


def test_stretch_keeps_everything() -> None:
    picture = np.zeros((40, 100, 1), np.uint8)
    picture[:, 50:] = 200
    found = fit(picture, config(10, 10, fit="stretch", **GREY))[0]
    assert found[:, :4].max() == 0
    assert found[:, 6:].min() == 200


def test_shorter_leaves_a_margin() -> None:
    """Resized until the shorter side has 32 pixels, 24 of them are kept: an eighth is cut off on each side."""
    frame = np.full((64, 64, 1), 255, np.uint8)
    frame[8:-8, 8:-8] = 0
    kept = fit(frame, config(24, 24, shorter=32, **GREY))[0]
    assert kept[1:-1, 1:-1].max() == 0
    more = fit(frame, config(24, 24, shorter=26, **GREY))[0]
    assert more[1].min() > 200


def test_an_input_that_is_wider_than_the_picture_is_filled() -> None:
    found = fit(np.full((50, 50, 3), 99, np.uint8), config(20, 60))
    assert found.shape == (3, 20, 60)
    assert np.all(found == 99)


def test_channels_become_the_inputs() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:] = (255, 0, 0)
    assert np.abs(fit(picture, config(4, 4, **GREY)).astype(int) - 76).max() <= 1
    grey = np.full((8, 8, 1), 30, np.uint8)
    assert np.array_equal(fit(grey, config(4, 4)), np.full((3, 4, 4), 30))


@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.sampled_from(["crop", "stretch"]),
    st.one_of(st.none(), st.integers(1, 80)),
    st.sampled_from([1, 3]),
)
def test_any_size_becomes_the_inputs(
    have: tuple[int, int], want: tuple[int, int], way: str, shorter: int | None, channels: int
) -> None:
    found = fit(np.full((*have, channels), 77, np.uint8), config(*want, fit=way, shorter=shorter))
    assert found.shape == (3, *want)
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert found.flags.writeable
    assert np.all(found == 77)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("larger", [4, 20])
@pytest.mark.parametrize("options", [{}, {"shorter": 50}, {"fit": "stretch"}])
def test_a_large_photograph_is_the_same_as_resized_from_its_full_size(
    orientation: int, larger: int, options: dict[str, object], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    smooth = Image.fromarray(scene(80, 60)).resize(
        (80 * larger, 60 * larger), Image.Resampling.BICUBIC
    )
    path = tmp_path / "photograph.jpg"
    path.write_bytes(encoded(smooth, "JPEG", quality=95, exif=exif.tobytes()))
    upright = np.asarray(
        smooth if orientation == 1 else smooth.transpose(Image.Transpose.ROTATE_270)
    )
    size = config(40, 48, **options)
    difference = read_fitted(path, size).astype(float) - fit(upright, size)
    assert np.abs(difference).mean() < 1.2
    assert np.abs(difference).max() < 25
