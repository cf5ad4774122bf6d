"""Pictures as people see them: whole, upright, no larger than asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.helpers.picture_folders import idx_pair, truncated_jpeg
from workbench.data.pictures import read_within, size_of
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.images.idx import read_idx
from workbench.images.resize import within


def test_small_pictures_stay_as_they_are_and_large_ones_keep_their_shape() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 60, 3), np.uint8)
    assert within(pixels, 60) is pixels
    assert within(pixels, 30).shape == (10, 30, 3)
    assert within(pixels[:, :, :1], 30).shape == (10, 30, 1)
    assert within(np.zeros((1, 900, 3), np.uint8), 30).shape == (1, 30, 3)


def test_a_photo_is_shown_upright_with_the_size_that_people_see(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = Image.new("RGB", (400, 200), (250, 0, 0))
    picture.paste((0, 0, 250), (0, 0, 200, 200))
    picture.save(tmp_path / "turned.jpg", exif=exif)
    clip = Clip(tmp_path / "turned.jpg", "any")
    assert size_of(clip) == (200, 400)
    pixels = read_within(clip, 100)
    assert pixels.shape == (100, 50, 3)
    assert pixels[5, 25, 2] > 200, "what was left is on top"
    assert pixels[95, 25, 0] > 200


def test_one_picture_of_many(tmp_path: Path) -> None:
    path = idx_pair(tmp_path, [0, 1, 2])
    clip = Clip(path, "2", index=2)
    assert size_of(clip) == (8, 8)
    assert (read_within(clip, 100)[:, :, 0] == read_idx(path)[2]).all()
    assert read_within(clip, 4).shape == (4, 4, 1)


def test_damage_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="ends too early"):
        read_within(Clip(truncated_jpeg(tmp_path / "cut.jpg"), "any"), 100)
    with pytest.raises(WorkbenchError):
        size_of(Clip(tmp_path / "gone.png", "any"))
