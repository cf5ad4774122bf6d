"""Piggyback: one bit per weight and task.

Source: Mallya, Davis and Lazebnik, "Piggyback: Adapting a Single Network to Multiple Tasks by Learning to Mask
Weights" (arXiv 1801.06519).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, statistics_of
from workbench.budget.policy import adaptable, weight_count
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.piggyback.bits import pack, unpack, words
from workbench.methods.piggyback.config import PiggybackConfig
from workbench.methods.piggyback.model import PiggybackModel
from workbench.methods.supervised import SupervisedStage

ABOVE = 2.0
"""Of the threshold: where the mask of a kept weight stands in a patch that was loaded, wherever training began."""


class PiggybackStage(SupervisedStage):
    """Masks and head learn; the norms rest unless the settings say otherwise."""

    model: PiggybackModel

    def __init__(self, model: PiggybackModel, config: PiggybackConfig, epochs: int) -> None:
        super().__init__(model, "piggyback", "Masks", epochs, self._learned)
        self._config = config

    def _learned(self) -> list[nn.Parameter]:
        norms = self.model.affine().values() if self._config.train_norms else ()
        return [*self.model.masks(), *norms, *self.model.backbone.head_layer.parameters()]

    def set_training_mode(self) -> None:
        super().set_training_mode()
        if not self._config.train_norms:
            self.model.freeze_norms()


class Piggyback(Method[PiggybackConfig, PiggybackModel]):
    name: ClassVar[str] = "piggyback"
    title: ClassVar[str] = "Piggyback"
    sentence: ClassVar[str] = "Keeps or drops every single weight: one bit each, in every layer."
    cost_class: ClassVar[str] = "Stores one bit per weight; no extra computing"
    Config: ClassVar[type[MethodConfig]] = PiggybackConfig
    capabilities: ClassVar[Capabilities] = Capabilities(mergeable=True)

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: PiggybackConfig, seed: int
    ) -> PiggybackModel:
        return PiggybackModel(backbone, classes, config, seed)

    def stages(self, model: PiggybackModel, config: PiggybackConfig, epochs: int) -> list[Stage]:
        return [PiggybackStage(model, config, epochs)]

    def decide_kernels(self, model: PiggybackModel) -> tuple[LayerDecision, ...]:
        rows = zip(model.rows, model.shares, model.injected.values(), strict=True)
        return tuple(
            decide(row, share, weight.base, None if weight.kept.all() else weight.change)
            for row, share, weight in rows
        )

    def trains_norms(self, config: PiggybackConfig) -> bool:
        return config.train_norms

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: PiggybackConfig, classes: int
    ) -> Cost:
        """A word of 32 bits counts as one parameter."""
        stored = sum(words(weight_count(row)) for row in adaptable(layers))
        if not config.train_norms:
            return predict_cost(layers, StoredShape(stored, 0), classes)
        plan = StoredShape(stored + affine_of(layers), statistics_of(layers))
        return predict_cost(layers, plan, classes)

    def patch_tensors(self, model: PiggybackModel, config: PiggybackConfig) -> dict[str, Tensor]:
        masks = {f"mask/{name}.weight": pack(w.kept) for name, w in model.injected.items()}
        return super().patch_tensors(model, config) | masks

    @torch.no_grad()
    def load(self, model: PiggybackModel, tensors: Mapping[str, Tensor]) -> None:
        super().load(model, tensors)
        for name, weight in model.injected.items():
            kept = unpack(tensors[f"mask/{name}.weight"], weight.base.shape)
            weight.mask.copy_(ABOVE * weight.threshold * kept)

    def merged(self, model: PiggybackModel) -> Backbone:
        return model.folded()

    def rates(self, model: PiggybackModel, config: PiggybackConfig) -> dict[nn.Parameter, float]:
        return dict.fromkeys(model.masks(), config.mask_rate)
