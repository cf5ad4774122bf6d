"""The task model of Piggyback: a real-valued mask beside each pretrained weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.methods.injected import InjectedModel, InjectedWeight
from workbench.methods.norms import norms, statistics
from workbench.methods.piggyback.config import PiggybackConfig


class Binarize(torch.autograd.Function):
    """1 where a mask is above the threshold, else 0; the gradient passes straight through to the mask."""

    @staticmethod
    def forward(ctx: Any, mask: Tensor, threshold: float) -> Tensor:
        return (mask > threshold).to(mask.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


class MaskedWeight(InjectedWeight):
    """``base * [mask > threshold]``; the mask is a parameter shaped like the weight."""

    threshold = 0.0

    def learn_from(self, base: Tensor) -> None:
        self.conv.mask = nn.Parameter(torch.ones_like(base))

    @property
    def mask(self) -> nn.Parameter:
        return self.conv.mask  # type: ignore[return-value]

    @property
    def kept(self) -> Tensor:
        """Which weights are kept, shaped like the weight."""
        return self.mask.detach() > self.threshold

    @property
    def change(self) -> Tensor:
        """What the mask takes from the weight; zero where it is kept."""
        return -self.base * ~self.kept

    def weight(self) -> Tensor:
        return self.base * Binarize.apply(self.mask, self.threshold)  # type: ignore[no-any-return, no-untyped-call]

    def forget(self) -> None:
        del self.conv.mask


class PiggybackModel(InjectedModel[MaskedWeight]):
    """Backbone whose convolutions drop the weights that a task can do without."""

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: PiggybackConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed, MaskedWeight)
        self.start = config.start
        self.trains_norms = config.train_norms
        for masked in self.injected.values():
            masked.threshold = config.threshold
            nn.init.constant_(masked.mask, config.start)
        self.settle()

    def stored(self) -> dict[str, Tensor]:
        """What is stored besides the masks."""
        norms_too = self.affine() | statistics(self.backbone) if self.trains_norms else {}
        return norms_too | super().stored()

    def masks(self) -> list[nn.Parameter]:
        return [masked.mask for masked in self.injected.values()]

    def freeze_norms(self) -> None:
        for _, norm in norms(self.backbone):
            norm.eval()
