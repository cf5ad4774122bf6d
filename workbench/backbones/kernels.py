"""Hand-written gradients for the operations that dominate BC-ResNet training on a CPU.

Training is bound by memory traffic, so every function here reads and writes whole rows in order. They work on
mel-major tensors: logically (batch, channel, mel, frame), in memory (mel, batch, frame, channel). In that order a
frequency band is one contiguous block, and a pointwise convolution is one matrix product.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

# Per-channel sums run over rows at least this wide: short rows would leave vector lanes empty and let two
# threads write into the same cache line.
MIN_LANE = 512


def to_rows(x: Tensor) -> Tensor:
    """(batch, channel, mel, frame) to contiguous (mel, batch, frame, channel); free for mel-major tensors."""
    return x.permute(2, 0, 3, 1).contiguous()


def from_rows(rows: Tensor) -> Tensor:
    """(mel, batch, frame, channel) to (batch, channel, mel, frame), without a copy."""
    return rows.permute(1, 3, 0, 2)


def mel_mean(x: Tensor) -> Tensor:
    """Mean over mel: (batch, channel, mel, frame) to (batch, channel, 1, frame)."""
    return from_rows(to_rows(x).sum(0, keepdim=True) / x.shape[2])


def _empty_mel_major(like: Tensor) -> Tensor:
    batch, channels, _, frames = like.shape
    # Not a permuted view: the activation that follows works in place, and that is slow on views.
    strides = (frames * channels, 1, batch * frames * channels, channels)
    return like.new_empty_strided(like.shape, strides)


def _lanes(x: Tensor, bands: int) -> Tensor:
    """(batch, channel, mel, frame) to (band, row, position * channel), several positions side by side."""
    channels = x.shape[1]
    count = x.numel() // (bands * channels)
    wide_enough = (g for g in range(1, count) if count % g == 0 and g * channels >= MIN_LANE)
    return to_rows(x).view(bands, -1, next(wide_enough, count) * channels)


def _fill_lanes(lanes: Tensor, *per_channel: Tensor) -> tuple[Tensor, ...]:
    """Each (band, channel) repeated to (band, 1, position * channel)."""
    positions = lanes.shape[2] // per_channel[0].shape[1]
    return torch.stack(per_channel).repeat(1, 1, positions)[:, :, None].unbind()


def band_moments(x: Tensor, bands: int) -> tuple[Tensor, Tensor]:
    """Mean and biased variance, each (band, channel), of (batch, channel, mel, frame)."""
    lanes = _lanes(x, bands)
    pairs = [torch.batch_norm_update_stats(lane, None, None, 0.0) for lane in lanes]
    means, variances = (
        torch.stack(parts).view(bands, -1, x.shape[1]) for parts in zip(*pairs, strict=True)
    )
    mean = means.mean(1)
    spread = (means - mean[:, None]).square_()
    return mean, (variances + spread).mean(1)


class Statistics(NamedTuple):
    """What a norm divides by.

    Attributes:
        mean: (band, channel).
        inverse: One over the standard deviation, (band, channel).
        from_batch: Whether they were computed from the batch itself and so carry gradient.
    """

    mean: Tensor
    inverse: Tensor
    from_batch: bool


class Normalize(torch.autograd.Function):
    """Scale and shift by per-band statistics, as ``nn.BatchNorm2d`` over (band, channel) would.

    Input and output are (batch, channel, mel, frame); weight and bias, each (channel * band), hold
    the bands of one channel side by side.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, statistics: Statistics
    ) -> Tensor:
        mean, inverse, ctx.from_batch = statistics
        bands = mean.shape[0]
        scale = weight.view(-1, bands).t() * inverse
        shift = bias.view(-1, bands).t() - mean * scale
        lanes = _lanes(x, bands)
        out = _empty_mel_major(x)
        wide_shift, wide_scale = _fill_lanes(lanes, shift, scale)
        torch.addcmul(wide_shift, lanes, wide_scale, out=to_rows(out).view_as(lanes))
        ctx.save_for_backward(lanes, scale, mean, inverse)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        lanes, scale, mean, inverse = ctx.saved_tensors
        needs_x, *needs_affine = ctx.needs_input_grad[:3]
        grad_lanes = to_rows(grad).view_as(lanes)
        by_x = by_weight = by_bias = dot = total = None
        if any(needs_affine) or ctx.from_batch:
            dot, total = _band_sums(grad_lanes, lanes, mean, inverse)
            by_weight, by_bias = dot.t().reshape(-1), total.t().reshape(-1)
        if needs_x:
            by_x = _empty_mel_major(grad)
            out = to_rows(by_x).view_as(lanes)
            if ctx.from_batch:
                count = lanes[0].numel() // mean.shape[1]
                slope = -scale * inverse * dot / count
                constant = -scale * total / count - slope * mean
                wide = _fill_lanes(lanes, constant, slope, scale)
                torch.addcmul(wide[0], lanes, wide[1], out=out).addcmul_(grad_lanes, wide[2])
            else:
                torch.mul(grad_lanes, *_fill_lanes(lanes, scale), out=out)
        return by_x, by_weight, by_bias, None


