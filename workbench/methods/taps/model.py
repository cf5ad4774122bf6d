"""The task model of TAPS: a score beside each delta weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.budget.policy import stored_share
from workbench.methods.injected import DeltaWeight, InjectedModel
from workbench.methods.norms import statistics
from workbench.methods.taps.config import TapsConfig


class Threshold(torch.autograd.Function):
    """1 where a score reaches the threshold, else 0; the gradient passes straight through to the score."""

    @staticmethod
    def forward(ctx: Any, score: Tensor, threshold: float) -> Tensor:
        return (score >= threshold).to(score.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


class TapsModel(InjectedModel[DeltaWeight]):
    """Backbone whose convolutions compute with ``w0 + [s >= threshold] * delta``.

    Attributes:
        scores: (layer,) one per adaptable layer.
    """

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: TapsConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed, DeltaWeight)
        self.threshold = config.threshold
        self.scores = nn.Parameter(torch.full((len(self.rows),), config.start))

    @property
    def chosen(self) -> tuple[bool, ...]:
        return tuple(bool(score >= self.threshold) for score in self.scores.detach())

    @property
    def openness(self) -> tuple[float, ...]:
        """Scores scaled to 0..1 with the threshold at one half, as the film shows them."""
        scaled = self.scores.detach() / (2 * self.threshold)
        return tuple(scaled.clamp(0, 1).tolist())

    @property
    def stored_share(self) -> float:
        return stored_share(self.chosen, self.shares)

    def stored(self) -> dict[str, Tensor]:
        """What is stored whichever layers are on."""
        return self.affine() | statistics(self.backbone) | super().stored()

    def forward(self, x: Tensor) -> Tensor:
        if self.training and torch.is_grad_enabled():
            self._open_gates()
        else:
            self.hold_gates()
        return super().forward(x)

    def folded(self) -> Backbone:
        self.hold_gates()
        return super().folded()

    def _open_gates(self) -> None:
        """Multiply each delta weight by its gate, with gradient to score and delta weight."""
        gates = Threshold.apply(self.scores, self.threshold)  # type: ignore[no-untyped-call]
        for delta, gate in zip(self.injected.values(), gates.unbind(), strict=True):
            delta.switch = gate

    def hold_gates(self) -> None:
        """Keep the gates as the scores have them now, without gradient to the scores."""
        for delta, on in zip(self.injected.values(), self.chosen, strict=True):
            delta.switch = 1.0 if on else None
