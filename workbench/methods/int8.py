"""Changes of kernels in 8 bits, with a scale for each output channel."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

LARGEST = 127
DELTA, SCALE = "delta/", "scale/"


def quantize(delta: Tensor) -> tuple[Tensor, Tensor]:
    """Round to 8-bit steps.

    Args:
        delta: (out, ...)

    Returns:
        Steps as int8, shaped like ``delta``, and the size of a step for each output channel, (out, 1, ...). The
        largest value of a channel is kept but for rounding of the scale; others are off by at most half a step.
    """
    axes = tuple(range(1, delta.dim()))
    scale = delta.abs().amax(axes, keepdim=True) / LARGEST
    steps = torch.round(delta / scale.clamp_min(torch.finfo(scale.dtype).tiny))
    return steps.clamp_(-LARGEST, LARGEST).to(torch.int8), scale


def stored_delta(tensors: Mapping[str, Tensor], name: str) -> Tensor | None:
    """The change of a tensor of the backbone that a patch stores, as 32-bit floats; None where it stores none."""
    delta = tensors.get(DELTA + name)
    if delta is None:
        return None
    scale = tensors.get(SCALE + name)
    return delta.float() if scale is None else delta.float() * scale.float()