def _band_sums(grad: Tensor, lanes: Tensor, mean: Tensor, inverse: Tensor) -> tuple[Tensor, Tensor]:
    """Per (band, channel): sum of gradient times normalised input, and sum of gradient."""
    wide_mean, wide_inverse = _fill_lanes(lanes, mean, inverse)
    sums: list[Tensor] = []
    for g, x, m, i in zip(grad, lanes, wide_mean[:, 0], wide_inverse[:, 0], strict=True):
        # The library's batch-norm gradient, asked for the parameter sums only: one pass over memory.
        _, dot, total = torch.ops.aten.native_batch_norm_backward(
            g, x, None, None, None, m, i, True, 0.0, [False, True, True]
        )
        sums += [dot, total]
    per_channel = torch.stack(sums).view(len(mean), 2, -1, mean.shape[1]).sum(2)
    return per_channel[:, 0], per_channel[:, 1]


class MergeBranches(torch.autograd.Function):
    """``relu(spectral + temporal + shortcut)``, written over ``spectral``.

    ``spectral`` and the optional ``shortcut`` are (batch, channel, mel, frame), ``temporal`` has one mel row.
    """

    @staticmethod
    def forward(ctx: Any, spectral: Tensor, temporal: Tensor, shortcut: Tensor | None) -> Tensor:
        if shortcut is None:
            torch._add_relu_(spectral, temporal)
        else:
            spectral.add_(temporal)
            torch._add_relu_(spectral, shortcut)
        ctx.mark_dirty(spectral)
        ctx.save_for_backward(spectral)
        return spectral

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (out,) = ctx.saved_tensors
        rows = torch.ops.aten.threshold_backward(to_rows(grad), to_rows(out), 0.0)
        by_temporal = from_rows(rows.sum(0, keepdim=True)) if ctx.needs_input_grad[1] else None
        passed = from_rows(rows)
        return passed, by_temporal, passed if ctx.needs_input_grad[2] else None


class TimeTaps(torch.autograd.Function):
    """Depthwise convolution with three taps over time as shifted multiply-adds.

    ``rows`` is (mel, batch, frame, channel), ``taps`` (channel, 3); zero padding keeps the number of frames.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, taps: Tensor, dilation: int) -> Tensor:
        ctx.save_for_backward(rows, taps)
        ctx.dilation = dilation
        return _shift_and_add(rows, taps, dilation)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        rows, taps = ctx.saved_tensors
        grad = grad.contiguous()
        by_rows = by_taps = None
        if ctx.needs_input_grad[0]:
            by_rows = _shift_and_add(grad, taps.flip(1), ctx.dilation)
        if ctx.needs_input_grad[1]:
            frames, channels = rows.shape[2:]
            g, x = (t.view(-1, frames * channels) for t in (grad, rows))
            shift = ctx.dilation * channels
            products = (g[:, shift:] * x[:, :-shift], g * x, g[:, :-shift] * x[:, shift:])
            by_taps = torch.stack([p.sum(0).view(-1, channels).sum(0) for p in products], 1)
        return by_rows, by_taps, None


def _shift_and_add(rows: Tensor, taps: Tensor, dilation: int) -> Tensor:
    frames, channels = rows.shape[2:]
    shift = dilation * channels
    x = rows.view(-1, frames * channels)
    before, centre, after = taps.t().repeat(1, frames)
    out: Tensor = x * centre
    out[:, shift:].addcmul_(x[:, :-shift], before[shift:])
    out[:, :-shift].addcmul_(x[:, shift:], after[shift:])
    return out.view_as(rows)


def stem_patches(
    x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> Tensor:
    """Receptive fields of (batch, 1, mel, frame) as (tap, mel_out, batch, frame_out)."""
    padded = F.pad(x[:, 0], (padding[1], padding[1], padding[0], padding[0]))
    fields = padded.unfold(1, kernel[0], stride[0]).unfold(2, kernel[1], stride[1])
    batch, mel, frames = fields.shape[:3]
    return fields.permute(3, 4, 1, 0, 2).reshape(-1, mel, batch, frames)
