"""What a picture backbone takes: size, channels and normalisation, in a configuration that travels with the weights."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
CIFAR_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR_STD = (0.2470, 0.2435, 0.2616)


class PictureConfig(BaseModel):
    """All numbers between a decoded picture and a network's input.

    Attributes:
        height, width: Of the input, in pixels.
        channels: 3 for red, green, blue; 1 for grey.
        mean, std: By channel, on a scale from 0 to 1; the input is ``(value - mean) / std``.
        fit: ``stretch`` resizes both sides to the input's; ``crop`` resizes until the shorter side has ``shorter``
            pixels and takes the middle.
        shorter: Pixels of the shorter side before the middle is cut out; the input's shorter side where None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["picture"] = "picture"
    height: int = Field(ge=1, le=4096)
    width: int = Field(ge=1, le=4096)
    channels: Literal[1, 3] = 3
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    fit: Literal["crop", "stretch"] = "crop"
    shorter: int | None = Field(None, ge=1, le=8192)

    @model_validator(mode="after")
    def _numbers_fit_channels(self) -> Self:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError("mean and std need one number per channel")
        if min(self.std) <= 0:
            raise ValueError("std must be positive")
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one input, without the batch dimension."""
        return (self.channels, self.height, self.width)

    def at(self, size: int) -> PictureConfig:
        """The same for square inputs of another size in pixels; the cut keeps its share of the picture."""
        shorter = self.shorter and round(self.shorter * size / min(self.height, self.width))
        return self.model_copy(update={"height": size, "width": size, "shorter": shorter})


PICTURE_INPUTS: dict[str, PictureConfig] = {
    "imagenet224": PictureConfig(height=224, width=224, shorter=256),
    "imagenet299": PictureConfig(height=299, width=299, shorter=342),
    "inception299": PictureConfig(
        height=299, width=299, shorter=342, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    ),
    "cifar32": PictureConfig(height=32, width=32, mean=CIFAR_MEAN, std=CIFAR_STD),
    "cifar32-imagenet": PictureConfig(height=32, width=32),
    "mnist28": PictureConfig(height=28, width=28, channels=1, mean=(0.1307,), std=(0.3081,)),
}
"""By data and size; Idelbayev's CIFAR networks were trained with ImageNet's mean and deviation."""
