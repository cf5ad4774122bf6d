"""BC-ResNet: broadcasted residual network for keyword spotting.

Source: Kim et al., "Broadcasted Residual Learning for Efficient Keyword Spotting" (2021). The parameter
names are those of the public reference implementation, so its checkpoints load by key.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.base import Backbone, InputSpec
from workbench.backbones.dropout import ChannelDropout
from workbench.backbones.kernels import MergeBranches, mel_mean
from workbench.backbones.mel_major import (
    BandNorm,
    MelConv,
    PointwiseConv,
    StemConv,
    TimeConv,
    use_mel_major,
)

SUB_BANDS = 5
STAGE_REPEATS = (2, 2, 4, 4)
STRIDED_STAGES = (1, 2)


class SubSpectralNorm(nn.Module):
    """Batch norm with statistics of its own for each of five frequency bands.

    Input and output: (batch, channel, mel, frame); ``mel`` must be a multiple of five.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ssnorm = BandNorm(channels, SUB_BANDS)

    def forward(self, x: Tensor) -> Tensor:
        if use_mel_major(x) and isinstance(self.ssnorm, BandNorm):
            return self.ssnorm(x)  # type: ignore[no-any-return]
        batch, channels, mel, frames = x.shape
        banded = x.reshape(batch, channels * SUB_BANDS, mel // SUB_BANDS, frames)
        return self.ssnorm(banded).view(batch, channels, mel, frames)  # type: ignore[no-any-return]


class ConvUnit(nn.Module):
    """Bias-free convolution, norm and activation under the public key prefix ``block``."""

    def __init__(self, conv: nn.Conv2d, norm: nn.Module, activation: nn.Module | None) -> None:
        super().__init__()
        self.block = nn.Sequential(conv, norm, *([activation] if activation else []))

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)  # type: ignore[no-any-return]


class BroadcastBlock(nn.Module):
    """2-D frequency branch, then a 1-D temporal branch broadcast back over frequency.

    Input (batch, c_in, mel, frame), output (batch, c_out, mel / stride, frame). The identity shortcut exists only
    where ``c_in == c_out``.
    """

    def __init__(self, c_in: int, c_out: int, dilation: int, mel_stride: int) -> None:
        super().__init__()
        self.has_shortcut = c_in == c_out
        entry: list[nn.Module] = []
        if not self.has_shortcut:
            widen = PointwiseConv(c_in, c_out, 1, bias=False)
            entry.append(ConvUnit(widen, BandNorm(c_out), nn.ReLU(inplace=True)))
        over_mel = MelConv(c_out, c_out, (3, 1), (mel_stride, 1), (1, 0), groups=c_out, bias=False)
        entry.append(ConvUnit(over_mel, SubSpectralNorm(c_out), None))
        self.f2 = nn.Sequential(*entry)
        over_time = TimeConv(
            c_out, c_out, (1, 3), 1, (0, dilation), (1, dilation), groups=c_out, bias=False
        )
        self.f1 = nn.Sequential(
            ConvUnit(over_time, BandNorm(c_out), nn.SiLU(inplace=True)),
            PointwiseConv(c_out, c_out, 1, bias=False),
            ChannelDropout(0.1),
        )

    def forward(self, x: Tensor) -> Tensor:
        spectral = self.f2(x)
        if use_mel_major(x):
            temporal = self.f1(mel_mean(spectral))
            shortcut = x if self.has_shortcut else None
            return MergeBranches.apply(spectral, temporal, shortcut)  # type: ignore[no-any-return, no-untyped-call]
        temporal = self.f1(spectral.mean(dim=2, keepdim=True))
        merged = spectral + temporal
        if self.has_shortcut:
            merged = merged + x
        return F.relu(merged, inplace=True)


class BCResNet(Backbone):
    """BC-ResNet-tau over log-mel features (batch, 1, 40, frame); embedding width ``32 tau``."""

    def __init__(self, tau: float, classes: int) -> None:
        base = int(8 * tau)
        spec = InputSpec(shape=(1, 40, 101), layout="(batch, 1, mel, frame)")
        super().__init__(f"bcresnet{tau:g}", spec)
        widths = [base * 2, base, int(base * 1.5), base * 2, int(base * 2.5)]
        tail = base * 4
        self.cnn_head = nn.Sequential(
            StemConv(1, widths[0], 5, (2, 1), 2, bias=False),
            BandNorm(widths[0]),
            nn.ReLU(inplace=True),
        )
        self.BCBlocks = nn.ModuleList(
            _stage(widths[i], widths[i + 1], repeats, 2**i, 2 if i in STRIDED_STAGES else 1)
            for i, repeats in enumerate(STAGE_REPEATS)
        )
        self.classifier = nn.Sequential(
            nn.Conv2d(widths[-1], widths[-1], 5, padding=(0, 2), groups=widths[-1], bias=False),
            PointwiseConv(widths[-1], tail, 1, bias=False),
            BandNorm(tail),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d((1, 1)),
            nn.Conv2d(tail, classes, 1),
        )

    head_name = "classifier.5"

    def features(self, x: Tensor) -> Tensor:
        x = self.cnn_head(x)
        for stage in self.BCBlocks:
            for block in stage:  # type: ignore[attr-defined]
                x = block(x)
        return torch.flatten(self.classifier[:5](x), 1)

    def head(self, embedding: Tensor) -> Tensor:
        logits = self.classifier[5](embedding[:, :, None, None])
        return torch.flatten(logits, 1)

    def group_of(self, module_name: str) -> str:
        if module_name.startswith("cnn_head"):
            return "stem"
        if module_name.startswith("BCBlocks"):
            return f"stage {int(module_name.split('.')[1]) + 1}"
        return "head" if module_name == self.head_name else "tail"

    def block_of(self, module_name: str) -> str:
        group = self.group_of(module_name)
        in_stage = module_name.startswith("BCBlocks")
        return f"{group}, block {int(module_name.split('.')[2]) + 1}" if in_stage else group


def _stage(c_in: int, c_out: int, repeats: int, dilation: int, mel_stride: int) -> nn.ModuleList:
    first = BroadcastBlock(c_in, c_out, dilation, mel_stride)
    rest = (BroadcastBlock(c_out, c_out, dilation, 1) for _ in range(repeats - 1))
    return nn.ModuleList([first, *rest])
