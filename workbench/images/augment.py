"""Augmentation of whole batches of pictures: cut-out, mirror image, brightness, contrast, colour."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Generator, Tensor
from torch.nn import functional

from workbench.images.normalise import FULL_SCALE

_LUMA = (0.299, 0.587, 0.114)
"""Rec. 601, as reading grey pictures uses it."""


class PictureAugment(BaseModel):
    """How strongly training pictures are varied. All randomness comes from the generator that is passed in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_area: float = Field(
        0.6,
        gt=0,
        le=1,
        description="A random part of the picture, of at least this share of its area, fills the input. 1 keeps all.",
        json_schema_extra={"label": "Smallest part", "unit": "share"},
    )
    aspect: float = Field(
        1.2,
        ge=1,
        le=2,
        description="How much wider or higher than the input that part may be; it is stretched to fit. 1 keeps shapes.",
        json_schema_extra={"label": "Stretch", "unit": "times"},
    )
    flip_probability: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of pictures that are mirrored. Use 0.5 where left and right mean nothing, as for animals or "
        "goods; leave it at 0 for digits, letters, signs and hands.",
        json_schema_extra={"label": "Mirror images", "unit": "share"},
    )
    brightness: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Largest change of brightness, as a share.",
        json_schema_extra={"label": "Brightness", "unit": "± share"},
    )
    contrast: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Largest change of contrast, as a share.",
        json_schema_extra={"label": "Contrast", "unit": "± share"},
    )
    saturation: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="Largest change of how colourful a picture is, as a share; grey pictures have none.",
        json_schema_extra={"label": "Colour", "unit": "± share"},
    )


def augment_pictures(pictures: Tensor, config: PictureAugment, generator: Generator) -> Tensor:
    """Vary a batch of pictures.

    Args:
        pictures: (batch, channel, height, width) from 0 to 255, as bytes or as floats.
        config: Strengths.
        generator: Source of all randomness, on the CPU. Every call draws as much, so that a change of one strength
            leaves what the others do as it was.

    Returns:
        A new float32 tensor of that shape, from 0 to 255.
    """
    draws = torch.rand(8, len(pictures), generator=generator).to(pictures.device)
    varied = pictures.to(torch.float32, copy=True)
    if config.flip_probability:
        mirrored = (draws[0] < config.flip_probability).view(-1, 1, 1, 1)
        varied = torch.where(mirrored, varied.flip(-1), varied)
    if config.least_area < 1:
        varied = _cut_out(varied, parts(draws[1:5], config))
    strengths = (config.brightness, config.contrast, config.saturation)
    factors = (1 + (2 * draw - 1) * most for draw, most in zip(draws[5:], strengths, strict=True))
    return _coloured(varied, *(factor.view(-1, 1, 1, 1) for factor in factors))


def parts(draws: Tensor, config: PictureAugment) -> Tensor:
    """Which part of each picture to keep: left, top, width, height (4, batch) as shares of the picture's sides.

    Area and the logarithm of the aspect are drawn evenly, as in torchvision's RandomResizedCrop; where the part
    would stick out, its longer side ends at the picture's.

    Args:
        draws: (4, batch) in [0, 1).
    """
    area = config.least_area + (1 - config.least_area) * draws[0]
    stretch = torch.pow(config.aspect, 2 * draws[1] - 1)
    # Neither side is longer than the picture's, and the area holds.
    width = (area * stretch).sqrt().clamp(max=1).maximum(area)
    height = area / width
    return torch.stack(((1 - width) * draws[2], (1 - height) * draws[3], width, height))


def _cut_out(pictures: Tensor, kept: Tensor) -> Tensor:
    """Stretch a part of each picture over the whole of it, bilinearly."""
    left, top, width, height = kept
    # In the coordinates of grid_sample a side goes from -1 to 1.
    transforms = pictures.new_zeros(len(pictures), 2, 3)
    transforms[:, 0, 0], transforms[:, 1, 1] = width, height
    transforms[:, 0, 2] = 2 * left + width - 1
    transforms[:, 1, 2] = 2 * top + height - 1
    grid = functional.affine_grid(transforms, list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _coloured(pictures: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    """Brightness, then contrast around the picture's mean grey, then saturation around each pixel's grey."""
    bright = (pictures * brightness).clamp_(0, FULL_SCALE)
    middle = _grey(bright).mean(dim=(2, 3), keepdim=True)
    clear = torch.lerp(middle.expand_as(bright), bright, contrast).clamp_(0, FULL_SCALE)
    if clear.shape[1] == 1:
        return clear
    return torch.lerp(_grey(clear).expand_as(clear), clear, saturation).clamp_(0, FULL_SCALE)


def _grey(pictures: Tensor) -> Tensor:
    if pictures.shape[1] == 1:
        return pictures
    weights = torch.tensor(_LUMA, device=pictures.device).view(1, 3, 1, 1)
    return (pictures * weights).sum(dim=1, keepdim=True)
