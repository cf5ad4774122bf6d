"""Augmentation: the same for the same seed, nothing at zero strengths, and never outside of its bounds."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Generator, Tensor

from workbench.images.augment import PictureAugment, augment_pictures, parts
from workbench.images.config import PictureConfig
from workbench.images.normalise import normalise

NOTHING = PictureAugment(least_area=1, brightness=0, contrast=0, saturation=0)
STRONG = PictureAugment(
    least_area=0.2,
    aspect=2,
    flip_probability=0.5,
    brightness=0.9,
    contrast=0.9,
    saturation=0.9,
)


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def batch(count: int = 16, channels: int = 3, side: int = 20, seed: int = 0) -> Tensor:
    return torch.randint(
        0, 256, (count, channels, side, side), generator=seeded(seed), dtype=torch.uint8
    )


def only(**strengths: float) -> PictureAugment:
    return NOTHING.model_copy(update=strengths)


@given(st.integers(0, 2**31), st.sampled_from([1, 3]))
def test_equal_seeds_give_equal_batches(seed: int, channels: int) -> None:
    pictures = batch(4, channels)
    first = augment_pictures(pictures, STRONG, seeded(seed))
    assert torch.equal(first, augment_pictures(pictures, STRONG, seeded(seed)))
    assert not torch.equal(first, augment_pictures(pictures, STRONG, seeded(seed + 1)))


@given(st.integers(0, 2**31), st.sampled_from([1, 3]))
def test_no_strength_is_no_change(seed: int, channels: int) -> None:
    pictures = batch(4, channels)
    before = pictures.clone()
    found = augment_pictures(pictures, NOTHING, seeded(seed))
    assert found.dtype == torch.float32
    assert torch.equal(found, pictures.float())
    assert torch.equal(pictures, before)
    floats = pictures.float()
    augment_pictures(floats, STRONG, seeded(seed))
    assert torch.equal(floats, before.float())


@given(st.integers(0, 2**31), st.sampled_from([1, 3]))
def test_values_stay_in_range_and_shapes_stay(seed: int, channels: int) -> None:
    pictures = batch(8, channels)
    found = augment_pictures(pictures, STRONG, seeded(seed))
    assert found.shape == pictures.shape
    assert float(found.min()) >= 0
    assert float(found.max()) <= 255


def test_a_picture_is_varied_alike_whatever_the_kind_of_its_numbers() -> None:
    pictures = batch()
    as_bytes = augment_pictures(pictures, STRONG, seeded(1))
    assert torch.equal(as_bytes, augment_pictures(pictures.float(), STRONG, seeded(1)))


def test_mirrored_are_as_many_as_asked() -> None:
    pictures = batch(2000, 1, 6)
    found = augment_pictures(pictures, only(flip_probability=0.3), seeded(0))
    mirrored = (found == pictures.flip(-1)).flatten(1).all(dim=1)
    untouched = (found == pictures).flatten(1).all(dim=1)
    assert torch.equal(mirrored, ~untouched)
    # Four standard deviations of a binomial distribution.
    assert abs(int(mirrored.sum()) - 600) < 4 * (2000 * 0.3 * 0.7) ** 0.5
    all_of_them = augment_pictures(pictures, only(flip_probability=1), seeded(0))
    assert torch.equal(all_of_them, pictures.flip(-1).float())


def test_nothing_is_mirrored_unless_asked() -> None:
    assert PictureAugment().flip_probability == 0


@given(st.floats(0.05, 1), st.floats(1, 2), st.integers(0, 2**31))
def test_parts_lie_inside_and_have_their_area(least: float, aspect: float, seed: int) -> None:
    config = PictureAugment(least_area=least, aspect=aspect)
    left, top, width, height = parts(torch.rand(4, 500, generator=seeded(seed)), config)
    area = width * height
    assert float(area.min()) >= least - 1e-5
    assert float(area.max()) <= 1 + 1e-5
    for start, size in ((left, width), (top, height)):
        assert float(start.min()) >= 0
        assert float((start + size).max()) <= 1 + 1e-5
        assert float(size.max()) <= 1 + 1e-6
    shapes = width / height
    assert float(shapes.max()) <= aspect + 1e-4
    assert float(shapes.min()) >= 1 / aspect - 1e-4


def test_areas_cover_their_range_evenly() -> None:
    config = PictureAugment(least_area=0.5, aspect=1)
    _, _, width, height = parts(torch.rand(4, 4000, generator=seeded(0)), config)
    counts = torch.histc(width * height, bins=5, min=0.5, max=1)
    assert float((counts / 800 - 1).abs().max()) < 0.15


def test_what_is_kept_is_the_part_that_was_drawn() -> None:
    """A ramp that tells its own place: after the cut, each pixel's value is where it was taken from."""
    side = 64
    centres = (torch.arange(side) + 0.5) / side
    ramps = torch.stack(
        (centres.expand(side, side), centres[:, None].expand(side, side)), dim=0
    ).expand(50, 2, side, side)
    config = only(least_area=0.4, aspect=1.5)
    # Two channels keep apart what no real picture has: where across, where down.
    found = augment_pictures(ramps.repeat(1, 2, 1, 1)[:, :3] * 200, config, seeded(3)) / 200
    left, top, width, height = parts(torch.rand(8, 50, generator=seeded(3))[1:5], config)
    across = left[:, None] + width[:, None] * centres
    down = top[:, None] + height[:, None] * centres
    inner = slice(2, -2)
    assert float((found[:, 0, 30, inner] - across[:, inner]).abs().max()) < 1e-3
    assert float((found[:, 1, inner, 30] - down[:, inner]).abs().max()) < 1e-3


