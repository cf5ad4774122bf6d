"""MobileNetV2 of any width: inverted residuals with depthwise convolutions.

Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018). The parameter names are those
of torchvision's public weights.
"""

from __future__ import annotations

from torch import Tensor, nn

from workbench.backbones.dropout import ChannelDropout
from workbench.backbones.picture_parts import PictureBackbone, draw_he, picture_input, pooled

STEM_WIDTH = 32
TAIL_WIDTH = 1280
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels at width 1, blocks, and stride of the first block."""


def name_of(width: float) -> str:
    """Registry name."""
    return "mobilenet_v2" if width == 1 else f"mobilenet_v2-{width:g}"


def rounded_width(channels: float) -> int:
    """The nearest multiple of eight that is at least eight and at most a tenth below ``channels``."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8


class ConvUnit(nn.Sequential):
    """Bias-free convolution of odd size that keeps the picture's size but for its stride, norm and ReLU6."""

    def __init__(self, c_in: int, c_out: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(
            nn.Conv2d(c_in, c_out, size, stride, size // 2, groups=groups, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Widen, filter each channel by itself, narrow without activation; added to the input where shapes agree.

    Input (batch, c_in, height, width), output (batch, c_out, height / stride, width / stride).
    """

    def __init__(self, c_in: int, c_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.has_shortcut = stride == 1 and c_in == c_out
        hidden = c_in * expansion
        widen = [] if expansion == 1 else [ConvUnit(c_in, hidden, 1)]
        self.conv = nn.Sequential(
            *widen,
            ConvUnit(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.has_shortcut else out


class Trunk(nn.Sequential):
    """All layers before the head; pictures to embeddings (batch, channel)."""

    def forward(self, x: Tensor) -> Tensor:
        return pooled(super().forward(x))  # type: ignore[no-untyped-call]


class MobileNetV2(PictureBackbone):
    """MobileNetV2 for pictures (batch, 3, height, width); embedding width 1280, or more above width 1.

    Args:
        width: Multiplies all channels, which are then rounded to multiples of eight.
        classes: Outputs of the head.
    """

    head_name = "classifier.1"

    def __init__(self, width: float, classes: int) -> None:
        super().__init__(name_of(width), picture_input(224))
        tail = rounded_width(TAIL_WIDTH * max(1, width))
        # The public keys call the layers what a backbone's method is called, so the layers are the method.
        self._modules["features"] = Trunk(*_layers(width, tail))
        self.classifier = nn.Sequential(ChannelDropout(0.2), nn.Linear(tail, classes))
        draw_he(self)

    @property
    def features(self) -> Trunk:
        trunk = self._modules["features"]
        assert isinstance(trunk, Trunk)
        return trunk

    def head(self, embedding: Tensor) -> Tensor:
        return self.classifier(embedding)  # type: ignore[no-any-return]

    def block_of(self, module_name: str) -> str:
        if not module_name.startswith("features"):
            return "head"
        index = int(module_name.split(".")[1])
        if index == 0:
            return "stem"
        for stage, (_, _, blocks, _) in enumerate(STAGES, start=1):
            if index <= blocks:
                return f"stage {stage}, block {index}"
            index -= blocks
        return "tail"


def _layers(width: float, tail: int) -> list[nn.Module]:
    channels = rounded_width(STEM_WIDTH * width)
    layers: list[nn.Module] = [ConvUnit(3, channels, 3, stride=2)]
    for expansion, full_width, blocks, first_stride in STAGES:
        wanted = rounded_width(full_width * width)
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            layers.append(InvertedResidual(channels, wanted, stride, expansion))
            channels = wanted
    layers.append(ConvUnit(channels, tail, 1))
    return layers
