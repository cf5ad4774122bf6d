"""TAPS: task adaptive parameter sharing.

Source: Wallingford et al., "Task Adaptive Parameter Sharing for Multi-Task Learning" (arXiv 2203.16708).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, statistics_of
from workbench.budget.policy import adaptable, weight_count
from workbench.methods.base import (
    Batch,
    Capabilities,
    Draw,
    Method,
    MethodConfig,
    Stage,
    StepOutput,
)
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.supervised import SupervisedStage
from workbench.methods.taps.config import TapsConfig
from workbench.methods.taps.model import TapsModel


class TapsStage(SupervisedStage):
    """Delta weights, their scores, scales, shifts and head learn together; scores are priced from an epoch on."""

    model: TapsModel

    def __init__(self, model: TapsModel, config: TapsConfig, epochs: int) -> None:
        super().__init__(model, "taps", "Weights and scores", epochs, self._learned)
        self._config = config

    def _learned(self) -> list[nn.Parameter]:
        deltas = [delta.delta for delta in self.model.injected.values()]
        head = self.model.backbone.head_layer.parameters()
        return [*deltas, self.model.scores, *self.model.affine().values(), *head]

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        output = super().step(batch, draw)
        penalty = self.model.scores.abs().mean()
        priced = draw.progress * self.epochs >= self._config.penalty_from
        loss = output.loss + self._config.penalty * penalty if priced else output.loss
        extras = {"penalty": float(penalty.detach()), "hard_cost": self.model.stored_share}
        return StepOutput(loss, output.target_loss, output.logits, extras)

    def decisions(self) -> tuple[tuple[float, ...], float | None, float]:
        return self.model.openness, None, self.model.stored_share


class Taps(Method[TapsConfig, TapsModel]):
    name: ClassVar[str] = "taps"
    title: ClassVar[str] = "TAPS"
    sentence: ClassVar[str] = (
        "Prices every layer and changes those that are worth it; the price is set, not the size."
    )
    cost_class: ClassVar[str] = "Stores the layers it keeps; no extra computing"
    Config: ClassVar[type[MethodConfig]] = TapsConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        mergeable=True, chooses_layers=True, moves_statistics=True
    )

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: TapsConfig, seed: int
    ) -> TapsModel:
        return TapsModel(backbone, classes, config, seed)

    def stages(self, model: TapsModel, config: TapsConfig, epochs: int) -> list[Stage]:
        return [TapsStage(model, config, epochs)]

    def decide_kernels(self, model: TapsModel) -> tuple[LayerDecision, ...]:
        learned = zip(model.chosen, model.openness, model.injected.values(), strict=True)
        rows = zip(model.rows, model.shares, learned, strict=True)
        return tuple(
            decide(row, share, delta.base, delta.delta if on else None, openness)
            for row, share, (on, openness, delta) in rows
        )

    def trains_norms(self, config: TapsConfig) -> bool:
        return True

    def predicted_cost(self, layers: Sequence[LayerInfo], config: TapsConfig, classes: int) -> Cost:
        """Before training every layer is on, or none is when scores start below the threshold."""
        weights = sum(weight_count(row) for row in adaptable(layers))
        stored = weights if config.start >= config.threshold else 0
        plan = StoredShape(stored + affine_of(layers), statistics_of(layers))
        return predict_cost(layers, plan, classes)

    def patch_tensors(self, model: TapsModel, config: TapsConfig) -> dict[str, Tensor]:
        learned = zip(model.injected.items(), model.chosen, strict=True)
        changes = {f"delta/{name}.weight": delta.delta for (name, delta), on in learned if on}
        copies = {name: change.detach().clone() for name, change in changes.items()}
        return super().patch_tensors(model, config) | copies

    @torch.no_grad()
    def load(self, model: TapsModel, tensors: Mapping[str, Tensor]) -> None:
        super().load(model, tensors)
        for i, (name, delta) in enumerate(model.injected.items()):
            change = tensors.get(f"delta/{name}.weight")
            model.scores[i] = 0.0 if change is None else model.threshold
            if change is not None:
                delta.delta.copy_(change)
        model.hold_gates()

    def merged(self, model: TapsModel) -> Backbone:
        return model.folded()
