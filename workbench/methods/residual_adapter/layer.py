"""The adapters, hooked onto convolutions that keep their class and their own fast forward."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from workbench.backbones.mel_major import BandNorm, PointwiseConv

MOMENTUM = 0.1
ADAPTER = "adapter"
"""Name under which an adapter hangs on its convolution."""


class Adapter(nn.Module):
    """What a task adds to a convolution; ``forward(x, output)`` takes what the convolution saw and gave.

    Attributes:
        mix: Its 1x1 convolution.
    """

    mix: PointwiseConv

    def weight(self) -> nn.Parameter:
        """(c_out, c_in, 1, 1)"""
        return self.mix.get_parameter("weight")

    @abstractmethod
    def fold_into(self, conv: nn.Conv2d) -> None:
        """Put the adapter into a dense kernel."""


class ParallelAdapter(Adapter):
    """``A x`` at the positions where the convolution's kernel is centred; bias-free.

    Input (batch, c_in, height, width) as the convolution sees it, output shaped like the convolution's.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.mix = PointwiseConv(conv.in_channels, conv.out_channels, 1, bias=False)
        centre = [d * (k // 2) for d, k in zip(conv.dilation, conv.kernel_size, strict=True)]
        padding = [p for p in conv.padding if isinstance(p, int)]
        self.first = tuple(c - p for c, p in zip(centre, padding, strict=True))
        self.stride = conv.stride

    def forward(self, x: Tensor, output: Tensor) -> Tensor:
        for axis, (first, step) in enumerate(zip(self.first, self.stride, strict=True), start=2):
            last = first + step * (output.shape[axis] - 1)
            if first or step > 1 or last + 1 < x.shape[axis]:
                x = x.narrow(axis, first, last + 1 - first)
                x = x[:, :, ::step] if axis == 2 else x[:, :, :, ::step]
        return output + self.mix(x)  # type: ignore[no-any-return]

    @torch.no_grad()
    def fold_into(self, conv: nn.Conv2d) -> None:
        """Add the adapter to the centre of a dense kernel of odd size."""
        height, width = (k // 2 for k in conv.kernel_size)
        conv.weight[:, :, height, width] += self.mix.weight[:, :, 0, 0]


class FreshNorm(BandNorm):
    """Its statistics are the plain mean over the first batches, and then, as usual, the moving one.

    A norm begins with a variance of 1. Convolutions of a pretrained network may give ten thousand times less, which
    a short training would not bring out.
    """

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            assert self.num_batches_tracked is not None
            self.momentum = max(MOMENTUM, 1 / (1 + int(self.num_batches_tracked)))
        return super().forward(x)


class SeriesAdapter(Adapter):
    """``z + W norm(z)`` behind a convolution; bias-free, with a norm of the task's own."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.norm = FreshNorm(conv.out_channels)
        self.mix = PointwiseConv(conv.out_channels, conv.out_channels, 1, bias=False)

    def forward(self, x: Tensor, output: Tensor) -> Tensor:
        return output + self.mix(self.norm(output))  # type: ignore[no-any-return]

    @torch.no_grad()
    def fold_into(self, conv: nn.Conv2d) -> None:
        """Multiply a dense kernel by the adapter, and give it the bias that the norm's shift amounts to."""
        norm, mix = self.norm, self.mix.weight[:, :, 0, 0].double()
        assert norm.running_mean is not None
        assert norm.running_var is not None
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        shift = norm.bias.double() - norm.running_mean.double() * scale
        whole = torch.eye(len(mix), dtype=mix.dtype) + mix * scale
        weight = torch.einsum("oc,cihw->oihw", whole, conv.weight.double())
        conv.weight.copy_(weight.to(conv.weight.dtype))
        bias = mix @ shift if conv.bias is None else mix @ shift + whole @ conv.bias.double()
        conv.bias = nn.Parameter(bias.to(conv.weight.dtype))


def hang(conv: nn.Conv2d, adapter: Adapter) -> None:
    """Let an adapter change what a convolution gives."""
    conv.add_module(ADAPTER, adapter)
    conv.register_forward_hook(_adapted)


def take_off(conv: nn.Conv2d) -> Adapter:
    """Leave the convolution as it was before ``hang``."""
    adapter = conv.get_submodule(ADAPTER)
    assert isinstance(adapter, Adapter)
    delattr(conv, ADAPTER)
    for key, hook in tuple(conv._forward_hooks.items()):
        if hook is _adapted:
            del conv._forward_hooks[key]
    return adapter


def _adapted(conv: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    changed: Tensor = conv.adapter(inputs[0], output)  # type: ignore[operator]
    return changed