def test_brightness_multiplies() -> None:
    pictures = torch.full((500, 3, 4, 4), 100.0)
    found = augment_pictures(pictures, only(brightness=0.3), seeded(0))[:, 0, 0, 0] / 100
    assert 0.7 <= float(found.min()) < 0.72
    assert 1.28 < float(found.max()) <= 1.3


def test_contrast_keeps_the_mean_and_saturation_keeps_the_grey() -> None:
    pictures = 100 + 20 * torch.rand(50, 3, 16, 16, generator=seeded(0))
    luma = torch.tensor((0.299, 0.587, 0.114)).view(1, 3, 1, 1)
    grey = (pictures * luma).sum(1)
    found = augment_pictures(pictures, only(contrast=0.5), seeded(1))
    assert torch.allclose((found * luma).sum(1).mean((1, 2)), grey.mean((1, 2)), atol=1e-2)
    spread = found.std(dim=(1, 2, 3)) / pictures.std(dim=(1, 2, 3))
    assert 0.45 < float(spread.min()) < 0.6 and 1.4 < float(spread.max()) < 1.55
    found = augment_pictures(pictures, only(saturation=0.5), seeded(1))
    assert torch.allclose((found * luma).sum(1), grey, atol=1e-2)
    assert not torch.allclose(found, pictures, atol=1)


def test_one_strength_leaves_the_draws_of_the_others() -> None:
    pictures = batch(64)
    mirrored = augment_pictures(pictures, only(flip_probability=0.5), seeded(2))
    both = augment_pictures(pictures, only(flip_probability=0.5, brightness=0.01), seeded(2))
    assert float((both - mirrored).abs().max()) <= 2.56


@pytest.mark.parametrize(
    "wrong", [{"least_area": 0}, {"flip_probability": 1.1}, {"brightness": -0.1}, {"aspect": 0.5}]
)
def test_strengths_out_of_bounds_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        PictureAugment(**wrong)


def test_every_strength_explains_itself() -> None:
    for field in PictureAugment.model_fields.values():
        assert field.description
        assert isinstance(field.json_schema_extra, dict) and field.json_schema_extra["label"]


def test_normalised_values_are_those_of_the_definition() -> None:
    config = PictureConfig(height=1, width=2, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 1.0))
    pictures = torch.tensor([[[[0, 255]], [[0, 255]], [[51, 102]]]], dtype=torch.uint8)
    expected = torch.tensor([[[[-1.0, 1.0]], [[-1.0, 3.0]], [[0.2, 0.4]]]])
    for given_pictures in (pictures, pictures.float()):
        found = normalise(given_pictures, config)
        assert found.dtype == torch.float32
        assert torch.allclose(found, expected, atol=1e-6)
    assert int(pictures.sum()) == 2 * 255 + 51 + 102
