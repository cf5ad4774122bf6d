"""Convolutions and norms of ``torch.nn`` that keep mel-major memory while a batch is processed.

Each class has the constructor, parameters and results of its base class. The convolutions override
``_conv_forward``, so ``conv._conv_forward(x, other_weight, bias)`` runs the same fast path with another weight.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.kernels import (
    Normalize,
    Statistics,
    TimeTaps,
    band_moments,
    from_rows,
    stem_patches,
    to_rows,
)

# Below this many examples the extra calls cost more than the memory order saves (measured at tau 1 to 3).
MIN_BATCH = 16


def use_mel_major(x: Tensor) -> bool:
    """Whether (batch, ...) is worth reordering; never in 16 bits, nor while a graph is exported."""
    tracing = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
    if tracing or torch.compiler.is_compiling():
        return False
    return x.shape[0] >= MIN_BATCH and x.dtype is not torch.bfloat16


class StemConv(nn.Conv2d):
    """Convolution of the one-channel input, as one matrix product over gathered patches."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not use_mel_major(x) or x.requires_grad:
            return super()._conv_forward(x, weight, bias)  # type: ignore[no-any-return]
        sizes = (self.kernel_size, self.stride, self.padding)
        patches = stem_patches(x, *sizes)  # type: ignore[arg-type]
        # The copy of the weight makes autograd form its gradient from rows, three times faster.
        out = patches.flatten(1).t() @ weight.flatten(1).t().contiguous()
        if bias is not None:
            out = out + bias
        return from_rows(out.view(*patches.shape[1:], -1))


class PointwiseConv(nn.Conv2d):
    """1x1 convolution as one matrix product."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not use_mel_major(x):
            return super()._conv_forward(x, weight, bias)  # type: ignore[no-any-return]
        return from_rows(F.linear(to_rows(x), weight.flatten(1), bias))


class MelConv(nn.Conv2d):
    """Depthwise (3, 1) convolution; batch and time are one axis to it."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not use_mel_major(x):
            return super()._conv_forward(x, weight, bias)  # type: ignore[no-any-return]
        batch, channels, mel, frames = x.shape
        image = to_rows(x).view(1, mel, batch * frames, channels).permute(0, 3, 1, 2)
        out = super()._conv_forward(image, weight, bias).permute(0, 2, 3, 1)
        return from_rows(out.view(-1, batch, frames, channels))


class TimeConv(nn.Conv2d):
    """Depthwise, bias-free, length-keeping (1, 3) convolution."""

    def _conv_forward(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not use_mel_major(x):
            return super()._conv_forward(x, weight, bias)  # type: ignore[no-any-return]
        rows = TimeTaps.apply(to_rows(x), weight.flatten(1), self.dilation[1])  # type: ignore[no-untyped-call]
        return from_rows(rows)


class BandNorm(nn.BatchNorm2d):
    """Batch norm with statistics of its own for each of ``bands`` equal frequency bands.

    Feature ``channel * bands + band`` belongs to that band. Mel-major input is (batch, channel, mel, frame); all
    other input goes to the base class, which wants the bands as channels.
    """

    def __init__(self, channels: int, bands: int = 1) -> None:
        super().__init__(channels * bands)
        self.bands = bands

    def forward(self, x: Tensor) -> Tensor:
        if not use_mel_major(x) or x.shape[1] * self.bands != self.num_features:
            return super().forward(x)
        from_batch = self.training or self.running_mean is None
        mean, variance = self._batch_statistics(x) if from_batch else self._running_statistics()
        statistics = Statistics(mean, torch.rsqrt(variance + self.eps), from_batch)
        normalized: Tensor = Normalize.apply(x, self.weight, self.bias, statistics)  # type: ignore[no-untyped-call]
        return normalized

    def _running_statistics(self) -> tuple[Tensor, Tensor]:
        assert self.running_mean is not None and self.running_var is not None
        return self.running_mean.view(-1, self.bands).t(), self.running_var.view(-1, self.bands).t()

    @torch.no_grad()
    def _batch_statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, variance = band_moments(x, self.bands)
        if self.training and self.track_running_stats and self.running_mean is not None:
            assert self.num_batches_tracked is not None
            self.num_batches_tracked.add_(1)
            rate = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            count = x.numel() // mean.numel()
            running_mean, running_variance = self._running_statistics()
            running_mean.lerp_(mean, rate)
            running_variance.lerp_(variance * (count / (count - 1)), rate)
        return mean, variance
